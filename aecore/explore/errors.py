"""What is lost between a picture and its reconstruction, for models and for PCA alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.metrics import psnr
from aecore.models import Autoencoder
from aecore.pca import PCAReference


@dataclass(frozen=True)
class Restored:
    """Pictures that went through a code and came back.

    pictures: (B, 28, 28) float32, not clipped to [0, 1]; errors: (B, 28, 28), x̂ − x; mse: (B,), a
    pixel; psnr: (B,), in dB.
    """

    pictures: np.ndarray
    errors: np.ndarray
    mse: np.ndarray
    psnr: np.ndarray


@torch.inference_mode()
def by_model(model: Autoencoder, x: Tensor) -> Restored:
    """x (B, 1, 28, 28) through a model; a VAE decodes the mean of its posterior."""
    return _compare(x, model.decode(model.encode(x.to(model.device))).float().cpu())


def by_pca(reference: PCAReference, x: Tensor, d: int) -> Restored:
    """x (B, 1, 28, 28) through the first d components."""
    codes = reference.transform(x.flatten(1).numpy(), d)
    return _compare(x, torch.from_numpy(reference.inverse_transform(codes)).float().view_as(x))


def _compare(x: Tensor, restored: Tensor) -> Restored:
    errors = restored - x
    return Restored(
        pictures=restored.squeeze(1).numpy(),
        errors=errors.squeeze(1).numpy(),
        mse=errors.square().flatten(1).mean(1).numpy(),
        psnr=psnr(restored, x).numpy(),
    )


def error_limit(all_restored: Sequence[Restored]) -> int:
    """Where a common scale of errors ends, in grey values of 255: a multiple of ten that 99 % of
    the errors stay below."""
    sizes = np.concatenate([np.abs(restored.errors).ravel() for restored in all_restored])
    return max(10, int(np.ceil(np.quantile(sizes, 0.99) * 25.5)) * 10)
