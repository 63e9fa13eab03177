"""What the address of a page says, so that a link opens the same view.

Each value stands in the URL under the key of its widget, as the program names it and not as a
language does. Before its widget, ``choice`` or ``value`` takes what a link asks for: what is out
of range is clamped, what is unknown is said. After it, ``put`` writes what was chosen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from urllib.parse import quote, unquote

import streamlit as st

from pages.ui.i18n import _

WRITTEN = "written_in_link"
# For so long after the run of a page that replaced a value a browser may still tell of it: it sends
# the address as it knew it when the page was used, and what it sends waits until that run ends.
ECHO_SECONDS = 5


@contextmanager
def running() -> Iterator[None]:
    """Around a run of the page: what it replaces in the URL counts as replaced when it ends."""
    written, start = _written(), time.monotonic()
    try:
        yield
    finally:
        # A run that is interrupted must not touch the session again: this could interrupt it anew.
        now = time.monotonic()
        for _current, replaced in written.values():
            replaced.update({old: now for old, at in replaced.items() if at >= start})


def fragment(section: Callable) -> Callable:
    """``st.fragment`` for a part of a page that writes into the URL: it runs without the page."""

    @wraps(section)
    def run(*args: object, **kwargs: object) -> object:
        with running():
            return section(*args, **kwargs)

    return st.fragment(run)


def asked(name: str) -> str | None:
    """The value of ``name`` in the URL, unless it is what this session itself wrote there."""
    value = st.query_params.get(name)
    current, replaced = _written().get(name, (None, {}))
    return None if value == current or _is_echo(value, replaced) else value


def put(name: str, value: object) -> None:
    """Write a value into the URL."""
    text = str(value)
    _note(name, text)
    # A fragment that writes its own value would send the old ones of the others back with it.
    for other, (current, replaced) in _written().items():
        if _is_echo(st.query_params.get(other), replaced):
            st.query_params[other] = current
    if st.query_params.get(name) != text:
        st.query_params[name] = text


def choice(name: str, options: Sequence, default: object) -> None:
    """Settle ``st.session_state[name]`` to one of the options, before its widget is made."""
    text = asked(name)
    if text is not None:
        named = {str(option): option for option in options}
        if text in named:
            st.session_state[name] = named[text]
        else:
            unknown(name, text)
    if st.session_state.get(name) not in options:
        st.session_state[name] = default


def several(name: str, options: Sequence[str], default: Sequence[str]) -> None:
    """Settle ``st.session_state[name]`` to some of the options, before its widget is made.

    In the URL they stand in a row with commas between them, as ``listed`` writes them.
    """
    text = asked(name)
    if text is not None:
        wanted = [unquote(one) for one in text.split(",") if one]
        there = [one for one in dict.fromkeys(wanted) if one in options]
        if len(there) < len(wanted):
            _note(name, text)
            strange = ", ".join(one for one in wanted if one not in options)
            unknown(name, strange) if not there else _left_out(name, strange)
        if there or not wanted:
            st.session_state[name] = there
    current = st.session_state.get(name, default)
    st.session_state[name] = [one for one in current if one in options]


def listed(chosen: Sequence[str]) -> str:
    """Several options as one text for ``put``; a comma in a name is escaped."""
    return ",".join(quote(one, safe=" ") for one in chosen)


def value(name: str, low: float, high: float, default: float) -> None:
    """Settle ``st.session_state[name]`` to a number from low to high, before its widget.

    It is whole if ``default`` is.
    """
    kind = type(default)
    text = asked(name)
    if text is not None:
        number = parse_number(text)
        if number is None:
            unknown(name, text)
        else:
            st.session_state[name] = kind(number)
    current = st.session_state.get(name, default)
    st.session_state[name] = kind(min(max(current, low), high))


def parse_number(text: str) -> float | None:
    """A finite number, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e12 else None


def unknown(name: str, text: str) -> None:
    """Say that a link asks for something that is not there."""
    _note(name, text)
    st.warning(
        _("The link asks for {name} = “{value}”, which is not there; the usual is shown.").format(
            name=name, value=text[:60]
        )
    )


def _left_out(name: str, text: str) -> None:
    st.warning(
        _("The link asks for {name} = “{value}”, which is not there; the others are shown.").format(
            name=name, value=text[:60]
        )
    )


def _note(name: str, text: str) -> None:
    current, replaced = _written().get(name, (text, {}))
    now = time.monotonic()
    replaced = {old: at for old, at in replaced.items() if now - at < ECHO_SECONDS}
    if current != text:
        replaced[current] = now
    _written()[name] = (text, replaced)


def _is_echo(value: str | None, replaced: dict[str, float]) -> bool:
    return value in replaced and time.monotonic() - replaced[value] < ECHO_SECONDS


def _written() -> dict[str, tuple[str, dict[str, float]]]:
    """What this session wrote: of each name the value, and when it replaced the ones before."""
    return st.session_state.setdefault(WRITTEN, {})
