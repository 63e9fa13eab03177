"""Pictures with signs keep their signs, grids their places, and charts their numbers."""

import numpy as np
import pytest

from aecore import figures


def test_zero_is_white_and_the_signs_have_colours_of_their_own():
    values = np.array([[[-2.0, 0.0, 2.0], [0.0, 1.0, -1.0]]])
    shown = figures.signed(values, 2.0).astype(int)
    assert shown.shape == (1, 2, 3, 3)
    assert shown[0, 0, 1].tolist() == [247, 247, 247]
    red, blue = shown[0, 0, 2], shown[0, 0, 0]
    assert red[0] > 150 > red[2]
    assert blue[2] > 150 > blue[0]
    # Half the value is nearer to white.
    assert (shown[0, 1, 1] >= red).all()
    assert (figures.signed(values * 9, 2.0)[0, 0, 2] == red).all()


def test_without_a_limit_each_picture_has_its_own_scale():
    one = np.random.default_rng(0).normal(size=(28, 28))
    shown = figures.signed(np.stack([one, 1000 * one]))
    assert (shown[0] == shown[1]).all()
    assert (figures.signed(np.zeros((2, 4, 4))) == 247).all()
    share = np.mean(np.abs(one) >= figures.full_colour(one))
    assert share == pytest.approx(0.01, abs=0.003)


@pytest.mark.parametrize(
    ("count", "shape"), [(36, (6, 6)), (32, (8, 4)), (20, (5, 4)), (2, (2, 1)), (1, (1, 1))]
)
def test_codes_have_the_grids_of_the_course(count, shape):
    assert figures.grid_shape(count) == shape


def test_every_grid_holds_all_and_is_not_long():
    for count in range(1, 1569):
        rows, columns = figures.grid_shape(count)
        assert rows * columns >= count > (rows - 1) * columns
        assert rows <= 4 * columns
        grid = figures.as_grid(np.arange(count))
        assert grid.ravel()[:count].tolist() == list(range(count))
        assert np.isnan(grid.ravel()[count:]).all()


@pytest.mark.parametrize("shape", [(5, 3, 3), (5, 3, 3, 3)])
def test_a_sheet_keeps_every_picture_in_its_place(shape):
    pictures = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    page = figures.sheet(pictures, columns=2, gap=1)
    assert page.shape[:2] == (11, 7)
    for i in range(5):
        y, x = i // 2 * 4, i % 2 * 4
        assert (page[y : y + 3, x : x + 3] == pictures[i]).all()
    assert (page[3] == 128).all()


def test_the_histogram_is_a_density_and_the_prior_another():
    values = np.random.default_rng(0).normal(size=5000)
    labels = {"x": "value", "y": "density", "name": "all", "normal": "prior"}
    figure = figures.value_histogram(values, normal=True, silent=0.1, labels=labels)
    bars, prior = figure.data
    assert float(np.sum(bars.y) * bars.width) == pytest.approx(1)
    assert np.trapezoid(prior.y, prior.x) == pytest.approx(1, abs=0.01)
    assert figure.layout.shapes[0].x1 == 0.1
    assert len(figures.value_histogram(values, labels=labels).data) == 1


def test_boxes_have_the_quartiles_of_their_class():
    classes = np.repeat([0, 2], 101)
    values = np.concatenate([np.arange(101.0), np.arange(101.0) + 1000])
    labels = {"x": "class", "y": "value"}
    figure = figures.values_by_class(values, classes, ["a", "b", "c"], labels=labels)
    assert [trace.name for trace in figure.data] == ["a", "c"]
    assert [figure.data[1][k][0] for k in ("lowerfence", "q1", "median", "q3", "upperfence")] == [
        1005, 1025, 1050, 1075, 1095,
    ]  # fmt: skip


def test_rates_and_sizes_stand_where_they_belong():
    labels = {"x": "bytes", "y": "MSE", "floor": "exact", "bits": "{bits} bits"}
    lines = [("packed", [4, 8], [0.04, 0.02]), ("deflated", [5.0, 8.1], [0.04, 0.02])]
    figure = figures.rate_distortion(lines, [("PNG", 268.0)], 0.01, labels=labels)
    named = {trace.name: trace for trace in figure.data}
    assert list(named["packed"].x) == [4, 8]
    assert list(named["packed"].text) == ["1 bits", "2 bits"]
    assert (list(named["PNG"].x), list(named["PNG"].y)) == ([268], [0])
    assert set(named["exact"].y) == {0.01}
    labels = {"x": "d", "y": "parameters", "line": "formula", "model": "this"}
    figure = figures.parameters_by_size([1, 9], [10, 90], (4, 40), labels=labels)
    assert [list(trace.y) for trace in figure.data] == [[10, 90], [40]]
