"""Two clouds in the plane, one dragged as a whole, and the cheapest pairing of their points."""

from __future__ import annotations

import streamlit as st

from aecore.explore import transport
from pages.sections.mover import COLOURS
from pages.ui import link
from pages.ui.choose import draw_number
from pages.ui.component import register
from pages.ui.i18n import _, language

FEWEST, MOST, USUAL = 2, 40, 30


@link.fragment
def clouds() -> None:
    """How many points, which draw, and the plane in which the generator's cloud is dragged."""
    st.subheader(_("In the plane: who goes where"))
    st.markdown(
        _(
            "With as many points in each cloud, and the same mass on each, the best plan pairs "
            "them one to one. No point of q lies on a point of p: KL is infinite and JS is log 2 "
            "wherever the clouds are, even on top of each other."
        )
    )
    with st.container(horizontal=True, gap="medium"):
        link.value("points", FEWEST, MOST, USUAL)
        points = st.slider(
            _("Points n of each cloud"), FEWEST, MOST, key="points", persist_state="session",
            width=420,
        )  # fmt: skip
        link.put("points", points)
        with st.container(width=180):
            seed = draw_number()
    p, q = transport.two_clouds(points, seed)
    register("matching", "plane", "assignment")(
        key="matching",
        data={
            "p": p.tolist(),
            "q": q.tolist(),
            "at": [2.5, 0.0],
            "palette": COLOURS,
            "words": _words(),
        },
    )


def _words() -> dict:
    return {
        "lang": language(),
        "p": _("p: data"),
        "q": _("q: generator"),
        "canvas": _(
            "Two clouds of points; drag the one of the generator, or press the arrow keys."
        ),
        "numbers": {
            "w1": _("W₁: mean length of the lines"),
            "numbered": _("Mean length if each went to the point of its own number"),
            "means": _("Distance of the two means"),
        },
        "note": _(
            "Drag the cloud of the generator, or press the arrow keys. The lines are the best of "
            "all n! pairings, found anew at each move. Each point is pulled along its line with "
            "the same force 1/n, however far it is. No pairing is shorter, and W₁ is never less "
            "than the distance of the means."
        ),
        "unknown": _("The link asks for {name} = “{value}”, which can't be read."),
        "save": _("Save this picture"),
    }
