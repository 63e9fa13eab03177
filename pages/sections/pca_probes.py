"""What the codes are worth: two classifiers on those of PCA and of each model, and on pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from aecore.config import PIXELS
from aecore.data import Split
from aecore.explore import probes
from aecore.explore.codes import encode
from aecore.pca import flat
from pages.sections.pca_rivals import Rivals
from pages.ui.i18n import _, number, percent
from pages.ui.measured import state_name
from pages.ui.probing import SEED, TRAINED_ON, K, probe
from pages.ui.tables import table


@st.fragment
def worth(rivals: Rivals) -> None:
    """The accuracies, measured when somebody asks and from then on for every d."""
    train, test = len(rivals.data.train), len(rivals.data.test)
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
            help=_("Takes some seconds the first time; each d is measured once for everybody."),
        ):
            return
        st.session_state["probed"] = True
    place = st.empty()
    measured: dict[str, tuple[int, tuple[float, ...]]] = {}
    for key, label, codes in _contestants(rivals):
        with st.spinner(_("Measuring: {name}…").format(name=label)):
            measured[label] = probe(key, codes, rivals.data)
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


def _contestants(rivals: Rivals) -> list[tuple[str, str, Callable[[Split], np.ndarray]]]:
    """(key, label, what gives the codes (N, d) of a split) of each row of the table."""
    d, name, reference = rivals.d, rivals.data.name, rivals.reference
    rows = [(f"pca-{d}-{name}", _("PCA"), lambda split: reference.transform(flat(split), d))]
    for network, (entry, model, card) in rivals.models.items():
        rows.append(
            (
                state_name(entry, card, name),
                rivals.names[network],
                lambda split, model=model: encode(model, split),
            )
        )
    rows.append((f"pixels-{name}", _("All {count} pixels").format(count=PIXELS), flat))
    return rows
