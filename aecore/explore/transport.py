"""How far apart two distributions are: earth moved, against divergences, and their gradients.

On a line of places ``STEP`` apart each distribution is the probability of every place, (n,). It
is handed on as its logarithm (nats), −∞ where there is none, so that a tail too faint for a float
is not taken for an empty place. All of it is computed again in the browser (``transport.js``).

- W₁, the earth mover's distance: the least mean way to carry one onto the other (Kantorovich); on
  a line the area between their cumulative distributions (Villani, 2009, "Optimal Transport: Old
  and New"; Peyré and Cuturi, 2019, "Computational Optimal Transport", remark 2.30). In units of x.
- KL, Jensen–Shannon, total variation: Arjovsky, Chintala and Bottou (2017), "Wasserstein GAN",
  section 2, with ½ in the Jensen–Shannon divergence as in Goodfellow et al. (2014). In nats, and
  total variation in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Places from −REACH to REACH, so far apart, and how far the generator's distribution slides.
STEP = 0.25
REACH = 10.0
SLIDE = 4.0
MEASURES = ("w1", "js", "tv", "kl", "reverse")


def places() -> Array:
    """The places of the line, (81,), rising, in units of x."""
    return STEP * np.arange(-round(REACH / STEP), round(REACH / STEP) + 1)


def _bump(x: Array, middle: float, sigma: float) -> Array:
    return -0.5 * ((x - middle) / sigma) ** 2


def _covered(x: Array, half: float) -> Array:
    """Which share of each place, ``STEP`` wide, lies within ``half`` of 0."""
    return np.clip((half - np.abs(x)) / STEP + 0.5, 0, 1)


# (places relative to the middle, width) → logarithm of what is there, up to a constant.
SHAPES: dict[str, Callable[[Array, float], Array]] = {
    "point": lambda x, width: np.where(np.abs(x) < STEP / 2, 0.0, -np.inf),
    "segment": lambda x, width: _log(_covered(x, width)),
    "gaussian": lambda x, width: _bump(x, 0, 0.6 * width),
    "bumps": lambda x, width: np.logaddexp(
        _bump(x, -1.25 * width, 0.4 * width), _bump(x, 1.25 * width, 0.4 * width)
    ),
}


def _log(values: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.log(values)


def shaped(shape: str, middle: float = 0.0, width: float = 1.0) -> Array:
    """A distribution on the places as the logarithm of its probabilities, (81,).

    shape: one of ``SHAPES``: a point at the middle; a segment from −width to width around it; a
    Gaussian of σ = 0.6 width; two bumps of σ = 0.4 width, 1.25 width to either side.
    """
    log_mass = SHAPES[shape](places() - middle, width)
    return log_mass - np.logaddexp.reduce(log_mass)


def drawn(levels: Array, middle: float = 0.0) -> Array:
    """A distribution drawn as bars: levels (2 k + 1,) ≥ 0 of the places around the middle.

    ValueError where all bars are empty, or the middle is not a place.
    """
    if not np.any(levels > 0):
        raise ValueError("no bar has been drawn")
    reach, first = len(levels) // 2, middle / STEP
    if first != round(first):
        raise ValueError(f"{middle} is between two places")
    mass = np.zeros(len(places()))
    start = len(mass) // 2 + round(first) - reach
    mass[start : start + len(levels)] = levels
    return _log(mass / mass.sum())


def kl(log_p: Array, log_q: Array) -> float:
    """KL(p ‖ q) in nats, ∞ where q has nothing and p has something."""
    there = np.exp(log_p) > 0
    return float(np.sum(np.exp(log_p[there]) * (log_p[there] - log_q[there])))


def jensen_shannon(log_p: Array, log_q: Array) -> float:
    """½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2, in nats: from 0 to log 2."""
    log_m = np.logaddexp(log_p, log_q) - np.log(2)
    return (kl(log_p, log_m) + kl(log_q, log_m)) / 2


def total_variation(log_p: Array, log_q: Array) -> float:
    """½ Σ |p − q|, the largest difference in the probability of any event: from 0 to 1."""
    return float(np.abs(np.exp(log_p) - np.exp(log_q)).sum() / 2)


def earth_moved(log_p: Array, log_q: Array, step: float = STEP) -> float:
    """W₁ in units of x: the area between the two cumulative distributions."""
    return float(np.abs(_cdf_difference(log_p, log_q)).sum() * step)


def _cdf_difference(log_p: Array, log_q: Array) -> Array:
    """P − Q after each place, (n,)."""
    return np.cumsum(np.exp(log_p) - np.exp(log_q))


def measure(log_p: Array, log_q: Array, step: float = STEP) -> dict[str, float]:
    """All ``MEASURES`` of two distributions: ``kl`` is KL(p ‖ q), ``reverse`` KL(q ‖ p)."""
    return {
        "w1": earth_moved(log_p, log_q, step),
        "js": jensen_shannon(log_p, log_q),
        "tv": total_variation(log_p, log_q),
        "kl": kl(log_p, log_q),
        "reverse": kl(log_q, log_p),
    }


def slopes(values: Array, step: float = STEP) -> Array:
    """The derivative of values (n,) at steps apart, by central differences: (n − 2,); not a number
    where a neighbour is infinite, since there is no derivative."""
    with np.errstate(invalid="ignore"):
        found = (values[2:] - values[:-2]) / (2 * step)
    return np.where(np.isfinite(found), found, np.nan)


def plan(log_p: Array, log_q: Array) -> Array:
    """The cheapest plan on a line, (n, n): how much of q's earth goes from place j to place i is
    [i, j]. Its row sums are p, its column sums q.

    The earth furthest left goes furthest left (Villani, 2009; Peyré and Cuturi, 2019, remark 2.28).
    """
    p, q = np.exp(log_p), np.exp(log_q)
    moved = np.zeros((len(p), len(q)))
    i = j = 0
    while i < len(p) and j < len(q):
        mass = min(p[i], q[j])
        moved[i, j] += mass
        p[i] -= mass
        q[j] -= mass
        if p[i] <= q[j]:
            i += 1
        else:
            j += 1
    return moved


def potential(log_p: Array, log_q: Array, step: float = STEP) -> Array:
    """Kantorovich's potential f*, the critic of a Wasserstein GAN: (n,) in units of x.

    1-Lipschitz, with E_p f* − E_q f* = W₁, and 0 at the place in the middle. Its slope is +1 where
    P < Q and −1 where P > Q. Where they agree any slope will do: that of the last place to the left
    where they do not is kept (of the first to the right at the left end).
    """
    ahead = _cdf_difference(log_p, log_q)[:-1]
    slope = np.where(np.abs(ahead) > 1e-12, -np.sign(ahead), 0)
    told = np.flatnonzero(slope)
    if len(told):
        kept = np.where(slope != 0, np.arange(len(slope)), told[0])
        slope = slope[np.maximum.accumulate(kept)]
    f = np.concatenate([[0], np.cumsum(slope) * step])
    return f - f[len(f) // 2]


def discriminator(log_p: Array, log_q: Array) -> Array:
    """D*(x) = p / (p + q), the best that the discriminator of a GAN can be: (n,) in [0, 1], not a
    number where there is neither (Goodfellow et al., 2014, proposition 1)."""
    with np.errstate(invalid="ignore"):
        return np.exp(log_p - np.logaddexp(log_p, log_q))


class NoInk(ValueError):
    """A picture is all black, and no distribution."""


def two_clouds(points: int, seed: int) -> tuple[Array, Array]:
    """Points of a ring and of a round cloud beside it, (points, 2) each, in units of the plane."""
    random = np.random.default_rng(seed)
    angle = random.uniform(0, 2 * np.pi, points)
    radius = random.normal(1.2, 0.12, points)
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return ring, random.normal(0, 0.5, (points, 2))


def pooled_ink(pixels: NDArray, block: int = 2) -> tuple[Array, Array]:
    """A picture's ink (H, W) ≥ 0 as a distribution: where there is some, (m, 2) in pixels (row and
    column of the middles of square blocks), and how much, (m,) with sum 1.

    NoInk for a picture that is all black.
    """
    height, width = (side // block for side in pixels.shape)
    blocks = pixels.astype(np.float64).reshape(height, block, width, block).sum((1, 3))
    if not blocks.any():
        raise NoInk
    at = np.argwhere(blocks > 0)
    mass = blocks[blocks > 0]
    return block * (at + 0.5), mass / mass.sum()


def earth_moved_in_plane(a: Array, p: Array, b: Array, q: Array) -> float:
    """W₁ between masses p (m,) at points a (m, 2) and q (n,) at b (n, 2), in the points' units.

    The linear programme of Kantorovich (Peyré and Cuturi, 2019, equation 2.11) with the Euclidean
    distance: m n unknowns.
    """
    from scipy.optimize import linprog
    from scipy.sparse import eye, kron, vstack

    cost = np.linalg.norm(a[:, None] - b[None], axis=-1)
    rows, columns = np.ones((1, len(a))), np.ones((1, len(b)))
    sums = vstack([kron(eye(len(a)), columns), kron(rows, eye(len(b)))]).tocsr()
    return float(linprog(cost.ravel(), A_eq=sums, b_eq=np.concatenate([p, q])).fun)


def pixel_error(a: NDArray, b: NDArray, right: int) -> float:
    """The mean squared error of pictures (H, W) in [0, 1], b moved by so many pixels to the right
    over black: the mean over the H x W pixels of one picture, whatever leaves it."""
    room = np.zeros((a.shape[0], a.shape[1] + 2 * abs(right)))
    first, second = room.copy(), room
    first[:, abs(right) : abs(right) + a.shape[1]] = a
    second[:, abs(right) + right : abs(right) + right + b.shape[1]] = b
    return float(((first - second) ** 2).sum() / a.size)


def by_shift(a: NDArray, b: NDArray, shifts: Sequence[int]) -> tuple[list[float], list[float]]:
    """Pictures (H, W) in [0, 1] compared for each shift of b to the right, in pixels: the mean
    squared errors, and W₁ between their inks in pixels. NoInk where one is all black."""
    (at, p), (of, q) = pooled_ink(a), pooled_ink(b)
    earth = [earth_moved_in_plane(at, p, of + np.array([0, shift]), q) for shift in shifts]
    return [pixel_error(a, b, shift) for shift in shifts], earth
