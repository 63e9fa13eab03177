"""Latent space: a model's codes under the pointer, and how to choose one to decode."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Latent space"))

from pages.sections.betas import betas  # noqa: E402
from pages.sections.latent import explained, latent_space  # noqa: E402
from pages.sections.sampling import sampling  # noqa: E402
from pages.ui.measured import measured  # noqa: E402
from pages.ui.models import pick_plain_model  # noqa: E402

entry = pick_plain_model()
if entry:
    model = measured(entry)
    latent_space(model)
    sampling(entry, model)
    betas()
    explained(model)
