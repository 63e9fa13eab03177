"""The controls of the Train page: their keys, their starting values, and how each kind looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from pages.ui.i18n import number

# What a preset does not name takes the value here.
START = {
    "class_rule": "all",
    "class_list": (),
    "network": "mlp",
    "code": "point",
    "latent_dim": 32,
    "likelihood": "gaussian",
    "pixel_mean": False,
    "binarize": False,
    "beta": 1.0,
    "kl_warm_up": 0,
    "free_bits": 0.0,
    "importance_samples": 1,
    "prior": "gaussian",
    "prior_labels": False,
    "fooling": 10.0,
    "num_embeddings": 32,
    "vector": 8,
    "book_rule": "average",
    "decay": 0.99,
    "commitment": 0.25,
    "depth": 1,
    "width": 512,
    "activation": "gelu",
    "code_activation": "none",
    "k": 25,
    "k_anneal": 50,
    "penalties": [],
    "weight_l1": 1.0,
    "weight_activity": 3.0,
    "weight_decoder-weights": 0.01,
    "weight_contraction": 1.0,
    "weight_labels": 10.0,
    "rho": 0.05,
    "warm_up": 0,
    "channels": 16,
    "noise": "none",
    "share": 30,
    "sigma": 0.5,
    "blur": 1.5,
    "coarse": 4.0,
    "learning_rate": 1e-3,
    "schedule": "one-cycle",
    "batch_size": 128,
    "epochs": 10,
    "sweep_epochs": 3,
    "seed": 0,
    "precision": "auto",
}


@contextmanager
def folded(label: str, name: str) -> Iterator[bool]:
    """An expander that says whether it is open: what is folded away need not be sent at all."""
    box = st.expander(label, key=f"fold_{name}", on_change="rerun")
    with box:
        yield box.open


def value_of(name: str) -> Any:
    """The value of a setting, whether its control is shown or not."""
    return st.session_state[key_of(name)]


def key_of(name: str) -> str:
    """The widget key of a setting; gives it its starting value the first time."""
    key = f"set_{name}"
    if key not in st.session_state and name in START:
        st.session_state[key] = START[name]
    return key


def select(
    label: str, name: str, options: tuple[str, ...] | list[str], names: dict[str, str], help_: str
) -> str:
    """One of several, by the names that are shown."""
    return st.selectbox(
        label,
        options,
        format_func=lambda option: names[option],
        key=key_of(name),
        persist_state="session",
        help=help_,
    )


def steps(label: str, name: str, options: tuple, help_: str) -> Any:
    """One of rising numbers."""
    return st.select_slider(
        label,
        options,
        format_func=lambda value: number(value, 5),
        key=key_of(name),
        persist_state="session",
        help=help_,
    )


def share_of_training(label: str, name: str, help_: str) -> float:
    """A share of the training, 0 to 1, shown and kept in percent."""
    percent = st.slider(
        label, 0, 100, step=5, format="%d %%", key=key_of(name), persist_state="session", help=help_
    )
    return percent / 100
