"""One digit on its way through all layers, from the pixels to the code and back."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from aecore import figures
from aecore.explore.layers import Layer, activations
from pages.ui.digits import picture
from pages.ui.i18n import _, number, percent, significant
from pages.ui.measured import Measured
from pages.ui.picker import pick_digit
from pages.ui.signs import colour_scale

WIDTH = 226
# The names of activations, as their authors write them.
ACTIVATIONS = {"gelu": "GELU", "relu": "ReLU", "tanh": "tanh"}


def layer_by_layer(of: Measured) -> None:
    """The values of every layer for one digit."""
    digit = pick_digit("digit", of.data, label=_("The digit to follow"))
    found = activations(of.model, digit.x)
    signed = any(layer.values.min() < 0 for layer in found)
    with st.container(horizontal=True):
        for layer in found:
            with st.container(
                width=WIDTH + 36, border=layer.kind == "code", key=f"layer-{layer.name}"
            ):
                _show(layer)
    if signed:
        colour_scale(None)
    st.caption(
        _(
            "Each square is the value of one unit; a convolution has maps, side by side. "
            "Grey from black to white where no value is negative; else blue, white and red. A unit "
            "counts as active if its value, without its sign, is larger than a tenth of the "
            "largest of its layer. Plain grey parts the maps and fills the end: no unit is there."
        )
    )


def _show(layer: Layer) -> None:
    titles = {"input": _("Picture x"), "code": _("Code z"), "output": _("Reconstruction x̂")}
    title = titles.get(layer.kind, _("Hidden layer"))
    if layer.kind == "code":
        st.badge(title)
    else:
        st.markdown(f"**{title}**")
    st.caption(_operation(layer))
    values = layer.values[0]
    # The code as elsewhere, 8x4 for 32; all else nearly square, whatever is left over.
    rows, columns = figures.grid_shape(len(values))
    if layer.kind != "code":
        rows = columns = math.ceil(math.sqrt(len(values)))
    picture(
        draw(values, columns),
        name=f"layer-{layer.name}",
        width=math.floor(WIDTH * min(1, columns / rows)),
        caption=_("{count} values, {share} active, largest {largest}").format(
            count=_count(values),
            share=percent(layer.active_share(), 0),
            largest=significant(float(np.abs(values).max()), 2),
        ),
    )


def _operation(layer: Layer) -> str:
    names = {
        "": _("as it comes in"),
        "dense": _("dense"),
        "convolution": _("convolution"),
        "transposed": _("transposed convolution"),
    }
    written = {**ACTIVATIONS, "sigmoid": _("sigmoid")}
    parts = [layer.name, names[layer.operation], written.get(layer.activation, "")]
    return " · ".join(part for part in parts if part)


def _count(values: np.ndarray) -> str:
    shape = np.squeeze(values).shape
    sizes = [" × ".join(map(str, shape))] if len(shape) > 1 else []
    return " = ".join([*sizes, number(values.size, 0)])


def draw(values: np.ndarray, columns: int) -> np.ndarray:
    """The values of a layer for one picture, (units,) or (maps, side, side), as a picture: grey
    if none is negative, else in the colours of signs, one scale for all.

    columns: units in a row of the picture, or maps.
    """
    maps = values if values.ndim == 3 else values.reshape(-1, 1, 1)
    largest = max(float(np.abs(values).max()), 1e-9)
    if values.min() < 0:
        drawn = figures.signed(maps, largest)
    else:
        drawn = (maps / largest * 255).round().astype(np.uint8)
    return figures.sheet(drawn, columns, gap=1 if values.ndim == 3 else 0)
