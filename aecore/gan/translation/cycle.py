"""Cycle-GAN: translate so that critics believe it, and so that the way back leads to the start.

    G, F:      minimise  ½ (D_B(G(a)) − 1)² + ½ (D_A(F(b)) − 1)²
                         + λ (‖F(G(a)) − a‖₁ + ‖G(F(b)) − b‖₁)
                         + λ ι (‖F(a) − a‖₁ + ‖G(b) − b‖₁)                 the identity loss, if any
    D_A, D_B:  minimise  ½ (D(x) − 1)² + ½ D(x̃)²

The game is that of least squares, and the critics judge patches, of which the mean counts. Zhu,
Park, Isola and Efros (2017), equations 1 to 3 and section 4 (λ = 10; ι = .5 for paintings). The
authors' norm is a mean over pixels in [−1, 1]; ours is summed over pixels in [0, 1] and weighted by
λ / 784, so that our λ is to be twice theirs for the same weight. Their G also minimises the square
without the ½, which is the same with λ halved: both together, λ = 10 here is λ = 10 there.
"""

from __future__ import annotations

from torch import Tensor, nn

from aecore.config import PIXELS
from aecore.gan.games import Terms
from aecore.gan.games.least_squares import LeastSquares
from aecore.gan.translation.model import Round, Translation
from aecore.gan.translation.networks import PatchCritic


class CycleGan(Translation):
    game = LeastSquares()

    def critic(self) -> nn.Module:
        return PatchCritic(self.config.width)

    def distance(self, x: Tensor, again: Tensor) -> Tensor:
        return (x - again).abs().flatten(1).sum(1)

    def translator_terms(self, a: Tensor, b: Tensor, made: Round) -> Terms:
        terms = super().translator_terms(a, b, made)
        if self.config.identity:
            left = self.distance(a, self.back(a)) + self.distance(b, self.forth(b))
            terms["identity"] = self.config.weight * self.config.identity / PIXELS * left
        return terms
