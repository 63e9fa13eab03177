"""What GAN to train and how: validated settings that travel as JSON, as ``aecore.config``'s do."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from aecore.config import (
    DATASETS,
    check_choice,
    check_classes,
    check_real,
    check_whole,
    made,
    mapping,
)
from aecore.messages import ConfigError

GAMES = (
    "minimax",
    "non-saturating",
    "least-squares",
    "wasserstein",
    "gradient-penalty",
    "spectral",
    "boundary-equilibrium",
)
NETWORKS = ("mlp", "conv")
CONDITIONS = ("none", "class", "auxiliary")
MAX_LATENT_DIM = 512
MAX_CRITIC_STEPS = 20


@dataclass(frozen=True)
class GanConfig:
    """A generator and a critic, and the game that they play.

    game: see ``aecore.gan.games``.
    network: of both players, ``mlp`` or ``conv`` (DCGAN, Radford et al., 2016).
    latent_dim: d, the numbers of a noise vector z ~ N(0, I), 1 to 512.
    width: feature maps at 14x14 of ``conv``, of ``mlp`` the hidden units a layer, 1 to 1,024.
    hidden: units of a layer between noise and maps, and between maps and score, of ``conv``, 0 to
        1,024; 0: there is none, as in the DCGAN; Chen et al. (2016, InfoGAN) have one.
    condition: ``class``: both players are told the class (Mirza and Osindero, 2014);
        ``auxiliary``: the generator is told, and the critic must name it (Odena et al., 2017).
    penalty: λ of the gradient penalty, 0 to 1,000; clip: c of the Wasserstein game, up to 1; gamma:
        γ of BEGAN, 0 to 1.
    """

    game: str = "non-saturating"
    network: str = "conv"
    latent_dim: int = 64
    width: int = 16
    hidden: int = 128
    condition: str = "none"
    penalty: float = 10.0
    clip: float = 0.01
    gamma: float = 0.5

    def __post_init__(self) -> None:
        check_choice("game", self.game, GAMES)
        check_choice("network", self.network, NETWORKS)
        check_choice("condition", self.condition, CONDITIONS)
        check_whole("latent_dim", self.latent_dim, 1, MAX_LATENT_DIM)
        check_whole("width", self.width, 1, 1024)
        check_whole("hidden", self.hidden, 0, 1024)
        check_real("penalty", self.penalty, 0, 1000)
        check_real("clip", self.clip, 1e-6, 1)
        check_real("gamma", self.gamma, 0, 1)
        if self.game == "boundary-equilibrium" and self.condition != "none":
            raise ConfigError("The critic of BEGAN reconstructs pictures and is told no class.")


@dataclass(frozen=True)
class GanTrainConfig:
    """One training of a GAN: the same config and data give the same weights on a CPU.

    classes: those of the training pictures that are shown, sorted; empty: all ten.
    epochs: as many real pictures as so many training splits are shown to the critic, 1 to 1,000.
    batch_size: pictures of an update, real ones and samples alike, 2 to 10,000.
    critic_steps: updates of the critic for one of the generator, 1 to 20.
    generator_rate, critic_rate: learning rates.
    averaging: of the generator's weights that draw samples, each update keeps this share of the
        average so far (Karras et al., 2018); 0: the last weights draw.
    """

    model: GanConfig = field(default_factory=GanConfig)
    dataset: str = "mnist"
    classes: tuple[int, ...] = ()
    epochs: int = 6
    batch_size: int = 64
    critic_steps: int = 1
    generator_rate: float = 1e-3
    critic_rate: float = 3e-4
    averaging: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.model, GanConfig):
            raise ConfigError("“model” must be a group of named settings.")
        check_choice("dataset", self.dataset, DATASETS)
        object.__setattr__(self, "classes", check_classes(self.classes))
        check_whole("epochs", self.epochs, 1, 1000)
        check_whole("batch_size", self.batch_size, 2, 10_000)
        check_whole("critic_steps", self.critic_steps, 1, MAX_CRITIC_STEPS)
        check_real("generator_rate", self.generator_rate, 1e-7, 1)
        check_real("critic_rate", self.critic_rate, 1e-7, 1)
        check_real("averaging", self.averaging, 0, 0.9999)
        check_whole("seed", self.seed, 0, 2**31 - 1)

    def to_json(self) -> dict[str, Any]:
        """A dictionary of JSON types only; ``from_json`` reads it back."""
        return {**asdict(self), "classes": list(self.classes)}

    @classmethod
    def from_json(cls, data: Any) -> GanTrainConfig:
        """Read and check a config; a setting that is missing takes its default.

        Raises ConfigError on an unknown name or a bad value.
        """
        data = dict(mapping("config", data))
        if "model" in data:
            data["model"] = made(GanConfig, mapping("model", data["model"]))
        return made(cls, data)
