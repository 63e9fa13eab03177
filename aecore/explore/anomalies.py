"""Telling pictures that are foreign to a model from those of the classes that it learned.

One-class detection by an autoencoder (Hawkins et al., 2002; Sakurada and Yairi, 2014): what it
never learned it restores badly, so that the error is a score, and a threshold on it an alarm.
A picture is *normal* if it is of the classes that the model was trained on. Every score rises
with strangeness; an alarm is a score above the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Generator, Tensor

from aecore.data import Split
from aecore.explore.judging import TEST_DRAWS, Judge, batches, elbo

# Added to the variance along each direction, as a share of the largest: values of a code that the
# model does not use have hardly any, and would drown the others.
RIDGE = 1e-3


@dataclass(frozen=True, eq=False)
class CodeGaussian:
    """The Gaussian of the codes of the training pictures.

    mean: (d,); whitening: (d, d), so that (z − mean) @ whitening has unit covariance.
    """

    mean: Tensor
    whitening: Tensor

    def distance(self, codes: Tensor) -> Tensor:
        """The Mahalanobis distance of codes (B, d) from the mean: (B,), in standard deviations."""
        return ((codes.double() - self.mean) @ self.whitening).norm(dim=1)


def code_gaussian(codes: Tensor) -> CodeGaussian:
    """Fit to codes (N, d), as Lee et al. (2018), equation 1, do to the features of a classifier."""
    z = codes.double()
    mean = z.mean(0)
    variances, directions = torch.linalg.eigh((z - mean).T @ (z - mean) / max(1, len(z) - 1))
    variances = variances + (RIDGE * variances.max()).clamp_min(1e-12)
    return CodeGaussian(mean, directions / variances.sqrt())


def scores(by: Judge, known: CodeGaussian, split: Split, seed: int = 0) -> dict[str, np.ndarray]:
    """How strange each picture of a split is, by each measure: (N,) float32.

    ``mse``: the squared error a pixel of its reconstruction, for a VAE from the mean of its
    posterior; ``relative``: the same over the mean square of its pixels, so that a picture of
    little ink, such as a 1, does not pass for well restored; ``distance``: of its code from those
    of the training pictures; for a VAE ``elbo``: −ELBO in nats (An and Cho, 2015), drawn with
    the seed.
    """
    found: dict[str, list] = {"mse": [], "relative": [], "distance": []}
    if by.model is not None:
        found["elbo"] = []
        generator = Generator(by.model.device).manual_seed(seed)
    # Where cores are busy, threads of a small model wait for each other: many times slower.
    with threadpool_limits(1):
        for x in batches(split):
            mse = by.restore(x).mse
            found["mse"].append(mse)
            found["relative"].append(mse / x.square().flatten(1).mean(1).clamp_min(1e-3).numpy())
            found["distance"].append(known.distance(by.encode(x)).numpy())
            if by.model is not None:
                found["elbo"].append(-elbo(by.model, x, TEST_DRAWS, generator).numpy())
    return {name: _finite(np.concatenate(parts)) for name, parts in found.items()}


def _finite(scores: np.ndarray) -> np.ndarray:
    """What a VAE holds so unlikely that single precision overflows is as strange as can be."""
    top = np.finfo(np.float32).max
    return np.nan_to_num(scores, nan=top, posinf=top).clip(max=top).astype(np.float32)


def auroc(normal: np.ndarray, foreign: np.ndarray) -> float:
    """The area under the ROC curve of scores (N,) and (M,), in [0, 1]: the probability that a
    foreign picture scores higher than a normal one, ties counted half (Hanley and McNeil, 1982)."""
    rising = np.sort(normal)
    below = np.searchsorted(rising, foreign, "left") + np.searchsorted(rising, foreign, "right")
    return float(below.mean() / (2 * len(normal)))


@dataclass(frozen=True, eq=False)
class Roc:
    """The ROC curve (Fawcett, 2006): false_alarms and hits, (K,), the shares of the normal and of
    the foreign pictures above one threshold after another, both rising from 0 to 1."""

    false_alarms: np.ndarray
    hits: np.ndarray


def roc(normal: np.ndarray, foreign: np.ndarray) -> Roc:
    """One point for every score that occurs in (N,) or (M,), and the corners."""
    falling = np.unique(np.concatenate([normal, foreign]))[::-1]
    thresholds = np.append(falling, -np.inf)
    return Roc(share_above(normal, thresholds), share_above(foreign, thresholds))


def share_above(scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """The share of scores (N,) above each threshold (K,): (K,) in [0, 1]."""
    return 1 - np.searchsorted(np.sort(scores), thresholds, "right") / len(scores)


@dataclass(frozen=True)
class Confusion:
    """Counts at a threshold: of the foreign pictures ``caught`` and ``missed``, of the normal ones
    ``false_alarms`` and ``passed``."""

    caught: int
    missed: int
    false_alarms: int
    passed: int

    @property
    def recall(self) -> float:
        """The share of the foreign pictures that raise the alarm."""
        return self.caught / (self.caught + self.missed)

    @property
    def false_alarm_rate(self) -> float:
        """The share of the normal pictures that raise the alarm."""
        return self.false_alarms / (self.false_alarms + self.passed)

    @property
    def precision(self) -> float | None:
        """The share of the alarms that are right; None if there is none."""
        alarms = self.caught + self.false_alarms
        return self.caught / alarms if alarms else None


def confusion(normal: np.ndarray, foreign: np.ndarray, threshold: float) -> Confusion:
    """What a threshold gives on scores (N,) and (M,)."""
    caught, false_alarms = int((foreign > threshold).sum()), int((normal > threshold).sum())
    return Confusion(caught, len(foreign) - caught, false_alarms, len(normal) - false_alarms)


def threshold_for(normal: np.ndarray, share: float) -> float:
    """The lowest of the scores (N,) above which at most this share of them lies, in [0, 1)."""
    allowed = int(np.floor(share * len(normal)))
    return float(np.sort(normal)[len(normal) - 1 - allowed])


def inverted(split: Split) -> Split:
    """The same pictures, black on white."""
    return Split(255 - split.images, split.labels)


def noise(count: int, seed: int = 0) -> Split:
    """Pictures of uniform random pixels, all of the class 0."""
    generator = Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, 28, 28), generator=generator, dtype=torch.uint8)
    return Split(images, torch.zeros(count, dtype=torch.int64))
