"""Image to image: digits translated between two domains that were never seen in pairs, and back."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Image to image"))

from pages.sections.translating import (  # noqa: E402
    explained,
    introduction,
    pick_translators,
    there_and_back,
)
from pages.sections.translating_measures import how_good, ten_digits  # noqa: E402
from pages.sections.translating_training import training  # noqa: E402

introduction()
translators = pick_translators()
# What is read by a classifier, which may have to be trained first, comes last.
explored = st.container()
training()
explained()
if translators:
    with explored:
        there_and_back(translators)
        ten_digits(translators)
        how_good(translators)
