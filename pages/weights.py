"""Weights and codes: what the units of a model draw and answer to, and what a code weighs."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Weights and codes"))

from pages.sections.weights_codes import code_values  # noqa: E402
from pages.sections.weights_explained import explained, pick_part  # noqa: E402
from pages.sections.weights_layers import layer_by_layer  # noqa: E402
from pages.sections.weights_size import code_bytes, model_size  # noqa: E402
from pages.sections.weights_units import units  # noqa: E402
from pages.ui.measured import measured  # noqa: E402
from pages.ui.models import pick_plain_model  # noqa: E402

PARTS = {
    "units": units,
    "layers": layer_by_layer,
    "code": code_values,
    "parameters": model_size,
    "bytes": code_bytes,
}

with st.container(horizontal=True, vertical_alignment="bottom"):
    with st.container(width=320):
        entry = pick_plain_model()
    part = pick_part(list(PARTS))
if entry:
    chosen = measured(entry)
    PARTS[part](chosen)
    explained(chosen, part)
