"""The model of the page “Adversarial codes”, its codes beside the prior, and the formulas."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st
import torch
from torch import Generator, Tensor

from aecore import figures
from aecore.config import CLASSES, AdversaryConfig
from aecore.explore import priors as measures
from aecore.explore.probes import subsample
from aecore.models import adversarial, priors
from pages.ui import link
from pages.ui.choose import one_of
from pages.ui.i18n import _, number, separators
from pages.ui.measured import Measured, measured
from pages.ui.models import Entry, all_entries, pick_model
from pages.ui.sources import show_formulas, show_sources

KEY = "adversarial"
DEFAULT = "aae-mlp-d2-mixture"
# Codes and draws that are shown as points, and the points a side at which D is asked.
POINTS = 2000
FIELD = 81
NOTHING, BELIEF = "nothing", "D"


class Adversarial:
    """An adversarial autoencoder with its test codes.

    entry, of: the choice and what is measured; codes, labels: (n, d) and (n,), those that are
    shown, drawn at random; reach: of the planes, so that codes and prior fit.
    """

    def __init__(self, entry: Entry, of: Measured) -> None:
        self.entry, self.of = entry, of
        self.config = of.card.config.model
        self.adversary: AdversaryConfig = self.config.adversary
        index = subsample(len(of.codes), POINTS)
        self.codes, self.labels = of.codes[index], of.labels[index]
        far = max(self.prior(POINTS, 0).abs().max(), self.codes.abs().quantile(0.995)).item()
        self.reach = math.ceil(2 * far) / 2

    def prior(self, count: int, seed: int) -> Tensor:
        """Draws of the prior, for the classes of codes that are shown: (count, d)."""
        generator = Generator().manual_seed(seed)
        return measures.drawn(
            self.adversary, self.labels[:count], self.config.latent_dim, generator
        )


def introduction() -> None:
    """What the page is about."""
    st.markdown(
        _(
            "An **adversarial autoencoder** has an opponent: a discriminator D that sees codes and "
            "draws of a prior, and must tell which is which. The encoder learns to fool it, until "
            "the codes of all digits together, the aggregated posterior q(z), look like the prior "
            "p(z). A prior need only be something to draw from: a mixture, even a swiss roll."
        )
    )


def pick_adversarial() -> Adversarial | None:
    """The model, among those with a discriminator."""
    options = {key: e for key, e in all_entries().items() if e.config.model.adversary}
    if not options:
        st.info(
            _(
                "There is no adversarial autoencoder yet: train one on the Train page, upload one "
                "on the Models page, or run “aecore pretrain --missing”."
            )
        )
        return None
    with st.container(width=520):
        entry = pick_model(KEY, DEFAULT, options)
    return Adversarial(entry, measured(entry))


@link.fragment
def codes_beside_prior(model: Adversarial) -> None:
    """Test codes and draws of the prior on the same axes, what D says behind them."""
    st.subheader(_("The codes beside the prior"))
    if model.config.latent_dim > 2:
        st.caption(
            _("The code has {d} values: the first two are shown.").format(d=model.config.latent_dim)
        )
    field, told = _pick_field(model)
    labels = model.labels
    shown = labels == told if told is not None else torch.ones_like(labels, dtype=torch.bool)
    classes = [_(name) for name in model.of.data.class_names]
    words = {
        "x": "z1", "y": "z2", "field": "D(z)", "draw": _("draws"), "separators": separators(),
    }  # fmt: skip
    of_class = labels[shown].numpy() if model.adversary.labels else None
    left, right = st.columns(2, gap="medium")
    for column, title, points, kinds, key in (
        (left, _("q(z): codes of test digits"), model.codes, labels[shown].numpy(), "codes"),
        (right, _("p(z): draws of the prior"), model.prior(POINTS, 0), of_class, "prior"),
    ):
        with column:
            st.markdown(f"**{title}**")
            figure = figures.codes_in_plane(
                points[shown, :2].numpy(), kinds, classes, model.reach, field=field, labels=words
            )
            st.plotly_chart(figure, key=f"plane-{key}")
    about = (
        _("{count} of each. The prior is not tied to the classes: its draws have none.")
        if of_class is None
        else _(
            "{count} of each. The discriminator was told the class: each has a place of its own."
        )
    )
    st.caption(about.format(count=number(int(shown.sum()), 0)))
    if field is not None:
        st.caption(
            _(
                "D(z) is the probability in which the discriminator takes a code for a draw of the "
                "prior: red above ½, blue below, white where it can't tell. Where it is white all "
                "over the codes, the encoder has won."
            )
        )


def _pick_field(model: Adversarial) -> tuple[np.ndarray | None, int | None]:
    """What D says of the plane, if that is asked for, and the class that it is told."""
    names = {NOTHING: _("nothing"), BELIEF: _("what D says")}
    if model.config.latent_dim > 2:
        return None, None
    with st.container(horizontal=True, gap="large"):
        behind = one_of(_("Behind the codes"), names, "behind", NOTHING)
        if behind == NOTHING:
            return None, None
        told = None
        if model.adversary.labels:
            link.choice("told", list(range(CLASSES)), 0)
            told = st.selectbox(
                _("D is told the class"),
                range(CLASSES),
                format_func=lambda c: _(model.of.data.class_names[c]),
                key="told",
                persist_state="session",
                width=220,
            )
            link.put("told", told)
    lattice = measures.lattice(model.reach, FIELD)
    belief = measures.belief(model.of.model, lattice, told)
    return belief.view(FIELD, FIELD).numpy(), told


def explained() -> None:
    """The formulas of the page and the sources that compute them."""
    show_formulas(
        r"D:\ \max\; \mathbb{E}_{z' \sim p(z)} \log D(z') + "
        r"\mathbb{E}_{x} \log\big(1 - D(f(x))\big), \qquad "
        r"f:\ \min\; -\log p(x \mid z) - \lambda \log D(f(x))",
        r"q(z) = \frac{1}{N} \sum_{n=1}^{N} \delta\big(z - f(x_n)\big), \qquad "
        r"D^\ast(z) = \frac{p(z)}{p(z) + q(z)}",
        r"\mathcal{E}(q, p) = 2\, \mathbb{E} \lVert a - b \rVert - \mathbb{E} \lVert a - a' \rVert "
        r"- \mathbb{E} \lVert b - b' \rVert, \qquad a, a' \sim q(z),\; b, b' \sim p(z)",
    )
    show_sources([adversarial, priors, measures])
