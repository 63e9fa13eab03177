"""A trained GAN in one file: safetensors with a JSON card, as ``aecore.checkpoint`` writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aecore import checkpoint
from aecore.gan.config import GanTrainConfig
from aecore.messages import CheckpointError, ConfigError

if TYPE_CHECKING:
    from aecore.explore.fidelity import Fidelity
    from aecore.gan.model import Gan

FORMAT = "autoencoder-lab-gan/1"


@dataclass(frozen=True)
class GanCard:
    """What a file says of itself.

    dataset: the set that was really used; fidelity: of 10,000 samples of these weights;
    parameters: of both players; seconds: of training; epochs: training splits that the critic has
    seen; updates: of the generator; versions: of what trained it.
    """

    config: GanTrainConfig
    dataset: str
    fidelity: Fidelity
    parameters: int
    seconds: float
    epochs: float
    updates: int
    versions: dict[str, str]
    name: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "config": self.config.to_json(),
            "fidelity": self.fidelity.to_json(),
            "format": FORMAT,
        }

    def report(self) -> dict[str, Any]:
        """The JSON object that the command line prints."""
        return {
            **self.fidelity.to_json(),
            "parameters": self.parameters,
            "seconds": round(self.seconds, 3),
            "updates": self.updates,
            "dataset": self.dataset,
        }


def to_bytes(gan: Gan, card: GanCard, *, half: bool = False, critic: bool = True) -> bytes:
    """The file's content. half: store weights as float16 (they are read back as float32); critic:
    keep that player too, which samples do without."""
    kept = gan if critic else gan.without_critic()
    return checkpoint.packed(kept, card.to_json(), half=half)


def read_card(source: Path | bytes) -> GanCard:
    """The card alone, checked. Raises CheckpointError where the file holds none."""
    from aecore.explore.fidelity import Fidelity

    card = checkpoint.read_json(source, FORMAT)
    try:
        card["config"] = GanTrainConfig.from_json(card["config"])
        fidelity = dict(card["fidelity"])
        fidelity["counts"] = tuple(fidelity["counts"])
        card["fidelity"] = Fidelity(**fidelity)
        return GanCard(**card)
    except ConfigError as error:
        raise CheckpointError(
            "The card of this file is not valid: {reason}", reason=error.sentence
        ) from error
    except (KeyError, TypeError) as error:
        raise CheckpointError("The card of this file is not complete.") from error


def load(source: Path | bytes) -> tuple[Gan, GanCard]:
    """The GAN, on the CPU and ready to use, and its card; its critic is None where the file leaves
    it out.

    Raises CheckpointError, saying what is wrong, for a file that is not what its card promises.
    """
    from aecore.gan.model import build

    content = checkpoint.read(source)
    card, arrays = read_card(content), checkpoint.read_arrays(content)
    gan = build(card.config.model)
    if not any(name.startswith("critic.") for name in arrays):
        gan = gan.without_critic()
    checkpoint.fill(gan, arrays)
    return gan.eval(), card
