"""Compare: several models side by side, and all of them beside PCA."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Compare models"))

from pages.sections.comparison import comparison, pick_models  # noqa: E402

chosen = pick_models()
if chosen:
    comparison(chosen)
