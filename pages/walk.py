"""Walk and arithmetic: between two codes, sums of codes, and directions that have a meaning."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Walk and arithmetic"))

from pages.sections.arithmetic import arithmetic, prototypes  # noqa: E402
from pages.sections.deforming import deforming  # noqa: E402
from pages.sections.walking import explained, walking  # noqa: E402
from pages.ui.measured import measured  # noqa: E402
from pages.ui.models import pick_plain_model  # noqa: E402

entry = pick_plain_model()
if entry:
    model = measured(entry)
    walking(model)
    prototypes(model)
    arithmetic(model)
    deforming(model)
    explained(model)
