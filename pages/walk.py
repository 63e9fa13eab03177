"""Walk and arithmetic."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Walk and arithmetic"))
