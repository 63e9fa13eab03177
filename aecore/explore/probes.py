"""What codes are worth to somebody who must name the digit: two simple classifiers on them.

A linear probe (Alain and Bengio, 2016) asks whether the classes can be told apart by flat
boundaries, the nearest neighbours (Cover and Hart, 1967) whether codes of one class lie
together. Neither changes the codes, so that models of different families compare.
"""

from __future__ import annotations

import numpy as np

ITERATIONS = 300


def subsample(total: int, count: int, seed: int = 0) -> np.ndarray:
    """Indices of ``count`` of ``total`` pictures at random without repeats (all if there are
    fewer), rising; the same seed gives the same."""
    chosen = np.random.default_rng(seed).permutation(total)[:count]
    return np.sort(chosen)


def knn_accuracy(
    train_codes: np.ndarray,
    train_labels: np.ndarray,
    test_codes: np.ndarray,
    test_labels: np.ndarray,
    k: int = 5,
    *,
    standardise: bool = True,
) -> float:
    """The share of test codes (M, d) whose k nearest of the training codes (N, d) vote for the
    right class, in [0, 1].

    standardise: bring each value to mean 0 and variance 1 (on the training codes) first, so
    that all count alike in the Euclidean distance.
    """
    from sklearn.neighbors import KNeighborsClassifier

    if standardise:
        train_codes, test_codes = _standardised(train_codes, test_codes)
    votes = KNeighborsClassifier(min(k, len(train_codes)), algorithm="brute")
    return float(votes.fit(train_codes, train_labels).score(test_codes, test_labels))


def logistic_accuracy(
    train_codes: np.ndarray,
    train_labels: np.ndarray,
    test_codes: np.ndarray,
    test_labels: np.ndarray,
) -> float:
    """The same of ``logistic`` on the standardised codes, with C = 1."""
    train_codes, test_codes = _standardised(train_codes, test_codes)
    return float(np.mean(logistic(train_codes, train_labels, test_codes) == test_labels))


def logistic(
    train_codes: np.ndarray, train_labels: np.ndarray, test_codes: np.ndarray, c: float = 1.0
) -> np.ndarray:
    """The classes (M,) that a multinomial logistic regression gives to test codes (M, d).

    It learns from (N, d) codes and their labels (N,), at most 300 iterations of L-BFGS, with
    scikit-learn's ridge: it minimises C Σ −log p(y|z) + ½ ‖W‖².
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    # Its products are so small that threads only wait for each other: many times slower.
    with threadpool_limits(1):
        probe = LogisticRegression(C=c, max_iter=ITERATIONS).fit(train_codes, train_labels)
        return probe.predict(test_codes)


def standard_error(accuracy: float, count: int) -> float:
    """Of an accuracy measured on ``count`` pictures (binomial)."""
    return float(np.sqrt(accuracy * (1 - accuracy) / count))


def _standardised(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(test)
