"""Pairs of domains between which pictures are translated, and their data, which have no pairs.

A domain takes a digit into its form and knows how to undo that, so that our classifier, which has
seen plain digits only, can read it:

    slant       upright (each digit sheared until its slant is 0) and slanted (until it is 20°)
    thickness   thin (half a pixel rubbed off all around) and thick (half a pixel laid on)
    inversion   white ink on black, and black on white
    kmnist, fashion-mnist    the digits, and the pictures of that set

The two domains of the first three are made of disjoint halves of the training split: no picture is
there in both forms, and a translator never sees where it should have arrived. The test pictures
are there in both, which serves to measure it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from aecore.data import Dataset, Split, load
from aecore.explore import attributes
from aecore.snapshots import to_uint8

SLANT = 20.0
# Slants beyond this are those of digits that are wider than high.
STEEPEST = 45.0
# The brightest that may be left of a digit that is made thinner.
FAINT = 0.1
BATCH = 2000
HALVING_SEED = 0

Change = Callable[[Tensor], Tensor]


def _as_it_is(x: Tensor) -> Tensor:
    return x


@dataclass(frozen=True)
class Domain:
    """form: a digit → the picture of it in this domain; plain: such a picture → one that reads as
    a digit does. Both (B, 1, 28, 28) → the same, in [0, 1]."""

    name: str
    form: Change = _as_it_is
    plain: Change = _as_it_is


@dataclass(frozen=True)
class Pair:
    """Two domains. other: the dataset of the second, where it is another."""

    a: Domain
    b: Domain
    other: str | None = None

    @property
    def domains(self) -> tuple[Domain, Domain]:
        return self.a, self.b


@dataclass(frozen=True, eq=False)
class Sides:
    """The pictures of both domains: those to train on have nothing to do with each other, of the
    test pictures each is there in both forms, unless the datasets are two. source_a, source_b:
    the datasets that they were made of."""

    pair: Pair
    train_a: Split
    train_b: Split
    test_a: Split
    test_b: Split
    source_a: Dataset
    source_b: Dataset


def sheared(x: Tensor, tangent: Tensor) -> Tensor:
    """Pictures (B, 1, 28, 28) leant to the right by tangent (B,), about the row of their ink's
    middle; what is between pixels is interpolated."""
    rows = torch.linspace(-1, 1, 28, device=x.device) * 27 / 28
    ink = x.sum((1, 3))
    middle = (ink * rows).sum(1) / ink.sum(1).clamp_min(1e-12)
    theta = torch.zeros(len(x), 2, 3, device=x.device)
    theta[:, 0, 0] = theta[:, 1, 1] = 1
    # Rows count downwards, so what is below the middle comes from further right.
    theta[:, 0, 1] = tangent
    theta[:, 0, 2] = -tangent * middle
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def leaning(angle: float) -> Change:
    """Digits sheared until their slant (``attributes.slant``) is this angle, in degrees."""

    def form(x: Tensor) -> Tensor:
        own = attributes.slant(x).clamp(-STEEPEST, STEEPEST).deg2rad().tan()
        return sheared(x, math.tan(math.radians(angle)) - own)

    return form


def upright_again(x: Tensor) -> Tensor:
    """Slanted pictures sheared back by 20°, whatever their own slant."""
    return sheared(x, x.new_full((len(x),), -math.tan(math.radians(SLANT))))


def thickened(x: Tensor) -> Tensor:
    """Grey dilation by a square of a pixel and a half: strokes grow by half a pixel all around."""
    return _dilated(x)


def thinned(x: Tensor) -> Tensor:
    """Grey erosion by the same square: strokes lose half a pixel all around, unless nothing would
    be left; then the brightest of the picture is 1 again."""
    thin = eroded(x)
    most = thin.amax((1, 2, 3), keepdim=True)
    return torch.where(most > FAINT, thin / most.clamp_min(FAINT), x)


def eroded(x: Tensor) -> Tensor:
    """What undoes ``thickened`` up to corners."""
    return 1 - _dilated(1 - x)


def _dilated(x: Tensor) -> Tensor:
    """At twice the resolution the largest value of 3x3, then the mean of each pixel's four."""
    fine = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    return F.avg_pool2d(F.max_pool2d(fine, 3, stride=1, padding=1), 2)


def inverted(x: Tensor) -> Tensor:
    """1 − x."""
    return 1 - x


PAIRS: dict[str, Pair] = {
    "slant": Pair(
        Domain("upright", leaning(0)), Domain("slanted", leaning(SLANT), upright_again)
    ),
    "thickness": Pair(
        Domain("thin", thinned, thickened), Domain("thick", thickened, eroded)
    ),
    "inversion": Pair(Domain("plain"), Domain("inverted", inverted, inverted)),
    "kmnist": Pair(Domain("digits"), Domain("kmnist"), "kmnist"),
    "fashion-mnist": Pair(Domain("digits"), Domain("fashion-mnist"), "fashion-mnist"),
}  # fmt: skip


def sides(name: str, data: Dataset) -> Sides:
    """The data of both domains of a pair. Raises DataError where its other dataset is missing."""
    pair = PAIRS[name]
    if pair.other:
        other = load(pair.other)
        halves = data.train, other.train
    else:
        other = data
        order = torch.randperm(len(data.train), generator=Generator().manual_seed(HALVING_SEED))
        middle = len(order) // 2
        halves = data.train.take(order[:middle]), data.train.take(order[middle:])
    return Sides(
        pair,
        *(formed(half, domain) for half, domain in zip(halves, pair.domains, strict=True)),
        formed(data.test, pair.a),
        formed(other.test, pair.b),
        data,
        other,
    )


def formed(split: Split, domain: Domain) -> Split:
    """A split with its pictures in the form of a domain."""
    if domain.form is _as_it_is:
        return split
    parts = [
        domain.form(split.pictures(slice(start, start + BATCH)))
        for start in range(0, len(split), BATCH)
    ]
    return Split(torch.cat([torch.from_numpy(to_uint8(part)) for part in parts]), split.labels)
