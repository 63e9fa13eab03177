"""How active units are, on codes made by hand, and the KL to ρ against torch.distributions."""

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, kl_divergence

from aecore.explore import activity


def test_a_code_made_by_hand_is_counted():
    # Unit 0 always the same, unit 1 never speaks, unit 2 for one picture in four, unit 3 for all.
    codes = torch.tensor([[5.0, 0, 0, 1], [5.0, 0, 0, 2], [5.0, 0, 8, 3], [5.0, 0, 0, 4]])
    found = activity.activity(codes)
    assert found.zero == pytest.approx(7 / 16)
    assert found.near_zero == pytest.approx(7 / 16)
    assert found.active.tolist() == pytest.approx([1, 0, 0.25, 1])
    assert found.active_a_picture == pytest.approx(2.25)
    assert found.dead == 2
    assert found.mean.tolist() == pytest.approx([5, 0, 2, 2.5])
    root = np.sqrt((4 * 25 + 64 + 1 + 4 + 9 + 16) / 16)
    assert found.size.tolist() == pytest.approx((np.array([5, 0, 2, 2.5]) / root).tolist())


def test_scale_and_sign_of_a_code_change_no_count():
    codes = torch.randn(300, 20, generator=torch.Generator().manual_seed(0)).relu()
    codes[:, :3] = 0
    one, other = activity.activity(codes), activity.activity(-40 * codes)
    assert (one.zero, one.near_zero, one.dead) == (other.zero, other.near_zero, other.dead)
    assert one.dead == 3
    assert torch.allclose(one.size, other.size)


def test_values_near_zero_are_those_within_a_tenth_of_the_deviation():
    codes = torch.randn(2000, 9, generator=torch.Generator().manual_seed(1))
    z = codes.numpy().astype(float)
    expected = (np.abs(z) <= 0.1 * z.std()).mean()
    assert activity.activity(codes).near_zero == pytest.approx(expected, abs=1e-4)


def test_the_kl_over_the_set_is_that_between_coins():
    codes = torch.rand(700, 11, generator=torch.Generator().manual_seed(2))
    coins = Bernoulli(codes.double().mean(0))
    expected = kl_divergence(Bernoulli(torch.full((11,), 0.07, dtype=torch.double)), coins).sum()
    assert activity.kl_over_the_set(codes, 0.07) == pytest.approx(expected.item(), rel=1e-5)


def test_batches_see_more_than_the_whole_set():
    codes = (torch.rand(1280, 30, generator=torch.Generator().manual_seed(3)) < 0.05).float()
    whole = activity.kl_over_the_set(codes, 0.05)
    batches = activity.kl_over_batches(codes, 0.05)
    expected = np.mean([activity.kl_over_the_set(part, 0.05) for part in codes.split(128)])
    assert batches == pytest.approx(expected)
    assert batches > 2 * whole
    few = codes[:50]
    assert activity.kl_over_batches(few, 0.05) == pytest.approx(activity.kl_over_the_set(few, 0.05))


@pytest.mark.parametrize("count", [129, 200, 360])
def test_batches_never_see_less_however_they_end(count):
    codes = torch.rand(count, 8, generator=torch.Generator().manual_seed(count))
    codes[-1] = 0
    assert activity.kl_over_batches(codes, 0.3) >= activity.kl_over_the_set(codes, 0.3)
