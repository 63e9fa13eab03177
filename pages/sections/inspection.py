"""One model from all sides: its card, its codes under sliders, its reconstructions, its source."""

from __future__ import annotations

import streamlit as st
from torch import Tensor

from aecore.data import Dataset, load_or_embedded
from aecore.explore import codes
from aecore.models import sources
from pages.ui.decoding import code_sliders
from pages.ui.digits import digit_rows
from pages.ui.i18n import _, say
from pages.ui.models import Entry, given_class, load_bytes
from pages.ui.sources import show_sources
from pages.ui.summary import download, metrics_beside_pca
from pages.ui.uploads import take_model


def upload() -> None:
    """Take a model's file; a good one is chosen."""
    sent = take_model(
        _("Upload a model (safetensors)"),
        "upload",
        load_bytes,
        _("A file that this app or “aecore train” wrote. Nothing in it is ever executed."),
    )
    uploads = st.session_state.setdefault("uploads", {})
    if sent and uploads.get(sent.name) != sent.content:
        uploads[sent.name] = sent.content
        st.session_state["model"] = f"upload-{sent.name}"


def inspection(entry: Entry) -> None:
    """Everything about one model."""
    model, card = entry.read()
    data = load_or_embedded(card.dataset)
    if data.notice:
        st.warning(say(data.notice))
    chosen = codes.first_of_each_class(data.test)
    x = data.test.pictures(chosen)
    if not card.config.model.quantizer:
        _sliders(entry, data, x)

    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(_("Test digits and their reconstructions"))
        _code, pictures = codes.reconstruct(model.given(data.test.labels[chosen]), x)
        digit_rows([(_("Original"), codes.to_uint8(x)), (_("Reconstruction"), pictures)])
        download(model, card, f"{entry.key}.safetensors")
        with st.expander(_("Its card")):
            st.json(card.to_json())
    with right:
        st.subheader(_("Its numbers"))
        metrics_beside_pca(card, data)
    show_sources(sources(card.config.model))


def _sliders(entry: Entry, data: Dataset, x: Tensor) -> None:
    st.subheader(_("The code under sliders"))
    entry = given_class(entry)
    model, card = entry.read()
    st.caption(
        _(
            "Choose a digit, then change the values of its code: the decoder draws at once, in "
            "your browser. At most twelve values are shown, those that matter most."
        )
    )
    survey = codes.survey(model, data.test)
    order = survey.order
    code_sliders(
        f"{entry.key}-{card.seconds}",
        card.config.model,
        {name: value.detach().cpu().numpy() for name, value in model.state_dict().items()},
        originals=codes.to_uint8(x),
        codes=codes.reconstruct(model, x)[0],
        order=order,
        low=survey.low[order],
        high=survey.high[order],
    )
