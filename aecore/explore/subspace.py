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
