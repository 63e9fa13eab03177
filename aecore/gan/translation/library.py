"""The translators that come with the project, in the folder ``pretrained``.

``translators.json`` there names each and the config it was trained with; ``python -m
aecore.gan.translation`` makes the files from it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from aecore.gan.translation.config import TranslationTrainConfig
from aecore.library import FOLDER
from aecore.messages import CheckpointError


@cache
def manifest() -> dict[str, TranslationTrainConfig]:
    """All pretrained translators by name, in the order in which the page lists them."""
    entries = json.loads((FOLDER / "translators.json").read_text(encoding="utf-8"))
    return {name: TranslationTrainConfig.from_json(entry) for name, entry in entries.items()}


def available() -> list[str]:
    """The names of the manifest whose file is there."""
    return [name for name in manifest() if path(name).is_file()]


def path(name: str) -> Path:
    """The file of pretrained translators. Raises CheckpointError for a name that is not listed."""
    if name not in manifest():
        raise CheckpointError("There is no pretrained model “{name}”.", name=name)
    return FOLDER / f"{name}.safetensors"
