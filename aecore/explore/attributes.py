"""Attributes that can be measured on a digit, the directions of code space along which they
change, and arithmetic on codes.

The attributes are those of Castro, Tan, Kainz, Konukoglu and Glocker (2019), "Morpho-MNIST",
each from sums over the grey pixels, so that no threshold decides what ink is. Pixels are in
[0, 1], and an attribute of a picture without ink is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# Share of the mean variance of the codes that is added to each: units that never change count
# for nothing.
RIDGE = 1e-4


def slant(x: Tensor) -> Tensor:
    """How far the strokes lean to the right of upright: (B, 1, 28, 28) → (B,) in degrees.

    The shear that takes the covariance of the ink's columns and rows away,
    arctan(−μ₁₁ / μ₀₂) with rows counted downwards.
    """
    _xx, yy, xy = _moments(x)
    return torch.rad2deg(torch.atan2(-xy, yy)).where(yy > 0, 0.0)


def thickness(x: Tensor) -> Tensor:
    """The width of the strokes: (B, 1, 28, 28) → (B,) in pixels.

    The shorter side of the rectangle that has the area A and the perimeter P of the ink,
    (p − √(p² − 4 A)) / 2 with p = P / 2; half of p for ink that is rounder than any rectangle.
    P is the total variation of the picture, by the coarea formula the mean over all
    thresholds of the outline's length. Strokes of 3 pixels or more are measured to within 6 %,
    of 2 to within 15 %, whatever their direction; thinner ones look wider, rings by up to 12 %.
    """
    area = x.sum((1, 2, 3))
    half = _variation(x) / 2
    return (half - (half.square() - 4 * area).clamp_min(0).sqrt()) / 2


def size(x: Tensor) -> Tensor:
    """How far the ink spreads: (B, 1, 28, 28) → (B,) in pixels.

    The radius of gyration, the root mean square distance of the ink from its centre. Neither
    height nor width would do: MNIST scales every digit until its longer side has 20 pixels, so
    that the size in which it was written is lost, and what is left is how much it spreads.
    """
    xx, yy, _xy = _moments(x)
    return (xx + yy).sqrt()


ATTRIBUTES = {"slant": slant, "thickness": thickness, "size": size}


def measure(x: Tensor) -> Tensor:
    """Slant, thickness and size of pictures: (B, 1, 28, 28) → (B, 3)."""
    return torch.stack([attribute(x) for attribute in ATTRIBUTES.values()], 1)


def _moments(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The variance of the ink's columns, that of its rows, and their covariance: (B,) each."""
    ink = x.squeeze(1)
    at = torch.arange(ink.shape[-1], dtype=ink.dtype, device=ink.device)
    mass = ink.sum((1, 2))
    share = ink / mass.clamp_min(1e-12)[:, None, None]
    columns, rows = share.sum(1), share.sum(2)
    dx = at - (columns @ at)[:, None]
    dy = at - (rows @ at)[:, None]
    xy = ((share @ dx[:, :, None]).squeeze(2) * dy).sum(1)
    return (columns * dx.square()).sum(1), (rows * dy.square()).sum(1), xy


def _variation(x: Tensor) -> Tensor:
    """The isotropic total variation: (B, 1, 28, 28) → (B,).

    The gradient is taken in the middle of each square of four pixels, as the mean of the two
    differences along the columns and of the two along the rows.
    """
    framed = torch.nn.functional.pad(x.squeeze(1), (1, 1, 1, 1))
    right, down = framed.diff(dim=2), framed.diff(dim=1)
    across = (right[:, :-1] + right[:, 1:]) / 2
    along = (down[:, :, :-1] + down[:, :, 1:]) / 2
    return (across.square() + along.square()).sqrt().sum((1, 2))


@dataclass(frozen=True)
class Directions:
    """Directions of code space, one an attribute.

    vectors: (k, d), the code moved by s times a row is predicted to have s standard deviations
    more of its attribute; deviation: (k,), of the attribute, within the classes if they were
    told apart; r2: (k,), the share of its variance that the codes predict linearly, of
    pictures that the regression has not seen (below 0: worse than the mean).
    """

    vectors: Tensor
    deviation: Tensor
    r2: Tensor


def directions(codes: Tensor, values: Tensor, labels: Tensor | None = None) -> Directions:
    """Regress attributes on codes, and say where to move a code for more of each.

    codes: (N, d); values: (N, k); labels: (N,), if given only differences within a class count
    (each is centred first), so that more of an attribute is not another digit.

    The attribute s, standardised, is predicted as wᵀz, with w = (Σ + λ I)⁻¹ cov(z, s), ridge
    regression. Of all moves v with wᵀv = 1 the one taken is Σ w / (wᵀ Σ w), how codes do differ
    when the prediction does (Haufe et al., 2014, "On the interpretation of weight vectors");
    w itself would also lead where no codes are. Directions of several attributes are not made
    orthogonal: moving along one may change another.
    """
    z, s = codes.double(), values.double()
    if labels is not None:
        z, s = _within(z, labels), _within(s, labels)
    z, s = z - z.mean(0), s - s.mean(0)
    deviation = s.std(0, correction=0)
    s = s / deviation.clamp_min(1e-12)
    weights = _ridge(z, s)
    predicted = z @ weights
    vectors = z.T @ predicted / predicted.square().sum(0).clamp_min(1e-12)
    return Directions(vectors.T.float(), deviation.float(), _unseen_r2(z, s).float())


def _ridge(z: Tensor, s: Tensor) -> Tensor:
    """The weights (d, k) that predict s (N, k) from z (N, d), both centred."""
    covariance = z.T @ z / len(z)
    penalty = RIDGE * covariance.diagonal().mean().clamp_min(1e-12)
    eye = torch.eye(len(covariance), dtype=z.dtype)
    return torch.linalg.solve(covariance + penalty * eye, z.T @ s / len(z))


def _unseen_r2(z: Tensor, s: Tensor) -> Tensor:
    """R² (k,) of each half of the pictures, even and odd, predicted from the other."""
    even = torch.arange(len(z)) % 2 == 0
    residual = torch.empty_like(s)
    for part in (even, ~even):
        residual[part] = s[part] - z[part] @ _ridge(z[~part], s[~part])
    return 1 - residual.square().sum(0) / s.square().sum(0).clamp_min(1e-12)


def _within(values: Tensor, labels: Tensor) -> Tensor:
    """Values (N, k) less the mean of their class."""
    classes = labels.unique()
    return values - class_means(values, labels)[torch.searchsorted(classes, labels)]


def class_means(codes: Tensor, labels: Tensor) -> Tensor:
    """The mean code of each class that occurs, in the order of the classes: (C, d)."""
    return torch.stack([codes[labels == c].mean(0) for c in labels.unique()])


def arithmetic(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """a − b + c, each (d,): c, changed as a differs from b (Mikolov et al., 2013, for words;
    Radford et al., 2016, for pictures)."""
    return a - b + c


def nearest(codes: Tensor, z: Tensor) -> int:
    """The index of the code among (N, d) that is nearest to z (d,), by Euclidean distance."""
    return int((codes - z).square().sum(1).argmin())
