"""How well models restore corrupted pictures, always against the clean ones.

The corrupted picture is what a model sees and the clean one what it is compared with, whether
or not it was trained for that (Vincent et al., 2008): the course's exercise on the noise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aecore.config import PIXELS
from aecore.corruption import corrupt
from aecore.metrics import BATCH, psnr, ssim
from aecore.models import Autoencoder
from aecore.pca import PCAReference

# From corrupted to restored pictures, both (B, 1, 28, 28).
Restorer = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Quality:
    """Means over pictures at one level of corruption: MSE a pixel, PSNR in dB, SSIM."""

    level: float
    mse: float
    psnr: float
    ssim: float


def by_model(model: Autoencoder) -> Restorer:
    """Encode and decode; pictures stay on the CPU."""
    return lambda x: model.decode(model.encode(x.to(model.device))).float().cpu()


def by_pca(reference: PCAReference, d: int) -> Restorer:
    """Project on the first d principal components."""
    mean = torch.from_numpy(reference.mean)
    components = torch.from_numpy(reference.components[:d])
    return lambda x: (((x.flatten(1) - mean) @ components.T) @ components + mean).view(x.shape)


def nothing(x: Tensor) -> Tensor:
    """What is left without any model: the corrupted picture itself."""
    return x


@torch.inference_mode()
def quality(
    restore: Restorer, x: Tensor, kind: str, levels: Sequence[float], seed: int = 0
) -> list[Quality]:
    """Restore x (N, 1, 28, 28) at each level of a corruption and compare with x itself.

    Every restorer gets the same corrupted pictures for the same seed; what it returns is
    clipped to [0, 1], as it would be shown.
    """
    rows = []
    for level in levels:
        generator = Generator().manual_seed(seed)
        sums = torch.zeros(3, dtype=torch.float64)
        for start in range(0, len(x), BATCH):
            clean = x[start : start + BATCH]
            restored = restore(corrupt(clean, kind, level, generator)).clamp(0, 1)
            mse = (restored - clean).square().flatten(1).sum(1) / PIXELS
            found = (mse, psnr(restored, clean), ssim(restored, clean))
            sums += torch.stack([value.double().sum() for value in found])
        rows.append(Quality(level, *(sums / len(x)).tolist()))
    return rows
