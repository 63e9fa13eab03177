"""The values of a code: drawn as a grid, counted over the test digits, and how sparse they are."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from aecore import figures
from aecore.explore import weights
from aecore.explore.codes import first_of_each_class, to_uint8
from aecore.explore.weights import NORMAL_MEAN, NORMAL_SILENT, SILENT, Sparsity
from pages.sections.weights_histogram import value_histogram
from pages.sections.weights_layers import draw
from pages.ui import link
from pages.ui.choose import one_of
from pages.ui.digits import digit_rows, picture
from pages.ui.i18n import _, number, percent, significant
from pages.ui.measured import Measured
from pages.ui.picker import Digit, pick_digit
from pages.ui.signs import colour_scale
from pages.ui.tables import table

SIDE = 28


def code_values(of: Measured) -> None:
    """A digit's code as a picture, ten more, the histogram and the sparsity."""
    digit = pick_digit("digit", of.data, label=_("The digit whose code is drawn"))
    _one(of, digit)
    _ten(of)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _histogram(of)
    with right:
        _sparsity(of, digit)


def _one(of: Measured, digit: Digit) -> None:
    code = of.code(digit)
    rows, columns = figures.grid_shape(len(code))
    places = st.columns([1, 1, 1, 1])
    with places[0]:
        picture(digit.pixels, name="code-picture", caption=_("Picture x"), width=220)
    with places[1]:
        picture(
            draw(code.numpy(), figures.grid_shape(len(code))[1]),
            name="code-grid",
            caption=_("Its code z of {d} values, as {rows} × {columns}").format(
                d=len(code), rows=rows, columns=columns
            ),
            width=math.floor(220 * min(1, columns / rows)),
        )
    with places[2]:
        picture(
            of.pictures(code[None])[0],
            name="code-back",
            caption=_("Its reconstruction x̂"),
            width=220,
        )


def _ten(of: Measured) -> None:
    index = first_of_each_class(of.data.test)
    codes = of.codes[index]
    tiles = code_tiles(codes.numpy())
    scale = tiles.shape[1] // SIDE
    originals = to_uint8(of.data.test.pictures(index))
    rows, columns = figures.grid_shape(codes.shape[1])
    digit_rows(
        [
            (_("Original"), _larger(originals, scale)),
            (_("Code, {rows} × {columns}").format(rows=rows, columns=columns), tiles),
            (_("Reconstruction"), _larger(of.pictures(codes), scale)),
        ],
        name="codes",
    )
    if (codes < 0).any():
        colour_scale(float(codes.abs().max()))


def _larger(pictures: np.ndarray, scale: int) -> np.ndarray:
    return pictures.repeat(scale, 1).repeat(scale, 2)


def code_tiles(codes: np.ndarray) -> np.ndarray:
    """Codes (n, d) as nearly square grids, each in the middle of a square whose side is a multiple
    of 28, all in one scale: (n, side, side) uint8, or (n, side, side, 3) with signs."""
    rows, columns = figures.grid_shape(codes.shape[1])
    side = SIDE * math.ceil(rows / SIDE)
    cell = side // rows
    grids = figures.as_grid(codes).repeat(cell, 1).repeat(cell, 2)
    grids = np.nan_to_num(grids)
    largest = max(float(np.abs(codes).max()), 1e-9)
    if codes.min() < 0:
        drawn = figures.signed(grids, largest)
    else:
        drawn = (grids / largest * 255).round().astype(np.uint8)
    frame = np.full((len(codes), side, side, *drawn.shape[3:]), 128, np.uint8)
    y, x = (side - rows * cell) // 2, (side - columns * cell) // 2
    frame[:, y : y + rows * cell, x : x + columns * cell] = drawn
    return frame


def _histogram(of: Measured) -> None:
    st.subheader(_("Values over the test digits"))
    d = of.card.config.model.latent_dim
    scopes = {"all": _("all units"), "one": _("one unit")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scope = one_of(_("Values of"), scopes, "values", "all")
        unit = None
        if scope == "one":
            link.value("unit", 1, d, 1)
            unit = st.number_input(
                _("Unit of the code, 1 to {d}").format(d=d),
                1,
                d,
                key="unit",
                persist_state="session",
                width=200,
            )
            link.put("unit", unit)
    value_histogram(of, unit)


@st.cache_resource(max_entries=12, show_spinner=False)
def _sparsity_of_all(key: str, _of: Measured) -> Sparsity:
    return weights.sparsity(_of.codes.numpy())


def _sparsity(of: Measured, digit: Digit) -> None:
    st.subheader(_("Sparsity"))
    every = _sparsity_of_all(of.key, of)
    own = weights.sparsity(of.code(digit)[None].numpy(), float(of.codes.numpy().std()))
    rows = [
        [
            _("Mean absolute value"),
            significant(every.mean_absolute),
            significant(own.mean_absolute),
            significant(NORMAL_MEAN),
        ],
        [
            _("Share near zero"),
            percent(every.silent),
            percent(own.silent),
            percent(NORMAL_SILENT),
        ],
    ]
    if every.hoyer is not None:
        hoyer = [every.hoyer, own.hoyer, every.expected_hoyer]
        rows.append([_("Hoyer's sparsity"), *map(significant, hoyer)])
    active = of.card.metrics["active_units"]
    rows.append([_("Active units"), f"{active} / {of.codes.shape[1]}", "", ""])
    table([_("Quantity"), _("Test digits"), _("This digit"), _("Normal values")], rows)
    st.caption(
        _(
            "Near zero: nearer than {share} of the standard deviation of all values of all codes. "
            "Hoyer's sparsity of a code is 0 where all its values are equally large and 1 where "
            "all but one are zero. Active: the value varies, as the Models page counts it. The "
            "last column: codes of independent standard normal values."
        ).format(share=number(SILENT, 1))
    )
