"""The codes that a model gives to pictures, and what it draws for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.data import Split
from aecore.models import Autoencoder, VariationalAutoencoder
from aecore.models.variational import kl_to_standard_normal
from aecore.snapshots import to_uint8


@dataclass(frozen=True)
class CodeSurvey:
    """How the values of a code are used over many pictures.

    low, high: (d,), the range that 98 % of the codes lie in, widened by a half; order: (d,),
    the dimensions by falling KL (VAE) or variance.
    """

    low: np.ndarray
    high: np.ndarray
    order: np.ndarray


def first_of_each_class(split: Split) -> Tensor:
    """The index of the first picture of each class, in the order of the classes."""
    labels = split.labels.cpu()
    return torch.tensor([int((labels == c).nonzero()[0]) for c in labels.unique()])


@torch.inference_mode()
def reconstruct(model: Autoencoder, x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Codes (B, d) float32 and reconstructions (B, 28, 28) uint8 of x (B, 1, 28, 28)."""
    z = model.encode(x.to(model.device))
    return z.float().cpu().numpy(), to_uint8(model.decode(z))


@torch.inference_mode()
def survey(model: Autoencoder, split: Split, count: int = 2000) -> CodeSurvey:
    """Survey the codes of the first ``count`` pictures of a split."""
    x = split.pictures(slice(0, count)).to(model.device)
    codes = model.encode(x).float()
    importance = codes.var(0)
    if isinstance(model, VariationalAutoencoder):
        importance = kl_to_standard_normal(*model.posterior(x)).mean(0)
    low, high = codes.quantile(torch.tensor([0.01, 0.99], device=codes.device), dim=0)
    margin = 0.25 * (high - low).clamp_min(1e-3)
    return CodeSurvey(
        low=(low - margin).cpu().numpy(),
        high=(high + margin).cpu().numpy(),
        order=importance.argsort(descending=True).cpu().numpy(),
    )
