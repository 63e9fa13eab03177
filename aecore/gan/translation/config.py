"""Which translators to train and how: validated settings that travel as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from aecore.config import DATASETS, check_choice, check_real, check_whole, made, mapping
from aecore.messages import ConfigError

FAMILIES = ("cycle", "disco")
# See ``domains``.
PAIRS = ("slant", "thickness", "inversion", "kmnist", "fashion-mnist")
MAX_MEMORY = 1000


@dataclass(frozen=True)
class TranslatorConfig:
    """Two translators, two critics, and what they minimise.

    family: ``cycle`` or ``disco``, see the files of these names; pair: the two domains.
    width: c, feature maps at 14x14, twice as many at 7x7, 1 to 128; blocks: residual blocks at 7x7,
        0 to 9.
    weight: λ of coming back, as published, for errors that are means over the pixels: on the sums
        of this lab it is λ / 784. 0 to 1,000.
    identity: the weight, relative to λ, of leaving alone what is in the wanted domain already, 0 to
        10 (Cycle-GAN only; the paper takes .5 for paintings and 0 elsewhere).
    """

    family: str = "cycle"
    pair: str = "slant"
    width: int = 16
    blocks: int = 2
    weight: float = 10.0
    identity: float = 0.0

    def __post_init__(self) -> None:
        check_choice("family", self.family, FAMILIES)
        check_choice("pair", self.pair, PAIRS)
        check_whole("width", self.width, 1, 128)
        check_whole("blocks", self.blocks, 0, 9)
        check_real("weight", self.weight, 0, 1000)
        check_real("identity", self.identity, 0, 10)
        if self.family == "disco" and self.identity:
            raise ConfigError("DiscoGAN has no identity loss.")


@dataclass(frozen=True)
class TranslationTrainConfig:
    """One training of two translators: the same config and data give the same weights on a CPU.

    dataset: whose training digits both domains are made of, from one half each.
    epochs: passes over as many pictures as a domain has, 1 to 1,000.
    learning_rate: of both translators; critic_rate: of both critics. Both fall to 0 in a line over
        the second half of a training.
    memory: translations of earlier updates from which half of those that the critics see are
        drawn, 0 to 1,000 (Shrivastava et al., 2017); 0: they see the newest only.
    """

    model: TranslatorConfig = field(default_factory=TranslatorConfig)
    dataset: str = "mnist"
    epochs: int = 4
    batch_size: int = 32
    learning_rate: float = 1e-3
    critic_rate: float = 5e-4
    memory: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.model, TranslatorConfig):
            raise ConfigError("“model” must be a group of named settings.")
        check_choice("dataset", self.dataset, DATASETS)
        if self.model.pair in DATASETS and self.dataset == self.model.pair:
            raise ConfigError("The two domains must be different.")
        check_whole("epochs", self.epochs, 1, 1000)
        check_whole("batch_size", self.batch_size, 1, 10_000)
        check_real("learning_rate", self.learning_rate, 1e-7, 1)
        check_real("critic_rate", self.critic_rate, 1e-7, 1)
        check_whole("memory", self.memory, 0, MAX_MEMORY)
        check_whole("seed", self.seed, 0, 2**31 - 1)

    def to_json(self) -> dict[str, Any]:
        """A dictionary of JSON types only; ``from_json`` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> TranslationTrainConfig:
        """Read and check a config; a setting that is missing takes its default.

        Raises ConfigError on an unknown name or a bad value.
        """
        data = dict(mapping("config", data))
        if "model" in data:
            data["model"] = made(TranslatorConfig, mapping("model", data["model"]))
        return made(cls, data)
