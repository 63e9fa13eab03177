"""The least-squares game: the critic is to say 1 of data and 0 of samples, and errs by squares.

    D:  minimise  ½ (D(x) − 1)² + ½ D(G(z))²
    G:  minimise  ½ (D(G(z)) − 1)²

A sample that is rightly called one still feels how far it lies from the data. At the best D its
loss is ¼ − Δ / 8, with Δ = ∫ (p − q)² / (p + q), the triangular discrimination. Mao, Li, Xie,
Lau, Wang and Smolley (2017), equation 9 (labels 0, 1, 1).
"""

from __future__ import annotations

from torch import Generator, Tensor

from aecore.gan.games.game import Critic, Game, Terms


class LeastSquares(Game):
    measures = "triangular"

    def critic_terms(
        self, critic: Critic, real: Tensor, fake: Tensor, generator: Generator | None = None
    ) -> Terms:
        return {"real": (critic(real) - 1).square() / 2, "fake": critic(fake).square() / 2}

    def generator_terms(self, critic: Critic, fake: Tensor) -> Terms:
        return {"fooling": (critic(fake) - 1).square() / 2}

    def distance(self, terms: Terms) -> Tensor:
        """The triangular discrimination, at most 2."""
        return 2 - 8 * (terms["real"].mean() + terms["fake"].mean())
