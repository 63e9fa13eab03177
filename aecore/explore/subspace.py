"""Which subspace of the picture space a linear model spans, and how far it is from another.

A linear autoencoder trained with the squared error finds the subspace of the first d
principal components, up to an invertible matrix (Baldi and Hornik, 1989); the angles
between the two say how near it is.
"""

from __future__ import annotations

import torch
from torch import Tensor


def principal_angles(a: Tensor, b: Tensor) -> Tensor:
    """The principal angles between the column spaces of a (n, p) and b (n, q): (min(p, q),).

    In degrees, 0 to 90, rising. Björck and Golub (1973): the sines are taken for the small
    angles, whose cosines are 1 to within rounding.
    """
    q_a = torch.linalg.qr(a.double()).Q
    q_b = torch.linalg.qr(b.double()).Q
    if q_a.shape[1] < q_b.shape[1]:
        q_a, q_b = q_b, q_a
    cosines = torch.linalg.svdvals(q_a.T @ q_b).clamp(0, 1)  # falling
    sines = torch.linalg.svdvals(q_b - q_a @ (q_a.T @ q_b)).clamp(0, 1).flip(0)  # rising
    angles = torch.where(cosines.square() < 0.5, cosines.acos(), sines.asin())
    return torch.rad2deg(angles).float()


def turn_onto(a: Tensor, b: Tensor) -> Tensor:
    """The orthogonal matrix R (d, d) that brings a (N, d) nearest to b: min ‖a R − b‖.

    The orthogonal Procrustes problem (Schönemann, 1966). Turning the codes of a VAE changes
    nothing about it: its prior is the same from every side.
    """
    u, _, vh = torch.linalg.svd(a.double().T @ b.double())
    return (u @ vh).to(a.dtype)


def best_mix(a: Tensor, b: Tensor) -> Tensor:
    """The combinations of the columns of a (n, p) that come nearest to those of b (n, q): (n, q).

    min ‖a M − b‖ over all matrices M (p, q), by least squares: the projection of b on the
    subspace that a spans. It is b itself where that subspace holds b.
    """
    q = torch.linalg.qr(a.double()).Q
    return (q @ (q.T @ b.double())).to(b.dtype)


def angles_to(a: Tensor, b: Tensor) -> Tensor:
    """The angle between each column of b (n, q) and the subspace that a (n, p) spans: (q,), in
    degrees, 0 to 90."""
    unit = torch.nn.functional.normalize(b.double(), dim=0)
    inside = best_mix(a, unit)
    away = (unit - inside).norm(dim=0)
    return torch.rad2deg(torch.atan2(away, inside.norm(dim=0))).float()
