"""What the units of each model draw: the columns of its decoder, the most used first."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore import figures
from aecore.explore import weights
from pages.ui.choose import one_of
from pages.ui.digits import picture
from pages.ui.i18n import _
from pages.ui.measured import Measured
from pages.ui.signs import colour_scale

SHOWN = 40
ABREAST = 8


def columns(chosen: dict[str, Measured]) -> None:
    """A sheet of columns for each model, side by side."""
    names = {"used": _("What it adds to the digits"), "norm": _("Norm"), "spread": _("All, evenly")}
    order = one_of(
        _("Sorted by"),
        names,
        "order",
        "used",
        help_=_(
            "What it adds: the norm of the column times the root mean square of the unit's value "
            "over the test digits. Evenly: every so many units from the most used to the least."
        ),
    )
    places = st.columns(2, gap="large") if len(chosen) > 1 else [st.container()]
    for i, (name, of) in enumerate(chosen.items()):
        with places[i % len(places)], st.spinner(_("Differentiating…")):
            _sheet(i, name, of, order)
    colour_scale(None)
    st.caption(
        _(
            "Each picture is a column of the decoder: what the picture gains where this value of "
            "the code is larger (for a deeper decoder, its derivative at the mean code). One scale "
            "for each model, so that units without use are pale. A plain code mixes everything in "
            "every unit; a sparse one draws with strokes."
        )
    )


def _sheet(i: int, name: str, of: Measured, order: str) -> None:
    pictures, ranks = _columns(of.key, "norm" if order == "norm" else "used", of)
    if order == "spread":
        ranks = ranks[np.linspace(0, len(ranks) - 1, min(SHOWN, len(ranks))).round().astype(int)]
    shown = pictures[ranks[:SHOWN]]
    coloured = figures.signed(shown, figures.full_colour(shown))
    picture(
        figures.sheet(coloured, ABREAST),
        name=f"columns-{i + 1}",
        caption=_("Decoder columns of {name}: {shown} of {d} units").format(
            name=name, shown=len(shown), d=len(pictures)
        ),
    )


@st.cache_resource(max_entries=24, show_spinner=False)
def _columns(key: str, order: str, _of: Measured) -> tuple[np.ndarray, np.ndarray]:
    """The columns (d, 28, 28), and the units (d,), those first that count most."""
    pictures = weights.decoder_columns(_of.model, _of.codes.mean(0))
    size = np.linalg.norm(pictures.reshape(len(pictures), -1), axis=1)
    if order == "used":
        size = size * _of.codes.square().mean(0).sqrt().numpy()
    return pictures, np.argsort(-size, kind="stable")
