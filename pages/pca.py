"""PCA against autoencoders."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("PCA against autoencoders"))
