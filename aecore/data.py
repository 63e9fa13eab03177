"""The datasets: handwritten digits, clothes and characters of 28x28 grey pixels.

``mnist``, ``fashion-mnist`` and ``kmnist`` come through torchvision; ``digits`` is
scikit-learn's embedded set brought to the same form, which serves where the others can't
be had. A whole split is one uint8 tensor; whoever trains takes batches from it by index.

Where the files lie: the folder that the environment variable ``AECORE_DATA`` names, which
is only read, or else a cache folder of the user's, into which torchvision downloads.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aecore.config import DATASETS, TITLES
from aecore.messages import DataError, Sentence
from aecore.mnist_form import to_mnist_form

ENVIRONMENT = "AECORE_DATA"
EMBEDDED = "digits"

# The folder and class of each set in torchvision.
TORCHVISION = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST"}
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
CLASS_NAMES = {
    "fashion-mnist": (
        Sentence("T-shirt"), Sentence("Trouser"), Sentence("Pullover"), Sentence("Dress"),
        Sentence("Coat"), Sentence("Sandal"), Sentence("Shirt"), Sentence("Sneaker"),
        Sentence("Bag"), Sentence("Boot"),
    ),
    "kmnist": ("お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を"),
}  # fmt: skip


_LOADING = {name: threading.Lock() for name in DATASETS}


@dataclass(frozen=True, eq=False)
class Split:
    """One split of a dataset. images: (N, 28, 28) uint8; labels: (N,) int64, 0 to 9."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.images)

    def pictures(self, index: Tensor | slice = slice(None)) -> Tensor:
        """The chosen pictures as (B, 1, 28, 28) float32 in [0, 1]."""
        return self.images[index].unsqueeze(1).float().div_(255)

    def take(self, index: Tensor | np.ndarray | slice) -> Split:
        """The chosen pictures with their labels, as a split of their own."""
        chosen = torch.as_tensor(index) if isinstance(index, np.ndarray) else index
        return Split(self.images[chosen], self.labels[chosen])

    def only(self, classes: tuple[int, ...]) -> Split:
        """The pictures of some classes, all of them if none is named; the last few are kept."""
        return _only(self, classes) if classes else self

    def to(self, device: torch.device) -> Split:
        return Split(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True, eq=False)
class Dataset:
    """A dataset in memory. notice: why another set than the one asked for serves, if so."""

    name: str
    train: Split
    test: Split
    notice: Sentence | None = None

    @property
    def class_names(self) -> tuple[str, ...]:
        return class_names(self.name)

    def only(self, classes: tuple[int, ...]) -> Dataset:
        """The same set with the pictures of some classes, all of them if none is named."""
        if not classes:
            return self
        return replace(self, train=self.train.only(classes), test=self.test.only(classes))


@lru_cache(maxsize=24)
def _only(split: Split, classes: tuple[int, ...]) -> Split:
    wanted = torch.isin(split.labels, torch.tensor(classes, device=split.labels.device))
    return split if wanted.all() else split.take(wanted)


def class_names(dataset: str) -> tuple[str, ...]:
    """What the ten classes of a dataset are called."""
    return CLASS_NAMES.get(dataset, tuple("0123456789"))


def data_folder() -> Path:
    """The folder that holds the datasets."""
    if named := os.environ.get(ENVIRONMENT):
        return Path(named).expanduser()
    if sys.platform == "win32":
        cache = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "autoencoder-lab"


def may_download() -> bool:
    """Whether missing files may be fetched: only into the cache, never into a named folder."""
    return not os.environ.get(ENVIRONMENT)


def is_on_disk(name: str) -> bool:
    """Whether every file of the set lies in the data folder (the embedded set always does)."""
    return name == EMBEDDED or not _missing(name)


def load(name: str, *, download: bool = True) -> Dataset:
    """Read a dataset whole; the last few are kept in memory.

    Raises DataError, naming the file or the reason, where it can't be had or is damaged.
    """
    if name not in DATASETS:
        raise DataError("“{name}” is not a known dataset.", name=name)
    if name != EMBEDDED and not is_on_disk(name) and not (download and may_download()):
        raise DataError(
            "{title} is not at hand: “{file}” is missing. Run “aecore data {name}” with a network, "
            "or put the files there.",
            title=TITLES[name],
            name=name,
            file=_missing(name)[0],
        )
    return _load(name, data_folder())


def load_or_embedded(name: str, *, download: bool = False) -> Dataset:
    """The dataset, or the embedded digits with a notice that says why they serve."""
    try:
        return load(name, download=download)
    except DataError as error:
        notice = Sentence("{reason} The embedded digits serve instead.", reason=error.sentence)
        return replace(load(EMBEDDED), notice=notice)


def _load(name: str, folder: Path) -> Dataset:
    # One thread at a time: two must not download the same files.
    with _LOADING[name]:
        return _load_once(name, folder)


@lru_cache(maxsize=3)
def _load_once(name: str, folder: Path) -> Dataset:
    if name == EMBEDDED:
        return Dataset(name, *_embedded())
    kind = _torchvision_class(name)
    if not is_on_disk(name):
        _download(kind, name, folder)
    splits = []
    for split, files in FILES.items():
        for file, dimensions in zip(files, (3, 1), strict=True):
            _check_idx(_raw(name) / file, dimensions)
        raw = kind(root=folder, train=split == "train", download=False)
        splits.append(Split(raw.data, raw.targets))
        if len(raw.data) != len(raw.targets) or int(raw.targets.max()) > 9:
            raise DataError("“{file}” does not match its pictures.", file=_raw(name) / files[1])
    return Dataset(name, *splits)


def _torchvision_class(name: str) -> type:
    try:
        from torchvision import datasets
    except (ImportError, RuntimeError, AttributeError) as error:
        # A torch for the CPU beside a torchvision for CUDA fails with any of these.
        raise DataError(
            "torchvision does not fit the installed torch ({reason}). Install both from one "
            "place: pip install --upgrade --force-reinstall torch torchvision",
            reason=str(error).splitlines()[0] if str(error) else type(error).__name__,
        ) from error
    return getattr(datasets, TORCHVISION[name])


def _download(kind: type, name: str, folder: Path) -> None:
    try:
        kind(root=folder, train=True, download=True)
    except (OSError, RuntimeError) as error:
        raise DataError(
            "{title} could not be downloaded ({reason}). Check the network, or name a folder that "
            "holds it in {variable}.",
            title=TITLES[name],
            reason=str(error).splitlines()[0] if str(error) else type(error).__name__,
            variable=ENVIRONMENT,
        ) from error


def _raw(name: str) -> Path:
    return data_folder() / TORCHVISION[name] / "raw"


def _missing(name: str) -> list[Path]:
    files = [_raw(name) / file for pair in FILES.values() for file in pair]
    return [file for file in files if not file.is_file()]


def _check_idx(file: Path, dimensions: int) -> None:
    """Compare the header of an IDX file with its size: 28x28 bytes a picture, one a label."""
    with file.open("rb") as stream:
        header = stream.read(4 + 4 * dimensions)
    if len(header) < 4 + 4 * dimensions or header[:4] != bytes([0, 0, 8, dimensions]):
        raise DataError("“{file}” is not an IDX file of bytes, or is cut short.", file=file)
    shape = struct.unpack(f">{dimensions}I", header[4:])
    if shape[1:] not in ((), (28, 28)):
        raise DataError(
            "“{file}” holds pictures of {shape}, not of 28x28.",
            file=file,
            shape="x".join(map(str, shape[1:])),
        )
    expected, found = len(header) + int(np.prod(shape)), file.stat().st_size
    if shape[0] == 0 or expected != found:
        raise DataError(
            "“{file}” is damaged: {found} bytes where its header promises {expected}. Remove it "
            "and load it again.",
            file=file,
            found=found,
            expected=expected,
        )


def _embedded() -> tuple[Split, Split]:
    """scikit-learn's 1,797 digits of 8x8, four fifths of each class for training."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    pictures, labels = load_digits(return_X_y=True)
    images = np.stack([to_mnist_form(p.reshape(8, 8)) for p in pictures])
    train, test = train_test_split(
        np.arange(len(images)), test_size=0.2, random_state=0, stratify=labels
    )
    return tuple(
        Split(torch.from_numpy(images[part]), torch.from_numpy(labels[part]).long())
        for part in (train, test)
    )
