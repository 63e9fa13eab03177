"""A choice between a few things that stand side by side, one between steps in order, and the
number of a draw: each is kept across pages and in the URL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar

import streamlit as st

from pages.ui import link
from pages.ui.i18n import _, number

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
    """One of several.

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


def step_of(
    label: str,
    steps: Sequence[T],
    key: str,
    default: T,
    *,
    help_: str | None = None,
    width: int | Literal["stretch"] = "stretch",
    disabled: bool = False,
) -> T:
    """One of several numbers in order, on a slider."""
    link.choice(key, steps, default)
    chosen = st.select_slider(
        label,
        steps,
        format_func=lambda value: number(value, 5),
        key=key,
        persist_state="session",
        help=help_,
        width=width,
        disabled=disabled,
    )
    link.put(key, chosen)
    return chosen


def draw_number() -> int:
    """Which of many draws at random is shown: the same number, also in a link, gives the same."""
    link.value("seed", 0, 9999, 0)
    seed = st.number_input(_("Draw number"), 0, 9999, key="seed", persist_state="session")
    link.put("seed", seed)
    return seed
