"""Slow measurements that a page need not wait for: done once for all sessions, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def later(key: str, measure: Callable[[], T]) -> Future[T]:
    """What ``measure`` gives, in a thread beside the pages; it must not use Streamlit.

    key: by which it is kept for all sessions: a rerun that interrupts a page loses nothing. What
    failed is tried again when it is next asked for.
    """
    future = _submitted(key, measure)
    if future.done() and future.exception():
        _submitted.clear(key, measure)
    return future


@st.cache_resource(max_entries=128, show_spinner=False)
def _submitted(key: str, _measure: Callable[[], T]) -> Future[T]:
    return _worker().submit(_measure)


@st.cache_resource(show_spinner=False)
def _worker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "later")
