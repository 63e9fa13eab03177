"""The hinge game with spectral normalisation: each layer of the critic has a slope of at most 1.

    W̄ = W / σ(W)        σ(W): the largest singular value of the layer
    D:  minimise  max(0, 1 − D(x)) + max(0, 1 + D(G(z)))
    G:  minimise  −D(G(z))

Layers of slope 1 and activations of slope at most 1 make a critic of slope at most 1. σ(W) is
followed by one step of power iteration an update. At the best unbound D the loss is
2 − 2 TV(p, q), the total variation. Miyato, Kataoka, Koyama and Yoshida (2018), equations 8, 16
and 17.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Generator, Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from aecore.gan.games.game import Critic, Game, Terms


class Spectral(Game):
    betas = (0.0, 0.9)
    measures = "total-variation"

    def critic_terms(
        self, critic: Critic, real: Tensor, fake: Tensor, generator: Generator | None = None
    ) -> Terms:
        return {"real": F.relu(1 - critic(real)), "fake": F.relu(1 + critic(fake))}

    def generator_terms(self, critic: Critic, fake: Tensor) -> Terms:
        return {"fooling": -critic(fake)}

    def distance(self, terms: Terms) -> Tensor:
        """The total variation, at most 1; far less than the true one, as this critic is bound."""
        return 1 - (terms["real"].mean() + terms["fake"].mean()) / 2


def normalise(network: nn.Module) -> None:
    """Divide the weights of all linear and convolutional layers by their singular values, from now
    on; a convolution counts as the matrix (outputs, inputs · kernel)."""
    for layer in list(network.modules()):
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            spectral_norm(layer)
