"""Pictures of digits on a page: sharp pixels, whatever their size."""

from __future__ import annotations

import base64
import html

import numpy as np
import streamlit as st

from aecore.figures import png, strip


def digit_rows(rows: list[tuple[str, np.ndarray]]) -> None:
    """Rows of pictures, each with its label on the left: (label, (n, 28, 28) uint8)."""
    cells = "".join(
        f'<div class="name">{html.escape(label)}</div>'
        f'<img alt="{html.escape(label)}" src="data:image/png;base64,{_encode(pictures)}">'
        for label, pictures in rows
    )
    st.html(
        "<style>.lab-digits{display:grid;grid-template-columns:minmax(5.5rem,11rem) minmax(0,1fr);"
        "gap:6px 12px;align-items:center;max-width:900px}"
        ".lab-digits img{width:100%;image-rendering:pixelated;display:block;border-radius:4px}"
        ".lab-digits .name{font-size:.875rem;line-height:1.2}"
        "@media(max-width:640px){.lab-digits{grid-template-columns:1fr}}</style>"
        f'<div class="lab-digits">{cells}</div>'
    )


def _encode(pictures: np.ndarray) -> str:
    return base64.b64encode(png(strip(pictures))).decode()
