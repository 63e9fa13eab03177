"""Regularisers Ω of a deterministic autoencoder, each in a file of its own.

Each is a module that is called with a ``Point`` and gives Ω of every picture, (B,), summed over
pixels, latents or weights.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from torch import nn

from aecore.config import ModelConfig, PenaltyConfig
from aecore.models.penalties import activity, contraction, decoder_weights, l1, labels

FILES: dict[str, ModuleType] = {
    "l1": l1,
    "activity": activity,
    "decoder-weights": decoder_weights,
    "contraction": contraction,
    "labels": labels,
}
_MAKE: dict[str, Callable[[ModelConfig, PenaltyConfig], nn.Module]] = {
    "l1": lambda model, penalty: l1.L1(),
    "activity": lambda model, penalty: activity.Activity(penalty.rho),
    "decoder-weights": lambda model, penalty: decoder_weights.DecoderWeights(),
    "contraction": lambda model, penalty: contraction.Contraction(),
    "labels": lambda model, penalty: labels.Labels(model.latent_dim),
}


def make(model: ModelConfig, penalty: PenaltyConfig) -> nn.Module:
    """The module of one regulariser of a model."""
    return _MAKE[penalty.kind](model, penalty)
