"""Two translators and two critics, and the terms that they minimise.

    G: A → B,   F: B → A,   D_A and D_B tell pictures of A and of B from translations

``cycle`` and ``disco`` say what game they play and how coming back is measured.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from aecore.config import PIXELS
from aecore.gan.games import Game, Terms
from aecore.gan.translation.config import TranslatorConfig
from aecore.gan.translation.networks import Translator


@dataclass(frozen=True)
class Round:
    """What translators make of pictures a and b: their translations, and these brought back.
    Each (B, 1, 28, 28)."""

    ab: Tensor
    aba: Tensor
    ba: Tensor
    bab: Tensor

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Of its four kinds of picture."""
        return tuple(one.name for one in fields(cls))


class Translation(nn.Module):
    """forth: G; back: F; critic_a, critic_b: pictures (B, 1, 28, 28) → (B, …), a number for each,
    or for each of its patches."""

    game: Game

    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__()
        self.config = config
        self.forth, self.back = Translator(config), Translator(config)
        self.critic_a, self.critic_b = self.critic(), self.critic()

    def critic(self) -> nn.Module:
        """A fresh critic of one domain."""
        raise NotImplementedError

    def distance(self, x: Tensor, again: Tensor) -> Tensor:
        """How far what came back is from what left, summed over the pixels: both (B, 1, 28, 28)
        → (B,)."""
        raise NotImplementedError

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @property
    def translators(self) -> list[nn.Parameter]:
        """The weights of G and F."""
        return [*self.forth.parameters(), *self.back.parameters()]

    @property
    def critics(self) -> list[nn.Parameter]:
        """The weights of D_A and D_B."""
        return [*self.critic_a.parameters(), *self.critic_b.parameters()]

    def round(self, a: Tensor, b: Tensor) -> Round:
        """There and back from both sides: a, b (B, 1, 28, 28)."""
        ab, ba = self.forth(a), self.back(b)
        return Round(ab, self.back(ab), ba, self.forth(ba))

    def translator_terms(self, a: Tensor, b: Tensor, made: Round) -> Terms:
        """What G and F minimise together; each (B,) or (B, 49), the mean of which counts."""
        weight = self.config.weight / PIXELS
        fooling = [
            sum(self.game.generator_terms(critic, fake).values())
            for critic, fake in ((self.critic_b, made.ab), (self.critic_a, made.ba))
        ]
        return {
            "fooling": sum(fooling),
            "cycle": weight * (self.distance(a, made.aba) + self.distance(b, made.bab)),
        }

    def critic_terms(self, a: Tensor, b: Tensor, fake_a: Tensor, fake_b: Tensor) -> Terms:
        """What D_A and D_B minimise, of pictures and translations of each domain."""
        of_a = self.game.critic_terms(self.critic_a, a, fake_a)
        of_b = self.game.critic_terms(self.critic_b, b, fake_b)
        return {"critic_a": sum(of_a.values()), "critic_b": sum(of_b.values())}

    def parameter_count(self) -> int:
        """Of both translators and both critics."""
        return sum(p.numel() for p in self.parameters())
