"""Failure museum: seven ways to fail, each to be reproduced, named, diagnosed and repaired."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Failure museum"))

from pages.sections.museum import explained, pick_failure, tell  # noqa: E402
from pages.sections.museum_results import side_by_side  # noqa: E402
from pages.sections.museum_runs import buttons, runs_of, watch  # noqa: E402

failure = pick_failure()
tell(failure)
runs = runs_of(failure)
buttons(failure, runs)
side_by_side(failure, runs)
watch(runs)
explained(failure)
