"""The probes against counting by hand, and against a regression fitted by another method."""

import numpy as np
import pytest
from scipy.optimize import minimize

from aecore.explore import probes


def blobs(count, spread, seed=0, scale=(1.0, 1.0)):
    """Codes (3 · count, 2) around three corners of a triangle, and their classes."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), count)
    corners = np.array([[0, 0], [10, 0], [0, 10]])
    codes = corners[labels] + spread * random.normal(size=(len(labels), 2))
    return (codes * np.array(scale)).astype(np.float32), labels


def votes_by_hand(train, labels, test, k):
    """The class that most of the k nearest have; the smallest one if several have as many."""
    distance = ((test[:, None].astype(float) - train[None].astype(float)) ** 2).sum(2)
    nearest = labels[np.argsort(distance, axis=1, kind="stable")[:, :k]]
    return np.array([np.bincount(row, minlength=3).argmax() for row in nearest])


@pytest.mark.parametrize("k", [1, 3, 5])
def test_the_neighbours_vote_as_counted_by_hand(k):
    (train, labels), (test, truth) = blobs(60, 6, seed=1), blobs(40, 6, seed=2)
    expected = np.mean(votes_by_hand(train, labels, test, k) == truth)
    assert 0.5 < expected < 0.95
    found = probes.knn_accuracy(train, labels, test, truth, k, standardise=False)
    assert found == pytest.approx(expected, abs=1e-9)


def test_standardised_neighbours_do_not_care_for_the_scale_of_a_value():
    sets = [*blobs(60, 4, seed=1), *blobs(60, 4, seed=2)]
    stretched = [*blobs(60, 4, seed=1, scale=(1, 500)), *blobs(60, 4, seed=2, scale=(1, 500))]
    assert probes.knn_accuracy(*stretched) == pytest.approx(probes.knn_accuracy(*sets))
    raw = probes.knn_accuracy(*stretched, standardise=False)
    assert raw < probes.knn_accuracy(*sets) - 0.05


def test_the_scale_is_learned_on_the_training_codes_alone():
    train, labels = blobs(50, 1, seed=1)
    test, truth = blobs(50, 1, seed=2)
    moved = test + np.array([100, 0])
    assert probes.knn_accuracy(train, labels, test, truth) > 0.99
    assert probes.knn_accuracy(train, labels, moved, truth) < 0.5


def regression_by_hand(train, labels, test):
    """Multinomial logistic regression with the ridge ½‖W‖², by another minimiser."""
    mean, deviation = train.mean(0), train.std(0)
    a, b = (train - mean) / deviation, (test - mean) / deviation
    truth = np.eye(3)[labels]

    def loss(flat):
        weights, bias = flat[:6].reshape(2, 3), flat[6:]
        scores = a @ weights + bias
        log_sum = np.log(np.exp(scores - scores.max(1, keepdims=True)).sum(1)) + scores.max(1)
        return (log_sum - (scores * truth).sum(1)).sum() + 0.5 * (weights**2).sum()

    best = minimize(loss, np.zeros(9), method="BFGS").x
    return (b @ best[:6].reshape(2, 3) + best[6:]).argmax(1)


def test_the_regression_is_that_of_another_minimiser():
    (train, labels), (test, truth) = blobs(60, 6, seed=3), blobs(100, 6, seed=4)
    expected = np.mean(regression_by_hand(train.astype(float), labels, test) == truth)
    assert 0.5 < expected < 0.95
    found = probes.logistic_accuracy(train, labels, test, truth)
    assert found == pytest.approx(expected, abs=0.007)


def test_flat_boundaries_fail_where_neighbours_do_not():
    random = np.random.default_rng(0)
    codes = random.uniform(-1, 1, (800, 2)).astype(np.float32)
    labels = (codes[:, 0] * codes[:, 1] > 0).astype(int)
    sets = (codes[:400], labels[:400], codes[400:], labels[400:])
    assert probes.knn_accuracy(*sets) > 0.9
    assert probes.logistic_accuracy(*sets) < 0.65


def test_a_value_that_never_changes_does_no_harm():
    (train, labels), (test, truth) = blobs(40, 1, seed=1), blobs(40, 1, seed=2)
    train, test = (np.pad(codes, ((0, 0), (0, 1)), constant_values=7) for codes in (train, test))
    assert probes.knn_accuracy(train, labels, test, truth) > 0.99
    assert probes.logistic_accuracy(train, labels, test, truth) > 0.99


def test_the_subsample_is_fixed_by_its_seed_and_repeats_nothing():
    first = probes.subsample(1000, 200, seed=3)
    assert len(set(first.tolist())) == 200
    assert first.min() >= 0
    assert first.max() < 1000
    assert (first == probes.subsample(1000, 200, seed=3)).all()
    assert (first != probes.subsample(1000, 200, seed=4)).any()
    assert probes.subsample(50, 200).tolist() == list(range(50))


def test_the_standard_error_is_how_much_an_accuracy_varies():
    random = np.random.default_rng(0)
    accuracies = random.binomial(500, 0.9, 20_000) / 500
    assert probes.standard_error(0.9, 500) == pytest.approx(accuracies.std(), rel=0.03)
    assert probes.standard_error(1.0, 500) == 0
