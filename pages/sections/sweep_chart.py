"""The chart of a sweep: curves or a map, beside PCA; a click on it chooses a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from aecore import figures, pca, sweep
from aecore.data import Dataset
from aecore.runs import registry
from aecore.sweep import Job, spreads
from pages.sections.sweep_results import Board, measure_names, measured
from pages.ui import link, server
from pages.ui.choose import one_of
from pages.ui.i18n import _, separators
from pages.ui.names import family_name, setting_names, value_name, value_text

if TYPE_CHECKING:
    import plotly.graph_objects as go

LINES, MAP = "lines", "map"
# Whose errors span decades.
LOGARITHMIC = ("test_mse", "noisy_mse")


def chart(shown: Board, data: Dataset, choice: Job) -> None:
    """Its measure, its view, and itself; choice: the run with a ring."""
    names = measure_names()
    there = [name for name in names if name in sweep.measured(shown.results)]
    two = len(shown.sweep.axes) == 2
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with left:
        link.choice("swept_measure", there, there[0])
        measure = st.selectbox(
            _("Shown"),
            there,
            format_func=names.get,
            key="swept_measure",
            persist_state="session",
        )
        link.put("swept_measure", measure)
    view = LINES
    if two:
        with right:
            views = {LINES: _("Curves"), MAP: _("Map")}
            view = one_of(_("Seen as"), views, "swept_view", LINES)
    draw = _lines if view == LINES else _map
    figure = draw(shown, measure, data, choice)
    st.plotly_chart(figure, key="sweep_chart", on_select=_take_click, selection_mode="points")
    st.caption(
        _("A point is a run: click on it to choose its model. The line goes through the means.")
        if view == LINES
        else _("Means over the seeds. Click on a number to choose a model of its cell.")
    )


def _take_click() -> None:
    points = st.session_state["sweep_chart"]["selection"]["points"]
    held = registry().sweeps.get(server.owner())
    if points and held and points[0].get("customdata"):
        st.session_state["swept"] = held.sweep.jobs[int(points[0]["customdata"][0])].key


def _lines(shown: Board, measure: str, data: Dataset, choice: Job) -> go.Figure:
    of = shown.sweep
    means = spreads(of, shown.results, measure)
    groups = of.axes[1].values if len(of.axes) == 2 else (None,)
    family = family_name(of.base.model)
    lines, jobs_of = [], []
    for group in groups:
        jobs = [job for job in of.jobs if job.cell[1:] == ((group,) if len(of.axes) == 2 else ())]
        runs = [
            (job.cell[0], found[measure], job.number, job.config.seed)
            for job in jobs
            if measure in (found := shown.measures(job))
        ]
        cells = [
            (cell[0], spread.mean, spread.deviation)
            for cell, spread in means.items()
            if cell in {job.cell for job in jobs}
        ]
        name = value_name(of.axes[1].setting, group) if group is not None else family
        lines.append((name, runs, cells))
        jobs_of.append(jobs)
    labels = {
        "x": setting_names()[of.axes[0].setting],
        "y": measure_names()[measure],
        "seed": _("seed"),
        "reference": _("PCA of the same d"),
        "separators": separators(),
    }
    references = _references(shown, jobs_of, measure, data)
    log = measure in LOGARITHMIC
    return figures.sweep_lines(lines, references, choice.number, log=log, labels=labels)


def _references(
    shown: Board, jobs_of: list[list[Job]], measure: str, data: Dataset
) -> list[tuple[int | None, list[tuple[float, float]]]]:
    """PCA's error with the d of each cell: one line, or one for each where their d differ."""
    base = shown.sweep.base
    gaussian = all(job.config.model.likelihood == "gaussian" for job in shown.sweep.jobs)
    if measure != "test_mse" and not (measure == "recon_nats" and gaussian):
        return []
    if shown.datasets != {data.name}:
        return []
    part = data.only(base.classes)
    with st.spinner(_("PCA of the same dataset…")):
        reference = pca.fit(part.train)
    error = reference.test_mse if measure == "test_mse" else reference.recon_nats
    rows = [
        sorted({(job.cell[0], error(part.test, job.config.model.latent_dim)) for job in jobs})
        for jobs in jobs_of
    ]
    if all(row == rows[0] for row in rows):
        return [(None, rows[0])]
    return list(enumerate(rows))


def _map(shown: Board, measure: str, data: Dataset, choice: Job) -> go.Figure:
    of = shown.sweep
    first = {}
    for job in of.jobs:
        if measure in shown.measures(job):
            first.setdefault(job.cell, job.number)
    cells = [
        (*(value_text(value) for value in cell), spread.mean, measured(measure, spread.mean),
         first[cell], spread.low, spread.high)
        for cell, spread in spreads(of, shown.results, measure).items()
    ]  # fmt: skip
    across, up = ([value_text(value) for value in axis.values] for axis in of.axes)
    labels = {
        "x": setting_names()[of.axes[0].setting],
        "y": setting_names()[of.axes[1].setting],
        "z": measure_names()[measure],
        "separators": separators(),
    }
    return figures.sweep_map(across, up, cells, labels=labels)
