"""Distributions that an adversarial autoencoder can be made to follow, drawn from and nothing else.

    gaussian     N(0, I), in any dimension
    mixture      ten Gaussians on a circle in the plane, each drawn out along its radius
    swiss-roll   a spiral in the plane, with a little noise across

The last two are those of Makhzani et al. (2016), figure 4. With classes given, each class has one
of the ten Gaussians, or one tenth of the roll.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from aecore.config import CLASSES

# Of the circle of Gaussians, and of each along its radius and across.
RADIUS, ALONG, ACROSS = 3.0, 0.7, 0.2
# Of the roll: turns, radius at its end, noise.
TURNS, REACH, WIDTH = 2.0, 4.0, 0.15


def draw(
    prior: str, count: int, latent_dim: int, generator: Generator, labels: Tensor | None = None
) -> Tensor:
    """(count, d), on the generator's device; labels: (count,) int64, or None for any class.

    Raises ValueError for an unknown prior.
    """
    device = generator.device
    noise = torch.randn(count, latent_dim, generator=generator, device=device)
    if prior == "gaussian":
        return noise
    if labels is None:
        labels = torch.randint(CLASSES, (count,), generator=generator, device=device)
    if prior == "mixture":
        angle = 2 * math.pi * labels / CLASSES
        along, across = RADIUS + ALONG * noise[:, 0], ACROSS * noise[:, 1]
        x = along * angle.cos() - across * angle.sin()
        return torch.stack([x, along * angle.sin() + across * angle.cos()], 1)
    if prior == "swiss-roll":
        share = (labels + torch.rand(count, generator=generator, device=device)) / CLASSES
        # The root makes equal shares of the roll about equally long.
        turned = 2 * math.pi * TURNS * (0.05 + 0.95 * share).sqrt()
        radius = REACH * turned / (2 * math.pi * TURNS)
        spiral = torch.stack([radius * turned.cos(), radius * turned.sin()], 1)
        return spiral + WIDTH * noise
    raise ValueError(f"unknown prior {prior!r}")
