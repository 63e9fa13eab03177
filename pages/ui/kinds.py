"""The models of one family among those that can be chosen, for pages that are about it."""

from __future__ import annotations

from collections.abc import Callable

from aecore import library
from aecore.config import ModelConfig
from pages.ui.models import PRETRAINED, Entry, entries


def of_kind(wanted: Callable[[ModelConfig], bool]) -> dict[str, Entry]:
    """Those whose config is wanted, by key; no file of a pretrained model is read for that."""
    return {key: entry for key, entry in entries().items() if wanted(_config(entry))}


def _config(entry: Entry) -> ModelConfig:
    if entry.run is not None:
        return entry.run.config.model
    if entry.origin == PRETRAINED:
        return library.manifest()[entry.key].model
    return entry.read()[1].config.model
