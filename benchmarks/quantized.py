"""The VQ-VAE and the prior over its codes, on MNIST's test split.

models      MSE a pixel, perplexity of the codes, dead codes and size of each pretrained VQ-VAE,
            with the bars: MSE at most .004, perplexity above half the codebook
codebooks   one that follows by a moving average against one that learns by its gradient, trained
            alike on some training digits
bits        of a test digit: all codes alike, shares known place by place, the prior known; and how
            far pictures drawn from each are from the nearest training digit

    python benchmarks/quantized.py [--epochs 3] [--digits 10000] [--sizes 32 128]
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import replace

import torch

from aecore import checkpoint, code_prior, data, library
from aecore.explore import codebook
from aecore.explore.sampling import nearest_error
from aecore.training import Trainer

MSE_BAR = 0.004
DRAWN = 400
REAL = 20_000


def row(*cells):
    print(f"| {' | '.join(str(cell) for cell in cells)} |", flush=True)


def names():
    return [n for n in library.available() if library.manifest()[n].model.quantizer]


def models(dataset):
    row("model", "K", "test MSE", "perplexity", "dead", "largest share", "kB", "seconds", "bars")
    row(":--", *["--:"] * 7, ":--")
    for name in names():
        model, card = checkpoint.load(library.path(name))
        used = codebook.usage(codebook.maps_of(model, dataset.test), dataset.test.images,
                              len(model.codebook))  # fmt: skip
        k, mse = len(used.shares), card.metrics["test_mse"]
        held = mse <= MSE_BAR and used.perplexity > k / 2
        row(
            name, k, f"{mse:.5f}", f"{used.perplexity:.1f}", int(used.dead.sum()),
            f"{used.shares.max():.3f}", round(library.path(name).stat().st_size / 1e3),
            round(card.seconds), "held" if held else "missed",
        )  # fmt: skip


def codebooks(dataset, sizes, epochs, digits):
    part = replace(dataset, train=dataset.train.take(slice(digits)))
    settings = library.manifest()[names()[0]]
    row("codebook", "K", "test MSE", "perplexity", "dead", "seconds")
    row(":--", *["--:"] * 5)
    for k in sizes:
        for way, decay in (("moving average", settings.model.quantizer.decay), ("gradient", 0.0)):
            quantizer = replace(settings.model.quantizer, num_embeddings=k, decay=decay)
            model = replace(settings.model, quantizer=quantizer)
            trainer = Trainer(replace(settings, model=model, epochs=epochs), part, watch=False)
            started = time.process_time()
            *_, end = trainer.run()
            seconds = time.process_time() - started
            maps = codebook.maps_of(trainer.model, dataset.test)
            used = codebook.usage(maps, dataset.test.images, k)
            row(
                way, k, f"{end.metrics.test_mse:.5f}", f"{used.perplexity:.1f}",
                int(used.dead.sum()), round(seconds),
            )  # fmt: skip


def bits(dataset):
    generator = torch.Generator().manual_seed(0)
    real = dataset.train.pictures(slice(REAL))
    row("model", "codes", "nats a digit", "bits", "distance of what is drawn")
    row(":--", ":--", *["--:"] * 3)
    for name in names():
        model = checkpoint.load(library.path(name))[0]
        prior, card = code_prior.load(library.prior_path(name), model)
        k, known = len(model.codebook), codebook.maps_of(model, dataset.train)
        maps = codebook.maps_of(model, dataset.test)
        shares = codebook.by_place(known, k, more=1)
        labels = torch.randint(10, (DRAWN,), generator=generator)
        ways = [
            ("all alike, 49 log K", model.config.quantizer.bits,
             codebook.uniform(k, DRAWN, generator)),
            ("shares place by place", codebook.independent_bits(maps, shares),
             codebook.independent(shares, DRAWN, generator)),
            ("the prior", card.test_nats / math.log(2), prior.sample(labels, generator)),
            ("of the test digits themselves", None, maps[:DRAWN]),
        ]  # fmt: skip
        for way, cost, drawn in ways:
            error = nearest_error(codebook.decode(model, drawn), real).mean().item()
            cells = ("–", "–") if cost is None else (f"{cost * math.log(2):.1f}", f"{cost:.1f}")
            row(name, way, *cells, f"{error:.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--digits", type=int, default=10_000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 128])
    args = parser.parse_args()
    dataset = data.load("mnist")
    models(dataset)
    print()
    bits(dataset)
    print()
    codebooks(dataset, args.sizes, args.epochs, args.digits)


if __name__ == "__main__":
    main()
