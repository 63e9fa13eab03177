"""The Jacobian of each encoder at a digit: its singular values, and where its tangents lead."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch

from aecore import figures
from aecore.explore import jacobian
from aecore.explore.codes import to_uint8
from aecore.explore.jacobian import Tangents
from pages.ui import link
from pages.ui.digits import digit_rows
from pages.ui.i18n import _, number, separators, significant
from pages.ui.measured import Measured
from pages.ui.picker import Digit, pick_digit
from pages.ui.signs import colour_scale
from pages.ui.tables import table

SHOWN = 10
REACH = 6.0
STEPS = 11


def jacobians(chosen: dict[str, Measured]) -> None:
    """Spectra, tangent directions, and the digit on its way along one of them."""
    data = next(iter(chosen.values())).data
    digit = pick_digit("digit", data, label=_("The digit at which the encoder is differentiated"))
    with st.spinner(_("Differentiating…")):
        found = {name: _tangents(of.key, digit.token, of, digit) for name, of in chosen.items()}
    left, right = st.columns([3, 2], gap="large")
    with left:
        _spectra(chosen, found)
    with right:
        _norms(chosen, found)
    _directions(found)
    _moved(chosen, found, digit)


@st.cache_resource(max_entries=48, show_spinner=False)
def _tangents(key: str, token: str, _of: Measured, _digit: Digit) -> Tangents:
    return jacobian.tangents(_of.model, _digit.x)


def _relative(of: Measured, tangents: Tangents) -> np.ndarray:
    """The singular values, over the spread of the codes: the same for every scale of the code."""
    return tangents.values / max(jacobian.spread(of.codes), 1e-12)


def _spectra(chosen: dict[str, Measured], found: dict[str, Tangents]) -> None:
    st.subheader(_("Singular values of the Jacobian"))
    figure = figures.ranked(
        [(name, _relative(chosen[name], of)) for name, of in found.items()],
        log=True,
        labels={
            "x": _("k"),
            "y": _("singular value / spread of the codes"),
            "separators": separators(),
        },
    )
    st.plotly_chart(figure, key="spectra")
    st.caption(
        _(
            "How far the code moves, as a share of the spread of all codes, for a step of length 1 "
            "in picture space along the k-th direction. A contractive encoder stays lower and "
            "falls away sooner: it follows the directions along the digits and is flat across."
        )
    )


def _norms(chosen: dict[str, Measured], found: dict[str, Tangents]) -> None:
    st.subheader(_("Its squared norm"))
    rows = []
    for name, of in found.items():
        relative = float(np.square(_relative(chosen[name], of)).sum())
        large = int((of.values > of.values[0] / 10).sum()) if of.values[0] > 0 else 0
        rows.append(
            [name, significant(of.squared_norm), f"**{significant(relative)}**", str(large)]
        )
    table([_("Model"), _("‖J‖²"), _("‖J‖² / variance"), _("Directions that count")], rows)
    st.caption(
        _(
            "At this digit. Variance: the total variance of the codes over the test digits; a code "
            "that is merely small has a small J, and this ratio does not follow. Directions that "
            "count: singular values above a tenth of the largest."
        )
    )


def _directions(found: dict[str, Tangents]) -> None:
    st.subheader(_("Tangent directions"))
    rows = [
        (name, figures.signed(of.directions[: min(SHOWN, len(of.directions))]))
        for name, of in found.items()
    ]
    digit_rows(rows, name="tangents")
    colour_scale(None)
    st.caption(
        _(
            "The first {count} directions v₁, v₂, …: the changes of this digit to which the code "
            "answers most, from the left. Along the manifold of the digits they shift, turn or "
            "thicken strokes: red where ink comes, blue where it goes."
        ).format(count=SHOWN)
    )


@link.fragment
def _moved(chosen: dict[str, Measured], found: dict[str, Tangents], digit: Digit) -> None:
    st.subheader(_("The digit along a tangent"))
    most = min(SHOWN, max(len(of.directions) for of in found.values()))
    left, right = st.columns(2, gap="large")
    with left:
        link.value("tangent", 1, max(2, most), 1)
        k = st.slider(_("Direction k"), 1, max(2, most), key="tangent", persist_state="session")
        link.put("tangent", k)
    with right:
        link.value("reach", 1.0, 12.0, REACH)
        reach = st.slider(
            _("Length of the way t"),
            1.0,
            12.0,
            step=0.5,
            format="%.1f",
            key="reach",
            persist_state="session",
        )
        link.put("reach", reach)
    steps = torch.linspace(-reach, reach, STEPS)
    rows = []
    for name, of in found.items():
        direction = of.directions[min(k, len(of.directions)) - 1]
        rows.append((name, to_uint8(jacobian.moved(chosen[name].model, digit.x, direction, steps))))
    digit_rows(rows, name="along-the-tangent")
    st.caption(
        _(
            "x̂(t) = g(f(x + t vₖ)) for t from −{reach} to {reach}; in the middle the digit's "
            "reconstruction. The digit itself has the length {length} in picture space."
        ).format(reach=number(reach, 1), length=number(float(digit.x.norm()), 1))
    )
