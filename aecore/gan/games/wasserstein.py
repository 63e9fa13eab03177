"""The Wasserstein game: the critic gives scores whose means it drives apart, but may not be steep.

    D:  minimise  −D(x) + D(G(z)),   each weight of D clipped to [−c, c]
    G:  minimise  −D(G(z))

Over all D with slopes of at most 1, the difference of the means is the earth mover's distance
W₁(p, q) (Kantorovich and Rubinstein); clipping gives slopes of at most some K, and the distance
K times. It has a gradient where p and q have nothing in common. Arjovsky, Chintala and Bottou
(2017), equation 2 and algorithm 1 (with RMSProp and several steps of D for one of G).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Generator, Tensor, nn

from aecore.gan.games.game import Critic, Game, Terms


class Wasserstein(Game):
    measures = "wasserstein"

    def critic_terms(
        self, critic: Critic, real: Tensor, fake: Tensor, generator: Generator | None = None
    ) -> Terms:
        return {"real": -critic(real), "fake": critic(fake)}

    def generator_terms(self, critic: Critic, fake: Tensor) -> Terms:
        return {"fooling": -critic(fake)}

    def distance(self, terms: Terms) -> Tensor:
        """K W₁, K being how steep the critic is allowed to be."""
        return -(terms["real"].mean() + terms["fake"].mean())

    def optimizer(self, weights: Iterable[nn.Parameter], rate: float) -> torch.optim.Optimizer:
        """RMSProp: with momentum this game becomes unstable."""
        return torch.optim.RMSprop(list(weights), lr=rate)

    @torch.no_grad()
    def constrain(self, critic: nn.Module) -> None:
        for weight in critic.parameters():
            weight.clamp_(-self.clip, self.clip)
