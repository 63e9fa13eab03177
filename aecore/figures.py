"""Figures: the palette of the ten classes, pictures of digits as PNG, and Plotly charts."""

from __future__ import annotations

import colorsys
import html
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Petroff (2021), "Accessible color sequences for data visualization", the sequence of ten.
CLASS_COLOURS = [
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
]  # fmt: skip


# Those of the palette that read well as lines, side by side.
LINE_COLOURS = [CLASS_COLOURS[i] for i in (0, 6, 4, 1, 2, 9, 5, 7)]
# Of what fails and what is repaired; words always say it as well.
ILL, WELL = "#bd1f01", "#2e8b57"


def png(pixels: np.ndarray, scale: int = 1) -> bytes:
    """A picture (H, W) or (H, W, 3) uint8 as PNG, each pixel a square of ``scale`` pixels."""
    large = pixels.repeat(scale, 0).repeat(scale, 1)
    buffer = io.BytesIO()
    Image.fromarray(large).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def gif(frames: np.ndarray, milliseconds: int, scale: int = 1) -> bytes:
    """Pictures (n, H, W) uint8 as a film that goes there and back without end.

    milliseconds: each one's, in steps of 10; each pixel is a square of ``scale`` pixels.
    """
    film = [*frames, *frames[-2:0:-1]]
    first, *others = [Image.fromarray(one.repeat(scale, 0).repeat(scale, 1)) for one in film]
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=milliseconds, loop=0)
    return buffer.getvalue()


def grey(pictures: np.ndarray) -> np.ndarray:
    """Pictures in [0, 1], clipped, any shape → the same uint8."""
    return (pictures.clip(0, 1) * 255).round().astype(np.uint8)


def strip(pictures: np.ndarray, gap: int = 1) -> np.ndarray:
    """Pictures (n, 28, 28) or (n, 28, 28, 3) uint8 in a row, ``gap`` pixels apart.

    What is between them is dark, as digits are around their ink; white between pictures in
    colour, where white is zero.
    """
    n, height, width, *colour = pictures.shape
    row = np.full((height, n * (width + gap), *colour), 255 if colour else 0, np.uint8)
    for i, one in enumerate(pictures):
        row[:, i * (width + gap) : i * (width + gap) + width] = one
    return row[:, : n * (width + gap) - gap]


def error_by_size(
    points: Sequence[tuple[str, int, float]],
    pca: Sequence[tuple[int, float]],
    *,
    labels: dict[str, str],
) -> go.Figure:
    """Test MSE against d: models as points, PCA as a line.

    points: (name, d, MSE a pixel); pca: (d, MSE), or nothing. labels: ``x``, ``y``, ``pca``, in the
    language of the reader, and its ``separators`` of decimals and thousands.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    if pca:
        figure.add_scatter(
            x=[d for d, _ in pca], y=[e for _, e in pca], mode="lines", name=labels["pca"],
            line={"color": CLASS_COLOURS[8], "dash": "dash"},
        )  # fmt: skip
    for i, (name, d, error) in enumerate(points):
        figure.add_scatter(
            x=[d], y=[error], mode="markers", name=name,
            marker={"size": 13, "color": CLASS_COLOURS[i % 10], "symbol": i // 10},
        )  # fmt: skip
    figure.update_xaxes(type="log", title=labels["x"], tickvals=[2**k for k in range(12)])
    figure.update_yaxes(type="log", title=labels["y"], dtick=math.log10(2), tickformat=".4~f")
    return _plain(figure, labels)


def curves(
    runs: Sequence[tuple[str, Sequence[tuple[float, ...]]]],
    *,
    colours: Sequence[str] = CLASS_COLOURS,
    labels: dict[str, str],
) -> go.Figure:
    """Curves of several runs over each other: (name, rows of (epoch, total, ...))."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for i, (name, rows) in enumerate(runs):
        figure.add_scatter(
            x=[row[0] for row in rows], y=[row[1] for row in rows], mode="lines+markers",
            name=name, line={"color": colours[i % len(colours)]},
        )  # fmt: skip
    figure.update_xaxes(title=labels["x"])
    figure.update_yaxes(type="log", title=labels["y"], tickformat=".3~g")
    return _plain(figure, labels)


def quality_by_level(
    lines: Sequence[tuple[str, Sequence[tuple[float, float]], float | None]],
    *,
    labels: dict[str, str],
) -> go.Figure:
    """Quality against the level of a corruption: (name, (level, dB) pairs, level of training).

    The first line is drawn in grey, as what is left without any model; a ring marks the level
    that a model was trained at. labels: ``x``, ``y`` and ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for i, (name, rows, trained) in enumerate(lines):
        # Grey tones of the palette are left to the line without a model.
        colour = _line_colour(i)
        x, y = zip(*rows, strict=True)
        line = {"color": colour, "width": 3}
        figure.add_scatter(
            x=x, y=y, mode="lines+markers", name=name, legendgroup=name,
            line={"color": colour, "dash": "dot" if i == 0 else "solid"},
        )  # fmt: skip
        if trained is not None:
            figure.add_scatter(
                x=[trained], y=[np.interp(trained, x, y)], mode="markers", name=name,
                legendgroup=name, showlegend=False, hoverinfo="skip",
                marker={"size": 18, "color": "rgba(0,0,0,0)", "line": line},
            )  # fmt: skip
    figure.update_xaxes(title=labels["x"])
    figure.update_yaxes(title=labels["y"])
    return _plain(figure, labels)


def areas(
    classes: Sequence[str],
    lines: Sequence[tuple[str, Sequence[float]]],
    *,
    labels: dict[str, str],
) -> go.Figure:
    """The area under the ROC curve of each class, two bars or more beside each other.

    lines: (name, areas in [0, 1], one a class). labels: ``x``, ``y`` and ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for (name, values), colour in zip(lines, (CLASS_COLOURS[6], CLASS_COLOURS[3]), strict=False):
        figure.add_bar(x=list(classes), y=values, name=name, marker={"color": colour})
    low = min(0.5, *(value for _, values in lines for value in values))
    figure.update_xaxes(title=labels["x"], type="category")
    figure.update_yaxes(title=labels["y"], range=[math.floor(10 * low) / 10, 1])
    return _plain(figure, labels)


def _plain(figure: go.Figure, labels: dict[str, str]) -> go.Figure:
    figure.update_layout(
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        height=380,
        separators=labels.get("separators", ".,"),
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02},
    )
    return figure


# ColorBrewer's RdBu (Harrower and Brewer, 2003): the least value is blue, zero white, the largest
# red; it can be read by colour-blind eyes.
DIVERGING = [
    "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7",
    "#fddbc7", "#f4a582", "#d6604d", "#b2182b",
]  # fmt: skip


# Outliers would pale all the rest: the largest hundredth of the values shares full colour.
FULL = 0.99


def full_colour(values: np.ndarray) -> float:
    """The size of signed values from which on they are drawn in full colour."""
    return float(np.quantile(np.abs(values), FULL))


def signed(values: np.ndarray, limit: float | None = None) -> np.ndarray:
    """Signed values (…, H, W) in colours: (…, H, W, 3) uint8, zero always white.

    limit: the value of full colour, on either side; unless given, each picture's own
    ``full_colour``.
    """
    if limit is None:
        limit = np.quantile(np.abs(values), FULL, axis=(-2, -1), keepdims=True)
    scaled = values / np.where(np.asarray(limit) > 0, limit, 1)
    stops = np.linspace(-1, 1, len(DIVERGING))
    colours = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in DIVERGING])
    channels = [np.interp(scaled, stops, colours[:, i]) for i in range(3)]
    return np.stack(channels, -1).round().astype(np.uint8)


def grid_shape(count: int) -> tuple[int, int]:
    """Rows and columns of a nearly square grid: 36 → 6x6, 32 → 8x4; its last row may end early."""
    columns = math.isqrt(count)
    while count % columns:
        columns -= 1
    if columns < math.sqrt(count) / 2:
        columns = math.ceil(math.sqrt(count))
    return math.ceil(count / columns), columns


def as_grid(values: np.ndarray) -> np.ndarray:
    """Values (…, n) in a nearly square grid (…, rows, columns), NaN where there are none."""
    *lead, count = values.shape
    rows, columns = grid_shape(count)
    grid = np.full((*lead, rows * columns), np.nan)
    grid[..., :count] = values
    return grid.reshape(*lead, rows, columns)


def sheet(pictures: np.ndarray, columns: int | None = None, gap: int = 1) -> np.ndarray:
    """Pictures (n, H, W) or (n, H, W, 3) uint8 in a grid, nearly square unless told, ``gap``
    grey pixels apart."""
    n, height, width, *colour = pictures.shape
    columns = columns or grid_shape(n)[1]
    rows = math.ceil(n / columns)
    page = np.full((rows * (height + gap), columns * (width + gap), *colour), 128, np.uint8)
    for i, one in enumerate(pictures):
        y, x = i // columns * (height + gap), i % columns * (width + gap)
        page[y : y + height, x : x + width] = one
    return page[: rows * (height + gap) - gap, : columns * (width + gap) - gap]


FRAME = 3
FRAME_COLOUR = (255, 169, 14)


def class_by_style(
    pictures: np.ndarray, *, originals: np.ndarray | None = None, own: np.ndarray | None = None
) -> np.ndarray:
    """The grid class × style as one picture: (H, W, 3) uint8, all columns equally wide.

    pictures: (n, 10, 28, 28) uint8, a style a row and a class a column; originals: (n, 28, 28)
    uint8, where the styles are from, put before each row; own: (n,), their classes, framed.
    """
    n, classes = pictures.shape[:2]
    lead = 0 if originals is None else 1
    step = 28 + 2 * FRAME
    page = np.zeros((n * step, (classes + lead) * step, 3), np.uint8)
    for row in range(n):
        cells = [*([] if originals is None else [originals[row]]), *pictures[row]]
        for column, cell in enumerate(cells):
            y, x = row * step, column * step
            if own is not None and column == lead + own[row]:
                page[y : y + step, x : x + step] = FRAME_COLOUR
            page[y + FRAME : y + step - FRAME, x + FRAME : x + step - FRAME] = cell[..., None]
    return page


def value_histogram(
    values: np.ndarray,
    *,
    bins: int = 80,
    normal: bool = False,
    silent: float = 0.0,
    labels: dict[str, str],
) -> go.Figure:
    """The density of values (any shape); with N(0, 1) over it if ``normal``.

    silent: the half width of the band around zero that is marked. labels: ``x``, ``y``,
    ``name``, ``normal`` and ``separators``.
    """
    import plotly.graph_objects as go

    density, edges = np.histogram(values, bins=bins, density=True)
    middle = (edges[1:] + edges[:-1]) / 2
    figure = go.Figure()
    figure.add_bar(
        x=middle, y=density, width=edges[1] - edges[0], name=labels["name"],
        marker={"color": CLASS_COLOURS[0], "line": {"width": 0}},
    )  # fmt: skip
    if normal:
        x = np.linspace(min(-3.5, edges[0]), max(3.5, edges[-1]), 200)
        figure.add_scatter(
            x=x, y=np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi), mode="lines",
            name=labels["normal"], line={"color": CLASS_COLOURS[6], "width": 2.5},
        )  # fmt: skip
    if silent:
        figure.add_vrect(
            x0=-silent, x1=silent, fillcolor=CLASS_COLOURS[8], opacity=0.3, line_width=0
        )
    figure.update_xaxes(title=labels["x"])
    figure.update_yaxes(title=labels["y"])
    return _plain(figure, labels)


def values_by_class(
    values: np.ndarray, classes: np.ndarray, names: Sequence[str], *, labels: dict[str, str]
) -> go.Figure:
    """A box for each class: the quartiles of its values (N,), and where 90 % of them lie.

    classes: (N,), indices of ``names``. labels: ``x``, ``y`` and ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for i, name in enumerate(names):
        own = values[classes == i]
        if len(own):
            low, q1, median, q3, high = np.quantile(own, [0.05, 0.25, 0.5, 0.75, 0.95]).tolist()
            figure.add_box(
                x=[name], lowerfence=[low], q1=[q1], median=[median], q3=[q3], upperfence=[high],
                name=name, marker={"color": CLASS_COLOURS[i % 10]}, showlegend=False,
            )  # fmt: skip
    figure.update_xaxes(title=labels["x"], type="category")
    figure.update_yaxes(title=labels["y"], zeroline=True)
    return _plain(figure, labels)


def parameters_by_size(
    sizes: Sequence[int], counts: Sequence[int], marked: tuple[int, int], *, labels: dict[str, str]
) -> go.Figure:
    """The number of parameters against d as a line, and one model on it as a point.

    marked: (d, parameters) of the model. labels: ``x``, ``y``, ``line``, ``model``, ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=sizes, y=counts, mode="lines+markers", name=labels["line"],
        line={"color": CLASS_COLOURS[0]},
    )  # fmt: skip
    figure.add_scatter(
        x=[marked[0]], y=[marked[1]], mode="markers", name=labels["model"],
        marker={"size": 14, "color": CLASS_COLOURS[6]},
    )  # fmt: skip
    figure.update_xaxes(title=labels["x"])
    figure.update_yaxes(title=labels["y"], rangemode="tozero", tickformat=",")
    return _plain(figure, labels)


def rate_distortion(
    lines: Sequence[tuple[str, Sequence[float], Sequence[float]]],
    lossless: Sequence[tuple[str, float]],
    floor: float,
    *,
    labels: dict[str, str],
) -> go.Figure:
    """Error against bytes a picture: lines of several depths, and lossless forms at no error.

    lines: (name, bytes a picture, MSE a pixel), one bit a value first; lossless: (name, bytes
    a picture); floor: the MSE of the codes unrounded. labels: ``x``, ``y``, ``floor``, ``bits``
    (with ``{bits}``) and ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for i, (name, size, error) in enumerate(lines):
        figure.add_scatter(
            x=size, y=error, name=name, mode="lines+markers",
            line={
                "color": CLASS_COLOURS[(0, 4, 5)[i % 3]], "dash": ("solid", "dot", "dash")[i % 3],
            },
            text=[labels["bits"].format(bits=bits) for bits in range(1, len(size) + 1)],
            hovertemplate="%{text}<br>%{x:.1f} · %{y:.5f}",
        )  # fmt: skip
    for i, (name, size) in enumerate(lossless):
        figure.add_scatter(
            x=[size], y=[0], name=name, mode="markers", cliponaxis=False,
            marker={
                "size": 14, "symbol": ("diamond", "square", "circle")[i % 3],
                "color": CLASS_COLOURS[(6, 1, 2)[i % 3]],
            },
        )  # fmt: skip
    figure.add_scatter(
        x=[min(s for _, size, _ in lines for s in size), max(s for _, s in lossless)],
        y=[floor, floor], name=labels["floor"], mode="lines",
        line={"color": CLASS_COLOURS[8], "dash": "dash", "width": 1.5},
    )  # fmt: skip
    ticks = [m * 10**e for e in range(-1, 4) for m in (1, 2, 5)]
    figure.update_xaxes(type="log", title=labels["x"], tickvals=ticks)
    figure.update_yaxes(title=labels["y"], rangemode="tozero", tickformat=".2~r")
    return _plain(figure, labels)


# Lighter than the purple of the classes: it must be seen as a thin line on a dark page.
PURPLE = "#9b51d0"

# What stands for each family wherever PCA is beside it; markers differ as well.
FAMILY_MARKS = {
    "pca": (CLASS_COLOURS[8], "circle"),
    "linear": (CLASS_COLOURS[0], "circle"),
    "mlp": (CLASS_COLOURS[6], "square"),
    "conv": (PURPLE, "diamond"),
}


def error_by_family(
    families: Sequence[tuple[str, str, Sequence[tuple[int, float]]]],
    pca: tuple[str, Sequence[tuple[int, float]]],
    runs: Sequence[tuple[str, int, float]],
    chosen: int,
    *,
    labels: dict[str, str],
) -> go.Figure:
    """Test MSE against d: a line for PCA and one for each family, runs as stars, one d marked.

    families: (network, name, (d, MSE a pixel) …); pca: (name, (d, MSE) …); runs: (name, d, MSE);
    chosen: the d that is marked. labels: ``x``, ``y`` and ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for network, name, points in [("pca", *pca), *families]:
        colour, symbol = FAMILY_MARKS[network]
        figure.add_scatter(
            x=[d for d, _ in points], y=[e for _, e in points], name=name,
            mode="lines" if network == "pca" else "lines+markers",
            line={"color": colour, "width": 2, "dash": "dash" if network == "pca" else "solid"},
            marker={"symbol": symbol, "size": [13 if d == chosen else 7 for d, _ in points]},
            hovertemplate="d = %{x} · %{y:.5f}",
        )  # fmt: skip
    for i, (name, d, error) in enumerate(runs):
        figure.add_scatter(
            x=[d], y=[error], mode="markers", name=name, hovertemplate="d = %{x} · %{y:.5f}",
            marker={"size": 14, "symbol": "star", "color": CLASS_COLOURS[(2, 1, 9, 5)[i % 4]]},
        )  # fmt: skip
    figure.add_vline(x=chosen, line={"color": CLASS_COLOURS[8], "width": 1, "dash": "dot"})
    figure.update_xaxes(type="log", title=labels["x"], tickvals=[2**k for k in range(12)])
    figure.update_yaxes(
        type="log", title=labels["y"], tickformat=".1~g",
        tickvals=[m * 10.0**e for e in range(-5, 1) for m in (1, 2, 5)],
    )  # fmt: skip
    return _plain(figure, labels)


def scree(
    shares: Sequence[float], kept: int, *, log: bool = False, labels: dict[str, str]
) -> go.Figure:
    """The share of the variance along each component, the first ``kept`` in colour.

    shares: of the components that are shown, in [0, 1]. labels: ``x``, ``y``, ``kept``, ``left``
    and ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    number = np.arange(1, len(shares) + 1)
    parts = ((labels["kept"], 0, slice(0, kept)), (labels["left"], 3, slice(kept, None)))
    for name, colour, part in parts:
        figure.add_bar(
            x=number[part], y=np.asarray(shares)[part], name=name,
            marker={"color": CLASS_COLOURS[colour], "line": {"width": 0}},
            hovertemplate="%{x}: %{y:.3~%}",
        )  # fmt: skip
    figure.update_layout(bargap=0.1 if len(shares) <= 128 else 0)
    figure.update_xaxes(title=labels["x"])
    figure.update_yaxes(
        title=labels["y"], type="log" if log else "linear", tickformat="~%",
        # Below are the pixels that never change: their variance is nothing but rounding.
        range=[-6, math.log10(max(shares) * 1.3)] if log else None,
    )  # fmt: skip
    return _plain(figure, labels)


def cumulative(shares: Sequence[float], kept: int, *, labels: dict[str, str]) -> go.Figure:
    """The share of the variance that the first components keep together, ``kept`` of them marked.

    shares: of the components that are shown, in [0, 1]. labels: ``x``, ``y``, ``kept`` and
    ``separators``.
    """
    import plotly.graph_objects as go

    total = np.cumsum(shares)
    figure = go.Figure()
    figure.add_scatter(
        x=np.arange(1, len(shares) + 1), y=total, mode="lines", showlegend=False,
        line={"color": CLASS_COLOURS[8]}, hovertemplate="%{x}: %{y:.1%}",
    )  # fmt: skip
    if kept <= len(shares):
        figure.add_scatter(
            x=[0, kept, kept], y=[total[kept - 1], total[kept - 1], 0], mode="lines",
            line={"color": CLASS_COLOURS[0], "dash": "dot", "width": 1.5},
            showlegend=False, hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=[kept], y=[total[kept - 1]], mode="markers", name=labels["kept"],
            marker={"size": 12, "color": CLASS_COLOURS[0]}, hovertemplate="%{x}: %{y:.1%}",
        )  # fmt: skip
    figure.update_xaxes(title=labels["x"], range=[0, len(shares)])
    figure.update_yaxes(title=labels["y"], range=[0, 1.03], tickformat="~%")
    return _plain(figure, labels)


def angle_curves(
    epochs: Sequence[float],
    angles: Sequence[Sequence[float]],
    *,
    log: bool = False,
    labels: dict[str, str],
) -> go.Figure:
    """Principal angles against epochs, the epochs on the scale of their square root.

    angles: for each epoch its d angles in degrees, rising; the smallest, the median and the
    largest stand out from the others. labels: ``x``, ``y``, ``smallest``, ``median``, ``largest``
    and ``separators``.
    """
    import plotly.graph_objects as go

    values = np.asarray(angles, float)
    root = np.sqrt(np.asarray(epochs, float))
    count = values.shape[1]
    figure = go.Figure()
    for i in range(1, count - 1):
        figure.add_scatter(
            x=root, y=values[:, i], mode="lines", line={"color": CLASS_COLOURS[3], "width": 1},
            opacity=0.6, showlegend=False, hoverinfo="skip",
        )  # fmt: skip
    marked = {
        "smallest": (0, CLASS_COLOURS[0]),
        "median": ((count - 1) // 2, PURPLE),
        "largest": (count - 1, CLASS_COLOURS[6]),
    }
    for name, (i, colour) in marked.items():
        if name == "median" and count < 3:
            continue
        figure.add_scatter(
            x=root, y=values[:, i], mode="lines+markers", name=labels[name], customdata=epochs,
            line={"color": colour, "width": 2.5}, marker={"size": 5},
            hovertemplate="%{customdata:.2~f}: %{y:.2f}°",
        )  # fmt: skip
    shown = [0.0]
    for tick in (m * 10.0**e for e in range(-2, 4) for m in (1, 2, 5)):
        # A tick that leaves no room for the number of the one before it is passed over.
        if tick <= epochs[-1] and math.sqrt(tick) - math.sqrt(shown[-1]) > 0.06 * root[-1]:
            shown.append(tick)
    separator = labels.get("separators", ".,")[0]
    figure.update_xaxes(
        title=labels["x"],
        tickvals=np.sqrt(shown),
        ticktext=[f"{tick:g}".replace(".", separator) for tick in shown],
    )
    if log:
        figure.update_yaxes(type="log", tickvals=[0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 90])
    else:
        figure.update_yaxes(range=[0, 92], tickvals=[0, 15, 30, 45, 60, 75, 90])
    figure.update_yaxes(title=labels["y"])
    return _plain(figure, labels)


def accuracy_by_labels(
    lines: Sequence[tuple[str, Sequence[tuple[int, float, float | None]]]],
    sizes: Sequence[int],
    *,
    labels: dict[str, str],
) -> go.Figure:
    """Accuracy against the number of labels: (name, (labels, mean, spread) of each size).

    Accuracies in [0, 1], or differences of such; spread: half the height of the bar, None for
    none; the first line is grey. Lines stand a little beside each other. labels: ``x``, ``y`` and
    ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for i, (name, rows) in enumerate(lines):
        aside = 1.035 ** (i - (len(lines) - 1) / 2)
        figure.add_scatter(
            x=[size * aside for size, _mean, _spread in rows],
            y=[mean for _size, mean, _spread in rows],
            error_y={"array": [spread or 0 for _size, _mean, spread in rows], "thickness": 1.5},
            customdata=[size for size, _mean, _spread in rows],
            hovertemplate="%{customdata:,}: %{y:.1%} ± %{error_y.array:.1%}",
            mode="lines+markers", name=name, marker={"size": 8, "symbol": i // 9},
            line={"color": _line_colour(i), "dash": "dot" if i == 0 else "solid"},
        )  # fmt: skip
    figure.update_xaxes(
        type="log", title=labels["x"], tickvals=sizes, tickformat=",",
        range=[math.log10(min(sizes) * 0.75), math.log10(max(sizes) * 1.4)],
    )  # fmt: skip
    figure.update_yaxes(title=labels["y"], tickformat="~%")
    return _plain(figure, labels).update_layout(height=460)


def _line_colour(i: int) -> str:
    """Of line i where the first is grey."""
    return CLASS_COLOURS[8] if i == 0 else LINE_COLOURS[(i - 1) % len(LINE_COLOURS)]


RACE_HEIGHT = 330
# Can be read on white and on black.
GREY = "#808495"


def sweep_lines(
    lines: Sequence[
        tuple[
            str,
            Sequence[tuple[float, float, int, int]],
            Sequence[tuple[float, float, float | None]],
        ]
    ],
    references: Sequence[tuple[int | None, Sequence[tuple[float, float]]]],
    chosen: int | None,
    *,
    log: bool = False,
    labels: dict[str, str],
) -> go.Figure:
    """A measure against a setting: a line through the means of the seeds, a point for each run.

    lines: (name, (value, measure, number, seed) of each run, (value, mean, deviation) of each
    cell), the deviation None where there is none; references: (which line they belong to, None for
    all, (value, measure) …), dashed; chosen: the number of the run with a ring; log: the measure
    on a logarithmic scale. A click on a point tells its number. labels: ``x``, ``y``, ``seed``,
    ``reference`` and ``separators``.
    """
    import plotly.graph_objects as go

    values = sorted({row[0] for _, runs, _ in lines for row in runs})
    scale = _scale_of(values)
    place = str if scale == "category" else float
    figure = go.Figure()
    for of, points in references:
        colour = GREY if of is None else LINE_COLOURS[of % len(LINE_COLOURS)]
        figure.add_scatter(
            x=[place(x) for x, _ in points], y=[y for _, y in points],
            mode="lines" if len(points) > 1 else "markers", name=labels["reference"],
            legendgroup="reference", showlegend=of == references[0][0], hoverinfo="skip",
            line={"color": colour, "dash": "dash"}, marker={"symbol": "line-ew-open", "size": 40},
        )  # fmt: skip
    for i, (name, runs, means) in enumerate(lines):
        colour = LINE_COLOURS[i % len(LINE_COLOURS)]
        figure.add_scatter(
            x=[place(x) for x, _, _ in means], y=[mean for _, mean, _ in means], mode="lines",
            error_y={"array": [deviation or 0 for _, _, deviation in means], "thickness": 1.5},
            name=name, legendgroup=name, hoverinfo="skip", line={"color": colour},
        )  # fmt: skip
        figure.add_scatter(
            x=[place(x) for x, *_ in runs], y=[y for _, y, *_ in runs], mode="markers",
            customdata=[rest for _, _, *rest in runs], name=name, legendgroup=name,
            showlegend=False, marker={"color": colour, "size": 11, "symbol": i // 8},
            # A click must not pale the others.
            unselected={"marker": {"opacity": 0.8}}, selected={"marker": {"opacity": 0.8}},
            opacity=0.8,
            hovertemplate=f"%{{x}}: %{{y:.4~g}} ({labels['seed']} %{{customdata[1]}})",
        )  # fmt: skip
        ringed = [row for row in runs if row[2] == chosen]
        figure.add_scatter(
            x=[place(x) for x, *_ in ringed], y=[y for _, y, *_ in ringed], mode="markers",
            hoverinfo="skip", showlegend=False,
            marker={"size": 20, "color": "rgba(0,0,0,0)", "line": {"color": colour, "width": 3}},
        )  # fmt: skip
    figure.update_xaxes(
        type=scale, title=labels["x"], tickvals=values if scale != "category" else None
    )
    if scale == "category":
        figure.update_xaxes(categoryorder="array", categoryarray=[str(v) for v in values])
    figure.update_yaxes(title=labels["y"], type="log" if log else "linear")
    if log:
        shown = [y for _, runs, _ in lines for _, y, *_ in runs]
        figure.update_yaxes(dtick="D1" if max(shown) < 10 * min(shown) else "D2", tickformat="~g")
    return _plain(figure, labels).update_layout(height=440, clickmode="event+select")


def _scale_of(values: Sequence[float]) -> str:
    """Logarithmic where the values span a lot; with a zero among them, side by side."""
    positive = [value for value in values if value > 0]
    if not positive or max(positive) < 8 * min(positive):
        return "linear"
    return "log" if len(positive) == len(values) else "category"


def sweep_map(
    across: Sequence[str],
    up: Sequence[str],
    cells: Sequence[tuple[str, str, float, str, int, float, float]],
    *,
    labels: dict[str, str],
) -> go.Figure:
    """A measure over two settings, as colours with the numbers written in.

    across, up: the values of either, as they are written; cells: (of across, of up, mean, the
    mean as it is written, number of a run, least, largest) of those that have been measured. A
    click tells the number. labels: ``x``, ``y``, ``z`` and ``separators``.
    """
    import plotly.graph_objects as go

    means = np.full((len(up), len(across)), np.nan)
    for x, y, mean, *_ in cells:
        means[up.index(y), across.index(x)] = mean
    figure = go.Figure()
    figure.add_heatmap(
        z=means, x=list(across), y=list(up), colorscale="Viridis", hoverinfo="skip",
        colorbar={"title": labels["z"], "title_side": "right"},
    )  # fmt: skip
    middle = (np.nanmin(means) + np.nanmax(means)) / 2
    colours = ["#000" if mean > middle else "#fff" for _, _, mean, *_ in cells]
    figure.add_scatter(
        x=[x for x, *_ in cells], y=[y for _, y, *_ in cells], mode="markers+text",
        text=[text for _, _, _, text, *_ in cells], showlegend=False,
        customdata=[rest for _, _, _, _, *rest in cells],
        # Without any hover there would be no click either.
        hovertemplate="%{customdata[1]:.3~g} … %{customdata[2]:.3~g}<extra></extra>",
        textfont={"color": colours},
        marker={"size": 44, "opacity": 0, "symbol": "square"},
    )  # fmt: skip
    figure.update_xaxes(title=labels["x"], type="category")
    figure.update_yaxes(title=labels["y"], type="category")
    margin = {"l": 10, "r": 10, "t": 36, "b": 10}
    return _plain(figure, labels).update_layout(height=440, clickmode="event+select", margin=margin)


def race_curves(
    lines: Sequence[tuple[str, Sequence[float], Sequence[float]]],
    steps: int,
    *,
    log: bool = False,
    labels: dict[str, str],
) -> go.Figure:
    """Curves of what was trained: (name, steps, values) of each.

    steps: where the axis ends; log: losses on a logarithmic scale, from 1e-4 to 10, rather than
    accuracies in [0, 1]. labels: ``x``, ``y`` and ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for i, (name, x, y) in enumerate(lines):
        figure.add_scatter(
            x=x, y=y, mode="lines+markers", name=name, line={"color": LINE_COLOURS[i]},
            marker={"size": 5}, showlegend=True,
            hovertemplate="%{x}: %{y:.3~g}" if log else "%{x}: %{y:.1%}",
        )  # fmt: skip
    low, high, ticks = _race_axis([y for _name, _x, y in lines], log=log)
    figure.update_xaxes(title=labels["x"], range=[0, steps * 1.03])
    figure.update_yaxes(
        title=labels["y"], type="log" if log else "linear", range=[low, high],
        tickvals=[10.0**tick for tick in ticks] if log else ticks,
        tickformat=".0e" if log else "~%",
    )  # fmt: skip
    return _plain(figure, labels).update_layout(height=RACE_HEIGHT)


def race_svg(
    lines: Sequence[tuple[str, Sequence[float], Sequence[float]]],
    steps: int,
    *,
    log: bool = False,
    labels: dict[str, str],
) -> str:
    """The same as a drawing that takes no time to appear, for curves that are still growing."""
    width, height, left, top, foot = 440, RACE_HEIGHT, 60, 66, 50
    low, high, ticks = _race_axis([y for _name, _x, y in lines], log=log)

    def across(step: float) -> float:
        return left + step / (steps * 1.03) * (width - left - 10)

    def down(value: float) -> float:
        shown = math.log10(max(value, 1e-12)) if log else value
        share = min(max((shown - low) / (high - low), 0), 1)
        return height - foot - share * (height - foot - top)

    def words(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}'
        return f"<text {place}>{html.escape(text)}</text>"

    parts = []
    for tick in ticks:
        y = down(10.0**tick if log else tick)
        text = f"1e{tick:+03d}" if log else f"{100 * tick:.0f}%"
        parts.append(
            f'<line x1="{left}" x2="{width - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GREY}" '
            f'opacity=".3"/>{words(left - 8, y + 4, text, "end")}'
        )
    for share in (0, 1 / 3, 2 / 3, 1):
        text = f"{steps * share:.0f}"
        parts.append(words(across(steps * share), height - foot + 18, text, "middle"))
    parts.append(words((left + width) / 2, height - 12, labels["x"], "middle"))
    turn = f'transform="rotate(-90 14 {(top + height - foot) / 2})"'
    parts.append(words(14, (top + height - foot) / 2, labels["y"], "middle", turn))
    for i, (name, x, y) in enumerate(lines):
        points = " ".join(f"{across(a):.1f},{down(b):.1f}" for a, b in zip(x, y, strict=True))
        at = left + i % 2 * 150, 22 + i // 2 * 20
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{LINE_COLOURS[i]}" stroke-width="2"/>'
            f'<line x1="{at[0]}" x2="{at[0] + 24}" y1="{at[1] - 4}" y2="{at[1] - 4}" '
            f'stroke="{LINE_COLOURS[i]}" stroke-width="2"/>'
            f"{words(at[0] + 30, at[1], name, 'start')}"
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12" fill="{GREY}">{"".join(parts)}</svg>'
    )


def _race_axis(curves: Sequence[Sequence[float]], *, log: bool) -> tuple[float, float, list[float]]:
    """Where the vertical axis begins and ends, and its ticks; of losses, as powers of ten.

    Accuracies: tenths around what comes after the first look, where nothing is learned yet.
    """
    if log:
        return -4, 1, [-4, -3, -2, -1, 0, 1]
    values = [value for curve in curves for value in curve[1:]]
    if not values:
        return 0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]
    low = math.floor(10 * min(values) - 1e-9)
    high = max(math.ceil(10 * max(values) + 1e-9), low + 2)
    return low / 10, high / 10, [tick / 20 for tick in range(2 * low, 2 * high + 1)]


# ColorBrewer's Blues (Harrower and Brewer, 2003).
RISING = ["#f7fbff", "#c6dbef", "#6baed6", "#2171b5", "#08306b"]


def confusion_map(
    shares: np.ndarray, classes: Sequence[str], *, labels: dict[str, str]
) -> go.Figure:
    """How often each class (row) is named as each (column): shares (k, k) in [0, 1].

    Each cell shows its share in percent, those under a half of one are left empty. labels: ``x``,
    ``y`` and ``separators``.
    """
    import plotly.graph_objects as go

    text = [[f"{100 * s:.0f}" if s >= 0.005 else "" for s in row] for row in shares]
    figure = go.Figure(
        go.Heatmap(
            z=shares, x=list(classes), y=list(classes), text=text, texttemplate="%{text}",
            colorscale=RISING, zmin=0, zmax=1, xgap=1, ygap=1, showscale=False,
            hovertemplate="%{y} → %{x}: %{z:.1%}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title=labels["x"], type="category", side="top", showgrid=False)
    figure.update_yaxes(title=labels["y"], type="category", autorange="reversed", showgrid=False)
    return _plain(figure, labels).update_layout(height=460)


def ranked(
    lines: Sequence[tuple[str, Sequence[float]]],
    *,
    log: bool = False,
    labels: dict[str, str],
) -> go.Figure:
    """Falling values against their rank: (name, values) of each, the first value at rank 1.

    log: both axes logarithmic, values below 1e-4 of the largest of all left out. labels: ``x``,
    ``y`` and ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    floor = 1e-4 * max(float(np.max(values)) for _name, values in lines) if log else -math.inf
    for i, (name, values) in enumerate(lines):
        shown = np.asarray(values, float)
        shown = np.where(shown > floor, shown, np.nan)
        figure.add_scatter(
            x=np.arange(1, len(shown) + 1), y=shown, mode="lines", name=name,
            line={"color": LINE_COLOURS[i % len(LINE_COLOURS)], "width": 2.5},
            hovertemplate="%{x}: %{y:.3~g}",
        )  # fmt: skip
    figure.update_xaxes(title=labels["x"])
    figure.update_yaxes(title=labels["y"], rangemode="normal" if log else "tozero")
    if log:
        figure.update_xaxes(type="log", tickvals=[m * 10**e for e in range(4) for m in (1, 2, 5)])
        figure.update_yaxes(
            type="log", tickvals=[m * 10.0**e for e in range(-7, 3) for m in (1, 3)],
            tickformat="~g",
        )  # fmt: skip
    return _plain(figure, labels)


def bars(
    values: Sequence[float],
    *,
    at: Sequence[float] | None = None,
    top: float,
    colour: str,
    labels: dict[str, str],
) -> go.Figure:
    """One value after the other as bars, from 0 to ``top``.

    at: where each stands, 1, 2, 3, … unless given. labels: ``x``, ``y`` and ``separators``.
    """
    import plotly.graph_objects as go

    x = np.arange(1, len(values) + 1) if at is None else np.asarray(at)
    half = (x[-1] - x[0]) / max(1, len(x) - 1) / 2 or 0.5
    figure = go.Figure()
    figure.add_bar(
        x=x, y=values, name="", marker={"color": colour, "line": {"width": 0}},
        hovertemplate="%{x}: %{y:.3~g}",
    )  # fmt: skip
    figure.update_xaxes(title=labels["x"], range=[x[0] - half, x[-1] + half], showgrid=False)
    figure.update_yaxes(title=labels["y"], range=[0, top])
    return _plain(figure, labels).update_layout(height=260, bargap=0.15)


def share_of_values(
    lines: Sequence[tuple[str, np.ndarray]], *, reach: float = 4.0, labels: dict[str, str]
) -> go.Figure:
    """Which share of its values each of several sets has in each of 81 bins from −reach to reach.

    lines: (name, values of any shape); what lies beyond is counted in the outermost bins. The
    vertical axis is logarithmic. labels: ``x``, ``y`` and ``separators``.
    """
    import plotly.graph_objects as go

    edges = np.linspace(-reach, reach, 82)
    figure = go.Figure()
    for i, (name, values) in enumerate(lines):
        counts, _ = np.histogram(np.clip(values, -reach, reach), edges)
        share = counts / max(1, np.size(values))
        figure.add_scatter(
            x=(edges[1:] + edges[:-1]) / 2, y=np.where(share > 0, share, np.nan), name=name,
            mode="lines", line={"color": LINE_COLOURS[i % len(LINE_COLOURS)], "shape": "hvh"},
            hovertemplate="%{x:.1f}: %{y:.2~%}",
        )  # fmt: skip
    figure.update_xaxes(title=labels["x"])
    figure.update_yaxes(
        title=labels["y"], type="log", range=[-4.5, 0.05], tickformat="~%",
        tickvals=[10.0**e for e in range(-5, 1)],
    )  # fmt: skip
    return _plain(figure, labels)


def wheel(points: np.ndarray, light: np.ndarray) -> list[tuple[str, str]]:
    """A colour for each of many points of a plane (n, 2), and black or white to write on it.

    The hue is the direction from the origin, the colour is paler towards it; light: (n,), what
    is dark at its least value and bright at its largest.
    """
    reach = np.hypot(*points.T)
    rich = 0.25 + 0.5 * reach / max(reach.max(), 1e-12)
    span = np.ptp(light)
    bright = 0.3 + 0.45 * (light - light.min()) / (span if span > 0 else 1)
    hue = np.arctan2(points[:, 1], points[:, 0]) / (2 * math.pi) % 1
    found = []
    for h, level, s in zip(hue, bright, rich, strict=True):
        red, green, blue = colorsys.hls_to_rgb(h, level, s)
        shown = "#" + "".join(f"{round(255 * c):02x}" for c in (red, green, blue))
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        found.append((shown, "#ffffff" if dark else "#000000"))
    return found


def code_shares(
    shares: Sequence[float], colours: Sequence[str], *, labels: dict[str, str]
) -> go.Figure:
    """Bars: how often each code is used, in the order of their numbers, with a line at 1/K.

    labels: ``x``, ``y`` and ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure(
        go.Bar(
            x=list(range(len(shares))), y=shares, marker={"color": colours, "line": {"width": 0}},
            hovertemplate="%{x}: %{y:.2%}<extra></extra>",
        )
    )  # fmt: skip
    figure.add_hline(1 / len(shares), line={"dash": "dot", "color": GREY})
    figure.update_xaxes(title=labels["x"])
    figure.update_yaxes(title=labels["y"], tickformat="~%")
    return _plain(figure, labels).update_layout(height=300, bargap=0.15)


def code_plane(
    points: np.ndarray,
    shares: Sequence[float],
    colours: Sequence[tuple[str, str]],
    *,
    labels: dict[str, str],
) -> go.Figure:
    """The vectors of a codebook in a plane (K, 2), each with its number in its colour; the area
    of a disc is the code's share. labels: ``x``, ``y`` and ``separators``."""
    import plotly.graph_objects as go

    shares = np.asarray(shares)
    figure = go.Figure(
        go.Scatter(
            x=points[:, 0], y=points[:, 1], mode="markers+text",
            text=[str(k) for k in range(len(points))], customdata=shares,
            textfont={"size": 11, "color": [ink for _shown, ink in colours]},
            marker={
                "color": [shown for shown, _ink in colours], "opacity": 1,
                "size": 20 + 24 * np.sqrt(shares / shares.max()), "line": {"width": 0},
            },
            hovertemplate="%{text}: %{customdata:.2%}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title=labels["x"], zeroline=False)
    figure.update_yaxes(title=labels["y"], zeroline=False, scaleanchor="x")
    return _plain(figure, labels).update_layout(height=420)


def bounds_by_draws(
    lines: Sequence[tuple[str, Sequence[tuple[int, float, float, float]]]],
    chosen: int,
    *,
    labels: dict[str, str],
) -> go.Figure:
    """A bound against the number of draws: (name, (draws, mean, low, high) of each number).

    chosen: the number of draws that is marked. labels: ``x``, ``y`` and ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for i, (name, rows) in enumerate(lines):
        colour = LINE_COLOURS[i % len(LINE_COLOURS)]
        draws, mean, low, high = zip(*rows, strict=True)
        figure.add_scatter(
            x=[*draws, *reversed(draws)], y=[*low, *reversed(high)], fill="toself", mode="lines",
            line={"width": 0}, fillcolor=colour, opacity=0.15, hoverinfo="skip",
            showlegend=False, legendgroup=name,
        )  # fmt: skip
        figure.add_scatter(
            x=draws, y=mean, mode="lines+markers", name=name, legendgroup=name,
            line={"color": colour}, hovertemplate="%{x:,}: %{y:.2f}",
        )  # fmt: skip
    figure.add_vline(x=chosen, line={"dash": "dot", "color": GREY})
    figure.update_xaxes(type="log", title=labels["x"], tickvals=[1, 10, 100, 1000], tickformat=",")
    figure.update_yaxes(title=labels["y"])
    return _plain(figure, labels)


def codes_in_plane(
    points: np.ndarray,
    classes: np.ndarray | None,
    names: Sequence[str],
    reach: float,
    *,
    field: np.ndarray | None = None,
    labels: dict[str, str],
) -> go.Figure:
    """Codes (N, 2) as points of the square from −reach to reach.

    classes: (N,), indices of ``names``, or None where the points have none; field: (k, k) in
    [0, 1], drawn behind them, rows from below: ½ is white, less blue, more red. labels: ``x``,
    ``y``, ``draw`` for points without a class, ``field`` and ``separators``.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    if field is not None:
        at = np.linspace(-reach, reach, len(field))
        figure.add_heatmap(
            x=at, y=at, z=field, zmin=0, zmax=1, colorscale=DIVERGING, opacity=0.85,
            zsmooth="best", hovertemplate=f"{labels['field']} = %{{z:.2f}}<extra></extra>",
            colorbar={
                "title": {"text": labels["field"], "side": "top"}, "orientation": "h",
                "thickness": 10, "len": 0.6, "y": -0.17, "yanchor": "top", "tickvals": [0, 0.5, 1],
            },
        )  # fmt: skip
    groups = [(labels["draw"], GREY, slice(None))]
    if classes is not None:
        present = np.unique(classes).tolist()
        groups = [(names[c], CLASS_COLOURS[c % 10], classes == c) for c in present]
    for name, colour, own in groups:
        figure.add_scattergl(
            x=points[own, 0], y=points[own, 1], mode="markers", name=name,
            marker={"size": 4, "color": colour},
            hovertemplate="%{x:.2f} ; %{y:.2f}",
        )  # fmt: skip
    figure.update_xaxes(title=labels["x"], range=[-reach, reach], constrain="domain")
    figure.update_yaxes(
        title=labels["y"], range=[-reach, reach], scaleanchor="x", constrain="domain"
    )
    # The same margins for a short and a long legend, so that two planes side by side are alike.
    return _plain(figure, labels).update_layout(
        height=560, margin={"l": 40, "r": 10, "t": 64, "b": 110}, showlegend=True,
        legend={"itemsizing": "constant", "yref": "container", "y": 1, "yanchor": "top"},
    )  # fmt: skip


def overlaid(first: np.ndarray, second: np.ndarray, right: int, room: int) -> np.ndarray:
    """Two pictures (H, W) uint8 over each other on black, the second so many pixels to the right.

    The first in blue and the second in orange: (H, W + 2 room, 3) uint8; room: to either side, at
    least the shift.
    """
    height, width = first.shape
    mixed = np.zeros((height, width + 2 * room, 3))
    for pixels, colour, start in (
        (first, (0.25, 0.6, 1.0), room),
        (second, (1.0, 0.5, 0.0), room + right),
    ):
        mixed[:, start : start + width] += pixels[..., None] * np.array(colour)
    return mixed.clip(0, 255).astype(np.uint8)


def by_shift(
    shifts: Sequence[int], values: Sequence[float], now: int, *, labels: dict[str, str]
) -> go.Figure:
    """A value ≥ 0 over shifts, with a dot at the shift that is shown."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=list(shifts), y=values, mode="lines+markers", line={"color": LINE_COLOURS[0]},
        showlegend=False,
    )  # fmt: skip
    figure.add_scatter(
        x=[now], y=[values[list(shifts).index(now)]], mode="markers", showlegend=False,
        marker={"size": 15, "color": LINE_COLOURS[1]},
    )  # fmt: skip
    figure.update_xaxes(title=labels["x"])
    figure.update_yaxes(title=labels["y"], rangemode="tozero")
    return _plain(figure, labels)
