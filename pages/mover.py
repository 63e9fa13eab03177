"""Earth mover's distance: why the Wasserstein loss has a gradient where JS and KL have none."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Earth mover’s distance"))

from pages.sections.mover import explained, parallel_lines, sliding  # noqa: E402
from pages.sections.mover_clouds import clouds  # noqa: E402
from pages.sections.mover_digits import shifted_digits  # noqa: E402

sliding()
parallel_lines()
clouds()
# What takes a moment fills its place beside what is explained below.
below = st.container()
explained()
with below:
    shifted_digits()
