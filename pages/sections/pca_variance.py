"""The scree plot: how much of the variance each principal component carries."""

from __future__ import annotations

import streamlit as st

from aecore import figures
from aecore.config import PIXELS
from pages.sections.pca_rivals import Rivals
from pages.ui import link
from pages.ui.choose import one_of
from pages.ui.i18n import _, percent, separators

COUNTS = (32, 128, PIXELS)
LEVELS = (0.5, 0.9, 0.95, 0.99)


@link.fragment
def variance(rivals: Rivals) -> None:
    """The variance of each component and of the first of them together, the chosen d marked."""
    reference, d = rivals.reference, rivals.d
    shares = reference.shares
    sizes = ", ".join(
        _("{count} for {share}").format(
            count=reference.size_for_share(level), share=percent(level, 0)
        )
        for level in LEVELS
    )
    st.markdown(
        _(
            "The first **{d}** components keep **{share}** of the variance; what they leave is "
            "PCA's error. It takes {sizes}."
        ).format(d=d, share=percent(shares[:d].sum()), sizes=sizes)
    )
    with st.container(horizontal=True):
        count = _pick_count()
        scale = _pick_scale()
    labels = {
        "x": _("Component"),
        "y": _("Share of the variance"),
        "kept": _("the first {d}").format(d=d),
        "left": _("left out"),
        "separators": separators(),
    }
    left, right = st.columns(2, gap="large")
    with left:
        st.plotly_chart(
            figures.scree(shares[:count], d, log=scale == "log", labels=labels), key="scree"
        )
    with right:
        together = {**labels, "y": _("Cumulative share of the variance")}
        st.plotly_chart(figures.cumulative(shares[:count], d, labels=together), key="cumulative")


def _pick_count() -> int:
    return one_of(_("Components shown"), {n: str(n) for n in COUNTS}, "scree_count", 128)


def _pick_scale() -> str:
    names = {"linear": _("linear"), "log": _("logarithmic")}
    return one_of(_("Scale of the first plot"), names, "scree_scale", "linear")
