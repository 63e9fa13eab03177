"""How near the codes have come to the prior, beside a VAE and a plain autoencoder."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Generator, Tensor

from aecore.config import AdversaryConfig
from aecore.explore import priors as measures
from aecore.explore import sampling
from aecore.explore.priors import Distance
from pages.sections.adversarial import Adversarial
from pages.sections.latent import cloud_of
from pages.ui.i18n import _, number, significant
from pages.ui.measured import Measured, measured
from pages.ui.models import entries
from pages.ui.tables import table

# Models of the same d that no discriminator has held.
BESIDE = {"vae": "vae-mlp-d2", "plain": "mlp-d2"}


def how_near(model: Adversarial) -> None:
    """The distance from q(z) to p(z), with its floor, in a table."""
    st.subheader(_("How near have they come?"))
    rows = [_row(model.entry.label, model.of, model.of.codes, model.adversary)]
    normal = AdversaryConfig()
    found = entries()
    for kind, name in BESIDE.items():
        if model.config.latent_dim == 2 and name in found:
            of = measured(found[name], notice=False)
            codes = _posterior(of) if kind == "vae" else of.codes
            rows.append(_row(name, of, codes, normal))
    table(
        [
            "",
            _("distance of q(z) from p(z)"),
            _("floor: two draws of p(z)"),
            _("times the floor"),
            _("Test MSE per pixel"),
        ],
        rows,
    )
    st.caption(
        _(
            "Energy distance between the codes of {count} test digits, drawn at random, and as "
            "many draws of the prior (seed 0), for the others of N(0, I); the code of the VAE is "
            "a draw from its posterior. The second column is the floor: two samples of the prior "
            "itself."
        ).format(count=number(min(measures.MOST, len(model.of.codes)), 0))
    )


def _row(label: str, of: Measured, codes: Tensor, adversary: AdversaryConfig) -> list[str]:
    found = _distance(of.key, codes, of.labels, adversary)
    return [
        label,
        f"**{significant(found.codes, 2)}**",
        significant(found.floor, 2),
        number(found.ratio, 1),
        significant(of.card.metrics["test_mse"]),
    ]


@st.cache_data(show_spinner=False, max_entries=64)
def _distance(key: str, _codes: Tensor, _labels: Tensor, _adversary: AdversaryConfig) -> Distance:
    return measures.distance(_codes, _labels, _adversary)


def _posterior(of: Measured) -> Tensor:
    """A draw of q(z|x) of each test digit."""
    cloud = cloud_of(of)
    mu, deviations = torch.from_numpy(cloud.codes), torch.from_numpy(cloud.deviations)
    return sampling.aggregated_posterior(mu, deviations, len(mu), Generator().manual_seed(0))
