"""The failure museum: each symptom on models made to have it, and the wrong scaling of the loss."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Normal, kl_divergence

from aecore.config import ModelConfig, QuantizerConfig, TrainConfig
from aecore.explore import failures
from aecore.explore.failures import FAILURES, Explosion, Trained, Use
from aecore.messages import ConfigError
from aecore.models import build
from aecore.training import Evaluation, Step, Trainer

VAE = ModelConfig(variational=True, latent_dim=3, hidden=(8,), likelihood="bernoulli")


@pytest.fixture(scope="module")
def x(digits):
    return digits.test.pictures()


def posterior_of(mu, log_var, decoder=None):
    """A VAE that encodes every picture alike."""
    model = build(ModelConfig(variational=True, latent_dim=len(mu), hidden=()))
    with torch.no_grad():
        model.encoder[-1].weight.zero_()
        model.encoder[-1].bias.copy_(torch.tensor([*mu, *log_var]))
        if decoder is not None:
            model.decoder[-1].weight.copy_(decoder)
            model.decoder[-1].bias.zero_()
    return model.eval()


def test_a_posterior_that_is_the_prior_has_collapsed(x):
    found = failures.collapse(posterior_of([0.0, 0.0], [0.0, 0.0], torch.zeros(784, 2)), x)
    assert found.kl.tolist() == [0, 0]
    assert (found.active, found.share, found.total, found.variety) == (0, 0, 0, 0)


def test_the_kl_of_each_latent_is_that_of_torch_and_decides_who_is_active(x):
    mu, log_var = [0.0, 0.1, 1.0], [0.0, 0.0, -2.0]
    found = failures.collapse(posterior_of(mu, log_var), x)
    expected = kl_divergence(
        Normal(torch.tensor(mu), (torch.tensor(log_var) / 2).exp()), Normal(0.0, 1.0)
    )
    torch.testing.assert_close(found.kl, expected)
    # ½ 0.1² is half of a hundredth of a nat.
    assert found.active == 1
    assert found.share == pytest.approx(1 / 3)
    assert found.total == pytest.approx(float(expected.sum()))


def test_the_variety_is_the_variance_that_the_decoder_makes_of_the_prior(x):
    w = torch.full((784, 1), 0.01)
    found = failures.collapse(posterior_of([0.0], [0.0], w), x)
    # A sigmoid has slope ¼ at 0: 784 pixels of variance (w / 4)².
    real = x.flatten(1).numpy().astype(np.float64).var(0).sum()
    assert found.variety == pytest.approx(784 * (0.01 / 4) ** 2 / real, rel=0.1)


def grey_scale():
    """A linear autoencoder whose code is the mean grey of a picture."""
    model = build(ModelConfig("linear", latent_dim=1))
    with torch.no_grad():
        model.encoder[1].weight.fill_(1 / 784)
        model.encoder[1].bias.zero_()
        model.decoder[0].weight.fill_(1.0)
        model.decoder[0].bias.zero_()
    return model


def test_holes_are_the_draws_far_from_every_real_picture():
    # Real pictures are nearly black or nearly white: what is drawn between them is grey.
    dark = 0.1 * torch.rand(200, generator=torch.Generator().manual_seed(0))
    grey = torch.cat([dark, 1 - dark])[:, None, None, None].expand(-1, 1, 28, 28)
    found = failures.holes(grey_scale(), grey[::2], grey[1::2])
    assert found.usual < 1e-4
    real = grey[1::2, 0, 0, 0]
    nearest = (found.draws - real).square().amin(1)
    torch.testing.assert_close(found.box, nearest, atol=1e-4, rtol=1e-3)
    assert found.share == pytest.approx(0.8, abs=0.06)
    assert found.share == float((found.box > found.usual).double().mean())
    # A normal distribution spreads over greys that are no more real.
    assert found.beyond(found.fit) > 0.6


def test_where_all_greys_are_real_there_are_no_holes():
    ramp = torch.linspace(0, 1, 2001)[:, None, None, None].expand(-1, 1, 28, 28)
    found = failures.holes(grey_scale(), ramp[::20], ramp)
    assert found.box.max() < 1e-3


def test_codes_in_use_are_counted_as_by_hand(x):
    config = ModelConfig(
        "conv", latent_dim=49 * 2, hidden=(), channels=2, quantizer=QuantizerConfig(6, decay=0.0)
    )
    model = build(config, seed=3).eval()
    with torch.no_grad():
        model.codebook[4] = 1e6
    counts = np.zeros(6)
    for picture in x[:20]:
        for place in model.encoder(picture[None])[0].flatten(1).T:
            counts[int((model.codebook - place).square().sum(1).argmin())] += 1
    found = failures.codes_in_use(model, x[:20])
    np.testing.assert_allclose(found.shares, counts / counts.sum(), rtol=1e-6)
    assert found.dead == np.count_nonzero(counts == 0) >= 1
    assert found.share == found.dead / 6


def test_perplexity_counts_what_is_used_equally():
    assert Use(torch.tensor([0.25, 0.25, 0.0, 0.25, 0.25])).perplexity == pytest.approx(4)
    assert Use(torch.tensor([2.0, 0.0])).perplexity == pytest.approx(1)


def test_units_in_use_are_those_among_the_k_largest(x):
    config = ModelConfig(latent_dim=12, hidden=(), code_activation="k-sparse", k=3, k_anneal=0.0)
    model = build(config, seed=2).eval()
    with torch.no_grad():
        model.encoder[-1].bias[5] = -100
    found = failures.units_in_use(model, x)
    with torch.no_grad():
        raw = model.encoder(x).numpy()
    among = np.zeros(12)
    for row in raw:
        among[np.argsort(row)[-3:]] += 1
    np.testing.assert_allclose(found.shares, among / len(x), atol=1e-6)
    assert found.shares[5] == 0
    assert found.dead == np.count_nonzero(among == 0)


def test_the_identity_is_told(x):
    model = build(ModelConfig("linear", latent_dim=784))
    with torch.no_grad():
        for layer in (model.encoder[1], model.decoder[0]):
            layer.weight.copy_(torch.eye(784))
            layer.bias.zero_()
    failure = FAILURES["identity"]
    symptom = failure.examine(Trained(model, x, x, 1.0, [], False))
    assert failure.number(symptom) == pytest.approx(1)
    assert failure.is_ill(symptom)


@pytest.mark.parametrize(
    ("losses", "broken", "ratio", "ill"),
    [
        ([400.0, 150.0], False, 0.3, False),
        ([400.0, 1500.0], False, 3.0, True),
        ([400.0, 150.0], True, math.inf, True),
        ([], True, math.inf, True),
    ],
)
def test_a_loss_above_that_of_the_start_or_no_number_is_an_explosion(losses, broken, ratio, ill):
    failure = FAILURES["rate"]
    symptom = failure.examine(Trained(None, None, None, 500.0, losses, broken))
    assert isinstance(symptom, Explosion)
    assert failure.number(symptom) == ratio
    assert failure.is_ill(symptom) == ill


def test_half_of_the_latents_must_be_active_and_a_nat_must_be_spent(x):
    alive = posterior_of([1.0, 1.0], [0.0, 0.0])
    half = posterior_of([1.0, 0.0, 0.0], [0.0, 0.0, 0.0])
    for model, collapsed, crushed in ((alive, False, False), (half, True, True)):
        of = Trained(model, x, x, 1.0, [], False)
        for key, ill in (("collapse", collapsed), ("scale", crushed)):
            assert FAILURES[key].is_ill(FAILURES[key].examine(of)) == ill


@pytest.mark.parametrize("failure", FAILURES.values(), ids=list(FAILURES))
def test_what_differs_between_the_two_runs_is_said_and_nothing_else_differs(failure):
    failing, repaired = failure.configs()
    assert failing != repaired
    mended = failing.to_json()
    for line in failures.differences(failure):
        path, _, change = line.partition(": ")
        before, after = (json.loads(part) for part in change.split(" → "))
        *groups, name = path.split(".")
        part = mended
        for group in groups:
            part = part[group]
        assert part[name] == before
        part[name] = after
    assert TrainConfig.from_json(mended) == repaired


def test_the_embedded_digits_get_more_epochs():
    failing, _ = FAILURES["holes"].configs("digits")
    usual, _ = FAILURES["holes"].configs("mnist")
    assert (failing.dataset, failing.epochs) == ("digits", 10 * usual.epochs)
    assert failing.model == usual.model


def trained(config, data):
    """A run to its end, with one look at the untrained model."""
    trainer = Trainer(config, data, watch=False)
    with torch.no_grad():
        x = data.test.pictures()
        start = trainer.model(x, generator=torch.Generator().manual_seed(0)).loss.item()
    told = list(trainer.run())
    losses = [event.losses.total for event in told if isinstance(event, Step)]
    return Trained(trainer.model.eval(), x, x, start, losses, told[-1].reason is not None)


@pytest.mark.parametrize("key", ["rate", "scale"])
def test_a_run_fails_and_its_repair_does_not(key, digits):
    failure = FAILURES[key]
    for config, ill in zip(failure.configs("digits"), (True, False), strict=True):
        of = trained(replace(config, epochs=5), digits)
        assert of.broken == (key == "rate" and ill)
        assert failure.is_ill(failure.examine(of)) == ill


# The wrong scaling of the loss.


def by_hand(model, x, epsilon):
    """The two terms of −ELBO of each picture, from torch's own functions."""
    mu, log_var = model.posterior(x)
    logits = model.decoder(mu + (log_var / 2).exp() * epsilon)
    bce = F.binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="none")
    kl = kl_divergence(Normal(mu, (log_var / 2).exp()), Normal(0.0, 1.0))
    return bce, kl.sum(1)


def gradients(model, loss):
    model.zero_grad()
    loss.backward()
    return [p.grad.clone() for p in model.parameters()]


def test_the_mean_over_the_pixels_is_beta_multiplied_by_784(x):
    x = x[:16]
    wrong, strong = (
        ModelConfig(**vars(VAE) | {"pixel_mean": True}),
        ModelConfig(**vars(VAE) | {"beta": 784.0}),
    )
    wrong, strong = build(wrong, seed=1), build(strong, seed=1)

    def loss(model):
        return model(x, generator=torch.Generator().manual_seed(5)).loss

    epsilon = torch.randn(16, 3, generator=torch.Generator().manual_seed(5))
    bce, kl = by_hand(wrong, x, epsilon)
    assert loss(wrong).item() == pytest.approx((bce.mean(1) + kl).mean().item(), rel=1e-5)
    assert 784 * loss(wrong).item() == pytest.approx(loss(strong).item(), rel=1e-5)
    pairs = zip(gradients(wrong, loss(wrong)), gradients(strong, loss(strong)), strict=True)
    for one, other in pairs:
        torch.testing.assert_close(784 * one, other, rtol=1e-4, atol=1e-5)


def test_the_terms_and_the_metrics_stay_summed(digits):
    model = ModelConfig(**vars(VAE) | {"pixel_mean": True})
    config = TrainConfig(model, dataset="digits", epochs=1, precision="float32")
    events = list(Trainer(config, digits).run())
    last = [event for event in events if isinstance(event, Evaluation)][-1]
    terms = last.losses.terms
    assert terms["reconstruction"] == last.metrics.recon_nats > 100
    assert last.losses.total == pytest.approx(terms["reconstruction"] / 784 + terms["kl"])


@pytest.mark.parametrize(
    "settings",
    [
        {"code_activation": "sigmoid", "variational": False},
        {"network": "conv", "variational": True, "conditional": True, "free_bits": 0.5},
        {"network": "linear"},
    ],
)
def test_every_family_weighs_its_reconstruction_by_the_switch(settings, x, digits):
    shape = {"latent_dim": 2, "channels": 2, **settings}
    labels = digits.test.labels[:8]
    for pixel_mean, weight in ((False, 1.0), (True, 1 / 784)):
        model = build(ModelConfig(**shape, pixel_mean=pixel_mean), seed=1)
        output = model.objective(x[:8], x[:8], labels, torch.Generator().manual_seed(0))
        terms = {name: term.mean().item() for name, term in output.terms.items()}
        others = sum(output.weights.get(n, 1.0) * v for n, v in terms.items()) - (
            output.weights.get("reconstruction", 1.0) * terms["reconstruction"]
        )
        assert output.loss.item() == pytest.approx(weight * terms["reconstruction"] + others)


def test_the_switch_travels_and_is_refused_where_it_has_no_meaning():
    config = TrainConfig(ModelConfig(pixel_mean=True))
    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config
    without = config.to_json()
    del without["model"]["pixel_mean"]
    assert TrainConfig.from_json(without) == TrainConfig()
    with pytest.raises(ConfigError, match="“pixel_mean”"):
        ModelConfig(pixel_mean=1)
    with pytest.raises(ConfigError, match="summed over the pixels"):
        ModelConfig(variational=True, importance_samples=5, pixel_mean=True)
