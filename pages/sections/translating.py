"""The translators of the page “Image to image”, one digit there and back, and the formulas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from torch import Tensor

from aecore import data as datasets
from aecore.data import Dataset, load_or_embedded
from aecore.explore import classifier
from aecore.figures import signed
from aecore.gan.translation import cycle, disco, domains, file, measures, model, networks
from aecore.gan.translation.config import TranslationTrainConfig
from aecore.gan.translation.domains import PAIRS, Domain, Pair
from aecore.gan.translation.file import TranslatorCard
from aecore.gan.translation.model import Round, Translation
from aecore.messages import DataError
from aecore.snapshots import to_uint8
from pages.ui import link
from pages.ui.digits import equation
from pages.ui.i18n import _, percent, say, significant
from pages.ui.names import domain_names
from pages.ui.picker import pick_digit
from pages.ui.shelf import Shelf
from pages.ui.sources import show_formulas, show_sources

TRANSLATORS = Shelf("translators", "cycle-slant", TranslationTrainConfig, file)
# The test digits that are shown at first: of each set one that is easy to follow.
FIRST = 4


@dataclass(frozen=True, eq=False)
class Translators:
    """Two translators with the datasets of their domains. key: tells this state of them."""

    key: str
    model: Translation
    card: TranslatorCard
    data: Dataset
    other: Dataset

    @property
    def pair(self) -> Pair:
        """Their domains."""
        return PAIRS[self.card.config.model.pair]

    def there_and_back(self, a: Tensor, b: Tensor) -> Round:
        """Of pictures of A and of B, as many of each: (n, 1, 28, 28)."""
        return measures.rounds(self.model, a, b)

    def reading(self, domain: Domain, picture: Tensor) -> tuple[str, float]:
        """What class our classifier reads in a picture (1, 1, 28, 28), and how probable it is."""
        data = self.data if domain == self.pair.a else self.other
        with st.spinner(_("Training the classifier that reads them…")):
            probability, named = classifier.of(data).probabilities(domain.plain(picture)).max(1)
        return _(data.class_names[int(named)]), probability.item()


def introduction() -> None:
    """What the page is about."""
    st.markdown(
        _(
            "Two sets of pictures, and **no pair** that would show how one becomes the other. "
            "Two translators learn it all the same: **G** from A to B, **F** from B to A. A critic "
            "of each domain must not tell translations from real pictures, and whoever goes there "
            "and back must arrive where the journey began."
        )
    )


def pick_translators() -> Translators | None:
    """Those of a run of this session, of a file, or pretrained ones."""
    choice = TRANSLATORS.pick()
    if choice is None:
        st.info(_("There are no translators yet: train some below."))
        return None
    made, card = choice.read()
    data = load_or_embedded(card.dataset)
    if data.notice:
        st.warning(say(data.notice))
    other = data
    if dataset := PAIRS[card.config.model.pair].other:
        try:
            other = datasets.load(dataset, download=False)
        except DataError as error:
            st.info(say(error.sentence))
            return None
    key = f"{choice.key}-{card.updates}-{card.seconds:.3f}-{data.name}"
    return Translators(key, made, card, data, other)


@link.fragment
def there_and_back(of: Translators) -> None:
    """One digit, test or drawn: A → B → A and B → A → B, with what is lost."""
    st.subheader(_("There and back"))
    pair, names = of.pair, domain_names()
    left, right = st.columns(2, gap="large")
    with left.container(width=420):
        digit = second = pick_digit("x", of.data, label=_("The digit"), default=FIRST)
    if pair.other:
        with right.container(width=420):
            second = pick_digit("y", of.other, label=names[pair.b.name], default=FIRST)
    a, b = pair.a.form(digit.x), pair.b.form(second.x)
    made = of.there_and_back(a, b)
    _journey(of, (pair.a, pair.b), (a, made.ab, made.aba), None if pair.other else b, "aba")
    _journey(of, (pair.b, pair.a), (b, made.ba, made.bab), None if pair.other else a, "bab")
    if not pair.other:
        st.caption(
            _(
                "The digit is first brought into the form of the domain. The last picture is the "
                "same digit in the other form, to compare: no training ever showed both. Read by a "
                "classifier of plain digits, once the known change is undone."
            )
        )


def _journey(
    of: Translators,
    way: tuple[Domain, Domain],
    pictures: tuple[Tensor, Tensor, Tensor],
    twin: Tensor | None,
    name: str,
) -> None:
    names = domain_names()
    start, target = way
    left, there, back = pictures
    st.markdown(f"**{names[start.name]} → {names[target.name]} → {names[start.name]}**")
    parts = [
        ("", grey(left), _caption(of, names[start.name], start, left)),
        ("→", grey(there), _caption(of, _("translated"), target, there)),
        ("→", grey(back), _caption(of, _("brought back"), start, back)),
        (
            "Δ",
            signed((back - left)[0, 0].numpy(), 1.0),
            _("error of coming back, MSE {mse}").format(
                mse=significant(measures.mse(back, left).item(), 2)
            ),
        ),
    ]
    if twin is not None:
        error = significant(measures.mse(there, twin).item(), 2)
        words = _("should be ({domain}); the translation is off by MSE {mse}")
        parts.append(("≟", grey(twin), words.format(domain=names[target.name], mse=error)))
    equation(parts, name=f"{of.card.config.model.pair}-{name}")


def _caption(of: Translators, what: str, domain: Domain, picture: Tensor) -> str:
    named, probability = of.reading(domain, picture)
    return _("{what}: reads as {named} ({share})").format(
        what=what, named=named, share=percent(probability, 0)
    )


def grey(picture: Tensor) -> np.ndarray:
    """A picture (1, 1, 28, 28) in [0, 1] in three equal colours: (28, 28, 3) uint8."""
    return np.repeat(to_uint8(picture)[0][..., None], 3, axis=2)


def errors(back: Tensor, left: Tensor) -> np.ndarray:
    """What came back less what left, in colours from −1 to 1: (n, 28, 28, 3) uint8."""
    return np.stack([signed(one, 1.0) for one in (back - left).squeeze(1).numpy()])


def explained() -> None:
    """The formulas of the page and the sources that compute them."""
    show_formulas(
        r"\mathcal{L}_{\mathrm{cycle}} = \tfrac12 \big(D_B(G(a)) - 1\big)^2 + "
        r"\tfrac12 \big(D_A(F(b)) - 1\big)^2 + \lambda \big( \lVert F(G(a)) - a \rVert_1 + "
        r"\lVert G(F(b)) - b \rVert_1 \big)",
        r"\mathcal{L}_{\mathrm{disco}} = -\log D_B(G(a)) - \log D_A(F(b)) + "
        r"\lambda \big( \lVert F(G(a)) - a \rVert^2 + \lVert G(F(b)) - b \rVert^2 \big)",
        r"\lambda\, \iota \big( \lVert F(a) - a \rVert_1 + \lVert G(b) - b \rVert_1 \big), \qquad "
        r"\lambda_{\Sigma} = \lambda / 784",
    )
    show_sources([cycle, disco, model, networks, domains, measures])
