"""How much noise an autoencoder copies: the identity, a constant, and PCA know the answer."""

import numpy as np
import pytest
import torch
from torch import nn

from aecore.config import ModelConfig
from aecore.explore import copying
from aecore.models import build


@pytest.fixture(scope="module")
def x(digits):
    return digits.test.pictures()


def linear(matrix, bias):
    """The linear autoencoder x̂ = M Mᵀ (x − b) + b for orthonormal columns M (784, d)."""
    model = build(ModelConfig("linear", latent_dim=matrix.shape[1]))
    with torch.no_grad():
        model.encoder[1].weight.copy_(matrix.T)
        model.encoder[1].bias.copy_(-(matrix.T @ bias))
        model.decoder[0].weight.copy_(matrix)
        model.decoder[0].bias.copy_(bias)
    return model


def test_the_identity_loses_nothing_of_digits_or_noise(x):
    model = linear(torch.eye(784), torch.zeros(784))
    for kind in copying.KINDS:
        found = copying.copying(model, x, kind)
        assert found.digits == pytest.approx(0, abs=1e-9)
        assert found.noise == pytest.approx(0, abs=1e-9)
        assert found.copied == pytest.approx(1)


def test_the_mean_picture_loses_everything(x):
    model = linear(torch.zeros(784, 3), x.mean(0).flatten())
    found = copying.copying(model, x, "shuffled")
    assert found.digits == pytest.approx(1, rel=1e-5)
    # Shuffled pixels have the same mean picture.
    assert found.noise == pytest.approx(1, rel=1e-5)


def test_what_pca_loses_is_the_variance_that_it_leaves(x):
    flat = x.flatten(1).numpy().astype(np.float64)
    mean = flat.mean(0)
    _u, s, vh = np.linalg.svd(flat - mean, full_matrices=False)
    model = linear(torch.from_numpy(vh[:20].T).float(), torch.from_numpy(mean).float())
    expected = np.square(s[20:]).sum() / np.square(s).sum()
    assert copying.unexplained(model, x) == pytest.approx(expected, rel=1e-3)


def test_white_noise_comes_back_as_far_as_the_code_is_wide(x):
    basis, _ = torch.linalg.qr(torch.randn(784, 196, generator=torch.Generator().manual_seed(0)))
    model = linear(basis, torch.full((784,), 0.5))
    assert copying.copying(model, x, "uniform").copied == pytest.approx(196 / 784, abs=0.03)


def test_shuffled_pixels_keep_their_values_and_lose_their_company(x):
    noise = copying.noise_like(x, "shuffled")
    assert noise.shape == x.shape
    assert torch.equal(noise.flatten(1).sort(0).values, x.flatten(1).sort(0).values)
    busy = x.flatten(1).std(0) > 0.3
    before, after = (torch.corrcoef(p.flatten(1)[:, busy].T) for p in (x, noise))
    off = ~torch.eye(len(before), dtype=torch.bool)
    assert after[off].abs().mean() < 0.4 * before[off].abs().mean()


def test_the_same_seed_gives_the_same_noise(x):
    for kind in copying.KINDS:
        one, again = (copying.noise_like(x[:50], kind, seed=4) for _ in range(2))
        assert torch.equal(one, again)
        assert not torch.equal(one, copying.noise_like(x[:50], kind, seed=5))
        assert one.min() >= 0
        assert one.max() <= 1


def test_what_is_lost_does_not_hang_on_the_batches(x):
    model = build(ModelConfig("mlp", latent_dim=4, hidden=(8,)), seed=1)
    nn.init.normal_(model.decoder[-1].weight)
    twice = torch.cat([x] * 4)
    assert len(twice) > 1000
    assert copying.unexplained(model, twice) == pytest.approx(copying.unexplained(model, x))
