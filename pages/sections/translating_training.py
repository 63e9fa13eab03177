"""Training translators on the page “Image to image”: settings, a live film, and the file."""

from __future__ import annotations

import streamlit as st

from aecore.data import is_on_disk
from aecore.gan.translation import file
from aecore.gan.translation.config import (
    FAMILIES,
    TranslationTrainConfig,
    TranslatorConfig,
)
from aecore.gan.translation.domains import PAIRS
from aecore.messages import LabError
from aecore.runs import Run, registry
from pages.sections.monitor import Live, labels_of_runs, pick_run, steering
from pages.sections.settings import RATES
from pages.ui import link, server
from pages.ui.choose import one_of, step_of
from pages.ui.component import base_path, register
from pages.ui.i18n import _, language, number, say
from pages.ui.names import domain_names, pair_name, run_name, translator_names

WEIGHTS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
IDENTITIES = (0.0, 0.1, 0.25, 0.5, 1.0)
WIDTHS = (8, 12, 16, 24, 32)
START = TranslationTrainConfig()
# The weight at which each family starts, of absolute errors and of squared ones.
USUAL_WEIGHTS = {"cycle": 10.0, "disco": 30.0}


def training() -> None:
    """Settings on the left, the live run on the right."""
    st.subheader(_("Train your own"))
    settings, live = st.columns([4, 9], gap="large")
    with settings:
        _launch()
    with live:
        if error := st.session_state.pop("run_error", None):
            st.error(error)
        runs = registry().of(server.owner(), TranslationTrainConfig)
        if not runs:
            st.info(
                _(
                    "Choose two domains and press **Train**: ten digits of each are shown here, "
                    "translated and brought back while both sides learn."
                )
            )
            return
        run = pick_run(runs, "shown_translators")
        steering(
            run,
            Live("learning_rate", _("Translators' rate now"), RATES),
            Live("critic_rate", _("Critics' rate now"), RATES),
        )
        _monitor(run)
        _file(run)


@link.fragment
def _launch() -> None:
    """A fragment: a setting redraws the settings alone."""
    button = st.container()
    family = one_of(_("Family"), translator_names(), "family", FAMILIES[0])
    # Pairs of two datasets need the other one.
    pairs = [name for name, pair in PAIRS.items() if not pair.other or is_on_disk(pair.other)]
    link.choice("pair", pairs, pairs[0])
    pair = st.selectbox(
        _("Domains"),
        pairs,
        format_func=lambda name: pair_name(name),
        key="pair",
        persist_state="session",
        help=_("Each domain is made of one half of the training digits: nothing is in both."),
    )
    link.put("pair", pair)
    weight = step_of(
        _("Weight λ of coming back"),
        WEIGHTS,
        f"translating-weight-{family}",
        USUAL_WEIGHTS[family],
        help_=_(
            "Of the error averaged over the pixels. With 0 a translation may become any digit."
        ),
    )
    identity = 0.0
    if family == "cycle":
        identity = step_of(
            _("Weight ι of the identity loss, relative to λ"),
            IDENTITIES,
            "translating-identity",
            0.0,
            help_=_("Leave alone what is in the wanted domain already."),
        )
    width = step_of(
        _("Feature maps"),
        WIDTHS,
        "translating-width",
        START.model.width,
        help_=_("Of the translators at 14x14, and twice as many at 7x7. Wider ones are slower."),
    )
    rates = [
        step_of(label, RATES, f"translating-{name}", usual)
        for name, label, usual in (
            ("rate", _("Learning rate of the translators"), START.learning_rate),
            ("critic-rate", _("Learning rate of the critics"), START.critic_rate),
        )
    ]
    link.value("translating-epochs", 1, 20, 1)
    epochs = st.slider(_("Epochs"), 1, 20, key="translating-epochs", persist_state="session")
    link.put("translating-epochs", epochs)
    with button:
        pressed = st.button(
            _("Train"),
            icon=":material/play_arrow:",
            type="primary",
            width="stretch",
            key="train-translators",
        )
    if pressed:
        model = TranslatorConfig(family, pair, width, weight=weight, identity=identity)
        config = TranslationTrainConfig(
            model, epochs=epochs, learning_rate=rates[0], critic_rate=rates[1]
        )
        try:
            run = registry().submit(server.owner(), config)
            st.session_state["shown_translators"] = run.id
        except LabError as error:
            st.session_state["run_error"] = say(error.sentence)
        st.rerun()


def _monitor(run: Run) -> None:
    """Progress, curves, and a film of ten digits of each domain, live and replayed."""
    names = domain_names()
    pair = PAIRS[run.config.model.pair]
    a, b = names[pair.a.name], names[pair.b.name]
    register("translating", "progress", "linechart", "follower")(
        key="translating",
        on_status_change=lambda: None,
        data={
            "run": run.id,
            "status": run.status,
            "base": base_path(),
            "lang": language(),
            "headlineDigits": 4,
            "labels": {
                **labels_of_runs(),
                "headline": _("MSE of coming back"),
                "fooling": _("Fooling the critics"),
                "cycle": _("Coming back, weighted"),
                "critics": _("What the critics get wrong"),
                "cycle_mse": _("MSE of coming back (test digits)"),
                "frechet": _("Fréchet distance to that domain"),
                "kept": _("Class kept by the translation"),
                "a": a,
                "b": b,
                "ab": f"{a} → {b}",
                "ba": f"{b} → {a}",
                "back": _("→ back"),
                "save": _("Save this picture"),
            },
        },
    )


def _file(run: Run) -> None:
    """The weights of a run that has ended, to keep."""
    if run.is_live or run.trainer is None or run.metrics is None:
        return
    card = run.trainer.card(run.metrics, run_name(run))
    st.caption(
        _("{count} parameters in both translators, {updates} updates").format(
            count=number(card.parameters, 0), updates=number(card.updates, 0)
        )
    )
    st.download_button(
        _("Download the translators"),
        data=lambda: file.to_bytes(run.trainer.model, card),
        file_name=f"translators-{run.number}.safetensors",
        mime="application/octet-stream",
        icon=":material/download:",
        on_click="ignore",
    )
