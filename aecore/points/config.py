"""What to train on which cloud of points: validated settings of the playground."""

from __future__ import annotations

from dataclasses import dataclass

from aecore.config import check_choice, check_real, check_whole
from aecore.gan.games import FAMILIES
from aecore.messages import ConfigError

CLOUDS = ("ring", "grid", "swiss-roll", "moons", "drawn")
AUTOENCODERS = ("vae", "ae")
MODELS = (*FAMILIES, *AUTOENCODERS)
MAX_CRITIC_STEPS = 10
MAX_DOTS = 400


@dataclass(frozen=True)
class Rates:
    """What may change while a model trains: the learning rates of the generator (of an autoencoder
    the only one) and of the critic, and the critic's updates for one of the generator."""

    generator: float = 1e-3
    critic: float = 1e-3
    critic_steps: int = 1

    def __post_init__(self) -> None:
        check_real("generator_rate", self.generator, 1e-7, 1)
        check_real("critic_rate", self.critic, 1e-7, 1)
        check_whole("critic_steps", self.critic_steps, 1, MAX_CRITIC_STEPS)


# At which each model learns well on the clouds here, but for the minimax game: its critic is so
# slow that the generator runs to wherever it was wrong last, with all samples at once.
USUAL_RATES = {
    "minimax": Rates(1e-3, 1e-4, 1),
    "non-saturating": Rates(1e-3, 1e-3, 1),
    "least-squares": Rates(1e-3, 1e-3, 1),
    "wasserstein": Rates(1e-3, 1e-3, 3),
    "gradient-penalty": Rates(1e-3, 1e-3, 3),
    "spectral": Rates(1e-3, 1e-3, 2),
    "boundary-equilibrium": Rates(1e-3, 1e-3, 1),
    "vae": Rates(1e-3),
    "ae": Rates(1e-3),
}


@dataclass(frozen=True)
class PointsConfig:
    """One model on one cloud; the same config gives the same training.

    cloud: see ``clouds``; dots: of a drawn one, places (x, y) in [-2, 2].
    model: a game of ``aecore.gan.games``, ``vae`` or ``ae``.
    latent_dim: numbers of the noise, or of the code, 1 to 16.
    width: hidden units of each hidden layer, 4 to 256; layers: how many of them, 1 to 4.
    batch_size: points of an update, 8 to 1,024.
    penalty: λ of the gradient penalty; clip: c of the Wasserstein game.
    """

    cloud: str = "ring"
    model: str = "gradient-penalty"
    latent_dim: int = 2
    width: int = 64
    layers: int = 2
    batch_size: int = 128
    penalty: float = 0.1
    clip: float = 0.1
    seed: int = 0
    dots: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        check_choice("cloud", self.cloud, CLOUDS)
        check_choice("model", self.model, MODELS)
        check_whole("latent_dim", self.latent_dim, 1, 16)
        check_whole("width", self.width, 4, 256)
        check_whole("layers", self.layers, 1, 4)
        check_whole("batch_size", self.batch_size, 8, 1024)
        check_real("penalty", self.penalty, 0, 1000)
        check_real("clip", self.clip, 1e-6, 1)
        check_whole("seed", self.seed, 0, 2**31 - 1)
        if len(self.dots) > MAX_DOTS:
            raise ConfigError("A drawing has at most {count} dots.", count=MAX_DOTS)
        if self.cloud == "drawn" and not self.dots:
            raise ConfigError("Nothing is drawn yet: paint some points.")

    @property
    def adversarial(self) -> bool:
        """Whether a critic plays against a generator."""
        return self.model not in AUTOENCODERS
