"""The two runs of an exhibit: starting them, and watching the one that trains."""

from __future__ import annotations

import streamlit as st

from aecore.config import TrainConfig
from aecore.data import load_or_embedded
from aecore.explore.failures import Failure
from aecore.runs import Run, Status, registry
from pages.sections.launch import submit
from pages.sections.monitor import learning_rate, monitor, steering
from pages.ui import server
from pages.ui.i18n import _, number, say


def configs_of(failure: Failure) -> tuple[TrainConfig, TrainConfig]:
    """The failing run and the repaired one, on the data that are at hand."""
    return failure.configs(load_or_embedded("mnist").name)


def runs_of(failure: Failure) -> tuple[Run | None, Run | None]:
    """This browser's newest runs with the settings of the exhibit, wherever they were started.

    One that was stopped early tells nothing and is passed over.
    """
    mine = [run for run in registry().of(server.owner()) if run.status is not Status.STOPPED]
    newest = {run.config: run for run in mine}
    return tuple(newest.get(config) for config in configs_of(failure))


def buttons(failure: Failure, runs: tuple[Run | None, Run | None]) -> None:
    """Reproduce the failure, repair it, or both one after the other."""
    if notice := load_or_embedded("mnist").notice:
        st.warning(say(notice))
    failing, repaired = configs_of(failure)
    here = _("It is there already, below: remove it to train it again.")
    wanted = [config for config, run in zip((failing, repaired), runs, strict=True) if run is None]
    choices = (
        ("reproduce", _("Reproduce"), "bug_report", [failing], runs[0] is None),
        ("repair", _("Repair"), "build", [repaired], runs[1] is None),
        ("both", _("Both"), "playlist_add", wanted, len(wanted) == 2),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for key, label, icon, configs, possible in choices:
            pressed = st.button(
                label,
                key=key,
                icon=f":material/{icon}:",
                type="primary" if key == "reproduce" else "secondary",
                disabled=not possible,
                help=None if possible else here,
            )
            if pressed:
                submit(configs)
        st.caption(
            _("Each trains for about {seconds} s on an idle core.").format(
                seconds=number(failure.seconds, 0)
            )
        )
    if error := st.session_state.pop("run_error", None):
        st.error(error)


def watch(runs: tuple[Run | None, Run | None]) -> None:
    """The live monitor of the run that trains, or of the first that waits."""
    live = sorted((run for run in runs if run and run.is_live), key=_turn)
    if live:
        st.subheader(_("Live"))
        steering(live[0], learning_rate())
        monitor(live[0])


def _turn(run: Run) -> int:
    return (Status.RUNNING, Status.PAUSED, Status.QUEUED).index(run.status)
