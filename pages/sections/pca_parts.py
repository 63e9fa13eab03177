"""The four questions under the comparison, one shown at a time, and the formulas of the page."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from aecore import pca
from aecore.explore import errors, probes, subspace
from aecore.models import linear
from pages.sections.pca_probes import worth
from pages.sections.pca_rivals import Rivals
from pages.sections.pca_subspace import angles, components
from pages.sections.pca_variance import variance
from pages.ui.choose import one_of
from pages.ui.i18n import _
from pages.ui.sources import show_formulas, show_sources

PARTS = {"variance": variance, "components": components, "angles": angles, "codes": worth}


def pick_part() -> Callable[[Rivals], None]:
    """The part that is asked for."""
    names = {
        "variance": _("What does PCA keep?"),
        "components": _("Does the linear one find PCA?"),
        "angles": _("How does it get there?"),
        "codes": _("What are the codes worth?"),
    }
    st.subheader(_("Why"))
    return PARTS[one_of(_("Question"), names, "part", "variance", hidden=True)]


def explained() -> None:
    """The formulas of the page and the sources that compute them."""
    show_formulas(
        r"\text{PCA:}\quad z = U_d^\top (x - \bar{x}), \qquad \hat{x} = U_d\, z + \bar{x}, \qquad "
        r"\tfrac{1}{N} \sum_n (x_n - \bar{x})(x_n - \bar{x})^\top = U \Lambda U^\top",
        r"\frac{1}{784}\, \mathbb{E}\, \lVert x - \hat{x} \rVert^2 = "
        r"\frac{1}{784} \sum_{i > d} \lambda_i",
        r"\min_{W_1, W_2} \mathbb{E}\, \lVert x - W_2 (W_1 x + b_1) - b_2 \rVert^2 "
        r"\;\Rightarrow\; W_2 = U_d\, Q, \quad Q \text{ invertible}",
        r"\hat{U} = W_2 M, \qquad M = \arg\min_M \lVert W_2 M - U_d \rVert^2",
        r"\cos \theta_i = \sigma_i\big(Q_U^\top Q_W\big), \qquad "
        r"0 \le \theta_1 \le \dots \le \theta_d \le 90°",
        r"\mathrm{PSNR} = 10 \log_{10} \frac{1}{\mathrm{MSE}}\ \text{dB}",
    )
    show_sources([pca, linear, subspace, errors, probes])
