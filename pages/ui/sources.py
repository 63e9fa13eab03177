"""The formula of a page and the very source that computes it, in expanders."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from types import ModuleType

import streamlit as st

from pages.ui.i18n import _


def show_formulas(*lines: str) -> None:
    """LaTeX formulas in an expander, one under the other."""
    with st.expander(_("The formulas"), icon=":material/function:"):
        for line in lines:
            st.latex(line)


def show_sources(modules: Iterable[ModuleType]) -> None:
    """The text of each module, as the app runs it."""
    for module in modules:
        name = module.__name__.replace(".", "/") + ".py"
        with st.expander(_("Source: {file}").format(file=name), icon=":material/code:"):
            st.code(inspect.getsource(module), language="python")
