"""The convolutional networks: two strided convolutions down to 7x7, the transposed way back.

    28x28 → c maps of 14x14 → 2c maps of 7x7 → (hidden layers) → z, and mirrored

Strided rather than pooled, transposed rather than unpooled: Radford et al. (2016).
"""

from __future__ import annotations

from torch import nn

from aecore.config import ModelConfig
from aecore.models.autoencoder import ACTIVATIONS
from aecore.models.mlp import perceptron


def encoder(config: ModelConfig, outputs: int) -> nn.Module:
    """(B, 1, 28, 28) → (B, outputs)."""
    c, activation = config.channels, ACTIVATIONS[config.activation]
    return nn.Sequential(
        nn.Conv2d(1, c, kernel_size=4, stride=2, padding=1),  # (B, c, 14, 14)
        activation(),
        nn.Conv2d(c, 2 * c, kernel_size=4, stride=2, padding=1),  # (B, 2c, 7, 7)
        activation(),
        nn.Flatten(),
        *perceptron((2 * c * 49, *config.hidden, outputs), config.activation),
    )


def decoder(config: ModelConfig, inputs: int) -> nn.Module:
    """(B, inputs) → (B, 784), before the sigmoid."""
    c, activation = config.channels, ACTIVATIONS[config.activation]
    widths = (inputs, *reversed(config.hidden), 2 * c * 49)
    return nn.Sequential(
        *perceptron(widths, config.activation),
        activation(),
        nn.Unflatten(1, (2 * c, 7, 7)),
        nn.ConvTranspose2d(2 * c, c, kernel_size=4, stride=2, padding=1),  # (B, c, 14, 14)
        activation(),
        nn.ConvTranspose2d(c, 1, kernel_size=4, stride=2, padding=1),  # (B, 1, 28, 28)
        nn.Flatten(),
    )
