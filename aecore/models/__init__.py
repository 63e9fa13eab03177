"""The families of models. ``build`` makes one from its config; each stands in a file of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from types import ModuleType

import torch

from aecore.config import CLASSES, ModelConfig
from aecore.models import (
    adversarial,
    autoencoder,
    conditional,
    conv,
    importance,
    k_sparse,
    linear,
    mlp,
    penalties,
    priors,
    quantized,
    regularized,
    variational,
)
from aecore.models.adversarial import AdversarialAutoencoder
from aecore.models.autoencoder import Autoencoder, Output
from aecore.models.conditional import ConditionalAutoencoder
from aecore.models.importance import ImportanceWeightedAutoencoder
from aecore.models.quantized import QuantizedAutoencoder
from aecore.models.regularized import RegularizedAutoencoder
from aecore.models.variational import VariationalAutoencoder

__all__ = [
    "AdversarialAutoencoder",
    "Autoencoder",
    "ConditionalAutoencoder",
    "ImportanceWeightedAutoencoder",
    "Output",
    "ParameterFormula",
    "QuantizedAutoencoder",
    "RegularizedAutoencoder",
    "VariationalAutoencoder",
    "build",
    "parameter_formula",
    "seeded",
    "sources",
]

NETWORKS: dict[str, ModuleType] = {"linear": linear, "mlp": mlp, "conv": conv}

# Weights are drawn from torch's global generator, which other threads share.
_DRAWING = threading.Lock()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Weights that are made within are drawn with this seed, whatever else draws meanwhile."""
    with _DRAWING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def build(config: ModelConfig, seed: int = 0) -> Autoencoder:
    """A fresh model on the CPU; the same config and seed give the same weights."""
    network = NETWORKS[config.network]
    family = _family(config)
    outputs = config.latent_dim * (2 if config.variational else 1)
    decoder_inputs = config.latent_dim + (CLASSES if config.conditional else 0)
    with seeded(seed):
        if config.quantizer:
            return family(quantized.encoder(config), quantized.decoder(config), config)
        return family(
            network.encoder(config, outputs), network.decoder(config, decoder_inputs), config
        )


def _family(config: ModelConfig) -> type[Autoencoder]:
    if config.variational:
        if config.conditional:
            return ConditionalAutoencoder
        many = config.importance_samples > 1
        return ImportanceWeightedAutoencoder if many else VariationalAutoencoder
    if config.adversary:
        return AdversarialAutoencoder
    if config.quantizer:
        return QuantizedAutoencoder
    return RegularizedAutoencoder if config.penalties else Autoencoder


@dataclass(frozen=True)
class ParameterFormula:
    """The number of parameters as a function of d: ``slope * d / unit + constant``.

    It is exact: d enters only through the layers beside the code, which are linear in d. unit: the
    places of the code, which share their weights (VQ-VAE); otherwise 1.
    """

    slope: int
    constant: int
    unit: int = 1

    @property
    def letter(self) -> str:
        """What the slope is multiplied with: d, or the D values of a VQ-VAE's vector."""
        return "d" if self.unit == 1 else "D"

    def __call__(self, latent_dim: int) -> int:
        return self.slope * (latent_dim // self.unit) + self.constant


def parameter_formula(config: ModelConfig) -> ParameterFormula:
    """Count the parameters at one and two units of d (without allocating them): a line."""
    if config.adversary:  # no prior but the Gaussian goes with every d
        config = replace(config, adversary=replace(config.adversary, prior="gaussian"))
    return _line(replace(config, latent_dim=quantized.PLACES if config.quantizer else 1))


@lru_cache(maxsize=256)
def _line(one: ModelConfig) -> ParameterFormula:
    with torch.device("meta"):
        first, second = (
            build(config).parameter_count()
            for config in (one, replace(one, latent_dim=2 * one.latent_dim))
        )
    return ParameterFormula(second - first, 2 * first - second, one.latent_dim)


def sources(config: ModelConfig) -> list[ModuleType]:
    """The modules whose text is this model: its networks, then its objective."""
    files = [NETWORKS[config.network], variational if config.variational else autoencoder]
    if config.quantizer:
        return [quantized, autoencoder]
    if config.adversary:
        files += [adversarial, priors]
    if config.conditional:
        files.append(conditional)
    if config.importance_samples > 1:
        files.append(importance)
    if config.penalties:
        files += [regularized, *(penalties.FILES[p.kind] for p in config.penalties)]
    if config.code_activation == "k-sparse":
        files.append(k_sparse)
    return files
