"""The model of the page “Style and class”, what it is about, and its formulas."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from aecore.checkpoint import Card
from aecore.data import Dataset, load_or_embedded
from aecore.explore import classifier, probes, styles
from aecore.models import ConditionalAutoencoder, conditional, variational
from pages.ui.i18n import _, say
from pages.ui.measured import state_name
from pages.ui.models import all_entries, pick_model
from pages.ui.sources import show_formulas, show_sources

KEY = "conditional"
DEFAULT = "cvae-mlp-d5"


@dataclass(frozen=True, eq=False)
class Conditional:
    """A conditional VAE with the data it is shown. key: tells its state from every other; codes:
    (N, d), the means of q(z|x, y) of the test pictures, each given its class."""

    key: str
    label: str
    model: ConditionalAutoencoder
    card: Card
    data: Dataset
    codes: Tensor

    @property
    def classes(self) -> list[str]:
        return [_(name) for name in self.data.class_names]

    def code(self, x: Tensor, label: int) -> Tensor:
        """The code (1, d) of one picture (1, 1, 28, 28) of a class."""
        with torch.inference_mode():
            device = self.model.device
            of = self.model.given(torch.tensor([label], device=device))
            return of.encode(x.to(device)).float().cpu()


def introduction() -> None:
    """What the page is about."""
    st.markdown(
        _(
            "A **conditional VAE** is told the class: its encoder gets the picture and the class, "
            "its decoder the code and the class. The code need not say which digit it is, so it "
            "keeps how it is written: slant, width, thickness. The same code with another class "
            "is another digit in the same hand."
        )
    )


def pick_conditional() -> Conditional | None:
    """The model, among those that are conditional."""
    options = {key: e for key, e in all_entries().items() if e.config.model.conditional}
    if not options:
        st.info(
            _(
                "There is no conditional VAE yet: train one on the Train page, upload one on the "
                "Models page, or run “aecore pretrain --missing”."
            )
        )
        return None
    with st.container(width=520):
        entry = pick_model(KEY, DEFAULT, options)
    with st.spinner(_("Encoding the test digits…")):
        model, card = entry.read()
        data = load_or_embedded(card.dataset)
        key = state_name(entry, card, data.name)
        codes = _codes(key, model, data)
    if data.notice:
        st.warning(say(data.notice))
    return Conditional(key, entry.label, model, card, data, codes)


@st.cache_resource(max_entries=8, show_spinner=False)
def _codes(key: str, _model: ConditionalAutoencoder, _data: Dataset) -> Tensor:
    return styles.codes(_model, _data.test)


def explained() -> None:
    """The formulas of the page and the sources that compute them."""
    show_formulas(
        r"q(z \mid x, y) = \mathcal{N}\big(\mu, \operatorname{diag} \sigma^2\big), \quad "
        r"(\mu, \log \sigma^2) = f(x) + V y, \qquad p(z) = \mathcal{N}(0, I), \qquad "
        r"\hat{x} = g(z, y)",
        r"\log p(x \mid y) \ge \mathbb{E}_{q(z \mid x, y)} \log p(x \mid z, y) - "
        r"\mathrm{KL}\big(q(z \mid x, y) \,\Vert\, p(z)\big)",
        r"x \mapsto z = \mu(x, y) \mapsto \big(g(z, 0),\, \dots,\, g(z, 9)\big)",
        r"\frac{1}{N} \sum_{n=1}^{N} \Big[\arg\max_c h_c\big(g(z_n, y_n)\big) = y_n\Big], "
        r"\qquad z_n \sim p(z)",
    )
    show_sources([conditional, variational, styles, classifier, probes])
