"""Pictures of digits on a page: sharp pixels, whatever their size, each to be downloaded."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable

import numpy as np
import streamlit as st

from aecore.figures import png, strip
from pages.ui.i18n import _

DOWNLOAD_SCALE = 8


def digit_rows(rows: list[tuple[str, np.ndarray]], *, name: str = "digits") -> None:
    """Rows of pictures, each with its label on the left, and a button that saves them all.

    rows: (label, (n, 28, 28) uint8 grey, or (n, 28, 28, 3) in colour); name: of the file, and
    what sets the button apart from others on the page.
    """
    cells = "".join(
        f'<div class="name">{html.escape(label)}</div>'
        f'<img alt="{html.escape(label)}" src="{_source(strip(pictures))}">'
        for label, pictures in rows
    )
    st.html(
        "<style>.lab-digits{display:grid;grid-template-columns:fit-content(11rem) minmax(0,1fr);"
        "gap:6px 12px;align-items:center;max-width:900px}"
        ".lab-digits img{width:100%;image-rendering:pixelated;display:block;border-radius:4px}"
        ".lab-digits .name{font-size:.875rem;line-height:1.2}"
        "@media(max-width:640px){.lab-digits{grid-template-columns:1fr}}</style>"
        f'<div class="lab-digits">{cells}</div>'
    )
    save_button(lambda: stacked([pictures for _label, pictures in rows]), name)


def equation(parts: list[tuple[str, np.ndarray, str]], *, name: str) -> None:
    """Pictures in a line with signs between them, and a button that saves them all.

    parts: (the sign before it, (28, 28) uint8, caption) of each; name: of the file.
    """
    cells = "".join(
        f'<div class="sign" aria-hidden="true">{html.escape(sign)}</div>'
        f'<figure><img alt="{html.escape(caption)}" src="{_source(pixels)}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for sign, pixels, caption in parts
    )
    st.html(
        "<style>.lab-equation{display:flex;flex-wrap:wrap;gap:10px 12px;align-items:flex-start}"
        ".lab-equation figure{margin:0;width:clamp(88px,11vw,150px)}"
        ".lab-equation img{width:100%;image-rendering:pixelated;display:block;border-radius:4px}"
        ".lab-equation figcaption{font-size:.875rem;line-height:1.25;margin-top:4px}"
        ".lab-equation .sign{font-size:2rem;line-height:clamp(88px,11vw,150px);min-width:1.2rem;"
        "text-align:center}.lab-equation .sign:first-child{display:none}</style>"
        f'<div class="lab-equation">{cells}</div>'
    )
    save_button(lambda: strip(np.stack([pixels for _sign, pixels, _caption in parts])), name)


def picture(pixels: np.ndarray, *, name: str, caption: str = "", width: int | None = None) -> None:
    """One picture with sharp pixels, a caption and a button that saves it.

    pixels: (H, W) or (H, W, 3) uint8; width: in CSS pixels at most, else the whole column;
    name: of the file, unique on the page.
    """
    style = "width:100%;image-rendering:pixelated;display:block;border-radius:4px"
    limit = f";max-width:{width}px" if width else ""
    st.html(f'<img alt="{html.escape(caption)}" style="{style}{limit}" src="{_source(pixels)}">')
    if caption:
        st.caption(caption)
    save_button(lambda: pixels, name)


def save_button(make: Callable[[], np.ndarray], name: str) -> None:
    """A button that saves a picture as PNG; ``make`` gives its pixels when it is pressed."""
    st.download_button(
        _("PNG"),
        data=lambda: png(make(), DOWNLOAD_SCALE),
        file_name=f"{name}.png",
        mime="image/png",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key=f"save-{name}",
        help=_("Save this picture."),
    )


def stacked(rows: list[np.ndarray]) -> np.ndarray:
    """Rows of pictures under each other, a dark line apart; shorter rows are filled up."""
    strips = [strip(pictures) for pictures in rows]
    wide = max(s.shape[1] for s in strips)
    deep = max(s.ndim for s in strips)
    filled = []
    for s in strips:
        colour = s if s.ndim == deep else np.repeat(s[..., None], 3, axis=2)
        padding = [(0, 1), (0, wide - s.shape[1]), (0, 0)][:deep]
        filled.append(np.pad(colour, padding))
    return np.concatenate(filled)[:-1]


def _source(pixels: np.ndarray) -> str:
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode()
