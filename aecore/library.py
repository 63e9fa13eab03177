"""The models that come with the project, in the folder ``pretrained``.

A manifest a kind names each model there and the config it was trained with: ``aecore
pretrain`` makes the files from it, and anybody can check the cards of autoencoders with
``aecore evaluate``. No two models have the same name, of whatever kind they are.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TypeVar

from aecore.config import TrainConfig
from aecore.gan.config import GanTrainConfig
from aecore.gan.translation.config import TranslationTrainConfig
from aecore.messages import CheckpointError

Config = TypeVar("Config", TrainConfig, GanTrainConfig, TranslationTrainConfig)

FOLDER = Path(__file__).resolve().parent.parent / "pretrained"
MANIFESTS = {
    TrainConfig: "manifest.json",
    GanTrainConfig: "gans.json",
    TranslationTrainConfig: "translators.json",
}


@cache
def manifest(kind: type[Config] = TrainConfig) -> dict[str, Config]:
    """Every pretrained model of a kind by name, in the order in which pages list them."""
    entries = json.loads((FOLDER / MANIFESTS[kind]).read_text(encoding="utf-8"))
    return {name: kind.from_json(entry) for name, entry in entries.items()}


def available(kind: type[Config] = TrainConfig) -> list[str]:
    """The names of a manifest whose file is there."""
    return [name for name in manifest(kind) if path(name).is_file()]


def path(name: str) -> Path:
    """The file of a pretrained model. Raises CheckpointError for a name that is not listed."""
    if not any(name in manifest(kind) for kind in MANIFESTS):
        raise CheckpointError("There is no pretrained model “{name}”.", name=name)
    return FOLDER / f"{name}.safetensors"


def prior_path(name: str) -> Path:
    """The file of the prior over the codes of a pretrained VQ-VAE; it may not be there."""
    return path(name).with_suffix(".prior.safetensors")
