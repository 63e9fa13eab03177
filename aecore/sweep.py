"""Sweeps: one or two settings of a training run over a grid, several seeds a cell.

A sweep is a config and what varies in it; it names every run it stands for. Nothing here
trains: ``aecore.sweep_run`` does, and ``aecore.sweep_file`` writes and reads what came of it.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

from aecore.checkpoint import METRICS, Card, read_card
from aecore.config import PENALTIES, TrainConfig
from aecore.messages import ConfigError, Sentence

MAX_RUNS = 60
MAX_SEEDS = 5
# Of all models of a sweep together, in half precision: they stay in memory.
MAX_BYTES = 64 * 2**20
# In the metrics of a card: the whole loss on the test split, with all its terms.
LOSS = "loss_nats"


@dataclass(frozen=True)
class Setting:
    """A setting that can be swept.

    put: (config, value) → the config with that value, which it checks; usual: (config) → values
    that are worth a look; whole: only whole numbers; applies: whether a config has the setting.
    """

    put: Callable[[TrainConfig, Any], TrainConfig]
    usual: Callable[[TrainConfig], tuple[float, ...]]
    whole: bool
    applies: Callable[[TrainConfig], bool]


def _always(config: TrainConfig) -> bool:
    return True


def _of_run(name: str, *usual: float, applies: Callable[[TrainConfig], bool] = _always) -> Setting:
    """A field of the config itself."""
    whole = isinstance(usual[0], int)
    return Setting(lambda c, v: replace(c, **{name: v}), lambda c: usual, whole, applies)


def _of_model(
    name: str, *usual: float, applies: Callable[[TrainConfig], bool] = _always
) -> Setting:
    """A field of the model's config."""
    whole = isinstance(usual[0], int)
    return Setting(
        lambda c, v: replace(c, model=replace(c.model, **{name: v})),
        lambda c: usual,
        whole,
        applies,
    )


def _weight_of(kind: str, *usual: float) -> Setting:
    """The weight λ of a regulariser that the model has."""

    def put(config: TrainConfig, value: float) -> TrainConfig:
        penalties = tuple(
            replace(p, weight=value) if p.kind == kind else p for p in config.model.penalties
        )
        return replace(config, model=replace(config.model, penalties=penalties))

    return Setting(put, lambda c: usual, False, lambda c: c.model.penalty(kind) is not None)


def _of_part(part: str, name: str, *usual: float) -> Setting:
    """A field of a part of the model's config that not every model has."""

    def put(config: TrainConfig, value: float) -> TrainConfig:
        changed = replace(getattr(config.model, part), **{name: value})
        return replace(config, model=replace(config.model, **{part: changed}))

    whole = isinstance(usual[0], int)
    return Setting(put, lambda c: usual, whole, lambda c: getattr(c.model, part) is not None)


def _put_width(config: TrainConfig, width: int) -> TrainConfig:
    """Each further hidden layer keeps its share of the first."""
    first = config.model.hidden[0]
    hidden = (width, *(max(1, width * w // first) for w in config.model.hidden[1:]))
    return replace(config, model=replace(config.model, hidden=hidden))


def _usual_noise(config: TrainConfig) -> tuple[float, ...]:
    of_kind = {"blur": (1.0, 2.0, 4.0), "low-resolution": (2.0, 4.0, 7.0)}
    return of_kind.get(config.noise.kind, (0.1, 0.3, 0.5))


SETTINGS: dict[str, Setting] = {
    "latent_dim": _of_model(
        "latent_dim", 2, 4, 8, 16, 32, applies=lambda c: c.model.quantizer is None
    ),
    "beta": _of_model("beta", 0.25, 1.0, 4.0, applies=lambda c: c.model.variational),
    "free_bits": _of_model("free_bits", 0.0, 0.1, 0.5, applies=lambda c: c.model.variational),
    "importance_samples": _of_model(
        "importance_samples", 1, 5, 20, applies=lambda c: c.model.variational
    ),
    "fooling": _of_part("adversary", "weight", 1.0, 10.0, 100.0),
    "num_embeddings": _of_part("quantizer", "num_embeddings", 8, 32, 128),
    "commitment": _of_part("quantizer", "commitment", 0.1, 0.25, 1.0),
    "noise": Setting(
        lambda c, v: replace(c, noise=replace(c.noise, level=v)),
        _usual_noise,
        False,
        lambda c: c.noise.kind != "none",
    ),
    "k": _of_model("k", 5, 25, 100, applies=lambda c: c.model.code_activation == "k-sparse"),
    **{
        f"weight_{kind}": _weight_of(kind, 0.01, 0.1, 1.0, 10.0) for kind in PENALTIES
    },
    "width": Setting(
        _put_width, lambda c: (64, 128, 256, 512), True, lambda c: bool(c.model.hidden)
    ),
    "channels": _of_model("channels", 4, 8, 16, applies=lambda c: c.model.network == "conv"),
    "learning_rate": _of_run("learning_rate", 1e-4, 1e-3, 1e-2),
    "batch_size": _of_run("batch_size", 32, 128, 512),
    "epochs": _of_run("epochs", 1, 2, 4, 8),
    "seed": _of_run("seed", 0, 1, 2, 3, 4),
}  # fmt: skip


def sweepable(config: TrainConfig) -> list[str]:
    """The settings that this config has."""
    return [name for name, setting in SETTINGS.items() if setting.applies(config)]


@dataclass(frozen=True)
class Axis:
    """A setting of ``SETTINGS`` and its values, which rise."""

    setting: str
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.setting not in SETTINGS:
            raise ConfigError("“{name}” is not a setting that can be swept.", name=self.setting)
        values = self.values
        if not isinstance(values, (list, tuple)) or not values or not all(map(_is_number, values)):
            raise ConfigError("A sweep needs a list of numbers for each setting.")
        if SETTINGS[self.setting].whole:
            values = [int(v) if float(v).is_integer() else v for v in values]
        if len(set(values)) < len(values):
            raise ConfigError("Each value of a sweep may be given once only.")
        object.__setattr__(self, "values", tuple(sorted(values)))


@dataclass(frozen=True)
class Job:
    """One run of a sweep.

    number: its place, from 0; key: what sets it apart, as ``latent_dim-16-seed-0``; cell: a value
    for each axis.
    """

    number: int
    key: str
    cell: tuple[float, ...]
    config: TrainConfig


@dataclass(frozen=True)
class Sweep:
    """A config, one or two axes, and how often each cell is trained, each time with another seed.

    seeds: 1 to 5, counted from that of ``base``; 1 where the seed itself is an axis. Raises
    ConfigError where a run would not be valid, or where the runs are more than ``MAX_RUNS`` or
    their models larger than ``MAX_BYTES``.
    """

    base: TrainConfig
    axes: tuple[Axis, ...]
    seeds: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "axes", tuple(self.axes))
        names = [axis.setting for axis in self.axes]
        if not 1 <= len(names) <= 2 or len(set(names)) < len(names):
            raise ConfigError("A sweep goes over one setting or over two different ones.")
        for name in names:
            if not SETTINGS[name].applies(self.base):
                raise ConfigError("This model has no “{name}” to sweep over.", name=name)
        if type(self.seeds) is not int or not 1 <= self.seeds <= MAX_SEEDS:
            raise ConfigError("A sweep has 1 to {most} seeds a cell.", most=MAX_SEEDS)
        if "seed" in names and self.seeds > 1:
            raise ConfigError("Where the seed is swept over, each cell has one seed.")
        count = self.seeds * math.prod(len(axis.values) for axis in self.axes)
        if count > MAX_RUNS:
            raise ConfigError(
                "These are {count} runs; a sweep has at most {most}.", count=count, most=MAX_RUNS
            )
        if 2 * sum(self.parameters) > MAX_BYTES:
            raise ConfigError(
                "The models of this sweep would take {size} MiB in half precision; at most {most} "
                "are kept: take fewer or smaller ones.",
                size=2 * sum(self.parameters) // 2**20 + 1,
                most=MAX_BYTES // 2**20,
            )

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """All runs: the first seed of every cell before the second of any."""
        jobs = []
        for shift in range(self.seeds):
            for cell in self.cells:
                config = replace(self.base, seed=self.base.seed + shift)
                values = dict(zip((axis.setting for axis in self.axes), cell, strict=True))
                for setting, value in values.items():
                    config = SETTINGS[setting].put(config, value)
                values["seed"] = config.seed
                key = "-".join(f"{setting}-{value}" for setting, value in values.items())
                jobs.append(Job(len(jobs), key, cell, config))
        return tuple(jobs)

    def values_of(self, job: Job) -> list[tuple[str, float]]:
        """The settings that a run differs in and their values, the seed last."""
        values = zip((axis.setting for axis in self.axes), job.cell, strict=True)
        return [*(pair for pair in values if pair[0] != "seed"), ("seed", job.config.seed)]

    @property
    def cells(self) -> list[tuple[float, ...]]:
        """Every combination of values, the first axis outermost."""
        return list(product(*(axis.values for axis in self.axes)))

    @cached_property
    def parameters(self) -> tuple[int, ...]:
        """How many each run's model has."""
        from aecore.models import parameter_formula

        models = [job.config.model for job in self.jobs]
        return tuple(parameter_formula(model)(model.latent_dim) for model in models)

    def to_json(self) -> dict[str, Any]:
        """A dictionary of JSON types only; ``from_json`` reads it back."""
        return {
            "base": self.base.to_json(),
            "axes": [{"setting": a.setting, "values": list(a.values)} for a in self.axes],
            "seeds": self.seeds,
        }

    @classmethod
    def from_json(cls, data: Any) -> Sweep:
        """Read and check a sweep. Raises ConfigError."""
        try:
            axes = [Axis(axis["setting"], axis["values"]) for axis in data["axes"]]
            return cls(TrainConfig.from_json(data["base"]), tuple(axes), data["seeds"])
        except (KeyError, TypeError, IndexError) as error:
            raise ConfigError("This is not the description of a sweep.") from error


@dataclass(frozen=True)
class Result:
    """What came of a run: a checkpoint, or the reason why it broke off.

    checkpoint: a file's content in half precision, whose card has the metrics of those very
    weights, and ``LOSS`` beside them.
    """

    checkpoint: bytes | None = None
    reason: Sentence | None = None

    @cached_property
    def card(self) -> Card | None:
        return read_card(self.checkpoint) if self.checkpoint else None

    @cached_property
    def measures(self) -> dict[str, float]:
        """Every number that was measured, by name, with ``seconds`` and ``parameters``."""
        if self.card is None:
            return {}
        known = {name: self.card.metrics.get(name) for name in (LOSS, *METRICS)}
        found = {name: value for name, value in known.items() if value is not None}
        return {**found, "seconds": self.card.seconds, "parameters": self.card.parameters}


@dataclass(frozen=True)
class Spread:
    """Of n numbers: their mean, least and largest, and their standard deviation, as it is
    estimated from a sample (n − 1); None for one number, of which no spread is known."""

    n: int
    mean: float
    deviation: float | None
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        deviation = statistics.stdev(values) if len(values) > 1 else None
        return cls(len(values), statistics.fmean(values), deviation, min(values), max(values))


def spreads(
    sweep: Sweep, results: dict[int, Result], measure: str
) -> dict[tuple[float, ...], Spread]:
    """A measure over the seeds of each cell that has it; results: by the number of the job."""
    values: dict[tuple[float, ...], list[float]] = {}
    for job in sweep.jobs:
        measures = results[job.number].measures if job.number in results else {}
        if measure in measures:
            values.setdefault(job.cell, []).append(measures[measure])
    return {cell: Spread.of(values[cell]) for cell in sweep.cells if cell in values}


def measured(results: dict[int, Result]) -> list[str]:
    """The measures that at least one result has, in the order of its card."""
    return list(dict.fromkeys(name for result in results.values() for name in result.measures))


def table(sweep: Sweep, results: dict[int, Result]) -> tuple[list[str], list[list[Any]]]:
    """Header and rows, one a run, of program's numbers; what is not there is empty."""
    names = measured(results)
    settings = [setting for setting, _value in sweep.values_of(sweep.jobs[0])]
    header = [*settings, "status", *names]
    rows = []
    for job, parameters in zip(sweep.jobs, sweep.parameters, strict=True):
        result = results.get(job.number)
        known = {"parameters": parameters} | (result.measures if result else {})
        values = [value for _setting, value in sweep.values_of(job)]
        rows.append([*values, status(result), *(known.get(name, "") for name in names)])
    return header, rows


def status(result: Result | None) -> str:
    """``missing``, ``failed`` or ``finished``."""
    if result is None:
        return "missing"
    return "finished" if result.checkpoint else "failed"


def parse_values(text: str) -> tuple[float, ...]:
    """Numbers with commas, semicolons or blanks between them; whole ones as int.

    Where semicolons separate them, a comma is a decimal point. Raises ConfigError.
    """
    if ";" in text:
        text = text.replace(",", ".")
    values = []
    for part in filter(None, re.split(r"[;,\s]+", text)):
        try:
            value = float(part)
        except ValueError:
            raise ConfigError("“{text}” is not a number.", text=part[:40]) from None
        if not math.isfinite(value):
            raise ConfigError("“{text}” is not a number.", text=part[:40])
        values.append(int(value) if value.is_integer() and abs(value) < 2**53 else value)
    if not values:
        raise ConfigError("Give at least one value to sweep over.")
    return tuple(values)


def _is_number(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and abs(value) < 2**53  # false for NaN as well
