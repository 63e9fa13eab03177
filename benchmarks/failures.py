"""The failure museum on MNIST: the symptom of each failing run, and of the repaired one.

Trains both runs of each exhibit and measures what the page “Failure museum” shows. Seconds are
processor time on one thread, with the evaluations and snapshots that the live monitor asks for.

    python benchmarks/failures.py [--only collapse holes codes units identity rate scale]
"""

from __future__ import annotations

import argparse
import json
import math
import time

from aecore import data
from aecore.explore.failures import FAILURES, Trained, differences
from aecore.training import Evaluation, Step, Trainer

MEASURED, REAL = 2000, 10_000
# What is worth a place in the table, of each symptom that has it.
SHOWN = ("active", "total", "variety", "usual", "dead", "perplexity", "digits", "noise", "start")


def trained(config, dataset):
    trainer = Trainer(config, dataset)
    began = time.process_time()
    events = list(trainer.run())
    seconds = time.process_time() - began
    of = Trained(
        model=trainer.model,
        x=dataset.test.pictures(slice(0, MEASURED)),
        real=dataset.train.pictures(slice(0, REAL)),
        start=next(event.losses.total for event in events if isinstance(event, Evaluation)),
        losses=[event.losses.total for event in events if isinstance(event, Step)],
        broken=events[-1].reason is not None,
    )
    return of, seconds, events[-1].metrics, trainer.step


def measured(failure, config, dataset):
    of, seconds, metrics, step = trained(config, dataset)
    symptom = failure.examine(of)
    row = {"number": failure.number(symptom), "ill": failure.is_ill(symptom)}
    row |= {name: getattr(symptom, name) for name in SHOWN if hasattr(symptom, name)}
    if failure.key == "holes":
        row |= {way: symptom.beyond(getattr(symptom, way)) for way in ("fit", "normal")}
    if failure.key == "rate":
        row |= {"highest": max(symptom.losses, default=symptom.start), "steps": step}
    row |= {"test_mse": metrics.test_mse, "seconds": seconds}
    return {name: _short(value) for name, value in row.items()}


def _short(value):
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.4g}")
    return value if not isinstance(value, float) else str(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", choices=list(FAILURES), default=list(FAILURES))
    args = parser.parse_args()
    dataset = data.load("mnist")
    for key in args.only:
        failure = FAILURES[key]
        row = {"exhibit": key, "limit": failure.limit, "differ": differences(failure)}
        for name, config in zip(("failing", "repaired"), failure.configs(), strict=True):
            row[name] = measured(failure, config, dataset)
        print(json.dumps(row, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
