"""The original game: the critic tells data from samples, the generator wants it to fail.

    D:  minimise  −log D(x) − log (1 − D(G(z)))
    G:  minimise   log (1 − D(G(z)))

with D(x) = σ(the critic's number). At the best D its loss is 2 log 2 − 2 JS(p ‖ q), the
Jensen–Shannon divergence of data and samples. Where D is sure of a sample, G's gradient vanishes.
Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville and Bengio (2014), equation 1
and algorithm 1.
"""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Generator, Tensor

from aecore.gan.games.game import Critic, Game, Terms


class Minimax(Game):
    """softplus(s) = log (1 + eˢ) = −log σ(−s), without overflow."""

    def critic_terms(
        self, critic: Critic, real: Tensor, fake: Tensor, generator: Generator | None = None
    ) -> Terms:
        return {"real": F.softplus(-critic(real)), "fake": F.softplus(critic(fake))}

    def generator_terms(self, critic: Critic, fake: Tensor) -> Terms:
        return {"fooling": -F.softplus(critic(fake))}

    def distance(self, terms: Terms) -> Tensor:
        """Of Jensen and Shannon, in nats: at most log 2."""
        return math.log(2) - (terms["real"].mean() + terms["fake"].mean()) / 2
