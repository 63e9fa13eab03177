"""−log p(x|z) against torch.distributions."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Laplace, Normal

from aecore.likelihood import nats, picture


@pytest.fixture
def pair():
    """What a decoder puts out, and the picture it was meant to be."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(5, 784, generator=generator) * 3, torch.rand(5, 784, generator=generator)


def test_bernoulli_is_the_log_probability_of_black_and_white_pixels(pair):
    logits, x = pair
    x = (x > 0.5).float()
    expected = -Bernoulli(logits=logits).log_prob(x).sum(1)
    torch.testing.assert_close(nats("bernoulli", logits, x), expected)


def test_bernoulli_is_the_cross_entropy_of_grey_pixels(pair):
    logits, x = pair
    p = torch.sigmoid(logits.double())
    expected = -(x * p.log() + (1 - x) * (1 - p).log()).sum(1)
    torch.testing.assert_close(nats("bernoulli", logits, x).double(), expected, rtol=1e-5, atol=0)


@pytest.mark.parametrize("linear", [True, False])
def test_gaussian_is_the_log_density_with_variance_one_over_two_pi(pair, linear):
    output, x = pair
    mean = output if linear else torch.sigmoid(output)
    expected = -Normal(mean, math.sqrt(1 / (2 * math.pi))).log_prob(x).sum(1)
    torch.testing.assert_close(nats("gaussian", output, x, linear=linear), expected)


@pytest.mark.parametrize("linear", [True, False])
def test_laplace_is_the_log_density_with_scale_one_half(pair, linear):
    output, x = pair
    mean = output if linear else torch.sigmoid(output)
    expected = -Laplace(mean, 0.5).log_prob(x).sum(1)
    torch.testing.assert_close(nats("laplace", output, x, linear=linear), expected)


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
def test_a_perfect_reconstruction_costs_nothing(pair, law):
    _, x = pair
    assert nats(law, x, x, linear=True).tolist() == [0.0] * 5


def test_bernoulli_stays_finite_where_the_probability_underflows():
    x = torch.zeros(1, 784)
    surely_wrong = torch.full((1, 784), 200.0)
    assert nats("bernoulli", surely_wrong, x).item() == pytest.approx(200 * 784)


@pytest.mark.parametrize("law", ["bernoulli", "gaussian", "laplace"])
def test_half_precision_outputs_are_summed_in_single_precision(pair, law):
    output, x = pair
    rounded = output.bfloat16()
    found = nats(law, rounded, x)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, nats(law, rounded.float(), x))


@pytest.mark.parametrize("law", ["bernoulli", "gaussian", "laplace"])
def test_the_best_output_for_a_picture_is_the_picture(law):
    x = torch.tensor([[0.2, 0.5, 0.9]])
    output = torch.logit(x).requires_grad_()
    best = nats(law, output, x)
    for shift in (-0.1, 0.1):
        assert (nats(law, output + shift, x) > best).all()


def test_a_linear_decoder_may_leave_the_pixel_range():
    output = torch.tensor([-2.0, 3.0])
    assert picture(output, linear=True).tolist() == [-2.0, 3.0]
    torch.testing.assert_close(picture(output), 1 / (1 + torch.exp(-output)))


def test_an_unknown_law_is_refused(pair):
    with pytest.raises(ValueError, match="poisson"):
        nats("poisson", *pair)
