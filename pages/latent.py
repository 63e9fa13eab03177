"""Latent space: a model's codes under the pointer, and how to choose one to decode."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Latent space"))

from pages.sections.betas import betas  # noqa: E402
from pages.sections.latent import explained, latent_space, open_model  # noqa: E402
from pages.sections.sampling import sampling  # noqa: E402

view = open_model()
if view:
    latent_space(view)
    sampling(view)
    betas()
    explained(view)
