"""One drawn digit brought to the form of MNIST: a 20x20 box, centred by its mass."""

import numpy as np
import pytest

from aecore.mnist_form import to_mnist_form


def box(picture):
    """(height, width) of the ink."""
    rows, columns = np.nonzero(picture)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def centre(picture):
    ink = picture / picture.sum()
    axis = np.arange(28)
    return ink.sum(1) @ axis, ink.sum(0) @ axis


def ellipse(height, width, field=280, at=(40, 60)):
    """A filled ellipse somewhere in a large field."""
    y, x = np.mgrid[:field, :field].astype(float)
    y, x = (y - at[0] - height / 2) / (height / 2), (x - at[1] - width / 2) / (width / 2)
    return (x**2 + y**2 <= 1).astype(float)


def test_no_ink_gives_an_empty_field():
    form = to_mnist_form(np.zeros((50, 70)))
    assert (form.shape, form.dtype, form.max()) == ((28, 28), np.uint8, 0)


@pytest.mark.parametrize("shape", [(28,), (1, 28, 28), (28, 28, 3)])
def test_anything_but_one_picture_is_refused(shape):
    with pytest.raises(ValueError, match="one picture"):
        to_mnist_form(np.ones(shape))


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(200, 100, (20, 10)), (60, 180, (7, 20)), (120, 120, (20, 20)), (10, 5, (20, 10))],
)
def test_the_longer_side_becomes_20_and_the_shape_is_kept(height, width, expected):
    drawing = np.pad(np.ones((height, width)), 30)
    assert box(to_mnist_form(drawing)) == expected


def test_a_straight_line_keeps_one_pixel_of_width():
    line = np.zeros((300, 300))
    line[:, 150] = 1
    assert box(to_mnist_form(line)) == (20, 1)


def test_the_ink_is_centred_by_its_mass_not_by_its_box():
    triangle = np.tril(np.ones((40, 40)))
    form = to_mnist_form(triangle)
    rows, columns = np.nonzero(form)
    assert centre(form) == pytest.approx((13.5, 13.5), abs=0.51)
    assert (rows.min() + rows.max()) / 2 < 12
    assert (columns.min() + columns.max()) / 2 > 15


def test_the_place_in_the_drawing_does_not_matter():
    near = to_mnist_form(ellipse(90, 50, at=(0, 0)))
    far = to_mnist_form(ellipse(90, 50, at=(150, 200)))
    np.testing.assert_array_equal(near, far)


@pytest.mark.parametrize("scale", [1 / 255, 16, 1000])
def test_the_scale_of_the_ink_does_not_matter(scale):
    drawing = ellipse(90, 50)
    np.testing.assert_allclose(
        to_mnist_form(drawing * scale).astype(int), to_mnist_form(drawing), atol=1
    )


def test_the_strongest_ink_is_255():
    assert to_mnist_form(ellipse(100, 80) * 0.3).max() == 255


def test_edges_are_smoothed():
    form = to_mnist_form(ellipse(200, 150))
    assert np.count_nonzero((form > 0) & (form < 255)) > 20


def test_a_picture_that_is_mnist_already_hardly_changes(digits):
    first = digits.test.images[0].numpy()
    again = to_mnist_form(first)
    assert np.abs(again.astype(int) - first).mean() < 8
