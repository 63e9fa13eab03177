"""Attributes as directions of code space: slant, thickness and size under sliders."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Tensor

from aecore.data import Dataset
from aecore.explore.attributes import ATTRIBUTES, Directions, directions, measure
from aecore.explore.codes import first_of_each_class
from pages.ui import link
from pages.ui.choose import one_of
from pages.ui.component import register
from pages.ui.decoding import decoder_blob
from pages.ui.i18n import _, language, number, significant
from pages.ui.measured import Measured
from pages.ui.picker import Digit, pick_digit

WITHIN, ALL = "within", "all"
# Below this R² the code says little of an attribute in a linear way.
LITTLE = 0.3


@link.fragment
def deforming(of: Measured) -> None:
    """A digit, and what its code moved along each direction decodes to."""
    st.subheader(_("Attributes as directions"))
    st.markdown(
        _(
            "Slant, thickness and size are **measured** on the test pictures, then predicted from "
            "their codes by linear regression: that gives each a direction. Move a code along it."
        )
    )
    left, right = st.columns(2, gap="medium")
    with left:
        first = first_of_each_class(of.data.test).tolist()
        digit = pick_digit("deform", of.data, label=_("Digit to deform"), default=first[2])
    with right:
        fit = _pick_fit()
    with st.spinner(_("Regression on the codes…")):
        blob = _blob(of, digit, fit)
    register("deform", "measures")(key="deform", data=blob)


def _pick_fit() -> str:
    names = {WITHIN: _("within each class"), ALL: _("over all digits")}
    fit = one_of(
        _("Regression on the differences"),
        names,
        "fit",
        WITHIN,
        help_=_(
            "Over all digits the direction may also lead from one class to another, as ones are "
            "smaller than zeros; within each class it does not."
        ),
    )
    return fit


def _blob(of: Measured, digit: Digit, fit: str) -> bytes:
    """The decoder, the digit with its code, and the directions, for the browser."""
    found = directions_of_test(of.key, fit, of)
    arrays = {
        **of.weights(),
        "code": of.code(digit).numpy(),
        "original": digit.pixels,
        "vectors": found.vectors.numpy(),
    }
    told = {"attributes": _described(found)}
    return decoder_blob(arrays, of.card.config.model, name=of.key, told=told, words=_words())


@st.cache_resource(max_entries=16, show_spinner=False)
def directions_of_test(key: str, fit: str, _of: Measured) -> Directions:
    """The directions of a model, from its test codes."""
    values = attributes_of_test(_of.data.name, _of.data)
    return directions(_of.codes, values, _of.labels if fit == WITHIN else None)


@st.cache_resource(max_entries=4, show_spinner=False)
def attributes_of_test(name: str, _data: Dataset) -> Tensor:
    """Slant, thickness and size of the test pictures: (N, 3)."""
    images = _data.test.images.split(1000)
    return torch.cat([measure(part.unsqueeze(1).float().div_(255)).cpu() for part in images])


def _described(found: Directions) -> list[dict[str, object]]:
    titles = {"slant": _("Slant"), "thickness": _("Thickness"), "size": _("Size")}
    units = {
        "slant": ("°", 1),
        "thickness": ("\N{NO-BREAK SPACE}px", 2),
        "size": ("\N{NO-BREAK SPACE}px", 2),
    }
    described = []
    for k, key in enumerate(ATTRIBUTES):
        unit, digits = units[key]
        r2, deviation = float(found.r2[k]), float(found.deviation[k])
        quality = _("R² = {r2} on digits not fitted; σ = {deviation}{unit}").format(
            r2=number(r2, 2),
            deviation=significant(deviation, 2),
            unit=unit,
        )
        if r2 < LITTLE:
            quality = " – ".join([quality, _("this code hardly tells it in a linear way")])
        described.append(
            {"key": key, "title": titles[key], "unit": unit, "digits": digits,
             "deviation": deviation, "quality": quality}
        )  # fmt: skip
    return described


def _words() -> dict[str, str]:
    return {
        "lang": language(),
        "original": _("Original"),
        "back": _("Reconstruction"),
        "deformed": _("Deformed"),
        "measured": _("asked {asked}, drawn {drawn}"),
        "reset": _("All back to 0"),
        "board": _("Each attribute alone, from −3 σ to +3 σ"),
        "save": _("Save this picture"),
        "unknown": _("The link asks for {name} = “{value}”, which can't be read."),
    }
