"""How well samples match a cloud: modes covered, good samples, energy distance.

A sample is good if it lies within three standard deviations of the nearest mode; a mode is covered
if one of 2,500 samples is good and nearest to it: Srivastava, Valkov, Russell, Gutmann and Sutton
(2017, VEEGAN), on the mixtures of Metz, Poole, Pfau and Sohl-Dickstein (2017). As stray samples on
the way from one mode to another would cover a mode by this count, here it is only touched by them,
and covered by a tenth of its fair share.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from aecore.explore.priors import energy_distance

NEAR = 3
FAIR_SHARE = 0.1
# Points that are compared in pairs.
COMPARED = 500


@dataclass(frozen=True)
class Coverage:
    """counts: the good samples of each mode; quality: the share of all that are good, in [0, 1]."""

    counts: tuple[int, ...]
    samples: int

    @property
    def quality(self) -> float:
        return sum(self.counts) / self.samples

    @property
    def touched(self) -> int:
        """Modes with one good sample at least, as in the papers."""
        return sum(count > 0 for count in self.counts)

    @property
    def covered(self) -> int:
        """Modes with a tenth of their fair share of all samples at least."""
        least = FAIR_SHARE * self.samples / len(self.counts)
        return sum(count >= least for count in self.counts)


def coverage(samples: Tensor, modes: Tensor, spread: float) -> Coverage:
    """samples (N, 2), modes (M, 2), each a Gaussian with this standard deviation."""
    distance, nearest = torch.cdist(samples, modes).min(1)
    counts = torch.bincount(nearest[distance <= NEAR * spread], minlength=len(modes))
    return Coverage(tuple(counts.tolist()), len(samples))


def distance_to(samples: Tensor, data: Tensor) -> float:
    """The energy distance of 500 samples and as many data, in the units of the plane."""
    return energy_distance(samples[:COMPARED], data[:COMPARED])
