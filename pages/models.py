"""Models: look into one, value by value of its code; download it, upload another."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("Models"))

from pages.sections.inspection import inspection, upload  # noqa: E402
from pages.ui.models import pick_model  # noqa: E402

left, right = st.columns([3, 2], gap="large", vertical_alignment="bottom")
with right:
    upload()
with left:
    entry = pick_model()
if entry:
    inspection(entry)
