"""``aecore gan``: train a GAN from the command line; and ``aecore pretrain`` of GANs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aecore import checkpoint
from aecore.config import DATASETS
from aecore.gan.config import CONDITIONS, GAMES, NETWORKS, GanConfig, GanTrainConfig

if TYPE_CHECKING:
    from aecore.gan.training import GanTrainer
    from aecore.training import End


def add_parser(commands: argparse._SubParsersAction) -> None:
    """The command ``gan`` among the others."""
    usual = GanTrainConfig()
    gan = commands.add_parser("gan", help="train a GAN and write it to a file")
    gan.set_defaults(command=train)
    gan.add_argument("--game", choices=GAMES, default=usual.model.game)
    gan.add_argument("--network", choices=NETWORKS, default=usual.model.network)
    gan.add_argument("--condition", choices=CONDITIONS, default=usual.model.condition)
    gan.add_argument("--latent-dim", type=int, default=usual.model.latent_dim, metavar="D")
    gan.add_argument("--width", type=int, default=usual.model.width, help="maps or hidden units")
    gan.add_argument("--hidden", type=int, default=usual.model.hidden, help="units, of conv")
    gan.add_argument("--penalty", type=float, default=usual.model.penalty, help="λ")
    gan.add_argument("--clip", type=float, default=usual.model.clip, help="c")
    gan.add_argument("--gamma", type=float, default=usual.model.gamma, help="γ of BEGAN")
    gan.add_argument("--dataset", choices=DATASETS, default=usual.dataset)
    gan.add_argument("--epochs", type=int, default=usual.epochs, metavar="E")
    gan.add_argument("--batch-size", type=int, default=usual.batch_size, metavar="B")
    gan.add_argument("--critic-steps", type=int, default=usual.critic_steps, metavar="N")
    gan.add_argument("--generator-rate", type=float, default=usual.generator_rate, metavar="RATE")
    gan.add_argument("--critic-rate", type=float, default=usual.critic_rate, metavar="RATE")
    gan.add_argument("--averaging", type=float, default=usual.averaging, metavar="SHARE")
    gan.add_argument("--seed", type=int, default=usual.seed)
    gan.add_argument("--out", type=Path, required=True, metavar="FILE.safetensors")


def train(args: argparse.Namespace) -> None:
    """Train one and print its card's report."""
    from aecore.gan import file

    given = vars(args)
    model = GanConfig(**{name: given[name] for name in GanConfig.__dataclass_fields__})
    names = set(GanTrainConfig.__dataclass_fields__) - {"model", "classes"}
    settings = GanTrainConfig(model, **{name: given[name] for name in names})
    trainer, end = run(settings, args.out.stem)
    card = trainer.card(end.metrics, args.out.stem)
    checkpoint.write(args.out, file.to_bytes(trainer.shown, card))
    end.check()
    print(json.dumps(card.report()))


def make(settings: GanTrainConfig, name: str, target: Path) -> dict[str, Any]:
    """Train a pretrained GAN, write its generator in halves, and give its card's report."""
    from aecore.gan import file

    trainer, end = run(settings, name)
    end.check()
    checkpoint.halve(trainer.shown)
    card = trainer.card(trainer.metrics(), name)
    checkpoint.write(target, file.to_bytes(trainer.shown, card, half=True, critic=False))
    return card.report()


def run(settings: GanTrainConfig, name: str) -> tuple[GanTrainer, End]:
    """Train, with a line of progress; the event at the end has the measures."""
    from aecore.gan.training import GanTrainer
    from aecore.training import End, Step

    trainer = GanTrainer(settings, watch=False)
    for event in trainer.run():
        if isinstance(event, Step):
            share = event.epoch / settings.epochs
            losses = f"D {event.losses.total:8.3f}  G {event.losses.terms['generator']:8.3f}"
            print(f"\r{name} {share:4.0%}  {losses}", end="", file=sys.stderr, flush=True)
        elif isinstance(event, End):
            end = event
    print(file=sys.stderr)
    return trainer, end
