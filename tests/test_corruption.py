"""Corruptions against their definitions, on a field of one grey."""

import math

import pytest
import torch
from scipy.ndimage import gaussian_filter

from aecore.corruption import KINDS, corrupt

GREY = 0.375
RANDOM = sorted(KINDS.keys() - {"blur", "low-resolution"})
LEVELS = {
    "random": 0.3, "gaussian": 0.4, "masking": 0.25, "salt-pepper": 0.4, "block": 0.2,
    "blur": 1.5, "low-resolution": 4,
}  # fmt: skip


@pytest.fixture
def grey():
    return torch.full((200, 1, 28, 28), GREY)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def share(hit):
    return hit.float().mean().item()


def test_random_pixels_replaces_a_share_by_uniform_values(grey):
    noisy = corrupt(grey, "random", 0.3, generator())
    hit = noisy != GREY
    assert share(hit) == pytest.approx(0.3, abs=0.01)
    drawn = noisy[hit]
    assert 0 <= drawn.min() < 0.001
    assert 0.999 < drawn.max() <= 1
    assert drawn.mean().item() == pytest.approx(1 / 2, abs=0.01)
    assert drawn.var().item() == pytest.approx(1 / 12, abs=0.005)


def test_gaussian_adds_to_every_pixel_and_does_not_clip(grey):
    added = corrupt(grey, "gaussian", 0.4, generator()) - GREY
    assert share(added != 0) > 0.999
    assert added.mean().item() == pytest.approx(0, abs=0.005)
    assert added.std().item() == pytest.approx(0.4, abs=0.005)
    assert added.min() < -GREY
    assert added.max() > 1 - GREY


def test_masking_sets_a_share_to_black(grey):
    noisy = corrupt(grey, "masking", 0.25, generator())
    assert share(noisy == 0) == pytest.approx(0.25, abs=0.01)
    assert set(noisy.unique().tolist()) == {0.0, GREY}


def test_salt_and_pepper_are_half_the_share_each(grey):
    noisy = corrupt(grey, "salt-pepper", 0.4, generator())
    assert share(noisy == 1) == pytest.approx(0.2, abs=0.01)
    assert share(noisy == 0) == pytest.approx(0.2, abs=0.01)
    assert set(noisy.unique().tolist()) == {0.0, GREY, 1.0}


@pytest.mark.parametrize("kind", KINDS)
def test_the_clean_picture_is_left_as_it_was(grey, kind):
    noisy = corrupt(grey, kind, LEVELS[kind], generator())
    assert noisy.shape == grey.shape
    assert (grey == GREY).all()


@pytest.mark.parametrize("kind", RANDOM)
def test_the_generator_decides(grey, kind):
    once, again, other = (corrupt(grey, kind, LEVELS[kind], generator(s)) for s in (0, 0, 1))
    assert torch.equal(once, again)
    assert not torch.equal(once, other)


@pytest.mark.parametrize("kind", RANDOM)
def test_every_call_draws_anew(grey, kind):
    one = generator()
    first, second = (corrupt(grey, kind, LEVELS[kind], one) for _ in range(2))
    assert not torch.equal(first, second)


@pytest.mark.parametrize("kind", RANDOM)
def test_every_picture_has_its_own_noise(grey, kind):
    noisy = corrupt(grey, kind, LEVELS[kind], generator())
    assert not torch.equal(noisy[0], noisy[1])


@pytest.mark.parametrize(("kind", "level"), [("none", 0.5), ("masking", 0), ("gaussian", 0)])
def test_no_noise_draws_nothing(grey, kind, level):
    one = generator()
    before = one.get_state()
    assert corrupt(grey, kind, level, one) is grey
    assert torch.equal(one.get_state(), before)


@pytest.mark.parametrize(("kind", "left"), [("masking", {0.0}), ("salt-pepper", {0.0, 1.0})])
def test_a_share_of_one_leaves_no_pixel(grey, kind, left):
    assert set(corrupt(grey, kind, 1.0, generator()).unique().tolist()) == left


def test_the_global_generator_is_not_used(grey):
    before = torch.get_rng_state()
    for kind, level in LEVELS.items():
        corrupt(grey, kind, level, generator())
    assert torch.equal(torch.get_rng_state(), before)


def test_a_block_is_one_black_square_that_may_lie_anywhere(grey):
    noisy = corrupt(torch.cat([grey] * 20), "block", 0.2, generator())
    hit = (noisy == 0)[:, 0]
    side = round((0.2 * 784) ** 0.5)
    rows, columns = hit.any(2), hit.any(1)
    assert (rows.sum(1) == side).all()
    assert (columns.sum(1) == side).all()
    assert (hit.sum((1, 2)) == side * side).all()
    first = rows.int().argmax(1)
    assert first.min() == 0
    assert first.max() == 28 - side


def test_blur_is_scipys_gaussian_filter_with_black_around():
    x = torch.rand(3, 1, 28, 28, generator=generator(5))
    expected = gaussian_filter(
        x.numpy(), (0, 0, 1.5, 1.5), mode="constant", radius=(0, 0, math.ceil(4.5), math.ceil(4.5))
    )
    assert torch.allclose(corrupt(x, "blur", 1.5, generator()), torch.tensor(expected), atol=1e-5)


@pytest.mark.parametrize("side", [2, 4, 7, 14])
def test_low_resolution_is_the_mean_of_squares(side):
    x = torch.rand(2, 1, 28, 28, generator=generator(6))
    n = 28 // side
    means = x.view(2, 1, n, side, n, side).mean((3, 5))
    expected = means.repeat_interleave(side, 2).repeat_interleave(side, 3)
    assert torch.allclose(corrupt(x, "low-resolution", side, generator()), expected, atol=1e-6)
