"""Pre-training: does an encoder that learned without labels help when labels are few?

Three networks of one architecture, an encoder and a linear layer to the 10 classes, learn from
the same labelled pictures in the same batches (Hinton and Salakhutdinov, 2006; Erhan, Bengio,
Courville, Manzagol, Vincent and Bengio, 2010, "Why does unsupervised pre-training help deep
learning?"):

    frozen     the pre-trained encoder stays as it is, only the linear layer learns
    tuned      both learn, from the pre-trained encoder on
    scratch    both learn, the encoder from fresh weights

The linear layer starts at zero. What it sees of each encoder is moved and stretched as a whole to
mean 0 and variance 1, as that encoder gives it at the start for training pictures without labels,
so that one learning rate suits all three: that of the encoders can be chosen, the linear layer's
is the same for all.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from threadpoolctl import threadpool_limits
from torch import Generator, Tensor, nn

from aecore.config import CLASSES
from aecore.data import Split
from aecore.explore.fewlabels import balanced
from aecore.explore.probes import subsample
from aecore.models import Autoencoder, build

LEARNERS = ("frozen", "tuned", "scratch")
STEPS = 300
# Of the encoder, and of the linear layer, which has further to go.
LEARNING_RATE = 3e-4
HEAD_RATE = 1e-2
BATCH = 50
LOOKS = 20
# Test pictures that are looked at while they learn, and pictures without labels.
WATCHED = 1000
UNLABELLED = 1000


@dataclass(frozen=True)
class Moment:
    """Where the three stand after ``step`` updates: by learner, the cross-entropy in nats on
    labelled pictures (BATCH of them at most) and the accuracy in [0, 1] on WATCHED test pictures.

    final: at the end the accuracies on the whole test split, None before.
    """

    step: int
    losses: dict[str, float]
    accuracies: dict[str, float]
    final: dict[str, float] | None = None


class Learner:
    """An encoder and a linear layer. frozen: the encoder does not learn."""

    def __init__(
        self, model: Autoencoder, unlabelled: Tensor, learning_rate: float, *, frozen: bool
    ) -> None:
        self.model = model.cpu().eval().requires_grad_(not frozen)
        with torch.no_grad():
            codes = self.model.encode(unlabelled)
        self.centre = codes.mean(0)
        self.deviation = codes.var(0, correction=0).mean().sqrt().clamp_min(1e-6)
        self.head = nn.Linear(codes.shape[1], CLASSES)
        for parameter in self.head.parameters():
            nn.init.zeros_(parameter)
        groups = [{"params": self.head.parameters(), "lr": HEAD_RATE}]
        if not frozen:
            groups.append({"params": self.model.encoder.parameters(), "lr": learning_rate})
        self.adam = torch.optim.Adam(groups)

    def logits(self, x: Tensor) -> Tensor:
        """x (B, 1, 28, 28) → (B, 10)."""
        return self.head((self.model.encode(x) - self.centre) / self.deviation)

    def update(self, x: Tensor, labels: Tensor) -> None:
        """One step of Adam on a batch."""
        self.adam.zero_grad()
        F.cross_entropy(self.logits(x), labels).backward()
        self.adam.step()

    @torch.inference_mode()
    def loss(self, x: Tensor, labels: Tensor) -> float:
        return F.cross_entropy(self.logits(x), labels).item()

    @torch.inference_mode()
    def accuracy(self, split: Split) -> float:
        right = 0
        for start in range(0, len(split), WATCHED):
            part = slice(start, start + WATCHED)
            right += (
                (self.logits(split.pictures(part)).argmax(1) == split.labels[part]).sum().item()
            )
        return right / len(split)


def race(
    model: Autoencoder,
    train: Split,
    test: Split,
    labels: int,
    *,
    steps: int = STEPS,
    learning_rate: float = LEARNING_RATE,
    seed: int = 0,
) -> Iterator[Moment]:
    """Let the three learn from ``labels`` training pictures, and say about LOOKS times where they
    stand; the last time also on the whole test split.

    model: pre-trained, left as it is. The seed draws the labelled pictures (``balanced``), the
    fresh weights and the batches: the same seed gives the same race. On the CPU.
    """
    generator = Generator().manual_seed(seed)
    labelled = train.take(balanced(train.labels.cpu().numpy(), labels, seed))
    order = torch.randperm(labels, generator=generator)
    x, y = labelled.pictures(order), labelled.labels[order]
    watched = test.take(subsample(len(test), WATCHED))
    unlabelled = train.take(subsample(len(train), UNLABELLED)).pictures()
    learners = {
        name: Learner(
            build(model.config, seed) if name == "scratch" else copy.deepcopy(model),
            unlabelled,
            learning_rate,
            frozen=name == "frozen",
        )
        for name in LEARNERS
    }

    def look(step: int) -> Moment:
        return Moment(
            step,
            {name: one.loss(x[:BATCH], y[:BATCH]) for name, one in learners.items()},
            {name: one.accuracy(watched) for name, one in learners.items()},
            {n: one.accuracy(test) for n, one in learners.items()} if step == steps else None,
        )

    pace = max(1, steps // LOOKS)
    yield look(0)
    for start in range(0, steps, pace):
        # Its products are so small that threads only wait for each other: many times slower.
        with threadpool_limits(1):
            for _ in range(start, min(start + pace, steps)):
                batch = torch.randperm(labels, generator=generator)[:BATCH]
                for learner in learners.values():
                    learner.update(x[batch], y[batch])
            moment = look(min(start + pace, steps))
        yield moment
