"""A prior over the codes of a VQ-VAE: each place of a map is guessed from those before it.

    p(k | y) = Π_i p(k_i | k_1 … k_{i−1}, y)        i: the places of the map, row after row
    loss = −log p(k | y)                            y: the class of the digit, 0 to 9

Any distribution over maps can be written so; here one network gives all factors at once. Place i
is given the class, the vectors of the codes before it and where it is, and looks back at what it
needs by masked self-attention, which never sees place i itself or what follows. To draw a map, draw
k_1, then k_2 given k_1, and so on.

Van den Oord, Kalchbrenner and Kavukcuoglu (2016), "Pixel recurrent neural networks", equation 1,
and van den Oord, Vinyals and Kavukcuoglu (2017), section 3.3, for a prior of codes; the network is
the decoder of Vaswani et al. (2017), "Attention is all you need".
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from aecore.config import CLASSES, PriorConfig

HEADS = 4


class Block(nn.Module):
    """Every place looks at itself and at the places before it, then thinks for itself:
    (B, places, width) → the same."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.look = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 3 * width))
        self.seen = nn.Linear(width, width)
        self.think = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, h: Tensor) -> Tensor:
        b, places, width = h.shape
        query, key, value = (
            part.view(b, places, HEADS, -1).transpose(1, 2) for part in self.look(h).chunk(3, 2)
        )
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        h = h + self.seen(seen.transpose(1, 2).reshape(b, places, width))
        return h + self.think(h)


class CodePrior(nn.Module):
    """p(k | y) for maps k (B, side, side) int64 below K and classes y (B,) int64."""

    def __init__(self, config: PriorConfig) -> None:
        super().__init__()
        self.config = config
        k, places, width = config.num_embeddings, config.side**2, config.width
        self.code = nn.Embedding(k, width)
        self.given = nn.Embedding(CLASSES, width)
        self.place = nn.Parameter(torch.randn(places, width))
        self.blocks = nn.Sequential(*(Block(width) for _ in range(config.layers)))
        self.guess = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, k))

    def logits(self, maps: Tensor, labels: Tensor) -> Tensor:
        """log p(k_i | k_<i, y) up to a constant, for every place: (B, places, K)."""
        # What each place is given is the code before it; the first is given the class.
        before = torch.cat([self.given(labels)[:, None], self.code(maps.flatten(1)[:, :-1])], 1)
        return self.guess(self.blocks(before + self.place[: before.shape[1]]))

    def nats(self, maps: Tensor, labels: Tensor) -> Tensor:
        """−log p(k | y) of each map: (B,)."""
        logits = self.logits(maps, labels).transpose(1, 2)
        return F.cross_entropy(logits, maps.flatten(1), reduction="none").sum(1)

    def nats_of_any_class(self, maps: Tensor) -> Tensor:
        """−log p(k) = −log Σ_y p(k | y) / 10 of each map: (B,)."""
        every = [self.nats(maps, torch.full((len(maps),), y)) for y in range(CLASSES)]
        return math.log(CLASSES) - torch.stack([-nats for nats in every]).logsumexp(0)

    @torch.inference_mode()
    def sample(self, labels: Tensor, generator: Generator, temperature: float = 1.0) -> Tensor:
        """A map of each class (B,), place by place: (B, side, side) int64.

        temperature: above 0; the guesses are raised to 1 / temperature before each draw.
        """
        side = self.config.side
        maps = torch.zeros(len(labels), side * side, dtype=torch.int64)
        for i in range(side * side):
            guess = (self.logits(maps, labels)[:, i] / temperature).softmax(1)
            maps[:, i] = torch.multinomial(guess, 1, generator=generator)[:, 0]
        return maps.view(-1, side, side)
