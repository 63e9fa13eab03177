"""Attributes measured on pictures, their directions in code space, arithmetic on codes."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from aecore import checkpoint, library
from aecore.explore import attributes
from aecore.explore.attributes import directions, measure, size, slant, thickness
from aecore.explore.codes import encode

FINE = 16


def drawn(inside):
    """A picture (1, 1, 28, 28) of what ``inside(x, y)`` says, from its centre, y upwards,
    each pixel the share of it that is inside."""
    rows, columns = np.mgrid[0 : 28 * FINE, 0 : 28 * FINE]
    x, y = (columns + 0.5) / FINE - 14, 14 - (rows + 0.5) / FINE
    share = inside(x, y).reshape(28, FINE, 28, FINE).mean((1, 3))
    return torch.from_numpy(share).float()[None, None]


def bar(width, length, degrees=0.0):
    """An upright bar, turned to the right."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return drawn(
        lambda x, y: (abs(x * c - y * s) <= width / 2) & (abs(x * s + y * c) <= length / 2)
    )


@pytest.mark.parametrize("degrees", [-40, -15, 0, 10, 35])
def test_slant_is_the_angle_of_a_sheared_bar(degrees):
    shear = np.tan(np.deg2rad(degrees))
    x = drawn(lambda x, y: (abs(x - shear * y) <= 1.5) & (abs(y) <= 9))
    assert float(slant(x)) == pytest.approx(degrees, abs=0.1)


@pytest.mark.parametrize(("width", "error"), [(2, 0.15), (3, 0.06), (4, 0.06), (5, 0.06)])
@pytest.mark.parametrize("degrees", [0, 10, 25, 45])
def test_thickness_is_the_width_of_a_stroke_in_any_direction(width, error, degrees):
    assert float(thickness(bar(width, 20, degrees))) == pytest.approx(width, rel=error)


@pytest.mark.parametrize("width", [2, 3, 4])
def test_thickness_of_a_ring_is_its_width(width):
    ring = drawn(lambda x, y: abs(np.hypot(x, y) - 7) <= width / 2)
    assert float(thickness(ring)) == pytest.approx(width, rel=0.12)


def test_size_is_the_radius_of_gyration():
    # The variance of a uniform distribution over a length l is l² / 12.
    assert float(size(bar(4, 18))) == pytest.approx(np.sqrt((4**2 + 18**2) / 12), rel=0.01)
    assert float(size(bar(2, 9))) == pytest.approx(float(size(bar(4, 18))) / 2, rel=0.02)


def test_moving_a_digit_changes_nothing(digits):
    x = torch.nn.functional.pad(digits.test.pictures(slice(0, 20))[..., 4:24, 4:24], (4, 4, 4, 4))
    moved = x.roll((2, -3), (2, 3))
    torch.testing.assert_close(measure(moved), measure(x), atol=1e-3, rtol=1e-4)


def test_mirrored_digits_lean_the_other_way(digits):
    x = digits.test.pictures(slice(0, 20))
    torch.testing.assert_close(slant(x.flip(3)), -slant(x), atol=1e-3, rtol=1e-4)


def test_a_picture_without_ink_has_no_attributes():
    assert measure(torch.zeros(2, 1, 28, 28)).tolist() == [[0, 0, 0]] * 2
    one_row = torch.zeros(1, 1, 28, 28)
    one_row[0, 0, 9, 3:20] = 1
    assert measure(one_row).isfinite().all()
    assert float(slant(one_row)) == 0


def correlated(count=600, d=7, seed=0):
    """Codes with very unequal variances, and two attributes that they tell in part."""
    random = np.random.default_rng(seed)
    scales = np.geomspace(3, 0.05, d)
    z = random.normal(size=(count, d)) @ np.linalg.qr(random.normal(size=(d, d)))[0] * scales + 1
    s = z @ random.normal(size=(d, 2)) + random.normal(size=(count, 2)) + [5, -2]
    return z, s * [1, 10]


def ridge_of(z, s):
    """scikit-learn's regression of the standardised attributes: (d, k)."""
    penalty = attributes.RIDGE * z.var(0).mean() * len(z)
    return Ridge(alpha=penalty).fit(z, (s - s.mean(0)) / s.std(0)).coef_.T


def test_a_step_along_a_direction_is_one_standard_deviation_of_the_prediction():
    z, s = correlated()
    found = directions(torch.from_numpy(z), torch.from_numpy(s))
    weights = ridge_of(z, s)
    for k in range(2):
        assert found.vectors[k].numpy() @ weights[:, k] == pytest.approx(1, abs=1e-4)
        pattern = np.cov(z.T, bias=True) @ weights[:, k]
        cosine = found.vectors[k].numpy() @ pattern / np.linalg.norm(pattern)
        assert cosine == pytest.approx(np.linalg.norm(found.vectors[k]), rel=1e-4)
    np.testing.assert_allclose(found.deviation, s.std(0), rtol=1e-5)


def test_r2_is_that_of_the_half_that_was_not_fitted():
    z, s = correlated()
    found = directions(torch.from_numpy(z), torch.from_numpy(s))
    z, standard = z - z.mean(0), (s - s.mean(0)) / s.std(0)
    even = np.arange(len(z)) % 2 == 0
    residual = np.empty_like(standard)
    for part in (even, ~even):
        penalty = attributes.RIDGE * (z[~part] ** 2).mean() * (~part).sum()
        model = Ridge(alpha=penalty, fit_intercept=False).fit(z[~part], standard[~part])
        residual[part] = standard[part] - model.predict(z[part])
    np.testing.assert_allclose(found.r2, 1 - (residual**2).mean(0), atol=1e-4)


def test_noise_has_no_direction():
    random = np.random.default_rng(1)
    z, s = random.normal(size=(2000, 5)), random.normal(size=(2000, 1))
    assert abs(float(directions(torch.from_numpy(z), torch.from_numpy(s)).r2)) < 0.02


def test_a_direction_is_where_codes_go_and_not_where_they_are_only_read():
    # The attribute moves the first unit; the second holds a noise that is also in the first, so
    # that a good prediction subtracts it. Nothing is drawn along the second.
    random = np.random.default_rng(2)
    s, noise = random.normal(size=(2, 4000))
    z = np.stack([s + noise, noise], 1)
    found = directions(torch.from_numpy(z), torch.from_numpy(s[:, None]))
    np.testing.assert_allclose(found.vectors[0], [1, 0], atol=0.05)
    assert ridge_of(z, s[:, None]).ravel()[1] < -0.9


def test_units_that_never_change_are_left_alone():
    z, s = correlated()
    z = np.concatenate([z, np.full((len(z), 2), 0.7)], 1)
    found = directions(torch.from_numpy(z), torch.from_numpy(s))
    assert found.vectors.isfinite().all()
    assert found.vectors[:, -2:].abs().max() < 1e-9
    constant = directions(torch.zeros(10, 3), torch.ones(10, 1))
    assert constant.vectors.isfinite().all()
    assert constant.r2.isfinite().all()


def test_within_the_classes_another_class_is_not_more_of_an_attribute():
    # Classes lie along the first unit with ever more of the attribute; within one, only the
    # second unit tells it.
    random = np.random.default_rng(3)
    labels, s = random.integers(0, 4, 3000), random.normal(size=3000)
    z = torch.from_numpy(np.stack([labels * 5 + random.normal(size=3000), s], 1))
    values, labels = torch.from_numpy(s + 10 * labels)[:, None], torch.from_numpy(labels)
    across, within = directions(z, values), directions(z, values, labels)
    assert abs(across.vectors[0, 0]) > 3
    np.testing.assert_allclose(within.vectors[0], [0, 1], atol=0.1)
    assert float(within.deviation) == pytest.approx(1, abs=0.05)
    assert float(within.r2) > 0.99


@pytest.mark.parametrize("name", ["mlp-d16", "vae-mlp-d20"])
def test_a_digit_moved_along_a_direction_is_drawn_with_more_of_the_attribute(name, digits):
    model, _card = checkpoint.load(library.path(name))
    z = torch.from_numpy(encode(model, digits.test))
    found = directions(z, measure(digits.test.pictures()), digits.test.labels)
    assert (found.r2 > 0.4).all()
    for k in range(3):
        with torch.inference_mode():
            more, less = (
                measure(model.decode(z + by * found.vectors[k]).clamp(0, 1)) for by in (1, -1)
            )
        gain = ((more - less) / 2 / found.deviation).mean(0)
        assert gain[k] > 0.4
        assert gain.abs().argmax() == k


def test_class_means_are_those_of_each_class(digits):
    codes = torch.randn(len(digits.test), 3, generator=torch.Generator().manual_seed(0))
    means = attributes.class_means(codes, digits.test.labels)
    for c in range(10):
        torch.testing.assert_close(means[c], codes[digits.test.labels == c].mean(0))


def test_arithmetic_and_the_nearest_code():
    a, b, c = torch.tensor([[1.0, 2], [3, 5], [10, 20]])
    z = attributes.arithmetic(a, b, c)
    assert z.tolist() == [8, 17]
    assert attributes.nearest(torch.tensor([[0.0, 0], [9, 16], [8, 20]]), z) == 1
