"""Which VAEs and which part of the page, its formulas and the sources that compute it."""

from __future__ import annotations

import streamlit as st

from aecore.explore import bounds, collapse
from aecore.models import importance, variational
from pages.ui.choose import one_of
from pages.ui.i18n import _, say
from pages.ui.measured import Measured, not_encoded
from pages.ui.models import Entry, entries, pick_models
from pages.ui.sources import show_formulas, show_sources

SHOWN_AT_FIRST = ("vae-mlp-d50", "vae-mlp-d50-warm-up", "iwae-mlp-d50-k5")
SOURCES = {"bound": (importance, bounds), "collapse": (variational, collapse)}


def pick_part() -> str:
    """The part of the page to show; only that one is computed."""
    titles = {"bound": _("The bound"), "collapse": _("Collapsed latents")}
    st.markdown(
        _(
            "A VAE learns from a **bound**: log p(x) itself is an integral over all codes. More "
            "draws make the bound tighter, and say how likely the model really finds a digit. And "
            "the same bound may let latents **collapse**: they say nothing of the picture."
        )
    )
    part = one_of(_("Show"), titles, "view", "bound", hidden=True)
    return part


def pick_bounded() -> dict[str, Measured]:
    """The VAEs to set side by side, by their labels; all with one likelihood, or their nats would
    not compare."""
    chosen = pick_models("bounded", SHOWN_AT_FIRST, _candidates())
    if not chosen:
        st.info(
            _("Choose VAEs above, or train one with the Bernoulli likelihood on the Train page.")
        )
    found = {entry.label: not_encoded(entry) for entry in chosen}
    if chosen and (notice := next(iter(found.values())).data.notice):
        st.warning(say(notice))
    return found


def _candidates() -> dict[str, Entry]:
    return {
        key: entry
        for key, entry in entries().items()
        if entry.config.model.variational and entry.config.model.likelihood == "bernoulli"
    }


def explained(part: str) -> None:
    """The formulas of a part, and the sources that compute it."""
    show_formulas(*FORMULAS[part])
    show_sources(SOURCES[part])


FORMULAS = {
    "bound": (
        r"\log p(x) = \log \mathbb{E}_{z \sim q(z|x)}\, w(z), \qquad "
        r"w(z) = \frac{p(x|z)\, p(z)}{q(z|x)}",
        r"\mathcal{L}_k = \mathbb{E}\, \log \frac{1}{k} \sum_{i=1}^{k} w(z_i), \qquad "
        r"\mathrm{ELBO} = \mathcal{L}_1 \le \mathcal{L}_k \le \mathcal{L}_{k+1} \le \log p(x), "
        r"\qquad \mathcal{L}_k \to \log p(x)",
        r"\log p(x) - \mathcal{L}_1 = \mathrm{KL}\big(q(z|x) \,\|\, p(z|x)\big), \qquad "
        r"k_{\text{eff}} = \frac{(\sum_i w_i)^2}{\sum_i w_i^2}",
    ),
    "collapse": (
        r"\mathrm{KL}_j = \mathbb{E}_x\, \mathrm{KL}\big(q(z_j|x) \,\|\, \mathcal{N}(0, 1)\big), "
        r"\qquad \text{collapsed:}\quad \mathrm{KL}_j < 0.01",
        r"\text{warm-up:}\quad \beta(t) = \beta\, \min(1,\, t / t_w), \qquad "
        r"\text{free bits:}\quad \sum_j \max\big(\lambda,\, \mathrm{KL}_j\big)",
        r"\Delta_j = \mathbb{E}_x\, \tfrac{1}{784}\, \|g(\mu + 2 e_j) - g(\mu - 2 e_j)\|^2",
    ),
}
