"""Few labels: what frozen codes are worth to a classifier, and what pre-training is."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("What codes are good for: few labels"))

from pages.sections.fewlabels import explained, few_labels  # noqa: E402
from pages.sections.finetuning import pre_training, under_way  # noqa: E402

first, second = st.container(), st.container()
explained()
# What takes long comes last, so that the rest of the page stands meanwhile.
parts = [(second, pre_training), (first, few_labels)]
for place, part in reversed(parts) if under_way() else parts:
    with place:
        part()
