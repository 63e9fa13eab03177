"""What a conditional VAE keeps of a picture once the class is given: its style.

A code z of q(z|x, y) is decoded with the ten classes one after the other (Kingma, Mohamed, Rezende
and Welling, 2014, figure 1b: analogies). Whether the decoder obeys is asked of a classifier that
has seen real digits only.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Generator, Tensor

from aecore.config import CLASSES
from aecore.data import Split
from aecore.explore.classifier import Classifier
from aecore.metrics import BATCH
from aecore.models import ConditionalAutoencoder

# Styles of each class that a classifier reads.
SAMPLES = 500


class Decoder(Protocol):
    """What makes pictures (B, 1, 28, 28) of codes (B, d)."""

    def decode(self, z: Tensor) -> Tensor: ...


class Obedient(Protocol):
    """What is told classes (B,) and then decodes: a conditional VAE, or a conditional GAN."""

    device: torch.device

    def given(self, labels: Tensor) -> Decoder: ...


@torch.inference_mode()
def codes(model: ConditionalAutoencoder, split: Split) -> Tensor:
    """The means of q(z|x, y) of the pictures of a split, each given its own class: (N, d)."""
    parts = []
    for start in range(0, len(split), BATCH):
        part = split.take(slice(start, start + BATCH)).to(model.device)
        parts.append(model.given(part.labels).encode(part.pictures()).float().cpu())
    return torch.cat(parts)


@torch.inference_mode()
def under_each_class(model: Obedient, z: Tensor) -> Tensor:
    """Each style of z (n, d) decoded as the ten classes: (n, 10, 28, 28) in [0, 1]."""
    z = z.to(model.device)
    labels = torch.arange(CLASSES, device=z.device).repeat(len(z))
    pictures = model.given(labels).decode(z.repeat_interleave(CLASSES, 0))
    return pictures.view(len(z), CLASSES, 28, 28).cpu()


def drawn(model: Obedient, count: int, generator: Generator) -> Tensor:
    """Styles of the prior N(0, I): (count, d)."""
    return torch.randn(count, model.config.latent_dim, generator=generator)


def obedience(model: Obedient, reader: Classifier, count: int = SAMPLES, seed: int = 0) -> Tensor:
    """What a classifier reads in ``count`` styles drawn from the prior, each under every class.

    Returns (10, 10) int64: in row y, how many of the pictures that were asked to be y are read as
    each class. Its diagonal is what was obeyed.
    """
    z = drawn(model, count, Generator().manual_seed(seed))
    pictures = under_each_class(model, z).transpose(0, 1).reshape(-1, 1, 28, 28)
    read = reader.probabilities(pictures).argmax(1)
    asked = torch.arange(CLASSES).repeat_interleave(count)
    return torch.bincount(CLASSES * asked + read, minlength=CLASSES**2).view(CLASSES, CLASSES)
