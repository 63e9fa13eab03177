"""Collapsed latents, on models that are made to have some."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from aecore.config import ModelConfig
from aecore.data import load
from aecore.explore import collapse
from aecore.models import build


@pytest.fixture(scope="module")
def split():
    return load("digits").test.take(slice(0, 200))


@pytest.fixture
def vae():
    """A VAE of 4 latents, of which the last two say nothing and change nothing."""
    config = ModelConfig(variational=True, latent_dim=4, hidden=(8,), likelihood="bernoulli")
    model = build(config, seed=5).eval()
    with torch.no_grad():
        last, first = model.encoder[-1], model.decoder[0]
        last.weight[[2, 3, 6, 7]] = 0
        last.bias[[2, 3, 6, 7]] = 0
        last.weight[:2] *= 5
        first.weight[:, 2:] = 0
    return model


def test_the_kl_of_latents_is_that_of_torch(vae, split):
    mu, log_var = vae.posterior(split.pictures(slice(0, 200)))
    expected = kl_divergence(Normal(mu, (log_var / 2).exp()), Normal(0, 1)).mean(0)
    found = collapse.kl_of_latents(vae, split.pictures())
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert ((found < collapse.COLLAPSED) == torch.tensor([False, False, True, True])).all()


def test_what_the_decoder_does_not_read_changes_nothing(vae, split):
    change = collapse.change_in_picture(vae, split.pictures(slice(0, 20)))
    assert (change[2:] == 0).all()
    assert (change[:2] > 0).all()


def test_the_change_is_the_squared_difference_of_two_pictures(vae, split):
    x = split.pictures(slice(0, 3))
    found = collapse.change_in_picture(vae, x, reach=1.5)
    with torch.inference_mode():
        low, high = vae.encode(x), vae.encode(x)
        low[:, 1] -= 1.5
        high[:, 1] += 1.5
        expected = (vae.decode(high) - vae.decode(low)).square().mean()
    assert found[1] == pytest.approx(expected.item(), rel=1e-5)


def test_a_sweep_moves_one_latent_and_keeps_the_others(vae, split):
    x = split.pictures(slice(0, 1))
    values = torch.tensor([-1.0, 0.5])
    found = collapse.sweep(vae, x, 0, values)
    codes = vae.encode(x).repeat(2, 1)
    codes[:, 0] = values
    assert torch.allclose(found, vae.decode(codes))
    assert torch.equal(*collapse.sweep(vae, x, 3, values))
