"""The training loop: a config in, a stream of events out.

    for event in train(config):
        ...

Whoever iterates is in charge: not asking for the next event pauses the run, closing the
iterator ends it. The same config on the same data gives the same weights on a CPU.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import nn

from aecore import data as datasets
from aecore import pca
from aecore.checkpoint import Card, versions
from aecore.config import PIXELS, TrainConfig
from aecore.corruption import corrupt
from aecore.data import Dataset
from aecore.device import autocast, best_device, resolve_precision
from aecore.messages import ConfigError, LabError, Sentence
from aecore.metrics import Metrics, evaluate
from aecore.models import (
    Autoencoder,
    ConditionalAutoencoder,
    Output,
    VariationalAutoencoder,
    build,
)
from aecore.snapshots import Observer, Snapshot

STEPS_AN_EVENT = 25
# Snapshots before the end of the first epoch, when most happens, in steps.
EARLY_SNAPSHOTS = (10, 30, 100, 200)
MAX_SNAPSHOTS = 60


@dataclass(frozen=True)
class Losses:
    """Means over pictures of the loss and of its named terms, in nats."""

    total: float
    terms: dict[str, float]


@dataclass(frozen=True)
class Step:
    """Some updates were made; ``losses`` is the mean over the pictures since the last one."""

    step: int
    epoch: float
    losses: Losses
    learning_rate: float


@dataclass(frozen=True)
class Epoch:
    """A pass over the training split is over. seconds: of training, without evaluation."""

    epoch: int
    seconds: float


@dataclass(frozen=True)
class Evaluation:
    """The test split was measured: ``losses`` as in training (noise included), and metrics."""

    epoch: float
    losses: Losses
    metrics: Metrics


@dataclass(frozen=True)
class End:
    """The run is over; the trainer holds the weights. reason: None if all epochs were done."""

    reason: Sentence | None
    metrics: Metrics
    seconds: float

    def check(self) -> None:
        """Raises LabError with the reason, if there is one."""
        if self.reason:
            raise LabError(self.reason.template, **self.reason.values)


Event = Step | Epoch | Evaluation | Snapshot | End


class Trainer:
    """A model, its optimiser and where it stands; ``run`` trains it, again and further.

    config: what to do; data: read from ``config.dataset`` unless given, of which the pictures of
    ``config.classes`` serve to train and to measure; device: the best one unless given.
    ``watch=False`` leaves out evaluations and snapshots until the end.
    """

    def __init__(
        self,
        config: TrainConfig,
        data: Dataset | None = None,
        *,
        device: torch.device | None = None,
        watch: bool = True,
    ) -> None:
        self.device = device or best_device()
        self.precision = resolve_precision(config.precision, self.device)
        self.config = replace(config, precision=self.precision)
        self.data = (data or datasets.load(config.dataset)).only(config.classes)
        self.train_split = self.data.train.to(self.device)
        self.test_split = self.data.test.to(self.device)
        self.model = build(config.model, config.seed).to(self.device)
        # One fused kernel over all weights where the device has it.
        fused = self.device.type in ("cpu", "cuda")
        opponent = list(self.model.opponent.parameters()) if self.model.opponent else []
        own = [p for p in self.model.parameters() if not any(p is q for q in opponent)]
        # Each player has its own, and moves its own weights only. Where there are two, with less
        # momentum, lest they go round in circles (Radford et al., 2016).
        betas = (0.5 if opponent else 0.9, 0.999)
        self.optimizers = [
            torch.optim.Adam(player, lr=config.learning_rate, betas=betas, fused=fused)
            for player in (own, opponent)
            if player
        ]
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        self.observer = Observer(
            self.test_split, config.noise, config.seed, self._components() if watch else None
        )
        self.history: dict[str, list] = {}
        self.watch = watch
        self.learning_rate = config.learning_rate
        self.step = 0
        self.seconds = 0.0
        self.epochs_done = 0

    @property
    def steps_an_epoch(self) -> int:
        return math.ceil(len(self.train_split) / self.config.batch_size)

    @property
    def epoch(self) -> float:
        """Passes over the training split so far, with fraction."""
        return self.step / self.steps_an_epoch

    def change(self, *, learning_rate: float | None = None) -> None:
        """From the next update on; with a schedule, its peak."""
        if learning_rate is None:
            return
        if not (math.isfinite(learning_rate) and 0 < learning_rate <= 10):
            raise ConfigError("The learning rate must be a number above 0 and at most 10.")
        self.learning_rate = learning_rate

    def run(self, epochs: int | None = None) -> Iterator[Event]:
        """Train for ``epochs`` (the config's unless given) and say what happens.

        A schedule spans the epochs of this call. Where a loss or a weight is no longer
        finite, the last good weights are put back and ``End`` says why.
        """
        try:
            yield from self._run(epochs or self.config.epochs)
        finally:
            self.model.advance(1.0)

    def _run(self, epochs: int) -> Iterator[Event]:
        first = self.step
        last = first + epochs * self.steps_an_epoch
        guard = Guard(self.model, self.optimizers)
        if self.watch and self.step == 0:
            yield self._look()
            yield self.evaluation()
        snapshot_every = math.ceil(epochs / MAX_SNAPSHOTS)
        for _ in range(epochs):
            started = time.perf_counter()
            for event in self._epoch(first, last):
                if not guard.holds(event):
                    yield self._end(diverged(self.step, self.learning_rate))
                    return
                self.seconds += time.perf_counter() - started
                yield event
                if self.watch and self._is_early(event):
                    yield self._look()
                started = time.perf_counter()
            self.epochs_done += 1
            yield Epoch(self.epochs_done, self.seconds)
            if self.watch:
                if self.epochs_done % snapshot_every == 0 or self.step == last:
                    yield self._look()
                yield self.evaluation()
        yield self._end(None)

    def _components(self) -> torch.Tensor | None:
        """PCA's directions, where the model is linear and can be measured against them."""
        if self.config.model.network != "linear":
            return None
        return torch.from_numpy(pca.fit(self.data.train).components).to(self.device)

    def _look(self) -> Snapshot:
        snapshot = self.observer.look(self.model, self.step, self.epoch)
        if len(snapshot.angles):
            self.history.setdefault("epoch", []).append(round(self.epoch, 4))
            self.history.setdefault("angles", []).append(snapshot.angles.round(3).tolist())
        return snapshot

    def _epoch(self, first: int, last: int) -> Iterator[Step]:
        """One pass over the training split in a fresh random order."""
        model, config, device = self.model, self.config, self.device
        images, labels, generator = self.train_split.images, self.train_split.labels, self.generator
        noise, batch = config.noise, config.batch_size
        order = torch.randperm(len(images), generator=generator, device=device)
        window = _Means()
        model.train()
        for start in range(0, len(images), batch):
            progress = (self.step - first) / (last - first)
            rate = self.learning_rate * self._shape(progress)
            # What warms up has done so where a model is trained further.
            model.advance(1.0 if first else progress)
            for optimizer in self.optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = rate
            chosen = order[start : start + batch]
            x = images[chosen].unsqueeze(1).float().div_(255)
            if config.binarize:
                x = torch.bernoulli(x, generator=generator)
            noisy = corrupt(x, noise.kind, noise.level, generator)
            with autocast(self.precision, device):
                output = model.objective(noisy, x, labels[chosen], generator)
                loss = output.loss
            self._update(0, loss)
            if model.opponent:
                self._answer(output, labels[chosen])
            self.step += 1
            window.add(loss, output, len(x))
            early = self.watch and self.step in EARLY_SNAPSHOTS
            if window.batches == STEPS_AN_EVENT or early or start + batch >= len(images):
                yield Step(self.step, self.epoch, window.take(), rate)
        model.eval()
        if self.step == last:
            model.advance(1.0)

    def _update(self, player: int, loss: torch.Tensor) -> None:
        # What a player's loss leaves at the other's weights is not the other's concern.
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizers[player].step()

    def _answer(self, output: Output, labels: torch.Tensor) -> None:
        """The step of the opponent, against the codes of the step before."""
        with autocast(self.precision, self.device):
            term = self.model.opponent_objective(output.code.detach(), labels, self.generator)
        self._update(1, term.mean())
        output.terms["opponent"] = term

    def _shape(self, progress: float) -> float:
        """The schedule: what part of the learning rate is used at ``progress`` in [0, 1).

        one-cycle: up from 1/25 over the first three tenths, down to nearly 0 by a cosine
        (Smith and Topin, 2018).
        """
        if self.config.schedule == "constant":
            return 1.0
        rise = 0.3
        if progress < rise:
            return 0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * progress / rise))
        return 0.5 * (1 + math.cos(math.pi * (progress - rise) / (1 - rise))) + 1e-5

    def _is_early(self, event: Step) -> bool:
        return event.step in EARLY_SNAPSHOTS and event.step < self.steps_an_epoch

    def _end(self, reason: Sentence | None) -> End:
        self.model.eval()
        return End(reason, self.metrics(), self.seconds)

    def metrics(self) -> Metrics:
        """Measure the model as it stands on the test split."""
        config = self.config
        return evaluate(self.model, self.test_split, config.noise, binarize=config.binarize)

    def card(self, metrics: Metrics, name: str = "") -> Card:
        """What to write beside the weights as they stand; metrics: of these weights."""
        return Card(
            config=self.config,
            dataset=self.data.name,
            metrics=metrics.to_json(),
            parameters=self.model.parameter_count(),
            seconds=self.seconds,
            epochs=round(self.epoch, 3),
            versions=versions(),
            name=name,
            history=self.history,
        )

    def evaluation(self) -> Evaluation:
        """Metrics and losses on the test split, of the model as it stands."""
        self.model.eval()
        metrics = self.metrics()
        # The metrics have what a plain autoencoder or VAE minimises; of others it is measured.
        known = type(self.model) in (Autoencoder, VariationalAutoencoder, ConditionalAutoencoder)
        special = not known or self.config.model.free_bits
        if self.config.noise.kind != "none" or special:
            return Evaluation(self.epoch, self._test_losses(), metrics)
        terms = {"reconstruction": metrics.recon_nats}
        if metrics.kl_nats is not None:
            terms["kl"] = metrics.kl_nats
        model = self.config.model
        weights = {"kl": model.beta, "reconstruction": 1 / PIXELS if model.pixel_mean else 1.0}
        total = sum(weights.get(name, 1.0) * value for name, value in terms.items())
        return Evaluation(self.epoch, Losses(total, terms), metrics)

    @torch.no_grad()
    def _test_losses(self) -> Losses:
        """The loss on the test split with all that it has in training; noise is always the same."""
        noise, generator = self.config.noise, torch.Generator(self.device).manual_seed(0)
        window = _Means()
        for start in range(0, len(self.test_split), 1000):
            x = self.test_split.pictures(slice(start, start + 1000))
            if self.config.binarize:
                x = torch.bernoulli(x, generator=generator)
            noisy = corrupt(x, noise.kind, noise.level, generator)
            labels = self.test_split.labels[start : start + 1000]
            output = self.model.objective(noisy, x, labels, generator)
            loss = output.loss
            if self.model.opponent:
                output.terms["opponent"] = self.model.opponent_objective(
                    output.code, labels, generator
                )
            window.add(loss, output, len(x))
        return window.take()


def diverged(step: int, rate: float) -> Sentence:
    """Why a run ended whose loss left the numbers."""
    return Sentence(
        "The loss was no longer a finite number at step {step}: the learning "
        "rate ({rate}) is too high for this model. The last good weights "
        "are kept; lower it and train again.",
        step=step,
        rate=rate,
    )


class Guard:
    """The last good weights of a model while it trains, and the way back to them."""

    def __init__(self, model: nn.Module, optimizers: Iterable[torch.optim.Optimizer]) -> None:
        self.model, self.optimizers = model, tuple(optimizers)
        self._keep()

    @torch.no_grad()
    def holds(self, event: Step) -> bool:
        """Whether the loss of an event and all weights are finite numbers.

        If not, the model has its last good weights again, and its optimisers remember nothing.
        """
        norm = torch.nn.utils.get_total_norm([p.detach() for p in self.model.parameters()])
        if math.isfinite(event.losses.total) and norm.isfinite():
            self._keep()
            return True
        for value, good in zip(self.model.state_dict().values(), self._good, strict=True):
            value.copy_(good)
        for optimizer in self.optimizers:
            optimizer.state.clear()
        return False

    def _keep(self) -> None:
        self._good = [value.detach().clone() for value in self.model.state_dict().values()]


class _Means:
    """Means of the loss and of its terms over pictures, summed on the device."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self.batches, self.pictures = 0, 0
        self.total: torch.Tensor | float = 0.0
        self.terms: dict[str, torch.Tensor | float] = {}

    def add(self, loss: torch.Tensor, output: Output, pictures: int) -> None:
        self.batches += 1
        self.pictures += pictures
        self.total = self.total + loss.detach() * pictures
        for name, term in output.terms.items():
            self.terms[name] = self.terms.get(name, 0.0) + term.detach().sum()

    def take(self) -> Losses:
        n = self.pictures
        losses = Losses(
            float(self.total) / n, {name: float(term) / n for name, term in self.terms.items()}
        )
        self._start()
        return losses


def train(config: TrainConfig, data: Dataset | None = None) -> Iterator[Event]:
    """Train from scratch as ``config`` says; the events of ``Trainer.run``."""
    yield from Trainer(config, data).run()


def fit(trainer: Trainer) -> Autoencoder:
    """Run a trainer to its end and return the model."""
    for _ in trainer.run():
        pass
    return trainer.model
