"""The linear autoencoder: one matrix each way.

    z = W₁ x + b₁        x̂ = W₂ z + b₂

With the squared loss its best solution spans the first d principal components (Baldi and
Hornik, 1989); W₁ and W₂ are found up to an invertible d x d matrix.
"""

from __future__ import annotations

from torch import nn

from aecore.config import PIXELS, ModelConfig


def encoder(config: ModelConfig, outputs: int) -> nn.Module:
    """(B, 1, 28, 28) → (B, outputs)."""
    return nn.Sequential(nn.Flatten(), nn.Linear(PIXELS, outputs))


def decoder(config: ModelConfig, inputs: int) -> nn.Module:
    """(B, inputs) → (B, 784). Starts with weights as small as the encoder's: torch's own choice, up
    to 1/√d, is so large for a small d that most of the training would go into shrinking them."""
    layer = nn.Linear(inputs, PIXELS)
    nn.init.uniform_(layer.weight, -(PIXELS**-0.5), PIXELS**-0.5)
    return nn.Sequential(layer)
