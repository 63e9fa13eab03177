"""The models that come with the project, in the folder ``pretrained``.

``manifest.json`` there names each model and the config it was trained with: ``aecore
pretrain`` makes the files from it, and anybody can check their cards with ``aecore
evaluate``.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from aecore.config import TrainConfig
from aecore.messages import CheckpointError

FOLDER = Path(__file__).resolve().parent.parent / "pretrained"


@cache
def manifest() -> dict[str, TrainConfig]:
    """Every pretrained model by name, in the order in which pages list them."""
    entries = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    return {name: TrainConfig.from_json(entry) for name, entry in entries.items()}


def available() -> list[str]:
    """The names of the manifest whose file is there."""
    return [name for name in manifest() if path(name).is_file()]


def path(name: str) -> Path:
    """The file of a pretrained model. Raises CheckpointError for a name that is not listed."""
    if name not in manifest():
        raise CheckpointError("There is no pretrained model “{name}”.", name=name)
    return FOLDER / f"{name}.safetensors"


def prior_path(name: str) -> Path:
    """The file of the prior over the codes of a pretrained VQ-VAE; it may not be there."""
    return path(name).with_suffix(".prior.safetensors")
