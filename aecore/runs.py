"""Training runs of many people on one machine: a queue, a few threads, and who owns what.

A bounded number of runs trains at once, each in a daemon thread of low priority; the others
wait their turn. A run is an iterator of events, so pausing is not asking for the next one:
a paused run gives its place to the next in the queue. Nothing here knows of the web page;
whoever shows a run reads its growing lists.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from aecore.config import TrainConfig
from aecore.gan.config import GanTrainConfig
from aecore.gan.translation.config import TranslationTrainConfig
from aecore.messages import LabError, Sentence

if TYPE_CHECKING:
    from aecore.explore.fidelity import Fidelity
    from aecore.gan.training import GanTrainer
    from aecore.gan.translation.measures import Measures
    from aecore.gan.translation.training import TranslationTrainer
    from aecore.metrics import Metrics
    from aecore.sweep_run import SweepRun
    from aecore.training import Event, Trainer

AnyConfig = TrainConfig | GanTrainConfig | TranslationTrainConfig

# The pairs of the failure museum, and two more.
MAX_RUNS_EACH = 16
NICENESS = 10


class RunError(LabError):
    """A run can't do what it is asked, or there are too many."""


class Status(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


LIVE = (Status.QUEUED, Status.RUNNING, Status.PAUSED)


@dataclass(eq=False)
class Run:
    """One training run: what was asked, where it stands, and all that it has shown so far.

    train_curve, test_curve: rows (epoch, total, reconstruction, *other terms), nats.
    snapshots: each a safetensors blob (``aecore.snapshots``), deflated by zlib to a quarter of
    its size. The lists only grow.
    reason: why it ended early, if it did. epochs_planned: in all, further training included.
    changes: settings changed since it was submitted, by their names.
    then: of a run that is a part of something larger and stands in no list: whom to tell, in the
    thread that trained, each time that it has ended or halted.
    """

    owner: str
    config: AnyConfig
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    number: int = 0
    status: Status = Status.QUEUED
    reason: Sentence | None = None
    notice: Sentence | None = None
    epoch: float = 0.0
    epochs_planned: float = 0
    changes: dict[str, float] = field(default_factory=dict)
    term_names: tuple[str, ...] = ()
    train_curve: list[tuple[float, ...]] = field(default_factory=list)
    test_curve: list[tuple[float, ...]] = field(default_factory=list)
    snapshots: list[bytes] = field(default_factory=list)
    metrics: Metrics | Fidelity | Measures | None = None
    trainer: Trainer | GanTrainer | TranslationTrainer | None = None
    then: Callable[[Run], None] | None = None
    _events: Iterator[Event] | None = None
    _wish: Status | None = None
    _epochs_before_pause: int | None = None
    # Held by whoever moves the trainer: the thread that drives it, or a page by hand.
    _moving: threading.Lock = field(default_factory=threading.Lock)

    def setting(self, name: str) -> float:
        """A setting as it stands, such as ``learning_rate``."""
        return self.changes.get(name, getattr(self.config, name))

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def seconds(self) -> float:
        """Of training so far."""
        return self.trainer.seconds if self.trainer else 0.0

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the pace so far; None before there is one."""
        if not self.is_live or not self.epoch or not self.seconds:
            return None
        return max(0.0, (self.epochs_planned - self.epoch) * self.seconds / self.epoch)


class Registry:
    """All runs of this process. Every method may be called from any thread.

    slots: how many train at once; None reads ``AECORE_MAX_RUNS``, or takes one for every
    four cores. They share all cores but one, which is left to the pages: threads of torch
    wait for each other, so one that is held up by a page would hold up the whole run.
    """

    def __init__(self, slots: int | None = None) -> None:
        cores = os.cpu_count() or 1
        self.slots = slots or int(os.environ.get("AECORE_MAX_RUNS") or max(1, cores // 4))
        self.threads = max(1, (cores - 1) // self.slots)
        self._lock = threading.Condition()
        # By their owners, who have one each.
        self.sweeps: dict[str, SweepRun] = {}
        self._runs: dict[str, Run] = {}
        self._queue: list[Run] = []
        self._seen: dict[str, float] = {}
        self._counts: dict[str, int] = {}
        self._workers: list[threading.Thread] = []
        self._closing = False

    def submit(
        self,
        owner: str,
        config: AnyConfig,
        then: Callable[[Run], None] | None = None,
        *,
        paused: bool = False,
    ) -> Run:
        """Queue a new run, or keep it until it is resumed. Raises RunError where its owner holds
        too many."""
        with self._lock:
            if then is None and len(self._listed(owner)) >= MAX_RUNS_EACH:
                raise RunError(
                    "You hold {count} runs, the most that are kept: remove one first.",
                    count=MAX_RUNS_EACH,
                )
            run = Run(owner, config, then=then)
            if then is None:
                run.number = self._counts[owner] = self._counts.get(owner, 0) + 1
            run.epochs_planned = config.epochs
            self._runs[run.id] = run
            if paused:
                run.status = Status.PAUSED
            else:
                self._enqueue(run)
            return run

    def of(self, owner: str, kind: type = TrainConfig) -> list[Run]:
        """The runs of one owner with such a config, oldest first, without those of a sweep."""
        with self._lock:
            return [run for run in self._listed(owner) if isinstance(run.config, kind)]

    def _listed(self, owner: str) -> list[Run]:
        return [run for run in self._runs.values() if run.owner == owner and not run.then]

    def get(self, run_id: str) -> Run | None:
        """The run with this name, or None. A name can't be guessed: only its owner knows it."""
        with self._lock:
            return self._runs.get(run_id)

    def sweep(self, sweep_id: str) -> SweepRun | None:
        """The sweep with this name, or None; nor can that be guessed."""
        with self._lock:
            return next((one for one in self.sweeps.values() if one.id == sweep_id), None)

    def hold_sweep(self, sweep: SweepRun) -> None:
        """Keep a sweep for its owner; the one before it is stopped and forgotten."""
        with self._lock:
            before = self.sweeps.get(sweep.owner)
            self.sweeps[sweep.owner] = sweep
        if before:
            before.stop()

    def position(self, run: Run) -> int:
        """How many runs wait before this one, 0 for the next; -1 if it does not wait."""
        with self._lock:
            return self._queue.index(run) if run in self._queue else -1

    def load(self) -> tuple[int, int]:
        """How many runs train and how many wait, of all owners."""
        with self._lock:
            training = sum(run.status is Status.RUNNING for run in self._runs.values())
            return training, len(self._queue)

    def pause(self, run: Run) -> None:
        """Halt between two updates; a waiting run leaves the queue."""
        self._wish_for(run, Status.PAUSED)

    def stop(self, run: Run) -> None:
        """End the run; its weights stay as they are."""
        self._wish_for(run, Status.STOPPED)

    def resume(self, run: Run, epochs: int | None = None) -> None:
        """Go on from a pause, for so many epochs before pausing again (all, unless given)."""
        with self._lock:
            if run.status is Status.PAUSED:
                run._epochs_before_pause = epochs
                self._enqueue(run)

    def pause_after_epoch(self, run: Run) -> None:
        """Let the epoch that is under way be the last before a pause."""
        with self._lock:
            run._epochs_before_pause = 1

    def train_further(self, run: Run, epochs: int) -> None:
        """Queue an ended run again for more epochs, from the weights that it has."""
        with self._lock:
            if run.is_live or run.trainer is None:
                raise RunError("Only a run that has ended can be trained further.")
            run._events = run.trainer.run(epochs)
            run.epochs_planned = round(run.trainer.epoch + epochs, 2)
            run.reason = None
            self._enqueue(run)

    def change(self, run: Run, **settings: float) -> None:
        """Other settings from the next update on, such as ``learning_rate``: those that the
        trainer's ``change`` takes."""
        if run.trainer:
            run.trainer.change(**settings)
        run.changes |= settings

    @contextlib.contextmanager
    def by_hand(self, run: Run) -> Iterator[Trainer | GanTrainer]:
        """The trainer of a paused run, to be moved by a page; the run can't go on meanwhile.

        Raises RunError where it is not paused.
        """
        # The thread that trains holds it as long as the run goes on.
        if run.status is not Status.PAUSED or not run._moving.acquire(blocking=False):
            raise RunError("Pause the run first: then it can be moved by hand.")
        try:
            _prepare(run)
            yield run.trainer
            run.epoch = run.trainer.epoch
        finally:
            run._moving.release()

    def record(self, run: Run, events: Iterable[Event]) -> None:
        """Keep what happened to a run that is moved by hand."""
        for event in events:
            _record(run, event)

    def remove(self, run: Run) -> None:
        """Stop a run and forget it."""
        self.stop(run)
        with self._lock:
            self._runs.pop(run.id, None)

    def touch(self, owner: str) -> None:
        """Note that this owner's page is open."""
        self._seen[owner] = time.monotonic()

    def forget_absent(self, seconds: float) -> None:
        """Stop and drop the runs and sweeps of owners whose page has been closed for so long."""
        now = time.monotonic()
        with self._lock:
            owners = {run.owner for run in self._runs.values()} | set(self.sweeps)
        for owner in owners:
            if now - self._seen.setdefault(owner, now) > seconds:
                for run in self.of(owner, object):
                    self.remove(run)
                if sweep := self.sweeps.pop(owner, None):
                    sweep.stop()
                self._seen.pop(owner, None)

    def close(self, timeout: float = 5.0) -> None:
        """Tell every trainer to stop, and wait for it: before the process ends."""
        with self._lock:
            self._closing = True
            self._queue.clear()
            self._lock.notify_all()
        for worker in self._workers:
            worker.join(timeout)

    def _wish_for(self, run: Run, status: Status) -> None:
        with self._lock:
            if run in self._queue:
                self._queue.remove(run)
                run.status = status
            elif run.status is Status.RUNNING:
                run._wish = status
            elif run.status is Status.PAUSED and status is Status.STOPPED:
                run.status = status

    def _enqueue(self, run: Run) -> None:
        run.status = Status.QUEUED
        run._wish = None
        self._queue.append(run)
        if len(self._workers) < self.slots and not self._closing:
            name = f"trainer-{len(self._workers)}"
            worker = threading.Thread(target=self._work, name=name, daemon=True)
            self._workers.append(worker)
            worker.start()
        self._lock.notify()

    def _work(self) -> None:
        import torch

        lower_priority()
        torch.set_num_threads(self.threads)
        while True:
            with self._lock:
                while not self._queue and not self._closing:
                    self._lock.wait()
                if self._closing:
                    return
                run = self._queue.pop(0)
                run.status = Status.RUNNING
            try:
                with run._moving:
                    status = self._drive(run)
            except LabError as error:
                run.reason, status = error.sentence, Status.FAILED
            except Exception as error:
                # Whatever went wrong in one run must not end the thread that serves all.
                run.reason = Sentence(
                    "The run broke off: {error}.", error=f"{type(error).__name__}: {error}"
                )
                status = Status.FAILED
            with self._lock:
                run.status, run._wish = status, None
            if run.then:
                run.then(run)

    def _drive(self, run: Run) -> Status:
        """Train until the run ends or somebody wishes otherwise; says how it stands then."""
        from aecore.training import End, Epoch

        _prepare(run)
        if run._events is None:
            run._events = run.trainer.run()
        for event in run._events:
            _record(run, event)
            if isinstance(event, End):
                run._events = None
                return Status.FAILED if run.reason else Status.FINISHED
            if isinstance(event, Epoch) and run._epochs_before_pause is not None:
                run._epochs_before_pause -= 1
                if run._epochs_before_pause <= 0 and event.epoch < run.epochs_planned:
                    run._epochs_before_pause = None
                    run._wish = run._wish or Status.PAUSED
            if run._wish is Status.PAUSED:
                return Status.PAUSED
            if run._wish is Status.STOPPED or self._closing:
                break
        run._events = None
        if not self._closing:
            run.trainer.model.eval()
            run.metrics = run.trainer.metrics()
        return Status.STOPPED


def _prepare(run: Run) -> None:
    """Make the trainer of a run, if it has none yet."""
    from aecore.data import load_or_embedded
    from aecore.gan.training import GanTrainer
    from aecore.gan.translation.training import TranslationTrainer
    from aecore.training import Trainer

    if run.trainer is None:
        data = load_or_embedded(run.config.dataset, download=True)
        run.notice = data.notice
        trainers = {
            TrainConfig: Trainer,
            GanTrainConfig: GanTrainer,
            TranslationTrainConfig: TranslationTrainer,
        }
        run.trainer = trainers[type(run.config)](run.config, data)
        run.trainer.change(**run.changes)


def _record(run: Run, event: Event) -> None:
    from aecore.gan import training as of_gan
    from aecore.gan.translation import training as of_translation
    from aecore.snapshots import Snapshot
    from aecore.training import End, Evaluation, Step

    if isinstance(event, Step):
        run.epoch = event.epoch
        run.term_names = tuple(event.losses.terms)
        run.train_curve.append((event.epoch, event.losses.total, *event.losses.terms.values()))
    elif isinstance(event, Evaluation):
        run.metrics = event.metrics
        run.test_curve.append((event.epoch, event.losses.total, *event.losses.terms.values()))
    elif isinstance(event, (Snapshot, of_gan.Look, of_translation.Look)):
        run.snapshots.append(zlib.compress(event.to_bytes(), 1))
    elif isinstance(event, End):
        run.metrics, run.reason = event.metrics, event.reason


def lower_priority() -> None:
    """Let pages go before training: on Linux each thread, and those it starts, has its own."""
    if hasattr(os, "setpriority") and os.uname().sysname == "Linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


_registry: Registry | None = None
_making = threading.Lock()


def registry() -> Registry:
    """The one registry of this process."""
    global _registry
    with _making:
        if _registry is None:
            _registry = Registry()
        return _registry
