"""Ways through the noise of a generator: planes, and lines between two draws.

Draws of N(0, I) with d numbers have norms near √d: nearly all of them lie in a thin shell, and the
origin, though likeliest of all points, is none of them. A straight line between two draws leaves
the shell, an arc stays in it (White, 2016, “Sampling generative networks”; ``aecore.explore.walk``
has both).
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from aecore.gan.model import Gan


def draw(latent_dim: int, count: int, seed: int) -> Tensor:
    """Draws of N(0, I): (count, d); the same seed gives the same."""
    return torch.randn(count, latent_dim, generator=Generator().manual_seed(seed))


def plane(latent_dim: int, seed: int) -> tuple[Tensor, float]:
    """A plane through the origin, and how far to look: axes (2, d), orthonormal, and a reach.

    For d = 2 it is the whole space, to 2.5; for others a random one, a little past the shell of
    radius √d.
    """
    if latent_dim == 2:
        return torch.eye(2), 2.5
    axes = torch.linalg.qr(draw(latent_dim, 2, seed).T).Q.T
    return axes.contiguous(), 1.25 * math.sqrt(latent_dim)


@torch.inference_mode()
def pictures(gan: Gan, z: Tensor, label: int | None = None) -> Tensor:
    """What noise (n, d) becomes, all of one class if there is one: (n, 28, 28) in [0, 1]."""
    z = z.to(gan.device)
    labels = None if label is None else torch.full((len(z),), label, device=gan.device)
    return gan.generate(z, labels)[:, 0].cpu()


@torch.inference_mode()
def nearest(samples: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
    """The training picture nearest to each sample, pixel by pixel.

    samples: (n, 28, 28) in [0, 1]; images: (N, 28, 28) uint8. Returns the indices (n,) and the mean
    squared errors a pixel (n,): a sample that was learned by heart would have nearly 0.
    """
    x, best = samples.flatten(1), torch.full((len(samples),), math.inf)
    index = torch.zeros(len(samples), dtype=torch.long)
    for start in range(0, len(images), 10_000):
        y = images[start : start + 10_000].flatten(1).float().div_(255)
        found, at = torch.cdist(x, y).min(1)
        nearer = found < best
        best[nearer], index[nearer] = found[nearer], at[nearer] + start
    return index, best.square() / x.shape[1]
