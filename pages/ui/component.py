"""Making a component of the app's own from the files in ``assets``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).resolve().parent / "assets"


@cache
def register(name: str, *parts: str) -> Any:
    """The component ``name``: ``name.js`` after what all components share, and ``name.css``.

    parts: further files that it is made of, such as ``"scatter"`` for ``scatter.js``, which
    several components may have in common, with their ``.css`` if they have one. Its root element
    has the class ``name-host``. Streamlit wants it registered once.
    """
    files = ("tensors", "drawing", *parts, name)
    script = "\n".join((ASSETS / f"{file}.js").read_text("utf-8") for file in files)
    styles = [ASSETS / f"{file}.css" for file in (*parts, name)]
    return st.components.v2.component(
        f"autoencoder_lab_{name}",
        html=f'<div class="{name}-host"></div>',
        css="\n".join(file.read_text("utf-8") for file in styles if file.exists()),
        js=script,
    )


def base_path() -> str:
    """The path below which the app is served, for the addresses of its routes."""
    return st.get_option("server.baseUrlPath") or ""
