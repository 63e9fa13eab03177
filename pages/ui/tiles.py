"""Pictures with numbers under them, in rows of several or in columns of one, and their scale."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.figures import DIVERGING, png
from pages.ui.i18n import number

CSS = """<style>
.lab-rows{display:grid;grid-template-columns:minmax(5.5rem,8.5rem) minmax(0,1fr);gap:14px 12px;
  align-items:start}
.lab-rows .name{font-size:.875rem;line-height:1.25}
.lab-rows .name small,.lab-columns small{opacity:.75}
.lab-rows .chunks{display:grid;gap:6px 10px;
  grid-template-columns:repeat(auto-fit,minmax(min(100%,var(--chunk)),1fr))}
.lab-rows .cells{display:grid;gap:3px;align-content:start}
.lab-rows .cells span{font-size:.72rem;line-height:1.1;text-align:center;
  font-variant-numeric:tabular-nums}
.lab-rows img,.lab-columns img{width:100%;display:block;image-rendering:pixelated;
  border-radius:2px}
.lab-columns img{margin-bottom:3px}
.lab-columns{display:grid;gap:10px;grid-template-columns:repeat(5,minmax(0,1fr))}
.lab-columns .name{font-size:.875rem;line-height:1.2;min-height:calc(2.4em + 4px);display:flex;
  align-items:flex-end;padding-bottom:4px}
.lab-columns .values{font-size:.82rem;line-height:1.35;font-variant-numeric:tabular-nums}
.lab-scale{display:flex;flex-wrap:wrap;gap:4px 10px;align-items:center;font-size:.82rem}
.lab-scale i{display:inline-block;width:150px;height:12px;border-radius:2px}
@media(max-width:640px){.lab-rows{grid-template-columns:1fr;gap:6px}
  .lab-rows .name{margin-top:8px}
  .lab-columns{gap:6px}.lab-columns .name,.lab-columns .values{font-size:.7rem}}
</style>"""


@dataclass(frozen=True)
class Row:
    """Pictures side by side. name, note: on the left; strips: one above the other, each
    (n, 28, 28) uint8 grey or (n, 28, 28, 3); numbers: lines under them, each of n words."""

    name: str
    note: str
    strips: tuple[np.ndarray, ...]
    numbers: tuple[tuple[str, ...], ...] = ()


def tile_rows(rows: list[Row], *, chunk: int, least: int = 280) -> None:
    """Rows of pictures; where the page is narrow they are broken after each ``chunk`` of them.

    least: the width in CSS pixels below which a chunk takes a line of its own.
    """
    cells = "".join(
        f'<div class="name">{html.escape(row.name)}<br><small>{html.escape(row.note)}</small></div>'
        f'<div class="chunks" style="--chunk:{least}px">{_chunks(row, chunk)}</div>'
        for row in rows
    )
    st.html(f'{CSS}<div class="lab-rows">{cells}</div>')


def _chunks(row: Row, chunk: int) -> str:
    parts = []
    for start in range(0, len(row.strips[0]), chunk):
        part = slice(start, start + chunk)
        count = len(row.strips[0][part])
        images = "".join(_image(one, row.name) for pictures in row.strips for one in pictures[part])
        words = "".join(
            f"<span>{html.escape(word)}</span>" for line in row.numbers for word in line[part]
        )
        # A chunk with fewer pictures leaves the rest of its line empty.
        style = f"width:{100 * count / chunk:.2f}%;grid-template-columns:repeat({count},1fr)"
        parts.append(f'<div class="cells" style="{style}">{images}{words}</div>')
    return "".join(parts)


def tile_columns(columns: list[tuple[str, tuple[np.ndarray, ...], tuple[str, ...]]]) -> None:
    """Single pictures side by side: (name above, pictures (28, 28[, 3]) uint8, lines below)."""
    cells = "".join(
        f'<div><div class="name">{html.escape(name)}</div>'
        + "".join(_image(one, name) for one in pictures)
        + f'<div class="values">{"<br>".join(html.escape(line) for line in lines)}</div></div>'
        for name, pictures, lines in columns
    )
    st.html(f'{CSS}<div class="lab-columns">{cells}</div>')


def scale(limit: int, meaning: str) -> None:
    """The colours of signed pictures, from −limit to limit in grey values."""
    low, high = (f"{sign}{number(limit, 0)}" for sign in ("−", "+"))
    st.html(
        f'{CSS}<div class="lab-scale"><span>{low}</span>'
        f'<i style="background:linear-gradient(90deg,{",".join(DIVERGING)})"></i>'
        f"<span>{high}</span><span>{html.escape(meaning)}</span></div>"
    )


def _image(pixels: np.ndarray, name: str) -> str:
    source = base64.b64encode(png(pixels)).decode()
    return f'<img alt="{html.escape(name)}" src="data:image/png;base64,{source}">'
