"""What a code is worth when few pictures have a label: 10, 100, 1,000 of them.

An autoencoder learns from pictures without labels, which are cheap; a classifier on its frozen
codes then needs labels for the boundaries alone. The same logistic regression learns from raw
pixels, from the codes of PCA and from those of any encoder, on the same pictures, so that only
the representation differs.

Codes are moved and stretched as a whole, by the mean and the length of codes of pictures without
labels: to mean 0 and mean squared length 1. One ridge then means the same for all of them,
however many numbers they have, and turning a code changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from aecore.config import CLASSES
from aecore.data import Split
from aecore.explore.probes import logistic, subsample

SIZES = (10, 100, 1000, 10_000)
# Weight of the labels against the ridge ½ ‖W‖²; scikit-learn's C.
C = 10.0
# Pictures without labels from which the mean and the length of the codes are taken.
UNLABELLED = 2000

# From a split to its codes (N, d) float32.
Encode = Callable[[Split], np.ndarray]


def balanced(labels: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Indices of ``count`` pictures at random, as many of each of the 10 classes.

    labels: (N,) of the split; the same seed gives the same, and a smaller draw of a seed is a
    part of every larger one. Raises ValueError where a class has too few.
    """
    random = np.random.default_rng(seed)
    each = count // CLASSES
    chosen = [random.permutation(np.flatnonzero(labels == c))[:each] for c in range(CLASSES)]
    if count % CLASSES or any(len(part) < each for part in chosen):
        raise ValueError(f"no {count} pictures, as many of each class, can be drawn")
    return np.concatenate(chosen)


def sizes(labels: np.ndarray) -> list[int]:
    """Those of SIZES for which a split with these labels has enough pictures of each class."""
    fewest = np.bincount(labels, minlength=CLASSES).min()
    return [size for size in SIZES if size // CLASSES <= fewest]


@dataclass(frozen=True, eq=False)
class Representation:
    """What stands for a picture. centre: (d,) and length, of the codes of pictures without
    labels; test: (M, d), the codes of the test split, brought to mean 0 and length 1 by them."""

    encode: Encode
    centre: np.ndarray
    length: float
    test: np.ndarray

    @property
    def size(self) -> int:
        """How many numbers stand for a picture."""
        return len(self.centre)


def represent(encode: Encode, train: Split, test: Split) -> Representation:
    """Encode the test split, and learn from training pictures, without labels, how far codes lie
    apart: the root of the mean squared distance to their mean."""
    # Where cores are busy, threads of a small model wait for each other: many times slower.
    with threadpool_limits(1):
        codes = encode(train.take(subsample(len(train), UNLABELLED)))
        centre = codes.mean(0)
        length = max(float(np.sqrt(np.mean(np.sum((codes - centre) ** 2, 1)))), 1e-12)
        return Representation(encode, centre, length, (encode(test) - centre) / length)


def named(by: Representation, train: Split, index: np.ndarray, c: float = C) -> np.ndarray:
    """The class (M,) uint8 that each test picture gets from a classifier that saw the labels of
    these training pictures and no others."""
    labelled = train.take(index)
    with threadpool_limits(1):
        codes = (by.encode(labelled) - by.centre) / by.length
    return logistic(codes, labelled.labels.cpu().numpy(), by.test, c).astype(np.uint8)


@dataclass(frozen=True)
class Score:
    """Test accuracies in [0, 1], one for each draw of labelled pictures."""

    accuracies: tuple[float, ...]

    @property
    def mean(self) -> float:
        return float(np.mean(self.accuracies))

    @property
    def spread(self) -> float | None:
        """The standard deviation over the draws; None if there is but one."""
        return float(np.std(self.accuracies, ddof=1)) if len(self.accuracies) > 1 else None

    def lead(self, other: Score) -> tuple[float, float | None]:
        """How far this is ahead of another on the same draws: the mean difference and its
        standard error (None of a single draw), draw against draw."""
        ahead = np.subtract(self.accuracies, other.accuracies)
        error = float(ahead.std(ddof=1) / np.sqrt(len(ahead))) if len(ahead) > 1 else None
        return float(ahead.mean()), error


def score(predicted: np.ndarray, labels: np.ndarray) -> Score:
    """Of the classes (draws, M) that were named, against the labels (M,)."""
    return Score(tuple((predicted == labels).mean(1).tolist()))


def confusion(predicted: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The share of each class (row) that was named as each (column): (10, 10), rows with sum 1.

    predicted: (draws, M); labels: (M,). The row of a class that is not there is 0.
    """
    pairs = CLASSES * np.broadcast_to(labels, predicted.shape).astype(int) + predicted
    counts = np.bincount(pairs.ravel(), minlength=CLASSES**2).reshape(CLASSES, CLASSES)
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


@dataclass(frozen=True)
class Mistake:
    """A test picture that was named wrongly: its index, by how many of the draws, and as what by
    most of those."""

    index: int
    draws: int
    named: int


def mistakes(predicted: np.ndarray, labels: np.ndarray) -> list[Mistake]:
    """Of each class the test picture that most draws name wrongly, the first of several; a class
    without a mistake is left out. predicted: (draws, M); labels: (M,)."""
    wrong = predicted != labels
    times = wrong.sum(0)
    found = []
    for c in range(CLASSES):
        members = np.flatnonzero(labels == c)
        if len(members) and times[members].max():
            worst = members[times[members].argmax()]
            names = np.bincount(predicted[wrong[:, worst], worst], minlength=CLASSES)
            found.append(Mistake(int(worst), int(times[worst]), int(names.argmax())))
    return found
