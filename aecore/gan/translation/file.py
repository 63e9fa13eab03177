"""Trained translators in one file: safetensors with a JSON card, as ``aecore.checkpoint`` writes
them. The critics are kept out: they are of no use to translate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aecore import checkpoint
from aecore.gan.translation.config import TranslationTrainConfig
from aecore.gan.translation.measures import Measures
from aecore.messages import CheckpointError, ConfigError

if TYPE_CHECKING:
    from torch import nn

    from aecore.gan.translation.model import Translation

FORMAT = "autoencoder-lab-translators/1"


@dataclass(frozen=True)
class TranslatorCard:
    """What a file says of itself.

    dataset: the set that was really used; measures: of these weights on its test pictures;
    parameters: of both translators; seconds: of training; epochs: passes over a domain; updates:
    of the translators; versions: of what trained it.
    """

    config: TranslationTrainConfig
    dataset: str
    measures: Measures
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
            "measures": self.measures.to_json(),
            "format": FORMAT,
        }

    def report(self) -> dict[str, Any]:
        """The JSON object that the command line prints."""
        return {
            **self.measures.to_json(),
            "parameters": self.parameters,
            "seconds": round(self.seconds, 3),
            "updates": self.updates,
            "dataset": self.dataset,
        }


def translators_of(model: Translation) -> nn.ModuleDict:
    """What a file holds of a model: G and F."""
    from torch import nn

    return nn.ModuleDict({"forth": model.forth, "back": model.back})


def to_bytes(model: Translation, card: TranslatorCard, *, half: bool = False) -> bytes:
    """The file's content. half: store weights as float16 (they are read back as float32)."""
    return checkpoint.packed(translators_of(model), card.to_json(), half=half)


def read_card(source: Path | bytes) -> TranslatorCard:
    """The card alone, checked. Raises CheckpointError where the file holds none."""
    card = checkpoint.read_json(source, FORMAT)
    try:
        card["config"] = TranslationTrainConfig.from_json(card["config"])
        card["measures"] = Measures.from_json(card["measures"])
        return TranslatorCard(**card)
    except ConfigError as error:
        raise CheckpointError(
            "The card of this file is not valid: {reason}", reason=error.sentence
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError("The card of this file is not complete.") from error


def load(source: Path | bytes) -> tuple[Translation, TranslatorCard]:
    """The translators, on the CPU and ready to use, with fresh critics, and their card.

    Raises CheckpointError, saying what is wrong, for a file that is not what its card promises.
    """
    from aecore.gan.translation.families import build

    content = checkpoint.read(source)
    card, arrays = read_card(content), checkpoint.read_arrays(content)
    model = build(card.config.model)
    checkpoint.fill(translators_of(model), arrays)
    return model.eval(), card
