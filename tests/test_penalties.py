"""The regularisers of the loss and the k-sparse code against independent oracles."""

import pytest
import torch
from torch.distributions import Bernoulli, Categorical, Laplace, kl_divergence

from aecore.config import ModelConfig, PenaltyConfig, TrainConfig
from aecore.messages import ConfigError
from aecore.models import RegularizedAutoencoder, build, parameter_formula, sources
from aecore.models.k_sparse import KSparse
from aecore.models.penalties import contraction
from aecore.training import Evaluation, Step, Trainer

KINDS = ("l1", "activity", "decoder-weights", "contraction", "labels")


def model_of(*kinds, hidden=(), weight=1.0, **settings):
    penalties = tuple(PenaltyConfig(kind, weight) for kind in kinds)
    settings.setdefault("code_activation", "sigmoid")
    config = ModelConfig(latent_dim=6, hidden=hidden, penalties=penalties, **settings)
    return build(config, seed=1)


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(5, 1, 28, 28, generator=generator)
    return x, torch.randint(0, 10, (5,), generator=generator)


def term(model, batch, name):
    x, labels = batch
    return model.objective(x, x, labels, torch.Generator().manual_seed(0)).terms[name]


def jacobians(model, x):
    """(B, d, 784), by automatic differentiation of one picture at a time."""
    one = torch.func.jacrev(lambda picture: model.encode(picture[None])[0])
    return torch.stack([one(picture).flatten(1) for picture in x])


def test_l1_is_a_laplace_prior_without_its_constant(batch):
    model = model_of("l1", code_activation="none")
    z = model.encode(batch[0])
    prior = Laplace(torch.zeros(6), torch.ones(6))
    expected = -(prior.log_prob(z) - prior.log_prob(torch.zeros(6))).sum(1)
    assert torch.allclose(term(model, batch, "l1"), expected)


def test_activity_is_the_kl_between_two_coins(batch):
    mean = model_of("activity").encode(batch[0]).mean(0)
    expected = kl_divergence(Bernoulli(torch.full((6,), 0.05)), Bernoulli(mean)).sum()
    found = term(model_of("activity"), batch, "activity")
    assert torch.allclose(found, expected.expand(5), rtol=1e-5)


def test_decoder_weights_leave_out_the_biases_and_the_encoder(batch):
    model = model_of("decoder-weights", hidden=(7,))
    matrices = [m.weight for m in model.decoder.modules() if isinstance(m, torch.nn.Linear)]
    assert len(matrices) == 2
    expected = sum(m.pow(2).sum() for m in matrices)
    assert torch.allclose(term(model, batch, "decoder-weights"), expected.expand(5))


def test_labels_are_the_cross_entropy_of_a_linear_head(batch):
    model = model_of("labels")
    head = model.penalties["labels"].head
    z = model.encode(batch[0])
    logits = z @ head.weight.T + head.bias
    assert torch.allclose(
        term(model, batch, "labels"), -Categorical(logits=logits).log_prob(batch[1])
    )


@pytest.mark.parametrize("activation", ["none", "sigmoid", "tanh", "relu"])
def test_the_contraction_of_one_layer_is_the_norm_of_autograd_s_jacobian(batch, activation):
    model = model_of("contraction", code_activation=activation)
    expected = jacobians(model, batch[0]).square().sum((1, 2))
    assert torch.allclose(term(model, batch, "contraction"), expected, rtol=1e-4)


@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_the_estimate_of_a_deep_contraction_is_right_in_the_mean(batch, network):
    model = model_of("contraction", hidden=(9,), network=network, channels=2)
    x, _ = batch
    exact = jacobians(model, x).square().sum((1, 2))
    generator = torch.Generator().manual_seed(0)
    draws = torch.stack(
        [contraction.estimate(model.encode, x, generator).detach() for _ in range(600)]
    )
    error = (draws.mean(0) - exact).abs()
    assert (error < 4 * draws.std(0) / 600**0.5 + 1e-7).all()
    assert (draws.std(0) < exact).all()
    assert torch.isfinite(term(model, batch, "contraction")).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_each_penalty_is_that_of_finite_differences(batch, kind):
    # With one layer nothing is estimated; a large step, as the terms are in single precision.
    model = model_of(kind).double()
    x, labels = batch[0].double(), batch[1]
    weight = model.decoder[0].weight if kind == "decoder-weights" else model.encoder[1].weight
    omega = lambda: model.objective(x, x, labels).terms[kind].sum()  # noqa: E731
    (gradient,) = torch.autograd.grad(omega(), weight)
    step, at = 2e-2, (2, 3)
    values = []
    for sign in (1, -1):
        with torch.no_grad():
            weight[at] += sign * step
            values.append(omega().item())
            weight[at] -= sign * step
    assert gradient[at].item() == pytest.approx(
        (values[0] - values[1]) / (2 * step), rel=2e-2, abs=2e-4
    )


def test_the_loss_is_the_reconstruction_and_the_weighted_penalties(batch):
    x, labels = batch
    model = model_of("l1", "labels", weight=3.0)
    output = model.objective(x, x, labels)
    assert isinstance(model, RegularizedAutoencoder)
    means = {name: t.mean() for name, t in output.terms.items()}
    expected = means["reconstruction"] + 3 * means["l1"] + 3 * means["labels"]
    assert torch.allclose(output.loss, expected)
    assert set(model(x).terms) == {"reconstruction"}


def test_a_weight_warms_up_in_a_line(batch):
    x, labels = batch
    config = ModelConfig(latent_dim=6, hidden=(), penalties=(PenaltyConfig("l1", 8, warm_up=0.5),))
    model = build(config)
    for progress, expected in ((0.0, 0), (0.25, 4), (0.5, 8), (1.0, 8)):
        model.advance(progress)
        assert model.objective(x, x, labels).weights["l1"] == pytest.approx(expected)


def test_k_sparse_keeps_the_largest_values_of_each_code():
    z = torch.randn(20, 12, generator=torch.Generator().manual_seed(0))
    kept = KSparse(3)(z)
    for before, after in zip(z, kept, strict=True):
        largest = sorted(before.tolist(), reverse=True)[:3]
        assert sorted(after[after != 0].tolist(), reverse=True) == largest
        assert ((after == 0) | (after == before)).all()
    assert torch.equal(KSparse(50)(z), z)


def test_only_the_kept_units_learn():
    z = torch.randn(4, 12, generator=torch.Generator().manual_seed(1), requires_grad=True)
    kept = KSparse(3)(z)
    kept.sum().backward()
    assert torch.equal(z.grad != 0, kept != 0)


def test_k_falls_from_d_and_stays():
    code = KSparse(10, anneal=0.5)
    found = []
    for code.progress in (0, 0.25, 0.5, 0.9):
        found.append(code.k_of(110))
    assert found == [110, 60, 10, 10]
    assert KSparse(10, anneal=0.5).k_of(110) == 10


def test_a_run_shows_every_penalty_and_ends_with_full_weights(digits):
    penalties = tuple(PenaltyConfig(kind, 0.01, warm_up=1.0) for kind in KINDS)
    config = TrainConfig(
        ModelConfig(latent_dim=6, hidden=(), code_activation="sigmoid", penalties=penalties),
        "digits",
        epochs=2,
    )
    trainer = Trainer(config, digits)
    events = list(trainer.run())
    steps = [e for e in events if isinstance(e, Step)]
    tests = [e for e in events if isinstance(e, Evaluation)]
    for event in (steps[-1], tests[-1]):
        assert set(event.losses.terms) == {"reconstruction", *KINDS}
    assert trainer.model.progress == 1
    weighted = sum(0.01 * tests[-1].losses.terms[kind] for kind in KINDS)
    expected = tests[-1].losses.terms["reconstruction"] + weighted
    assert tests[-1].losses.total == pytest.approx(expected, rel=1e-4)


def test_trained_further_nothing_warms_up_again(digits):
    model = ModelConfig(latent_dim=30, hidden=(), code_activation="k-sparse", k=3, k_anneal=1.0)
    trainer = Trainer(TrainConfig(model, "digits", epochs=1), digits)
    seen = []
    advance = trainer.model.advance
    trainer.model.advance = lambda progress: (seen.append(progress), advance(progress))
    list(trainer.run())
    assert seen[0] == 0
    assert trainer.model.code_activation.k_of(30) == 3
    seen.clear()
    list(trainer.run(1))
    assert set(seen) == {1.0}


def test_each_penalty_makes_itself_small(digits):
    def after(weight):
        penalties = (PenaltyConfig("contraction", weight),)
        model = ModelConfig(latent_dim=8, hidden=(), penalties=penalties)
        trainer = Trainer(TrainConfig(model, "digits", epochs=6, learning_rate=3e-3), digits)
        events = [e for e in trainer.run() if isinstance(e, Evaluation)]
        return events[-1].losses.terms["contraction"]

    assert after(3.0) < 0.5 * after(0.0)


def test_a_config_goes_to_json_and_back_and_counts_its_head():
    penalties = (PenaltyConfig("labels", 2.0), PenaltyConfig("l1", 0.5, warm_up=0.3))
    config = TrainConfig(ModelConfig(latent_dim=6, penalties=penalties))
    assert TrainConfig.from_json(config.to_json()) == config
    formula = parameter_formula(config.model)
    assert formula(6) == build(config.model).parameter_count()
    assert formula(6) - parameter_formula(ModelConfig(latent_dim=6))(6) == 6 * 10 + 10
    names = [module.__name__.rsplit(".", 1)[1] for module in sources(config.model)]
    assert names == ["mlp", "autoencoder", "regularized", "labels", "l1"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"penalties": (PenaltyConfig("l1", 1), PenaltyConfig("l1", 2))}, "once"),
        ({"penalties": (PenaltyConfig("activity", 1),)}, "sigmoid"),
        ({"penalties": (PenaltyConfig("l1", 1),), "variational": True}, "variational"),
        ({"penalties": (PenaltyConfig("contraction", 1),), "code_activation": "k-sparse"}, "k-sp"),
        ({"penalties": "l1"}, "list"),
        ({"penalties": ("l1",)}, "list"),
        ({"k": 0}, "k"),
        ({"k_anneal": 2}, "k_anneal"),
    ],
)
def test_what_does_not_fit_is_refused(settings, words):
    with pytest.raises(ConfigError, match=words):
        ModelConfig(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "l3", "weight": 1},
        {"kind": "l1", "weight": -1},
        {"kind": "activity", "weight": 1, "rho": 0},
        {"kind": "l1", "weight": 1, "warm_up": 1.5},
    ],
)
def test_a_penalty_is_checked(settings):
    with pytest.raises(ConfigError):
        PenaltyConfig(**settings)
    with pytest.raises(ConfigError):
        TrainConfig.from_json({"model": {"penalties": [settings]}})
