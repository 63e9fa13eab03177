"""The PCA reference against NumPy's singular values and scikit-learn's own smaller PCA."""

import math

import numpy as np
import pytest
from sklearn.decomposition import PCA

from aecore import pca


@pytest.fixture(scope="module")
def reference(digits):
    return pca.fit(digits.train)


@pytest.fixture(scope="module")
def centred(digits):
    x = digits.train.images.numpy().reshape(-1, 784) / 255
    return x - x.mean(0)


@pytest.mark.parametrize("d", [1, 2, 10, 100])
def test_the_training_error_is_the_variance_that_is_left_out(reference, digits, centred, d):
    """Eckart and Young (1936)."""
    left_out = np.linalg.svd(centred, compute_uv=False)[d:]
    expected = (left_out**2).sum() / centred.size
    assert reference.test_mse(digits.train, d) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("d", [1, 5, 50])
def test_the_test_error_is_that_of_a_pca_of_this_size(reference, digits, d):
    train, test = (
        split.images.numpy().reshape(-1, 784) / 255 for split in (digits.train, digits.test)
    )
    small = PCA(d, svd_solver="full").fit(train)
    expected = np.mean((small.inverse_transform(small.transform(test)) - test) ** 2)
    assert reference.test_mse(digits.test, d) == pytest.approx(expected, rel=1e-3)


def test_the_components_are_orthonormal(reference):
    gram = reference.components @ reference.components.T
    np.testing.assert_allclose(gram, np.eye(784), atol=1e-4)


def test_the_variances_fall_and_are_those_of_the_codes(reference, digits):
    codes = reference.transform(pca.flat(digits.train), 20)
    assert (np.diff(reference.variance) <= 0).all()
    np.testing.assert_allclose(codes.var(0, ddof=1), reference.variance[:20], rtol=1e-3)


def test_more_components_never_make_it_worse(reference, digits):
    errors = [reference.test_mse(digits.test, d) for d in (1, 2, 4, 8, 16, 32, 64, 128)]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("d", [784, 1568])
def test_all_components_restore_every_picture(reference, digits, d):
    assert reference.test_mse(digits.test, d) < 1e-8


def test_the_mean_is_the_picture_of_the_code_zero(reference, digits):
    mean = digits.train.images.numpy().reshape(-1, 784).mean(0) / 255
    np.testing.assert_allclose(reference.inverse_transform(np.zeros((1, 3)))[0], mean, atol=1e-5)


def test_nats_are_those_of_the_gaussian_likelihood(reference, digits):
    nats = reference.recon_nats(digits.test, 5)
    assert nats == pytest.approx(math.pi * 784 * reference.test_mse(digits.test, 5))


@pytest.mark.parametrize(("d", "count"), [(1, 1568), (32, 784 * 33), (1568, 784 * 785)])
def test_the_parameters_are_the_mean_and_the_components(reference, d, count):
    assert reference.parameter_count(d) == count


def test_a_split_is_fitted_once(reference, digits):
    assert pca.fit(digits.train) is reference


def test_the_shares_are_scikit_learns(reference, digits):
    whole = PCA(30).fit(digits.train.images.numpy().reshape(-1, 784) / 255)
    np.testing.assert_allclose(reference.shares[:30], whole.explained_variance_ratio_, rtol=1e-3)
    assert reference.shares.sum() == pytest.approx(1)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.99])
def test_no_fewer_components_keep_the_share(reference, digits, share):
    d = reference.size_for_share(share)
    expected = PCA(share, svd_solver="full").fit(pca.flat(digits.train)).n_components_
    assert d == expected
    assert reference.shares[:d].sum() >= share > reference.shares[: d - 1].sum()


def test_no_fewer_components_reach_the_error(reference, digits):
    for d in (1, 7, 60):
        error = reference.test_mse(digits.test, d)
        assert reference.size_for_error(digits.test, error) == d
        assert reference.size_for_error(digits.test, error * 0.999) == d + 1
