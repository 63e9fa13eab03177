"""Subspaces against SciPy's angles, and against cases whose answer is known."""

import numpy as np
import pytest
import torch
from scipy.linalg import lstsq, orthogonal_procrustes, subspace_angles

from aecore import pca
from aecore.explore.subspace import angles_to, best_mix, principal_angles, turn_onto


def matrix(rows, columns, seed=0):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("p", "q"), [(1, 1), (2, 2), (5, 3), (3, 5), (16, 16), (64, 64)])
def test_the_angles_are_those_of_scipy_rising(p, q):
    a, b = matrix(784, p, seed=1), matrix(784, q, seed=2)
    expected = np.rad2deg(subspace_angles(a.numpy(), b.numpy()))[::-1]
    angles = principal_angles(a, b)
    assert angles.shape == (min(p, q),)
    np.testing.assert_allclose(angles, expected, atol=1e-3)


@pytest.mark.parametrize("degrees", [0.0, 1e-4, 0.1, 30.0, 45.0, 60.0, 89.9, 90.0])
def test_one_known_angle_is_found_from_the_smallest_to_the_right_angle(degrees):
    turn = np.deg2rad(degrees)
    a = torch.eye(5, dtype=torch.float64)[:, :2]
    b = torch.tensor([[1, 0, 0, 0, 0], [0, np.cos(turn), 0, np.sin(turn), 0]]).T
    angles = principal_angles(a, b)
    assert angles.tolist() == pytest.approx([0, degrees], abs=1e-5)


def test_the_basis_does_not_matter():
    a, b = matrix(50, 4, seed=1), matrix(50, 4, seed=2)
    mixed = a @ matrix(4, 4, seed=3)
    torch.testing.assert_close(principal_angles(mixed, b), principal_angles(a, b))
    assert principal_angles(a, mixed).max() < 1e-3


def test_the_turn_is_that_of_scipy_and_changes_no_length():
    a, b = matrix(200, 3, seed=1), matrix(200, 3, seed=2)
    turn = turn_onto(a, b)
    np.testing.assert_allclose(turn, orthogonal_procrustes(a.numpy(), b.numpy())[0], atol=1e-5)
    torch.testing.assert_close(turn @ turn.T, torch.eye(3))


def test_the_mix_is_the_least_squares_solution():
    a, b = matrix(60, 5, seed=1), matrix(60, 3, seed=2)
    expected = a.numpy() @ lstsq(a.numpy(), b.numpy())[0]
    np.testing.assert_allclose(best_mix(a, b), expected, atol=1e-5)


def test_an_invertible_mix_of_the_components_is_mixed_back_into_them(digits):
    components = torch.from_numpy(pca.fit(digits.train).components[:6].T.copy())
    decoder = components @ matrix(6, 6, seed=4)
    assert (decoder - components).abs().max() > 0.05
    torch.testing.assert_close(best_mix(decoder, components), components, atol=1e-4, rtol=0)
    assert angles_to(decoder, components).max() < 0.01


def test_the_angle_of_a_single_column_is_its_principal_angle():
    a, b = matrix(40, 3, seed=1), matrix(40, 4, seed=2)
    expected = [float(principal_angles(a, column[:, None])[0]) for column in b.T]
    assert angles_to(a, b).tolist() == pytest.approx(expected, abs=1e-3)
    assert angles_to(a, a @ matrix(3, 2)).max() < 1e-3


def test_a_column_outside_is_perpendicular():
    axes = torch.eye(6)
    assert angles_to(axes[:, :2], axes[:, 1:4]).tolist() == pytest.approx([0, 90, 90])
