"""Corruptions C(x̃|x) of a picture: the input of a denoising autoencoder (Vincent et al., 2008).

Each function takes x (B, 1, 28, 28) in [0, 1], a level and a ``torch.Generator`` of the
same device, and returns a new tensor of the same shape. Every call draws anew.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor


def random_pixels(x: Tensor, p: float, generator: Generator) -> Tensor:
    """A share p of the pixels takes uniform random values in [0, 1] (the course's exercise)."""
    hit = torch.rand(x.shape, generator=generator, device=x.device) < p
    return torch.where(hit, torch.rand(x.shape, generator=generator, device=x.device), x)


def gaussian(x: Tensor, sigma: float, generator: Generator) -> Tensor:
    """x + ε with ε ~ N(0, σ²) on every pixel. Not clipped: values leave [0, 1]."""
    return x + sigma * torch.randn(x.shape, generator=generator, device=x.device)


def masking(x: Tensor, p: float, generator: Generator) -> Tensor:
    """A share p of the pixels is set to 0."""
    return x * (torch.rand(x.shape, generator=generator, device=x.device) >= p)


def salt_pepper(x: Tensor, p: float, generator: Generator) -> Tensor:
    """A share p/2 of the pixels is set to 1 and a share p/2 to 0."""
    u = torch.rand(x.shape, generator=generator, device=x.device)
    return torch.where(u < p / 2, 1.0, torch.where(u < p, 0.0, x))


KINDS = {
    "random": random_pixels,
    "gaussian": gaussian,
    "masking": masking,
    "salt-pepper": salt_pepper,
}


def corrupt(x: Tensor, kind: str, level: float, generator: Generator) -> Tensor:
    """Apply the corruption named ``kind``; ``none`` or level 0 returns x itself."""
    if kind == "none" or level == 0:
        return x
    return KINDS[kind](x, level, generator)
