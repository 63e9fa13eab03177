"""A generator that is told the class: the grid class × noise, and whether it obeys."""

from __future__ import annotations

import streamlit as st

from aecore import figures
from aecore.explore import noise, styles
from pages.ui import obedience
from pages.ui.digits import picture
from pages.ui.gans import Chosen
from pages.ui.i18n import _

ROWS = 8


@st.fragment
def by_class(found: Chosen) -> None:
    """The same noise under every class."""
    if not found.gan.conditional:
        return
    st.subheader(_("The same noise as every class"))
    z = noise.draw(found.gan.config.latent_dim, ROWS, st.session_state.get("seed", 0))
    pictures = figures.grey(styles.under_each_class(found.gan, z).numpy())
    sheet = figures.class_by_style(pictures)
    picture(
        sheet,
        name="gan-classes",
        caption=_("Each row is one z, each column one class: the hand stays, the digit changes."),
        width=640,
    )


def obeying(found: Chosen) -> None:
    """What a classifier reads in the samples of each class."""
    if found.gan.conditional:
        obedience.obeying(found.key, found.gan, found.data, found.classes)
