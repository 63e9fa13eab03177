"""The live monitor of a run, and the buttons that steer it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from aecore.figures import CLASS_COLOURS
from aecore.runs import Run, RunError, Status, registry
from pages.sections.settings import RATES
from pages.ui.component import base_path, register
from pages.ui.i18n import _, language, number, say
from pages.ui.names import run_name, term_names


def monitor(run: Run) -> None:
    """Progress, curves, latent space and ten digits of a run, live and replayed."""
    classes = list("0123456789")
    if run.trainer is not None:
        classes = [_(name) for name in run.trainer.data.class_names]
    register("monitor", "progress", "linechart", "follower")(
        key="monitor",
        on_status_change=lambda: None,
        data={
            "run": run.id,
            "status": run.status,
            "base": base_path(),
            "lang": language(),
            "palette": CLASS_COLOURS,
            "classes": classes,
            "noisy": run.config.noise.kind != "none",
            "headlineDigits": 4,
            "labels": _labels(),
        },
    )


@dataclass(frozen=True)
class Live:
    """A setting that can be changed while a run trains: its name in the config, and a slider's."""

    name: str
    label: str
    options: tuple[float, ...]


def learning_rate() -> Live:
    """That of an autoencoder."""
    return Live("learning_rate", _("Learning rate now"), RATES)


def steering(run: Run, *settings: Live) -> None:
    """Pause, one epoch, stop, train further, remove; and some settings while it runs."""
    runs = registry()
    live = run.is_live
    paused = run.status is Status.PAUSED
    with st.container(horizontal=True, vertical_alignment="bottom", key="steering"):
        if paused:
            button(_("Resume"), "play_arrow", lambda: runs.resume(run))
        else:
            button(_("Pause"), "pause", lambda: runs.pause(run), disabled=not live)
        if not live and run.trainer is not None:
            _more_epochs(run)
        elif paused:
            button(_("One epoch"), "skip_next", lambda: runs.resume(run, epochs=1))
        else:
            button(
                _("One epoch"), "skip_next", lambda: runs.pause_after_epoch(run), disabled=not live
            )
        button(_("Stop"), "stop", lambda: runs.stop(run), disabled=not live)
        button(_("Remove"), "delete", lambda: runs.remove(run))
        if live and len(settings) == 1:
            _slider(run, settings[0])
    if live and len(settings) > 1:
        with st.container(horizontal=True):
            for setting in settings:
                _slider(run, setting)


def _slider(run: Run, setting: Live) -> None:
    key = f"{setting.name}_{run.id}"
    if key not in st.session_state:
        now = run.setting(setting.name)
        st.session_state[key] = min(setting.options, key=lambda value: abs(value - now))
    st.select_slider(
        setting.label,
        setting.options,
        format_func=lambda value: number(value, 5),
        key=key,
        width=220,
        on_change=lambda: registry().change(run, **{setting.name: st.session_state[key]}),
        help=_("Takes effect at the next update; of a rate with a schedule it is the peak."),
    )


def _more_epochs(run: Run) -> None:
    """Buttons that train an ended run further."""
    runs = registry()
    button(_("One epoch more"), "skip_next", lambda: runs.train_further(run, 1))
    again = run.config.epochs
    if again > 1:
        label = _("{n} epochs more").format(n=again)
        button(label, "fast_forward", lambda: runs.train_further(run, again))


def button(label: str, icon: str, action, *, disabled: bool = False) -> None:
    """One that steers a run; what it refuses to do is told above."""
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"steer_{icon}",
        on_click=lambda: _act(action),
        disabled=disabled,
    )


def _act(action) -> None:
    try:
        action()
    except RunError as error:
        st.session_state["run_error"] = say(error.sentence)


def pick_run(runs: list[Run], key: str = "shown_run") -> Run:
    """One of this session's runs: the newest, unless another was chosen. key: of the widget."""
    by_id = {run.id: run for run in reversed(runs)}
    if st.session_state.get(key) not in by_id:
        st.session_state[key] = next(iter(by_id))
    if len(by_id) == 1:
        return runs[0]
    chosen = st.selectbox(
        _("Run"),
        list(by_id),
        format_func=lambda id_: f"{run_name(by_id[id_])} · {status_name(by_id[id_].status)}",
        key=key,
        persist_state="session",
    )
    return by_id[chosen]


def status_name(status: Status) -> str:
    """A status in the language of the session."""
    return labels_of_runs()["status"][status]


def labels_of_runs() -> dict:
    """What every live monitor says."""
    return {
        "status": {
            "queued": _("Waiting"),
            "running": _("Training"),
            "paused": _("Paused"),
            "finished": _("Finished"),
            "stopped": _("Stopped"),
            "failed": _("Broken off"),
        },
        "epoch": _("epoch"),
        "epochs": _("epochs"),
        "left": _("left"),
        "play": _("Replay the training"),
        "time": _("Moment of the training"),
        "gone": _("This run is no longer there."),
    }


def _labels() -> dict:
    return {
        **labels_of_runs(),
        "terms": term_names(),
        "total": _("Total loss (nats)"),
        "train": _("training"),
        "test": _("test"),
        "headline": _("test MSE per pixel"),
        "scatter": _("Latent space: codes of 1,000 test digits"),
        "manifold": _("What that plane decodes to"),
        "input": _("Input"),
        "noisy": _("Corrupted input"),
        "code": _("Code"),
        "reconstruction": _("Reconstruction"),
        "angles": _(
            "Principal angles to PCA's subspace: smallest {smallest}, median {median}, largest "
            "{largest}"
        ),
    }
