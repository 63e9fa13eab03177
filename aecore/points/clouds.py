"""Clouds of points in the plane, all within [-2, 2]: where they are dense, and draws of them.

    ring        eight Gaussians on a circle (Metz et al., 2017)
    grid        twenty-five Gaussians, five by five (Srivastava et al., 2017)
    swiss-roll  a spiral, a plane rolled up and seen from its side
    moons       two half circles that reach into one another
    drawn       a Gaussian around each dot that somebody has painted

A draw is independent of all others, and the same for the same generator.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from sklearn.datasets import make_moons, make_swiss_roll
from torch import Generator, Tensor

from aecore.points.config import PointsConfig

REACH = 2.0
RING_RADIUS, GRID_REACH = 1.5, 1.5
# Of each Gaussian.
SPREAD = {"ring": 0.05, "grid": 0.05, "drawn": 0.04}
# Of the swiss roll and the moons: as many points as are drawn from, and their noise.
KEPT = 20_000
ROLL_NOISE, MOONS_NOISE = 0.4, 0.06

# (count, generator) → (count, 2) points.
Sampler = Callable[[int, Generator], Tensor]


def modes(cloud: str) -> Tensor | None:
    """The centres (M, 2) of a mixture of Gaussians, None for a cloud that is none."""
    if cloud == "ring":
        angle = torch.arange(8) * (2 * math.pi / 8)
        return RING_RADIUS * torch.stack([angle.cos(), angle.sin()], 1)
    if cloud == "grid":
        side = torch.linspace(-GRID_REACH, GRID_REACH, 5)
        return torch.cartesian_prod(side, side)
    return None


def sampler(config: PointsConfig) -> Sampler:
    """What draws points of the cloud, the same for the same generator."""
    if config.cloud in SPREAD:
        centres = torch.tensor(config.dots) if config.cloud == "drawn" else modes(config.cloud)
        return _mixture(centres, SPREAD[config.cloud])
    return _chosen_from(_roll() if config.cloud == "swiss-roll" else _moons())


def _mixture(centres: Tensor, spread: float) -> Sampler:
    def draw(count: int, generator: Generator) -> Tensor:
        index = torch.randint(len(centres), (count,), generator=generator)
        return centres[index] + spread * torch.randn(count, 2, generator=generator)

    return draw


def _chosen_from(points: Tensor) -> Sampler:
    def draw(count: int, generator: Generator) -> Tensor:
        return points[torch.randint(len(points), (count,), generator=generator)]

    return draw


def _roll() -> Tensor:
    """From its side, as Gulrajani et al. (2017) have it; its far end lies at 1.6."""
    points, _along = make_swiss_roll(KEPT, noise=ROLL_NOISE, random_state=0)
    return torch.tensor(points[:, ::2] * (1.6 / (4.5 * math.pi))).float()


def _moons() -> Tensor:
    points, _which = make_moons(KEPT, noise=MOONS_NOISE, random_state=0)
    return torch.tensor((points - [0.5, 0.25]) * 1.2).float()
