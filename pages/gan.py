"""GAN: choose a game, start it, and watch both players; or move them by hand."""

import streamlit as st

from pages.ui import server
from pages.ui.i18n import _

st.title(_("Train a GAN"))

from aecore.gan.config import GanTrainConfig  # noqa: E402
from aecore.runs import registry  # noqa: E402
from pages.sections.gan_monitor import duel, explained, result, steered  # noqa: E402
from pages.sections.gan_settings import launch  # noqa: E402
from pages.sections.gan_steps import by_hand  # noqa: E402
from pages.sections.monitor import pick_run, steering  # noqa: E402

settings, live = st.columns([4, 9], gap="large")

with settings:
    launch()

with live:
    if error := st.session_state.pop("run_error", None):
        st.error(error)
    runs = registry().of(server.owner(), GanTrainConfig)
    run = pick_run(runs, "shown_gan") if runs else None
    if run:
        steering(run, *steered())
        by_hand(run)
        duel(run)
        result(run)
    else:
        st.info(
            _(
                "Choose a game on the left and press **Train**: noise will grow into digits here, "
                "beside the losses, scores and gradients of both players. **Prepare** starts in "
                "slow motion: one stage of the algorithm at a time."
            )
        )
    explained(run)
