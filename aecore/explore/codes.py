"""The codes that a model gives to pictures, and what it draws for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.data import Split
from aecore.metrics import BATCH
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


def first_of_each_class(split: Split, after: int = 0) -> Tensor:
    """The index of the first picture of each class, in the order of the classes.

    after: how many pictures of each class to pass over.
    """
    labels = split.labels.cpu()
    return torch.tensor([int((labels == c).nonzero()[after]) for c in labels.unique()])


@torch.inference_mode()
def reconstruct(model: Autoencoder, x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Codes (B, d) float32 and reconstructions (B, 28, 28) uint8 of x (B, 1, 28, 28)."""
    z = model.encode(x.to(model.device))
    return z.float().cpu().numpy(), to_uint8(model.decode(z))


@torch.inference_mode()
def encode(model: Autoencoder, split: Split) -> np.ndarray:
    """The codes of all pictures of a split: (N, d) float32; for a VAE the means μ."""
    batches = (slice(i, i + BATCH) for i in range(0, len(split), BATCH))
    parts = [model.encode(split.pictures(b).to(model.device)).float().cpu() for b in batches]
    return torch.cat(parts).numpy()


@torch.inference_mode()
def survey(model: Autoencoder, split: Split, count: int = 2000) -> CodeSurvey:
    """Survey the codes of the first ``count`` pictures of a split."""
    x = split.pictures(slice(0, count)).to(model.device)
    codes = model.encode(x).float()
    importance = codes.var(0)
    if isinstance(model, VariationalAutoencoder):
        importance = kl_to_standard_normal(*model.posterior(x)).mean(0)
    low, high = _range(codes).T
    return CodeSurvey(
        low=low,
        high=high,
        order=importance.argsort(descending=True).cpu().numpy(),
    )


@dataclass(frozen=True)
class Cloud:
    """The codes of many pictures, and the directions in which to look at them.

    codes: (N, d); deviations: (N, d), σ of q(z|x) for a VAE, else None; labels: (N,) uint8;
    mean: (d,), of the codes; directions: (k, d), orthonormal rows by falling variance, their
    principal directions, k at most 64; unit_weight: (d,), what each unit carries: its mean KL in
    nats for a VAE, its variance for the others; direction_weight: (k,), the variance along
    each direction; unit_range: (d, 2) and direction_range: (k, 2), where 98 % of the codes
    lie, widened by a half.
    """

    codes: np.ndarray
    deviations: np.ndarray | None
    labels: np.ndarray
    mean: np.ndarray
    directions: np.ndarray
    unit_weight: np.ndarray
    direction_weight: np.ndarray
    unit_range: np.ndarray
    direction_range: np.ndarray


MAX_DIRECTIONS = 64


@torch.inference_mode()
def cloud(model: Autoencoder, split: Split, count: int | None = None) -> Cloud:
    """The codes of the first ``count`` pictures of a split, all of them unless told."""
    parts, deviations = [], []
    total = len(split) if count is None else min(count, len(split))
    variational = isinstance(model, VariationalAutoencoder)
    for start in range(0, total, BATCH):
        x = split.pictures(slice(start, min(start + BATCH, total))).to(model.device)
        if variational:
            mu, log_var = model.posterior(x)
            parts.append(mu)
            deviations.append(log_var)
        else:
            parts.append(model.encode(x).float())
    z = torch.cat(parts)
    weight = z.var(0)
    if variational:
        weight = kl_to_standard_normal(z, torch.cat(deviations)).mean(0)
    mean = z.mean(0)
    spread, vectors = torch.linalg.eigh((z - mean).T @ (z - mean) / max(1, len(z) - 1))
    k = min(MAX_DIRECTIONS, z.shape[1])
    directions = vectors.T.flip(0)[:k]
    # A direction and its opposite are the same: the sign with more positive weight is taken.
    directions = directions * directions.sum(1, keepdim=True).sign().where(
        directions.sum(1, keepdim=True) != 0, torch.ones(())
    )
    return Cloud(
        codes=z.cpu().numpy(),
        deviations=(torch.cat(deviations) / 2).exp().cpu().numpy() if variational else None,
        labels=split.labels[:total].cpu().numpy().astype(np.uint8),
        mean=mean.cpu().numpy(),
        directions=directions.cpu().numpy(),
        unit_weight=weight.cpu().numpy(),
        direction_weight=spread.flip(0)[:k].clamp_min(0).cpu().numpy(),
        unit_range=_range(z),
        direction_range=_range((z - mean) @ directions.T),
    )


def _range(values: Tensor) -> np.ndarray:
    """(N, k) → (k, 2): the first and the last percentile, widened by a quarter at each end."""
    ordered = values.sort(0).values
    low, high = ordered[int(0.01 * (len(values) - 1))], ordered[int(0.99 * (len(values) - 1))]
    margin = 0.25 * (high - low).clamp_min(1e-3)
    return torch.stack([low - margin, high + margin], 1).cpu().numpy()
