"""Training a GAN: a config in, a stream of the events of ``aecore.training`` out.

    for event in GanTrainer(config).run():
        ...

Whoever iterates is in charge, as there. Between two events a player can also be moved by hand:
``turn`` gives the stages of one update.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from safetensors.numpy import save
from torch import Generator, Tensor

from aecore import data as datasets
from aecore.checkpoint import versions
from aecore.config import CLASSES, check_real, check_whole
from aecore.data import Dataset
from aecore.device import best_device
from aecore.explore.fidelity import Fidelity, judge_of
from aecore.gan.algorithm import Stage, critic_turn, generator_turn
from aecore.gan.config import MAX_CRITIC_STEPS, GanTrainConfig
from aecore.gan.file import GanCard
from aecore.gan.games.gradient_penalty import line_points, slopes
from aecore.gan.model import Gan, build
from aecore.messages import Sentence
from aecore.snapshots import to_uint8
from aecore.training import (
    STEPS_AN_EVENT,
    End,
    Epoch,
    Evaluation,
    Guard,
    Losses,
    Step,
    diverged,
)

# Moments at which samples are looked at before the regular ones, in updates of the generator.
EARLY = (10, 25, 50, 100, 200, 400)
LOOKS = 60
TILES = 10
# Samples that are measured while it trains, and at the end.
MEASURED = 1000
MEASURED_AT_END = 10_000
# Scores that are shown as a histogram.
SCORED = 500
# Batches that the averaged generator's normalisation is measured on.
STATISTICS = 20
# Of a sum of shares.
TOLERANCE = 1e-9

CRITIC, GENERATOR = "critic", "generator"


@dataclass(frozen=True)
class Look:
    """The samples of one moment.

    step: updates of the generator; epoch: training splits shown to the critic; samples: (100, 28,
    28) uint8, of the same noise each time, of a conditional GAN a class a row; real_scores,
    fake_scores: (n,) float32, the critic's of test pictures and of samples; fidelity: of 1,000
    samples.
    """

    step: int
    epoch: float
    samples: np.ndarray
    real_scores: np.ndarray
    fake_scores: np.ndarray
    fidelity: Fidelity

    def to_bytes(self) -> bytes:
        """One safetensors blob, as the page's JavaScript reads it."""
        arrays = {
            name: np.ascontiguousarray(getattr(self, name))
            for name in ("samples", "real_scores", "fake_scores")
        }
        counts = np.array(self.fidelity.counts, np.float32)
        return save(
            {**arrays, "counts": counts}, {"step": str(self.step), "epoch": f"{self.epoch:.6g}"}
        )


class GanTrainer:
    """A GAN, an optimiser a player, and where it stands; ``run`` trains it, again and further.

    config: what to do; data: read from ``config.dataset`` unless given; device: the best one unless
    given. ``watch=False`` leaves out looks and measures until the end.
    """

    def __init__(
        self,
        config: GanTrainConfig,
        data: Dataset | None = None,
        *,
        device: torch.device | None = None,
        watch: bool = True,
    ) -> None:
        self.config = config
        self.device = device or best_device()
        self.precision = "float32"
        self.whole = data or datasets.load(config.dataset)
        self.data = self.whole.only(config.classes)
        self.split = self.data.train.to(self.device)
        self.model = build(config.model, config.seed).to(self.device)
        game = self.model.game
        self.optimizers = {
            CRITIC: game.optimizer(self.model.critic.parameters(), config.critic_rate),
            GENERATOR: game.optimizer(self.model.generator.parameters(), config.generator_rate),
        }
        self.critic_steps = config.critic_steps
        self.generator = Generator(self.device).manual_seed(config.seed)
        self.averaged = copy.deepcopy(self.model.generator) if config.averaging else None
        self.watch = watch
        self.turns = {CRITIC: 0, GENERATOR: 0}
        self._measured_at = -1
        self.seconds = 0.0
        self.epochs_done = 0
        fixed = Generator(self.device).manual_seed(config.seed)
        self.fixed_noise = self.model.noise(TILES * TILES, fixed)
        self.fixed_labels = self._spread_labels(TILES * TILES)
        self.scored = self.data.test.take(slice(0, SCORED)).to(self.device)

    @property
    def step(self) -> int:
        """Updates of the generator so far."""
        return self.turns[GENERATOR]

    @property
    def epoch(self) -> float:
        """How often as many pictures as the training split has were shown to the critic."""
        return self.turns[CRITIC] * self.config.batch_size / len(self.split)

    @property
    def rates(self) -> dict[str, float]:
        """The learning rate of each player."""
        return {name: o.param_groups[0]["lr"] for name, o in self.optimizers.items()}

    def change(
        self,
        *,
        generator_rate: float | None = None,
        critic_rate: float | None = None,
        critic_steps: int | None = None,
    ) -> None:
        """From the next update on. Raises ConfigError for a value out of its range."""
        for player, rate in ((GENERATOR, generator_rate), (CRITIC, critic_rate)):
            if rate is not None:
                check_real(f"{player}_rate", rate, 1e-7, 1)
                for group in self.optimizers[player].param_groups:
                    group["lr"] = rate
        if critic_steps is not None:
            check_whole("critic_steps", critic_steps, 1, MAX_CRITIC_STEPS)
            self.critic_steps = critic_steps

    def turn(self, player: str) -> Iterator[Stage]:
        """One update of a player, stage by stage; it counts when the last stage is over."""
        self.model.train()
        index = torch.randint(
            len(self.split), (self.config.batch_size,), generator=self.generator, device=self.device
        )
        labels = self.split.labels[index]
        optimizer = self.optimizers[player]
        if player == CRITIC:
            real = self.split.pictures(index)
            yield from critic_turn(self.model, optimizer, real, labels, self.generator)
        else:
            yield from generator_turn(self.model, optimizer, labels, self.generator)
            self._average()
        self.turns[player] += 1

    def play(self, player: str) -> Stage:
        """One update of a player at once; its last stage."""
        *_, last = self.turn(player)
        return last

    def play_many(self, players: tuple[str, ...], count: int) -> Iterator[Step | Look | Evaluation]:
        """So many updates of these players in turn, by hand, and what has come of it."""
        for _ in range(count):
            for player in players:
                self.play(player)
        critic, generator = self._peek(CRITIC), self._peek(GENERATOR)
        means = {
            CRITIC: float(critic.loss),
            GENERATOR: float(generator.loss),
            "distance": float(self.model.game.distance(critic.terms).detach()),
        }
        yield self._step(means, critic)
        yield from self._look()

    def _peek(self, player: str) -> Stage:
        """A player's turn up to its gradient: nothing moves."""
        turn = self.turn(player)
        for stage in turn:
            if stage.name == f"{player}-gradient":
                turn.close()
                return stage

    def run(self, epochs: int | None = None) -> Iterator[Step | Epoch | Look | Evaluation | End]:
        """Train for ``epochs`` (the config's unless given) and say what happens.

        Where a loss or a weight is no longer finite, the last good weights are put back and
        ``End`` says why.
        """
        epochs = epochs or self.config.epochs
        until = self.epoch + epochs
        guard = Guard(self.model, self.optimizers.values())
        updates = epochs * len(self.split) / (self.config.batch_size * self.critic_steps)
        self._pause = max(1, round(updates / LOOKS))
        if self.watch and self.step == 0:
            yield from self._look()
        passed = self.epochs_done
        while self.epoch < until - TOLERANCE:
            started = time.perf_counter()
            event = self._window(until)
            if not guard.holds(event):
                yield self._end(diverged(self.step, max(self.rates.values())))
                return
            self.seconds += time.perf_counter() - started
            yield event
            if self.watch and self._is_time():
                yield from self._look()
            while passed < int(self.epoch + TOLERANCE):
                passed += 1
                self.epochs_done += 1
                yield Epoch(self.epochs_done, self.seconds)
        yield self._end(None)

    def _window(self, until: float) -> Step:
        """Updates up to the next event, and what they were like."""
        losses = {CRITIC: 0.0, GENERATOR: 0.0, "distance": 0.0}
        before = self.step
        while self.step < before + STEPS_AN_EVENT:
            for _ in range(self.critic_steps):
                critic = self.play(CRITIC)
            generator = self.play(GENERATOR)
            losses[CRITIC] += critic.loss
            losses[GENERATOR] += generator.loss
            losses["distance"] += self.model.game.distance(critic.terms).detach()
            if (self.watch and self._is_time()) or self.epoch >= until - TOLERANCE:
                break
        means = {name: float(total) / (self.step - before) for name, total in losses.items()}
        return self._step(means, critic)

    def _step(self, means: dict[str, float], critic: Stage) -> Step:
        """What the curves show: means of the losses, and how things stand after this critic's
        turn."""
        terms = {name: mean for name, mean in means.items() if name != CRITIC}
        losses = Losses(means[CRITIC], {**terms, **self._state(critic)})
        return Step(self.step, self.epoch, losses, self.rates[GENERATOR])

    def _is_time(self) -> bool:
        """To look at samples."""
        early = self.step < self._pause and self.step in EARLY
        return early or self.step % self._pause == 0

    def _state(self, critic: Stage) -> dict[str, float]:
        """What the curves show beside the losses, after an update of both: the critic's mean
        scores, how steep it is between data and samples, and the gradients of both players."""
        model = self.model.eval()
        say = model.critic_for(critic.labels)
        with torch.no_grad():
            scores = say(critic.real).mean(), say(critic.fake).mean()
        model.critic.requires_grad_(False)
        between = line_points(critic.real, critic.fake, self.generator)
        steepness = slopes(say, between).mean()
        model.critic.requires_grad_(True)
        return {
            "real_score": scores[0].item(),
            "fake_score": scores[1].item(),
            "slope": steepness.item(),
            "critic_gradient": _gradient_norm(model.critic),
            "generator_gradient": _gradient_norm(model.generator),
        }

    @torch.inference_mode()
    def _look(self) -> Iterator[Look | Evaluation]:
        gan = self.shown
        say = gan.critic_for(self.scored.labels)
        fidelity = self._judged(MEASURED)
        yield Look(
            step=self.step,
            epoch=self.epoch,
            samples=to_uint8(gan.generate(self.fixed_noise, self.fixed_labels)),
            real_scores=say(self.scored.pictures()).cpu().numpy(),
            fake_scores=say(self._draw(len(self.scored), self.scored.labels)).cpu().numpy(),
            fidelity=fidelity,
        )
        measures = ("precision", "recall", "confidence", "largest_share")
        terms = {name: getattr(fidelity, name) for name in measures}
        yield Evaluation(self.epoch, Losses(fidelity.frechet, terms), fidelity)

    @property
    def shown(self) -> Gan:
        """The GAN that draws samples: with the averaged generator, if there is one."""
        gan = copy.copy(self.model)
        if self.averaged is not None:
            gan._modules = {**self.model._modules, "generator": self.averaged}
            if self._measured_at != self.step:
                self._measured_at = self.step
                self._measure_statistics(gan)
        return gan.eval()

    @torch.no_grad()
    def _measure_statistics(self, gan: Gan) -> None:
        """Of the maps of the averaged generator: those that batch normalisation has followed are
        of other weights (Brock, Donahue and Simonyan, 2019, “standing statistics”)."""
        layers = [m for m in self.averaged.modules() if hasattr(m, "running_mean")]
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # the mean of all batches
        self.averaged.train()
        generator = Generator(self.device).manual_seed(self.config.seed)
        for _ in range(STATISTICS):
            labels = self._spread_labels(len(self.fixed_noise))
            gan.generate(gan.noise(len(labels), generator), labels)

    @torch.inference_mode()
    def _draw(self, count: int, labels: Tensor | None = None) -> Tensor:
        """Samples (count, 1, 28, 28), always of the same noise, a class as often as another."""
        gan, generator = self.shown, Generator(self.device).manual_seed(self.config.seed + 1)
        labels = self._spread_labels(count) if labels is None else labels
        z = gan.noise(count, generator)
        parts = zip(z.split(MEASURED), labels.split(MEASURED), strict=True)
        return torch.cat([gan.generate(*part) for part in parts])

    def _spread_labels(self, count: int) -> Tensor:
        """The classes in turn from the first row of samples to the last: (count,)."""
        classes = torch.tensor(self.config.classes or range(CLASSES), device=self.device)
        return classes[torch.arange(count, device=self.device) * len(classes) // count]

    def _judged(self, count: int) -> Fidelity:
        return judge_of(self.whole, self.config.classes).measure(self._draw(count))

    def metrics(self) -> Fidelity:
        """Measure 10,000 samples of the generator as it stands."""
        return self._judged(MEASURED_AT_END)

    @torch.no_grad()
    def _average(self) -> None:
        if self.averaged is None:
            return
        # Early weights are forgotten soon.
        kept = min(self.config.averaging, (1 + self.step) / (10 + self.step))
        for mean, now in zip(
            self.averaged.parameters(), self.model.generator.parameters(), strict=True
        ):
            mean.lerp_(now, 1 - kept)

    def _end(self, reason: Sentence | None) -> End:
        return End(reason, self.metrics(), self.seconds)

    def card(self, fidelity: Fidelity, name: str = "") -> GanCard:
        """What to write beside the weights of ``shown``; fidelity: theirs."""
        return GanCard(
            config=self.config,
            dataset=self.data.name,
            fidelity=fidelity,
            parameters=self.model.parameter_count(),
            seconds=self.seconds,
            epochs=round(self.epoch, 3),
            updates=self.step,
            versions=versions(),
            name=name,
        )


def _gradient_norm(player: torch.nn.Module) -> float:
    gradients = [p.grad for p in player.parameters() if p.grad is not None]
    return torch.nn.utils.get_total_norm(gradients).item()
