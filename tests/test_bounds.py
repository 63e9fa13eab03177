"""Importance weights, warm-up and free bits of a VAE, against independent oracles."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from aecore.config import ModelConfig, TrainConfig
from aecore.explore import bounds as bounding
from aecore.explore.bounds import bound_of, bounds, effective_draws
from aecore.messages import ConfigError
from aecore.metrics import evaluate
from aecore.models import ImportanceWeightedAutoencoder, build
from aecore.models.importance import log_mean, log_weights
from aecore.training import Evaluation, Trainer


def vae(**settings):
    settings.setdefault("likelihood", "bernoulli")
    return build(ModelConfig(variational=True, latent_dim=3, hidden=(8,), **settings), seed=3)


@pytest.fixture
def x():
    return torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(0)).round()


def draw(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_weights_are_ratios_of_densities(x):
    model = vae()
    log_w, decoded, z = log_weights(model, x, x, 4, draw())
    mu, log_var = model.posterior(x)
    z = z.view(4, 6, 3)
    prior = Normal(0, 1).log_prob(z).sum(2)
    posterior = Normal(mu, (log_var / 2).exp()).log_prob(z).sum(2)
    pixels = Bernoulli(logits=decoded.view(4, 6, 784)).log_prob(x.flatten(1)).sum(2)
    assert torch.allclose(log_w, pixels + prior - posterior, rtol=1e-5, atol=1e-3)


def test_the_mean_is_taken_of_the_weights_and_not_of_their_logarithms():
    log_w = torch.tensor([[0.0, -800.0], [math.log(3), -800.0]])
    assert torch.allclose(log_mean(log_w), torch.tensor([math.log(2), -800.0]))


def test_one_draw_is_the_elbo(x):
    model = vae()
    many = bounds(model, x.repeat(400, 1, 1, 1), [1], draw())[0].view(400, 6)
    mu, log_var = model.posterior(x)
    kl = kl_divergence(Normal(mu, (log_var / 2).exp()), Normal(0, 1)).sum(1)
    with torch.inference_mode():
        nats = [model(x, generator=draw(i)).terms["reconstruction"] for i in range(400)]
    expected = -(torch.stack(nats).mean(0) + kl)
    assert torch.allclose(many.mean(0), expected, atol=4 * many.std().item() / 20)


def test_more_draws_make_the_bound_tighter_and_reach_log_p(x):
    # d = 1, so that log p(x) = log ∫ p(x|z) p(z) dz can be summed on a grid of z.
    model = build(
        ModelConfig(variational=True, latent_dim=1, hidden=(8,), likelihood="bernoulli"), seed=3
    )
    with torch.inference_mode():
        for layer in (model.decoder[0], model.decoder[2]):
            layer.weight.mul_(3)
        grid = torch.linspace(-7, 7, 4001)[:, None]
        logits = model.decoder(grid)
        pixels = torch.stack(
            [Bernoulli(logits=logits).log_prob(picture.flatten()).sum(1) for picture in x]
        )
        prior = Normal(0, 1).log_prob(grid[:, 0])
        exact = torch.logsumexp(pixels + prior + math.log(14 / 4000), 1)
    found = bounds(model, x, [1, 10, 100, 5000], draw())
    means = found.mean(1)
    assert (means.diff() > -0.05).all()
    assert torch.allclose(found[-1], exact, atol=0.2)
    assert means[-1] == pytest.approx(exact.mean().item(), abs=0.05)
    assert means[0] < exact.mean() - 0.05


def test_importance_weighting_is_trained_with_its_bound(x):
    model = vae(importance_samples=5)
    assert isinstance(model, ImportanceWeightedAutoencoder)
    output = model.objective(x, x, torch.zeros(6), draw())
    log_w, _, _ = log_weights(model, x, x, 5, draw())
    assert set(output.terms) == {"bound"}
    assert torch.allclose(output.loss, -log_mean(log_w).mean())
    assert output.decoded.shape == (6, 784)
    # Otherwise it is a VAE: the ELBO is measured as ever.
    assert set(model(x).terms) == {"reconstruction", "kl"}


def test_the_kl_term_warms_up(x):
    model = vae(beta=4.0, kl_warm_up=0.5)
    found = []
    for progress in (0, 0.25, 0.75):
        model.advance(progress)
        found.append(model.objective(x, x, torch.zeros(6)).weights["kl"])
    assert found == [0, 2, 4]


def test_free_bits_charge_each_latent_at_least_its_nats(x):
    model = vae(free_bits=0.5)
    mu, log_var = model.posterior(x)
    kl = kl_divergence(Normal(mu, (log_var / 2).exp()), Normal(0, 1)).mean(0)
    expected = sum(max(0.5, value) for value in kl.tolist())
    output = model.objective(x, x, torch.zeros(6), draw())
    assert output.terms["charged-kl"][0].item() == pytest.approx(expected, rel=1e-4)
    reconstruction = output.terms["reconstruction"].mean()
    assert output.loss.item() == pytest.approx((reconstruction + expected).item(), rel=1e-5)
    # A latent below its free nats feels no pull to the prior.
    output.terms["charged-kl"].mean().backward()
    assert (kl < 0.5).all()
    assert not model.encoder[-1].weight.grad.any()


@pytest.mark.parametrize(
    "settings",
    [
        {"importance_samples": 0},
        {"importance_samples": 5, "beta": 2.0},
        {"importance_samples": 5, "kl_warm_up": 0.5},
        {"importance_samples": 5, "free_bits": 0.5},
        {"kl_warm_up": 1.1},
        {"free_bits": -1},
    ],
)
def test_what_does_not_fit_is_refused(settings):
    with pytest.raises(ConfigError):
        vae(**settings)


@pytest.mark.parametrize(
    ("settings", "terms"),
    [
        ({"importance_samples": 3}, {"bound"}),
        ({"free_bits": 0.2, "kl_warm_up": 0.5}, {"reconstruction", "kl", "charged-kl"}),
    ],
)
def test_a_run_on_binarised_pictures_shows_its_terms(digits, settings, terms):
    model = ModelConfig(
        variational=True, latent_dim=3, hidden=(16,), likelihood="bernoulli", **settings
    )
    config = TrainConfig(model, "digits", epochs=2, binarize=True)
    assert TrainConfig.from_json(config.to_json()) == config
    trainer = Trainer(config, digits)
    last = [event for event in trainer.run() if isinstance(event, Evaluation)][-1]
    assert set(last.losses.terms) == terms
    again = evaluate(trainer.model, digits.test, binarize=True)
    assert last.metrics == again
    assert again.test_mse > evaluate(trainer.model, digits.test).test_mse


def test_the_draws_of_one_picture_give_its_bounds(x):
    model = vae()
    found = bounding.draw(model, x[:1], 4000, 7, draw())
    assert found.log_w.shape == (4000,)
    assert found.pictures.shape == (7, 1, 28, 28)
    assert 0 <= found.pictures.min() <= found.pictures.max() <= 1
    # Of other draws: the two agree within their errors.
    others = bounds(model, x[:1], [1, 4000], draw(1))[1]
    assert bound_of(found.log_w, 4000).item() == pytest.approx(others.item(), abs=0.5)
    assert found.log_w.mean() < others


def test_a_bound_is_taken_of_groups_of_draws():
    log_w = torch.tensor([0.0, math.log(3), math.log(5), math.log(7), 99.0])
    assert torch.allclose(bound_of(log_w, 2), torch.tensor([math.log(2), math.log(6)]))
    assert torch.equal(bound_of(log_w, 1), log_w)


def test_draws_of_equal_weight_count_all_and_one_heavy_draw_counts_alone():
    assert effective_draws(torch.full((8,), -500.0)) == pytest.approx(8)
    assert effective_draws(torch.tensor([0.0, -400.0, -400.0])) == pytest.approx(1)
    assert effective_draws(torch.tensor([0.0, math.log(3)])) == pytest.approx(16 / 10)
