"""Whether conditional VAEs draw what they are asked, and how near adversarial codes come to their
priors, on MNIST.

Conditional: styles drawn from N(0, I), each decoded as every class, are read by the classifier of
``aecore.explore.classifier``, which has seen real training digits only. Adversarial: the energy
distance between the codes of test digits and draws of the prior, and between two draws of the
prior as its floor; the same for a VAE (draws of its posterior) and a plain autoencoder with
N(0, I).

    python benchmarks/conditional.py
"""

from __future__ import annotations

import torch
from torch import Generator

from aecore import checkpoint, data, library
from aecore.config import AdversaryConfig
from aecore.explore import classifier, codes, priors, probes, sampling, styles

STYLES = 1000
SEEDS = 5
BAR = 0.97
PROBED = 10_000
PLAIN = ("vae-mlp-d2", "vae-mlp-d20")
BESIDE = ("vae-mlp-d2", "mlp-d2")


def obeyed(name, reader):
    """The row of one conditional model: shares obeyed, standard error, test MSE."""
    model, card = checkpoint.load(library.path(name))
    counts = styles.obedience(model, reader, STYLES).double()
    shares = (counts.diagonal() / counts.sum(1)).tolist()
    share, total = counts.trace().item() / counts.sum().item(), int(counts.sum())
    error = probes.standard_error(share, total)
    print("| model | " + " | ".join(map(str, range(10))) + " | all | test MSE |")
    print("|:--|" + "--:|" * 12)
    columns = " | ".join(f"{one:.3f}" for one in shares)
    mse = card.metrics["test_mse"]
    print(f"| {name} | {columns} | **{share:.4f}** ± {error:.4f} | {mse:.5f} |")
    print(f"\n{total} samples of {name}: {share:.4f} (bar {BAR}, {share >= BAR})\n")


def known(names, dataset):
    """What k-NN and logistic regression read of the class in codes; the first is conditional."""
    part = dataset.train.take(probes.subsample(len(dataset.train), PROBED))
    print("| codes of | d | k-NN, standardised | logistic |")
    print("|:--|--:|--:|--:|")
    for name in names:
        model, card = checkpoint.load(library.path(name))
        conditional = card.config.model.conditional
        encode = styles.codes if conditional else codes.encode
        found = [torch.as_tensor(encode(model, split)).numpy() for split in (part, dataset.test)]
        sets = (found[0], part.labels.numpy(), found[1], dataset.test.labels.numpy())
        near, flat = probes.knn_accuracy(*sets), probes.logistic_accuracy(*sets)
        print(f"| {name} | {found[0].shape[1]} | {near:.3f} | {flat:.3f} |")


def nearness(name, dataset):
    """The row of one model: distance and floor, means over seeds of the draws, and test MSE."""
    model, card = checkpoint.load(library.path(name))
    config = card.config.model
    z = torch.from_numpy(codes.encode(model, dataset.test))
    if config.variational:
        cloud = codes.cloud(model, dataset.test)
        mu, deviations = torch.from_numpy(cloud.codes), torch.from_numpy(cloud.deviations)
        z = sampling.aggregated_posterior(mu, deviations, len(mu), Generator().manual_seed(0))
    adversary = config.adversary or AdversaryConfig()
    found = [priors.distance(z, dataset.test.labels, adversary, seed) for seed in range(SEEDS)]
    far = sum(one.codes for one in found) / SEEDS
    floor = sum(one.floor for one in found) / SEEDS
    mse = card.metrics["test_mse"]
    print(f"| {name} | {far:.5f} | {floor:.5f} | {far / floor:.1f} | {mse:.5f} |")


def main():
    dataset, manifest = data.load("mnist"), library.manifest()
    reader = classifier.train(dataset.train, dataset.test)
    own = probes.standard_error(reader.accuracy, len(dataset.test))
    print(f"the classifier on real test digits: {reader.accuracy:.4f} ± {own:.4f}\n")
    conditional = [name for name, config in manifest.items() if config.model.conditional]
    for name in conditional:
        obeyed(name, reader)
    known([*conditional, *PLAIN], dataset)
    print("\n| model | distance | floor | ratio | test MSE |")
    print("|:--|--:|--:|--:|--:|")
    adversarial = [name for name, config in manifest.items() if config.model.adversary]
    for name in (*adversarial, *BESIDE):
        nearness(name, dataset)


if __name__ == "__main__":
    main()
