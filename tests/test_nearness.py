"""How near codes are to a prior: energy distance, its floor, and what the discriminator says."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Generator

from aecore import figures
from aecore.config import AdversaryConfig, ModelConfig
from aecore.explore import priors
from aecore.models import build
from aecore.models import priors as models_priors


def test_the_energy_distance_is_that_of_scipy():
    random = np.random.default_rng(0)
    a, b = random.normal(size=300), random.normal(0.4, 1.3, size=200)
    found = priors.energy_distance(torch.tensor(a)[:, None], torch.tensor(b)[:, None])
    assert found == pytest.approx(stats.energy_distance(a, b) ** 2, rel=1e-6)


def test_the_energy_distance_counts_all_pairs_in_the_plane():
    generator = Generator().manual_seed(0)
    a, b = torch.randn(7, 2, generator=generator), torch.randn(5, 2, generator=generator) + 1
    mean = lambda u, v: np.mean([math.dist(p, q) for p in u.tolist() for q in v.tolist()])  # noqa: E731
    expected = 2 * mean(a, b) - mean(a, a) - mean(b, b)
    assert priors.energy_distance(a, b) == pytest.approx(expected, rel=1e-6)
    assert priors.energy_distance(a, a) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "adversary",
    [AdversaryConfig(), AdversaryConfig("mixture", labels=True), AdversaryConfig("swiss-roll")],
)
def test_draws_of_the_prior_are_at_its_floor_and_others_are_not(adversary):
    generator = Generator().manual_seed(9)
    labels = torch.randint(10, (1500,), generator=generator)
    codes = priors.drawn(adversary, labels, 2, generator)
    found = priors.distance(codes, labels, adversary)
    assert found == priors.distance(codes, labels, adversary)
    assert 0.2 < found.ratio < 5
    assert priors.distance(codes + 0.5, labels, adversary).ratio > 15


def test_with_the_classes_given_each_has_its_own_place():
    labels = torch.full((200,), 4)
    told = AdversaryConfig("mixture", labels=True)
    z = priors.drawn(told, labels, 2, Generator().manual_seed(0))
    angles = torch.atan2(z[:, 1], z[:, 0]) / (2 * math.pi) * 10
    assert (angles - 4).abs().max() < 0.7
    free = priors.drawn(AdversaryConfig("mixture"), labels, 2, Generator().manual_seed(0))
    assert torch.atan2(free[:, 1], free[:, 0]).std() > 1
    drawn = models_priors.draw("mixture", 200, 2, Generator().manual_seed(0), labels)
    assert torch.equal(z, drawn)


@pytest.mark.parametrize("labels", [False, True])
def test_belief_is_the_sigmoid_of_what_the_opponent_says(labels):
    adversary = AdversaryConfig("mixture", labels=labels)
    model = build(ModelConfig(latent_dim=2, hidden=(4,), adversary=adversary), seed=1)
    z = torch.tensor([[0.3, -1.2], [2.0, 0.1]])
    seen = torch.cat([z, torch.eye(10)[[6, 6]]], 1) if labels else z
    for layer in model.opponent:
        seen = layer(seen)
    expected = 1 / (1 + np.exp(-seen.detach().numpy()[:, 0]))
    found = priors.belief(model, z, 6 if labels else None)
    assert found.numpy() == pytest.approx(expected, rel=1e-5)
    if labels:
        assert not torch.equal(found, priors.belief(model, z, 5))


def test_the_lattice_runs_from_below_and_from_the_left():
    lattice = priors.lattice(2.0, 3).tolist()
    assert lattice == [[x, y] for y in (-2, 0, 2) for x in (-2, 0, 2)]


def test_the_plane_shows_each_class_and_what_is_behind():
    points = np.array([[0.0, 1.0], [2.0, -1.0], [1.0, 1.0]])
    names = [f"n{c}" for c in range(10)]
    words = {"x": "x", "y": "y", "draw": "draws", "field": "D"}
    field = np.linspace(0, 1, 25).reshape(5, 5)
    figure = figures.codes_in_plane(
        points, np.array([7, 2, 7]), names, 3.0, field=field, labels=words
    )
    heat, two, seven = figure.data
    assert np.asarray(heat.z).tolist() == field.tolist()
    assert (heat.x[0], heat.x[-1]) == (-3, 3)
    assert (two.name, seven.name) == ("n2", "n7")
    assert np.asarray(seven.x).tolist() == [0, 1]
    free = figures.codes_in_plane(points, None, names, 3.0, labels=words)
    assert [trace.name for trace in free.data] == ["draws"]
    assert len(free.data[0].x) == 3
