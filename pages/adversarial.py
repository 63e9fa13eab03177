"""Adversarial codes: a prior imposed by a discriminator, and how near the codes have come to it."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Adversarial codes"))

from pages.sections.adversarial import (  # noqa: E402
    codes_beside_prior,
    explained,
    introduction,
    pick_adversarial,
)
from pages.sections.adversarial_measures import how_near  # noqa: E402
from pages.sections.adversarial_samples import plane, samples  # noqa: E402

introduction()
model = pick_adversarial()
if model:
    codes_beside_prior(model)
    how_near(model)
    plane(model)
    samples(model)
explained()
