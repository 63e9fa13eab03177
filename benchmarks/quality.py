"""How good the models are on MNIST's test split, against what was asked of them.

linear      trained here at d = 2, 16, 32, 64: MSE beside PCA's, and the largest principal angle
            between the span of its decoder and PCA's
pretrained  every file of ``pretrained/`` measured again, and the largest difference to its card

    python benchmarks/quality.py [--pretrained-only]
"""

from __future__ import annotations

import argparse
import json

import numpy as np
from scipy.linalg import subspace_angles

from aecore import checkpoint, data, library, pca
from aecore.config import ModelConfig, TrainConfig
from aecore.metrics import evaluate
from aecore.training import Trainer, fit

BARS = {
    "mlp-d2": ("test_mse", 0.036),
    "mlp-d16": ("test_mse", 0.0080),
    "mlp-d32": ("test_mse", 0.0046),
    "mlp-d64": ("test_mse", 0.0032),
    "conv-d32": ("test_mse", 0.0045),
    "vae-mlp-d2": ("negative_elbo", 145),
    "vae-mlp-d20": ("negative_elbo", 102),
    # Mean PSNR of the restored test digits, in dB, at the noise that it was trained with.
    "denoising-mlp-d64-gaussian0.3": ("noisy_psnr", 21.3),
    "denoising-mlp-d64-gaussian0.5": ("noisy_psnr", 19.3),
    "denoising-mlp-d64-masking0.5": ("noisy_psnr", 20.3),
    "denoising-mlp-d64-salt-pepper0.25": ("noisy_psnr", 20.1),
    "denoising-conv-d64-gaussian0.3": ("noisy_psnr", 22.8),
    "denoising-conv-d64-gaussian0.5": ("noisy_psnr", 20.8),
    "denoising-conv-d64-masking0.5": ("noisy_psnr", 21.8),
    "denoising-conv-d64-salt-pepper0.25": ("noisy_psnr", 21.6),
}


def linear(dataset):
    reference = pca.fit(dataset.train)
    rows = []
    for d in (2, 16, 32, 64):
        config = TrainConfig(ModelConfig("linear", latent_dim=d), epochs=20, learning_rate=2e-3)
        trainer = Trainer(config, dataset, watch=False)
        weight = fit(trainer).decoder[0].weight.detach().numpy()
        angles = np.degrees(subspace_angles(weight, reference.components[:d].T))
        ours, theirs = trainer.metrics().test_mse, reference.test_mse(dataset.test, d)
        rows.append(
            {
                "d": d,
                "linear_mse": round(ours, 5),
                "pca_mse": round(theirs, 5),
                "ratio": round(ours / theirs, 4),
                "largest_angle_degrees": round(float(angles.max()), 2),
                "seconds": round(trainer.seconds, 1),
            }
        )
    return rows


def pretrained(dataset):
    rows = []
    for name in library.available():
        model, card = checkpoint.load(library.path(name))
        test = dataset.test.only(card.config.classes)
        found = evaluate(model, test, card.config.noise).to_json()
        off = max(
            abs(found[key] / card.metrics[key] - 1) for key in ("test_mse", "recon_nats", "psnr")
        )
        row = {
            "name": name,
            "test_mse": round(found["test_mse"], 5),
            "psnr": round(found["psnr"], 2),
            "parameters": card.parameters,
            "bytes": library.path(name).stat().st_size,
            "train_seconds": round(card.seconds),
            "off_the_card": float(f"{off:.1e}"),
        }
        if found["elbo_nats"] is not None:
            row["negative_elbo"] = round(-found["elbo_nats"], 2)
        if found["noisy_psnr"] is not None:
            row["noisy_psnr"] = round(found["noisy_psnr"], 2)
        if name in BARS:
            key, bar = BARS[name]
            better = row[key] >= bar if key == "noisy_psnr" else row[key] <= bar
            row |= {"bar": bar, "reached": better}
        rows.append(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pretrained-only", action="store_true")
    args = parser.parse_args()
    dataset = data.load("mnist")
    result = {"pretrained": pretrained(dataset)}
    if not args.pretrained_only:
        result["linear"] = linear(dataset)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
