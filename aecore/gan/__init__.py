"""Generative adversarial networks. ``build`` makes one from its config.

``config`` says what there is, ``games`` what both players minimise, ``networks`` what they are made
of, ``model`` how they are put together, ``algorithm`` whose turn it is, ``training`` how a run goes
on, ``file`` keeps it.
"""

from __future__ import annotations

from aecore.gan.config import GanConfig
from aecore.gan.games import FAMILIES
from aecore.gan.games.spectral import normalise
from aecore.gan.model import AuxiliaryGan, ConditionalGan, Gan
from aecore.gan.networks import critic, generator
from aecore.models import seeded

__all__ = ["build"]

MODELS = {"none": Gan, "class": ConditionalGan, "auxiliary": AuxiliaryGan}


def build(config: GanConfig, seed: int = 0) -> Gan:
    """A fresh GAN on the CPU; the same config and seed give the same weights."""
    game = FAMILIES[config.game](weight=config.penalty, clip=config.clip, gamma=config.gamma)
    with seeded(seed):
        players = generator(config), critic(config)
        if config.game == "spectral":
            normalise(players[1])
    return MODELS[config.condition](*players, game, config)
