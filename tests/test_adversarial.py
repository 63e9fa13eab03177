"""The adversarial autoencoder: its two objectives, its two players and its priors."""

import math

import pytest
import torch
import torch.nn.functional as F
from scipy import stats

from aecore.config import AdversaryConfig, ModelConfig, TrainConfig
from aecore.messages import ConfigError
from aecore.models import AdversarialAutoencoder, build, parameter_formula, priors, sources
from aecore.training import Evaluation, Step, Trainer


def model_of(latent_dim=2, **settings):
    return build(
        ModelConfig(latent_dim=latent_dim, hidden=(16,), adversary=AdversaryConfig(**settings)),
        seed=1,
    )


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(8, 1, 28, 28, generator=generator)
    return x, torch.randint(0, 10, (8,), generator=generator)


@pytest.mark.parametrize("labels", [False, True])
def test_both_players_minimise_binary_cross_entropies(batch, labels):
    x, y = batch
    model = model_of(weight=3.0, labels=labels)
    output = model.objective(x, x, y)
    z = output.code
    seen = torch.cat([z, F.one_hot(y, 10).float()], 1) if labels else z
    real_seen = priors.draw(
        "gaussian", 8, 2, torch.Generator().manual_seed(5), y if labels else None
    )
    if labels:
        real_seen = torch.cat([real_seen, F.one_hot(y, 10).float()], 1)
    ones = torch.ones(8)
    fake, real = (torch.sigmoid(model.opponent(part)[:, 0]) for part in (seen, real_seen))
    bce = F.binary_cross_entropy
    assert torch.allclose(output.terms["fooling"].mean(), bce(fake, ones), rtol=1e-5)
    expected = output.terms["reconstruction"].mean() + 3 * bce(fake, ones)
    assert torch.allclose(output.loss, expected, rtol=1e-5)
    found = model.opponent_objective(z, y, torch.Generator().manual_seed(5)).mean()
    assert torch.allclose(found, bce(real, ones) + bce(fake, 1 - ones), rtol=1e-5)


def test_each_player_moves_its_own_weights_only(digits):
    config = TrainConfig(model_of().config, "digits", epochs=1)
    trainer = Trainer(config, digits, watch=False)
    model = trainer.model

    def weights():
        return {name: p.detach().clone() for name, p in model.named_parameters()}

    x, y = digits.train.pictures(slice(0, 32)), digits.train.labels[:32]
    output = model.objective(x, x, y, trainer.generator)
    before = weights()
    trainer._update(0, output.loss)
    first = weights()
    trainer._answer(output, y)
    second = weights()
    for name in before:
        theirs = name.startswith("opponent.")
        assert torch.equal(before[name], first[name]) == theirs, name
        assert torch.equal(first[name], second[name]) != theirs, name


def test_the_roll_and_the_mixture_are_where_they_should_be():
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(10).repeat(2000)
    z = priors.draw("mixture", len(y), 2, generator, y)
    for c in range(10):
        mean = z[y == c].mean(0)
        angle = 2 * math.pi * c / 10
        expected = torch.tensor([math.cos(angle), math.sin(angle)]) * priors.RADIUS
        assert torch.allclose(mean, expected, atol=0.06)
        outward = z[y == c] @ (expected / priors.RADIUS)
        assert outward.std().item() == pytest.approx(priors.ALONG, rel=0.1)
    roll = priors.draw("swiss-roll", len(y), 2, generator, y)
    radius = torch.stack([roll[y == c].norm(dim=1).mean() for c in range(10)])
    assert (radius.diff() > 0).all()
    assert radius[-1] < priors.REACH
    free = priors.draw("gaussian", 20_000, 3, generator)
    assert stats.kstest(free.flatten().numpy(), "norm").pvalue > 0.001


def likeness(codes, prior):
    """Squared maximum mean discrepancy with a Gaussian kernel of width 1; 0 for the same law."""
    mean = lambda a, b: torch.exp(-torch.cdist(a, b).square() / 2).mean()  # noqa: E731
    return (mean(codes, codes) + mean(prior, prior) - 2 * mean(codes, prior)).item()


def test_the_codes_come_to_look_like_the_prior(digits):
    found = {}
    drawn = priors.draw("gaussian", 1500, 2, torch.Generator().manual_seed(3))
    for weight in (0.0, 10.0):
        adversary = AdversaryConfig(weight=weight)
        model = ModelConfig(latent_dim=2, hidden=(64,), adversary=adversary)
        trainer = Trainer(TrainConfig(model, "digits", epochs=40, batch_size=64), digits)
        events = list(trainer.run())
        with torch.inference_mode():
            found[weight] = likeness(trainer.model.encode(digits.train.pictures()), drawn)
    assert found[10.0] < 0.5 * found[0.0]
    terms = {"reconstruction", "fooling", "opponent"}
    assert set([e for e in events if isinstance(e, Step)][-1].losses.terms) == terms
    last = [e for e in events if isinstance(e, Evaluation)][-1].losses
    assert set(last.terms) == terms
    weighted = last.terms["reconstruction"] + 10 * last.terms["fooling"]
    assert last.total == pytest.approx(weighted, rel=1e-4)


def test_a_config_goes_to_json_and_back_and_tells_its_size():
    model = ModelConfig(latent_dim=2, adversary=AdversaryConfig("mixture", 5.0, labels=True))
    config = TrainConfig(model)
    assert TrainConfig.from_json(config.to_json()) == config
    assert parameter_formula(model)(2) == build(model).parameter_count()
    assert isinstance(build(model), AdversarialAutoencoder)
    names = [module.__name__.rsplit(".", 1)[1] for module in sources(model)]
    assert names == ["mlp", "autoencoder", "adversarial", "priors"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: AdversaryConfig("cauchy"),
        lambda: AdversaryConfig(weight=-1),
        lambda: AdversaryConfig(labels=1),
        lambda: ModelConfig(latent_dim=3, adversary=AdversaryConfig("mixture")),
        lambda: ModelConfig(variational=True, adversary=AdversaryConfig()),
        lambda: ModelConfig(adversary={"prior": "gaussian"}),
        lambda: TrainConfig.from_json({"model": {"adversary": {"prior": "gaussian", "x": 1}}}),
    ],
)
def test_what_does_not_fit_is_refused(make):
    with pytest.raises(ConfigError):
        make()
