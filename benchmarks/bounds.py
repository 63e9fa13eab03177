"""How likely VAEs find MNIST's test digits, and what the importance-weighted bound is worth.

vae      d = 50, two layers of 200 tanh units each way, digits binarised anew at each step: log p(x)
         as L_k with k = 5,000. The bar: −90 nats or better.
iwae     the same network trained with L_50, and the VAE of the same number of passes

Burda, Grosse and Salakhutdinov (2016) publish −86.76 for this VAE and −84.78 for this IWAE, after
3,280 passes over the 60,000 training digits: ``--epochs 3280`` goes that way.

    python benchmarks/bounds.py [--epochs 200] [--pair 20] [--pictures 10000] [--only vae iwae]
"""

from __future__ import annotations

import argparse
import json

import torch

from aecore import data
from aecore.config import ModelConfig, TrainConfig
from aecore.explore.bounds import bounds
from aecore.training import Trainer, fit

BAR = -90.0
DRAWS = (1, 5, 50, 500, 5000)
MANY = 50


def config(epochs, samples=1):
    model = ModelConfig(
        variational=True,
        latent_dim=50,
        hidden=(200, 200),
        activation="tanh",
        likelihood="bernoulli",
        importance_samples=samples,
    )
    return TrainConfig(
        model, epochs=epochs, batch_size=100, learning_rate=2e-3, binarize=True, seed=0
    )


def measured(settings, dataset, pictures):
    trainer = Trainer(settings, dataset, watch=False)
    model = fit(trainer)
    generator = torch.Generator(model.device).manual_seed(1)
    # The test digits binarised once.
    x = torch.bernoulli(dataset.test.pictures(slice(0, pictures)).cpu(), generator=generator)
    found = bounds(model, x, DRAWS, generator)
    mean, error = found.mean(1), found[-1].std() / len(x) ** 0.5
    return {
        "importance_samples": settings.model.importance_samples,
        "epochs": settings.epochs,
        "seconds": round(trainer.seconds),
        "pictures": pictures,
        "bounds": {f"L_{k}": round(m.item(), 2) for k, m in zip(DRAWS, mean, strict=True)},
        "log_p": round(mean[-1].item(), 2),
        "standard_error": round(error.item(), 2),
    }


def vae(dataset, args):
    row = measured(config(args.epochs), dataset, args.pictures)
    return row | {"bar": BAR, "reached": row["log_p"] >= BAR}


def iwae(dataset, args):
    rows = [measured(config(args.pair, k), dataset, args.pictures) for k in (1, MANY)]
    return {"vae": rows[0], "iwae": rows[1], "better": rows[1]["log_p"] > rows[0]["log_p"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=200, help="of the VAE")
    parser.add_argument("--pair", type=int, default=20, help="epochs of the VAE beside the IWAE")
    parser.add_argument("--pictures", type=int, default=10_000, help="test digits measured")
    parser.add_argument("--only", nargs="*", choices=("vae", "iwae"), default=("vae", "iwae"))
    args = parser.parse_args()
    dataset = data.load("mnist")
    parts = {"vae": vae, "iwae": iwae}
    print(json.dumps({name: parts[name](dataset, args) for name in args.only}, indent=2))


if __name__ == "__main__":
    main()
