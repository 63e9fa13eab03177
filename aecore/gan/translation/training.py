"""Training two translators: a config in, a stream of the events of ``aecore.training`` out.

    for event in TranslationTrainer(config).run():
        ...

Whoever iterates is in charge, as there. In each update both translators move first, then both
critics, which see translations of earlier updates too (Shrivastava et al., 2017, section 2.3).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from safetensors.numpy import save
from torch import Generator, Tensor

from aecore import data as datasets
from aecore.checkpoint import versions
from aecore.config import CLASSES, check_real
from aecore.data import Dataset, Split
from aecore.device import best_device
from aecore.gan.translation.config import TranslationTrainConfig
from aecore.gan.translation.domains import sides
from aecore.gan.translation.families import build
from aecore.gan.translation.file import TranslatorCard
from aecore.gan.translation.measures import Examiner, Measures
from aecore.gan.translation.model import Round, Translation
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

# Updates at which is looked before the regular ones.
EARLY = (10, 25, 50, 100, 200)
LOOKS = 40
# Updates between two looks, at least.
APART = 5
# Test pictures measured while it trains, and at the end.
MEASURED = 500
MEASURED_AT_END = 10_000


@dataclass(frozen=True)
class Look:
    """The film's picture of one moment.

    step: updates so far; epoch: passes over a domain; a, b: (10, 28, 28) uint8, test pictures, one
    of each class; ab, aba, ba, bab: their translations, and these brought back.
    """

    step: int
    epoch: float
    a: np.ndarray
    b: np.ndarray
    ab: np.ndarray
    aba: np.ndarray
    ba: np.ndarray
    bab: np.ndarray

    def to_bytes(self) -> bytes:
        """One safetensors blob, as the page's JavaScript reads it."""
        names = ("a", "b", *Round.names())
        arrays = {name: np.ascontiguousarray(getattr(self, name)) for name in names}
        return save(arrays, {"step": str(self.step), "epoch": f"{self.epoch:.6g}"})


class Memory:
    """Translations of earlier updates, of one domain.

    Of each batch that asks, half is exchanged at random for what was kept: Zhu et al. (2017).
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.kept: Tensor | None = None

    def exchange(self, fresh: Tensor, generator: Generator) -> Tensor:
        """fresh: (B, 1, 28, 28) → the same, some of them older."""
        if not self.size:
            return fresh
        if self.kept is None or len(self.kept) < self.size:
            old = fresh if self.kept is None else torch.cat([self.kept, fresh])
            self.kept = old[: self.size].clone()
            return fresh
        count = min(len(fresh) // 2, self.size)
        which = torch.randperm(len(fresh), generator=generator, device=fresh.device)[:count]
        places = torch.randperm(self.size, generator=generator, device=fresh.device)[:count]
        shown = fresh.clone()
        shown[which], self.kept[places] = self.kept[places], fresh[which]
        return shown


class TranslationTrainer:
    """Translators, their critics, and where they stand; ``run`` trains them, again and further.

    config: what to do; data: read from ``config.dataset`` unless given; device: the best one unless
    given. ``watch=False`` leaves out looks and measures until the end.
    """

    def __init__(
        self,
        config: TranslationTrainConfig,
        data: Dataset | None = None,
        *,
        device: torch.device | None = None,
        watch: bool = True,
    ) -> None:
        self.config = config
        self.device = device or best_device()
        self.precision = "float32"
        self.data = data or datasets.load(config.dataset)
        self.sides = sides(config.model.pair, self.data)
        self.splits = self.sides.train_a.to(self.device), self.sides.train_b.to(self.device)
        self.model = build(config.model, config.seed).to(self.device)
        game = self.model.game
        self.learning_rate, self.critic_rate = config.learning_rate, config.critic_rate
        self.optimizers = [
            game.optimizer(self.model.translators, config.learning_rate),
            game.optimizer(self.model.critics, config.critic_rate),
        ]
        self.generator = Generator(self.device).manual_seed(config.seed)
        self.memories = Memory(config.memory), Memory(config.memory)
        self.watch = watch
        self.step = 0
        self.seconds = 0.0
        self.epochs_done = 0
        self.fixed = [_one_of_each(s) for s in (self.sides.test_a, self.sides.test_b)]
        self._examiner: Examiner | None = None

    @property
    def steps_an_epoch(self) -> int:
        """Updates in which as many pictures are shown as the smaller domain has."""
        return max(1, min(map(len, self.splits)) // self.config.batch_size)

    @property
    def epoch(self) -> float:
        """Passes over the smaller domain so far, with fraction."""
        return self.step / self.steps_an_epoch

    def change(
        self, *, learning_rate: float | None = None, critic_rate: float | None = None
    ) -> None:
        """From the next update on. Raises ConfigError for a value out of its range."""
        if learning_rate is not None:
            check_real("learning_rate", learning_rate, 1e-7, 1)
            self.learning_rate = learning_rate
        if critic_rate is not None:
            check_real("critic_rate", critic_rate, 1e-7, 1)
            self.critic_rate = critic_rate

    def run(self, epochs: int | None = None) -> Iterator[Step | Epoch | Look | Evaluation | End]:
        """Train for ``epochs`` (the config's unless given) and say what happens.

        Rates fall over the second half of this call. Where a loss or a weight is no longer
        finite, the last good weights are put back and ``End`` says why.
        """
        first = self.step
        last = first + (epochs or self.config.epochs) * self.steps_an_epoch
        guard = Guard(self.model, self.optimizers)
        looks = max(APART, (last - first) // LOOKS)
        if self.watch and first == 0:
            yield from self._look()
        while self.step < last:
            started = time.perf_counter()
            event = self._window(first, last, looks)
            if not guard.holds(event):
                yield self._end(diverged(self.step, max(self.learning_rate, self.critic_rate)))
                return
            self.seconds += time.perf_counter() - started
            yield event
            if self.watch and self._is_time(first, last, looks):
                yield from self._look()
            if self.step % self.steps_an_epoch == 0:
                self.epochs_done += 1
                yield Epoch(self.epochs_done, self.seconds)
        yield self._end(None)

    def _window(self, first: int, last: int, looks: int) -> Step:
        """Updates up to the next event, and what they were like."""
        self.model.train()
        before, sums = self.step, {}
        while self.step < before + STEPS_AN_EVENT:
            share = _decay((self.step - first) / (last - first))
            for optimizer, rate in zip(
                self.optimizers, (self.learning_rate, self.critic_rate), strict=True
            ):
                for group in optimizer.param_groups:
                    group["lr"] = rate * share
            for name, value in self.update().items():
                sums[name] = sums.get(name, 0.0) + value
            over = self.step == last or self.step % self.steps_an_epoch == 0
            if over or (self.watch and self._is_time(first, last, looks)):
                break
        self.model.eval()
        terms = {name: float(value) / (self.step - before) for name, value in sums.items()}
        critics = ("critic_a", "critic_b")
        total = sum(value for name, value in terms.items() if name not in critics)
        rate = self.optimizers[0].param_groups[0]["lr"]
        return Step(self.step, self.epoch, Losses(total, terms), rate)

    def update(self) -> dict[str, Tensor]:
        """One update of all four; the mean of each term over the batch."""
        model = self.model
        a, b = (self._batch(split) for split in self.splits)
        for critic in model.critics:
            critic.requires_grad_(False)
        made = model.round(a, b)
        terms = {name: t.mean() for name, t in model.translator_terms(a, b, made).items()}
        self._descend(0, sum(terms.values()))
        for critic in model.critics:
            critic.requires_grad_(True)
        fakes = (
            memory.exchange(fake.detach(), self.generator)
            for memory, fake in zip(self.memories, (made.ba, made.ab), strict=True)
        )
        answers = {name: t.mean() for name, t in model.critic_terms(a, b, *fakes).items()}
        self._descend(1, sum(answers.values()))
        self.step += 1
        return {name: term.detach() for name, term in (terms | answers).items()}

    def _descend(self, player: int, loss: Tensor) -> None:
        optimizer = self.optimizers[player]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    def _batch(self, split: Split) -> Tensor:
        index = torch.randint(
            len(split), (self.config.batch_size,), generator=self.generator, device=self.device
        )
        return split.pictures(index)

    def _is_time(self, first: int, last: int, looks: int) -> bool:
        """To look at the fixed digits."""
        early = self.step < looks and self.step in EARLY
        return early or (self.step - first) % looks == 0 or self.step == last

    @torch.inference_mode()
    def _look(self) -> Iterator[Look | Evaluation]:
        self.model.eval()
        a, b = (split.pictures() for split in self.fixed)
        made = self.model.round(a.to(self.device), b.to(self.device))
        views = {name: to_uint8(getattr(made, name)) for name in Round.names()}
        yield Look(self.step, self.epoch, to_uint8(a), to_uint8(b), **views)
        measures = self._measured(MEASURED)
        terms = {"cycle_mse": sum(measures.cycle_mse) / 2, "frechet": sum(measures.frechet) / 2}
        if measures.kept:
            terms["kept"] = sum(measures.kept) / 2
        yield Evaluation(self.epoch, Losses(terms["frechet"], terms), measures)

    def _measured(self, count: int) -> Measures:
        if self._examiner is None or count != MEASURED:
            examiner = Examiner(self.sides, count)
            if count != MEASURED:
                return examiner.measure(self.model)
            self._examiner = examiner
        return self._examiner.measure(self.model)

    @property
    def shown(self) -> Translation:
        """The translators as they stand."""
        return self.model.eval()

    def metrics(self) -> Measures:
        """Measure the translators as they stand, on all test pictures."""
        self.model.eval()
        return self._measured(MEASURED_AT_END)

    def _end(self, reason: Sentence | None) -> End:
        return End(reason, self.metrics(), self.seconds)

    def card(self, measures: Measures, name: str = "") -> TranslatorCard:
        """What to write beside the translators as they stand; measures: of these."""
        return TranslatorCard(
            config=self.config,
            dataset=self.data.name,
            measures=measures,
            parameters=sum(p.numel() for p in self.model.translators),
            seconds=self.seconds,
            epochs=round(self.epoch, 3),
            updates=self.step,
            versions=versions(),
            name=name,
        )


def _decay(progress: float) -> float:
    """What part of the rates is used at ``progress`` in [0, 1): all of it over the first half, then
    less in a line."""
    return min(1.0, 2 * (1 - progress))


def _one_of_each(split: Split) -> Split:
    """The first picture of each class that occurs, in the order of the classes."""
    return split.take(torch.cat([(split.labels == c).nonzero()[:1, 0] for c in range(CLASSES)]))
