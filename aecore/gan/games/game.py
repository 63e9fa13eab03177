"""The rules that every game of a generator G against a critic D has.

The critic gives each picture (or point) one number. A game says what each player makes of these
numbers, how its weights move, and what distance between the data and the samples the critic's
loss measures when the critic is at its best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Generator, Tensor, nn

# A critic: pictures (B, ...) → (B,), a number each.
Critic = Callable[[Tensor], Tensor]
# Named parts of a loss, each (B,); the loss is their sum, averaged over the batch.
Terms = dict[str, Tensor]


class Game:
    """What both players minimise. A game may remember things between two updates.

    weight: of the game's penalty, for one that has it; clip: the range of the critic's weights,
    for the game that clips them; gamma: the diversity ratio of BEGAN.
    """

    # Of Adam. Less momentum than usual, lest the players go round in circles (Radford et al.,
    # 2016).
    betas = (0.5, 0.999)
    # What the critic's loss measures, see ``distance``.
    measures = "jensen-shannon"

    def __init__(self, *, weight: float = 10.0, clip: float = 0.01, gamma: float = 0.5) -> None:
        self.weight, self.clip, self.gamma = weight, clip, gamma

    def critic_terms(
        self, critic: Critic, real: Tensor, fake: Tensor, generator: Generator | None = None
    ) -> Terms:
        """What the critic minimises: real, fake (B, ...), of the same shape."""
        raise NotImplementedError

    def generator_terms(self, critic: Critic, fake: Tensor) -> Terms:
        """What the generator minimises: fake (B, ...), through which gradients flow."""
        raise NotImplementedError

    def distance(self, terms: Terms) -> Tensor:
        """The critic's estimate of how far the samples are from the data, from its terms: a
        scalar, at most the true distance that ``measures`` names."""
        raise NotImplementedError

    def optimizer(self, weights: Iterable[nn.Parameter], rate: float) -> torch.optim.Optimizer:
        """Of one player's weights."""
        weights = list(weights)
        fused = weights[0].device.type in ("cpu", "cuda")
        return torch.optim.Adam(weights, lr=rate, betas=self.betas, fused=fused)

    def constrain(self, critic: nn.Module) -> None:
        """After each step of the critic: keep it among those that the game allows."""
