"""Walks between codes: on a line, on an arc, and in pixels."""

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.spatial.transform import Rotation, Slerp

from aecore.explore.walk import cross_fade, ink_fullness, spherical, straight, times
from aecore.figures import gif


def vector(seed, d):
    return torch.randn(d, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("path", [straight, spherical])
@pytest.mark.parametrize("d", [1, 2, 20, 784])
def test_a_walk_begins_at_one_code_and_ends_at_the_other(path, d):
    a, b = vector(1, d), 3 * vector(2, d)
    z = path(a, b, 7)
    assert z.shape == (7, d)
    assert z.dtype == torch.float32
    torch.testing.assert_close(z[0], a)
    torch.testing.assert_close(z[-1], b)


def test_a_straight_walk_takes_equal_steps():
    a, b = vector(1, 5), vector(2, 5)
    z = straight(a, b, 5)
    torch.testing.assert_close(z.diff(dim=0), ((b - a) / 4).expand(4, -1))


def test_a_spherical_walk_is_the_slerp_of_quaternions():
    ends = Rotation.random(2, rng=np.random.default_rng(3)).as_quat()
    if ends[0] @ ends[1] < 0:  # SciPy takes the shorter of the two arcs
        ends[1] = -ends[1]
    between = Slerp([0, 1], Rotation.from_quat(ends))(times(9).numpy()).as_quat()
    z = spherical(*torch.from_numpy(ends), 9).numpy()
    same_sign = np.sign((between * z).sum(1, keepdims=True))
    np.testing.assert_allclose(z, same_sign * between, atol=1e-6)


def test_a_spherical_walk_is_a_rotation_by_equal_angles():
    a, b = vector(4, 20).double(), vector(5, 20).double()
    b = b * a.norm() / b.norm()
    angle = torch.arccos(a @ b / a.norm() ** 2)
    u = a / a.norm()
    w = torch.nn.functional.normalize(b - (b @ u) * u, dim=0)
    turn = torch.outer(w, u) - torch.outer(u, w)
    z = spherical(a, b, 11)
    for t, code in zip(times(11), z, strict=True):
        torch.testing.assert_close(code.double(), torch.matrix_exp(t * angle * turn) @ a,
                                   atol=1e-5, rtol=0)  # fmt: skip


def test_a_spherical_walk_keeps_the_norm_that_a_straight_one_loses():
    a, b = vector(6, 100), vector(7, 100)
    a, b = 10 * a / a.norm(), 10 * b / b.norm()
    torch.testing.assert_close(spherical(a, b, 9).norm(dim=1), torch.full((9,), 10.0))
    assert straight(a, b, 9).norm(dim=1)[4] < 8


def test_where_the_norms_differ_the_norm_changes_evenly():
    a, b = vector(8, 6), 5 * vector(9, 6)
    norm = spherical(a, b, 6).norm(dim=1)
    expected = a.norm() + (b.norm() - a.norm()) * times(6).float()
    torch.testing.assert_close(norm, expected)


@pytest.mark.parametrize("factor", [1.0, 2.5, 1 + 1e-7])
def test_codes_of_one_direction_are_joined_by_a_line(factor):
    a = vector(10, 8)
    torch.testing.assert_close(spherical(a, factor * a, 5), straight(a, factor * a, 5))


@pytest.mark.parametrize("ends", [(0, 1), (1, 0), (0, 0)])
def test_a_code_of_zero_has_no_direction(ends):
    a, b = (scale * vector(11, 4) for scale in ends)
    torch.testing.assert_close(spherical(a, b, 5), straight(a, b, 5))


def test_opposite_codes_are_joined_by_a_half_circle_not_through_the_origin():
    a = vector(12, 9)
    z = spherical(a, -a, 9)
    torch.testing.assert_close(z.norm(dim=1), a.norm().expand(9))
    steps = torch.nn.functional.cosine_similarity(z[1:], z[:-1])
    torch.testing.assert_close(steps, torch.full((8,), math.cos(math.pi / 8)))
    torch.testing.assert_close(spherical(a[:1], -a[:1], 5), straight(a[:1], -a[:1], 5))


def test_a_cross_fade_mixes_pixels():
    x, y = torch.zeros(1, 28, 28), torch.ones(1, 28, 28)
    faded = cross_fade(x, y, 5)
    assert faded.shape == (5, 1, 28, 28)
    torch.testing.assert_close(faded.mean((1, 2, 3)), times(5).float())


def test_a_walk_has_two_ends():
    with pytest.raises(ValueError, match="two ends"):
        times(1)


def test_ink_is_full_or_faint():
    x = torch.zeros(4, 1, 28, 28)
    x[0, 0, :5, :5] = 1
    x[1, 0, :10, :5] = 0.5
    x[2, 0, 0, 0], x[2, 0, 0, 1] = 1, 0.25
    assert ink_fullness(x).tolist() == [1, 0.5, pytest.approx((1 + 1 / 16) / 1.25), 0]


def test_a_film_goes_there_and_back_with_sharp_pixels():
    frames = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)
    film = Image.open(io.BytesIO(gif(frames, 120, scale=3)))
    assert film.n_frames == 6
    assert film.info["loop"] == 0
    for i, expected in enumerate([0, 1, 2, 3, 2, 1]):
        film.seek(i)
        shown = np.asarray(film.convert("L"))
        assert film.info["duration"] == 120
        assert (shown == frames[expected].repeat(3, 0).repeat(3, 1)).all()
