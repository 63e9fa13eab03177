"""Regularisers: what keeps an autoencoder from copying, and what each does to its code."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Regularisers"))

from pages.sections.regularisers import PARTS, explained, pick_part, pick_regularised  # noqa: E402

part = pick_part()
chosen = pick_regularised()
if chosen:
    PARTS[part](chosen)
explained(part)
