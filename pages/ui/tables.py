"""Small tables of numbers, as Markdown: they follow the theme and the language."""

from __future__ import annotations

import streamlit as st


def table(header: list[str], rows: list[list[str]]) -> None:
    """The first column is a name; the others are numbers, aligned to the right."""
    lines = [header, [":--"] + ["--:"] * (len(header) - 1), *rows]
    st.markdown("\n".join("| " + " | ".join(line) + " |" for line in lines))
