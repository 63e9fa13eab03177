"""Judge: one drawing through many models, and what each of them makes of it."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Draw once, judge by every model"))

from pages.sections.judging import explained, judging  # noqa: E402

# What takes a while fills its place beside what is explained below.
above = st.container()
explained()
with above:
    judging()
