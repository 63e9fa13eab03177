"""Training a detector of one's own from the page where it is used."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from aecore import library
from aecore.config import CLASSES, ModelConfig, TrainConfig
from aecore.runs import Run, registry
from pages.sections.anomalies import DEFAULT
from pages.sections.launch import submit
from pages.ui import server
from pages.ui.i18n import _
from pages.ui.models import Entry
from pages.ui.names import run_name

VAE = ModelConfig("mlp", variational=True, latent_dim=16, hidden=(128,), likelihood="bernoulli")
VAE_EPOCHS = 50


def train_another(entry: Entry | None) -> None:
    """Classes, family and a button; then the runs that are under way."""
    with st.popover(_("Train a detector of your own"), icon=":material/model_training:"):
        _settings(entry)
    if error := st.session_state.pop("run_error", None):
        st.error(error)
    live = [run for run in registry().of(server.owner()) if run.is_live and run.config.classes]
    if live:
        _under_way(live)


@st.fragment
def _settings(entry: Entry | None) -> None:
    current = list(entry.classes) if entry and 0 < len(entry.classes) <= CLASSES / 2 else [3]
    for name, value in (("own_rule", "only"), ("own_classes", current), ("own_family", "vae")):
        st.session_state.setdefault(name, value)
    rules = {"only": _("on these classes only"), "all-but": _("on all but these")}
    rule = st.segmented_control(
        _("Train"),
        list(rules),
        format_func=rules.get,
        key="own_rule",
        persist_state="session",
        required=True,
    )
    chosen = st.pills(
        _("Classes"),
        range(CLASSES),
        selection_mode="multi",
        key="own_classes",
        persist_state="session",
        label_visibility="collapsed",
    )
    families = {"mlp": _("MLP AE"), "vae": _("MLP VAE")}
    family = st.segmented_control(
        _("Family"),
        list(families),
        format_func=families.get,
        key="own_family",
        persist_state="session",
        required=True,
        help=_("A VAE can also be asked for its ELBO. The Train page has every other setting."),
    )
    classes = tuple(c for c in range(CLASSES) if (c in chosen) == (rule == "only"))
    possible = 0 < len(classes) < CLASSES
    if st.button(
        _("Train it"),
        icon=":material/play_arrow:",
        type="primary",
        disabled=not possible,
        help=None if possible else _("Choose the classes: some must be left, and not all."),
    ):
        submit([config_of(family, classes)])


def config_of(family: str, classes: tuple[int, ...]) -> TrainConfig:
    """What the button trains: as the pretrained detectors, or a VAE."""
    if family == "vae":
        return TrainConfig(VAE, classes=classes, epochs=VAE_EPOCHS, learning_rate=2e-3)
    return replace(library.manifest()[DEFAULT], classes=classes)


def _under_way(live: list[Run]) -> None:
    names = ", ".join(run_name(run) for run in live)
    st.info(
        _("In training or waiting: **{names}**. When it has ended, it is in the list.").format(
            names=names
        )
    )
    with st.container(horizontal=True):
        st.page_link("pages/train.py", label=_("Watch it"), icon=":material/show_chart:")
        st.button(_("Look again"), icon=":material/refresh:", type="tertiary")
