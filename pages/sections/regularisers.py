"""Which models and which part of the page, its formulas and the sources that compute it."""

from __future__ import annotations

import streamlit as st

from aecore.explore import activity, copying, jacobian, probes, weights
from aecore.models import k_sparse, regularized
from aecore.models.penalties import FILES
from pages.sections.regularisers_activity import activities
from pages.sections.regularisers_columns import columns
from pages.sections.regularisers_jacobian import jacobians
from pages.sections.regularisers_labels import labels
from pages.sections.regularisers_noise import noise_through
from pages.ui.choose import one_of
from pages.ui.i18n import _
from pages.ui.measured import Measured, measured
from pages.ui.models import pick_models
from pages.ui.sources import show_formulas, show_sources

SHOWN_AT_FIRST = (
    *("mlp-d64", "sparse-l1-d256", "sparse-kl-d144", "k-sparse-d256-k25", "contractive-d128"),
    "supervised-d16",
)
PARTS = {
    "activity": activities,
    "columns": columns,
    "noise": noise_through,
    "jacobian": jacobians,
    "labels": labels,
}
SOURCES = {
    "activity": (activity, FILES["l1"], FILES["activity"], k_sparse),
    "columns": (weights, FILES["l1"], FILES["decoder-weights"]),
    "noise": (copying, regularized),
    "jacobian": (jacobian, FILES["contraction"]),
    "labels": (probes, FILES["labels"]),
}


def pick_part() -> str:
    """The part of the page to show; only that one is computed."""
    titles = {
        "activity": _("Sparse codes"),
        "columns": _("Strokes"),
        "noise": _("Noise passed through"),
        "jacobian": _("Contraction"),
        "labels": _("Classes"),
    }
    st.markdown(
        _(
            "An autoencoder must not simply copy. A **regulariser** Ω asks more of it than the "
            "reconstruction: few active values, a code that hardly moves, or one that tells the "
            "class."
        )
    )
    return one_of(_("Show"), titles, "view", "activity", hidden=True)


def pick_regularised() -> dict[str, Measured]:
    """The models to set side by side, by their labels."""
    entries = pick_models("regularised", SHOWN_AT_FIRST)
    if not entries:
        st.info(_("Choose models above, or train one with a regulariser on the Train page."))
    return {entry.label: measured(entry, notice=i == 0) for i, entry in enumerate(entries)}


def explained(part: str) -> None:
    """The formulas of the regularisers and of a part, and the sources that compute them."""
    show_formulas(
        r"\min_{f,\,g}\; \mathbb{E}\big[-\log p(x \mid z)\big] + \sum \lambda\, \Omega, "
        r"\qquad z = f(x)",
        *FORMULAS[part],
    )
    show_sources(SOURCES[part])


FORMULAS = {
    "activity": (
        r"\Omega_{L_1} = \sum_j |z_j|, \qquad \lambda(t) = \lambda\,\min(1,\, t / t_w)",
        r"\Omega_{\mathrm{KL}} = \sum_j \mathrm{KL}(\rho \,\|\, \hat\rho_j) = \sum_j \rho \log"
        r"\frac{\rho}{\hat\rho_j} + (1 - \rho) \log \frac{1 - \rho}{1 - \hat\rho_j}, \qquad "
        r"\hat\rho_j = \mathbb{E}\, z_j",
        r"k\text{-sparse:}\quad z_j \leftarrow z_j\,[\,z_j \text{ among the } k \text{ largest of }"
        r" z\,], \qquad k(t) = d + \min(1,\, t / t_a)\,(k - d)",
        r"\text{near zero:}\quad |z_j| \le 0.1\,\mathrm{std}(z), \qquad \text{dead:}\quad "
        r"\max_n z_{nj} - \min_n z_{nj} \le 0.1\,\mathrm{std}(z)",
    ),
    "columns": (
        r"-\log p(x \mid z) + \lambda_1 \sum_j |z_j| + \lambda_2\,\|W_2\|_F^2",
        r"\hat{x} = \sigma\Big(b + \sum_j z_j\, W_2[:, j]\Big), \qquad "
        r"c_j = \|W_2[:, j]\|\,\sqrt{\mathbb{E}\, z_j^2}",
    ),
    "noise": (
        r"e = \frac{\sum_n \|\hat{x}_n - x_n\|^2}{\sum_n \|x_n - \bar{x}\|^2}, \qquad "
        r"\text{copied} = \max(0,\, 1 - e_{\text{noise}})",
        r"g \circ f = \mathrm{id} \;\Rightarrow\; e = 0; \qquad d < 784,\ g \text{ linear} "
        r"\;\Rightarrow\; e_{\text{white noise}} \ge 1 - d/784",
    ),
    "jacobian": (
        r"\Omega = \|J\|_F^2 = \sum_{jp} \Big(\frac{\partial z_j}{\partial x_p}\Big)^2 "
        r"= \sum_k s_k^2, \qquad J = U S V^\top",
        r"\text{one layer:}\quad \|J\|_F^2 = \sum_j s'(a_j)^2 \sum_p W_{jp}^2, \qquad "
        r"\text{deeper:}\quad \mathbb{E}\,\|J^\top v\|^2 = \|J\|_F^2,\; v \in \{\pm 1\}^d",
        r"\hat{x}(t) = g\big(f(x + t\, v_k)\big)",
    ),
    "labels": (r"\Omega = -\log p(y \mid z), \qquad p(y \mid z) = \mathrm{softmax}(V z + c)_y",),
}
