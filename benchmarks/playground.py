"""Mode collapse and its cure on the 2D playground: modes covered by the minimax GAN and by WGAN-GP,
with the page's own settings, on the ring of 8 and the grid of 25.

Two models that share one core for a minute have half of it each: ``--seconds 30``. Seconds are
those of the processor, so that others on the machine do not count; the clock's stand beside them. A
mode counts as covered with a tenth of its fair share of 2,500 samples, as touched with one (the
papers' count). ``equal`` is the minimax GAN with both players at the same rate.

    python benchmarks/playground.py [--seconds 30] [--seeds 3] [--clouds ring] > playground.json
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import torch

from aecore.points import clouds
from aecore.points.config import USUAL_RATES, PointsConfig, Rates
from aecore.points.training import COLUMNS, PointTrainer

SHOWN = ("step", "covered", "touched", "quality", "energy")
# Shares of the time at which a row is told.
MOMENTS = (1 / 6, 1 / 3, 2 / 3, 1)
SLICE = 10
SLOW = USUAL_RATES["minimax"]
WAYS = {
    "minimax": ("minimax", SLOW),
    "gradient-penalty": ("gradient-penalty", USUAL_RATES["gradient-penalty"]),
    "equal": ("minimax", Rates(SLOW.generator, SLOW.generator, SLOW.critic_steps)),
}


def watched(config: PointsConfig, rates: Rates, seconds: float) -> list[dict[str, float]]:
    """Train for so many seconds of the processor; how the samples were at some moments."""
    trainer = PointTrainer(config, rates)
    rows, began, clock = [], time.process_time(), time.monotonic()
    for moment in MOMENTS:
        while time.process_time() - began < moment * seconds:
            trainer.advance(SLICE)
        row = dict(zip(COLUMNS, trainer.frame().row, strict=True))
        spent = {"seconds": moment * seconds, "clock": time.monotonic() - clock}
        rows.append({k: round(v, 4) for k, v in (spent | {n: row[n] for n in SHOWN}).items()})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--clouds", nargs="+", default=["ring", "grid"], choices=["ring", "grid"])
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    args = parser.parse_args()
    torch.set_num_threads(1)
    PointTrainer(PointsConfig(), Rates()).advance(SLICE)  # imports what an optimiser needs
    found = []
    for name in args.ways:
        model, rates = WAYS[name]
        for cloud in args.clouds:
            for seed in range(args.seeds):
                config = PointsConfig(cloud=cloud, model=model, seed=seed)
                rows = watched(config, rates, args.seconds)
                found.append({"cloud": cloud, "model": name, "seed": seed, "rows": rows})
                print(cloud, name, seed, rows[-1], file=sys.stderr, flush=True)
    modes = {cloud: len(clouds.modes(cloud)) for cloud in args.clouds}
    rates = {name: vars(WAYS[name][1]) for name in args.ways}
    print(json.dumps({"modes": modes, "rates": rates, "runs": found}, indent=1))


if __name__ == "__main__":
    main()
