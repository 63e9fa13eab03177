"""``aecore pretrain`` of the translators that come with the project."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from aecore import checkpoint
from aecore.gan.translation.config import TranslationTrainConfig


def make(settings: TranslationTrainConfig, name: str, target: Path) -> dict[str, Any]:
    """Train pretrained translators, write them in halves, and give their card's report."""
    import torch

    from aecore.gan.translation import file
    from aecore.gan.translation.training import TranslationTrainer
    from aecore.training import End, Step

    trainer = TranslationTrainer(settings, device=torch.device("cpu"), watch=False)
    for event in trainer.run():
        if isinstance(event, Step):
            share = event.epoch / settings.epochs
            print(f"\r{name} {share:4.0%}", end="", file=sys.stderr, flush=True)
        elif isinstance(event, End):
            event.check()
    print(file=sys.stderr)
    checkpoint.halve(trainer.model)
    card = trainer.card(trainer.metrics(), name)
    checkpoint.write(target, file.to_bytes(trainer.model, card, half=True))
    return card.report()
