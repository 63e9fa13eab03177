"""The perceptrons of the MLP autoencoder: fully connected layers down to the code and up again.

    h₁ = φ(W₁ x + b₁)   …   z = W x + b        and mirrored in the decoder

With no hidden layer and a sigmoid on a code of 36 this is the network of the course's
first figure.
"""

from __future__ import annotations

import itertools

from torch import nn

from aecore.config import PIXELS, ModelConfig
from aecore.models.autoencoder import ACTIVATIONS


def perceptron(widths: tuple[int, ...], activation: str) -> list[nn.Module]:
    """Linear layers between successive widths, an activation after all but the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[activation]()]
    return layers[:-1]


def encoder(config: ModelConfig, outputs: int) -> nn.Module:
    """(B, 1, 28, 28) → (B, outputs)."""
    widths = (PIXELS, *config.hidden, outputs)
    return nn.Sequential(nn.Flatten(), *perceptron(widths, config.activation))


def decoder(config: ModelConfig, inputs: int) -> nn.Module:
    """(B, inputs) → (B, 784), before the sigmoid."""
    widths = (inputs, *reversed(config.hidden), PIXELS)
    return nn.Sequential(*perceptron(widths, config.activation))
