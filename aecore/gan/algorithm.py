"""The algorithm of adversarial training, a turn a player, as their authors print it.

Each turn stops after every stage (``yield``) and says what it has just made, so that it can be
watched in slow motion: whoever does not watch just goes on. Algorithm 1 of Goodfellow et al. (2014)
and of Gulrajani et al. (2017); what differs between the families stands in ``games``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor

from aecore.gan.games import Terms
from aecore.gan.model import Gan


@dataclass
class Stage:
    """What a turn has just done. name: of the stage; real, fake: (B, 1, 28, 28), the pictures and
    the samples at hand; labels: (B,), their classes; terms: of the loss, each (B,)."""

    name: str
    real: Tensor | None = None
    fake: Tensor | None = None
    labels: Tensor | None = None
    terms: Terms = field(default_factory=dict)

    @property
    def loss(self) -> Tensor:
        """Of the player whose turn it is: a scalar."""
        return sum(term.detach().mean() for term in self.terms.values())


def critic_turn(
    gan: Gan,
    optimizer: torch.optim.Optimizer,
    real: Tensor,
    labels: Tensor,
    generator: Generator | None = None,
) -> Iterator[Stage]:
    """One update of the critic: real (B, 1, 28, 28) in [0, 1], labels (B,)."""
    yield Stage("data", real, None, labels)

    z = gan.noise(len(real), generator)
    with torch.no_grad():
        fake = gan.generate(z, labels)
    yield Stage("samples", real, fake, labels)

    terms = gan.critic_terms(real, fake, labels, generator)
    loss = sum(term.mean() for term in terms.values())
    yield Stage("critic-loss", real, fake, labels, terms)

    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    yield Stage("critic-gradient", real, fake, labels, terms)

    optimizer.step()
    gan.game.constrain(gan.critic)
    yield Stage("critic-step", real, fake, labels, terms)


def generator_turn(
    gan: Gan,
    optimizer: torch.optim.Optimizer,
    labels: Tensor,
    generator: Generator | None = None,
) -> Iterator[Stage]:
    """One update of the generator: labels (B,), the classes that its samples are asked to be."""
    z = gan.noise(len(labels), generator)
    fake = gan.generate(z, labels)
    yield Stage("generated", None, fake, labels)

    terms = gan.generator_terms(fake, labels)
    loss = sum(term.mean() for term in terms.values())
    yield Stage("generator-loss", None, fake, labels, terms)

    optimizer.zero_grad(set_to_none=True)
    loss.backward(inputs=list(gan.generator.parameters()))
    yield Stage("generator-gradient", None, fake, labels, terms)

    optimizer.step()
    yield Stage("generator-step", None, fake, labels, terms)
