"""Restoring: the measures against independent ones, and the restorers against what they name."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from aecore import pca
from aecore.config import ModelConfig
from aecore.corruption import corrupt
from aecore.explore import denoising
from aecore.metrics import ssim
from aecore.models import build


def ssim_by_scipy(x, y):
    """The formula once more, with scipy's filter and only the places where it lies inside."""
    blur = lambda z: gaussian_filter(z, 1.5, radius=5)[5:-5, 5:-5]  # noqa: E731
    mx, my = blur(x), blur(y)
    vx, vy, cxy = blur(x * x) - mx**2, blur(y * y) - my**2, blur(x * y) - mx * my
    top = (2 * mx * my + 1e-4) * (2 * cxy + 9e-4)
    return np.mean(top / ((mx**2 + my**2 + 1e-4) * (vx + vy + 9e-4)))


def test_ssim_is_that_of_the_formula(digits):
    x = digits.test.pictures(slice(0, 6)).double()
    y = corrupt(x, "gaussian", 0.2, torch.Generator().manual_seed(1)).clamp(0, 1)
    expected = [ssim_by_scipy(a[0].numpy(), b[0].numpy()) for a, b in zip(x, y, strict=True)]
    assert ssim(x, y).numpy() == pytest.approx(expected, abs=1e-9)
    assert torch.allclose(ssim(x, x), torch.ones(6, dtype=torch.float64))
    assert ssim(x, 1 - x).max() < 0


def test_pca_restores_as_it_transforms(digits):
    reference = pca.fit(digits.train)
    x = digits.test.pictures(slice(0, 5))
    flat = x.flatten(1).numpy()
    expected = reference.inverse_transform(reference.transform(flat, 20))
    found = denoising.by_pca(reference, 20)(x).flatten(1).numpy()
    assert np.allclose(found, expected, atol=1e-5)


def test_a_model_restores_by_its_code(digits):
    model = build(ModelConfig("mlp", True, 3, (16,), likelihood="bernoulli")).eval()
    x = digits.test.pictures(slice(0, 4))
    with torch.inference_mode():
        assert torch.equal(denoising.by_model(model)(x), model.decode(model.encode(x)))


def test_quality_without_a_model_is_that_of_the_noise(digits):
    x = digits.test.pictures()
    first, second = denoising.quality(denoising.nothing, x, "masking", (0.2, 0.6))
    share = (x.square().mean() * torch.tensor([0.2, 0.6])).tolist()
    assert [first.mse, second.mse] == pytest.approx(share, rel=0.03)
    assert first.psnr > second.psnr
    assert first.ssim > second.ssim
    assert first.level == 0.2


def test_all_get_the_same_noise(digits):
    seen = []

    def restore(x):
        seen.append(x.clone())
        return x

    for _ in range(2):
        denoising.quality(restore, digits.test.pictures(slice(0, 9)), "gaussian", (0.5,), seed=3)
    assert torch.equal(*seen)
