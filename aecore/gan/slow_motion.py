"""Slow motion: one turn of a player, stage by stage, with the lines of the source that ran.

The lines are read from the turn itself, which stands still in ``aecore.gan.algorithm`` between two
stages.
"""

from __future__ import annotations

import inspect
from collections.abc import Generator as Suspended
from dataclasses import dataclass

from aecore.gan import algorithm
from aecore.gan.algorithm import Stage
from aecore.gan.training import CRITIC, GanTrainer

STAGES = {
    "critic": ("data", "samples", "critic-loss", "critic-gradient", "critic-step"),
    "generator": ("generated", "generator-loss", "generator-gradient", "generator-step"),
}


@dataclass(frozen=True)
class Moment:
    """player: whose turn it is; number: of the stage, from 1; lines: (first, last) of ``source``
    that it ran, counted from 0; source: the text of the turn."""

    player: str
    number: int
    stage: Stage
    lines: tuple[int, int]
    source: str


class SlowMotion:
    """The turns of a trainer, ``critic_steps`` of the critic and then one of the generator."""

    def __init__(self, trainer: GanTrainer) -> None:
        self.trainer = trainer
        self.played = 0
        self._begin(CRITIC)

    def _begin(self, player: str) -> None:
        self.player = player
        self.number = 0
        self.line = 0
        self.turn: Suspended[Stage] = self.trainer.turn(player)

    def next(self) -> Moment:
        """Go on to the end of the next stage; after the last of a turn the next turn begins."""
        stage = next(self.turn, None)
        if stage is None:
            self._begin(self._whose_turn())
            stage = next(self.turn)
        text, first = inspect.getsourcelines(_function(self.player))
        here = self.turn.gi_yieldfrom.gi_frame.f_lineno - first
        start = self.line or next(i for i, line in enumerate(text) if line.startswith(") ->")) + 2
        lines = text[start:here]
        # Without the blank lines before and the “yield” that stopped it.
        start += next((i for i, line in enumerate(lines) if line.strip()), 0)
        self.line, self.number = here + 1, self.number + 1
        shown = (min(start, here), max(start, here - 1))
        return Moment(self.player, self.number, stage, shown, "".join(text))

    def _whose_turn(self) -> str:
        if self.player != CRITIC:
            self.played = 0
            return CRITIC
        self.played += 1
        return CRITIC if self.played < self.trainer.critic_steps else "generator"


def _function(player: str):
    return algorithm.critic_turn if player == CRITIC else algorithm.generator_turn
