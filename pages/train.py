"""Train: choose a model, start it, and watch what it learns."""

import streamlit as st

from pages.ui import server
from pages.ui.i18n import _

st.title(_("Train an autoencoder"))

from aecore.runs import registry  # noqa: E402
from pages.sections.launch import launch  # noqa: E402
from pages.sections.monitor import learning_rate, monitor, pick_run, steering  # noqa: E402
from pages.ui.summary import summary  # noqa: E402

settings, live = st.columns([4, 9], gap="large")

with settings:
    launch()

with live:
    if error := st.session_state.pop("run_error", None):
        st.error(error)
    runs = registry().of(server.owner())
    if runs:
        run = pick_run(runs)
        steering(run, learning_rate())
        monitor(run)
        summary(run)
    else:
        st.info(
            _(
                "Choose a model on the left and press **Train**: its curves, its latent space and "
                "its reconstructions will appear here while it learns."
            )
        )
