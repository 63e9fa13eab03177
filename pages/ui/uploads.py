"""Files that somebody hands in."""

from __future__ import annotations

import json

import streamlit as st

from pages.ui.i18n import _


def translate_uploader() -> None:
    """Streamlit's uploader speaks English only: its button gets our words, its hint goes."""
    words = json.dumps(_("Choose a file"), ensure_ascii=False)
    st.html(
        "<style>[data-testid=stFileUploaderDropzoneInstructions]{display:none}"
        "[data-testid=stFileUploaderDropzone] button p{font-size:0}"
        "[data-testid=stFileUploaderDropzone] button p::after"
        f"{{font-size:.875rem;content:{words}}}</style>"
    )
