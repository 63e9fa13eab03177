"""Weights and codes."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Weights and codes"))
