"""Many visitors train small models at once: everybody's models take turns of a few milliseconds.

A ``Playground`` is what one page shows: up to two players, each a model that trains. A few threads
of low priority take the player whose turn it is and train it for a slice, so that the models of a
page and those of all pages get equal time. Nobody waits in a queue; with many,
all go slower. A playground whose page no longer asks for frames halts, and is soon forgotten.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from aecore.messages import LabError, Sentence
from aecore.points.config import PointsConfig, Rates
from aecore.points.training import PointTrainer
from aecore.runs import lower_priority

SLICE_SECONDS = 0.02
FRAME_SECONDS = 0.1
# Without a question from its page: it halts, and is forgotten.
HALT_SECONDS, FORGET_SECONDS = 5.0, 600.0
# Of training, for one player.
MOST_SECONDS = 600.0
MOST_PLAYGROUNDS = 60
# Updates a second; 0: as many as there is time for.
SPEEDS = (1, 10, 100, 0)
# How long a thread sleeps where nothing is due, and where nobody trains.
NAP_SECONDS, SLEEP_SECONDS = 0.02, 1.0


@dataclass(eq=False)
class Player:
    """One model of a playground: its newest frame, and the rows of its curves, which only grow.

    steps: updates asked for one by one; reason: why it has ended, if it has.
    """

    config: PointsConfig
    rates: Rates
    id: str = field(default_factory=lambda: secrets.token_urlsafe(6))
    frame: bytes = b""
    rows: list[tuple[float, ...]] = field(default_factory=list)
    steps: int = 0
    reason: Sentence | None = None
    _trainer: PointTrainer | None = None
    _busy: bool = False
    _turn: float = 0.0
    _due: float = 0.0
    _looked: float = 0.0

    def wants(self, running: bool) -> bool:
        """Whether it has something to do now."""
        if self._busy or self.reason:
            return False
        if self._trainer is None or self.steps:
            return True
        return running and time.monotonic() >= self._due

    def serve(self, running: bool, speed: int) -> None:
        """Do what it wants for a few milliseconds: the first frame, an update, a slice of them."""
        if self._trainer is None:
            self._trainer = PointTrainer(self.config, self.rates)
            self._look()
            return
        trainer = self._trainer
        if trainer.rates != self.rates:
            trainer.change(self.rates)
        began, looked = time.monotonic(), self._looked
        trainer.advance()
        if self.steps:
            self.steps -= 1
        elif running and not speed:
            while time.monotonic() < began + SLICE_SECONDS:
                trainer.advance()
        elif speed:
            self._due = max(self._due + 1 / speed, began)
        if not running or time.monotonic() >= looked + FRAME_SECONDS:
            self._look()

    def _look(self) -> None:
        frame = self._trainer.frame()
        self.frame = frame.to_bytes()
        self.rows.append(frame.row)
        self.reason = self._trainer.failure
        if self._trainer.seconds > MOST_SECONDS:
            self.reason = Sentence("It has trained for ten minutes, the most there is.")
        self._looked = time.monotonic()


@dataclass(eq=False)
class Playground:
    """What one page shows. players: by their letters, a and b."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    running: bool = False
    speed: int = 0
    players: dict[str, Player] = field(default_factory=dict)
    seen: float = field(default_factory=time.monotonic)

    @property
    def ended(self) -> bool:
        """Whether no player can go on."""
        return bool(self.players) and all(player.reason for player in self.players.values())


class Playgrounds:
    """All playgrounds of this process. Every method may be called from any thread.

    slots: threads that train; None takes one for every two cores.
    """

    def __init__(self, slots: int | None = None) -> None:
        self.slots = slots or max(1, (os.cpu_count() or 1) // 2)
        self._lock = threading.Condition()
        self._all: dict[str, Playground] = {}
        self._workers: list[threading.Thread] = []
        self._closing = False

    def open(self) -> Playground:
        """A new one without players. Raises LabError where there are too many."""
        self.forget_absent()
        with self._lock:
            if len(self._all) >= MOST_PLAYGROUNDS:
                raise LabError("Too many playgrounds are open at the moment: try again soon.")
            playground = Playground()
            self._all[playground.id] = playground
            while len(self._workers) < self.slots and not self._closing:
                name = f"playground-{len(self._workers)}"
                worker = threading.Thread(target=self._work, name=name, daemon=True)
                self._workers.append(worker)
                worker.start()
            return playground

    def get(self, playground_id: str) -> Playground | None:
        """The one of this name, which only its page knows; it counts as seen."""
        with self._lock:
            playground = self._all.get(playground_id)
            if playground:
                playground.seen = time.monotonic()
            return playground

    def set_up(self, playground: Playground, wanted: dict[str, tuple[PointsConfig, Rates]]) -> None:
        """Have these players: one whose config is as before goes on, at its new rates; any other
        starts anew."""
        with self._lock:
            before, players = playground.players, {}
            for letter, (config, rates) in wanted.items():
                kept = letter in before and before[letter].config == config
                players[letter] = before[letter] if kept else Player(config, rates)
                players[letter].rates = rates
            playground.players = players
            self._lock.notify_all()

    def start(self, playground: Playground) -> None:
        self._run(playground, True)

    def pause(self, playground: Playground) -> None:
        self._run(playground, False)

    def step(self, playground: Playground) -> None:
        """A pause, and one update of each player."""
        for player in playground.players.values():
            player.steps += 1
        self._run(playground, False)

    def reset(self, playground: Playground) -> None:
        """A pause, and all players with their first weights."""
        with self._lock:
            playground.players = {
                letter: Player(player.config, player.rates)
                for letter, player in playground.players.items()
            }
        self._run(playground, False)

    def forget_absent(self, seconds: float = FORGET_SECONDS) -> None:
        """Drop those whose page has asked for nothing for so long."""
        with self._lock:
            for playground in list(self._all.values()):
                if time.monotonic() - playground.seen > seconds:
                    del self._all[playground.id]

    def close(self, timeout: float = 5.0) -> None:
        """End the threads: before the process does."""
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        for worker in self._workers:
            worker.join(timeout)

    def _run(self, playground: Playground, running: bool) -> None:
        with self._lock:
            playground.running = running
            self._lock.notify_all()

    def _present(self) -> Iterator[Playground]:
        now = time.monotonic()
        return (one for one in self._all.values() if now - one.seen < HALT_SECONDS)

    def _next(self) -> tuple[Playground, Player] | None:
        """Whoever is first of those that want something: after a slice a player waits as long as
        it took, so that all get equal time, however long their updates are."""
        waiting = (
            (playground, player)
            for playground in self._present()
            for player in playground.players.values()
            if player.wants(playground.running)
        )
        return min(waiting, key=lambda pair: pair[1]._turn, default=None)

    def _work(self) -> None:
        import torch

        lower_priority()
        torch.set_num_threads(1)
        while not self._closing:
            with self._lock:
                chosen = self._next()
                if chosen is None:
                    some = any(playground.running for playground in self._present())
                    self._lock.wait(NAP_SECONDS if some else SLEEP_SECONDS)
                    continue
                playground, player = chosen
                player._busy = True
            began = time.monotonic()
            try:
                player.serve(playground.running, playground.speed)
            except Exception as error:
                # Whatever went wrong in one must not end the thread that serves all.
                player.reason = Sentence(
                    "The run broke off: {error}.", error=f"{type(error).__name__}: {error}"
                )
            with self._lock:
                ended = time.monotonic()
                player._busy, player._turn = False, ended + (ended - began)


_playgrounds: Playgrounds | None = None
_making = threading.Lock()


def playgrounds() -> Playgrounds:
    """The playgrounds of this process."""
    global _playgrounds
    with _making:
        if _playgrounds is None:
            _playgrounds = Playgrounds()
        return _playgrounds
