"""Snapshots: the plane they look at, what it decodes to, and their bytes."""

import math

import numpy as np
import pytest
import torch
from safetensors import safe_open
from scipy.linalg import orthogonal_procrustes
from torch import nn

from aecore import pca
from aecore.config import ModelConfig, NoiseConfig
from aecore.models import build
from aecore.snapshots import GRID, Observer, principal_plane, representatives, to_uint8


def cloud(deviations, n=400, seed=0):
    """Codes with these standard deviations along the axes, away from the origin."""
    codes = torch.randn(n, len(deviations), generator=torch.Generator().manual_seed(seed))
    codes = (codes - codes.mean(0)) / codes.std(0)
    return codes * torch.tensor(deviations) + 3


def turned(codes, degrees, i, j):
    """Rotate codes about their mean, in the plane of the axes i and j."""
    angle, d = math.radians(degrees), codes.shape[1]
    rotation = torch.eye(d)
    rotation[i, i] = rotation[j, j] = math.cos(angle)
    rotation[i, j], rotation[j, i] = math.sin(angle), -math.sin(angle)
    return (codes - codes.mean(0)) @ rotation + codes.mean(0)


def test_codes_of_one_value_lie_on_the_first_axis():
    codes = cloud([2.0])
    plane = principal_plane(codes)
    coordinates = plane.project(codes)
    assert torch.equal(coordinates, torch.cat([codes, torch.zeros_like(codes)], 1))
    assert torch.equal(plane.lift(coordinates), codes)


def test_codes_of_two_values_are_their_own_coordinates():
    codes = cloud([1.0, 5.0])
    for previous in (None, principal_plane(cloud([5.0, 1.0]))):
        plane = principal_plane(codes, previous)
        assert torch.equal(plane.project(codes), codes)
        assert torch.equal(plane.lift(codes), codes)


def test_more_values_are_seen_along_their_two_largest_directions():
    codes = cloud([0.5, 4.0, 0.1, 2.0, 0.3, 0.2, 0.1, 0.1])
    plane = principal_plane(codes)
    torch.testing.assert_close(plane.axes @ plane.axes.T, torch.eye(2))
    torch.testing.assert_close(plane.origin, codes.mean(0))
    assert abs(plane.axes[0, 1]) > 0.98
    assert abs(plane.axes[1, 3]) > 0.98
    covariance = np.cov(codes.T.numpy())
    spread = plane.project(codes).var(0).tolist()
    assert spread == pytest.approx(np.linalg.eigvalsh(covariance)[:-3:-1], rel=1e-4)


def test_points_of_the_plane_come_back():
    plane = principal_plane(cloud([3.0, 2.0, 1.0, 0.5]))
    points = torch.tensor([[0.0, 0.0], [1.0, -2.0], [0.3, 0.7]])
    torch.testing.assert_close(plane.project(plane.lift(points)), points)


def test_the_view_does_not_flip_when_the_directions_change_places():
    """The second direction becomes the largest; the picture must not turn by a right angle."""
    before = principal_plane(cloud([3.0, 2.0, 0.2, 0.2]))
    codes = cloud([2.0, 3.0, 0.2, 0.2])
    assert (principal_plane(codes).axes @ before.axes.T).diagonal().abs().max() < 0.2
    torch.testing.assert_close(principal_plane(codes, before).axes, before.axes, atol=0.1, rtol=0)


@pytest.mark.parametrize("signs", [(-1, 1), (1, -1), (-1, -1)])
def test_the_view_does_not_flip_with_the_signs_of_the_directions(signs):
    codes = cloud([3.0, 2.0, 0.2, 0.2])
    plane = principal_plane(codes)
    flipped = type(plane)(plane.origin, plane.axes * torch.tensor(signs).unsqueeze(1))
    torch.testing.assert_close(principal_plane(codes, flipped).axes, flipped.axes)


def test_a_cloud_that_tilts_a_little_moves_a_little():
    codes = cloud([3.0, 2.5, 0.2, 0.2, 0.2])
    first = principal_plane(codes)
    then = turned(codes, 8, 0, 3)
    second = principal_plane(then, first)
    moved = second.project(then) - first.project(codes)
    assert moved.abs().max() < 0.05 * first.project(codes).abs().max()


def test_no_rotation_of_the_axes_lies_nearer_to_the_previous_plane():
    previous = principal_plane(cloud([3.0, 2.0, 0.5, 0.5], seed=1))
    codes = turned(turned(cloud([3.0, 2.0, 0.5, 0.5], seed=2), 50, 0, 1), 20, 1, 2)
    free, found = principal_plane(codes), principal_plane(codes, previous)
    rotation, _ = orthogonal_procrustes(free.axes.T.numpy(), previous.axes.T.numpy())
    torch.testing.assert_close(found.axes.T, free.axes.T @ torch.from_numpy(rotation))


class Halves(nn.Module):
    """A model with a known code: z₀ is the grey of the left half, z₁ that of the right one."""

    def encode(self, x):
        return torch.stack([x[..., :14].mean((1, 2, 3)), x[..., 14:].mean((1, 2, 3))], 1)

    def decode(self, z):
        left, right = (part.expand(-1, 28 * 14).view(-1, 1, 28, 14) for part in z.split(1, 1))
        return torch.cat([left, right], 3)


def test_the_manifold_has_y1_in_its_first_row_and_x0_in_its_first_column(digits):
    snapshot = Observer(digits.test, NoiseConfig()).look(Halves(), 0, 0)
    x0, x1, y0, y1 = snapshot.extent
    assert x0 < x1
    assert y0 < y1
    assert snapshot.manifold.shape == (GRID, GRID, 28, 28)
    left, right = snapshot.manifold[..., 0, 0], snapshot.manifold[..., 0, 27]
    columns, rows = np.linspace(x0, x1, GRID), np.linspace(y1, y0, GRID)
    np.testing.assert_allclose(left, np.tile(255 * columns, (GRID, 1)), atol=0.51)
    np.testing.assert_allclose(right, np.tile(255 * rows, (GRID, 1)).T, atol=0.51)


def test_the_extent_leaves_one_hundredth_out_on_each_side(digits):
    snapshot = Observer(digits.test, NoiseConfig()).look(Halves(), 0, 0)
    x = snapshot.coordinates[:, 0]
    assert np.mean(x < snapshot.extent[0]) == pytest.approx(0.01, abs=0.004)
    assert np.mean(x > snapshot.extent[1]) == pytest.approx(0.01, abs=0.004)


def test_the_coordinates_are_codes_of_the_test_pictures_with_their_labels(digits):
    snapshot = Observer(digits.test, NoiseConfig()).look(Halves(), 7, 0.5)
    codes = Halves().encode(digits.test.pictures())
    np.testing.assert_array_equal(snapshot.coordinates, codes.numpy())
    np.testing.assert_array_equal(snapshot.labels, digits.test.labels.numpy())
    assert (snapshot.step, snapshot.epoch) == (7, 0.5)


def test_at_most_a_thousand_points_are_shown(digits):
    snapshot = Observer(digits.train, NoiseConfig()).look(Halves(), 0, 0)
    assert len(snapshot.coordinates) == len(snapshot.labels) == 1000


def test_the_ten_inputs_are_the_first_of_each_class(digits):
    inputs = Observer(digits.test, NoiseConfig()).look(Halves(), 0, 0).inputs
    for label, picture in enumerate(inputs):
        first = digits.test.labels.tolist().index(label)
        np.testing.assert_array_equal(picture, digits.test.images[first].numpy())


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([2, 1, 2, 1, 1, 2], [1, 0, 3, 2, 4, 5]),
        ([7] * 12, list(range(10))),
        ([0, 5, 0, 0], [0, 1, 2, 3]),
        ([*range(9), 0, 1], [*range(9), 9]),
    ],
)
def test_with_fewer_classes_the_ten_take_turns(labels, expected):
    assert representatives(torch.tensor(labels)).tolist() == expected


def test_the_ten_are_corrupted_once_and_reconstructed_from_that(digits):
    observer = Observer(digits.test, NoiseConfig("masking", 1.0))
    snapshot = observer.look(Halves(), 0, 0)
    assert snapshot.inputs.max() == 0
    assert snapshot.reconstructions.max() == 0
    assert np.abs(snapshot.codes).max() == 0
    assert snapshot.coordinates.max() > 0

    noisy = Observer(digits.test, NoiseConfig("gaussian", 0.5))
    first, second = (noisy.look(Halves(), step, 0) for step in (0, 1))
    np.testing.assert_array_equal(first.inputs, second.inputs)
    np.testing.assert_array_equal(first.codes, Halves().encode(noisy.inputs).numpy())


@pytest.mark.parametrize("d", [1, 2, 8, 1568])
def test_shapes_and_kinds_for_every_size_of_code(digits, d):
    model = build(ModelConfig("linear", latent_dim=d))
    snapshot = Observer(digits.test, NoiseConfig()).look(model, 0, 0)
    assert snapshot.coordinates.shape == (360, 2)
    assert snapshot.coordinates.dtype == np.float32
    assert snapshot.codes.shape == (10, d)
    assert snapshot.manifold.shape == (15, 15, 28, 28)
    assert snapshot.reconstructions.shape == (10, 28, 28)
    assert snapshot.manifold.dtype == snapshot.reconstructions.dtype == np.uint8
    assert np.isfinite(snapshot.coordinates).all()


def test_the_bytes_are_safetensors(digits, tmp_path):
    model = build(ModelConfig("mlp", hidden=(8,), latent_dim=3))
    snapshot = Observer(digits.test, NoiseConfig()).look(model, 12, 1 / 3)
    file = tmp_path / "snapshot.safetensors"
    file.write_bytes(snapshot.to_bytes())
    with safe_open(file, "np") as read:
        assert read.metadata() == {"step": "12", "epoch": "0.333333"}
        names = set(read.keys())
        for name in names:
            np.testing.assert_array_equal(read.get_tensor(name), getattr(snapshot, name))
    pictures = {"manifold", "inputs", "reconstructions"}
    assert names == pictures | {"coordinates", "labels", "extent", "codes", "angles"}


def test_pixels_are_clipped_and_rounded():
    pictures = torch.tensor([-0.5, 0.0, 0.0021, 0.5, 1.0, 1.7]).view(1, 1, 2, 3)
    assert to_uint8(pictures).tolist() == [[[0, 0, 1], [128, 255, 255]]]


def test_a_linear_model_is_measured_against_pca_and_no_other_is(digits):
    components = torch.from_numpy(pca.fit(digits.train).components)
    observer = Observer(digits.test, NoiseConfig(), components=components)
    model = build(ModelConfig("linear", latent_dim=3), seed=1)
    far = observer.look(model, 0, 0).angles
    assert far.shape == (3,)
    assert far.min() > 30
    with torch.no_grad():
        model.decoder[0].weight.copy_(
            components[:3].T @ torch.tensor([[1.0, 2, 0], [0, 1, 0], [3, 0, 1]])
        )
    assert observer.look(model, 1, 1).angles.max() < 0.05
    assert (
        observer.look(build(ModelConfig("mlp", hidden=(8,), latent_dim=3)), 0, 0).angles.size == 0
    )
