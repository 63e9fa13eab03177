"""How well a model of one digit tells it from the nine others: AUROC on MNIST's test split.

For each digit, a model that was trained on its training pictures alone scores all 10,000 test
pictures by their squared error, and by the other scores of ``aecore.explore.anomalies``; normal
are those of the digit, foreign the nine others. PCA of the same pictures is the baseline, with as
many components as the code has values and with others.

    python benchmarks/anomalies.py [--pretrained-only]

Without the option ten larger models are trained too, of the same d; those that are shipped are kept
small.
"""

from __future__ import annotations

import argparse

import numpy as np

from aecore import checkpoint, data, library, pca
from aecore.config import ModelConfig, TrainConfig
from aecore.explore import anomalies, judging
from aecore.training import Trainer, fit

SIZES = (8, 12, 16, 24, 32, 48)
BAR, BASELINE = 0.966, 0.955
LARGER = ModelConfig("mlp", latent_dim=16, hidden=(128, 64))
LARGER_EPOCHS = 50


def areas(judge, dataset, digit):
    """The AUROC of a judge that knows one digit, by each measure."""
    known = anomalies.code_gaussian(judging.encode(judge, dataset.train.only((digit,))))
    scores = anomalies.scores(judge, known, dataset.test)
    normal = dataset.test.labels.numpy() == digit
    return {name: anomalies.auroc(s[normal], s[~normal]) for name, s in scores.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pretrained-only", action="store_true")
    larger = not parser.parse_args().pretrained_only
    dataset = data.load("mnist")
    manifest = library.manifest()
    models = {
        config.classes[0]: name for name, config in manifest.items() if len(config.classes) == 1
    }
    rows, seconds = {}, 0.0
    for digit, name in sorted(models.items()):
        model, _card = checkpoint.load(library.path(name))
        own = areas(judging.by_model(model), dataset, digit)
        row = {
            "shipped": own["mse"],
            "shipped, relative": own["relative"],
            "shipped, distance": own["distance"],
        }
        if larger:
            config = TrainConfig(
                LARGER, classes=(digit,), epochs=LARGER_EPOCHS, learning_rate=2e-3, batch_size=64
            )
            trainer = Trainer(config, dataset, watch=False)
            found = areas(judging.by_model(fit(trainer).eval()), dataset, digit)
            row |= {"larger": found["mse"], "larger, relative": found["relative"]}
            seconds += trainer.seconds
        reference = pca.fit(dataset.train.only((digit,)))
        for d in SIZES:
            row[f"PCA {d}"] = areas(judging.by_pca(reference, d), dataset, digit)["mse"]
        row["PCA 16, relative"] = areas(judging.by_pca(reference, 16), dataset, digit)["relative"]
        rows[digit] = row
    names = list(rows[0])
    print("| digit | " + " | ".join(names) + " |")
    print("|:--|" + "--:|" * len(names))
    for digit, row in rows.items():
        print(f"| {digit} | " + " | ".join(f"{row[name]:.4f}" for name in names) + " |")
    mean = {name: float(np.mean([row[name] for row in rows.values()])) for name in names}
    print("| mean | " + " | ".join(f"**{mean[name]:.4f}**" for name in names) + " |")
    print(f"\nshipped: {mean['shipped']:.4f} (bar {BAR}, {mean['shipped'] >= BAR})")
    if larger:
        reached = mean["larger"] >= BAR
        print(f"larger, trained in {seconds:.0f} s: {mean['larger']:.4f} (bar {BAR}, {reached})")
    best = max((f"PCA {d}" for d in SIZES), key=mean.get)
    print(f"{best}: {mean[best]:.4f} (asked of PCA: {BASELINE})")


if __name__ == "__main__":
    main()
