"""Arithmetic on codes: class means as prototypes, and a − b + c."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from aecore.explore import attributes
from pages.sections.deforming import attributes_of_test
from pages.ui import link
from pages.ui.choose import one_of
from pages.ui.digits import digit_rows, equation
from pages.ui.i18n import _
from pages.ui.measured import Measured
from pages.ui.picker import pick_digit

DIGIT, MEAN = "digit", "mean"
SIGNS = {"a": "", "b": "−", "c": "+"}
# The terms at first, by class and slant in degrees: a slanted 0, less an upright one, and a 7.
AT_FIRST = {"a": (0, 30.0), "b": (0, 0.0), "c": (7, 0.0)}


def prototypes(of: Measured) -> None:
    """What the mean code of each class decodes to, beside the mean of its pixels."""
    st.subheader(_("Class means as prototypes"))
    st.markdown(
        _(
            "The mean of the **codes** of a class decodes to one clear digit where the class is "
            "one round cloud; the mean of its **pixels** is a smudge of all of them."
        )
    )
    means = class_means(of.key, of)
    near = [attributes.nearest(of.codes, mean) for mean in means]
    labels = of.labels.unique()
    images = of.data.test.images
    pixels = [images[of.labels == c].float().mean(0).round().byte() for c in labels]
    digit_rows(
        [
            (_("Decoded mean of the codes"), of.pictures(means)),
            (_("Test digit with the nearest code"), images[near].numpy()),
            (_("Mean of the pixels"), torch.stack(pixels).numpy()),
        ],
        name="prototypes",
    )


@link.fragment
def arithmetic(of: Measured) -> None:
    """Three terms, each a digit or a class mean; what a − b + c decodes to."""
    st.subheader("a − b + c")
    st.markdown(
        _(
            "What makes **a** differ from **b**, added to **c**: a slanted 0 less an upright 0 "
            "leaves slant. Choose a digit or the mean of a class for each term."
        )
    )
    places = st.columns(3, gap="medium")
    terms = {}
    for (term, sign), place in zip(SIGNS.items(), places, strict=True):
        with place:
            terms[term] = _term(of, term, f"{sign} {term}".strip())
    z = attributes.arithmetic(*terms.values())
    near = attributes.nearest(of.codes, z)
    found = _("nearest test digit: {name}, no. {index}").format(
        name=_name(of, int(of.labels[near])), index=near
    )
    a, b, c, result = of.pictures(torch.stack([*terms.values(), z]))
    equation(
        [
            ("", a, "g(a)"),
            ("−", b, "g(b)"),
            ("+", c, "g(c)"),
            ("=", result, "g(a − b + c)"),
            ("≈", of.data.test.images[near].numpy(), found),
        ],
        name="arithmetic",
    )


def _term(of: Measured, term: str, title: str) -> Tensor:
    """The code (d,) of one term, as it is chosen."""
    kinds = {DIGIT: _("A digit"), MEAN: _("A class mean")}
    kind_key, class_key = f"{term}_is", f"{term}_class"
    kind = one_of(f"**{title}**", kinds, kind_key, DIGIT)
    if kind == DIGIT:
        default = defaults(of.data.name, of)[term]
        return of.code(pick_digit(term, of.data, label=_("Digit"), default=default))
    classes = of.labels.unique().tolist()
    link.choice(class_key, classes, AT_FIRST[term][0])
    chosen = st.selectbox(
        _("Mean code of the class"),
        classes,
        format_func=lambda c: _name(of, c),
        key=class_key,
        persist_state="session",
    )
    link.put(class_key, chosen)
    return class_means(of.key, of)[classes.index(chosen)]


def _name(of: Measured, label: int) -> str:
    return _(of.data.class_names[label])


@st.cache_resource(max_entries=8, show_spinner=False)
def class_means(key: str, _of: Measured) -> Tensor:
    """The mean code of each class of the test digits: (C, d)."""
    return attributes.class_means(_of.codes, _of.labels)


@st.cache_data(show_spinner=False)
def defaults(name: str, _of: Measured) -> dict[str, int]:
    """The test pictures that the terms are at first, by their slant."""
    slant = attributes_of_test(_of.data.name, _of.data)[:, 0].numpy()
    labels = _of.labels.numpy()
    return {
        term: int(np.where(labels == c, abs(slant - at), np.inf).argmin())
        for term, (c, at) in AT_FIRST.items()
    }
