"""What datasets, families and runs are called, in the language of the session."""

from __future__ import annotations

from aecore.config import TITLES, ModelConfig
from aecore.runs import Run
from pages.ui.i18n import _, number


def dataset_names() -> dict[str, str]:
    """The datasets by the name that ``aecore`` gives them."""
    return {**TITLES, "digits": _("Embedded digits")}


def family_name(model: ModelConfig) -> str:
    """The family in the course's words."""
    names = {
        ("linear", False): _("Linear AE"),
        ("mlp", False): _("MLP AE"),
        ("conv", False): _("Convolutional AE"),
        ("mlp", True): _("MLP VAE"),
        ("conv", True): _("Convolutional VAE"),
    }
    return names[model.network, model.variational]


def run_name(run: Run) -> str:
    """A run's number, family and d, and what sets it apart."""
    model, noise = run.config.model, run.config.noise
    parts = [f"{run.number}. {family_name(model)}, d = {model.latent_dim}"]
    if model.variational and model.beta != 1:
        parts.append(f"β = {number(model.beta)}")
    if noise.kind != "none":
        parts.append(_("denoising"))
    return ", ".join(parts)
