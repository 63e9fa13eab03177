"""The GANs that come with the project, in the folder ``pretrained``: ``gans.json`` there names each
and the config it was trained with, as ``manifest.json`` does for the autoencoders."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from aecore.gan.config import GanTrainConfig
from aecore.library import FOLDER
from aecore.messages import CheckpointError

MANIFEST = FOLDER / "gans.json"


@cache
def manifest() -> dict[str, GanTrainConfig]:
    """Every pretrained GAN by name, in the order in which pages list them."""
    entries = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return {name: GanTrainConfig.from_json(entry) for name, entry in entries.items()}


def available() -> list[str]:
    """The names of the manifest whose file is there."""
    return [name for name in manifest() if path(name).is_file()]


def path(name: str) -> Path:
    """The file of a pretrained GAN. Raises CheckpointError for a name that is not listed."""
    if name not in manifest():
        raise CheckpointError("There is no pretrained model “{name}”.", name=name)
    return FOLDER / f"{name}.safetensors"
