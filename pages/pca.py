"""PCA against autoencoders: the same d for all, digit by digit, in numbers, and why."""

import streamlit as st

from pages.ui.i18n import _

st.title(_("PCA against autoencoders"))

from pages.sections.pca_parts import explained, pick_part  # noqa: E402
from pages.sections.pca_rivals import (  # noqa: E402
    error_chart,
    notices,
    one_digit,
    pick_rival_digit,
    pick_size,
    ten_digits,
    verdict,
)

controls, picker = st.columns(2, gap="large")
with controls:
    rivals = pick_size()
with picker:
    digit = pick_rival_digit(rivals)
notices(rivals)
verdict(rivals)
pictures, chart = st.columns([6, 5], gap="large")
with pictures:
    one_digit(rivals, digit)
with chart:
    error_chart(rivals)
ten_digits(rivals)
pick_part()(rivals)
explained()
