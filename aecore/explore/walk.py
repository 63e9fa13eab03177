"""Walking from one code to another, and from one picture to another without a code.

    straight      z(t) = (1 − t) a + t b
    spherical     z(t) = r(t) (cos(t ω) u + sin(t ω) w),   r(t) = (1 − t) |a| + t |b|
    cross-fade    x(t) = (1 − t) x + t y

u is the direction of a, w the unit vector orthogonal to u in the plane of a and b, on the side
of b, and ω the angle between a and b. This is the slerp of Shoemake (1985), "Animating rotation
with quaternion curves": the direction turns at a constant speed; where the norms differ, the
norm changes at a constant speed too. White (2016), "Sampling generative networks", takes it for
codes: those of a normal prior in d dimensions lie on a shell of radius about √d, which the
straight line between two of them leaves.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Sine of the angle below which two directions count as parallel, or opposite.
PARALLEL = 1e-6


def times(steps: int) -> Tensor:
    """t of each step: (steps,) float64 from 0 to 1. Raises ValueError for less than two."""
    if steps < 2:
        raise ValueError(f"a walk has two ends at least, not {steps}")
    return torch.linspace(0, 1, steps, dtype=torch.float64)


def straight(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """Along the line from a (d,) to b (d,): (steps, d) float32, both ends included."""
    return _mix(a, b, steps)


def cross_fade(x: Tensor, y: Tensor, steps: int) -> Tensor:
    """From picture x to y (1, 28, 28), pixel by pixel: (steps, 1, 28, 28) float32."""
    return _mix(x, y, steps)


def spherical(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """Around the origin from a (d,) to b (d,): (steps, d) float32, both ends included.

    Straight where no angle is defined: if one of them is zero or both have one direction, and
    in one dimension. Between opposite directions every half circle is as short: the one through
    the axis that a is least along is taken.
    """
    a, b = a.double(), b.double()
    turn = _turn(a, b)
    if turn is None:
        return _mix(a, b, steps)
    u, w, angle = turn
    t = times(steps)[:, None]
    norm = (1 - t) * a.norm() + t * b.norm()
    return (norm * ((t * angle).cos() * u + (t * angle).sin() * w)).float()


def ink_fullness(x: Tensor) -> Tensor:
    """How dark ink is where there is some: (B, 1, 28, 28) in [0, 1] → (B,) in [0, 1].

    Σ x² / Σ x, the mean grey of the ink: 1 if every pixel is empty or full, a half where two
    digits that share no pixel lie over each other at half strength; 0 without ink.
    """
    ink = x.flatten(1)
    return ink.square().sum(1) / ink.sum(1).clamp_min(1e-12)


def _mix(a: Tensor, b: Tensor, steps: int) -> Tensor:
    t = times(steps).view(-1, *[1] * a.ndim)
    return ((1 - t) * a.double() + t * b.double()).float()


def _turn(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor] | None:
    """The unit vectors u and w and the angle from a to b, in radians; None if there is none."""
    if a.norm() == 0 or b.norm() == 0:
        return None
    u, v = a / a.norm(), b / b.norm()
    cosine = u @ v
    across = v - cosine * u
    if across.norm() >= PARALLEL:
        return u, across / across.norm(), torch.atan2(across.norm(), cosine)
    if cosine > 0 or len(u) == 1:
        return None
    k = int(u.abs().argmin())
    across = torch.eye(len(u), dtype=u.dtype)[k] - u[k] * u
    return u, across / across.norm(), torch.tensor(torch.pi, dtype=u.dtype)
