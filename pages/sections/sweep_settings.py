"""The left side of the Sweep page: what is swept over, how much that is, and saved sweeps."""

from __future__ import annotations

import streamlit as st

from aecore import sweep_file
from aecore.config import TrainConfig
from aecore.messages import LabError
from aecore.runs import registry
from aecore.sweep import MAX_SEEDS, SETTINGS, Axis, Sweep, parse_values, sweepable
from aecore.sweep_run import SweepRun
from pages.sections.settings import training_settings
from pages.sections.settings_presets import pick_preset
from pages.ui import link, server
from pages.ui.i18n import _, counted, duration, language, number, say
from pages.ui.names import setting_names
from pages.ui.uploads import translate_uploader

NONE = "none"
USUAL_SEEDS = 2


@link.fragment
def new_sweep() -> None:
    """A fragment: moving a slider redraws the settings and not the board beside them."""
    pick_preset()
    axes, size = st.container(), st.container()
    with st.expander(_("Everything else"), icon=":material/tune:"):
        st.caption(_("What is swept over takes the values given above."))
        config = training_settings(st.container(), epochs="sweep_epochs")
    if config is None:
        return
    with axes:
        sweep = _ask(config)
    with size:
        if sweep:
            _extent(sweep)
        _start(sweep)


def _ask(config: TrainConfig) -> Sweep | None:
    """The sweep that is asked for; None, with the reason shown, if there is none."""
    try:
        first = _axis("axis", config, sweepable(config))
        others = [name for name in sweepable(config) if name != first.setting]
        second = _axis("axis2", config, [NONE, *others])
        axes = (first, second) if second else (first,)
        return Sweep(config, axes, _seeds("seed" in [axis.setting for axis in axes]))
    except LabError as error:
        st.error(say(error.sentence))
        return None


def _axis(key: str, config: TrainConfig, options: list[str]) -> Axis | None:
    """A setting and its values; None if there is to be none."""
    names = {NONE: _("none"), **setting_names()}
    link.choice(key, options, options[0])
    setting = st.selectbox(
        _("Sweep over") if key == "axis" else _("and over"),
        options,
        format_func=names.get,
        key=key,
        persist_state="session",
        help=_("Those settings that the model has: a VAE has its β, for example."),
    )
    link.put(key, setting)
    if setting == NONE:
        return None
    usual = f"{key}_{setting}_{config.noise.kind}" if setting == "noise" else f"{key}_{setting}"
    if (text := link.asked(f"{key}_values")) is not None:
        st.session_state[usual] = text
    st.session_state.setdefault(usual, _written(SETTINGS[setting].usual(config)))
    text = st.text_input(
        _("Values"),
        key=usual,
        persist_state="session",
        max_chars=400,
        help=_("Numbers with commas between them; or with semicolons, then 0,5 is one half."),
    )
    link.put(f"{key}_values", text)
    return Axis(setting, parse_values(text))


def _written(values: tuple[float, ...]) -> str:
    """Values as the language writes them, in a list."""
    texts = [f"{value:g}" for value in values]
    if language() == "fr":
        return "; ".join(text.replace(".", ",") for text in texts)
    return ", ".join(texts)


def _seeds(swept: bool) -> int:
    """How often each cell is trained; once where the seed itself is swept over."""
    if swept:
        return 1
    link.value("seeds", 1, MAX_SEEDS, USUAL_SEEDS)
    seeds = st.slider(
        _("Seeds a cell"),
        1,
        MAX_SEEDS,
        key="seeds",
        persist_state="session",
        help=_(
            "Each cell is trained so often, from other starting weights and with the pictures in "
            "another order: how much of a difference is chance?"
        ),
    )
    link.put("seeds", seeds)
    return seeds


def _extent(sweep: Sweep) -> None:
    """How many runs, how large their models, and how long that takes, if that is known."""
    count = len(sweep.jobs)
    parts = [counted(count, _("**1** run"), _("**{count}** runs"))]
    if "epochs" not in [axis.setting for axis in sweep.axes]:
        parts.append(counted(sweep.base.epochs, _("1 epoch each"), _("{count} epochs each")))
    low, high = min(sweep.parameters), max(sweep.parameters)
    if low == high:
        parts.append(_("{count} parameters each").format(count=number(low, 0)))
    else:
        words = _("{low} to {high} parameters")
        parts.append(words.format(low=number(low, 0), high=number(high, 0)))
    if pace := _pace(sweep.base):
        seconds = pace * sum(job.config.epochs for job in sweep.jobs)
        parts.append(_("about {time} of training").format(time=duration(seconds)))
    st.caption(" · ".join(parts))


def _pace(config: TrainConfig) -> float | None:
    """Seconds an epoch, of what was last trained here with the same network and data."""
    runs, held = registry(), registry().sweeps.get(server.owner())
    known = [
        (run.config, run.seconds / run.epoch)
        for run in runs.of(server.owner())
        if run.trainer and run.epoch
    ]
    cards = [result.card for result in dict(held.results).values()] if held else []
    known += [(card.config, card.seconds / card.epochs) for card in cards if card and card.epochs]
    alike = [
        pace
        for other, pace in known
        if (other.dataset, other.model.network) == (config.dataset, config.model.network)
    ]
    return alike[-1] if alike else None


def _start(sweep: Sweep | None) -> None:
    held = registry().sweeps.get(server.owner())
    if st.button(
        _("Start the sweep"),
        icon=":material/play_arrow:",
        type="primary",
        width="stretch",
        disabled=sweep is None,
    ):
        hold(SweepRun(registry(), server.owner(), sweep), start=True)
    if held:
        st.caption(_("It takes the place of the one beside; save that first to keep it."))


def hold(sweep: SweepRun, *, start: bool) -> None:
    """Show this sweep in place of the one before, and draw the whole page again."""
    registry().hold_sweep(sweep)
    if start:
        sweep.start()
    st.rerun()


def open_saved() -> None:
    """Take the file of a sweep; a bad one is refused with a sentence."""
    translate_uploader()
    file = st.file_uploader(
        _("Open a saved sweep (zip)"),
        type="zip",
        key="sweep_file",
        max_upload_size=sweep_file.MAX_CONTENT // 2**20,
        help=_("A file that this page or “aecore sweep” wrote. Nothing in it is ever executed."),
    )
    if file is None or file.file_id == st.session_state.get("opened_sweep"):
        return
    try:
        sweep, results = sweep_file.from_bytes(file.getvalue())
    except LabError as error:
        st.error(say(error.sentence))
        return
    st.session_state["opened_sweep"] = file.file_id
    hold(SweepRun(registry(), server.owner(), sweep, results), start=False)
