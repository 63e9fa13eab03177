"""The non-saturating game: the same critic, and a generator whose gradient does not vanish.

    D:  minimise  −log D(x) − log (1 − D(G(z)))
    G:  minimise  −log D(G(z))

Both of G's losses ask for the same and have the same fixed point; this one has its steepest slope
where the critic is sure that a sample is none. Goodfellow et al. (2014), end of section 3.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from aecore.gan.games.game import Critic, Terms
from aecore.gan.games.minimax import Minimax


class NonSaturating(Minimax):
    """The critic's side is that of the minimax game."""

    def generator_terms(self, critic: Critic, fake: Tensor) -> Terms:
        return {"fooling": F.softplus(-critic(fake))}
