"""The command line: ``aecore train | gan | sweep | evaluate | pretrain | data``.

Progress goes to standard error; the last line of standard output is one JSON object. A bad
argument ends with status 2 and one clear line.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from aecore import checkpoint, config, library, sweep_file
from aecore.config import (
    AdversaryConfig,
    ModelConfig,
    NoiseConfig,
    PenaltyConfig,
    QuantizerConfig,
    TrainConfig,
)
from aecore.gan import command as gan_command
from aecore.gan.config import GanTrainConfig
from aecore.gan.translation import command as translation_command
from aecore.gan.translation.config import TranslationTrainConfig
from aecore.messages import ConfigError, LabError
from aecore.sweep import SETTINGS, Axis, Result, Sweep, parse_values, table

if TYPE_CHECKING:
    from aecore.training import End, Trainer


T = TypeVar("T")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    args = _parser().parse_args(arguments)
    try:
        args.command(args)
    except LabError as error:
        print(f"aecore: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("aecore: interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> _Parser:
    parser = _Parser(
        prog="aecore", description="Train and measure autoencoders and GANs on digits."
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    train = commands.add_parser("train", help="train a model and write it to a file")
    train.set_defaults(command=_train)
    _add_settings(train)
    train.add_argument("--out", type=Path, required=True, metavar="FILE.safetensors")

    gan_command.add_parser(commands)

    sweep = commands.add_parser("sweep", help="train a grid over one or two settings")
    sweep.set_defaults(command=_sweep)
    _add_settings(sweep)
    sweep.add_argument(
        "--axis",
        type=_axis,
        action="append",
        required=True,
        metavar="SETTING=2,4,8",
        help=f"one or two of: {', '.join(SETTINGS)}",
    )
    sweep.add_argument("--seeds", type=int, default=1, help="how often each cell is trained")
    sweep.add_argument(
        "--out", type=Path, required=True, metavar="FILE.zip", help="goes on with one that is there"
    )

    evaluate = commands.add_parser("evaluate", help="measure a model on a test split")
    evaluate.set_defaults(command=_evaluate)
    evaluate.add_argument("file", type=Path)
    evaluate.add_argument("--dataset", choices=config.DATASETS, help="another set than its own")

    pretrain = commands.add_parser("pretrain", help="train the models of the folder pretrained")
    pretrain.set_defaults(command=_pretrain)
    pretrain.add_argument("names", nargs="*", help="only these")
    pretrain.add_argument("--missing", action="store_true", help="only those without a file")
    pretrain.add_argument("--out", type=Path, default=library.FOLDER, metavar="FOLDER")

    data = commands.add_parser("data", help="say which datasets are at hand, or fetch them")
    data.set_defaults(command=_data)
    data.add_argument("names", nargs="*", help="datasets to fetch and check")
    return parser


def _add_settings(train: argparse.ArgumentParser) -> None:
    """What makes a training run."""
    train.add_argument("--model", choices=config.NETWORKS, required=True)
    train.add_argument("--variational", action="store_true", help="q(z|x) instead of a point")
    train.add_argument("--dataset", choices=config.DATASETS, default="mnist")
    train.add_argument("--classes", type=_numbers, default=(), metavar="3,5", help="only these")
    train.add_argument("--latent-dim", type=int, default=32, metavar="D")
    train.add_argument("--hidden", type=_widths, metavar="512,256", help="widths, “none” for none")
    train.add_argument("--activation", choices=config.ACTIVATIONS, default="gelu")
    train.add_argument("--code-activation", choices=config.CODE_ACTIVATIONS, default="none")
    train.add_argument("--channels", type=int, default=32, help="feature maps of conv at 14x14")
    train.add_argument("--epochs", type=int, default=10, metavar="E")
    train.add_argument("--batch-size", type=int, default=128, metavar="B")
    train.add_argument("--lr", type=float, default=1e-3, help="learning rate of Adam")
    train.add_argument("--schedule", choices=config.SCHEDULES, default="one-cycle")
    train.add_argument("--beta", type=float, default=1.0, help="weight of the KL term")
    train.add_argument("--k", type=int, default=25, help="of a k-sparse code")
    train.add_argument("--k-anneal", type=float, default=0.5, metavar="SHARE")
    train.add_argument(
        "--penalty",
        type=_penalty,
        action="append",
        default=[],
        metavar="KIND:WEIGHT[:WARM_UP]",
        help=f"one of {', '.join(config.PENALTIES)}; may be repeated",
    )
    train.add_argument("--conditional", action="store_true", help="the VAE is given the class")
    train.add_argument("--kl-warm-up", type=float, default=0.0, metavar="SHARE")
    train.add_argument("--free-bits", type=float, default=0.0, metavar="NATS", help="a latent")
    train.add_argument(
        "--importance-samples", type=int, default=1, metavar="K", help="of the IWAE's bound"
    )
    train.add_argument(
        "--adversary",
        type=_adversary,
        metavar="PRIOR[:WEIGHT[:labels]]",
        help=f"codes like draws from one of {', '.join(config.PRIORS)}",
    )
    train.add_argument(
        "--codebook",
        type=_quantizer,
        metavar="K[:COMMITMENT[:DECAY]]",
        help="a VQ-VAE (conv; its latent dim is 49 times the values of a vector)",
    )
    train.add_argument("--binarize", action="store_true", help="black and white, drawn anew")
    train.add_argument("--rho", type=float, default=0.05, help="mean activation for “activity”")
    train.add_argument("--likelihood", choices=config.LIKELIHOODS)
    train.add_argument(
        "--pixel-mean",
        action="store_true",
        help="average the reconstruction over pixels: wrong beside a summed KL, a failure to show",
    )
    train.add_argument("--noise", type=_noise, default=NoiseConfig(), metavar="KIND:LEVEL")
    train.add_argument("--seed", type=int, default=0, metavar="S")
    train.add_argument("--precision", choices=config.PRECISIONS, default="auto")


def _axis(text: str) -> Axis:
    setting, _, values = text.partition("=")
    try:
        return Axis(setting, parse_values(values))
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _widths(text: str) -> tuple[int, ...]:
    if text.strip().lower() in ("", "none"):
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"“{text}” is not a list of widths such as 512,256"
        ) from None


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a list of classes such as 3,5") from None


def _noise(text: str) -> NoiseConfig:
    def make() -> NoiseConfig:
        kind, _, level = text.partition(":")
        return NoiseConfig(kind, float(level or 0))

    return _made(make, text, "KIND:LEVEL such as gaussian:0.5")


def _penalty(text: str) -> PenaltyConfig:
    def make() -> PenaltyConfig:
        kind, *numbers = text.split(":")
        weight, warm_up = map(float, [*numbers, "0"][:2])
        if len(numbers) not in (1, 2):
            raise ValueError
        return PenaltyConfig(kind, weight, warm_up=warm_up)

    return _made(make, text, "KIND:WEIGHT or KIND:WEIGHT:WARM_UP such as l1:1:0.5")


def _adversary(text: str) -> AdversaryConfig:
    def make() -> AdversaryConfig:
        prior, *rest = text.split(":")
        weight, labels = [*rest, *("10", "")[len(rest) :]][:2]
        if len(rest) > 2 or labels not in ("", "labels"):
            raise ValueError
        return AdversaryConfig(prior, float(weight), bool(labels))

    form = "PRIOR, PRIOR:WEIGHT or PRIOR:WEIGHT:labels such as mixture:10:labels"
    return _made(make, text, form)


def _quantizer(text: str) -> QuantizerConfig:
    def make() -> QuantizerConfig:
        size, *rest = text.split(":")
        if len(rest) > 2:
            raise ValueError
        return QuantizerConfig(int(size), *map(float, rest))

    return _made(make, text, "K, K:COMMITMENT or K:COMMITMENT:DECAY such as 32:0.25:0.99")


def _made(make: Callable[[], T], text: str, form: str) -> T:
    """What ``make`` reads from an argument; where it can't, the parser says why in one line."""
    try:
        return make()
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not {form}") from None


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigError("There is no folder “{folder}”.", folder=folder)


def _check_file(file: Path) -> None:
    _check_folder(file.parent)
    if file.is_dir():
        raise ConfigError("“{file}” is a folder, not a file.", file=file)


def _settings(args: argparse.Namespace) -> TrainConfig:
    hidden = args.hidden if args.hidden is not None else (512,) if args.model == "mlp" else ()
    likelihood = args.likelihood or ("bernoulli" if args.variational else "gaussian")
    model = ModelConfig(
        network=args.model,
        variational=args.variational,
        latent_dim=args.latent_dim,
        hidden=hidden,
        activation=args.activation,
        code_activation=args.code_activation,
        channels=args.channels,
        likelihood=likelihood,
        beta=args.beta,
        k=args.k,
        k_anneal=args.k_anneal,
        conditional=args.conditional,
        kl_warm_up=args.kl_warm_up,
        free_bits=args.free_bits,
        importance_samples=args.importance_samples,
        adversary=args.adversary,
        quantizer=args.codebook,
        pixel_mean=args.pixel_mean,
        penalties=tuple(replace(penalty, rho=args.rho) for penalty in args.penalty),
    )
    return TrainConfig(
        model=model,
        dataset=args.dataset,
        classes=args.classes,
        epochs=args.epochs,
        batch_size=args.batch_size,
        learning_rate=args.lr,
        schedule=args.schedule,
        noise=args.noise,
        binarize=args.binarize,
        seed=args.seed,
        precision=args.precision,
    )


def _train(args: argparse.Namespace) -> None:
    settings = _settings(args)
    _check_file(args.out)
    trainer, end = _run(settings, args.out.stem)
    card = trainer.card(end.metrics, args.out.stem)
    checkpoint.save(args.out, trainer.model, card)
    end.check()
    print(json.dumps(card.report()))


def _sweep(args: argparse.Namespace) -> None:
    """Train what the file does not hold yet; it is written after each run, and a table beside."""
    from aecore.sweep_run import result_of

    sweep, results = Sweep(_settings(args), tuple(args.axis), args.seeds), {}
    _check_file(args.out)
    if args.out.exists():
        before, results = sweep_file.from_bytes(checkpoint.read(args.out))
        if before != sweep:
            raise ConfigError("“{file}” holds another sweep.", file=args.out)
    for job in sweep.jobs:
        if job.number in results:
            continue
        trainer, end = _run(job.config, f"{job.number + 1}/{len(sweep.jobs)} {job.key}")
        results[job.number] = (
            Result(reason=end.reason) if end.reason else result_of(trainer, job.key)
        )
        checkpoint.write(args.out, sweep_file.to_bytes(sweep, results))
    header, rows = table(sweep, results)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    checkpoint.write(args.out.with_suffix(".csv"), text.getvalue().encode())
    print(json.dumps({"runs": [dict(zip(header, row, strict=True)) for row in rows]}))


def _evaluate(args: argparse.Namespace) -> None:
    from aecore import data
    from aecore.metrics import evaluate

    model, card = checkpoint.load(args.file)
    name = args.dataset or card.dataset
    started = time.perf_counter()
    # In another set the same numbers name other things.
    classes = card.config.classes if name == card.dataset else ()
    test, settings = data.load(name).test.only(classes), card.config
    metrics = evaluate(model, test, settings.noise, binarize=settings.binarize)
    seconds = time.perf_counter() - started
    print(
        json.dumps(replace(card, metrics=metrics.to_json(), dataset=name, seconds=seconds).report())
    )


def _pretrain(args: argparse.Namespace) -> None:
    for name in args.names:
        # Says which name is wrong.
        library.path(name)
    _check_folder(args.out)
    makers = {
        TrainConfig: _make,
        GanTrainConfig: gan_command.make,
        TranslationTrainConfig: translation_command.make,
    }
    reports = {}
    for kind, make in makers.items():
        for name, settings in library.manifest(kind).items():
            file = args.out / library.path(name).name
            if (args.names and name not in args.names) or (args.missing and file.exists()):
                continue
            reports[name] = make(settings, name, file)
            print(f"{name}: {json.dumps(reports[name])}", file=sys.stderr)
    print(json.dumps(reports))


def _make(settings: TrainConfig, name: str, file: Path) -> dict[str, Any]:
    """Train a pretrained autoencoder, write it in halves, and give its card's report."""
    from aecore import code_prior

    trainer, end = _run(settings, name)
    end.check()
    checkpoint.halve(trainer.model)
    card = trainer.card(trainer.metrics(), name)
    checkpoint.save(file, trainer.model, card, half=True)
    if settings.model.quantizer:
        prior, prior_card = code_prior.make(trainer.model, name, trainer.data)
        code_prior.save(file.with_name(library.prior_path(name).name), prior, prior_card)
    return card.report()


def _data(args: argparse.Namespace) -> None:
    from aecore import data

    for name in args.names:
        data.load(name)
    at_hand = {name: data.is_on_disk(name) for name in config.DATASETS}
    print(json.dumps({"folder": str(data.data_folder()), "at_hand": at_hand}))


def _run(settings: TrainConfig, name: str) -> tuple[Trainer, End]:
    """Train with a progress bar; the event at the end has the metrics, and why if it is early."""
    from aecore.training import End, Step, Trainer

    # A linear model is watched on its way to PCA; looking does not change a run.
    trainer = Trainer(settings, watch=settings.model.network == "linear")
    for event in trainer.run():
        if isinstance(event, Step):
            _bar(name, event.epoch / settings.epochs, event.losses.total)
        elif isinstance(event, End):
            end = event
    print(file=sys.stderr)
    return trainer, end


def _bar(name: str, share: float, loss: float) -> None:
    filled = round(30 * share)
    bar = "█" * filled + "·" * (30 - filled)
    print(f"\r{name} {bar} {share:4.0%}  {loss:9.3f} nats", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
