"""A sweep under way: its runs go through the queue of everybody, one at a time.

The next is handed in when the last has ended, so that a sweep of sixty runs takes no more of a
machine than one run does. Nothing is kept of a run but its result.
"""

from __future__ import annotations

import math
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from aecore import checkpoint
from aecore.messages import Sentence
from aecore.runs import Registry, Run, Status
from aecore.sweep import LOSS, Job, Result, Sweep

if TYPE_CHECKING:
    from aecore.training import Trainer


class SweepRun:
    """A sweep, its results so far, and the run that is under way. Safe for any thread.

    results: by the number of the job; what is in it is not trained again.
    status: STOPPED until ``start``, and then as that of a run.
    """

    def __init__(
        self,
        registry: Registry,
        owner: str,
        sweep: Sweep,
        results: dict[int, Result] | None = None,
    ) -> None:
        self.id = secrets.token_urlsafe(9)
        self.owner = owner
        self.sweep = sweep
        self.results = dict(results or {})
        self.status = Status.STOPPED if self.missing else Status.FINISHED
        self.run: Run | None = None
        self._registry = registry
        self._lock = threading.Lock()
        self._paces: list[float] = []
        # When the run under way was handed in; None if it was paused since.
        self._since: float | None = None

    @property
    def missing(self) -> list[Job]:
        """The jobs that have no result yet, in their order."""
        return [job for job in self.sweep.jobs if job.number not in self.results]

    @property
    def is_live(self) -> bool:
        return self.status in (Status.RUNNING, Status.PAUSED)

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the pace of the runs so far, waiting included; None without one."""
        with self._lock:
            run, missing = self.run, self.missing
            if self.status is not Status.RUNNING or not missing:
                return None
            epochs = sum(job.config.epochs for job in missing) - (run.epoch if run else 0)
            if self._paces:
                return epochs * sum(self._paces) / len(self._paces)
            return epochs * run.seconds / run.epoch if run and run.epoch else None

    def start(self) -> None:
        """Go on: with the run that was paused, or else with the first that is missing."""
        with self._lock:
            if self.status is Status.RUNNING or not self.missing:
                return
            self.status = Status.RUNNING
            if self.run is None:
                self._hand_in()
            else:
                self._registry.resume(self.run)

    def pause(self) -> None:
        """Halt between two updates of the run under way."""
        with self._lock:
            if self.status is Status.RUNNING:
                self.status, self._since = Status.PAUSED, None
                if self.run:
                    self._registry.pause(self.run)

    def stop(self) -> None:
        """End the run under way, of which nothing is kept; all results stay."""
        with self._lock:
            if self.is_live:
                self.status = Status.STOPPED
            run, self.run = self.run, None
        if run:
            self._registry.remove(run)

    def _hand_in(self) -> None:
        missing = self.missing
        if not missing:
            self.status = Status.FINISHED
            return
        self._since = time.monotonic()
        config, number = missing[0].config, missing[0].number
        self.run = self._registry.submit(self.owner, config, self._teller(number))

    def _teller(self, number: int) -> Callable[[Run], None]:
        return lambda run: self._put_down(run, number)

    def _put_down(self, run: Run, number: int) -> None:
        """A run has ended or halted: keep its result and hand in the next."""
        if run.status in (Status.FINISHED, Status.FAILED):
            result = _result(run, self.sweep.jobs[number].key)
            with self._lock:
                self._registry.remove(run)
                if self.run is not run:
                    return
                self.results[number], self.run = result, None
                if self._since is not None and run.epoch:
                    self._paces.append((time.monotonic() - self._since) / run.epoch)
                if self.status is Status.RUNNING or not self.missing:
                    self._hand_in()
        elif run.status is Status.PAUSED:
            with self._lock:
                # Resumed before the pause took effect.
                if self.run is run and self.status is Status.RUNNING:
                    self._registry.resume(run)


def result_of(trainer: Trainer, name: str = "") -> Result:
    """Pack what was trained: rounds the trainer's weights to half precision, then measures."""
    checkpoint.halve(trainer.model)
    if not all(v.isfinite().all() for v in trainer.model.state_dict().values()):
        return Result(reason=Sentence("Its weights are too large for half precision."))
    evaluation = trainer.evaluation()
    card = trainer.card(evaluation.metrics, name)
    metrics = {**card.metrics, LOSS: evaluation.losses.total}
    if not all(value is None or math.isfinite(value) for value in metrics.values()):
        return Result(reason=Sentence("Its error is no finite number."))
    card = replace(card, metrics=metrics)
    return Result(checkpoint.to_bytes(trainer.model, card, half=True))


def _result(run: Run, name: str) -> Result:
    if run.status is Status.FAILED:
        return Result(reason=run.reason)
    try:
        return result_of(run.trainer, name)
    except Exception as error:
        # One run that can't be packed must not end the sweep, nor the thread that trains.
        return Result(
            reason=Sentence("The run broke off: {error}.", error=f"{type(error).__name__}: {error}")
        )
