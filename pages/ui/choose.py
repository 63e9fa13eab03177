"""A choice between a few things that stand side by side, and the number of a draw."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

from pages.ui import link
from pages.ui.i18n import _

T = TypeVar("T")


def one_of(
    label: str,
    names: dict[T, str],
    key: str,
    default: T,
    *,
    help_: str | None = None,
    hidden: bool = False,
) -> T:
    """One of several, kept across pages and in the URL.

    names: what each is called; key: of the widget and in the URL; hidden: the label is only read
    out, since it stands above already.
    """
    link.choice(key, list(names), default)
    chosen = st.segmented_control(
        label,
        list(names),
        format_func=names.get,
        key=key,
        required=True,
        persist_state="session",
        help=help_,
        label_visibility="collapsed" if hidden else "visible",
    )
    link.put(key, chosen)
    return chosen


def draw_number() -> int:
    """Which of many draws at random is shown: the same number, also in a link, gives the same."""
    link.value("seed", 0, 9999, 0)
    seed = st.number_input(_("Draw number"), 0, 9999, key="seed", persist_state="session")
    link.put("seed", seed)
    return seed
