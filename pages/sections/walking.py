"""From one digit to another: through code space on a line, on an arc, and pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from aecore.data import Dataset
from aecore.explore import attributes, walk
from aecore.explore.codes import first_of_each_class, to_uint8
from aecore.figures import CLASS_COLOURS, gif
from aecore.models import sources
from pages.ui import link
from pages.ui.component import register
from pages.ui.decoding import decoder_blob
from pages.ui.digits import DOWNLOAD_SCALE
from pages.ui.i18n import _, language
from pages.ui.measured import Measured
from pages.ui.picker import Digit, pick_digit
from pages.ui.sources import show_formulas, show_sources

FEWEST, MOST, USUAL = 3, 25, 9
FRAME_MS = 120
COLOURS = {"straight": CLASS_COLOURS[6], "spherical": CLASS_COLOURS[0], "fade": CLASS_COLOURS[8]}


@link.fragment
def walking(of: Measured) -> None:
    """Two digits, the three walks between them, and how good their ways are."""
    st.subheader(_("From one digit to another"))
    st.markdown(
        _(
            "Between two pictures lie pictures of two half digits. Between their **codes** lie "
            "codes, and the decoder makes a digit of each as well as it can."
        )
    )
    first = first_of_each_class(of.data.test).tolist()
    link.value("steps", FEWEST, MOST, USUAL)
    steps = st.session_state["steps"]
    link.put("steps", steps)
    left, right, films = st.columns([3, 3, 4], gap="medium")
    with left:
        a = pick_digit("from", of.data, label=_("From"), default=first[3])
    with right:
        b = pick_digit("to", of.data, label=_("To"), default=first[6])
    register("walk", "plane", "paths")(
        key="walk", data=_blob(of, a, b), on_steps_change=_take_steps
    )
    with films:
        _films(of, a, b, steps)


def _take_steps() -> None:
    """The slider was released: what is saved from now on has so many steps.

    They go into the link at once, or the address of before would be taken for a wish.
    """
    steps = st.session_state["walk"].get("steps")
    if isinstance(steps, int):
        st.session_state["steps"] = min(max(steps, FEWEST), MOST)
        link.put("steps", st.session_state["steps"])


def frames(of: Measured, a: Digit, b: Digit, steps: int) -> dict[str, np.ndarray]:
    """The pictures (steps, 28, 28) uint8 of each walk."""
    codes = paths(of.code(a), of.code(b), steps)
    shown = {name: of.pictures(z) for name, z in codes.items()}
    return {**shown, "fade": to_uint8(walk.cross_fade(a.x[0], b.x[0], steps))}


def paths(a: Tensor, b: Tensor, steps: int) -> dict[str, Tensor]:
    """The two walks that go through codes, (steps, d) each."""
    return {"straight": walk.straight(a, b, steps), "spherical": walk.spherical(a, b, steps)}


def _titles() -> dict[str, tuple[str, str]]:
    return {
        "straight": (_("Straight"), _("Codes on the line between the two.")),
        "spherical": (_("Spherical"), _("Codes on an arc around the origin.")),
        "fade": (_("Cross-fade"), _("No code: the pixels are mixed.")),
    }


def _films(of: Measured, a: Digit, b: Digit, steps: int) -> None:
    """Buttons that save each walk as a GIF; it is made when one is pressed."""
    with st.container(horizontal=True):
        for name, (title, _note) in _titles().items():
            st.download_button(
                _("GIF: {walk}").format(walk=title.lower()),
                data=_film(of, a, b, steps, name),
                file_name=f"walk-{name}.gif",
                mime="image/gif",
                icon=":material/gif_box:",
                type="tertiary",
                on_click="ignore",
                key=f"save-gif-{name}",
                help=_("Save this walk, there and back, with as many steps as are shown."),
            )


def _film(of: Measured, a: Digit, b: Digit, steps: int, name: str) -> Callable[[], bytes]:
    return lambda: gif(frames(of, a, b, steps)[name], FRAME_MS, DOWNLOAD_SCALE)


def _blob(of: Measured, a: Digit, b: Digit) -> bytes:
    """The decoder, the two codes and pictures, and what is usual of test digits."""
    arrays = {
        **of.weights(),
        "codes": torch.stack([of.code(a), of.code(b)]).numpy(),
        "pictures": np.stack([a.pixels, b.pixels]),
    }
    told = {
        "steps": [FEWEST, MOST, USUAL],
        "bands": {
            "norm": _norm_of_codes(of.key, of),
            "fullness": _fullness_of_digits(of.data.name, of.data),
        },
        "walks": [
            {"key": key, "title": title, "note": note, "colour": COLOURS[key]}
            for key, (title, note) in _titles().items()
        ],
    }
    return decoder_blob(arrays, of.card.config.model, name=of.key, told=told, words=_words(of))


@st.cache_data(show_spinner=False, max_entries=64)
def _norm_of_codes(key: str, _of: Measured) -> list[float]:
    return _most(_of.codes.norm(dim=1))


@st.cache_data(show_spinner=False)
def _fullness_of_digits(name: str, _data: Dataset) -> list[float]:
    return _most(walk.ink_fullness(_data.test.pictures()))


def _most(values: Tensor) -> list[float]:
    """The range of the middle nine tenths."""
    return values.quantile(torch.tensor([0.05, 0.95])).tolist()


def _words(of: Measured) -> dict[str, str]:
    shell = (
        _("A straight walk cuts through the inside of the shell; the spherical one keeps to it.")
        if of.card.config.model.variational
        else _("Nothing holds these codes on a shell: the arc is another way, not a better one.")
    )
    return {
        "lang": language(),
        "play": _("Play"),
        "pause": _("Pause"),
        "time": _("Position t"),
        "steps": _("Steps"),
        "at": _("at t = {t}"),
        "norm": _("Norm of the code |z|"),
        "normNote": " ".join([_("Grey: nine tenths of the test digits."), shell]),
        "fullness": _("How full the ink is, Σ x² / Σ x"),
        "fullnessNote": " ".join(
            [
                _("Grey: nine tenths of the test digits."),
                _("A cross-fade goes through faint ink; a good walk draws full strokes all along."),
            ]
        ),
        "save": _("Save this picture"),
        "saveAll": _("Save the three walks"),
        "unknown": _("The link asks for {name} = “{value}”, which can't be read."),
    }


def explained(of: Measured) -> None:
    """The formulas of the page and the sources that compute them."""
    show_formulas(
        r"z_a = f(x_a),\quad z_b = f(x_b), \qquad \hat{x}(t) = g\big(z(t)\big), \quad t \in [0, 1]",
        r"\text{" + _("straight") + r":}\quad z(t) = (1 - t)\, z_a + t\, z_b",
        r"\text{"
        + _("spherical")
        + r":}\quad z(t) = r(t)\,\frac{\sin\big((1 - t)\,\omega\big)\,u_a "
        r"+ \sin(t\,\omega)\,u_b}{\sin \omega},\quad \cos\omega = u_a^\top u_b,\quad "
        r"r(t) = (1 - t)\,\lVert z_a\rVert + t\,\lVert z_b\rVert",
        r"\text{" + _("cross-fade") + r":}\quad x(t) = (1 - t)\, x_a + t\, x_b",
        r"\bar{z}_c = \frac{1}{N_c} \sum_{n:\,y_n = c} f(x_n), \qquad \hat{x} = g(z_a - z_b + z_c)",
        r"\hat{s} = w^\top (z - \bar{z}), \quad w = (\Sigma + \lambda I)^{-1} "
        r"\operatorname{cov}(z, s), \qquad v = \frac{\Sigma w}{w^\top \Sigma w}, \quad "
        r"\hat{x} = g\Big(z + \sum_k \alpha_k v_k\Big)",
    )
    show_sources([walk, attributes, *sources(of.card.config.model)])
