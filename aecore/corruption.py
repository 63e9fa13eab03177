"""Corruptions C(x̃|x) of a picture: the input of a denoising autoencoder (Vincent et al., 2008).

Each function takes x (B, 1, 28, 28) in [0, 1], a level and a ``torch.Generator`` of the
same device, and returns a new tensor of the same shape. Every call draws anew. To restore a
masked block is in-painting (Pathak et al., 2016), to restore a coarse picture super-resolution
(Dong et al., 2016): the same loss with another corruption.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
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


def block(x: Tensor, p: float, generator: Generator) -> Tensor:
    """A square of the share p of the picture's area, anywhere inside it, is set to 0."""
    height, width = x.shape[-2:]
    side = min(round(math.sqrt(p * height * width)), height)
    free = torch.tensor([height - side, width - side], device=x.device) + 1
    corner = (torch.rand(len(x), 2, generator=generator, device=x.device) * free).long()
    rows = torch.arange(height, device=x.device) - corner[:, :1]  # (B, height)
    columns = torch.arange(width, device=x.device) - corner[:, 1:]
    inside = ((rows >= 0) & (rows < side))[:, :, None] & ((columns >= 0) & (columns < side))[
        :, None
    ]
    return x * ~inside[:, None]


def blur(x: Tensor, sigma: float, generator: Generator) -> Tensor:
    """Convolved with a Gaussian kernel of standard deviation σ in pixels; black around.

    The kernel reaches to three σ and sums to 1. Nothing is random here.
    """
    reach = math.ceil(3 * sigma)
    offset = torch.arange(-reach, reach + 1, device=x.device, dtype=x.dtype)
    kernel = torch.exp(-0.5 * (offset / sigma) ** 2)
    kernel = kernel / kernel.sum()
    across = F.conv2d(x, kernel.view(1, 1, 1, -1), padding=(0, reach))
    return F.conv2d(across, kernel.view(1, 1, -1, 1), padding=(reach, 0))


def low_resolution(x: Tensor, side: float, generator: Generator) -> Tensor:
    """Means over coarse pixels of about ``side`` by ``side``, 28 / side of them each way, drawn
    as squares: side 4 gives 7x7. Nothing is random here."""
    coarse = max(1, round(x.shape[-1] / max(side, 1)))
    return F.interpolate(F.adaptive_avg_pool2d(x, coarse), size=x.shape[-2:], mode="nearest-exact")


KINDS = {
    "random": random_pixels,
    "gaussian": gaussian,
    "masking": masking,
    "salt-pepper": salt_pepper,
    "block": block,
    "blur": blur,
    "low-resolution": low_resolution,
}


def corrupt(x: Tensor, kind: str, level: float, generator: Generator) -> Tensor:
    """Apply the corruption named ``kind``; ``none`` or level 0 returns x itself."""
    if kind == "none" or level == 0:
        return x
    return KINDS[kind](x, level, generator)
