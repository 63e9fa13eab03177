"""What two simple classifiers read from codes, measured once for all sessions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from aecore.data import Dataset, Split
from aecore.explore import probes
from pages.ui.i18n import _, number, percent
from pages.ui.tables import table

TRAINED_ON = 10_000
SEED = 0
K = 5

# Whose codes: a key that tells them, with the set, from all others, a label, and what gives the
# codes (N, d) of a split.
Contestant = tuple[str, str, Callable[[Split], np.ndarray]]


@st.cache_data(max_entries=128, show_spinner=False)
def probe(
    key: str, _codes: Callable[[Split], np.ndarray], _data: Dataset
) -> tuple[int, tuple[float, float, float]]:
    """How long the codes are, and the share of the test digits that k-NN, k-NN on standardised
    codes and a logistic regression on these name.

    key: tells the codes, with the set, from all others; codes: those (N, d) of a split.
    """
    part = _data.train.take(probes.subsample(len(_data.train), TRAINED_ON, SEED))
    train, test = _codes(part), _codes(_data.test)
    sets = (train, part.labels.numpy(), test, _data.test.labels.numpy())
    return train.shape[1], (
        probes.knn_accuracy(*sets, K, standardise=False),
        probes.knn_accuracy(*sets, K),
        probes.logistic_accuracy(*sets),
    )


def contest(contestants: list[Contestant], data: Dataset) -> None:
    """The accuracies of several codes in a table, measured when somebody asks and from then on
    at once."""
    train, test = len(data.train), len(data.test)
    used = min(TRAINED_ON, train)
    st.markdown(
        _(
            "Two classifiers see nothing but the code: the {k} nearest neighbours vote (k-NN), or "
            "a logistic regression draws flat boundaries. They learn from {used} of the {train} "
            "training digits (drawn with the seed {seed}) and are measured on all {test} test "
            "digits. Standardised: each value of the code is brought to mean 0 and variance 1 on "
            "those training digits."
        ).format(k=K, used=number(used, 0), train=number(train, 0), seed=SEED, test=number(test, 0))
    )
    if not st.session_state.get("probed"):
        if not st.button(
            _("Measure"),
            icon=":material/speed:",
            help=_("Takes some seconds the first time; then everybody has it at once."),
        ):
            return
        st.session_state["probed"] = True
    place = st.empty()
    measured: dict[str, tuple[int, tuple[float, ...]]] = {}
    for key, label, codes in contestants:
        with st.spinner(_("Measuring: {name}…").format(name=label)):
            measured[label] = probe(key, codes, data)
        with place.container():
            _accuracies(measured)
    half_width = max(
        2 * probes.standard_error(accuracy, test)
        for _size, accuracies in measured.values()
        for accuracy in accuracies
    )
    st.caption(
        _(
            "With {test} test digits an accuracy is known to within {half} (two standard errors, "
            "at most): smaller differences say nothing."
        ).format(test=number(test, 0), half=percent(half_width))
    )


def _accuracies(measured: dict[str, tuple[int, tuple[float, ...]]]) -> None:
    table(
        [
            _("Codes of"),
            _("Numbers"),
            _("k-NN"),
            _("k-NN, standardised"),
            _("Logistic, standardised"),
        ],
        [
            [label, str(size), *(f"**{percent(accuracy)}**" for accuracy in accuracies)]
            for label, (size, accuracies) in measured.items()
        ],
    )
