"""The Sweep page's board: how far the sweep is, its chart, the chosen model, its tables."""

from __future__ import annotations

import streamlit as st

from aecore import sweep, sweep_file, sweep_run
from aecore.data import Dataset, load_or_embedded
from aecore.explore import codes
from aecore.runs import Status
from aecore.sweep import Job
from aecore.sweep_run import SweepRun
from pages.sections.monitor import status_name
from pages.sections.sweep_chart import chart
from pages.sections.sweep_results import Board, held_board
from pages.sections.sweep_table import broken_off, tables
from pages.ui import link
from pages.ui.component import base_path, register
from pages.ui.digits import digit_rows
from pages.ui.i18n import _, duration, language, number, say, significant
from pages.ui.names import dataset_names, job_name
from pages.ui.sources import show_formulas, show_sources
from pages.ui.summary import download


@link.fragment
def board() -> None:
    """A fragment, drawn again each time that a run has ended."""
    shown = held_board()
    if shown is None:
        st.info(
            _(
                "Choose on the left what is swept over and press **Start the sweep**: each model "
                "appears here as a point when it is trained. The course’s question, for example: "
                "which d reconstructs best, and from where on does more of it hardly help?"
            )
        )
        return
    _progress(shown.run)
    _steering(shown.run)
    if not shown.datasets:
        broken_off(shown)
        return
    data = _data(shown)
    choice = _pick_model(shown)
    chart(shown, data, choice)
    _chosen(shown, data, choice)
    tables(shown)


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


def _steering(held: SweepRun) -> None:
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
    first, *others = sorted(shown.datasets)
    data = load_or_embedded(first)
    if data.notice:
        st.warning(say(data.notice))
    wanted = shown.sweep.base.dataset
    names = dataset_names()
    if others or data.name != wanted:
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


def explained() -> None:
    """The formulas, and the source of the sweep."""
    show_formulas(
        r"\bar m = \frac{1}{n} \sum_{i=1}^n m_i, \qquad "
        r"s = \sqrt{\frac{1}{n-1} \sum_{i=1}^n (m_i - \bar m)^2}",
        r"\text{MSE} = \frac{1}{784\,N} \sum_{x} \lVert x - \hat x \rVert^2",
    )
    show_sources([sweep, sweep_run])
