"""What is on every page: title, language, list of pages, state of the machine."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.ui import server
from pages.ui.component import base_path, register
from pages.ui.i18n import LANGUAGES, _, choose_language
from pages.ui.names import dataset_names

SIDEBAR_PIXELS = 244
CSS = Path(__file__).with_name("assets") / "page.css"


def start() -> None:
    """Settle the language and who this is; the first thing of every interaction."""
    choose_language()
    server.owner()
    st.set_page_config(
        page_title=_("Autoencoder Lab"),
        page_icon="🔬",
        layout="wide",
        initial_sidebar_state=SIDEBAR_PIXELS,
    )
    st.html(CSS)


def pages() -> dict[str, list[st.Page]]:
    """The pages by their group, in the order of a lesson."""
    return {
        _("Train"): [
            st.Page("pages/home.py", title=_("Home"), icon=":material/home:", default=True),
            st.Page("pages/train.py", title=_("Train"), icon=":material/model_training:"),
            st.Page("pages/compare.py", title=_("Compare"), icon=":material/compare:"),
            st.Page("pages/sweep.py", title=_("Sweep"), icon=":material/grid_view:"),
            st.Page("pages/models.py", title=_("Models"), icon=":material/inventory_2:"),
            st.Page("pages/museum.py", title=_("Failure museum"), icon=":material/bug_report:"),
        ],
        _("Explore"): [
            st.Page("pages/latent.py", title=_("Latent space"), icon=":material/scatter_plot:"),
            st.Page("pages/walk.py", title=_("Walk and arithmetic"), icon=":material/route:"),
            st.Page("pages/pca.py", title=_("PCA against AE"), icon=":material/compare_arrows:"),
            st.Page("pages/weights.py", title=_("Weights and codes"), icon=":material/grid_on:"),
        ],
        _("Families"): [
            st.Page("pages/regularisers.py", title=_("Regularisers"), icon=":material/tune:"),
            st.Page("pages/bounds.py", title=_("Bounds and collapse"), icon=":material/compress:"),
            st.Page("pages/conditional.py", title=_("Style and class"), icon=":material/palette:"),
            st.Page("pages/quantized.py", title=_("VQ-VAE"), icon=":material/apps:"),
            st.Page("pages/adversarial.py", title=_("Adversarial codes"), icon=":material/shield:"),
        ],
        _("GANs"): [
            st.Page("pages/gan.py", title=_("GAN"), icon=":material/swords:"),
            st.Page("pages/ganspace.py", title=_("Noise and samples"), icon=":material/grain:"),
            st.Page("pages/translate.py", title=_("Image to image"), icon=":material/translate:"),
            st.Page("pages/playground.py", title=_("2D playground"), icon=":material/hub:"),
            st.Page(
                "pages/mover.py", title=_("Earth mover’s distance"), icon=":material/front_loader:"
            ),
        ],
        _("Use"): [
            st.Page("pages/denoise.py", title=_("Denoise"), icon=":material/blur_on:"),
            st.Page("pages/judge.py", title=_("Judge"), icon=":material/gavel:"),
            st.Page("pages/anomalies.py", title=_("Anomalies"), icon=":material/warning:"),
            st.Page("pages/fewlabels.py", title=_("Few labels"), icon=":material/label:"),
        ],
    }


def sidebar() -> None:
    """The language, and what the machine is doing."""
    with st.sidebar:
        st.segmented_control(
            _("Language"),
            list(LANGUAGES),
            format_func=LANGUAGES.get,
            default=st.session_state["lang"],
            key="language_choice",
            required=True,
            on_change=_take_language,
            label_visibility="collapsed",
        )
        register("badge")(
            key="badge",
            data={
                "base": base_path(),
                "idle": _("Nobody is training"),
                "busy": _("{training} training, {waiting} waiting"),
                "device": _("{device} · {precision}"),
                "dataset": _("Data: {dataset}"),
                "datasets": dataset_names(),
            },
        )


def _take_language() -> None:
    st.query_params["lang"] = st.session_state["language_choice"]
