"""What the two players of a GAN minimise: one game a file, with its formula at the top."""

from __future__ import annotations

import sys
from types import ModuleType

from aecore.gan.games.boundary_equilibrium import BoundaryEquilibrium
from aecore.gan.games.game import Critic, Game, Terms
from aecore.gan.games.gradient_penalty import GradientPenalty
from aecore.gan.games.least_squares import LeastSquares
from aecore.gan.games.minimax import Minimax
from aecore.gan.games.non_saturating import NonSaturating
from aecore.gan.games.spectral import Spectral
from aecore.gan.games.wasserstein import Wasserstein

__all__ = ["FAMILIES", "Critic", "Game", "Terms", "module_of"]

# In the order of the course.
FAMILIES: dict[str, type[Game]] = {
    "minimax": Minimax,
    "non-saturating": NonSaturating,
    "least-squares": LeastSquares,
    "wasserstein": Wasserstein,
    "gradient-penalty": GradientPenalty,
    "spectral": Spectral,
    "boundary-equilibrium": BoundaryEquilibrium,
}


def module_of(family: type[Game]) -> ModuleType:
    """The file of a game."""
    return sys.modules[family.__module__]
