"""The k-sparse code: of each code the k largest values are kept, the others become 0.

    z = f(x)        z_j ← z_j if z_j is among the k largest of z, else 0

Makhzani and Frey (2014), "k-Sparse autoencoders". With a small k from the start the units that
lose at first never learn: they die. So k falls in a line from d to its value during the first
part of the training, as in section 4.2.1 of the paper.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class KSparse(nn.Module):
    """z (B, d) → (B, d) with at most k values other than 0 in each row.

    anneal: the share of the training in which k falls from d; ``progress``, in [0, 1], tells how
    much of it has passed.
    """

    def __init__(self, k: int, anneal: float = 0.0) -> None:
        super().__init__()
        self.k = k
        self.anneal = anneal
        self.progress = 1.0

    def k_of(self, d: int) -> int:
        """How many values are kept by now."""
        fallen = min(1.0, self.progress / self.anneal) if self.anneal else 1.0
        return round(d + fallen * (min(self.k, d) - d))

    def forward(self, z: Tensor) -> Tensor:
        k = self.k_of(z.shape[1])
        index = z.topk(k, dim=1, sorted=False).indices
        return torch.zeros_like(z).scatter(1, index, z.gather(1, index))
