"""A model with what several pages measure of it on its test split, once for all sessions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from aecore.checkpoint import Card
from aecore.data import Dataset, Split, load_or_embedded
from aecore.explore.codes import encode, to_uint8
from aecore.models import Autoencoder
from pages.ui.i18n import _, say
from pages.ui.models import Entry
from pages.ui.picker import Digit


@dataclass(frozen=True, eq=False)
class Measured:
    """A model, the data it saw and the codes it gives to the test split. key: a ``state_name``."""

    key: str
    model: Autoencoder
    card: Card
    data: Dataset

    @cached_property
    def codes(self) -> Tensor:
        """Of the test pictures: (N, d) float32. The first to ask waits."""
        return torch.from_numpy(codes_of_test(self.key, self.model, self.data.test))

    @property
    def labels(self) -> Tensor:
        """Of the test pictures: (N,) int64."""
        return self.data.test.labels.cpu()

    def code(self, digit: Digit) -> Tensor:
        """The code (d,) float32 of a digit."""
        with torch.inference_mode():
            return self.model.encode(digit.x.to(self.model.device))[0].float().cpu()

    def pictures(self, codes: Tensor) -> np.ndarray:
        """What codes (n, d) decode to: (n, 28, 28) uint8."""
        return to_uint8(self.decoded(codes))

    def decoded(self, codes: Tensor) -> Tensor:
        """What codes (n, d) decode to: (n, 1, 28, 28) float32, as it comes."""
        with torch.inference_mode():
            return self.model.decode(codes.to(self.model.device)).float().cpu()

    def weights(self) -> dict[str, np.ndarray]:
        """The model's arrays by name."""
        return {k: v.detach().cpu().numpy() for k, v in self.model.state_dict().items()}


def measured(entry: Entry, *, notice: bool = True) -> Measured:
    """A model with its codes; says so where another dataset stands in, unless told not to."""
    with st.spinner(_("Encoding the test digits…")):
        of = not_encoded(entry)
        _codes = of.codes  # now, while it is said
    if notice and of.data.notice:
        st.warning(say(of.data.notice))
    return of


def not_encoded(entry: Entry) -> Measured:
    """A model whose codes nobody has asked for yet."""
    model, card = entry.read()
    data = load_or_embedded(card.dataset)
    return Measured(state_name(entry, card, data.name), model, card, data)


def state_name(entry: Entry, card: Card, dataset: str) -> str:
    """Tells this state of a model, with the set it is shown, from every other: a run may have
    gone on training since."""
    return f"{entry.key}-{card.epochs:g}-{card.seconds:.3f}-{dataset}"


@st.cache_resource(max_entries=8, show_spinner=False)
def codes_of_test(key: str, _model: Autoencoder, _split: Split) -> np.ndarray:
    """The codes (N, d) float32 of a whole test split.

    key: a ``state_name``, by which they are kept. Shared: whoever changes them takes a copy.
    """
    return encode(_model, _split)
