"""2D playground: two models side by side that learn a cloud of points while you watch."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("2D playground"))

from pages.sections.playground import arena, explained  # noqa: E402
from pages.sections.playground_settings import pick_cloud, pick_models, presets  # noqa: E402

presets()
with st.container(key="playground_columns"):
    left, right = st.columns([2, 7], gap="large")
with left:
    common = pick_cloud()
    players = pick_models(common)
with right:
    arena(common, players)
explained(players)
