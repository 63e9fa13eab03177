"""Which units of a code are active, how often, and how strongly: what sparsity is about.

A unit that hardly changes over all pictures says nothing of them: it is dead. Sparse is a code of
which every unit is active for some pictures and few units for each.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from aecore.explore.weights import SILENT
from aecore.models.penalties.activity import kl_to_rho


@dataclass(frozen=True)
class Activity:
    """What the units do over many pictures.

    mean: (d,), ρ̂, the mean of each unit; size: (d,), the mean of |z_j| over the root mean square
    of all values; active: (d,), the share of pictures for which |z_j| is more than a tenth of the
    standard deviation of all values; zero: the share of values that are exactly 0; near_zero: of
    those that are not active; active_a_picture: how many units are active on average; dead: how
    many never change by more than that tenth.
    """

    mean: Tensor
    size: Tensor
    active: Tensor
    zero: float
    near_zero: float
    active_a_picture: float
    dead: int


def activity(codes: Tensor) -> Activity:
    """Of codes (N, d)."""
    z = codes.float()
    threshold = SILENT * float(z.double().std(correction=0))
    is_active = z.abs() > threshold
    active = is_active.float().mean(0)
    scale = z.square().mean().sqrt().clamp_min(1e-12)
    return Activity(
        mean=z.mean(0),
        size=z.abs().mean(0) / scale,
        active=active,
        zero=float((z == 0).float().mean()),
        near_zero=1 - float(active.double().mean()),
        active_a_picture=float(active.double().sum()),
        dead=int((z.amax(0) - z.amin(0) <= threshold).sum()),
    )


def kl_over_the_set(codes: Tensor, rho: float) -> float:
    """Σ_j KL(ρ ‖ ρ̂_j) with ρ̂ the mean over all codes (N, d) in [0, 1], in nats: exact."""
    return float(kl_to_rho(rho, codes.double().mean(0)).sum())


def kl_over_batches(codes: Tensor, rho: float, batch: int = 128) -> float:
    """The same with the mean of each batch, averaged over the batches: what training sees.

    The KL is convex, so it is never less than that of the whole set. The last batch may be smaller
    and counts for less.
    """
    parts = [len(part) * kl_over_the_set(part, rho) for part in codes.split(batch)]
    return sum(parts) / len(codes)
