"""How likely a VAE finds pictures: bounds on log p(x) that more draws make tighter.

    L_k = E log (1/k Σ_i w_i),   w_i = p(x|z_i) p(z_i) / q(z_i|x),   z_i ~ q(z|x)

L_1 is the ELBO; with k in the thousands L_k is what papers call the log-likelihood (Burda et al.,
2016). It stays a bound from below, in the mean over draws.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from aecore.models import VariationalAutoencoder
from aecore.models.importance import log_weights

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
