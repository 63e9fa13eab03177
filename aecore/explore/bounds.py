"""How likely a VAE finds pictures: bounds on log p(x) that more draws make tighter.

    L_k = E log (1/k Σ_i w_i),   w_i = p(x|z_i) p(z_i) / q(z_i|x),   z_i ~ q(z|x)

L_1 is the ELBO; with k in the thousands L_k is what papers call the log-likelihood (Burda et al.,
2016). It stays a bound from below, in the mean over draws.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aecore import likelihood
from aecore.models import VariationalAutoencoder
from aecore.models.importance import log_mean, log_weights

# Codes decoded at once.
BATCH = 5000
PICTURES = 100


@torch.inference_mode()
def bounds(
    model: VariationalAutoencoder, x: Tensor, draws: Sequence[int], generator: Generator
) -> Tensor:
    """L_k of each picture for each k of ``draws``, rising: x (N, 1, 28, 28) → (len(draws), N).

    In nats, of the likelihood that the model was trained with. The first k of the same draws serve
    for each k. generator: on the device of the model.
    """
    parts = []
    for start in range(0, len(x), PICTURES):
        batch = x[start : start + PICTURES].to(model.device)
        total = torch.full((len(batch),), -torch.inf, device=model.device)
        rows = []
        for last, k in itertools.pairwise((0, *draws)):
            for done in range(last, k, BATCH // PICTURES):
                count = min(BATCH // PICTURES, k - done)
                log_w, _, _ = log_weights(model, batch, batch, count, generator)
                total = torch.logaddexp(total, torch.logsumexp(log_w, 0))
            rows.append(total - math.log(k))
        parts.append(torch.stack(rows).cpu())
    return torch.cat(parts, 1)


@dataclass(frozen=True)
class Draws:
    """Draws of q(z|x) of one picture, and what each counts in the bound.

    log_w: (N,), log p(x|z) p(z) / q(z|x), in nats; pictures: (n, 1, 28, 28) in [0, 1], what the
    first n of them decode to.
    """

    log_w: Tensor
    pictures: Tensor


@torch.inference_mode()
def draw(
    model: VariationalAutoencoder, x: Tensor, count: int, shown: int, generator: Generator
) -> Draws:
    """Draw ``count`` codes for x (1, 1, 28, 28) and keep the pictures of the first ``shown``.

    generator: on the device of the model.
    """
    x = x.to(model.device)
    log_w, pictures = [], []
    for done in range(0, count, BATCH):
        part, decoded, _z = log_weights(model, x, x, min(BATCH, count - done), generator)
        log_w.append(part[:, 0].cpu())
        if done < shown:
            pixels = likelihood.picture(decoded[: shown - done].float(), linear=model.linear)
            pictures.append(pixels.view(-1, 1, 28, 28).cpu())
    return Draws(torch.cat(log_w), torch.cat(pictures))


def bound_of(log_w: Tensor, draws: int) -> Tensor:
    """L_k of each group of k = ``draws`` of the draws, N // k of them: log_w (N,) → (N // k,)."""
    groups = len(log_w) // draws
    return log_mean(log_w[: groups * draws].view(groups, draws).T)


def effective_draws(log_w: Tensor) -> float:
    """How many equal weights would say as much: (Σ w)² / Σ w² of log_w (k,), from 1 to k."""
    return 1 / log_w.softmax(0).square().sum().item()
