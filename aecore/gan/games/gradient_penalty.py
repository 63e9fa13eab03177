"""The Wasserstein game with a gradient penalty: the critic's slope is asked to be 1.

    D:  minimise  −D(x) + D(G(z)) + λ (‖∇D(x̂)‖ − 1)²,   x̂ = ε x + (1 − ε) G(z),  ε ~ U[0, 1]
    G:  minimise  −D(G(z))

x̂ lies on a line between a datum and a sample, where the best critic has slope 1. The norm is that
of all pixels of one picture, so the critic must not mix pictures: no batch normalisation in it.
Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville (2017), equation 3 and algorithm 1 (λ = 10,
five steps of D for one of G).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Generator, Tensor, nn

from aecore.gan.games.game import Critic, Game, Terms
from aecore.gan.games.wasserstein import Wasserstein


class GradientPenalty(Wasserstein):
    betas = (0.0, 0.9)

    def critic_terms(
        self, critic: Critic, real: Tensor, fake: Tensor, generator: Generator | None = None
    ) -> Terms:
        between = line_points(real, fake, generator)
        return {
            **super().critic_terms(critic, real, fake, generator),
            "penalty": self.weight * (slopes(critic, between) - 1).square(),
        }

    def optimizer(self, weights: Iterable[nn.Parameter], rate: float) -> torch.optim.Optimizer:
        return Game.optimizer(self, weights, rate)

    def constrain(self, critic: nn.Module) -> None:
        """The penalty is all that binds this critic."""


def line_points(real: Tensor, fake: Tensor, generator: Generator | None = None) -> Tensor:
    """A point on the line between each pair, uniformly: (B, ...) and (B, ...) → (B, ...)."""
    shape = (len(real), *[1] * (real.dim() - 1))
    epsilon = torch.rand(shape, generator=generator, device=real.device)
    return epsilon * real + (1 - epsilon) * fake


def slopes(critic: Critic, x: Tensor) -> Tensor:
    """‖∇D(x)‖ of each input, over all its pixels: x (B, ...) → (B,). It can be differentiated."""
    x = x.detach().requires_grad_(True)
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return gradient.flatten(1).norm(dim=1)
