"""A trained model in one file: safetensors, with a JSON card in its header.

The card tells what the weights are: config, metrics, parameter count, seconds, versions.
Reading checks the file against its own card and unpickles nothing. ``read_card`` and
``read_arrays`` need no torch, so that a page can show a model before torch is imported.
"""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from aecore.config import TrainConfig
from aecore.messages import CheckpointError, ConfigError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from aecore.models import Autoencoder

FORMAT = "autoencoder-lab/1"
MAX_BYTES = 200 * 2**20
MAX_HEADER = 2**20
# What the values of a card must be.
KINDS = {
    "dataset": str,
    "metrics": dict,
    "parameters": int,
    "seconds": (int, float),
    "epochs": (int, float),
    "versions": dict,
    "name": str,
    "history": dict,
}
# What metrics a card must hold; None for one that its model does not have.
METRICS = {
    "test_mse": (int, float),
    "psnr": (int, float),
    "recon_nats": (int, float),
    "kl_nats": (int, float, type(None)),
    "elbo_nats": (int, float, type(None)),
    "active_units": int,
    "noisy_mse": (int, float, type(None)),
    "noisy_psnr": (int, float, type(None)),
    "label_accuracy": (int, float, type(None)),
}
# Metrics that older cards do not name.
LATER_METRICS = ("label_accuracy",)


@dataclass(frozen=True)
class Card:
    """What a file says of itself.

    metrics: as ``aecore.metrics.Metrics`` on the test split of ``dataset`` (the set that was
    really used, which ``config.dataset`` may have fallen back to); parameters: their number;
    seconds: of training; epochs: trained in all; versions: of what trained it; history:
    measures taken while it was trained, as lists of one length: ``epoch``, and for a linear
    model ``angles`` (in degrees, from its subspace to PCA's).
    """

    config: TrainConfig
    dataset: str
    metrics: dict[str, Any]
    parameters: int
    seconds: float
    epochs: float
    versions: dict[str, str]
    name: str = ""
    history: dict[str, list] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {**self.__dict__, "config": self.config.to_json(), "format": FORMAT}

    def report(self) -> dict[str, Any]:
        """The JSON object that ``aecore train`` and ``aecore evaluate`` print."""
        return {
            **self.metrics,
            "parameters": self.parameters,
            "seconds": round(self.seconds, 3),
            "dataset": self.dataset,
            "latent_dim": self.config.model.latent_dim,
        }


def versions() -> dict[str, str]:
    """The versions that matter to a training run."""
    names = ("autoencoder-lab", "torch", "numpy")
    found = {name: version(name) for name in names}
    return {"python": platform.python_version(), **found}


def to_bytes(model: Autoencoder, card: Card, *, half: bool = False) -> bytes:
    """The file's content. half: store weights as float16 (they are read back as float32)."""
    return packed(model, card.to_json(), half=half)


def packed(model: nn.Module, card: dict[str, Any], *, half: bool = False) -> bytes:
    """Any module's weights and what its card says, as ``to_bytes``."""
    kind = np.float16 if half else np.float32
    arrays = {
        name: np.ascontiguousarray(value.detach().cpu().numpy().astype(kind))
        for name, value in kept(model).items()
    }
    return save_arrays(arrays, {"card": json.dumps(card, sort_keys=True)})


def kept(model: nn.Module) -> dict[str, Tensor]:
    """What a file keeps of a module: all but the counters of batch normalisation, which say
    nothing."""
    return {
        name: value
        for name, value in model.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def halve(model: nn.Module) -> None:
    """Round the weights to half precision, so that a card's metrics are those of the file."""
    import torch

    with torch.no_grad():
        for value in kept(model).values():
            value.copy_(value.half())


def save(file: Path, model: Autoencoder, card: Card, *, half: bool = False) -> None:
    """Write a checkpoint; the file appears whole or not at all.

    Raises CheckpointError where it can't be written.
    """
    write(file, to_bytes(model, card, half=half))


def write(file: Path, content: bytes) -> None:
    """Write a file, whole or not at all. Raises CheckpointError where it can't be written."""
    file = Path(file)
    part = file.with_name(file.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(file)
    except OSError as error:
        raise CheckpointError(
            "“{file}” can't be written: {reason}.", file=file, reason=error.strerror
        ) from error


def read(source: Path | bytes) -> bytes:
    """The bytes of a file. Raises CheckpointError if it can't be read or is too large."""
    if isinstance(source, bytes):
        return source
    try:
        if source.stat().st_size > MAX_BYTES:
            raise CheckpointError("“{file}” is larger than any model of this lab.", file=source)
        return source.read_bytes()
    except OSError as error:
        raise CheckpointError(
            "“{file}” can't be read: {reason}.", file=source, reason=error.strerror
        ) from error


def read_json(source: Path | bytes, kind: str) -> dict[str, Any]:
    """What the card in a file says, as it stands there. Raises CheckpointError where the file
    holds none, or one of another format than ``kind``."""
    content = read(source)
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or not 2 <= length <= MAX_HEADER or 8 + length > len(content):
        raise CheckpointError("This is not a safetensors file, or it is cut short.")
    try:
        header = json.loads(content[8 : 8 + length])
        card = json.loads(header["__metadata__"]["card"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError("This file holds no card of this lab's models.") from error
    if not isinstance(card, dict) or card.pop("format", None) != kind:
        raise CheckpointError("This file is of another format than “{format}”.", format=kind)
    return card


def read_card(source: Path | bytes) -> Card:
    """The card alone, checked. Raises CheckpointError where the file holds none."""
    card = read_json(source, FORMAT)
    try:
        card["config"] = TrainConfig.from_json(card["config"])
        card.setdefault("name", "")
        card.setdefault("history", {})
        for name, kind in KINDS.items():
            if not isinstance(card.get(name), kind):
                raise TypeError(name)
        for name in LATER_METRICS:
            card["metrics"].setdefault(name, None)
        if not all(isinstance(card["metrics"][name], kind) for name, kind in METRICS.items()):
            raise TypeError("metrics")
        return Card(**card)
    except ConfigError as error:
        raise CheckpointError(
            "The card of this file is not valid: {reason}", reason=error.sentence
        ) from error
    except (KeyError, TypeError) as error:
        raise CheckpointError("The card of this file is not complete.") from error


def read_arrays(source: Path | bytes) -> dict[str, np.ndarray]:
    """The weights by name, float32. Raises CheckpointError where the file is damaged."""
    try:
        arrays = load_arrays(read(source))
    except (SafetensorError, ValueError, KeyError) as error:
        raise CheckpointError(
            "This file is damaged or cut short: {reason}", reason=error
        ) from error
    for name, array in arrays.items():
        if array.dtype not in (np.float16, np.float32) or not np.isfinite(array).all():
            raise CheckpointError("“{name}” does not hold finite numbers.", name=name)
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def load(source: Path | bytes) -> tuple[Autoencoder, Card]:
    """The model, on the CPU and ready to use, and its card.

    Raises CheckpointError, saying what is wrong, for a file that is truncated, of another
    format, or whose tensors have other names or shapes than its card promises.
    """
    from aecore.models import build, parameter_formula

    content = read(source)
    card, arrays = read_card(content), read_arrays(content)
    found = sum(array.size for array in arrays.values())
    formula = parameter_formula(card.config.model)
    if not found == card.parameters == formula(card.config.model.latent_dim):
        raise CheckpointError("The weights of this file are not those its card promises.")
    model = build(card.config.model)
    fill(model, arrays)
    return model.eval(), card


def fill(model: nn.Module, arrays: dict[str, np.ndarray]) -> None:
    """Put weights into a module. Raises CheckpointError where names or shapes are others."""
    import torch

    expected = {name: tuple(value.shape) for name, value in kept(model).items()}
    if expected != {name: array.shape for name, array in arrays.items()}:
        raise CheckpointError("The weights of this file are not those its card promises.")
    model.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
