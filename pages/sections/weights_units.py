"""The weights as pictures, one a unit, and what one unit of the code does."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from safetensors.numpy import save

from aecore import figures
from aecore.explore import weights
from aecore.explore.layers import hidden_values
from aecore.explore.weights import UnitStatistics
from pages.sections.weights_histogram import value_histogram
from pages.ui import link
from pages.ui.choose import one_of
from pages.ui.component import register
from pages.ui.decoding import code_sliders
from pages.ui.digits import digit_rows, save_button
from pages.ui.i18n import _, language, number, separators, significant
from pages.ui.measured import Measured
from pages.ui.picker import Digit, pick_digit
from pages.ui.signs import colour_scale

PAGE = 64
STEPS = 11
# Hidden units are measured on so many test digits.
HIDDEN_COUNT = 1000


@dataclass(frozen=True)
class Units:
    """One picture a unit, (n, side, side) float32, their norms (n,), and what the units do."""

    pictures: np.ndarray
    norm: np.ndarray
    statistics: UnitStatistics


def units(of: Measured) -> None:
    """The pictures of the units, and under them one unit at work."""
    kind, sort, common, count, place = _controls(of)
    with st.spinner(_("Differentiating…")):
        found = _units(of.key, kind, of)
    order = _order(found, sort)[place * PAGE : (place + 1) * PAGE]
    pictures = found.pictures[order]
    limit = figures.full_colour(found.pictures) if common else None
    link.value("unit", 1, of.card.config.model.latent_dim, _first_unit(of))
    of_code = kind in ("columns", "rows")
    coloured = figures.signed(pictures, limit)
    register("units")(
        key="units",
        data=save(
            {"pictures": np.ascontiguousarray(coloured)},
            {
                "view": f"{of.key} {kind} {sort} {common} {place} {language()}",
                "symbol": "z" if of_code else "h",
                "numbers": json.dumps([int(i) + 1 for i in order]),
                "clickable": json.dumps(of_code),
                "chosen": str(st.session_state["unit"]),
                "labels": json.dumps({"units": _told(of, found, order, sort)}),
            },
        ),
        on_unit_change=_take_unit,
    )
    colour_scale(limit)
    st.caption(_about(of, kind, count))
    save_button(lambda: figures.sheet(coloured), f"{kind}-{of.card.config.model.latent_dim}")
    one_unit(of)


def _controls(of: Measured) -> tuple[str, str, bool, int, int]:
    """What is shown, in which order, whether in one scale, how many there are, and which page."""
    kinds = _kinds(of)
    sorts = {
        "number": _("Number"),
        "norm": _("Norm"),
        "activity": _("Activity"),
        "selectivity": _("Class selectivity"),
    }
    link.choice("kind", list(kinds), "columns")
    link.choice("sort", list(sorts), "number")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            _("Pictures of"),
            list(kinds),
            format_func=kinds.get,
            key="kind",
            persist_state="session",
            width=330,
        )
        sort = st.selectbox(
            _("Sorted by"),
            list(sorts),
            format_func=sorts.get,
            key="sort",
            persist_state="session",
            width=180,
            help=_(
                "Norm: of the picture. Activity: the variance of the unit's value over the test "
                "digits. Class selectivity: η², the share of that variance that lies between the "
                "classes; 0 where the class says nothing of the value, 1 where it says all."
            ),
        )
        scales = {"common": _("one for all"), "each": _("each its own")}
        scale = one_of(_("Colour scale"), scales, "scale", "common")
        count = _count(of, kind)
        place = _pick_page(count)
    for name, value in (("kind", kind), ("sort", sort)):
        link.put(name, value)
    return kind, sort, scale == "common", count, place


def _pick_page(count: int) -> int:
    """Which page of so many units, from 0."""
    last = math.ceil(count / PAGE)
    if last == 1:
        return 0
    link.value("page", 1, last, 1)
    page = st.number_input(
        _("Page of {count}").format(count=last),
        1,
        last,
        key="page",
        persist_state="session",
        width=130,
    )
    link.put("page", page)
    return page - 1


def _kinds(of: Measured) -> dict[str, str]:
    """What there is to be seen; a layer that is the only one is not shown twice."""
    encoder, decoder = (weights.layer_count(n) for n in (of.model.encoder, of.model.decoder))
    kinds = {
        "columns": _("Decoder columns") if decoder == 1 else _("Decoder, by unit of the code"),
        "rows": _("Encoder rows") if encoder == 1 else _("Encoder, by unit of the code"),
    }
    if encoder > 1:
        kinds["first"] = _("First layer of the encoder")
    if decoder > 1:
        kinds["last"] = _("Last layer of the decoder")
    return kinds


def _count(of: Measured, kind: str) -> int:
    filters = {"first": weights.first_filters, "last": weights.last_filters}
    return len(filters[kind](of.model)) if kind in filters else of.card.config.model.latent_dim


@st.cache_resource(max_entries=12, show_spinner=False)
def _units(key: str, kind: str, _of: Measured) -> Units:
    model, test = _of.model, _of.data.test
    if kind == "columns":
        pictures = weights.decoder_columns(model, _of.codes.mean(0))
    elif kind == "rows":
        pictures = weights.encoder_rows(model, test.pictures().mean(0))
    else:
        pictures = {"first": weights.first_filters, "last": weights.last_filters}[kind](model)
    if kind in ("columns", "rows"):
        statistics = _statistics(key, _of)
    else:
        x = test.pictures(slice(0, HIDDEN_COUNT))
        values = hidden_values(model, x, first=kind == "first")
        statistics = weights.unit_statistics(values, _of.labels[: len(values)].numpy())
    norm = np.linalg.norm(pictures.reshape(len(pictures), -1), axis=1)
    return Units(pictures, norm, statistics)


@st.cache_resource(max_entries=12, show_spinner=False)
def _statistics(key: str, _of: Measured) -> UnitStatistics:
    return weights.unit_statistics(_of.codes.numpy(), _of.labels.numpy())


def _first_unit(of: Measured) -> int:
    """The unit to show at first: the most selective one."""
    return int(_statistics(of.key, of).selectivity.argmax()) + 1


def _measure(found: Units, sort: str) -> np.ndarray:
    statistics = found.statistics
    return {
        "number": -np.arange(len(found.norm)),
        "norm": found.norm,
        "activity": statistics.variance,
        "selectivity": statistics.selectivity,
    }[sort]


def _order(found: Units, sort: str) -> np.ndarray:
    return np.argsort(-_measure(found, sort), kind="stable")


def _told(of: Measured, found: Units, order: np.ndarray, sort: str) -> list[dict[str, str]]:
    """What each picture says: the measure it is sorted by, and all of them under the pointer."""
    names = [_(name) for name in of.data.class_names]
    measure, statistics = _measure(found, sort), found.statistics
    about = _(
        "Unit {unit}: norm {norm}, activity {activity}, class selectivity {selectivity}, "
        "farthest class: {name}"
    )
    return [
        {
            "value": "" if sort == "number" else significant(float(measure[i]), 2),
            "about": about.format(
                unit=i + 1,
                norm=significant(float(found.norm[i]), 2),
                activity=significant(float(statistics.variance[i]), 2),
                selectivity=number(float(statistics.selectivity[i]), 2),
                name=names[int(statistics.preferred[i])],
            ),
        }
        for i in order.tolist()
    ]


def _about(of: Measured, kind: str, count: int) -> str:
    """What the pictures are, and what to look for."""
    one_layer = {
        "columns": weights.layer_count(of.model.decoder) == 1,
        "rows": weights.layer_count(of.model.encoder) == 1,
    }
    texts = {
        "columns": _(
            "Each picture is a column of the decoder's matrix: a code is drawn as the sum of the "
            "columns, each times its value. Which of them look like digits, or like strokes?"
        )
        if one_layer["columns"]
        else _(
            "The decoder has several layers, so a unit has no column of its own. Shown is what "
            "takes its place: how the picture changes with the unit, the derivative at the mean "
            "code. Which of them look like strokes?"
        ),
        "rows": _(
            "Each picture is a row of the encoder's matrix: the value of the unit is the sum of "
            "the pixels, each times its weight. Pixels that are never inked teach nothing: the "
            "border keeps its random start."
        )
        if one_layer["rows"]
        else _(
            "The encoder has several layers: shown is how the value of the unit changes with each "
            "pixel, the derivative at the mean picture. Pixels that are never inked teach nothing: "
            "the border keeps its random start."
        ),
        "first": _(
            "The weights from the pixels to the {count} units (or maps) of the first layer. "
            "Measured on the first {pictures} test digits."
        ),
        "last": _(
            "What each of the {count} units (or maps) before the last layer adds to the picture. "
            "Measured on the first {pictures} test digits."
        ),
    }
    pictures = min(HIDDEN_COUNT, len(of.data.test))
    text = texts[kind].format(count=number(count, 0), pictures=number(pictures, 0))
    if kind in one_layer:
        text += " " + _("Click one to see what it does.")
    return text


def _take_unit() -> None:
    """A picture was clicked."""
    unit = st.session_state["units"].get("unit")
    if isinstance(unit, int):
        st.session_state["unit"] = unit


def one_unit(of: Measured) -> None:
    """One unit swept over its range while the rest of a digit's code stays."""
    d = of.card.config.model.latent_dim
    st.subheader(_("What one unit does"))
    left, right = st.columns([2, 3], gap="large")
    with left:
        unit = st.number_input(
            _("Unit of the code, 1 to {d}").format(d=d), 1, d, key="unit", persist_state="session"
        )
    link.put("unit", unit)
    with right:
        digit = pick_digit("digit", of.data, label=_("Starting from the code of"))
    code, own = of.code(digit), of.codes[:, unit - 1].numpy()
    low, high = np.quantile(own, [0.01, 0.99])
    values = torch.linspace(float(low), float(high), STEPS)
    pictures = of.decoded(weights.sweep(code, unit - 1, values))[:, 0].numpy()
    difference = pictures - of.decoded(code[None])[0, 0].numpy()
    limit = float(np.abs(difference).max())
    digit_rows(
        [
            (_("Decoded"), figures.grey(pictures)),
            (_("Difference"), figures.signed(difference, limit)),
        ],
        name=f"unit-{unit}",
    )
    colour_scale(limit)
    st.caption(
        _(
            "Unit {unit} from {low} to {high}, where 98 % of the test digits lie; the code of this "
            "digit has {own}. All other values stay. Lower row: the change against its own "
            "reconstruction."
        ).format(
            unit=unit,
            low=number(float(low), 2),
            high=number(float(high), 2),
            own=number(float(code[unit - 1]), 2),
        )
    )
    left, right = st.columns(2, gap="large")
    with left:
        _by_class(of, unit, own)
    with right:
        st.markdown(_("**Its values over the test digits**"))
        value_histogram(of, unit)
    st.markdown(
        _("**The same under your hand**: unit {unit} first, then the widest.").format(unit=unit)
    )
    _sliders(of, unit, digit, code)


def _by_class(of: Measured, unit: int, own: np.ndarray) -> None:
    statistics = _statistics(of.key, of)
    st.markdown(
        _("**Its value by class**: class selectivity η² = {selectivity}").format(
            selectivity=number(float(statistics.selectivity[unit - 1]), 2)
        )
    )
    labels = {
        "x": _("Class"),
        "y": _("Value of unit {unit}").format(unit=unit),
        "separators": separators(),
    }
    names = [_(name) for name in of.data.class_names]
    figure = figures.values_by_class(own, of.labels.numpy(), names, labels=labels)
    st.plotly_chart(figure, key="values_by_class")
    st.caption(_("Boxes: the middle half of the test digits of a class; whiskers: 90 % of them."))


def _sliders(of: Measured, unit: int, digit: Digit, code: torch.Tensor) -> None:
    codes = of.codes.numpy()
    others = np.argsort(-_statistics(of.key, of).variance, kind="stable")
    order = np.concatenate([[unit - 1], others[others != unit - 1]])[:12]
    low, high = np.quantile(codes[:, order], [0.005, 0.995], axis=0)
    code_sliders(
        f"{of.key} {digit.token} {unit}",
        of.card.config.model,
        of.weights(),
        originals=digit.pixels[None],
        codes=code[None].numpy(),
        order=order,
        low=low,
        high=np.maximum(high, low + 1e-3),
    )
