"""The penalty on the mean activation: over the pictures, each unit is active for a share ρ.

    ρ̂_j = mean of z_j over the batch
    Ω = Σ_j KL(ρ ‖ ρ̂_j) = Σ_j ρ log ρ/ρ̂_j + (1 − ρ) log (1 − ρ)/(1 − ρ̂_j)

with z_j in [0, 1], as a sigmoid gives it. Lee, Ekanadham and Ng (2008); Ng (2011), "Sparse
autoencoder". The mean is the batch's: KL is convex, so this is at least, on the mean over
batches, what it would be with the mean over the whole set.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aecore.models.penalties.point import Point


def kl_to_rho(rho: float, mean: Tensor) -> Tensor:
    """KL between two coins, that of ρ and that of each mean in [0, 1], in nats: same shape."""
    mean = mean.float().clamp(1e-6, 1 - 1e-6)
    target = torch.full_like(mean, rho)
    return target * (target / mean).log() + (1 - target) * ((1 - target) / (1 - mean)).log()


class Activity(nn.Module):
    """Summed over the latents, the same for each picture of the batch: (B,)."""

    def __init__(self, rho: float) -> None:
        super().__init__()
        self.rho = rho

    def forward(self, at: Point) -> Tensor:
        return kl_to_rho(self.rho, at.z.mean(0)).sum().expand(len(at.z))
