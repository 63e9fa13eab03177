"""Taking turns: what visitors compute live, beside the training runs, waits for a place."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore.runs import registry
from pages.ui.i18n import _


@contextlib.contextmanager
def turn(words: DeltaGenerator) -> Iterator[None]:
    """Wait for a place among those of all visitors, and give it back whatever happens.

    words: where it is said that one waits.
    """
    places = _places()
    while not places.acquire(timeout=0.3):
        text = _("Waiting for the run of another visitor…")
        words.caption(f":material/hourglass_top: {text}")
    try:
        yield
    finally:
        places.release()


@st.cache_resource(show_spinner=False)
def _places() -> threading.BoundedSemaphore:
    """So many go at once on this server as do training runs."""
    return threading.BoundedSemaphore(registry().slots)
