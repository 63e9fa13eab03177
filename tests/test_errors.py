"""What is lost on the way through a code, against the plain formulas."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from aecore import pca
from aecore.config import ModelConfig
from aecore.explore import errors
from aecore.metrics import evaluate
from aecore.models import build


@pytest.fixture(scope="module")
def model():
    return build(ModelConfig("mlp", latent_dim=4, hidden=(16,)), seed=1).eval()


def test_pca_restores_as_scikit_learn_does(digits):
    x = digits.test.pictures(slice(0, 7))
    small = PCA(5, svd_solver="full").fit(pca.flat(digits.train))
    flat = x.flatten(1).numpy()
    expected = small.inverse_transform(small.transform(flat)).reshape(-1, 28, 28)
    restored = errors.by_pca(pca.fit(digits.train), x, 5)
    np.testing.assert_allclose(restored.pictures, expected, atol=1e-4)
    assert restored.pictures.min() < 0, "it must not be clipped"
    np.testing.assert_allclose(restored.errors, expected - x[:, 0].numpy(), atol=1e-4)


def test_the_errors_of_all_pictures_are_the_metrics_of_the_model(model, digits):
    restored = errors.by_model(model, digits.test.pictures())
    metrics = evaluate(model, digits.test)
    assert restored.mse.mean() == pytest.approx(metrics.test_mse, rel=1e-4)
    assert restored.psnr.mean() == pytest.approx(metrics.psnr, rel=1e-4)


def test_the_mse_of_pca_is_that_of_its_reference(digits):
    reference = pca.fit(digits.train)
    restored = errors.by_pca(reference, digits.test.pictures(), 9)
    assert restored.mse.mean() == pytest.approx(reference.test_mse(digits.test, 9), rel=1e-4)


def test_numbers_of_one_picture_by_hand(model, digits):
    x = digits.test.pictures(slice(0, 3))
    restored = errors.by_model(model, x)
    with torch.inference_mode():
        difference = (model.decode(model.encode(x)) - x).numpy()[:, 0]
    np.testing.assert_allclose(restored.errors, difference, atol=1e-6)
    for i in range(3):
        mse = np.mean(difference[i] ** 2)
        assert restored.mse[i] == pytest.approx(mse, rel=1e-5)
        assert restored.psnr[i] == pytest.approx(-10 * np.log10(mse), rel=1e-5)


def test_the_common_scale_leaves_one_error_in_a_hundred_out():
    random = np.random.default_rng(0)
    parts = []
    for size in (20, 90):
        grey = random.uniform(-size, size, (5, 28, 28)).astype(np.float32)
        parts.append(errors.Restored(grey, grey / 255, np.zeros(5), np.zeros(5)))
    limit = errors.error_limit(parts)
    assert limit == 90
    beyond = np.mean([np.abs(part.errors) > limit / 255 for part in parts])
    assert beyond <= 0.01
    assert errors.error_limit(parts[:1]) == 20


def test_perfect_reconstructions_have_a_scale_all_the_same():
    nothing = np.zeros((2, 28, 28), np.float32)
    assert errors.error_limit([errors.Restored(nothing, nothing, nothing, nothing)]) == 10
