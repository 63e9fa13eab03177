"""Principal component analysis: the reference that every autoencoder is set beside.

scikit-learn's PCA, fitted once a dataset with all 784 components; the first d of them are
the PCA of size d.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from aecore.config import PIXELS
from aecore.data import Split


@dataclass(frozen=True, eq=False)
class PCAReference:
    """mean: (784,); components: (784, 784), orthonormal rows by falling variance;
    variance: (784,), of the training split along each."""

    mean: np.ndarray
    components: np.ndarray
    variance: np.ndarray

    def transform(self, x: np.ndarray, d: int) -> np.ndarray:
        """Codes of pictures: (B, 784) in [0, 1] → (B, d)."""
        return (x - self.mean) @ self.components[:d].T

    def inverse_transform(self, z: np.ndarray) -> np.ndarray:
        """Pictures of codes: (B, d) → (B, 784), not clipped."""
        return z @ self.components[: z.shape[1]] + self.mean

    def test_mse(self, split: Split, d: int) -> float:
        """Mean squared error a pixel on ``split`` with d components (all 784 if d is larger)."""
        return float(_errors(self, split)[min(d, PIXELS)])

    def recon_nats(self, split: Split, d: int) -> float:
        """The same error as −log p(x|z) of the Gaussian of ``aecore.likelihood``."""
        return math.pi * PIXELS * self.test_mse(split, d)

    @property
    def shares(self) -> np.ndarray:
        """The share of the whole variance along each component: (784,), with sum 1."""
        return self.variance / self.variance.sum()

    def size_for_share(self, share: float) -> int:
        """The smallest d whose components keep this share of the variance, in (0, 1)."""
        return int(np.searchsorted(np.cumsum(self.shares), share)) + 1

    def size_for_error(self, split: Split, error: float) -> int:
        """The smallest d whose MSE a pixel on ``split`` is at most ``error``."""
        return int(np.argmax(_errors(self, split) <= error))

    def parameter_count(self, d: int) -> int:
        """The mean and d components."""
        return PIXELS * (min(d, PIXELS) + 1)


@lru_cache(maxsize=8)
def _errors(reference: PCAReference, split: Split) -> np.ndarray:
    """The MSE a pixel with 0, 1, …, 784 components: the rows of ``components`` are orthonormal,
    so each takes the mean square of its own coordinate away."""
    centred = (flat(split) - reference.mean).astype(np.float64)
    squares = np.mean((centred @ reference.components.T.astype(np.float64)) ** 2, axis=0)
    whole = np.mean(np.sum(centred**2, axis=1))
    left = whole - np.concatenate([[0.0], np.cumsum(squares)])
    return left.clip(0) / PIXELS


def flat(split: Split) -> np.ndarray:
    """The pictures of a split as (N, 784) float32 in [0, 1]."""
    return split.images.cpu().numpy().reshape(len(split), PIXELS).astype(np.float32) / 255


@lru_cache(maxsize=4)
def fit(train: Split) -> PCAReference:
    """Fit on a training split; the last few are kept in memory."""
    from sklearn.decomposition import PCA

    pca = PCA(svd_solver="covariance_eigh").fit(flat(train))
    return PCAReference(pca.mean_, pca.components_, pca.explained_variance_)
