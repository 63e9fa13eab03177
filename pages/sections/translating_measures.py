"""Ten digits translated at once, and how good translators are over the test digits."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Generator, Tensor

from aecore.config import CLASSES
from aecore.data import Dataset, Split
from aecore.gan.translation import measures
from aecore.gan.translation.domains import Domain, sides
from aecore.gan.translation.measures import Both, Examiner, Measures
from aecore.snapshots import to_uint8
from pages.sections.translating import Translators, errors
from pages.ui import link
from pages.ui.choose import draw_number
from pages.ui.digits import digit_rows
from pages.ui.i18n import _, number, percent, significant
from pages.ui.names import domain_names
from pages.ui.signs import colour_scale
from pages.ui.tables import save_table, table

# Test digits that are measured where no card tells, and those that are counted class by class.
MEASURED, COUNTED = 1000, 2000


@link.fragment
def ten_digits(of: Translators) -> None:
    """One digit of each class, drawn at random, both ways."""
    st.subheader(_("Ten at once"))
    with st.container(width=240):
        seed = draw_number()
    pair, names = of.pair, domain_names()
    a = pair.a.form(_of_each_class(of.data.test, seed))
    b = pair.b.form(_of_each_class(of.other.test, seed))
    made = of.there_and_back(a, b)
    left, right = st.columns(2, gap="large")
    for column, start, target, pictures, name in (
        (left, pair.a, pair.b, (a, made.ab, made.aba), "ten-aba"),
        (right, pair.b, pair.a, (b, made.ba, made.bab), "ten-bab"),
    ):
        with column:
            digit_rows(
                [
                    (names[start.name], to_uint8(pictures[0])),
                    (f"→ {names[target.name]}", to_uint8(pictures[1])),
                    (_("→ back"), to_uint8(pictures[2])),
                    (_("error"), errors(pictures[2], pictures[0])),
                ],
                name=name,
            )
    colour_scale(1.0)


def _of_each_class(split: Split, seed: int) -> Tensor:
    """A random picture of each class that occurs: (n, 1, 28, 28)."""
    order = torch.randperm(len(split), generator=Generator().manual_seed(seed))
    labels = split.labels[order]
    return split.pictures(order[[int((labels == c).nonzero()[0]) for c in labels.unique()]])


def how_good(of: Translators) -> None:
    """The measures of both ways in a table, then the share that keeps its class, class by class."""
    st.subheader(_("How good are they?"))
    found = of.card.measures
    if of.data.name != of.card.dataset:
        with st.spinner(_("Measuring…")):
            found = _measured(of.key, of)
    names = domain_names()
    a, b = names[of.pair.a.name], names[of.pair.b.name]
    header = ["", f"{a} → {b}", f"{b} → {a}"]
    rows = {
        _("MSE of coming back, per pixel"): _both(found.cycle_mse, significant),
        _("class kept by the translation"): _both(found.kept, percent),
        _("the same of real pictures of that domain"): _both(found.ceiling, percent),
        _("class kept after both ways"): _both(found.back, percent),
        _("MSE against the same digit in that domain"): _both(found.counterpart_mse, significant),
        _("Fréchet distance to that domain"): _both(found.frechet, _rounded),
        _("the same without translation"): _both(found.unchanged, _rounded),
    }
    table(header, [[name, *values] for name, values in rows.items() if values])
    st.caption(
        _(
            "Over {count} test digits. The classifier has seen plain digits only: what slants is "
            "sheared back, what is thick or thin is made thinner or thicker, and what is inverted "
            "is inverted again before it is read. The Fréchet distance is one on the features of "
            "that classifier and compares models of this lab only."
        ).format(count=number(found.pictures, 0))
    )
    if found.kept:
        _by_class(of, [f"{a} → {b}", f"{b} → {a}"])


def _both(values: Both | None, write) -> list[str]:
    return [f"**{write(value)}**" for value in values] if values else []


def _rounded(value: float) -> str:
    return number(value, 1)


@st.cache_data(max_entries=16, show_spinner=False)
def _measured(key: str, _of: Translators) -> Measures:
    examiner = Examiner(sides(_of.card.config.model.pair, _of.data), MEASURED)
    return examiner.measure(_of.model)


def _by_class(of: Translators, ways: list[str]) -> None:
    with st.spinner(_("Reading translations…")):
        shares = _kept_by_class(of.key, of)
    header = [_("class kept"), *map(str, range(CLASSES))]
    table(
        header,
        [
            [way, *("–" if share is None else percent(share, 0) for share in row)]
            for way, row in zip(ways, shares, strict=True)
        ],
    )
    save_table(
        ["way", *range(CLASSES)],
        [[way, *row] for way, row in zip(("A to B", "B to A"), shares, strict=True)],
        "class-kept",
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _kept_by_class(key: str, _of: Translators) -> list[list[float | None]]:
    """Both ways the share of each class that is kept; None for one without test digits."""
    some, pair = _of.data.test.take(slice(0, COUNTED)), _of.pair
    x = some.pictures()
    made = _of.there_and_back(pair.a.form(x), pair.b.form(x))
    return [
        _shares(_of.data, target, pictures, some.labels)
        for target, pictures in ((pair.b, made.ab), (pair.a, made.ba))
    ]


def _shares(data: Dataset, domain: Domain, pictures: Tensor, truth: Tensor) -> list[float | None]:
    counts = measures.confusion(truth, measures.named(data, domain, pictures)).double()
    shares = counts.diagonal() / counts.sum(1)
    return [None if share.isnan() else share.item() for share in shares]
