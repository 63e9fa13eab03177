"""How near samples are to real pictures, seen by our own small classifier of digits.

Its 256 hidden units are the features in which the samples are compared with the test pictures:

    Fréchet distance   ‖μ − μ'‖² + tr (Σ + Σ' − 2 (Σ Σ')^½)      of two Gaussians fitted to them
    precision          the share of samples that lie where real pictures do
    recall             the share of real pictures that lie where samples do

The formula is that of Heusel et al. (2017), but not the features: these numbers compare models of
this lab with each other, never with an FID, which is measured on Inception's. Precision and recall:
Kynkäänniemi, Karras, Laine, Lehtinen and Aila (2019), where “lie where” is to be nearer to one of
them than its third neighbour is.
"""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Generator, Tensor

from aecore.config import CLASSES
from aecore.data import Dataset, Split
from aecore.explore import classifier
from aecore.explore.classifier import Classifier
from aecore.metrics import BATCH

NEIGHBOURS = 3
# Pictures of each kind whose neighbours are looked for.
MOST = 2000
# Where the classifier is this sure, a sample is said to read as a digit.
CONFIDENT = 0.8


@dataclass(frozen=True)
class Fidelity:
    """Of some samples.

    frechet: at least 0, the lower the better; precision, recall: in [0, 1]; counts: (10,) how many
    read as each class; confidence: the mean probability of the class that is read; confident: the
    share of which the classifier is at least 80 % sure; samples: how many were measured.
    """

    frechet: float
    precision: float
    recall: float
    counts: tuple[int, ...]
    confidence: float
    confident: float
    samples: int

    @property
    def largest_share(self) -> float:
        """Of the class that is read most often: near 1 where a generator makes one digit only."""
        return max(self.counts) / self.samples

    @property
    def classes_present(self) -> int:
        """The classes that are read in at least 1 % of the samples."""
        return sum(count >= 0.01 * self.samples for count in self.counts)

    @property
    def headline(self) -> float:
        """What is said first of a generator."""
        return self.frechet

    def to_json(self) -> dict:
        return asdict(self)


class Judge:
    """Measures samples against the test pictures of a dataset.

    data: whose classifier reads; test: the pictures to compare with, those of ``data`` unless
    given, for a model that has seen some classes only.
    """

    def __init__(self, data: Dataset, test: Split | None = None) -> None:
        self.reader: Classifier = classifier.of(data)
        test = data.test if test is None else test
        features = _features(self.reader, test.pictures().cpu())
        self.mean, self.covariance = gaussian(features)
        self.real = features[_some(len(features))]
        self.radii = neighbour_distances(self.real)

    def measure(self, samples: Tensor) -> Fidelity:
        """samples: (N, 1, 28, 28) in [0, 1], at least 4 of them."""
        samples = samples.cpu()
        probability, named = self.reader.probabilities(samples).max(1)
        features = _features(self.reader, samples)
        some = features[_some(len(features))]  # samples may come sorted by their class
        return Fidelity(
            frechet=frechet_distance(*gaussian(features), self.mean, self.covariance),
            precision=covered(some, self.real, self.radii),
            recall=covered(self.real, some, neighbour_distances(some)),
            counts=tuple(torch.bincount(named, minlength=CLASSES).tolist()),
            confidence=probability.mean().item(),
            confident=(probability >= CONFIDENT).float().mean().item(),
            samples=len(samples),
        )


_JUDGES: WeakKeyDictionary[Split, dict[tuple[int, ...], Judge]] = WeakKeyDictionary()
_MAKING = threading.Lock()


def judge_of(data: Dataset, classes: tuple[int, ...] = ()) -> Judge:
    """The judge of a dataset and of some of its classes (all ten unless named), made once."""
    with _MAKING:
        kept = _JUDGES.setdefault(data.train, {})
        if classes not in kept:
            kept[classes] = Judge(data, data.only(classes).test)
        return kept[classes]


def gaussian(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (F,) and covariance (F, F) of features (N, F), in double precision."""
    features = features.double()
    return features.mean(0), torch.cov(features.T)


def frechet_distance(mean: Tensor, covariance: Tensor, mean2: Tensor, covariance2: Tensor) -> float:
    """The squared Fréchet (2-Wasserstein) distance of two Gaussians; Dowson and Landau (1982).

    tr (Σ Σ')^½ is the sum of the roots of the eigenvalues of Σ^½ Σ' Σ^½, which is symmetric.
    """
    values, vectors = torch.linalg.eigh(covariance)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    mixed = torch.linalg.eigvalsh(root @ covariance2 @ root).clamp(min=0).sqrt().sum()
    spread = covariance.trace() + covariance2.trace() - 2 * mixed
    return max(0.0, ((mean - mean2).square().sum() + spread).item())


def neighbour_distances(features: Tensor, neighbours: int = NEIGHBOURS) -> Tensor:
    """From each of features (N, F) to its third nearest other one: (N,)."""
    k = min(neighbours, len(features) - 1)
    return torch.cdist(features, features).kthvalue(k + 1, dim=1).values


def covered(points: Tensor, others: Tensor, radii: Tensor) -> float:
    """The share of points (N, F) that are within the radius (M,) of one of the others (M, F)."""
    return (torch.cdist(points, others) <= radii).any(1).float().mean().item()


def _some(count: int) -> Tensor:
    """Which of so many pictures are searched for neighbours: the same ones each time."""
    return torch.randperm(count, generator=Generator().manual_seed(0))[:MOST]


def _features(reader: Classifier, pictures: Tensor) -> Tensor:
    return torch.cat([reader.features(part) for part in pictures.split(BATCH)])
