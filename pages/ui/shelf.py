"""Models that are no autoencoders, of one kind: trained here, uploaded, or pretrained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import streamlit as st

from aecore import library
from aecore.gan.config import GanTrainConfig
from aecore.gan.translation.config import TranslationTrainConfig
from aecore.runs import Run, registry
from pages.ui import server
from pages.ui.i18n import _
from pages.ui.models import pick_model
from pages.ui.names import config_name, run_name
from pages.ui.uploads import take_model

# A cache tells a module by its name.
BY_NAME = {ModuleType: lambda module: module.__name__}


@dataclass(frozen=True)
class Choice:
    """A model that can be chosen. key: names it in the URL; read: gives (model, card)."""

    key: str
    label: str
    read: Callable[[], tuple[Any, Any]]


@dataclass(frozen=True)
class Shelf:
    """Where a page finds the models of its kind.

    key: of the picker and in the URL; default: the model shown at first; kind: of their configs;
    file: the module whose ``load`` reads their files.
    """

    key: str
    default: str
    kind: type[GanTrainConfig | TranslationTrainConfig]
    file: ModuleType

    def choices(self) -> dict[str, Choice]:
        """All of this session by key: its own first, then the pretrained ones."""
        found = []
        for run in reversed(registry().of(server.owner(), self.kind)):
            if run.trainer is not None and not run.is_live and run.metrics is not None:
                label = " · ".join((run_name(run), _("trained here")))
                found.append(Choice(f"run-{run.number}", label, partial(_of_run, run)))
        for name, content in self._uploaded().items():
            label = " · ".join((name, _("uploaded")))
            found.append(Choice(f"upload-{name}", label, partial(_sent, self.file, content)))
        for name in library.available(self.kind):
            label = f"{name} · {config_name(library.manifest(self.kind)[name])}"
            found.append(Choice(name, label, partial(_pretrained, self.file, name)))
        return {choice.key: choice for choice in found}

    def pick(self) -> Choice | None:
        """The picker, and a place to open a file; None where there is nothing to choose."""
        with st.expander(_("Open a model from a file"), icon=":material/upload:"):
            sent = take_model(
                _("A safetensors file that this lab wrote"),
                f"{self.key}_upload",
                partial(_sent, self.file),
            )
        if sent and self._uploaded().get(sent.name) != sent.content:
            self._uploaded()[sent.name] = sent.content
            st.session_state[self.key] = f"upload-{sent.name}"
        choices = self.choices()
        if not choices:
            return None
        with st.container(width=520):
            return pick_model(self.key, self.default, choices)

    def _uploaded(self) -> dict[str, bytes]:
        return st.session_state.setdefault(f"{self.key}_uploads", {})


def _of_run(run: Run) -> tuple[Any, Any]:
    return run.trainer.shown, run.trainer.card(run.metrics, run_name(run))


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_NAME)
def _pretrained(file: ModuleType, name: str) -> tuple[Any, Any]:
    return file.load(library.path(name))


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_NAME)
def _sent(file: ModuleType, content: bytes) -> tuple[Any, Any]:
    return file.load(content)
