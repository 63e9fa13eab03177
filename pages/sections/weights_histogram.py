"""The histogram of a code over the test digits, of all units or of one."""

from __future__ import annotations

import streamlit as st

from aecore import figures
from aecore.explore.weights import SILENT
from pages.ui.i18n import _, separators
from pages.ui.measured import Measured


def value_histogram(of: Measured, unit: int | None) -> None:
    """The values of one unit, counted from 1, or of all (None), beside the prior of a VAE."""
    codes = of.codes.numpy()
    variational = of.card.config.model.variational
    figure = figures.value_histogram(
        codes if unit is None else codes[:, unit - 1],
        normal=variational,
        silent=SILENT * float(codes.std()),
        labels={
            "x": _("Value"),
            "y": _("Density"),
            "name": _("all units") if unit is None else f"z{unit}",
            "normal": _("prior N(0, 1)"),
            "separators": separators(),
        },
    )
    st.plotly_chart(figure, key="value_histogram")
    text = _("The grey band: values that count as zero.")
    if variational:
        text += " " + _(
            "The values are the means μ: narrower than the prior where σ is large, and all zero "
            "for a unit that is not used."
        )
    st.caption(text)
