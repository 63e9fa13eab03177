"""The exhibits of the failure museum: which one is shown, and what is said of it."""

from __future__ import annotations

import streamlit as st

from aecore.explore import failures
from aecore.explore.failures import FAILURES, Failure
from aecore.models import sources
from pages.sections.museum_words import words
from pages.ui import link
from pages.ui.i18n import _, number, percent
from pages.ui.sources import show_formulas, show_sources


def pick_failure() -> Failure:
    """The exhibit, kept in the URL."""
    st.markdown(
        _(
            "Seven ways in which an autoencoder fails. **Reproduce** each with one click, learn "
            "its name, see how it is told, and **repair** it. The runs are normal ones: every "
            "page can open them."
        )
    )
    link.choice("exhibit", list(FAILURES), next(iter(FAILURES)))
    key = st.pills(
        _("Exhibit"),
        list(FAILURES),
        format_func=lambda one: words(one).title,
        key="exhibit",
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    link.put("exhibit", key)
    return FAILURES[key]


def tell(failure: Failure) -> None:
    """What one sees, why, how it is told and how it is repaired."""
    said = words(failure.key)
    limit = number(failure.limit) if failure.key == "scale" else percent(failure.limit)
    st.subheader(said.title)
    parts = (
        (_("What one sees"), said.seen),
        (_("Why"), said.why),
        (_("How it is told"), said.told.format(limit=limit)),
        (_("How it is repaired"), said.repair),
    )
    for column, half in zip(st.columns(2, gap="medium"), (parts[::2], parts[1::2]), strict=True):
        column.markdown("\n\n".join(f"**{heading}.** {text}" for heading, text in half))


def explained(failure: Failure) -> None:
    """The formulas of an exhibit, and the sources of its measure and of its model."""
    show_formulas(*FORMULAS[failure.key])
    show_sources([failures, *sources(failure.failing.model)])


KL = (
    r"\mathrm{KL}_j = \mathbb{E}_x\, \tfrac{1}{2} \big(\mu_j^2 + \sigma_j^2 - 1 - \log "
    r"\sigma_j^2\big), \qquad \text{active:}\quad \mathrm{KL}_j > 0.01"
)
FORMULAS = {
    "collapse": (
        KL,
        r"-\log p(x \mid z) + \beta(t)\, \mathrm{KL}\big(q(z \mid x) \,\|\, p(z)\big), \qquad "
        r"\beta(t) = \beta\,\min(1,\, t / t_w)",
        r"q(z \mid x) = p(z) \;\Rightarrow\; \mathrm{KL} = 0, \qquad I(x; z) = 0",
    ),
    "holes": (
        r"z_j \sim \mathcal{U}\big(Q_{0.01}(z_j),\, Q_{0.99}(z_j)\big), \qquad \text{far:}\quad "
        r"\min_n \tfrac{1}{784} \|g(z) - x_n\|^2 > Q_{0.95}^{\text{test digits}}",
        r"\text{AE:}\quad \min\, \mathbb{E}_x \big[-\log p(x \mid f(x))\big], \qquad "
        r"\text{VAE:}\quad \min\, \mathbb{E}_x \big[\mathbb{E}_{q(z \mid x)}[-\log p(x \mid z)] + "
        r"\mathrm{KL}(q(z \mid x) \,\|\, p(z))\big]",
    ),
    "codes": (
        r"k(p) = \arg\min_k \|f(x)_p - e_k\|, \qquad s_k = \mathbb{E}_{x,\,p}\,[k(p) = k], "
        r"\qquad \text{dead:}\quad s_k = 0",
        r"\text{perplexity} = \exp\Big(-\sum_k s_k \log s_k\Big)",
        r"\text{EMA:}\quad N_k \leftarrow \gamma N_k + (1 - \gamma)\, n_k, \qquad "
        r"m_k \leftarrow \gamma m_k + (1 - \gamma) \sum_{k(p) = k} f(x)_p, \qquad e_k = m_k / N_k",
    ),
    "units": (
        r"z_j \leftarrow z_j\,[\,z_j \text{ among the } k \text{ largest of } z\,], \qquad "
        r"\frac{\partial \ell}{\partial W_j} = 0 \text{ for the others}",
        r"k(t) = d + \min(1,\, t / t_a)\,(k - d)",
    ),
    "identity": (
        r"d \ge 784: \quad g \circ f = \mathrm{id} \;\Rightarrow\; \|x - g(f(x))\|^2 = 0",
        r"\text{copied} = \max\Big(0,\, 1 - \frac{\sum_n \|\hat{x}_n - x_n\|^2}"
        r"{\sum_n \|x_n - \bar{x}\|^2}\Big)\ \text{on shuffled pixels}",
        r"\tilde{x} \sim C(\tilde{x} \mid x), \qquad \min \mathbb{E}\, \ell\big(x,\, "
        r"g(f(\tilde{x}))\big)",
    ),
    "rate": (
        r"w \leftarrow w - \eta\, \nabla \ell(w), \qquad \ell(w - \eta \nabla \ell) \approx "
        r"\ell - \eta\, \|\nabla \ell\|^2 + \tfrac{1}{2} \eta^2\, \nabla \ell^\top H \nabla \ell",
        r"\eta > 2 / \lambda_{\max}(H) \;\Rightarrow\; \text{the loss rises along that direction}",
    ),
    "scale": (
        r"L = -\sum_{p=1}^{784} \log p(x_p \mid z), \qquad \tfrac{1}{784} L + \mathrm{KL} = "
        r"\tfrac{1}{784}\,\big(L + 784\,\mathrm{KL}\big)",
        KL,
    ),
}
