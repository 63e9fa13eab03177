"""Latents that collapse onto the prior: they say nothing of the picture, and change nothing in it.

    KL_j = E_x KL(q(z_j|x) ‖ p(z_j))          0 where q(z_j|x) is the prior, whatever x is
    Δ_j  = E_x mean_p (g(μ + r e_j)_p − g(μ − r e_j)_p)²     what z_j changes in the picture

The ELBO pays for every nat of KL_j at once, and for what the decoder makes of it only later: a
latent that is not worth its price early in the training is given up (Bowman et al., 2016; Sønderby
et al., 2016; Kingma et al., 2016). Some are given up rightly: the picture needs no more.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.metrics import BATCH
from aecore.models import VariationalAutoencoder
from aecore.models.variational import kl_to_standard_normal

# A latent with less KL than this counts as collapsed, in nats.
COLLAPSED = 0.01
# Half the way along a latent, in standard deviations of the prior.
REACH = 2.0


@torch.inference_mode()
def kl_of_latents(model: VariationalAutoencoder, x: Tensor) -> Tensor:
    """KL_j over the pictures x (N, 1, 28, 28): (d,), in nats."""
    parts = (kl_to_standard_normal(*model.posterior(p.to(model.device))) for p in x.split(BATCH))
    return sum(kl.sum(0).cpu() for kl in parts) / len(x)


@torch.inference_mode()
def change_in_picture(model: VariationalAutoencoder, x: Tensor, reach: float = REACH) -> Tensor:
    """Δ_j of each latent over the pictures x (B, 1, 28, 28): (d,), squared grey in [0, 1]."""
    mu = model.encode(x.to(model.device))
    found = []
    for j in range(mu.shape[1]):
        step = torch.zeros_like(mu)
        step[:, j] = reach
        found.append((model.decode(mu + step) - model.decode(mu - step)).square().mean())
    return torch.stack(found).cpu()


@torch.inference_mode()
def sweep(model: VariationalAutoencoder, x: Tensor, latent: int, values: Tensor) -> Tensor:
    """The picture x (1, 1, 28, 28) with one latent, 0 to d − 1, at each of values (n,).

    Returns (n, 1, 28, 28) in [0, 1].
    """
    codes = model.encode(x.to(model.device)).repeat(len(values), 1)
    codes[:, latent] = values.to(codes)
    return model.decode(codes).cpu()
