"""The networks of both players: perceptrons, or the DCGAN's strided convolutions.

    G:  z (→ hidden layer) → 7x7, 2c maps → 14x14, c maps → 28x28      batch-normalised
    D:  28x28 → 14x14, c maps → 7x7, 2c maps (→ hidden layer) → a number

Radford, Metz and Chintala (2016), with a sigmoid that gives pictures in [0, 1]. The critic too is
batch-normalised, unless its game binds the slope at each picture by itself: that forbids to mix
them (Gulrajani et al., 2017).
"""

from __future__ import annotations

from torch import Tensor, nn

from aecore.config import CLASSES, PIXELS, ModelConfig
from aecore.gan.config import GanConfig
from aecore.models import conv, mlp

SLOPE = 0.2
# Of fresh weights (Radford et al., 2016).
SPREAD = 0.02
# Games whose critic sees each picture by itself.
UNMIXED = ("gradient-penalty", "spectral", "boundary-equilibrium")


def generator(config: GanConfig) -> nn.Module:
    """(B, d), or (B, d + 10) with the class behind, → (B, 784), before the sigmoid."""
    inputs = config.latent_dim + (CLASSES if config.condition != "none" else 0)
    if config.network == "mlp":
        return mlp.decoder(decoder_config(config), inputs)
    c, h = config.width, config.hidden
    entry = [nn.Linear(inputs, h), nn.BatchNorm1d(h), nn.ReLU()] if h else []
    network = nn.Sequential(
        *entry,
        nn.Linear(h or inputs, 2 * c * 49),
        nn.Unflatten(1, (2 * c, 7, 7)),
        nn.BatchNorm2d(2 * c),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * c, c, kernel_size=4, stride=2, padding=1),  # (B, c, 14, 14)
        nn.BatchNorm2d(c),
        nn.ReLU(),
        nn.ConvTranspose2d(c, 1, kernel_size=4, stride=2, padding=1),  # (B, 1, 28, 28)
        nn.Flatten(),
    )
    for layer in network:
        if isinstance(layer, (nn.Linear, nn.ConvTranspose2d)):
            nn.init.normal_(layer.weight, 0, SPREAD)
    return network


def decoder_config(config: GanConfig) -> ModelConfig:
    """The decoder of an autoencoder that the generator is, once its normalisation is folded in."""
    hidden = (config.width, config.width) if config.network == "mlp" else (config.hidden,)
    return ModelConfig(
        network=config.network,
        latent_dim=config.latent_dim,
        hidden=tuple(filter(None, hidden)),
        activation="relu",
        channels=config.width if config.network == "conv" else 32,
    )


class Critic(nn.Module):
    """A number for each picture, and with ``classes`` the logits of its class.

    features: what it sees in its input, (B, n), of which both are linear.
    """

    def __init__(self, features: nn.Module, count: int, *, classes: bool = False) -> None:
        super().__init__()
        self.features = features
        self.score = nn.Linear(count, 1)
        self.classes = nn.Linear(count, CLASSES) if classes else None

    def forward(self, x: Tensor) -> Tensor:
        """x, a picture with what is told of its class (see ``critic``), → (B,)."""
        return self.score(self.features(x)).squeeze(1)

    def class_logits(self, x: Tensor) -> Tensor:
        """What class it takes a picture for: (B, 1, 28, 28) → (B, 10)."""
        return self.classes(self.features(x))


class Reconstructing(nn.Module):
    """The critic of BEGAN: an autoencoder of its input, whose number is Σ |v − D(v)|."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def reconstruct(self, x: Tensor) -> Tensor:
        """(B, 1, 28, 28) → the same."""
        return self.decoder(self.encoder(x)).sigmoid().view(-1, 1, 28, 28)

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.reconstruct(x)).abs().flatten(1).sum(1)


def critic(config: GanConfig) -> nn.Module:
    """(B, 1, 28, 28) → (B,). One that is told the class takes it as ten more maps of zeros or ones
    (``conv``), or as ten more pixels: (B, 794) (``mlp``)."""
    told = CLASSES if config.condition == "class" else 0
    features, count = features_of(config, told)
    if config.game == "boundary-equilibrium":
        code = min(config.latent_dim, count)
        decoder = (mlp if config.network == "mlp" else conv).decoder(decoder_config(config), code)
        return Reconstructing(nn.Sequential(features, nn.Linear(count, code)), decoder)
    return Critic(features, count, classes=config.condition == "auxiliary")


def features_of(config: GanConfig, told: int) -> tuple[nn.Module, int]:
    """What a critic sees in a picture and ``told`` numbers, and how many features these are."""
    c, h = config.width, config.hidden
    if config.network == "mlp":
        layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(PIXELS + told, c),
            nn.LeakyReLU(SLOPE),
            nn.Linear(c, c),
            nn.LeakyReLU(SLOPE),
        )
        return layers, c
    mixed = config.game not in UNMIXED
    layers = [
        nn.Conv2d(1 + told, c, kernel_size=4, stride=2, padding=1),  # (B, c, 14, 14)
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(c, 2 * c, kernel_size=4, stride=2, padding=1),  # (B, 2c, 7, 7)
        *([nn.BatchNorm2d(2 * c)] if mixed else []),
        nn.LeakyReLU(SLOPE),
        nn.Flatten(),
    ]
    if not h:
        return nn.Sequential(*layers), 2 * c * 49
    norm = [nn.BatchNorm1d(h)] if mixed else []
    layers += [nn.Linear(2 * c * 49, h), *norm, nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*layers), h
