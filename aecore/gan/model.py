"""A GAN: a generator that makes pictures of noise, and a critic that tells them from real ones.

    z ~ N(0, I),   x̃ = G(z),   D(x), D(x̃) ∈ ℝ

What they minimise is the ``game``. Goodfellow et al. (2014).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from functools import partial

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from aecore.config import CLASSES
from aecore.gan import networks
from aecore.gan.config import GanConfig
from aecore.gan.games import FAMILIES, Critic, Game, Terms
from aecore.gan.games.spectral import normalise
from aecore.gan.networks import decoder_config
from aecore.models import Autoencoder, seeded


class Gan(nn.Module):
    """generator: (B, d) → (B, 784) before the sigmoid; critic: see ``networks.critic``."""

    def __init__(
        self, generator: nn.Module, critic: nn.Module, game: Game, config: GanConfig
    ) -> None:
        super().__init__()
        self.generator = generator
        self.critic = critic
        self.game = game
        self.config = config

    @property
    def conditional(self) -> bool:
        """Whether the generator is told a class."""
        return self.config.condition != "none"

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def noise(self, count: int, generator: Generator | None = None) -> Tensor:
        """Draws of N(0, I): (count, d)."""
        return torch.randn(count, self.config.latent_dim, generator=generator, device=self.device)

    def generate(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (B, d), labels (B,) for a conditional one → (B, 1, 28, 28) in [0, 1]."""
        if self.conditional:
            z = torch.cat([z, one_hot(labels)], 1)
        return self.generator(z).sigmoid().view(-1, 1, 28, 28)

    def without_critic(self) -> Gan:
        """The same generator alone: it draws as before."""
        alone = copy.copy(self)
        alone._modules = {**self._modules, "critic": None}
        return alone

    def given(self, labels: Tensor) -> Given:
        """The decoder of noise into these classes (B,), as a conditional VAE has one."""
        return Given(self, labels)

    def critic_for(self, labels: Tensor | None) -> Critic:
        """What the critic says of pictures of these classes (B,)."""
        return self.critic

    def critic_terms(
        self, real: Tensor, fake: Tensor, labels: Tensor, generator: Generator | None = None
    ) -> Terms:
        """What the critic minimises. labels: (B,), of the real pictures; the samples were asked to
        be of the same classes."""
        return self.game.critic_terms(self.critic_for(labels), real, fake, generator)

    def generator_terms(self, fake: Tensor, labels: Tensor) -> Terms:
        """What the generator minimises, through its samples."""
        return self.game.generator_terms(self.critic_for(labels), fake)

    @torch.no_grad()
    def decoder(self, label: int | None = None) -> Autoencoder:
        """The generator as the decoder of an autoencoder without an encoder, of one class for a
        conditional one: what decodes in a page. Normalisation and class become weights and biases.
        """
        plain = nn.Sequential(*without_normalisation(self.generator))
        if self.conditional:
            first, d = first_layer(plain), self.config.latent_dim
            first.bias += first.weight[:, d + label]
            replace_inputs(first, first.weight[:, :d])
        return Autoencoder(nn.Identity(), plain, decoder_config(self.config)).eval()

    @torch.no_grad()
    def plane(self, axes: Tensor, label: int | None = None) -> Autoencoder:
        """``decoder`` of the plane z = u₁ a₁ + u₂ a₂: axes (2, d); its codes are (B, 2)."""
        whole = self.decoder(label)
        first = first_layer(whole.decoder)
        replace_inputs(first, first.weight @ axes.T)
        return Autoencoder(whole.encoder, whole.decoder, replace(whole.config, latent_dim=2)).eval()

    def parameter_count(self) -> int:
        """Of the players that are there."""
        return sum(p.numel() for p in self.parameters())


@dataclass(frozen=True)
class Given:
    """A GAN whose generator has been told the classes (B,)."""

    gan: Gan
    labels: Tensor

    def decode(self, z: Tensor) -> Tensor:
        """z (B, d) → (B, 1, 28, 28) in [0, 1]."""
        return self.gan.generate(z, self.labels)


class ConditionalGan(Gan):
    """Both players are told the class: G(z, y), D(x, y). Mirza and Osindero (2014).

    A convolutional critic gets y as ten more maps, all zeros but that of the class, which is all
    ones; a perceptron as ten more numbers.
    """

    def critic_for(self, labels: Tensor | None) -> Critic:
        return partial(self._together, one_hot(labels))

    def _together(self, y: Tensor, x: Tensor) -> Tensor:
        if self.config.network == "mlp":
            return self.critic(torch.cat([x.flatten(1), y], 1))
        return self.critic(torch.cat([x, y[:, :, None, None].expand(-1, -1, 28, 28)], 1))


class AuxiliaryGan(Gan):
    """The generator is told the class and the critic must name it: G(z, y), D(x), P(y|x).

        D:  minimise  its side of the game − log P(y|x) − log P(y|G(z, y))
        G:  minimise  its side of the game − log P(y|G(z, y))

    Odena, Olah and Shlens (2017), section 3.
    """

    def critic_terms(
        self, real: Tensor, fake: Tensor, labels: Tensor, generator: Generator | None = None
    ) -> Terms:
        terms = super().critic_terms(real, fake, labels, generator)
        return {**terms, "naming": self._naming(real, labels) + self._naming(fake, labels)}

    def generator_terms(self, fake: Tensor, labels: Tensor) -> Terms:
        return {**super().generator_terms(fake, labels), "naming": self._naming(fake, labels)}

    def _naming(self, x: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(self.critic.class_logits(x), labels, reduction="none")


MODELS = {"none": Gan, "class": ConditionalGan, "auxiliary": AuxiliaryGan}


def build(config: GanConfig, seed: int = 0) -> Gan:
    """A fresh GAN on the CPU; the same config and seed give the same weights."""
    game = FAMILIES[config.game](weight=config.penalty, clip=config.clip, gamma=config.gamma)
    with seeded(seed):
        generator, critic = networks.generator(config), networks.critic(config)
        if config.game == "spectral":
            normalise(critic)
    return MODELS[config.condition](generator, critic, game, config)


def one_hot(labels: Tensor) -> Tensor:
    """(B,) → (B, 10) zeros and a one."""
    return F.one_hot(labels, CLASSES).float()


def first_layer(network: nn.Sequential) -> nn.Linear:
    """The one that takes the noise."""
    return next(layer for layer in network if isinstance(layer, nn.Linear))


def replace_inputs(layer: nn.Linear, weight: Tensor) -> None:
    """Other weights (outputs, inputs) for perhaps other inputs."""
    layer.weight = nn.Parameter(weight.clone())
    layer.in_features = weight.shape[1]


def without_normalisation(network: nn.Sequential) -> list[nn.Module]:
    """The same function without batch normalisation, as it is when no longer trained.

    y = (x − μ) γ / √(σ² + ε) + β is linear in x: it goes into the layer before.
    """
    layers: list[nn.Module] = []
    for layer in copy.deepcopy(network):
        if not isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
            layers.append(layer)
            continue
        scale = layer.weight / (layer.running_var + layer.eps).sqrt()
        shift = layer.bias - layer.running_mean * scale
        before = next(m for m in reversed(layers) if isinstance(m, (nn.Linear, nn.ConvTranspose2d)))
        if isinstance(before, nn.Linear):  # its outputs are maps of many places each
            each = before.out_features // len(scale)
            before.weight *= scale.repeat_interleave(each)[:, None]
            scale, shift = scale.repeat_interleave(each), shift.repeat_interleave(each)
        else:
            before.weight *= scale[None, :, None, None]
        before.bias.mul_(scale).add_(shift)
    # As conv.decoder has them: the activation stands before its numbers become maps.
    for i, layer in enumerate(layers[:-1]):
        if isinstance(layer, nn.Unflatten):
            layers[i], layers[i + 1] = layers[i + 1], layer
    return layers
