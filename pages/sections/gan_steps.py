"""Moving the players by hand: one of them, both, or the algorithm stage by stage."""

from __future__ import annotations

import html

import streamlit as st

from aecore import figures
from aecore.runs import Run, RunError, Status, registry
from pages.ui.digits import digit_rows
from pages.ui.i18n import _, number, say

STEPS = (1, 10, 50)
SHOWN = 10


def by_hand(run: Run) -> None:
    """Buttons for a paused run; says so for one that trains."""
    if run.status is not Status.PAUSED:
        if run.is_live:
            st.caption(_("Pause the run: then you can move one player, or both, step by step."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = st.segmented_control(
            _("Updates"), STEPS, default=STEPS[0], key="gan_count", required=True
        )
        _button(_("Critic only"), "gavel", run, count, ("critic",))
        _button(_("Generator only"), "brush", run, count, ("generator",))
        _button(_("Both players"), "swords", run, count, ("critic", "generator"))
        st.button(
            _("Next stage"),
            icon=":material/slow_motion_video:",
            key="gan_stage",
            on_click=lambda: _act(lambda: _next_stage(run)),
            help=_("Slow motion: the next stage of the algorithm, with the lines that ran."),
        )
    if run.trainer is not None:
        turns = run.trainer.turns
        st.caption(
            _("Updates so far: critic {critic}, generator {generator}.").format(
                critic=number(turns["critic"], 0), generator=number(turns["generator"], 0)
            )
        )
    if moment := st.session_state.get(f"moment_{run.id}"):
        _show(run, moment)


def _button(label: str, icon: str, run: Run, count: int, players: tuple[str, ...]) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"gan_{'_'.join(players)}",
        on_click=lambda: _act(lambda: _play(run, count, players)),
    )


def _act(action) -> None:
    try:
        action()
    except RunError as error:
        st.session_state["run_error"] = say(error.sentence)


def _play(run: Run, count: int, players: tuple[str, ...]) -> None:
    _forget(run)
    with registry().by_hand(run) as trainer:
        registry().record(run, trainer.play_many(players, count))


def _next_stage(run: Run) -> None:
    from aecore.gan.slow_motion import SlowMotion

    key = f"slow_{run.id}"
    with registry().by_hand(run) as trainer:
        if key not in st.session_state:
            st.session_state[key] = SlowMotion(trainer)
        st.session_state[f"moment_{run.id}"] = st.session_state[key].next()
    st.session_state[f"turns_{run.id}"] = dict(trainer.turns)


def _forget(run: Run) -> None:
    for key in (f"slow_{run.id}", f"moment_{run.id}"):
        st.session_state.pop(key, None)


def _show(run: Run, moment) -> None:
    """A stage: its caption, the lines that ran, and the pictures at hand."""
    if st.session_state.get(f"turns_{run.id}") != run.trainer.turns:
        # The run went on meanwhile: what was half done is void.
        _forget(run)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        player = _("Critic") if moment.player == "critic" else _("Generator")
        st.markdown(f"**{player}, {moment.number}.** {_captions()[moment.stage.name]}")
        _source(moment)
    with right:
        _pictures(moment)


def _source(moment) -> None:
    first, last = moment.lines
    rows = "".join(
        f'<div class="{"now" if first <= i <= last else ""}">{html.escape(line) or " "}</div>'
        for i, line in enumerate(moment.source.rstrip().split("\n"))
    )
    st.html(
        "<style>.lab-source{font:12px/1.45 var(--st-code-font,monospace);white-space:pre;"
        "overflow-x:auto;border:1px solid var(--st-border-color,#8884);border-radius:.5rem;"
        "padding:.5rem .7rem}.lab-source .now{background:#e7630033;box-shadow:-.7rem 0 0 #e7630033,"
        "inset 3px 0 0 #e76300}</style>"
        f'<div class="lab-source">{rows}</div>'
    )


def _pictures(moment) -> None:
    stage, rows = moment.stage, []
    if stage.real is not None:
        rows.append((_("Data x"), figures.grey(stage.real[:SHOWN, 0].cpu().numpy())))
    if stage.fake is not None:
        rows.append((_("Samples G(z)"), figures.grey(stage.fake[:SHOWN, 0].detach().cpu().numpy())))
    if rows:
        digit_rows(rows, name="stage")
    names = {
        "real": _("from the data"),
        "fake": _("from the samples"),
        "penalty": _("penalty"),
        "fooling": _("fooling the critic"),
        "naming": _("naming the class"),
    }
    if stage.terms:
        parts = [
            f"{names[name]}: **{number(term.detach().mean().item(), 3)}**"
            for name, term in stage.terms.items()
        ]
        st.markdown(_("Loss: ") + " · ".join(parts))


def _captions() -> dict[str, str]:
    """What each stage does, in a sentence."""
    return {
        "data": _("A batch of real digits is drawn from the training split."),
        "samples": _("The generator makes as many samples of fresh noise; it learns nothing now."),
        "critic-loss": _("The critic scores both, and its loss says how badly it told them apart."),
        "critic-gradient": _("The loss is traced back to every weight of the critic."),
        "critic-step": _("The critic's weights move; those of the generator stay."),
        "generated": _("Fresh noise, fresh samples; this time the way back to it is kept."),
        "generator-loss": _(
            "The critic scores the samples: the generator wants to be taken for data."
        ),
        "generator-gradient": _(
            "The loss is traced back through the critic, which does not change, to every weight of "
            "the generator."
        ),
        "generator-step": _("The generator's weights move: its next samples will score better."),
    }
