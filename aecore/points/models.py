"""Small networks for points of the plane: a GAN, an autoencoder, a variational one.

    G: z ∈ ℝᵈ → x ∈ ℝ²,   D: x → ℝ,   f: x → z,   g: z → x̂

all with hidden layers of one width. Those that have a decoder share ``decode``: z (B, d) → (B, 2).
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from aecore.gan.games import FAMILIES, Game, Terms
from aecore.gan.games.spectral import normalise
from aecore.models import seeded
from aecore.points.config import PointsConfig

SLOPE = 0.2
# Standard deviation of a decoded point: what the VAE's reconstruction is measured by.
SIGMA = 0.1


def network(inputs: int, width: int, outputs: int, layers: int) -> nn.Sequential:
    """So many hidden layers."""
    widths = [inputs, *[width] * layers]
    hidden = [part for pair in pairwise(widths) for part in (nn.Linear(*pair), nn.LeakyReLU(SLOPE))]
    return nn.Sequential(*hidden, nn.Linear(width, outputs))


class Critic(nn.Module):
    """(B, 2) → (B,), a number each."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.layers = network(2, width, 1, layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).squeeze(1)


class ReconstructionError(nn.Module):
    """The critic of BEGAN: an autoencoder with a code of one number, which says Σ |v − D(v)|."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(network(2, width, 1, layers), network(1, width, 2, layers))

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.layers(x)).abs().sum(1)


class PointGan(nn.Module):
    """Both players, as ``aecore.gan.algorithm`` moves them; there are no classes."""

    has_prior = True

    def __init__(self, generator: nn.Module, critic: nn.Module, game: Game, d: int) -> None:
        super().__init__()
        self.generator, self.critic, self.game, self.latent_dim = generator, critic, game, d

    def noise(self, count: int, generator: Generator | None = None) -> Tensor:
        return torch.randn(count, self.latent_dim, generator=generator)

    def generate(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.generator(z)

    decode = generate

    def critic_terms(
        self, real: Tensor, fake: Tensor, labels: Tensor, generator: Generator | None = None
    ) -> Terms:
        return self.game.critic_terms(self.critic, real, fake, generator)

    def generator_terms(self, fake: Tensor, labels: Tensor) -> Terms:
        return self.game.generator_terms(self.critic, fake)


class PointAutoencoder(nn.Module):
    """minimise  ‖x − g(f(x))‖²"""

    has_prior = False

    def __init__(self, encoder: nn.Module, decoder: nn.Module, d: int) -> None:
        super().__init__()
        self.encoder, self.decoder, self.latent_dim = encoder, decoder, d

    def encode(self, x: Tensor) -> Tensor:
        """(B, 2) → (B, d), of a variational one the means."""
        return self.encoder(x)[:, : self.latent_dim]

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)

    def terms(self, x: Tensor, generator: Generator) -> Terms:
        """Parts of the loss, each (B,)."""
        return {"reconstruction": (x - self.decode(self.encode(x))).square().sum(1)}


class PointVAE(PointAutoencoder):
    """minimise  ‖x − g(z)‖² / 2σ² + KL(q(z|x) ‖ N(0, I)),   z ~ q(z|x) = N(μ(x), diag σ²(x))

    Kingma and Welling (2014), equation 10, with a Gaussian of fixed σ = .1 around g(z).
    """

    has_prior = True

    def terms(self, x: Tensor, generator: Generator) -> Terms:
        mean, log_variance = self.encoder(x).chunk(2, 1)
        noise = torch.randn(mean.shape, generator=generator)
        z = mean + (log_variance / 2).exp() * noise
        kl = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1) / 2
        return {
            "reconstruction": (x - self.decode(z)).square().sum(1) / (2 * SIGMA**2),
            "kl": kl,
        }


Model = PointGan | PointAutoencoder


def build(config: PointsConfig) -> Model:
    """A fresh model; the same config gives the same weights."""
    d, width = config.latent_dim, config.width
    with seeded(config.seed):
        decoder = network(d, width, 2, config.layers)
        if not config.adversarial:
            variational = config.model == "vae"
            encoder = network(2, width, 2 * d if variational else d, config.layers)
            return (PointVAE if variational else PointAutoencoder)(encoder, decoder, d)
        kind = ReconstructionError if config.model == "boundary-equilibrium" else Critic
        critic = kind(width, config.layers)
        if config.model == "spectral":
            normalise(critic)
    game = FAMILIES[config.model](weight=config.penalty, clip=config.clip)
    return PointGan(decoder, critic, game, d)


def scores(model: PointGan, x: Tensor) -> Tensor:
    """What the critic says of points, as it is shown: the probability of being a datum where the
    game knows one, the critic's number otherwise. (B, 2) → (B,)."""
    number = model.critic(x)
    return number.sigmoid() if model.game.measures == "jensen-shannon" else number


def reconstruction_error(model: PointAutoencoder, x: Tensor) -> Tensor:
    """‖x − g(f(x))‖ of points (B, 2) → (B,)."""
    return F.pairwise_distance(x, model.decode(model.encode(x)))
