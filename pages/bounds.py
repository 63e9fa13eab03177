"""Bounds: how likely a VAE finds a digit, and which of its latents have collapsed."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Bounds and collapse"))

from pages.sections.bounds import explained, pick_bounded, pick_part  # noqa: E402
from pages.sections.bounds_collapse import collapse  # noqa: E402
from pages.sections.bounds_draws import tightened  # noqa: E402

part = pick_part()
chosen = pick_bounded()
if chosen:
    {"bound": tightened, "collapse": collapse}[part](chosen)
explained(part)
