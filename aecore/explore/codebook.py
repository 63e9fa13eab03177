"""What the codes of a VQ-VAE are: how often each is used, where, and what it draws.

A digit is a map of 7 x 7 codes, numbers from 0 to K − 1. Their shares over many digits say how
many of the K are in use: the perplexity, exp of the entropy of the shares (van den Oord, Vinyals
and Kavukcuoglu, 2017); a code that no place of any digit takes is dead. The entropy is also the
bits that a place costs whoever knows the shares (Shannon, 1948).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from threadpoolctl import threadpool_limits
from torch import Generator, Tensor

from aecore.data import Split
from aecore.metrics import BATCH
from aecore.models import QuantizedAutoencoder
from aecore.models.quantized import SIDE, perplexity
from aecore.snapshots import principal_plane

# A place is 4 x 4 pixels of the picture; its window is that and as much again on each side.
STRIDE = 4
WINDOW = 3 * STRIDE


@torch.inference_mode()
def maps_of(model: QuantizedAutoencoder, split: Split) -> Tensor:
    """The codes of all pictures of a split: (N, 7, 7) int64, on the CPU."""
    batches = (slice(i, i + BATCH) for i in range(0, len(split), BATCH))
    # Where cores are busy, threads of a small model wait for each other: many times slower.
    with threadpool_limits(1):
        return torch.cat([model.indices(split.pictures(b).to(model.device)).cpu() for b in batches])


@dataclass(frozen=True, eq=False)
class Usage:
    """How codes are used over N digits.

    shares: (K,), of all places, they sum to 1; windows: (K, 12, 12) in [0, 1], the mean picture in
    the window around the places that took a code, its own 4 x 4 pixels in the middle; 0 beyond the
    edge, and for a dead code.
    """

    shares: Tensor
    windows: Tensor

    @property
    def perplexity(self) -> float:
        """How many codes are in use, 1 to K."""
        return perplexity(self.shares).item()

    @property
    def dead(self) -> Tensor:
        """Which codes no place took: (K,) bool."""
        return self.shares == 0


def usage(maps: Tensor, images: Tensor, k: int) -> Usage:
    """Count the codes of maps (N, 7, 7), K = k of them, of images (N, 28, 28) uint8."""
    counts = torch.bincount(maps.flatten(), minlength=k)
    sums = torch.zeros(k, WINDOW * WINDOW)
    for start in range(0, len(maps), BATCH):
        x = images[start : start + BATCH, None].float() / 255
        windows = F.unfold(x, WINDOW, padding=STRIDE, stride=STRIDE).transpose(1, 2)
        sums.index_add_(0, maps[start : start + BATCH].flatten(), windows.flatten(0, 1))
    return Usage(
        shares=counts / counts.sum(),
        windows=(sums / counts.clamp_min(1)[:, None]).view(k, WINDOW, WINDOW),
    )


def by_place(maps: Tensor, k: int, more: int = 0) -> Tensor:
    """How often each place takes each of K = k codes in maps (N, 7, 7): shares (7, 7, K).

    more: so many of each code are counted besides, so that none is impossible (Laplace's rule
    with 1).
    """
    counts = [torch.bincount(place, minlength=k) + more for place in maps.flatten(1).T]
    return torch.stack(counts).view(SIDE, SIDE, k) / (len(maps) + more * k)


@torch.inference_mode()
def decode(model: QuantizedAutoencoder, maps: Tensor) -> Tensor:
    """What maps (B, 7, 7) draw: (B, 1, 28, 28) in [0, 1], on the CPU."""
    return model.decode(model.vectors(maps.to(model.device))).float().cpu()


@torch.inference_mode()
def alone(model: QuantizedAutoencoder) -> Tensor:
    """What each code draws by itself: the map of a black picture with the code in its middle place,
    decoded; the window around that place, (K, 12, 12) in [0, 1]."""
    middle, k = SIDE // 2, len(model.codebook)
    maps = model.indices(torch.zeros(1, 1, 28, 28, device=model.device)).repeat(k, 1, 1)
    maps[:, middle, middle] = torch.arange(k, device=model.device)
    start = STRIDE * (middle - 1)
    return decode(model, maps)[:, 0, start : start + WINDOW, start : start + WINDOW]


@torch.inference_mode()
def plane(model: QuantizedAutoencoder) -> Tensor:
    """The vectors of the codebook in their first two principal directions: (K, 2)."""
    vectors = model.codebook.detach().float().cpu()
    return principal_plane(vectors).project(vectors)


def changed(map_: Tensor, changes: dict[int, int]) -> Tensor:
    """A map (7, 7) in which some places, numbered row after row from 0, have other codes."""
    flat = map_.flatten().clone()
    for place, code in changes.items():
        flat[place] = code
    return flat.view(map_.shape)


# Ways to choose a map, the prior of ``aecore.models.autoregressive`` beside them.


def uniform(k: int, count: int, generator: Generator) -> Tensor:
    """Each place one of K codes, all alike: (count, 7, 7)."""
    return torch.randint(k, (count, SIDE, SIDE), generator=generator)


def independent(shares: Tensor, count: int, generator: Generator) -> Tensor:
    """Each place a code as often as that place takes it, whatever the others are: (count, 7, 7).

    shares: (7, 7, K), of ``by_place``.
    """
    drawn = torch.multinomial(shares.flatten(0, 1), count, replacement=True, generator=generator)
    return drawn.T.reshape(count, SIDE, SIDE)


# What a map costs to send.


def independent_bits(maps: Tensor, shares: Tensor) -> float:
    """The mean bits of maps (N, 7, 7) for a receiver who knows the shares (7, 7, K) of the codes at
    each place, none 0, and nothing of how places go together."""
    known = shares.flatten(0, 1).double().log2()
    bits = -known.gather(1, maps.flatten(1).T)
    return bits.sum(0).mean().item()
