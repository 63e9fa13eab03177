"""Each way of choosing a code draws from the distribution that it names."""

import numpy as np
import pytest
import torch

from aecore.explore import sampling
from aecore.explore.subspace import turn_onto

COUNT = 40_000


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def codes():
    random = torch.Generator().manual_seed(1)
    return torch.randn(5000, 3, generator=random) @ torch.tensor(
        [[2.0, 0.0, 0.0], [1.5, 0.5, 0.0], [0.0, 0.0, 0.0]]
    ) + torch.tensor([4.0, -1.0, 2.0])


def test_the_prior_is_standard_normal(generator):
    z = sampling.prior(COUNT, 3, generator)
    assert z.mean(0).abs().max() < 0.03
    assert torch.allclose(z.T.cov(), torch.eye(3), atol=0.03)


def test_the_gaussian_fit_has_the_mean_and_the_covariance_even_where_it_is_singular(
    codes, generator
):
    z = sampling.gaussian_fit(codes, COUNT, generator)
    assert torch.allclose(z.mean(0), codes.mean(0), atol=0.05)
    assert torch.allclose(z.T.cov(), codes.T.cov(), atol=0.15)
    assert z[:, 2].std() < 1e-4


def test_the_box_is_uniform_between_the_percentiles(codes, generator):
    z = sampling.box(codes, COUNT, generator)
    low, high = np.percentile(codes.numpy(), [1, 99], axis=0)
    assert np.allclose(z.amin(0), low, atol=0.05)
    assert np.allclose(z.amax(0), high, atol=0.05)
    assert torch.allclose(z[:, 0].mean(), torch.tensor(low[0] + high[0]).float() / 2, atol=0.1)


def test_the_aggregated_posterior_is_the_mixture(generator):
    mu = torch.tensor([[-3.0], [5.0]])
    deviations = torch.tensor([[0.5], [2.0]])
    z = sampling.aggregated_posterior(mu, deviations, COUNT, generator)
    assert z.mean() == pytest.approx(1.0, abs=0.1)
    # The mean of the variances and the variance of the means.
    assert z.var() == pytest.approx((0.25 + 4) / 2 + 16, rel=0.03)


def test_one_posterior_stays_with_its_picture(generator):
    z = sampling.one_posterior(
        torch.tensor([1.0, -2.0]), torch.tensor([0.1, 3.0]), COUNT, generator
    )
    assert torch.allclose(z.mean(0), torch.tensor([1.0, -2.0]), atol=0.06)
    assert torch.allclose(z.std(0), torch.tensor([0.1, 3.0]), rtol=0.03)


def test_the_nearest_error_is_that_of_the_nearest(digits):
    real = digits.train.pictures(slice(0, 40))
    off = (real[7:8] * 0.5).clamp(0, 1)
    by_hand = ((real - off) ** 2).flatten(1).mean(1).min()
    assert sampling.nearest_error(off, real).item() == pytest.approx(by_hand.item(), rel=1e-4)
    assert sampling.nearest_error(real[3:4], real).item() < 1e-9


def test_turning_one_plane_onto_another_undoes_the_turn():
    random = torch.Generator().manual_seed(2)
    a = torch.randn(200, 2, generator=random)
    angle = torch.tensor(0.9)
    turn = torch.stack(
        [torch.stack([angle.cos(), angle.sin()]), torch.stack([angle.sin(), -angle.cos()])]
    )
    found = turn_onto(a @ turn.T, a)
    assert torch.allclose(a @ turn.T @ found, a, atol=1e-5)
    assert torch.allclose(found @ found.T, torch.eye(2), atol=1e-6)
