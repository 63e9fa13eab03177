"""What the parts of the Sweep page share: the sweep as it stands, and its measures in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aecore.runs import registry
from aecore.sweep import LOSS, Job, Result, Spread, Sweep
from aecore.sweep_run import SweepRun
from pages.ui import server
from pages.ui.i18n import _, fixed, number, percent
from pages.ui.models import Entry, swept

MOST_DECIMALS = 9
PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"


@dataclass(frozen=True, eq=False)
class Board:
    """A sweep as it stands while the page is drawn. models: by the number of the run."""

    run: SweepRun
    results: dict[int, Result]
    models: dict[int, Entry]

    @property
    def sweep(self) -> Sweep:
        return self.run.sweep

    def measures(self, job: Job) -> dict[str, float]:
        """What was measured of a run; nothing if it has no result."""
        result = self.results.get(job.number)
        return result.measures if result else {}

    @property
    def datasets(self) -> set[str]:
        """What the models were really trained on."""
        return {result.card.dataset for result in self.results.values() if result.card}


def held_board() -> Board | None:
    """The sweep of this session as it stands now, if there is one."""
    held = registry().sweeps.get(server.owner())
    return Board(held, dict(held.results), swept()) if held else None


def measure_names() -> dict[str, str]:
    """The measures that can be shown."""
    return {
        "test_mse": _("Test MSE per pixel"),
        "noisy_mse": _("MSE after denoising"),
        LOSS: _("Total loss (nats)"),
        "recon_nats": _("Reconstruction (nats)"),
        "kl_nats": _("KL (nats)"),
        "elbo_nats": _("ELBO (nats)"),
        "label_accuracy": _("Classes named by its head"),
        "psnr": _("PSNR (dB)"),
        "active_units": _("Active units"),
        "seconds": _("Training time (s)"),
        "parameters": _("Parameters"),
    }


def measured(measure: str, value: float) -> str:
    """A measure as it is written in the tables: with three significant digits, or counted."""
    counts = measure in ("parameters", "active_units")
    return _written(measure, value, 0 if counts and value == int(value) else _decimals(value, 3))


def spread_text(measure: str, spread: Spread) -> str:
    """The mean, and the deviation with two significant digits."""
    if not spread.deviation:
        return measured(measure, spread.mean)
    decimals = max(_decimals(spread.mean, 3), _decimals(spread.deviation, 2))
    values = (spread.mean, spread.deviation)
    return PLUS_MINUS.join(_written(measure, value, decimals) for value in values)


def _decimals(value: float, digits: int) -> int:
    """As many as give so many significant digits."""
    needed = digits - 1 - math.floor(math.log10(abs(value))) if value else 0
    return min(max(0, needed), MOST_DECIMALS)


def _written(measure: str, value: float, decimals: int) -> str:
    if measure == "label_accuracy":
        return percent(value)
    return fixed(value, decimals) if decimals else number(value, 0)
