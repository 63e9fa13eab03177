"""BEGAN, boundary equilibrium: the critic is an autoencoder, and its number a reconstruction error.

    L(v) = Σ |v − D(v)|
    D:  minimise  L(x) − k L(G(z))
    G:  minimise  L(G(z))
    k ← k + λ (γ L(x) − L(G(z))),   clipped to [0, 1]

The critic reconstructs data well and samples badly; k holds it back so that the errors keep the
ratio γ = E L(G(z)) / E L(x): the lower γ, the less diverse and the sharper the samples. Berthelot,
Schumm and Metz (2017), equation 5 and section 3.4. L is summed over the pixels here, as all losses
of this lab; k moves by the error a pixel, as in the paper (λ = .001).
"""

from __future__ import annotations

from torch import Generator, Tensor, nn

from aecore.gan.games.game import Critic, Game, Terms

STEP = 1e-3


class BoundaryEquilibrium(Game):
    """k: how much the critic attends to samples, which moves with every step of the critic."""

    measures = "convergence"

    def __init__(self, **settings: float) -> None:
        super().__init__(**settings)
        self.k = 0.0

    def critic_terms(
        self, critic: Critic, real: Tensor, fake: Tensor, generator: Generator | None = None
    ) -> Terms:
        self.own, self.others = critic(real), critic(fake)
        self.pixels = real[0].numel()
        return {"real": self.own, "fake": -self.k * self.others}

    def generator_terms(self, critic: Critic, fake: Tensor) -> Terms:
        return {"fooling": critic(fake)}

    def distance(self, terms: Terms) -> Tensor:
        """M = L(x) + |γ L(x) − L(G(z))|, the paper's measure of convergence: no distance, but it
        falls as the samples come near."""
        return self.own.mean() + self._balance().abs()

    def constrain(self, critic: nn.Module) -> None:
        """The critic is free; it is k that follows the balance."""
        self.k = min(max(self.k + STEP * self._balance().item() / self.pixels, 0.0), 1.0)

    def _balance(self) -> Tensor:
        return (self.gamma * self.own - self.others).mean()
