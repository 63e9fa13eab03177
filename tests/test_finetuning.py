"""The race on few labels: what must stay, what must start afresh, and the same seed twice."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from aecore.config import ModelConfig, TrainConfig
from aecore.explore import fewlabels, finetuning
from aecore.models import build
from aecore.training import Trainer, fit


@pytest.fixture(scope="module")
def trained(digits):
    """A small autoencoder that has learned the training digits, without labels."""
    config = TrainConfig(
        ModelConfig("mlp", latent_dim=16, hidden=(64,)), dataset="digits", epochs=10, seed=3
    )
    return fit(Trainer(config, digits, device=torch.device("cpu"), watch=False))


@pytest.fixture
def learners(monkeypatch):
    """The learners of the next race, as they are made, each with its encoder at the start."""
    made = []

    class Watched(finetuning.Learner):
        def __init__(self, model, *more, **settings):
            self.at_first = copy.deepcopy(model.encoder.state_dict())
            made.append(self)
            super().__init__(model, *more, **settings)

    monkeypatch.setattr(finetuning, "Learner", Watched)
    return made


def run(trained, digits, labels=10, **settings):
    return list(finetuning.race(trained, digits.train, digits.test, labels, **settings))


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def test_frozen_stays_tuned_leaves_and_scratch_is_fresh(trained, digits, learners):
    before = copy.deepcopy(trained.state_dict())
    run(trained, digits, steps=5, seed=7)
    frozen, tuned, scratch = learners
    encoder = trained.encoder.state_dict()
    assert same(frozen.model.encoder.state_dict(), encoder)
    assert same(tuned.at_first, encoder)
    assert not same(tuned.model.encoder.state_dict(), encoder)
    assert same(scratch.at_first, build(trained.config, 7).encoder.state_dict())
    assert not same(scratch.model.encoder.state_dict(), scratch.at_first)
    assert same(trained.state_dict(), before)
    for learner in learners:
        assert learner.head.weight.abs().max() > 0


def test_the_same_seed_gives_the_same_race_and_another_another(trained, digits):
    first, again, other = (run(trained, digits, steps=20, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_race_does_not_depend_on_when_it_is_watched(trained, digits, monkeypatch):
    first = run(trained, digits, steps=40)
    monkeypatch.setattr(finetuning, "LOOKS", 4)
    later = run(trained, digits, steps=40)
    assert (len(first), len(later)) == (21, 5)
    assert first[-1] == later[-1]


def test_it_says_where_the_three_stand(trained, digits):
    moments = run(trained, digits, labels=100, steps=50)
    assert [moment.step for moment in moments] == [*range(0, 50, 2), 50]
    # A linear layer of zeros gives each class the same probability.
    for loss in moments[0].losses.values():
        assert loss == pytest.approx(np.log(10), rel=1e-5)
    assert [moment.final is None for moment in moments] == [True] * 25 + [False]
    # All 360 test digits are watched.
    assert moments[-1].final == moments[-1].accuracies
    for name in finetuning.LEARNERS:
        assert moments[-1].losses[name] < 0.85 * moments[0].losses[name]
        assert moments[-1].accuracies[name] > 0.4


def test_the_accuracy_is_counted_over_all_batches(trained, digits, monkeypatch):
    learner = finetuning.Learner(trained, digits.train.pictures(slice(0, 50)), 1e-3, frozen=True)
    nn.init.normal_(learner.head.weight)
    x, labels = digits.test.pictures(), digits.test.labels
    named = learner.logits(x).argmax(1)
    expected = np.mean((named == labels).numpy())
    monkeypatch.setattr(finetuning, "WATCHED", 100)
    assert learner.accuracy(digits.test) == pytest.approx(expected)


def test_what_the_linear_layer_sees_has_mean_0_and_variance_1(trained, digits):
    x = digits.train.pictures(slice(0, 200))
    learner = finetuning.Learner(trained, x, 1e-3, frozen=True)
    nn.init.eye_(learner.head.weight)
    with torch.no_grad():
        seen = (trained.encode(x) - learner.centre) / learner.deviation
    assert seen.mean(0).abs().max() < 1e-4
    assert seen.var(0, correction=0).mean() == pytest.approx(1, rel=1e-4)
    assert torch.allclose(learner.logits(x), seen[:, :10], atol=1e-5)


def test_frozen_is_a_softmax_regression_by_hand(trained, digits):
    """With ten labels each batch is all of them: Adam on a convex loss, here written out."""
    index = fewlabels.balanced(digits.train.labels.numpy(), 10, 0)
    labelled = digits.train.take(index)
    unlabelled = digits.train.take(fewlabels.subsample(len(digits.train), finetuning.UNLABELLED))
    with torch.no_grad():
        reference = trained.encode(unlabelled.pictures()).double()
        z, test = (trained.encode(s.pictures()).double() for s in (labelled, digits.test))
    scale = reference.var(0, correction=0).mean().sqrt()
    z, test = ((codes - reference.mean(0)) / scale for codes in (z, test))
    z = torch.cat([z, torch.ones(10, 1)], 1)
    truth = nn.functional.one_hot(labelled.labels, 10).double()
    weight, m, v = torch.zeros(17, 10).double(), 0, 0
    for step in range(1, 31):
        gradient = z.T @ ((z @ weight).softmax(1) - truth) / 10
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        change = (m / (1 - 0.9**step)) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
        weight = weight - finetuning.HEAD_RATE * change
    named = (test @ weight[:16] + weight[16]).argmax(1)
    expected = (named == digits.test.labels).double().mean().item()
    found = run(trained, digits, labels=10, steps=30)[-1].final["frozen"]
    assert found == pytest.approx(expected, abs=0.006)
