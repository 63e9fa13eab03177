"""The prior over codes: it looks back only, it is a distribution, and draws come from it."""

import math
from itertools import product

import pytest
import torch

from aecore.config import PriorConfig
from aecore.messages import ConfigError
from aecore.models.autoregressive import CodePrior


def prior_of(k=5, side=7, seed=0, **settings):
    torch.manual_seed(seed)
    prior = CodePrior(PriorConfig(k, side, **({"width": 16, "layers": 2} | settings))).eval()
    with torch.no_grad():
        # Far from alike, so that a mistake shows.
        prior.guess[1].weight.mul_(6)
    return prior


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@torch.inference_mode()
def test_a_place_is_guessed_from_the_class_and_the_places_before_it_alone():
    prior = prior_of()
    maps, labels = torch.randint(5, (1, 7, 7), generator=generator()), torch.tensor([3])
    before = prior.logits(maps, labels)
    assert before.shape == (1, 49, 5)
    for j in (0, 1, 6, 7, 24, 47, 48):
        other = maps.flatten(1).clone()
        other[:, j] = (other[:, j] + 1) % 5
        moved = (prior.logits(other.view(1, 7, 7), labels) - before).abs().amax((0, 2))
        assert (moved[: j + 1] < 1e-5).all()
        assert (moved[j + 1 :] > 1e-4).all()
    assert ((prior.logits(maps, torch.tensor([4])) - before).abs().amax((0, 2)) > 1e-4).all()


@torch.inference_mode()
def test_the_probabilities_of_all_maps_sum_to_one():
    prior = prior_of(k=3, side=2)
    every = torch.tensor(list(product(range(3), repeat=4))).view(-1, 2, 2)
    given = torch.exp(-prior.nats(every, torch.full((81,), 7)))
    assert given.sum().item() == pytest.approx(1, abs=1e-5)
    assert given.max() > 3 * given.min()
    mixed = torch.exp(-prior.nats_of_any_class(every))
    by_class = [torch.exp(-prior.nats(every, torch.full((81,), y))) for y in range(10)]
    assert torch.allclose(mixed, torch.stack(by_class).mean(0), atol=1e-6)


@torch.inference_mode()
def test_maps_are_drawn_as_often_as_they_are_likely():
    prior = prior_of(k=2, side=2)
    every = torch.tensor(list(product(range(2), repeat=4))).view(-1, 2, 2)
    labels = torch.full((20_000,), 1)
    drawn = prior.sample(labels, generator()).flatten(1) @ torch.tensor([8, 4, 2, 1])
    found = torch.bincount(drawn, minlength=16) / len(labels)
    expected = torch.exp(-prior.nats(every, labels[:16]))
    assert (found - expected).abs().max() < 0.015
    # At the temperature ½ each guess is squared and brought to the sum 1 again.
    cold = prior.sample(labels, generator(), 0.5)[:, 0, 0].float().mean().item()
    p = prior.logits(every[:1], labels[:1])[0, 0].softmax(0)
    assert cold == pytest.approx((p[1] ** 2 / (p**2).sum()).item(), abs=0.015)


def test_the_same_seed_draws_the_same_maps():
    prior, labels = prior_of(), torch.tensor([0, 5, 5])
    first, second = (prior.sample(labels, generator(4)) for _ in range(2))
    assert torch.equal(first, second)
    assert first.shape == (3, 7, 7)
    assert not torch.equal(first, prior.sample(labels, generator(5)))


def test_a_network_that_knows_nothing_takes_every_code_as_alike():
    prior = prior_of(k=4)
    with torch.no_grad():
        for parameter in prior.guess[1].parameters():
            parameter.zero_()
    maps = torch.randint(4, (2, 7, 7), generator=generator())
    assert prior.nats_of_any_class(maps).tolist() == pytest.approx([49 * math.log(4)] * 2)


@pytest.mark.parametrize(
    "settings", [{"num_embeddings": 1}, {"side": 0}, {"width": 18}, {"layers": 99}]
)
def test_what_does_not_fit_is_refused(settings):
    with pytest.raises(ConfigError):
        PriorConfig(**({"num_embeddings": 8} | settings))
