"""What two simple classifiers read from codes, measured once for all sessions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from aecore.data import Dataset, Split
from aecore.explore import probes

TRAINED_ON = 10_000
SEED = 0
K = 5


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
