"""The families of translators. ``build`` makes one from its config."""

from __future__ import annotations

from aecore.gan.translation.config import TranslatorConfig
from aecore.gan.translation.cycle import CycleGan
from aecore.gan.translation.disco import DiscoGan
from aecore.gan.translation.model import Translation
from aecore.models import seeded

FAMILIES: dict[str, type[Translation]] = {"cycle": CycleGan, "disco": DiscoGan}


def build(config: TranslatorConfig, seed: int = 0) -> Translation:
    """Fresh players on the CPU; the same config and seed give the same weights."""
    with seeded(seed):
        return FAMILIES[config.family](config)
