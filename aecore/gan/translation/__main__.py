"""Train the translators of ``pretrained/translators.json``, or those that are named.

    python -m aecore.gan.translation [NAME …]

Prints the card of each as JSON.
"""

from __future__ import annotations

import json
import sys

import torch

from aecore import checkpoint
from aecore.gan.translation import file, library
from aecore.gan.translation.training import TranslationTrainer


def main(names: list[str]) -> None:
    """Names of the manifest; all of it for none."""
    for name in names or list(library.manifest()):
        target = library.path(name)
        trainer = TranslationTrainer(
            library.manifest()[name], device=torch.device("cpu"), watch=False
        )
        for _event in trainer.run():
            pass
        checkpoint.halve(trainer.model)
        card = trainer.card(trainer.metrics(), name)
        checkpoint.write(target, file.to_bytes(trainer.model, card, half=True))
        sys.stdout.write(json.dumps({"name": name, **card.to_json()}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
