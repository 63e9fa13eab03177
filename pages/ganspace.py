"""Noise and samples: what a trained generator makes of every noise vector, and how good that is."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Noise and samples"))

from pages.sections.ganspace import explained, plane, samples, walk  # noqa: E402
from pages.sections.ganspace_classes import by_class, obeying  # noqa: E402
from pages.sections.ganspace_measures import measures, memory  # noqa: E402
from pages.ui.gans import pick_gan  # noqa: E402

found = pick_gan()
if found:
    samples(found)
    plane(found)
    walk(found)
    by_class(found)
    memory(found)
    # These wait for a classifier: all the rest stands by then.
    measures(found)
    obeying(found)
explained()
