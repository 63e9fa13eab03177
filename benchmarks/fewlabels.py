"""What codes are worth with few labels, on MNIST's test split.

codes       test accuracy in percent of one logistic regression on raw pixels, PCA and the codes of
            pretrained models: mean and standard deviation over draws of labelled digits
fine-tuning the frozen, the fine-tuned and the fresh network, the same over seeds

    python benchmarks/fewlabels.py [--draws 5] [--seeds 3] [--model mlp-d32]
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from aecore import checkpoint, data, library, pca
from aecore.explore import fewlabels, finetuning
from aecore.explore.codes import encode
from aecore.pca import flat

MODELS = ("mlp-d32", "denoising-mlp-d64-gaussian0.3", "vae-mlp-d20", "conv-d32")
SIZES = (10, 100, 1000)


def cell(accuracies):
    return f"{100 * np.mean(accuracies):.1f} ± {100 * np.std(accuracies, ddof=1):.1f}"


def row(name, cells, seconds):
    print(f"| {name} | {' | '.join(cells)} | {seconds:.1f} |", flush=True)


def codes(dataset, draws):
    labels, truth = dataset.train.labels.numpy(), dataset.test.labels.numpy()
    reference = pca.fit(dataset.train)
    encoders = {"raw pixels": flat, "PCA, d = 32": lambda s: reference.transform(flat(s), 32)}
    for name in MODELS:
        model = checkpoint.load(library.path(name))[0]
        encoders[name] = lambda split, model=model: encode(model, split)
    for name, encoder in encoders.items():
        started = time.process_time()
        by = fewlabels.represent(encoder, dataset.train, dataset.test)
        cells = []
        for size in SIZES:
            index = [fewlabels.balanced(labels, size, draw) for draw in range(draws)]
            named = np.stack([fewlabels.named(by, dataset.train, one) for one in index])
            cells.append(cell(fewlabels.score(named, truth).accuracies))
        row(name, cells, time.process_time() - started)


def races(dataset, name, seeds):
    model = checkpoint.load(library.path(name))[0]
    found, seconds = {learner: [] for learner in finetuning.LEARNERS}, []
    for size in SIZES:
        started = time.process_time()
        ends = [
            list(finetuning.race(model, dataset.train, dataset.test, size, seed=seed))[-1].final
            for seed in range(seeds)
        ]
        seconds.append((time.process_time() - started) / seeds)
        for learner, cells in found.items():
            cells.append(cell([end[learner] for end in ends]))
    for learner, cells in found.items():
        row(f"{name}, {learner}", cells, sum(seconds))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--model", default="mlp-d32")
    args = parser.parse_args()
    dataset = data.load("mnist")
    print("| codes of | 10 labels | 100 labels | 1,000 labels | seconds |")
    print("|:--|--:|--:|--:|--:|")
    codes(dataset, args.draws)
    print("\n| network | 10 labels | 100 labels | 1,000 labels | seconds a race of each size |")
    print("|:--|--:|--:|--:|--:|")
    races(dataset, args.model, args.seeds)


if __name__ == "__main__":
    main()
