"""The bound at one digit and over many, as the number of draws grows."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from aecore import figures
from aecore.explore import bounds
from aecore.explore.bounds import Draws
from aecore.explore.codes import to_uint8
from pages.ui import link
from pages.ui.choose import one_of, step_of
from pages.ui.digits import save_button, stacked
from pages.ui.i18n import _, number, percent, separators
from pages.ui.measured import Measured
from pages.ui.picker import Digit, pick_digit
from pages.ui.tables import save_table, table
from pages.ui.tiles import Row, tile_rows

DRAWS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
# Of one digit, so that there are several groups of the largest number.
POOL = 20_000
# Pictures of draws that are shown, at most.
SHOWN = 10
# Over how many test digits, and with how many draws.
DIGITS = 200
OVER_DIGITS = (1, 5, 50, 500)


def tightened(chosen: dict[str, Measured]) -> None:
    """The digit, the number of draws, and what each model says with so many."""
    left, right = st.columns([2, 3], gap="large")
    data = next(iter(chosen.values())).data
    with left:
        digit = pick_digit("x", data, label=_("The digit whose likelihood is asked"), default=4)
        binary = _black_and_white()
        k = _number_of_draws()
    with st.spinner(_("Drawing…")):
        found = {
            name: _draws(of.key, digit.token, binary, of, digit) for name, of in chosen.items()
        }
    with right:
        _curves(found, k)
    _table(found, k)
    _weightiest(found, k)
    _over_digits(chosen, binary)


def _black_and_white() -> bool:
    binary = one_of(
        _("Pixels of the digit"),
        {1: _("black or white"), 0: _("grey")},
        "binary",
        1,
        help_=_(
            "A Bernoulli likelihood is one of black and white pixels: each is drawn once, white "
            "with the probability that its grey says. Published numbers are of such digits; with "
            "greys the bound is only a score."
        ),
    )
    return bool(binary)


def _number_of_draws() -> int:
    told = _("k = 1: the ELBO. The more draws, the nearer to log p(x).")
    return step_of(_("Draws k"), DRAWS, "k", 50, help_=told)


@st.cache_resource(max_entries=48, show_spinner=False)
def _draws(key: str, token: str, binary: bool, _of: Measured, _digit: Digit) -> Draws:
    generator = torch.Generator(_of.model.device).manual_seed(0)
    return bounds.draw(_of.model, _pixels(_digit.x, binary), POOL, DRAWS[-1], generator)


def _pixels(x: Tensor, binary: bool) -> Tensor:
    return torch.bernoulli(x, generator=torch.Generator().manual_seed(0)) if binary else x


def _curves(found: dict[str, Draws], k: int) -> None:
    lines = [(name, [_spread(of, n) for n in DRAWS]) for name, of in found.items()]
    labels = {"x": _("Draws k"), "y": _("Bound Lₖ (nats)"), "separators": separators()}
    st.plotly_chart(figures.bounds_by_draws(lines, k, labels=labels), key="bounds-by-draws")
    st.caption(
        _(
            "The mean of Lₖ over groups of k draws for this digit, and where four fifths of the "
            "groups lie. The mean rises with k, and the groups agree more and more."
        )
    )


def _spread(of: Draws, draws: int) -> tuple[int, float, float, float]:
    groups = bounds.bound_of(of.log_w, draws)
    low, high = groups.quantile(torch.tensor([0.1, 0.9])).tolist()
    return draws, groups.mean().item(), low, high


def _table(found: dict[str, Draws], k: int) -> None:
    header = [
        _("Model"),
        _("ELBO = L₁"),
        _("Lₖ, k = {k}").format(k=number(k, 0)),
        _("log p(x) ≈ L₂₀₀₀₀"),
        _("Lost by the ELBO"),
        _("Draws that count"),
    ]
    rows = []
    for name, of in found.items():
        one, many = of.log_w.mean().item(), bounds.bound_of(of.log_w, POOL).item()
        rows.append(
            [
                name,
                number(one, 1),
                f"**{number(bounds.bound_of(of.log_w, k).mean().item(), 1)}**",
                number(many, 1),
                number(many - one, 1),
                f"{number(bounds.effective_draws(of.log_w[:k]), 1)} / {number(k, 0)}",
            ]
        )
    table(header, rows)
    st.caption(
        _(
            "In nats. What the ELBO loses is KL(q(z|x) ‖ p(z|x)): how far the encoder's Gaussian "
            "is from the true posterior. Draws that count: as many draws of equal weight would say "
            "as much as these k."
        )
    )


def _weightiest(found: dict[str, Draws], k: int) -> None:
    st.subheader(_("The draws with the largest weights"))
    rows = []
    for name, of in found.items():
        share = of.log_w[:k].softmax(0)
        best = share.topk(min(SHOWN, k))
        words = tuple(percent(value) for value in best.values.tolist())
        rows.append(Row(name, "", (to_uint8(of.pictures[best.indices]),), (words,)))
    tile_rows(rows, chunk=SHOWN)
    save_button(lambda: stacked([row.strips[0] for row in rows]), "weightiest")
    st.caption(
        _(
            "What the first k draws decode to, by falling share of the weight. With few draws one "
            "of them often has nearly all: the bound stands on that one."
        )
    )


@link.fragment
def _over_digits(chosen: dict[str, Measured], binary: bool) -> None:
    st.subheader(_("Over test digits"))
    if not st.toggle(
        _("Measure {count} test digits (some seconds a model)").format(count=DIGITS),
        key="over_digits",
        persist_state="session",
    ):
        return
    header = [
        _("Model"),
        *(_("Lₖ, k = {k}").format(k=number(k, 0)) for k in OVER_DIGITS),
        _("Standard error"),
    ]
    shown, saved = [], []
    for name, of in chosen.items():
        with st.spinner(name):
            found = _bounds(of.key, binary, of)
        means = found.mean(1).tolist()
        error = float(found[-1].std()) / np.sqrt(found.shape[1])
        shown.append([name, *(number(mean, 1) for mean in means), number(error, 1)])
        saved.append([name, *means, error])
    table(header, shown)
    save_table(header, saved, "bounds")
    st.caption(
        _(
            "The same digits for each model, so that differences are surer than the standard error "
            "says. benchmarks/RESULTS.md has k = 5,000 over all 10,000 test digits, beside the "
            "published numbers."
        )
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _bounds(key: str, binary: bool, _of: Measured) -> Tensor:
    generator = torch.Generator(_of.model.device).manual_seed(0)
    x = _pixels(_of.data.test.pictures(slice(0, DIGITS)).cpu(), binary)
    return bounds.bounds(_of.model, x, OVER_DIGITS, generator)
