"""What keeps an autoencoder from copying, on the Train page: regularisers and the k-sparse code."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aecore import config
from aecore.config import PenaltyConfig
from pages.sections.settings_controls import START, key_of, share_of_training, steps, value_of
from pages.ui.i18n import _
from pages.ui.names import penalty_names

WEIGHTS = (
    0.0, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0,
)  # fmt: skip
RHOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
KS = (1, 2, 3, 5, 8, 10, 15, 20, 25, 30, 40, 50, 70, 100, 150, 200)


def penalties(linear: bool) -> tuple[PenaltyConfig, ...]:
    """The regularisers of a deterministic autoencoder, and a weight for each."""
    names = penalty_names()
    bounded = value_of("code_activation") == "sigmoid" and not linear
    sparse = value_of("code_activation") == "k-sparse" and not linear
    options = [
        kind
        for kind in config.PENALTIES
        if not (kind == "activity" and not bounded) and not (kind == "contraction" and sparse)
    ]
    key = key_of("penalties")
    st.session_state[key] = [kind for kind in st.session_state[key] if kind in options]
    chosen = st.multiselect(
        _("Regularisers"),
        options,
        format_func=names.get,
        placeholder=_("none"),
        key=key,
        persist_state="session",
        help=_(
            "Terms Ω of the loss $-\\log p(x|z) + \\sum \\lambda \\Omega$ that keep the model "
            "from copying. The mean activation needs a code with a sigmoid, the contraction a code "
            "that is not k-sparse."
        ),
    )
    if not chosen:
        return ()
    helps = {
        "l1": _("Pulls the values of the code to 0: $\\Omega = \\sum_j |z_j|$."),
        "activity": _(
            "Each unit is active for a share ρ of the pictures: $\\Omega = \\sum_j "
            "\\mathrm{KL}(\\rho \\,\\|\\, \\hat{\\rho}_j)$, $\\hat{\\rho}_j$ its mean over a batch."
        ),
        "decoder-weights": _("Keeps the decoder's weights small: $\\Omega = \\sum \\|W\\|^2$."),
        "contraction": _(
            "The code changes little where the picture does: $\\Omega = \\|\\partial z / \\partial "
            "x\\|_F^2$; exact for one layer, estimated for deeper encoders."
        ),
        "labels": _(
            "A linear head has to tell the class from the code: $\\Omega = -\\log p(y|z)$. The "
            "only one that looks at the labels."
        ),
    }
    weights = {
        kind: steps(
            _("Weight λ of: {name}").format(name=names[kind]),
            f"weight_{kind}",
            WEIGHTS,
            helps[kind],
        )
        for kind in chosen
    }
    rho = START["rho"]
    if "activity" in chosen:
        rho = steps(
            _("Mean activation ρ"), "rho", RHOS, _("The share of the pictures for each unit.")
        )
    warm_up = share_of_training(
        _("Weights rise during"),
        "warm_up",
        _(
            "The share of the training in which every λ rises from 0 to its value: first the "
            "model learns to reconstruct, then to do so under the penalty."
        ),
    )
    return tuple(PenaltyConfig(kind, weights[kind], rho=rho, warm_up=warm_up) for kind in chosen)


def k_sparse() -> dict[str, Any]:
    """How many values of a code are kept, and how fast it comes to that."""
    k = steps(
        _("Values kept k"),
        "k",
        KS,
        _("Of each code only the k largest values are kept; the others become 0."),
    )
    anneal = share_of_training(
        _("k falls from d during"),
        "k_anneal",
        _(
            "The share of the training in which k falls from d to its value. With 0 % k is small "
            "from the start, and units that lose at first never learn: they die."
        ),
    )
    return {"k": k, "k_anneal": anneal}
