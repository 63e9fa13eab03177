"""Two digits as heaps of ink, one of which is shifted: pixels against earth moved."""

from __future__ import annotations

import streamlit as st

from aecore import figures
from aecore.data import load_or_embedded
from aecore.explore import transport
from aecore.explore.codes import first_of_each_class
from aecore.explore.transport import NoInk
from pages.ui import link
from pages.ui.choose import step_of
from pages.ui.digits import picture
from pages.ui.i18n import _, number, say, separators
from pages.ui.picker import Digit, pick_digit
from pages.ui.tables import save_table

FARTHEST = 20
SHIFTS = range(-FARTHEST, FARTHEST + 1, 4)


@link.fragment
def shifted_digits() -> None:
    """Two digits, the second moved to the right, with both distances at each shift."""
    st.subheader(_("Digits as heaps of ink"))
    st.markdown(
        _(
            "Two pictures can be compared pixel by pixel, or as two heaps of ink, one carried onto "
            "the other. Shift the second digit: the pixel error jumps and is soon as large as it "
            "can be, the earth mover’s distance grows by one pixel a pixel."
        )
    )
    data = load_or_embedded("mnist")
    if data.notice:
        st.warning(say(data.notice))
    first = first_of_each_class(data.test).tolist()
    left, right = st.columns([3, 4], gap="large")
    with left:
        a = pick_digit("first", data, label=_("The first digit"), default=first[3])
        b = pick_digit("second", data, label=_("The second, which is shifted"), default=first[3])
        shift = step_of(_("Shift to the right (pixels)"), SHIFTS, "shift", 4)
    try:
        with st.spinner(_("Measuring…")):
            errors, earth = _distances(data.name, a.token, b.token, a, b)
    except NoInk:
        st.info(_("One of the pictures has no ink: choose another."))
        return
    at = SHIFTS.index(shift)
    with left:
        one, other = st.columns(2)
        one.metric(_("Pixel MSE"), number(errors[at], 4))
        other.metric(_("Earth moved W₁ (pixels)"), number(earth[at], 2))
    with right:
        both = figures.overlaid(a.pixels, b.pixels, shift, FARTHEST)
        picture(both, name="shifted-digits", caption=_("blue: the first, orange: the second"))
    one, other = st.columns(2, gap="large")
    x = _("shift (pixels)")
    for column, y, values, key in (
        (one, _("pixel MSE, pixels in [0, 1]"), errors, "mse"),
        (other, _("W₁ (pixels)"), earth, "w1"),
    ):
        labels = {"x": x, "y": y, "separators": separators()}
        figure = figures.by_shift(SHIFTS, values, shift, labels=labels)
        column.plotly_chart(figure, key=f"shift-{key}")
    rows = [list(row) for row in zip(SHIFTS, errors, earth, strict=True)]
    save_table(["shift", "mse", "w1"], rows, "shifted")
    st.caption(
        _(
            "W₁ from the linear programme, solved anew for each shift, between the inks of 2 x 2 "
            "pixels, each scaled to a sum of 1; the MSE from all pixels. Far apart, all ink of "
            "both counts as wrong, and the MSE stays where it is."
        )
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _distances(
    dataset: str, first: str, second: str, _a: Digit, _b: Digit
) -> tuple[list[float], list[float]]:
    return transport.by_shift(_a.pixels / 255, _b.pixels / 255, SHIFTS)
