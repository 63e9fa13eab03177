"""Sweep: one or two settings over a grid, trained one after the other and set beside PCA."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Sweep over settings"))

from pages.sections.sweep import board, explained  # noqa: E402
from pages.sections.sweep_settings import new_sweep, open_saved  # noqa: E402

left, right = st.columns([4, 9], gap="large")
with left:
    new_sweep()
    open_saved()
with right:
    board()
explained()
