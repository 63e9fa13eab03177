"""Measures on a test split, against NumPy and torch.distributions and on models made by hand."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence

from aecore.config import ModelConfig, NoiseConfig, PenaltyConfig
from aecore.metrics import evaluate, psnr
from aecore.models import build


@pytest.fixture
def vae():
    return build(ModelConfig("mlp", variational=True, latent_dim=3, hidden=()))


def constant(grey):
    """A linear autoencoder that answers one grey to everything."""
    model = build(ModelConfig("linear", latent_dim=2))
    nn.init.zeros_(model.decoder[0].weight)
    nn.init.constant_(model.decoder[0].bias, grey)
    return model


def identity():
    """A linear autoencoder that copies its 784 pixels."""
    model = build(ModelConfig("linear", latent_dim=784))
    for layer in (model.encoder[1], model.decoder[0]):
        nn.init.eye_(layer.weight)
        nn.init.zeros_(layer.bias)
    return model


def test_psnr_is_that_of_numpy():
    x, y = torch.rand(2, 8, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    pairs = zip(x.numpy(), y.numpy(), strict=True)
    expected = [20 * math.log10(1 / np.sqrt(np.mean((a - b) ** 2))) for a, b in pairs]
    assert psnr(x, y).tolist() == pytest.approx(expected, rel=1e-5)


def test_psnr_of_a_known_error():
    white = torch.ones(1, 1, 28, 28)
    assert psnr(white, white - 0.1).item() == pytest.approx(20, abs=1e-4)
    assert psnr(white, white * 0).item() == 0


def test_psnr_of_the_same_picture_is_capped():
    x = torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    assert psnr(x, x).tolist() == pytest.approx([100, 100])


def test_errors_are_means_over_all_pictures(digits):
    """The training split needs two passes of unequal size."""
    x = digits.train.images.numpy().astype(np.float64) / 255
    errors = ((x - 0.3) ** 2).mean((1, 2))
    found = evaluate(constant(0.3), digits.train)
    assert found.test_mse == pytest.approx(errors.mean(), rel=1e-5)
    assert found.psnr == pytest.approx((-10 * np.log10(errors)).mean(), rel=1e-5)
    assert found.recon_nats == pytest.approx(math.pi * 784 * errors.mean(), rel=1e-5)


def test_a_perfect_copy(digits):
    found = evaluate(identity(), digits.test)
    assert (found.test_mse, found.recon_nats) == (0, 0)
    assert found.psnr == pytest.approx(100)


def test_a_deterministic_model_has_no_kl_and_no_noise_unless_asked(digits):
    found = evaluate(constant(0.5), digits.test)
    assert found.kl_nats is found.elbo_nats is found.noisy_mse is found.noisy_psnr is None


def test_noisy_measures_compare_with_the_clean_picture(digits):
    """A copy of x + ε leaves the variance of ε."""
    found = evaluate(identity(), digits.test, NoiseConfig("gaussian", 0.5))
    assert found.noisy_mse == pytest.approx(0.25, rel=0.01)
    assert found.noisy_psnr == pytest.approx(10 * math.log10(4), abs=0.05)
    assert found.test_mse == 0


def test_the_elbo_is_minus_reconstruction_and_kl(vae, digits):
    found = evaluate(vae, digits.test)
    assert found.elbo_nats == pytest.approx(-found.recon_nats - found.kl_nats)


def test_the_elbo_does_not_depend_on_beta(digits):
    settings = {"network": "mlp", "variational": True, "hidden": (), "latent_dim": 3}
    one, ten = (evaluate(build(ModelConfig(**settings, beta=b)), digits.test) for b in (1, 10))
    assert one.elbo_nats == ten.elbo_nats


def test_the_kl_is_that_of_torch(vae, digits):
    with torch.no_grad():
        mu, log_var = vae.posterior(digits.test.pictures())
    kl = kl_divergence(Normal(mu, (log_var / 2).exp()), Normal(0.0, 1.0)).sum(1).mean()
    assert evaluate(vae, digits.test).kl_nats == pytest.approx(kl.item(), rel=1e-5)


def test_a_vae_reconstructs_from_its_mean_and_is_scored_on_a_sample(vae, digits):
    x = digits.test.pictures()
    with torch.no_grad():
        mu, _ = vae.posterior(x)
        mse = (vae.decode(mu) - x).square().mean().item()
    found = evaluate(vae, digits.test)
    assert found.test_mse == pytest.approx(mse, rel=1e-5)
    assert found.recon_nats > 1.01 * math.pi * 784 * mse


def test_the_seed_decides_the_sample(vae, digits):
    once, again, other = (evaluate(vae, digits.test, seed=s) for s in (0, 0, 1))
    assert once == again
    assert once.recon_nats != other.recon_nats
    assert once.test_mse == other.test_mse


def test_the_global_generator_is_left_alone(vae, digits):
    before = torch.get_rng_state()
    evaluate(vae, digits.test, NoiseConfig("random", 0.3))
    assert torch.equal(torch.get_rng_state(), before)


def spread_codes(model, digits, deviations):
    """Make the codes vary by these standard deviations over the test split."""
    layer = model.encoder[1]
    with torch.no_grad():
        for row, deviation in enumerate(deviations):
            found = model.encode(digits.test.pictures())[:, row].std(correction=0)
            layer.weight[row] *= deviation / found


@pytest.mark.parametrize(
    ("deviations", "active"),
    [((1, 1, 1), 3), ((1, 0, 2), 2), ((0.12, 0.08, 0), 1), ((0.05, 0.05, 0.05), 0)],
)
def test_a_latent_of_a_vae_is_active_if_its_mean_varies_by_a_hundredth(
    vae, digits, deviations, active
):
    spread_codes(vae, digits, deviations)
    assert evaluate(vae, digits.test).active_units == active


@pytest.mark.parametrize(
    ("deviations", "active"), [((1, 0.2, 0.05), 2), ((50, 1, 1), 1), ((1e-3, 1e-3, 0), 2)]
)
def test_a_latent_of_another_model_is_active_if_it_varies_beside_the_largest(
    digits, deviations, active
):
    model = build(ModelConfig("linear", latent_dim=3))
    spread_codes(model, digits, deviations)
    assert evaluate(model, digits.test).active_units == active


def test_the_accuracy_of_a_head_is_that_of_naming_by_hand(digits, vae):
    config = ModelConfig(latent_dim=5, hidden=(), penalties=(PenaltyConfig("labels", 1.0),))
    model = build(config, seed=4)
    head = model.penalties["labels"].head
    with torch.no_grad():
        z = model.encode(digits.test.pictures()).double()
        named = (z @ head.weight.double().T + head.bias.double()).argmax(1)
    expected = (named == digits.test.labels).double().mean().item()
    assert 0 < expected < 1
    assert evaluate(model, digits.test).label_accuracy == pytest.approx(expected)
    assert evaluate(vae, digits.test).label_accuracy is None
    sparse = build(ModelConfig(latent_dim=5, penalties=(PenaltyConfig("l1", 1.0),)))
    assert evaluate(sparse, digits.test).label_accuracy is None
