"""The L1 penalty on the code: few values of it are far from zero.

    Ω(z) = Σ_j |z_j|

As a Laplace prior on each value, p(z_j) = λ/2 exp(−λ |z_j|), gives it: −log p(z) = λ Σ_j |z_j|
and a constant. Tibshirani (1996), the lasso; Ranzato et al. (2007) for codes.
"""

from __future__ import annotations

from torch import Tensor, nn

from aecore.models.penalties.point import Point


class L1(nn.Module):
    """Summed over the latents: (B,)."""

    def forward(self, at: Point) -> Tensor:
        return at.z.float().abs().sum(1)
