"""The contractive penalty: the code changes little where the picture changes little.

    Ω(x) = ‖J‖_F² = Σ_jp (∂z_j/∂x_p)²,   J = ∂f/∂x, (d, 784)

Rifai, Vincent, Muller, Glorot and Bengio (2011), "Contractive auto-encoders", equation 2. For an
encoder of one layer, z = s(W x + b), it is exact in closed form,

    ‖J‖_F² = Σ_j s'(a_j)² Σ_p W_jp²

For a deeper one it is Hutchinson's estimate (1990): with v of d independent signs ±1,
E ‖Jᵀ v‖² = ‖J‖_F², and Jᵀ v takes one backward pass.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from aecore.models.penalties.point import Point

# s'(a) of each activation of the code, as a function of z = s(a).
SLOPES = {
    "none": torch.ones_like,
    "sigmoid": lambda z: z * (1 - z),
    "tanh": lambda z: 1 - z.square(),
    "relu": lambda z: (z > 0).float(),
}


def of_one_layer(z: Tensor, weight: Tensor, activation: str) -> Tensor:
    """‖J‖_F² of an encoder of one layer: codes z (B, d) and weights (d, 784) → (B,)."""
    return SLOPES[activation](z.float()).square() @ weight.float().square().sum(1)


def estimate(encode, x: Tensor, generator: Generator | None = None) -> Tensor:
    """Hutchinson's estimate of ‖J‖_F² for any ``encode``: x (B, 1, 28, 28) → (B,), unbiased."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        z = encode(x)
        v = torch.randint(0, 2, z.shape, generator=generator, device=z.device) * 2 - 1
        (back,) = torch.autograd.grad(z, x, v.to(z.dtype), create_graph=True)
    return back.flatten(1).float().square().sum(1)


class Contraction(nn.Module):
    """In closed form where the encoder is one layer, else estimated with one v a picture: (B,)."""

    def forward(self, at: Point) -> Tensor:
        weights = [w for w in at.encoder.parameters() if w.ndim > 1]
        if len(weights) == 1:
            return of_one_layer(at.z, weights[0], at.code_activation)
        return estimate(at.encode, at.x, at.generator)
