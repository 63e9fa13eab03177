"""Train: choose a model, start it, and watch what it learns."""

import streamlit as st

from pages.ui import server
from pages.ui.i18n import _

st.title(_("Train an autoencoder"))

from aecore.runs import registry  # noqa: E402
from pages.ui.monitor import monitor, pick_run, steering, submit  # noqa: E402
from pages.ui.settings import model_size, pick_preset, training_settings  # noqa: E402
from pages.ui.summary import summary  # noqa: E402

EXERCISE = (16, 32, 64)

settings, live = st.columns([4, 9], gap="large")

with settings:
    pick_preset()
    start = st.container()
    config = training_settings()

with start:
    st.button(
        _("Train"),
        icon=":material/play_arrow:",
        type="primary",
        width="stretch",
        disabled=config is None,
        on_click=lambda: submit([config]),
    )
    st.button(
        _("Queue d = 16, 32, 64"),
        icon=":material/playlist_add:",
        width="stretch",
        disabled=config is None,
        on_click=lambda: submit([config.with_latent_dim(d) for d in EXERCISE]),
        help=_("The course's exercise: which d reconstructs best? Set them side by side after."),
    )
    if config:
        model_size(config.model)

with live:
    if error := st.session_state.pop("run_error", None):
        st.error(error)
    runs = registry().of(server.owner())
    if runs:
        run = pick_run(runs)
        steering(run)
        monitor(run)
        summary(run)
    else:
        st.info(
            _(
                "Choose a model on the left and press **Train**: its curves, its latent space and "
                "its reconstructions will appear here while it learns."
            )
        )
