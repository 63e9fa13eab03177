"""How good two translators are: do they come back, keep the class, and look like their domain?

The classifier (``aecore.explore.classifier``) has seen plain digits only: a translation into a
domain that is made from digits (slanted, thin, thick, inverted) is read after the known change of
the domain is undone. Between two datasets no class is to be kept; which becomes which is still
counted, read by the classifier of the set that is translated into.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from aecore.config import CLASSES
from aecore.data import Dataset, Split
from aecore.explore import classifier
from aecore.explore.fidelity import frechet_distance, gaussian
from aecore.gan.translation.domains import Domain, Sides
from aecore.gan.translation.model import Round, Translation
from aecore.metrics import BATCH

Both = tuple[float, float]


@dataclass(frozen=True)
class Measures:
    """Of test pictures, each a pair: from A and from B.

    cycle_mse: between what came back and what left, per pixel; kept: the share whose translation
    reads as its class, back: the share that reads so after both ways, ceiling: the share of real
    pictures of the domain translated into that reads rightly (kept and ceiling None between two
    datasets); counterpart_mse: between the translation and the same digit in the other domain,
    which was never shown (None between two datasets); frechet: from the translations to the real
    pictures of the domain, on the features of our classifier of the digits, and unchanged: from
    the pictures as they were; pictures: how many of each.
    """

    cycle_mse: Both
    kept: Both | None
    back: Both
    ceiling: Both | None
    counterpart_mse: Both | None
    frechet: Both
    unchanged: Both
    pictures: int

    @property
    def headline(self) -> float:
        """What is said first of a model: the mean of both cycles' errors."""
        return sum(self.cycle_mse) / 2

    def to_json(self) -> dict[str, Any]:
        """A dictionary of JSON types only; ``from_json`` reads it back."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Measures:
        """Raises TypeError or ValueError for anything that ``to_json`` does not write."""
        return cls(**{name: _read(name, value) for name, value in dict(data).items()})


def _read(name: str, value: Any) -> Both | int | None:
    if name == "pictures":
        return int(value)
    if value is None and name in ("kept", "ceiling", "counterpart_mse"):
        return None
    first, second = value
    return float(first), float(second)


@torch.inference_mode()
def rounds(model: Translation, a: Tensor, b: Tensor) -> Round:
    """All translations of pictures (N, 1, 28, 28) of A and as many of B, on the CPU."""
    made = [
        model.round(x.to(model.device), y.to(model.device))
        for x, y in zip(a.split(BATCH), b.split(BATCH), strict=True)
    ]
    return Round(*(torch.cat([getattr(one, n).cpu() for one in made]) for n in Round.names()))


def named(data: Dataset, domain: Domain, pictures: Tensor) -> Tensor:
    """The class that pictures (N, 1, 28, 28) of a domain read as: (N,)."""
    reader = classifier.of(data)
    return torch.cat(
        [reader.probabilities(domain.plain(part)).argmax(1) for part in pictures.split(BATCH)]
    )


def confusion(truth: Tensor, read: Tensor) -> Tensor:
    """How often each class (row) reads as each (column): (N,) and (N,) → (10, 10) int64."""
    return torch.bincount(truth * CLASSES + read, minlength=CLASSES**2).view(CLASSES, CLASSES)


def mse(x: Tensor, y: Tensor) -> Tensor:
    """Per pixel, of each picture: (N, 1, 28, 28) twice → (N,)."""
    return (x - y).square().flatten(1).mean(1)


class Examiner:
    """Measures translators on the first test pictures of a pair of domains.

    count: at most so many of each domain.
    """

    def __init__(self, sides: Sides, count: int) -> None:
        self.sides = sides
        count = min(count, len(sides.test_a), len(sides.test_b))
        self.a, self.b = (s.take(slice(0, count)) for s in (sides.test_a, sides.test_b))
        self.features = classifier.of(sides.source_a).features
        self.gaussians = self._gaussian(self.a.pictures()), self._gaussian(self.b.pictures())
        self.unchanged = (frechet_distance(*self.gaussians[0], *self.gaussians[1]),) * 2

    def measure(self, model: Translation) -> Measures:
        """Of the translators as they stand."""
        a, b = self.a.pictures(), self.b.pictures()
        made = rounds(model, a, b)
        pair, twins = self.sides.pair, self.sides.pair.other is None
        sources = self.sides.source_a, self.sides.source_b
        into_b = self._reads(sources[1], pair.b)
        into_a = self._reads(sources[0], pair.a)
        return Measures(
            cycle_mse=(_mean(mse(a, made.aba)), _mean(mse(b, made.bab))),
            kept=(into_b(made.ab, self.a), into_a(made.ba, self.b)) if twins else None,
            back=(into_a(made.aba, self.a), into_b(made.bab, self.b)),
            ceiling=(into_b(b, self.b), into_a(a, self.a)) if twins else None,
            counterpart_mse=(_mean(mse(made.ab, b)), _mean(mse(made.ba, a))) if twins else None,
            frechet=(
                frechet_distance(*self._gaussian(made.ab), *self.gaussians[1]),
                frechet_distance(*self._gaussian(made.ba), *self.gaussians[0]),
            ),
            unchanged=self.unchanged,
            pictures=len(a),
        )

    def _gaussian(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        return gaussian(torch.cat([self.features(part) for part in pictures.split(BATCH)]))

    def _reads(self, data: Dataset, domain: Domain) -> Callable[[Tensor, Split], float]:
        return lambda pictures, truth: _mean(
            (named(data, domain, pictures) == truth.labels).float()
        )


def _mean(values: Tensor) -> float:
    return values.mean().item()
