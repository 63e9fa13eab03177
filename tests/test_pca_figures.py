"""The charts of the PCA page hold what they are given, and mark the chosen d."""

import numpy as np
import pytest

from aecore.figures import angle_curves, cumulative, error_by_family, scree

LABELS = {"x": "x", "y": "y", "kept": "kept", "left": "left", "separators": ",."}


def test_every_family_has_its_line_and_the_chosen_d_stands_out():
    figure = error_by_family(
        [("linear", "Linear", [(2, 0.05), (8, 0.03)]), ("conv", "Conv", [(2, 0.04), (8, 0.01)])],
        ("PCA", [(1, 0.06), (2, 0.05), (8, 0.03)]),
        [("mine", 5, 0.02)],
        8,
        labels=LABELS,
    )
    assert [trace.name for trace in figure.data] == ["PCA", "Linear", "Conv", "mine"]
    assert [list(trace.y) for trace in figure.data] == [
        [0.06, 0.05, 0.03], [0.05, 0.03], [0.04, 0.01], [0.02],
    ]  # fmt: skip
    for trace in figure.data[1:3]:
        small, large = trace.marker.size
        assert large > small
    assert len({trace.line.color for trace in figure.data[:3]}) == 3
    assert len({trace.marker.symbol for trace in figure.data[1:]}) == 3
    assert [shape.x0 for shape in figure.layout.shapes] == [8]
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"


@pytest.mark.parametrize(("kept", "first", "second"), [(2, 2, 3), (5, 5, 0), (9, 5, 0)])
def test_the_scree_plot_parts_what_is_kept_from_what_is_left(kept, first, second):
    shares = [0.5, 0.2, 0.1, 0.05, 0.01]
    figure = scree(shares, kept, labels=LABELS)
    assert [len(trace.y) for trace in figure.data] == [first, second]
    assert [y for trace in figure.data for y in trace.y] == shares
    assert [x for trace in figure.data for x in trace.x] == [1, 2, 3, 4, 5]
    assert figure.layout.yaxis.type == "linear"
    assert scree(shares, kept, log=True, labels=LABELS).layout.yaxis.type == "log"


def test_the_shares_are_added_up_and_d_is_marked_at_its_sum():
    shares = [0.5, 0.2, 0.1, 0.05]
    figure = cumulative(shares, 3, labels=LABELS)
    np.testing.assert_allclose(figure.data[0].y, [0.5, 0.7, 0.8, 0.85])
    marked = figure.data[-1]
    assert (list(marked.x), list(marked.y)) == ([3], pytest.approx([0.8]))
    assert len(cumulative(shares, 9, labels=LABELS).data) == 1


def named(figure):
    return {trace.name: list(trace.y) for trace in figure.data if trace.name}


def test_the_angles_are_drawn_each_and_three_stand_out():
    words = {**LABELS, "smallest": "s", "median": "m", "largest": "l"}
    epochs = [0, 1, 4]
    angles = [[50, 60, 70, 80], [5, 10, 15, 80], [0.1, 0.2, 0.3, 40]]
    figure = angle_curves(epochs, angles, labels=words)
    assert named(figure) == {"s": [50, 5, 0.1], "m": [60, 10, 0.2], "l": [80, 80, 40]}
    drawn = [list(trace.y) for trace in figure.data]
    for column in zip(*angles, strict=True):
        assert list(column) in drawn
    assert list(figure.data[-1].x) == [0, 1, 2], "epochs by their square root"
    ticks = dict(zip(figure.layout.xaxis.ticktext, figure.layout.xaxis.tickvals, strict=True))
    assert ticks["0"] == 0
    assert ticks["1"] == 1
    assert ticks["2"] == pytest.approx(2**0.5)
    assert "0,1" in ticks, "in the reader's way of writing"


@pytest.mark.parametrize("last", [0.05, 0.4, 1, 20, 1000])
def test_the_numbers_of_the_epochs_do_not_run_into_each_other(last):
    words = {**LABELS, "smallest": "s", "median": "m", "largest": "l"}
    figure = angle_curves([0, last], [[80], [1]], labels=words)
    ticks = np.array(figure.layout.xaxis.tickvals)
    assert len(ticks) >= 3
    assert np.diff(ticks).min() > 0.05 * last**0.5
    assert ticks.max() <= last**0.5


def test_two_angles_have_no_median_and_one_angle_is_both():
    words = {**LABELS, "smallest": "s", "median": "m", "largest": "l"}
    assert set(named(angle_curves([0, 1], [[1, 2], [3, 4]], labels=words))) == {"s", "l"}
    assert named(angle_curves([0, 1], [[1], [3]], labels=words)) == {"s": [1, 3], "l": [1, 3]}
