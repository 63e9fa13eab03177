"""New digits from codes: the same decoder, three ways to choose the 49 numbers."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Generator, Tensor

from aecore import figures
from aecore.config import CLASSES
from aecore.data import Dataset
from aecore.explore import codebook as books
from aecore.explore.sampling import nearest_error
from pages.sections.quantized import Coded
from pages.sections.quantized_codebook import known_maps
from pages.sections.quantized_prior import prior_of, train_prior
from pages.ui import link
from pages.ui.choose import one_of, step_of
from pages.ui.digits import picture
from pages.ui.i18n import _, number, significant

ANY = "any"
COUNTS = (16, 25, 49)
TEMPERATURES = (0.2, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.5, 2.0)
# Training digits among which the nearest is searched.
REAL = 20_000
# Test digits that are set beside what is drawn.
SCORED = 100


@dataclass(frozen=True)
class Draw:
    """What is drawn. label: the class asked of the prior, None for any."""

    seed: int
    count: int
    temperature: float
    label: int | None


def sampling(of: Coded) -> None:
    """Controls, and a grid of pictures for each way to choose the codes."""
    st.subheader(_("New digits from codes"))
    st.markdown(
        _(
            "The same decoder three times. Codes that are each drawn by themselves give no digit, "
            "however right their shares are: what matters is which codes stand **together**. That "
            "is what the prior has learned, code after code, each given those before it."
        )
    )
    draw, prior = _controls(of), prior_of(of)
    generator = Generator().manual_seed(draw.seed)
    shares = books.by_place(known_maps(of.key, of.model, of.data), of.k)
    ways = [
        (
            "uniform",
            _("All codes alike"),
            _("Each place any of the {k} codes.").format(k=of.k),
            books.uniform(of.k, draw.count, generator),
        ),
        (
            "independent",
            _("Each place by itself"),
            _("Each place a code that is usual there."),
            books.independent(shares, draw.count, generator),
        ),
    ]
    columns = st.columns(3, gap="medium")
    for column, way in zip(columns, ways, strict=False):
        with column:
            _grid(of, *way)
    with columns[2]:
        title, note = _("From the prior"), _("Each place given all before it.")
        if prior:
            labels = torch.full((draw.count,), -1 if draw.label is None else draw.label)
            any_class = torch.randint(CLASSES, labels.shape, generator=generator)
            labels = labels.where(labels >= 0, any_class)
            with st.spinner(_("Drawing codes…")):
                maps = prior.sample(labels, generator, draw.temperature)
            _grid(of, "prior", title, note, maps)
        else:
            st.markdown(f"**{title}**  \n{note}")
            train_prior(of)
    st.caption(
        _(
            "The distance is the MSE a pixel from a drawn picture to the nearest of {real} "
            "training digits, on average. Test digits are at {error}."
        ).format(
            real=number(min(REAL, len(of.data.train)), 0),
            error=significant(_real_error(of.data.name, of.data), 2),
        )
    )


def _controls(of: Coded) -> Draw:
    """The number of the draw, how many, and for the prior temperature and class."""
    names = {ANY: _("any"), **{str(c): _(n) for c, n in enumerate(of.data.class_names)}}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        link.value("seed", 0, 9999, 0)
        st.button(_("New draw"), icon=":material/casino:", on_click=_next, key="new-draw")
        seed = st.number_input(
            _("Draw number"), 0, 9999, key="seed", persist_state="session", width=130
        )
        count = one_of(_("Pictures"), {n: str(n) for n in COUNTS}, "count", 25)
        temperature = step_of(
            _("Temperature of the prior"),
            TEMPERATURES,
            "temperature",
            1.0,
            width=220,
            help_=_(
                "Below 1 the likeliest codes are drawn more often than the prior says: cleaner "
                "digits, less variety. Above 1 less often."
            ),
        )
        label = one_of(_("Class asked of the prior"), names, "class", ANY)
    link.put("seed", seed)
    return Draw(seed, count, temperature, None if label == ANY else int(label))


def _next() -> None:
    st.session_state["seed"] = (st.session_state["seed"] + 1) % 10_000


def _grid(of: Coded, name: str, title: str, note: str, maps: Tensor) -> None:
    decoded = books.decode(of.model, maps)
    real = of.data.train.pictures(slice(0, REAL))
    error = nearest_error(decoded, real).mean().item()
    st.markdown(f"**{title}**  \n{note}")
    caption = _("distance {value}").format(value=significant(error, 2))
    sheet = figures.sheet(figures.grey(decoded[:, 0].numpy()))
    picture(sheet, name=f"vq-{name}", caption=caption, width=420)


@st.cache_data(show_spinner=False)
def _real_error(name: str, _data: Dataset) -> float:
    """The same distance from digits that are real, those of the test set."""
    real = _data.train.pictures(slice(0, REAL))
    return nearest_error(_data.test.pictures(slice(0, SCORED)), real).mean().item()
