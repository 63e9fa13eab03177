"""Figures: the palette of the ten classes, pictures of digits as PNG, and Plotly charts."""

from __future__ import annotations

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


def png(pixels: np.ndarray, scale: int = 1) -> bytes:
    """A picture (H, W) or (H, W, 3) uint8 as PNG, each pixel a square of ``scale`` pixels."""
    large = pixels.repeat(scale, 0).repeat(scale, 1)
    buffer = io.BytesIO()
    Image.fromarray(large).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def strip(pictures: np.ndarray, gap: int = 1) -> np.ndarray:
    """Pictures (n, 28, 28) or (n, 28, 28, 3) uint8 in a row, ``gap`` dark pixels apart."""
    n, height, width, *colour = pictures.shape
    row = np.zeros((height, n * (width + gap), *colour), np.uint8)
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
    runs: Sequence[tuple[str, Sequence[tuple[float, ...]]]], *, labels: dict[str, str]
) -> go.Figure:
    """Test curves of several runs over each other: (name, rows of (epoch, total, ...))."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for i, (name, rows) in enumerate(runs):
        figure.add_scatter(
            x=[row[0] for row in rows], y=[row[1] for row in rows], mode="lines+markers",
            name=name, line={"color": CLASS_COLOURS[i % 10]},
        )  # fmt: skip
    figure.update_xaxes(title=labels["x"])
    figure.update_yaxes(type="log", title=labels["y"], tickformat=".3~g")
    return _plain(figure, labels)


def _plain(figure: go.Figure, labels: dict[str, str]) -> go.Figure:
    figure.update_layout(
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        height=380,
        separators=labels.get("separators", ".,"),
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02},
    )
    return figure
