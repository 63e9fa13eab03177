"""The prior over the codes of a VQ-VAE: its own file, or one that is trained here."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import streamlit as st
from torch import Tensor

from aecore import code_prior, library
from aecore.code_prior import PriorCard, Progress
from aecore.config import PriorConfig
from aecore.data import Dataset
from aecore.explore.codebook import maps_of
from aecore.explore.probes import subsample
from aecore.models import QuantizedAutoencoder
from aecore.models.autoregressive import CodePrior
from pages.sections.quantized import Coded
from pages.ui.i18n import _, number
from pages.ui.models import PRETRAINED
from pages.ui.turns import turn

# A prior that is trained here is smaller than those that come with the app, and learns from fewer
# digits: somebody waits for it.
WIDTH, LAYERS = 48, 2
LEARNED = 20_000
STEPS = 600
# Priors that are kept for everybody.
KEPT = 50
# Test digits of which the bits are told where no card tells them.
MEASURED = 500


@dataclass(eq=False)
class Training:
    """A prior in training: it goes on where it is asked for its next progress."""

    events: Iterator[Progress]
    told: list[Progress] = field(default_factory=list)


def prior_of(of: Coded) -> CodePrior | None:
    """The prior over a model's codes, if there is one."""
    kept = _kept(of)
    return kept[0] if kept else _trained().get(of.key)


def _kept(of: Coded) -> tuple[CodePrior, PriorCard] | None:
    there = of.entry.origin == PRETRAINED and library.prior_path(of.entry.key).is_file()
    return _load(of.entry.key, of.model) if there else None


@st.cache_resource(max_entries=4, show_spinner=False)
def _load(name: str, _model: QuantizedAutoencoder) -> tuple[CodePrior, PriorCard]:
    return code_prior.load(library.prior_path(name), _model)


@st.cache_resource(show_spinner=False)
def _trained() -> dict[str, CodePrior]:
    """The priors that were trained here, of all sessions, by the key of their model."""
    return {}


def prior_bits(of: Coded, prior: CodePrior) -> float:
    """The mean bits of a test digit for whoever knows the prior."""
    kept = _kept(of)
    if kept and kept[1].dataset == of.data.name:
        return kept[1].test_nats / math.log(2)
    return _nats(of.key, prior, of.maps[:MEASURED]) / math.log(2)


@st.cache_data(max_entries=8, show_spinner=False)
def _nats(key: str, _prior: CodePrior, _maps: Tensor) -> float:
    return code_prior.nats(_prior, _maps)


def train_prior(of: Coded) -> None:
    """The button, and a training that was asked for: whatever is pressed meanwhile interrupts it
    between two steps, and the next run of the page goes on from there."""
    trainings: dict[str, Training] = st.session_state.setdefault("prior_trainings", {})
    steps = number(STEPS, 0)
    if of.key not in trainings:
        st.info(_("This model has no prior over its codes yet."))
        st.button(
            _("Train the prior"),
            icon=":material/play_arrow:",
            type="primary",
            on_click=lambda: trainings.update({of.key: _begin(of)}),
            help=_("{steps} steps on the codes of {count} training digits: about a minute.").format(
                steps=steps, count=number(min(LEARNED, len(of.data.train)), 0)
            ),
        )
        return
    training, words = trainings[of.key], st.empty()
    bar = st.progress(_share(training), _words(training))
    st.button(
        _("Stop"),
        icon=":material/stop:",
        on_click=lambda: trainings.pop(of.key, None),
        key="stop-prior",
    )
    with turn(words):
        for progress in training.events:
            training.told.append(progress)
            bar.progress(_share(training), _words(training))
    trained = _trained()
    trained[of.key] = training.told[-1].prior
    while len(trained) > KEPT:
        trained.pop(next(iter(trained)), None)
    trainings.pop(of.key, None)
    st.rerun()


def _begin(of: Coded) -> Training:
    return Training(_events(of.model, of.data))


def _events(model: QuantizedAutoencoder, data: Dataset) -> Iterator[Progress]:
    known = data.train.take(subsample(len(data.train), LEARNED))
    maps = maps_of(model, known)
    config = PriorConfig(len(model.codebook), width=WIDTH, layers=LAYERS)
    yield from code_prior.train(maps, known.labels, config, steps=STEPS)


def _share(training: Training) -> float:
    return training.told[-1].share if training.told else 0.0


def _words(training: Training) -> str:
    if not training.told:
        return _("Encoding the training digits…")
    bits = training.told[-1].nats / math.log(2)
    return _("The prior is learning: {bits} bits a digit, given its class").format(
        bits=number(bits, 1)
    )
