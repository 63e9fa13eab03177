"""The board of a sweep: how far it is, its curve or map, the chosen model, and its tables."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from aecore import figures, pca, sweep, sweep_file, sweep_run
from aecore.data import Dataset, load_or_embedded
from aecore.explore import codes
from aecore.runs import Status, registry
from aecore.sweep import LOSS, Job, Result, Spread, Sweep, spreads
from aecore.sweep_run import SweepRun
from pages.sections.monitor import status_name
from pages.ui import link, server
from pages.ui.component import base_path, register
from pages.ui.digits import digit_rows
from pages.ui.i18n import (
    _,
    duration,
    fixed,
    language,
    number,
    percent,
    say,
    separators,
    significant,
)
from pages.ui.models import Entry, swept
from pages.ui.names import (
    dataset_names,
    family_name,
    job_name,
    setting_names,
    setting_symbols,
    value_name,
)
from pages.ui.sources import show_formulas, show_sources
from pages.ui.summary import download
from pages.ui.tables import save_table, table

LINES, MAP = "lines", "map"
PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"
# Whose errors span decades.
LOGARITHMIC = ("test_mse", "noisy_mse")
# What the table shows beside parameters and time, where it was measured.
IN_TABLE = ("test_mse", "noisy_mse", LOSS, "kl_nats", "label_accuracy")


@dataclass(frozen=True, eq=False)
class Board:
    """A sweep as it stands while the page is drawn. models: by the number of the run."""

    run: SweepRun
    results: dict[int, Result]
    models: dict[int, Entry]

    @property
    def sweep(self) -> Sweep:
        return self.run.sweep


def measure_names() -> dict[str, str]:
    """The measures that can be shown."""
    return {
        "test_mse": _("Test MSE per pixel"),
        "noisy_mse": _("MSE after denoising"),
        LOSS: _("Total loss (nats)"),
        "recon_nats": _("Reconstruction (nats)"),
        "kl_nats": _("KL (nats)"),
        "elbo_nats": _("ELBO (nats)"),
        "label_accuracy": _("Classes named by its head"),
        "psnr": _("PSNR (dB)"),
        "active_units": _("Active units"),
        "seconds": _("Training time (s)"),
        "parameters": _("Parameters"),
    }


@st.fragment
def board() -> None:
    """A fragment, drawn again each time that a run has ended."""
    held = registry().sweeps.get(server.owner())
    if held is None:
        st.info(
            _(
                "Choose on the left what is swept over and press **Start the sweep**: each model "
                "appears here as a point when it is trained. The course’s question, for example: "
                "which d reconstructs best, and from where on does more of it hardly help?"
            )
        )
        return
    shown = Board(held, dict(held.results), swept())
    _progress(held)
    _steering(shown)
    if not any(result.checkpoint for result in shown.results.values()):
        _broken_off(shown)
        return
    data = _data(shown)
    choice = _pick_model(shown)
    _chart(shown, data, choice)
    _chosen(shown, data, choice)
    _table(shown)


def _progress(held: SweepRun) -> None:
    """The bar; it polls, and has the board drawn again when something has ended."""
    register("sweep", "progress")(
        key="sweep_progress",
        on_moved_change=lambda: None,
        data={
            "run": held.id,
            "status": held.status,
            "done": len(held.sweep.jobs) - len(held.missing),
            "base": base_path(),
            "lang": language(),
            "names": [job_name(held.sweep, job) for job in held.sweep.jobs],
            "words": {
                "status": {status.value: status_name(status) for status in Status},
                "done": _("{done} of {count} runs"),
                "left": _("about {time} left"),
            },
        },
    )


def _steering(shown: Board) -> None:
    held = shown.run
    with st.container(horizontal=True, key="sweep_steering"):
        if held.status is Status.RUNNING:
            st.button(_("Pause"), icon=":material/pause:", on_click=held.pause)
        elif held.missing:
            st.button(_("Resume"), icon=":material/play_arrow:", on_click=held.start)
        if held.is_live:
            st.button(_("Stop"), icon=":material/stop:", on_click=held.stop)
        st.download_button(
            _("Save the sweep"),
            data=lambda: sweep_file.to_bytes(held.sweep, dict(held.results)),
            file_name="sweep.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
            key="save-sweep",
            help=_(
                "One file with every setting, number and model; this page opens it again and can "
                "train what is missing."
            ),
        )


def _data(shown: Board) -> Dataset:
    """The data of the models, or what stands in for it."""
    sets = {r.card.dataset for r in shown.results.values() if r.card}
    data = load_or_embedded(sets.pop())
    if data.notice:
        st.warning(say(data.notice))
    wanted = shown.sweep.base.dataset
    names = dataset_names()
    if sets or data.name != wanted:
        st.warning(
            _("Not every model was trained on “{dataset}”, which was not at hand.").format(
                dataset=names[wanted]
            )
        )
    return data


def _pick_model(shown: Board) -> Job:
    """The model under the chart: by a click on its point, or from the list."""
    jobs = {shown.sweep.jobs[i].key: shown.sweep.jobs[i] for i in shown.models}
    link.choice("swept", list(jobs), next(iter(jobs)))
    return jobs[st.session_state["swept"]]


def _chart(shown: Board, data: Dataset, choice: Job) -> None:
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
            link.choice("swept_view", list(views), LINES)
            view = st.segmented_control(
                _("Seen as"),
                list(views),
                format_func=views.get,
                key="swept_view",
                required=True,
                persist_state="session",
            )
            link.put("swept_view", view)
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


def _lines(shown: Board, measure: str, data: Dataset, choice: Job):
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
            if measure in (found := _measures(shown, job))
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


def _measures(shown: Board, job: Job) -> dict[str, float]:
    result = shown.results.get(job.number)
    return result.measures if result else {}


def _references(
    shown: Board, jobs_of: list[list[Job]], measure: str, data: Dataset
) -> list[tuple[int | None, list[tuple[float, float]]]]:
    """PCA's error with the d of each cell: one line, or one for each where their d differ."""
    base = shown.sweep.base
    gaussian = all(job.config.model.likelihood == "gaussian" for job in shown.sweep.jobs)
    if measure != "test_mse" and not (measure == "recon_nats" and gaussian):
        return []
    if {r.card.dataset for r in shown.results.values() if r.card} != {data.name}:
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


def _map(shown: Board, measure: str, data: Dataset, choice: Job):
    of = shown.sweep
    first = {}
    for job in of.jobs:
        if measure in _measures(shown, job):
            first.setdefault(job.cell, job.number)
    cells = [
        (number(cell[0], 6), number(cell[1], 6), spread.mean, _measured(measure, spread.mean),
         first[cell])
        for cell, spread in spreads(of, shown.results, measure).items()
    ]  # fmt: skip
    across, up = ([number(value, 6) for value in axis.values] for axis in of.axes)
    labels = {
        "x": setting_names()[of.axes[0].setting],
        "y": setting_names()[of.axes[1].setting],
        "z": measure_names()[measure],
        "separators": separators(),
    }
    return figures.sweep_map(across, up, cells, labels=labels)


def _measured(measure: str, value: float) -> str:
    """A measure as it is written in the tables: with three significant digits, or counted."""
    counts = measure in ("parameters", "active_units")
    return _written(measure, value, 0 if counts and value == int(value) else _decimals(value, 3))


def _spread(measure: str, spread: Spread) -> str:
    """The mean, and the deviation with two significant digits."""
    if not spread.deviation:
        return _measured(measure, spread.mean)
    decimals = max(_decimals(spread.mean, 3), _decimals(spread.deviation, 2))
    values = (spread.mean, spread.deviation)
    return PLUS_MINUS.join(_written(measure, value, decimals) for value in values)


def _decimals(value: float, digits: int) -> int:
    """As many as give so many significant digits."""
    return max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0


def _written(measure: str, value: float, decimals: int) -> str:
    if measure == "label_accuracy":
        return percent(value)
    return fixed(value, decimals) if decimals else number(value, 0)


def _chosen(shown: Board, data: Dataset, choice: Job) -> None:
    """The model of the point that was clicked: its reconstructions, its file, and where to go."""
    entry = shown.models[choice.number]
    names = {
        shown.sweep.jobs[i].key: job_name(shown.sweep, shown.sweep.jobs[i]) for i in shown.models
    }
    st.selectbox(
        _("The chosen model"),
        list(names),
        format_func=names.get,
        key="swept",
        persist_state="session",
    )
    link.put("swept", choice.key)
    model, card = entry.read()
    left, right = st.columns([3, 2], gap="large")
    with left:
        x = data.test.pictures(codes.first_of_each_class(data.test))
        originals, restored = codes.to_uint8(x), codes.reconstruct(model, x)[1]
        digit_rows([(_("Original"), originals), (_("Reconstruction"), restored)])
    with right:
        st.caption(
            _("Test MSE {mse}, {parameters} parameters, trained in {time}. Open it in:").format(
                mse=significant(card.metrics["test_mse"]),
                parameters=number(card.parameters, 0),
                time=duration(card.seconds),
            )
        )
        link_to = {"model": entry.key, "lang": language()}
        with st.container(horizontal=True):
            for page, label, icon in _other_pages():
                st.page_link(page, label=label, icon=icon, query_params=link_to)
        download(model, card, f"{choice.key}.safetensors")


def _other_pages() -> list[tuple[str, str, str]]:
    """The pages that show one model: file, title, icon."""
    return [
        ("pages/latent.py", _("Latent space"), ":material/scatter_plot:"),
        ("pages/walk.py", _("Walk and arithmetic"), ":material/route:"),
        ("pages/weights.py", _("Weights and codes"), ":material/grid_on:"),
        ("pages/models.py", _("Models"), ":material/inventory_2:"),
    ]


def _table(shown: Board) -> None:
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
                *(number(value, 6) for value in cell),
                str(by_measure[measures[0]][cell].n),
                *(_spread(name, by_measure[name][cell]) for name in measures),
            ]
            for cell in by_measure[measures[0]]
        ],
    )
    if of.seeds > 1:
        st.caption(_("Mean ± standard deviation over the seeds of a cell."))
    save_table(*sweep.table(of, shown.results), "sweep-runs")
    _broken_off(shown)
    with st.expander(_("Every run"), icon=":material/table_rows:"):
        axes = [axis for axis in axes if axis != setting_symbols()["seed"]]
        table(
            [*axes, _("seed"), _("State"), *(measure_names()[name] for name in measures)],
            [_row(shown, job, measures) for job in of.jobs],
        )


def _row(shown: Board, job: Job, measures: list[str]) -> list[str]:
    result = shown.results.get(job.number)
    found = _measures(shown, job)
    states = {"finished": _("Finished"), "failed": _("Broken off"), "missing": _("Not trained yet")}
    return [
        *(number(v, 6) for a, v in shown.sweep.values_of(job) if a != "seed"),
        str(job.config.seed),
        states[sweep.status(result)],
        *(_measured(name, found[name]) if name in found else "–" for name in measures),
    ]


def _broken_off(shown: Board) -> None:
    lines = [
        _("{run}: {reason}").format(run=job_name(shown.sweep, job), reason=say(result.reason))
        for job in shown.sweep.jobs
        if (result := shown.results.get(job.number)) and result.reason
    ]
    if lines:
        st.warning(_("These runs broke off and count in no mean."))
        st.text("\n".join(lines))


def explained() -> None:
    """The formulas, and the source of the sweep."""
    show_formulas(
        r"\bar m = \frac{1}{n} \sum_{i=1}^n m_i, \qquad "
        r"s = \sqrt{\frac{1}{n-1} \sum_{i=1}^n (m_i - \bar m)^2}",
        r"\text{MSE} = \frac{1}{784\,N} \sum_{x} \lVert x - \hat x \rVert^2",
    )
    show_sources([sweep, sweep_run])
