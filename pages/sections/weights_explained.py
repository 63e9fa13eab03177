"""Which part of the page is shown, its formulas and the sources that compute it."""

from __future__ import annotations

from aecore.explore import compression, layers, weights
from aecore.models import parameter_formula, sources
from pages.ui.choose import one_of
from pages.ui.i18n import _
from pages.ui.measured import Measured
from pages.ui.sources import show_formulas, show_sources


def pick_part(parts: list[str]) -> str:
    """The part of the page to show; only that one is computed."""
    titles = {
        "units": _("Weights and units"),
        "layers": _("Layers"),
        "code": _("Code"),
        "parameters": _("Parameters"),
        "bytes": _("Bytes"),
    }
    return one_of(_("Show"), {part: titles[part] for part in parts}, "show", parts[0])


def explained(of: Measured, part: str) -> None:
    """The formulas of a part and the sources that compute it."""
    show_formulas(*FORMULAS[part](of))
    own = {"units": weights, "code": weights, "bytes": compression}
    show_sources([own.get(part, layers), *sources(of.card.config.model)])


def _units(of: Measured) -> list[str]:
    single = weights.layer_count(of.model.decoder) == 1
    column = r"W_2[:, i]" if single else r"\frac{\partial \hat{x}}{\partial z_i}(\bar{z})"
    single = weights.layer_count(of.model.encoder) == 1
    row = r"W_1[i, :]" if single else r"\frac{\partial a_i}{\partial x}(\bar{x})"
    return [
        rf"\text{{column}}_i = {column}, \qquad \text{{row}}_i = {row}",
        r"\eta_i^2 = \frac{\sum_c n_c\,(\bar{z}_{ci} - \bar{z}_i)^2}"
        r"{\sum_n (z_{ni} - \bar{z}_i)^2} \in [0, 1]",
        r"z' = z + (t - z_i)\, e_i, \qquad t \in [q_{1\%}(z_i),\, q_{99\%}(z_i)], \qquad "
        r"\hat{x}' = g(z')",
    ]


def _layers(of: Measured) -> list[str]:
    return [
        r"h_0 = x, \qquad h_k = \varphi_k(W_k h_{k-1} + b_k)",
        r"\frac{1}{n_k}\,\#\{\,j : |h_{kj}| > 0.1\,\max_l |h_{kl}|\,\}",
    ]


def _code(of: Measured) -> list[str]:
    return [
        r"\frac{1}{N d}\sum_{n,i} |z_{ni}|, \qquad "
        r"\frac{1}{N d}\,\#\{\,(n, i) : |z_{ni}| < 0.1\,\mathrm{std}(z)\,\}",
        r"\mathrm{Hoyer}(z) = \frac{\sqrt{d} - \|z\|_1 / \|z\|_2}{\sqrt{d} - 1} \in [0, 1]",
    ]


def _parameters(of: Measured) -> list[str]:
    formula = parameter_formula(of.card.config.model)
    d = of.card.config.model.latent_dim
    return [
        rf"P(d) = {formula.slope}\, d + {formula.constant}, \qquad P({d}) = {formula(d)}",
        r"\text{dense: } n_{\text{in}}\, n_{\text{out}} + n_{\text{out}}, \qquad "
        r"\text{convolution: } k^2\, c_{\text{in}}\, c_{\text{out}} + c_{\text{out}}",
    ]


def _bytes(of: Measured) -> list[str]:
    return [
        r"k_i = \Big\lfloor 2^b\,\frac{z_i - l_i}{u_i - l_i} \Big\rfloor "
        r"\in \{0, \dots, 2^b - 1\}, \qquad "
        r"\tilde{z}_i = l_i + \frac{k_i + \frac12}{2^b}\,(u_i - l_i)",
        r"\text{bytes} = \lceil b\, d / 8 \rceil, \qquad "
        r"\frac18 \sum_i H(k_i) = -\frac18 \sum_i \sum_k p_i(k) \log_2 p_i(k)",
        r"n > \frac{\text{decoder}}{\text{PNG} - \text{code}}",
    ]


FORMULAS = {
    "units": _units,
    "layers": _layers,
    "code": _code,
    "parameters": _parameters,
    "bytes": _bytes,
}
