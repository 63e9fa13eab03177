"""The failing run beside the repaired one: verdict, number, chart, pictures and a table."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aecore.config import TrainConfig
from aecore.explore.failures import Failure, Trained, differences
from aecore.runs import Run, Status, registry
from pages.sections.museum_runs import configs_of
from pages.sections.museum_views import chart, numbers, pictures
from pages.sections.museum_words import words
from pages.sections.settings_presets import start_from_config
from pages.ui.digits import digit_rows
from pages.ui.i18n import _, duration, say, significant
from pages.ui.names import run_name
from pages.ui.tables import save_table, table

MEASURED = 2000
REAL = 10_000
SIDES = ("failing", "repaired")


def side_by_side(failure: Failure, runs: tuple[Run | None, Run | None]) -> None:
    """Both runs in columns, as far as they are there, and all their numbers in a table."""
    st.caption(_("All that differs between the two runs:"))
    st.code("\n".join(differences(failure)), language=None)
    with st.spinner(_("Measuring…")):
        found = [_symptom(_state(run), failure, run) if _is_over(run) else None for run in runs]
    headings = (_("The failing run"), _("The repaired run"))
    absent = (
        _("Press **Reproduce**: what the failing run shows will stand here."),
        _("Press **Repair**: what the repaired run shows will stand here."),
    )
    columns = st.columns(2, gap="medium")
    for i, config in enumerate(configs_of(failure)):
        with columns[i], st.container(border=True):
            st.markdown(f"#### {headings[i]}")
            if found[i] is not None:
                _result(failure, runs[i], found, i)
            elif runs[i]:
                st.info(_("It trains or waits: its live monitor is below."))
            else:
                st.info(absent[i])
            _onward(config, runs[i], SIDES[i])
    if any(symptom is not None for symptom in found):
        _table(failure, runs, found)


def _is_over(run: Run | None) -> bool:
    return run is not None and run.status in (Status.FINISHED, Status.FAILED) and bool(run.metrics)


def _state(run: Run) -> str:
    """Tells this state of a run from every other: it may have gone on training."""
    return f"{run.id}-{run.epoch:g}-{run.seconds:.3f}"


@st.cache_resource(max_entries=32, show_spinner=False)
def _symptom(state: str, _failure: Failure, _run: Run) -> Any:
    return _failure.examine(_trained(_run))


def _trained(run: Run) -> Trained:
    """What a run has left to be examined."""
    data = run.trainer.data
    return Trained(
        model=run.trainer.model.eval(),
        x=data.test.pictures(slice(0, MEASURED)),
        real=data.train.pictures(slice(0, REAL)),
        start=run.test_curve[0][1],
        losses=[row[1] for row in run.train_curve],
        broken=run.reason is not None,
    )


def _result(failure: Failure, run: Run, found: list[Any], side: int) -> None:
    """The verdict in a word, the number that tells, and what it is told from."""
    ill, name = failure.is_ill(found[side]), SIDES[side]
    label, value = numbers(failure, found[side])[0]
    st.metric(label, value)
    said = words(failure.key)
    verdict = (said.ill, "close", "red") if ill else (said.well, "check", "green")
    st.badge(verdict[0], icon=f":material/{verdict[1]}:", color=verdict[2])
    chart(failure, run, found, side)
    rows = pictures(run.trainer.model.eval(), found[side], run.trainer.data.test)
    digit_rows(rows, name=f"{failure.key}-{name}")
    if run.reason:
        st.error(say(run.reason))


def _onward(config: TrainConfig, run: Run | None, name: str) -> None:
    """To the Train page with the same settings; and away with the run."""
    with st.container(horizontal=True):
        if st.button(
            _("Open these settings on the Train page"),
            key=f"open-{name}",
            icon=":material/tune:",
            type="tertiary",
        ):
            start_from_config(config)
            st.switch_page("pages/train.py")
        if run and not run.is_live:
            st.button(
                _("Remove this run"),
                key=f"remove-{name}",
                icon=":material/delete:",
                type="tertiary",
                on_click=lambda: registry().remove(run),
                help=run_name(run),
            )


def _table(failure: Failure, runs: tuple[Run | None, Run | None], found: list[Any]) -> None:
    """Every number of both runs."""
    columns = []
    for run, symptom in zip(runs, found, strict=True):
        known = {} if symptom is None else dict(numbers(failure, symptom))
        if known:
            known[_("Test MSE per pixel")] = significant(run.metrics.test_mse)
            known[_("Training time")] = duration(run.seconds)
        columns.append(known)
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [[name, *(column.get(name, "–") for column in columns)] for name in names]
    header = ["", _("The failing run"), _("The repaired run")]
    table(header, rows)
    save_table(header, rows, f"museum-{failure.key}")
