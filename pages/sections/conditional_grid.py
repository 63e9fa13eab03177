"""The grid class × style: one style a row, one class a column."""

from __future__ import annotations

import html

import streamlit as st
import torch
from torch import Generator, Tensor

from aecore import figures
from aecore.config import CLASSES
from aecore.explore import styles
from aecore.explore.codes import first_of_each_class
from aecore.explore.probes import subsample
from pages.sections.conditional import Conditional
from pages.ui import link
from pages.ui.choose import draw_number, one_of
from pages.ui.digits import picture
from pages.ui.i18n import _

FEWEST, MOST, USUAL = 3, 20, 10
PRIOR, DIGITS = "prior", "digits"


@link.fragment
def class_by_style(of: Conditional) -> None:
    """The controls, and the grid as one picture."""
    st.subheader(_("The grid of class and style"))
    left, right = st.columns([4, 7], gap="large")
    with left:
        source, rows, seed = _controls()
    if source == PRIOR:
        z = styles.drawn(of.model, rows, Generator().manual_seed(seed))
        pictures = figures.grey(styles.under_each_class(of.model, z).numpy())
        sheet, header = figures.class_by_style(pictures), of.classes
    else:
        index = _digits(of, rows, seed)
        labels = of.data.test.labels[index]
        pictures = figures.grey(styles.under_each_class(of.model, of.codes[index]).numpy())
        sheet = figures.class_by_style(
            pictures, originals=of.data.test.images[index].numpy(), own=labels.numpy()
        )
        header = [_("digit"), *of.classes]
    with right:
        _header(header)
        picture(sheet, name="class-by-style", caption=_caption(source), width=760)


def _controls() -> tuple[str, int, int]:
    names = {PRIOR: _("from the prior"), DIGITS: _("of test digits")}
    source = one_of(_("Styles"), names, "styles", DIGITS)
    link.value("rows", FEWEST, MOST, USUAL)
    rows = st.slider(_("Rows"), FEWEST, MOST, key="rows", persist_state="session")
    link.put("rows", rows)
    return source, rows, draw_number()


def _digits(of: Conditional, count: int, seed: int) -> Tensor:
    """Test digits for the rows: with the draw number 0 the first of each class, then others."""
    if seed == 0:
        first = [first_of_each_class(of.data.test, after) for after in range(-(-count // CLASSES))]
        return torch.cat(first)[:count]
    return torch.from_numpy(subsample(len(of.data.test), count, seed))


def _caption(source: str) -> str:
    if source == PRIOR:
        return _("Each row is one style z, drawn from N(0, I); each column one class.")
    return _(
        "Each row starts with a test digit, whose style it keeps; framed: the digit's own class, "
        "its reconstruction."
    )


def _header(names: list[str]) -> None:
    cells = "".join(f"<span>{html.escape(name)}</span>" for name in names)
    st.html(
        '<div style="display:grid;max-width:760px;text-align:center;font-size:.82rem;'
        f'grid-template-columns:repeat({len(names)},minmax(0,1fr))">{cells}</div>'
    )
