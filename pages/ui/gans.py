"""The GANs a page can show: trained here, uploaded, or pretrained; chosen by one widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from aecore.data import Dataset, load_or_embedded
from aecore.gan import file
from aecore.gan.config import GanTrainConfig
from aecore.gan.file import GanCard
from pages.ui.i18n import _, say
from pages.ui.shelf import Shelf

if TYPE_CHECKING:
    from aecore.gan.model import Gan

GANS = Shelf("gan", "dcgan-d64", GanTrainConfig, file)


@dataclass(frozen=True, eq=False)
class Chosen:
    """A GAN with its card and the data it saw. key: tells this state of it from every other."""

    key: str
    gan: Gan
    card: GanCard
    data: Dataset

    @property
    def classes(self) -> list[str]:
        """What the ten classes are called."""
        return [_(name) for name in self.data.class_names]


def pick_gan() -> Chosen | None:
    """The picker, kept across pages and in the URL, and a place to open a file."""
    choice = GANS.pick()
    if choice is None:
        st.info(
            _("There is no GAN yet: train one on the GAN page, or run “aecore pretrain --missing”.")
        )
        return None
    gan, card = choice.read()
    data = load_or_embedded(card.dataset)
    if data.notice:
        st.warning(say(data.notice))
    key = f"gan-{choice.key}-{card.updates}-{card.seconds:.3f}-{data.name}"
    return Chosen(key, gan, card, data)
