"""Pictures keep their pixels, and the ten classes can be told apart by everybody."""

import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from aecore.figures import (
    CLASS_COLOURS,
    ILL,
    WELL,
    bars,
    by_shift,
    curves,
    error_by_size,
    overlaid,
    png,
    quality_by_level,
    ranked,
    share_of_values,
    strip,
    sweep_lines,
    sweep_map,
)

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(linear_rgb):
    """CIE L*a*b* (D65) of linear RGB."""
    xyz = np.clip(linear_rgb, 0, 1) @ np.array(
        [[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]]
    )
    t = xyz / [0.9505, 1.0, 1.089]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_ten_colours_differ_for_colour_blind_eyes(deficiency):
    codes = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in CLASS_COLOURS]) / 255
    linear = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    seen = [lab(colour @ np.transpose(DEFICIENCIES[deficiency])) for colour in linear]
    closest = min(np.linalg.norm(a - b) for a, b in combinations(seen, 2))
    # A just noticeable difference is about 2.3.
    assert closest > 4.5


def test_a_png_shows_each_pixel_as_a_square_of_its_own():
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    shown = np.asarray(Image.open(io.BytesIO(png(pixels, scale=3))))
    assert shown.shape == (84, 84)
    for row in range(3):
        for column in range(3):
            assert (shown[row::3, column::3] == pixels).all()


def test_a_strip_keeps_every_picture():
    pictures = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)
    row = strip(pictures, gap=2)
    assert row.shape == (28, 4 * 28 + 3 * 2)
    for i in range(4):
        assert (row[:, 30 * i : 30 * i + 28] == pictures[i]).all()
    assert (row[:, 28:30] == 0).all()
    assert (strip(np.zeros((2, 28, 28, 3), np.uint8))[:, 28] == 255).all()


def test_figures_hold_the_numbers_they_are_given():
    labels = {"x": "d", "y": "MSE", "pca": "PCA"}
    figure = error_by_size(
        [("a", 16, 0.01), ("b", 32, 0.005)], [(1, 0.06), (64, 0.009)], labels=labels
    )
    assert [list(trace.y) for trace in figure.data] == [[0.06, 0.009], [0.01], [0.005]]
    figure = curves([("a", [(0, 9.0), (1, 5.0)])], labels={"x": "epochs", "y": "nats"})
    assert list(figure.data[0].x) == [0, 1]
    assert list(figure.data[0].y) == [9.0, 5.0]


def test_quality_marks_the_level_of_training_on_its_line():
    lines = [
        ("no model", [(0.1, 20.0), (0.5, 10.0)], None),
        ("a", [(0.1, 22.0), (0.5, 18.0)], 0.3),
    ]
    figure = quality_by_level(lines, labels={"x": "σ", "y": "dB"})
    grey, line, ring = figure.data
    assert grey.line.dash == "dot"
    assert tuple(line.y) == (22.0, 18.0)
    assert (ring.x[0], ring.y[0]) == (0.3, 20.0)
    assert ring.marker.line.color == line.line.color


LABELS = {"x": "rank", "y": "value", "separators": ".,"}


def test_ranked_values_start_at_rank_one_and_tiny_ones_are_left_out():
    figure = ranked([("a", [3.0, 1.0, 1e-9]), ("b", [0.5])], log=True, labels=LABELS)
    first, second = figure.data
    assert list(first.x) == [1, 2, 3]
    assert list(first.y[:2]) == [3.0, 1.0]
    assert np.isnan(first.y[2])
    assert list(second.y) == [0.5]
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    plain = ranked([("a", [0.0])], labels=LABELS)
    assert list(plain.data[0].y) == [0.0]
    assert plain.layout.yaxis.type != "log"


def test_the_shares_of_values_sum_to_one_and_count_what_lies_beyond():
    values = np.array([[0.0, 0.0, 0.0], [1.0, -9.0, 9.0]])
    (line,) = share_of_values([("a", values)], labels=LABELS).data
    share = np.nan_to_num(np.asarray(line.y))
    assert share.sum() == pytest.approx(1)
    assert share[0] == share[-1] == pytest.approx(1 / 6)
    assert share[np.argmin(np.abs(line.x))] == pytest.approx(1 / 2)


def test_bars_stand_where_they_are_put_and_reach_the_common_top():
    labels = {"x": "rank", "y": "KL"}
    figure = bars([3.0, 1.0], top=4.0, colour=ILL, labels=labels)
    (drawn,) = figure.data
    assert (list(drawn.x), list(drawn.y)) == ([1, 2], [3.0, 1.0])
    assert drawn.marker.color == ILL
    assert (figure.layout.xaxis.range, figure.layout.yaxis.range) == ((0.5, 2.5), (0, 4.0))
    figure = bars([0.5, 0.5], at=[0.1, 0.3], top=1, colour=WELL, labels=labels)
    assert list(figure.data[0].x) == [0.1, 0.3]
    assert figure.layout.xaxis.range == pytest.approx((0, 0.4))


def test_a_bar_alone_has_room():
    figure = bars([2.0], top=2.0, colour=ILL, labels={"x": "x", "y": "y"})
    assert figure.layout.xaxis.range == (0.5, 1.5)


SWEPT = {"x": "d", "y": "error", "z": "error", "seed": "seed", "reference": "PCA"}


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([2, 4, 8, 16], "log"),
        ([1e-4, 1e-2], "log"),
        ([0, 1, 2, 3], "linear"),
        ([0.1, 0.3, 0.5], "linear"),
        ([0, 0.1, 1, 10], "category"),
        ([0], "linear"),
    ],
)
def test_the_axis_of_a_sweep_suits_its_values(values, scale):
    rows = [(value, 0.1, i, 0) for i, value in enumerate(values)]
    means = [(value, 0.1, None) for value in values]
    figure = sweep_lines([("model", rows, means)], [], None, labels=SWEPT)
    assert figure.layout.xaxis.type == scale
    assert [float(x) for x in figure.data[1].x] == values


def test_each_point_of_a_sweep_tells_its_run_and_the_chosen_one_has_a_ring():
    lines = [
        ("a", [(2, 0.5, 0, 7), (4, 0.4, 1, 7)], [(2, 0.5, None), (4, 0.4, None)]),
        ("b", [(2, 0.3, 2, 7), (4, 0.2, 3, 7)], [(2, 0.3, 0.1), (4, 0.2, None)]),
    ]
    figure = sweep_lines(lines, [(1, [(2, 0.1), (4, 0.05)])], 3, log=True, labels=SWEPT)
    reference, _a, points_a, ring_a, line_b, points_b, ring_b = figure.data
    assert [tuple(told) for told in points_a.customdata] == [(0, 7), (1, 7)]
    assert [tuple(told) for told in points_b.customdata] == [(2, 7), (3, 7)]
    assert tuple(line_b.error_y.array) == (0.1, 0)
    assert len(ring_a.x) == 0
    assert (ring_b.x, ring_b.y) == ((4.0,), (0.2,))
    # What belongs to one line has its colour.
    assert reference.line.color == line_b.line.color
    assert figure.layout.yaxis.type == "log"


def test_a_map_has_a_gap_where_nothing_was_measured():
    cells = [("2", "1", 0.5, "0.5", 0, 0.4, 0.6), ("4", "3", 0.1, "0.1", 3, 0.1, 0.1)]
    figure = sweep_map(["2", "4"], ["1", "3"], cells, labels=SWEPT)
    assert np.array_equal(figure.data[0].z, [[0.5, np.nan], [np.nan, 0.1]], equal_nan=True)
    assert [told[0] for told in figure.data[1].customdata] == [0, 3]


def test_pictures_over_each_other_are_blue_orange_and_white_where_both_are():
    ink = np.array([[0, 255], [0, 0]], np.uint8)
    apart = overlaid(ink, ink, 1, 2)
    assert apart.shape == (2, 6, 3)
    blue, orange = apart[0, 3].astype(int), apart[0, 4].astype(int)
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]
    assert np.count_nonzero(apart.any(2)) == 2
    together = overlaid(ink, ink, 0, 2)
    assert together[0, 3].tolist() == [255, 255, 255]


def test_a_dot_marks_the_shift_that_is_shown():
    line, dot = by_shift([-2, 0, 2], [3.0, 0.0, 1.0], 2, labels={"x": "shift", "y": "MSE"}).data
    assert list(line.y) == [3.0, 0.0, 1.0]
    assert (list(dot.x), list(dot.y)) == ([2], [1.0])
