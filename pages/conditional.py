"""Style and class: a VAE that is told the class, and what it keeps of a digit beside it."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Style and class"))

from pages.sections.conditional import explained, introduction, pick_conditional  # noqa: E402
from pages.sections.conditional_grid import class_by_style  # noqa: E402
from pages.sections.conditional_measures import obeying, what_z_knows  # noqa: E402
from pages.sections.conditional_style import one_style  # noqa: E402

introduction()
model = pick_conditional()
if model:
    one_style(model)
    class_by_style(model)
    reading = st.container()
    what_z_knows(model)
explained()
if model:
    with reading:
        # It waits for a classifier: all the rest stands by then.
        obeying(model)
