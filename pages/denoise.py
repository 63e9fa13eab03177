"""Denoise: a corrupted digit, and what several models restore of it while the slider moves."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Denoise"))

from pages.sections.denoising import (  # noqa: E402
    explained,
    pick_corruption,
    pick_restorers,
    quality_against_noise,
    restoring,
)

left, right = st.columns([2, 5], gap="large", vertical_alignment="top")
with left:
    kind = pick_corruption()
with right:
    restorers = pick_restorers(kind)
if restorers:
    restoring(kind, restorers)
    quality_against_noise(kind, restorers)
explained()
