"""A small classifier of pictures that knows nothing of any autoencoder: which digit is this?

784 pixels → 256 GELU → 10 classes, trained once on the training split with Adam, on pictures
that are moved by up to a pixel. Its probabilities are calibrated: the logits are divided by the
temperature under which the training pictures that were held out are likeliest (Guo, Pleiss, Sun
and Weinberger, 2017, "On calibration of modern neural networks").
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from threadpoolctl import threadpool_limits
from torch import Generator, Tensor, nn

from aecore.config import CLASSES, PIXELS
from aecore.data import Dataset, Split

HIDDEN = 256
STEPS = 800
BATCH = 256
PEAK_RATE = 8e-3
SHIFT = 1
HELD_OUT = 0.1
TEMPERATURES = torch.linspace(0.25, 4, 76)
SURE = 0.99

_KNOWN: WeakKeyDictionary[Split, Classifier] = WeakKeyDictionary()
_TRAINING = threading.Lock()


@dataclass(frozen=True, eq=False)
class Classifier:
    """network: (B, 784) → logits (B, 10); temperature: what they are divided by; accuracy: the
    share of the test pictures that it names rightly; sure_accuracy: the same among those of
    which it is sure to 99 % (NaN if there are none)."""

    network: nn.Module
    temperature: float
    accuracy: float = float("nan")
    sure_accuracy: float = float("nan")

    @torch.inference_mode()
    def features(self, x: Tensor) -> Tensor:
        """What its hidden units see: x (B, 1, 28, 28) in [0, 1] → (B, 256)."""
        return self.network[:-1](x.flatten(1))

    @torch.inference_mode()
    def probabilities(self, x: Tensor) -> Tensor:
        """Of each class: x (B, 1, 28, 28) in [0, 1] → (B, 10), each row with sum 1."""
        return (self.network(x.flatten(1)) / self.temperature).softmax(1)


def of(data: Dataset) -> Classifier:
    """The classifier of a dataset, trained when it is first asked for and kept with it."""
    # Whoever asks may be measuring, without gradients.
    with _TRAINING, torch.inference_mode(False), torch.enable_grad():
        if data.train not in _KNOWN:
            _KNOWN[data.train] = train(data.train, data.test)
        return _KNOWN[data.train]


def train(train_split: Split, test: Split, *, steps: int = STEPS, seed: int = 0) -> Classifier:
    """Train on one split and measure on the other; the same seed gives the same classifier.

    It stays on the CPU, where it takes some seconds.
    """
    generator = Generator().manual_seed(seed)
    order = torch.randperm(len(train_split), generator=generator)
    count = max(1, int(HELD_OUT * len(order)))
    held_out, kept = order[:count], order[count:]
    network = _network(generator)
    # Its products are so small that threads only wait for each other: many times slower.
    with threadpool_limits(1):
        _fit(network, train_split, kept, steps, generator)
    network.requires_grad_(False).eval()
    raw = Classifier(network, _temperature(network, train_split, held_out))
    probability, named = raw.probabilities(test.pictures()).max(1)
    right = (named == test.labels).float()
    sure = right[probability >= SURE]
    return Classifier(network, raw.temperature, right.mean().item(), sure.mean().item())


def _fit(network: nn.Module, split: Split, index: Tensor, steps: int, generator: Generator) -> None:
    adam = torch.optim.Adam(network.parameters(), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, PEAK_RATE, steps)
    for _step in range(steps):
        batch = index[torch.randint(len(index), (BATCH,), generator=generator)]
        by = torch.randint(-SHIFT, SHIFT + 1, (2,), generator=generator).tolist()
        x = split.pictures(batch).roll(by, (2, 3))
        adam.zero_grad()
        F.cross_entropy(network(x.flatten(1)), split.labels[batch]).backward()
        adam.step()
        schedule.step()


def _network(generator: Generator) -> nn.Module:
    """Fresh weights from this generator alone (He et al., 2015), not from torch's global one."""
    layers = nn.Linear(PIXELS, HIDDEN), nn.Linear(HIDDEN, CLASSES)
    for layer in layers:
        nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu", generator=generator)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(layers[0], nn.GELU(), layers[1])


@torch.inference_mode()
def _temperature(network: nn.Module, split: Split, index: Tensor) -> float:
    logits = network(split.pictures(index).flatten(1))
    losses = [F.cross_entropy(logits / t, split.labels[index]) for t in TEMPERATURES]
    return TEMPERATURES[int(torch.stack(losses).argmin())].item()
