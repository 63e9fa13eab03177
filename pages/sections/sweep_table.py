"""The tables of a sweep: means of its cells, every run, and the runs that broke off."""

from __future__ import annotations

import streamlit as st

from aecore import sweep
from aecore.sweep import LOSS, Job, spreads
from pages.sections.sweep_results import Board, measure_names, measured, spread_text
from pages.ui.i18n import _, say
from pages.ui.names import job_name, setting_symbols, value_text
from pages.ui.tables import save_table, table

# What is shown beside parameters and time, where it was measured.
IN_TABLE = ("test_mse", "noisy_mse", LOSS, "kl_nats", "label_accuracy")


def tables(shown: Board) -> None:
    """Means and spreads of the cells, every run, and the reasons of those that broke off."""
    of = shown.sweep
    there = sweep.measured(shown.results)
    measures = [name for name in (*IN_TABLE, "parameters", "seconds") if name in there]
    by_measure = {name: spreads(of, shown.results, name) for name in measures}
    st.subheader(_("Means over the seeds"))
    axes = [setting_symbols()[axis.setting] for axis in of.axes]
    table(
        [*axes, _("Seeds"), *(measure_names()[name] for name in measures)],
        [
            [
                *(value_text(value) for value in cell),
                str(by_measure[measures[0]][cell].n),
                *(spread_text(name, by_measure[name][cell]) for name in measures),
            ]
            for cell in by_measure[measures[0]]
        ],
    )
    if of.seeds > 1:
        st.caption(_("Mean ± standard deviation over the seeds of a cell."))
    save_table(*sweep.table(of, shown.results), "sweep-runs")
    broken_off(shown)
    with st.expander(_("Every run"), icon=":material/table_rows:"):
        axes = [axis for axis in axes if axis != setting_symbols()["seed"]]
        table(
            [*axes, _("seed"), _("State"), *(measure_names()[name] for name in measures)],
            [_row(shown, job, measures) for job in of.jobs],
        )


def _row(shown: Board, job: Job, measures: list[str]) -> list[str]:
    result = shown.results.get(job.number)
    found = shown.measures(job)
    states = {"finished": _("Finished"), "failed": _("Broken off"), "missing": _("Not trained yet")}
    return [
        *(value_text(v) for a, v in shown.sweep.values_of(job) if a != "seed"),
        str(job.config.seed),
        states[sweep.status(result)],
        *(measured(name, found[name]) if name in found else "–" for name in measures),
    ]


def broken_off(shown: Board) -> None:
    lines = [
        _("{run}: {reason}").format(run=job_name(shown.sweep, job), reason=say(result.reason))
        for job in shown.sweep.jobs
        if (result := shown.results.get(job.number)) and result.reason
    ]
    if lines:
        st.warning(_("These runs broke off and count in no mean."))
        st.text("\n".join(lines))
