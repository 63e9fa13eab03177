"""Anomalies: a model that learned some classes only, and what it finds strange."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Find anomalies"))

from pages.sections.anomalies import explained, pick_detector  # noqa: E402
from pages.sections.anomalies_training import train_another  # noqa: E402
from pages.sections.anomalies_views import detecting  # noqa: E402

left, right = st.columns([5, 4], gap="large", vertical_alignment="bottom")
with left:
    entry = pick_detector()
with right:
    train_another(entry)
if entry:
    detecting(entry)
explained()
