"""Starting points of the Train page: the course's, each a set of values for its controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from aecore.config import TrainConfig
from pages.sections.settings_codes import ADVERSARIAL, CONDITIONAL, POINT, QUANTIZED, VARIATIONAL
from pages.sections.settings_controls import START
from pages.ui.i18n import _


@dataclass(frozen=True)
class Preset:
    label: str
    values: dict[str, Any]


def presets() -> dict[str, Preset]:
    """Starting points of the course, by name."""
    return {
        "mlp": Preset(_("MLP autoencoder, d = 32"), {}),
        "linear": Preset(
            _("Linear autoencoder: does it find PCA?"),
            {"network": "linear", "latent_dim": 16, "learning_rate": 2e-3},
        ),
        "sigmoid": Preset(
            _("One sigmoid layer of 36, codes as 6×6"),
            {
                "latent_dim": 36,
                "depth": 0,
                "code_activation": "sigmoid",
                "activation": "sigmoid",
                "learning_rate": 5e-3,
            },
        ),
        "plane": Preset(
            _("MLP autoencoder with d = 2: a plane of digits"),
            {"latent_dim": 2, "depth": 2, "width": 400, "learning_rate": 2e-3},
        ),
        "conv": Preset(
            _("Convolutional autoencoder, d = 32"),
            {"network": "conv", "depth": 0, "learning_rate": 3e-3, "epochs": 5},
        ),
        "vae": Preset(
            _("Variational autoencoder with d = 2"),
            {
                "code": "variational",
                "latent_dim": 2,
                "likelihood": "bernoulli",
                "depth": 2,
                "width": 400,
            },
        ),
        "conditional": Preset(
            _("Conditional VAE: the class is given, the code keeps the style"),
            {
                "code": "conditional",
                "latent_dim": 8,
                "likelihood": "bernoulli",
                "width": 256,
                "learning_rate": 2e-3,
            },
        ),
        "importance": Preset(
            _("IWAE: 5 draws tighten the bound, black and white pictures"),
            {
                "code": "variational",
                "latent_dim": 50,
                "likelihood": "bernoulli",
                "importance_samples": 5,
                "binarize": True,
                "depth": 2,
                "width": 256,
                "activation": "tanh",
                "learning_rate": 2e-3,
            },
        ),
        "collapse": Preset(
            _("VAE with d = 20 whose β rises: against posterior collapse"),
            {
                "code": "variational",
                "latent_dim": 20,
                "likelihood": "bernoulli",
                "kl_warm_up": 50,
                "free_bits": 0.1,
                "depth": 2,
                "width": 400,
            },
        ),
        "adversarial": Preset(
            _("Adversarial AE: ten Gaussians, one a class"),
            {
                "code": "adversarial",
                "latent_dim": 2,
                "prior": "mixture",
                "prior_labels": True,
                "depth": 2,
                "width": 256,
                "learning_rate": 2e-3,
            },
        ),
        "quantized": Preset(
            _("VQ-VAE: 7×7 entries of a codebook of 32"),
            {
                "network": "conv",
                "code": "quantized",
                "learning_rate": 3e-3,
                "epochs": 5,
            },
        ),
        "sparse": Preset(
            _("Sparse: L1 on the code, L2 on the decoder's weights"),
            {
                "latent_dim": 256,
                "depth": 0,
                "penalties": ["l1", "decoder-weights"],
                "warm_up": 50,
                "learning_rate": 2e-3,
            },
        ),
        "activity": Preset(
            _("Sparse: mean activation ρ = 0.05 by KL"),
            {
                "latent_dim": 256,
                "depth": 0,
                "code_activation": "sigmoid",
                "penalties": ["activity"],
                "learning_rate": 5e-3,
            },
        ),
        "k-sparse": Preset(
            _("k-sparse: 25 of 256 values"),
            {
                "latent_dim": 256,
                "depth": 0,
                "code_activation": "k-sparse",
                "learning_rate": 2e-3,
            },
        ),
        "contractive": Preset(
            _("Contractive: a small Jacobian"),
            {
                "latent_dim": 128,
                "depth": 0,
                "code_activation": "sigmoid",
                "penalties": ["contraction"],
                "learning_rate": 3e-3,
            },
        ),
        "overcomplete": Preset(
            _("Overcomplete: d = 1,000, free to copy"),
            {"latent_dim": 1000, "depth": 0, "learning_rate": 1e-3},
        ),
        "supervised": Preset(
            _("Supervised: the code must tell the class"),
            {"latent_dim": 16, "penalties": ["labels"], "learning_rate": 2e-3},
        ),
        "denoising": Preset(
            _("Denoising: Gaussian noise of unit variance, codes as 8×4"),
            {"noise": "gaussian", "sigma": 1.0, "latent_dim": 32},
        ),
        "pixels": Preset(
            _("Denoising: p % of the pixels take random values"),
            {"noise": "random", "share": 30, "latent_dim": 64},
        ),
    }


def pick_preset() -> None:
    """A starting point, which sets every control below it."""
    options = presets()
    st.selectbox(
        _("Start from"),
        list(options),
        format_func=lambda name: options[name].label,
        key="preset",
        on_change=_apply_preset,
        persist_state="session",
        help=_("Sets every control below to a starting point of the course."),
    )


def _apply_preset() -> None:
    start_from(st.session_state["preset"])


def start_from(preset: str, **changes: Any) -> None:
    """Set every control to a preset, but for the settings in ``changes``."""
    st.session_state["preset"] = preset
    for name, value in (START | presets()[preset].values | changes).items():
        st.session_state[f"set_{name}"] = value


def start_from_config(config: TrainConfig) -> None:
    """Set every control to what a config says, as far as the controls reach."""
    for name, value in (START | _controls(config)).items():
        st.session_state[f"set_{name}"] = value


def _controls(config: TrainConfig) -> dict[str, Any]:
    """The values of the controls that make a config, where they are not those of ``START``."""
    model, noise = config.model, config.noise
    same = (
        *("network", "latent_dim", "likelihood", "pixel_mean", "beta", "free_bits", "activation"),
        *("importance_samples", "code_activation", "k", "channels"),
    )
    values: dict[str, Any] = {name: getattr(model, name) for name in same}
    values |= {
        "dataset": config.dataset,
        "class_rule": "only" if config.classes else "all",
        "class_list": config.classes,
        "code": _kind(config),
        "kl_warm_up": round(100 * model.kl_warm_up),
        "k_anneal": round(100 * model.k_anneal),
        "depth": len(model.hidden),
        "penalties": [p.kind for p in model.penalties],
        "noise": noise.kind,
    }
    if model.hidden:
        values["width"] = model.hidden[0]
    for penalty in model.penalties:
        values |= {f"weight_{penalty.kind}": penalty.weight, "rho": penalty.rho}
        values["warm_up"] = round(100 * penalty.warm_up)
    if model.adversary:
        values |= {"prior": model.adversary.prior, "prior_labels": model.adversary.labels}
        values["fooling"] = model.adversary.weight
    if book := model.quantizer:
        values |= {"num_embeddings": book.num_embeddings, "commitment": book.commitment}
        values |= {"vector": model.latent_dim // 49, "latent_dim": START["latent_dim"]}
        values["book_rule"] = "average" if book.decay else "gradient"
        values |= {"decay": book.decay} if book.decay else {}
    levels = {"gaussian": "sigma", "blur": "blur", "low-resolution": "coarse"}
    if noise.kind in levels:
        values[levels[noise.kind]] = noise.level
    elif noise.kind != "none":
        values["share"] = round(100 * noise.level)
    training = ("binarize", "learning_rate", "schedule", "batch_size", "epochs", "seed")
    return values | {name: getattr(config, name) for name in (*training, "precision")}


def _kind(config: TrainConfig) -> str:
    """What its code is, as the Train page names it."""
    model = config.model
    if model.variational:
        return CONDITIONAL if model.conditional else VARIATIONAL
    if model.adversary:
        return ADVERSARIAL
    return QUANTIZED if model.quantizer else POINT
