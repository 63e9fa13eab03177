"""What the code of an autoencoder is, on the Train page: a point, a distribution, a codebook."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aecore import config
from aecore.config import AdversaryConfig, QuantizerConfig
from pages.sections.settings_controls import (
    folded,
    key_of,
    select,
    share_of_training,
    steps,
    value_of,
)
from pages.ui.i18n import _
from pages.ui.names import prior_names

POINT, VARIATIONAL, CONDITIONAL = "point", "variational", "conditional"
ADVERSARIAL, QUANTIZED = "adversarial", "quantized"
# What the code can be, by the network.
KINDS = {
    "linear": (POINT,),
    "mlp": (POINT, VARIATIONAL, CONDITIONAL, ADVERSARIAL),
    "conv": (POINT, VARIATIONAL, CONDITIONAL, ADVERSARIAL, QUANTIZED),
}
LATENT_DIMS = (
    1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 36, 48, 50, 64, 96, 128, 192, 256, 384, 512, 784,
    1000, 1568,
)  # fmt: skip
BETAS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 20.0)
FREE_BITS = (0.0, 0.01, 0.03, 0.1, 0.25, 0.5, 1.0, 2.0)
DRAWS = (1, 2, 3, 5, 10, 20, 50)
LAMBDAS = (0.1, 0.3, 1.0, 3.0, 10.0, 20.0, 30.0, 50.0, 100.0)
BOOK_SIZES = (4, 8, 16, 32, 64, 128, 256, 512, 1024)
VECTOR_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
COMMITMENTS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0)
DECAYS = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995)


def pick_kind(network: str) -> str:
    """What the code is: one of ``KINDS`` of the network."""
    options = KINDS[network]
    key = key_of("code")
    if st.session_state[key] not in options:
        st.session_state[key] = POINT
    if len(options) == 1:
        return POINT
    names = {
        POINT: _("AE: a point"),
        VARIATIONAL: _("VAE: a distribution"),
        CONDITIONAL: _("Conditional VAE: the class given"),
        ADVERSARIAL: _("Adversarial AE: like a prior"),
        QUANTIZED: _("VQ-VAE: 7×7 from a codebook"),
    }
    return select(
        _("The code is"),
        "code",
        options,
        names,
        _(
            "A distribution: the encoder gives $q(z|x) = \\mathcal{N}(\\mu, \\sigma^2)$, a sample "
            "$z = \\mu + \\sigma \\varepsilon$, $\\varepsilon \\sim \\mathcal{N}(0, I)$, is "
            "decoded (reparameterisation), and the loss gets the term $\\beta \\, "
            "\\mathrm{KL}(q(z|x) \\,\\|\\, \\mathcal{N}(0, I))$. Adversarial: a discriminator "
            "tells codes from draws of the prior, and the encoder learns to fool it. Codebook: "
            "each of 49 places takes the nearest of K vectors."
        ),
    )


def code_settings(kind: str) -> dict[str, Any]:
    """The settings of the code, as ``ModelConfig`` names them."""
    if kind == QUANTIZED:
        return _quantized()
    values: dict[str, Any] = {"latent_dim": _latent_dim()}
    if kind in (VARIATIONAL, CONDITIONAL):
        values |= {"variational": True, "conditional": kind == CONDITIONAL}
        values |= _variational(kind)
    elif kind == ADVERSARIAL:
        values["adversary"] = _adversary()
    return values


def _latent_dim() -> int:
    return steps(
        _("Size of the code d"),
        "latent_dim",
        LATENT_DIMS,
        _(
            "The dimension of the latent space. Below 784 the encoder must compress; from 784 on "
            "(overcomplete) it could copy its input and learn nothing."
        ),
    )


def _variational(kind: str) -> dict[str, Any]:
    beta = steps(
        _("Weight of the KL term β"),
        "beta",
        BETAS,
        _(
            "β = 1: the classical VAE. β > 1: codes nearer to the prior, blurrier "
            "reconstructions. β < 1: better reconstructions, a less structured latent space."
        ),
    )
    with folded(_("The bound in detail"), "bound") as opened:
        if opened:
            _bound_controls(kind)
    values = {
        "beta": beta,
        "kl_warm_up": value_of("kl_warm_up") / 100,
        "free_bits": value_of("free_bits"),
    }
    if kind == VARIATIONAL:
        values["importance_samples"] = value_of("importance_samples")
    return values


def _bound_controls(kind: str) -> None:
    share_of_training(
        _("β rises during"),
        "kl_warm_up",
        _(
            "The share of the training in which β rises from 0 to its value (KL annealing): the "
            "decoder learns to use the code before the KL term presses on it."
        ),
    )
    steps(
        _("Free bits: nats free of charge for each latent"),
        "free_bits",
        FREE_BITS,
        _(
            "Each latent may hold that much about the picture at no cost: "
            "$\\sum_j \\max(\\lambda, \\mathrm{KL}_j)$. It keeps latents from collapsing."
        ),
    )
    if kind == VARIATIONAL:
        steps(
            _("Draws of the importance-weighted bound k"),
            "importance_samples",
            DRAWS,
            _(
                "k = 1: the ELBO. More: $\\log p(x) \\ge \\mathrm{E} \\log \\frac{1}{k} \\sum_i "
                "p(x, z_i) / q(z_i|x)$, a tighter bound, k times as much work for the decoder. "
                "Goes with β = 1, without warm-up and without free bits."
            ),
        )


def _adversary() -> AdversaryConfig:
    prior = select(
        _("Prior of the codes"),
        "prior",
        config.PRIORS,
        prior_names(),
        _(
            "What all codes together are to look like: it need only be something to draw from. "
            "The mixture and the swiss roll lie in a plane: they need d = 2."
        ),
    )
    weight = steps(
        _("Weight λ of fooling the discriminator"),
        "fooling",
        LAMBDAS,
        _("The encoder minimises $-\\log p(x|z) - \\lambda \\log D(z)$."),
    )
    labels = st.toggle(
        _("The discriminator sees the class"),
        key=key_of("prior_labels"),
        persist_state="session",
        help=_("Then each class gets a place of its own: one Gaussian, or one tenth of the roll."),
    )
    return AdversaryConfig(prior, weight, labels)


def _quantized() -> dict[str, Any]:
    size = steps(
        _("Vectors in the codebook K"),
        "num_embeddings",
        BOOK_SIZES,
        _("A digit is 49 numbers from 1 to K, $49 \\log_2 K$ bits."),
    )
    values = steps(
        _("Values of a vector D"), "vector", VECTOR_SIZES, _("What the decoder gets at each place.")
    )
    follows = select(
        _("The codebook learns by"),
        "book_rule",
        ("average", "gradient"),
        {"average": _("moving averages (EMA)"), "gradient": _("gradient")},
        _(
            "Moving averages: each vector follows the mean of the encoder's outputs that chose it. "
            "Gradient: the term $\\sum_p \\|\\mathrm{sg}[f(x)_p] - z_p\\|^2$ of the loss."
        ),
    )
    decay = 0.0
    if follows == "average":
        decay = steps(
            _("Decay of the moving average"), "decay", DECAYS, _("Nearer to 1: slower, steadier.")
        )
    commitment = steps(
        _("Weight γ of the commitment"),
        "commitment",
        COMMITMENTS,
        _("Keeps the encoder near the codebook: $\\gamma \\sum_p \\|f(x)_p - z_p\\|^2$."),
    )
    return {
        "latent_dim": 49 * values,
        "quantizer": QuantizerConfig(size, commitment, decay),
    }
