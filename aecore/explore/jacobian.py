"""How a code answers to small changes of a picture: the Jacobian of the encoder.

    J = ∂f/∂x, (d, 784)        J = U S Vᵀ        ‖J‖_F² = Σ_ip J_ip² = Σ_k s_k²

A step of length ε along the right singular vector v_k moves the code by s_k ε. An encoder that
was asked to be contractive keeps a few large s_k, for changes that lead from one digit to another:
their v_k are the tangent directions of the manifold on which the digits lie. Rifai, Vincent,
Muller, Glorot and Bengio (2011), section 5.3; Rifai, Dauphin, Vincent, Bengio and Muller (2011),
"The manifold tangent classifier", section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.models import Autoencoder

# Units at a time: each takes a copy of the picture through the network.
CHUNK = 256


@dataclass(frozen=True)
class Tangents:
    """values: (r,) float64, the singular values s_k, falling, r = min(d, 784); directions:
    (r, 28, 28) float32, the unit vectors v_k as pictures, each with the sign that has more ink;
    squared_norm: ‖J‖_F²."""

    values: np.ndarray
    directions: np.ndarray
    squared_norm: float


def jacobian(encode: Callable[[Tensor], Tensor], x: Tensor, d: int, device: torch.device) -> Tensor:
    """J at a picture x (1, 1, 28, 28): (d, 784) float32 on the CPU.

    encode: (B, 1, 28, 28) → (B, d) or more, of which the first d are looked at; device: its own.
    """
    rows = []
    for units in torch.arange(d, device=device).split(CHUNK):
        copies = x.detach().to(device).repeat(len(units), 1, 1, 1).requires_grad_()
        # Each copy of the picture answers for one unit.
        chosen = encode(copies).gather(1, units[:, None]).sum()
        rows.append(torch.autograd.grad(chosen, copies)[0].flatten(1).float().cpu())
    return torch.cat(rows)


def tangents(model: Autoencoder, x: Tensor) -> Tangents:
    """The singular values and tangent directions at a picture x (1, 1, 28, 28); of a VAE those
    of μ."""
    j = jacobian(model.encode, x, model.config.latent_dim, model.device)
    _u, s, vh = torch.linalg.svd(j.double(), full_matrices=False)
    sign = torch.where(vh.sum(1, keepdim=True) < 0, -1.0, 1.0)
    return Tangents(
        values=s.numpy(),
        directions=(sign * vh).float().numpy().reshape(-1, 28, 28),
        squared_norm=float(s.square().sum()),
    )


@torch.inference_mode()
def moved(model: Autoencoder, x: Tensor, direction: np.ndarray, steps: Tensor) -> Tensor:
    """g(f(x + t v)) for each t of steps (n,): (n, 1, 28, 28) float32 on the CPU.

    x: (1, 1, 28, 28); direction: v, (28, 28).
    """
    pictures = x + steps.view(-1, 1, 1, 1) * torch.from_numpy(direction)
    return model.decode(model.encode(pictures.to(model.device))).float().cpu()


def spread(codes: Tensor) -> float:
    """√ of the total variance of codes (N, d): what a singular value can be measured against.

    An encoder that only writes small codes has a small Jacobian too; s_k over this is the same
    for every scale of the codes.
    """
    return float(codes.double().var(0, correction=0).sum().sqrt())
