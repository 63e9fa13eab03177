"""The GANs a page can show: trained here, uploaded, or pretrained; chosen by one widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from aecore import library
from aecore.data import Dataset, load_or_embedded
from aecore.gan import file
from aecore.gan.config import GanTrainConfig
from aecore.gan.file import GanCard
from aecore.messages import CheckpointError
from aecore.runs import registry
from pages.ui import link, server
from pages.ui.i18n import _, say
from pages.ui.names import gan_name, run_name

if TYPE_CHECKING:
    from aecore.gan.model import Gan

KEY = "gan"
DEFAULT = "dcgan-d64"
UPLOADS = "gan_uploads"


@dataclass(frozen=True)
class GanEntry:
    """A GAN that can be chosen. key: names it in the URL; read: gives (GAN, card)."""

    key: str
    label: str
    config: GanTrainConfig
    read: Callable[[], tuple[Gan, GanCard]]


@dataclass(frozen=True, eq=False)
class Chosen:
    """A GAN with its card and the data it saw. key: tells this state of it from every other."""

    key: str
    gan: Gan
    card: GanCard
    data: Dataset

    @property
    def classes(self) -> list[str]:
        """What the ten classes are called."""
        return [_(name) for name in self.data.class_names]


def gans() -> dict[str, GanEntry]:
    """All GANs of this session by key: its own first, then the pretrained ones."""
    found = []
    for run in reversed(registry().of(server.owner(), GanTrainConfig)):
        if run.trainer is not None and not run.is_live and run.metrics is not None:
            label = " · ".join((run_name(run), _("trained here")))
            read = partial(_of_run, run)
            found.append(GanEntry(f"run-{run.number}", label, run.config, read))
    for name, content in st.session_state.get(UPLOADS, {}).items():
        config = file.read_card(content).config
        label = " · ".join((name, _("uploaded")))
        found.append(GanEntry(f"upload-{name}", label, config, partial(load_bytes, content)))
    for name in library.available(GanTrainConfig):
        config = library.manifest(GanTrainConfig)[name]
        label = f"{name} · {gan_name(config)}"
        found.append(GanEntry(name, label, config, partial(_pretrained, name)))
    return {entry.key: entry for entry in found}


def pick_gan() -> Chosen | None:
    """The picker, kept across pages and in the URL, and a place to open a file."""
    _upload()
    options = gans()
    if not options:
        st.info(
            _("There is no GAN yet: train one on the GAN page, or run “aecore pretrain --missing”.")
        )
        return None
    link.choice(KEY, list(options), DEFAULT if DEFAULT in options else next(iter(options)))
    with st.container(width=520):
        key = st.selectbox(
            _("GAN"),
            list(options),
            format_func=lambda k: options[k].label if k in options else k,
            key=KEY,
            persist_state="session",
        )
    link.put(KEY, key)
    gan, card = options[key].read()
    data = load_or_embedded(card.dataset)
    if data.notice:
        st.warning(say(data.notice))
    return Chosen(f"gan-{key}-{card.updates}-{card.seconds:.3f}-{data.name}", gan, card, data)


def _upload() -> None:
    with st.expander(_("Open a GAN from a file"), icon=":material/upload:"):
        sent = st.file_uploader(
            _("A safetensors file that this lab wrote"), type="safetensors", key="gan_upload"
        )
        if sent is None:
            return
        try:
            content = sent.getvalue()
            load_bytes(content)
        except CheckpointError as error:
            st.error(say(error.sentence))
            return
        st.session_state.setdefault(UPLOADS, {})[sent.name] = content
        st.success(_("“{name}” can be chosen below.").format(name=sent.name))


def _of_run(run) -> tuple[Gan, GanCard]:
    return run.trainer.shown, run.trainer.card(run.metrics, run_name(run))


@st.cache_resource(max_entries=16, show_spinner=False)
def _pretrained(name: str) -> tuple[Gan, GanCard]:
    return file.load(library.path(name))


@st.cache_resource(max_entries=16, show_spinner=False)
def load_bytes(content: bytes) -> tuple[Gan, GanCard]:
    """The GAN in a file's content. Raises CheckpointError where it holds none."""
    return file.load(content)
