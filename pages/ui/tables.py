"""Small tables of numbers, as Markdown: they follow the theme and the language."""

from __future__ import annotations

import csv
import io

import streamlit as st

from pages.ui.i18n import _


def table(header: list[str], rows: list[list[str]]) -> None:
    """The first column is a name; the others are numbers, aligned to the right."""
    lines = [header, [":--"] + ["--:"] * (len(header) - 1), *rows]
    st.markdown("\n".join("| " + " | ".join(line) + " |" for line in lines))


def save_table(header: list[str], rows: list[list], name: str) -> None:
    """A button that saves a table as CSV, with the program's numbers and no language's.

    name: of the file, unique on the page.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    st.download_button(
        _("CSV"),
        data=text.getvalue(),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key=f"save-{name}",
        help=_("Save this table."),
    )
