"""The left side of the Train page: what to train, how large that is, and the buttons that do."""

from __future__ import annotations

import streamlit as st

from aecore.config import TrainConfig
from aecore.messages import ConfigError, LabError
from aecore.runs import registry
from pages.sections.settings import training_settings
from pages.sections.settings_presets import pick_preset
from pages.ui import server
from pages.ui.i18n import _, say

EXERCISE = (16, 32, 64)


@st.fragment
def launch() -> None:
    """A fragment: moving a slider redraws the settings and not the live monitor beside them."""
    pick_preset()
    buttons, size = st.container(), st.container()
    config = training_settings(size)
    exercise = _exercise(config)
    with buttons:
        pressed = st.button(
            _("Train"),
            icon=":material/play_arrow:",
            type="primary",
            width="stretch",
            disabled=config is None,
        )
        pressed_exercise = st.button(
            _("Queue d = 16, 32, 64"),
            icon=":material/playlist_add:",
            width="stretch",
            disabled=not exercise,
            help=_(
                "The course's exercise: which d reconstructs best? Set them side by side after."
            ),
        )
    if pressed:
        submit([config])
    elif pressed_exercise:
        submit(exercise)


def _exercise(config: TrainConfig | None) -> list[TrainConfig]:
    """The same run at each d of the exercise; none where the model has its own rule for d."""
    try:
        return [config.with_latent_dim(d) for d in EXERCISE] if config else []
    except ConfigError:
        return []


def submit(configs: list[TrainConfig]) -> None:
    """Queue runs and show the first; a refusal is shown when the page is drawn again."""
    try:
        queued = [registry().submit(server.owner(), config) for config in configs]
        st.session_state["shown_run"] = queued[0].id
    except LabError as error:
        st.session_state["run_error"] = say(error.sentence)
    st.rerun()
