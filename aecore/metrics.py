"""How good a model is, measured on a test split, always in single precision.

Per-pixel errors are means over all pixels in [0, 1]; everything in nats is summed over
pixels or latents and averaged over the pictures.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from aecore.config import NoiseConfig
from aecore.corruption import corrupt
from aecore.data import Split
from aecore.models import Autoencoder, VariationalAutoencoder

BATCH = 1000
ACTIVE_VARIANCE = 0.01


@dataclass(frozen=True)
class Metrics:
    """Measures on a test split.

    test_mse: mean squared error a pixel of x̂ (for a VAE decoded from the mean μ).
    psnr: 10 log₁₀(1 / mse) of each picture, in dB, averaged over the pictures.
    recon_nats: −log p(x|z), for a VAE with z drawn once from q(z|x).
    kl_nats, elbo_nats: KL(q(z|x) ‖ p(z)) and −(recon_nats + kl_nats), whatever β was;
        None for a deterministic model.
    active_units: latents whose mean code varies over the test set: by more than 0.01
        for a VAE (Burda et al., 2016), by more than 1 % of the largest for the others.
    noisy_mse, noisy_psnr: the same against the clean picture when the input is corrupted as
        in training; None where it was not.
    label_accuracy: the share of pictures whose class a supervised model names, in [0, 1]; None
        for one that names none.
    """

    test_mse: float
    psnr: float
    recon_nats: float
    kl_nats: float | None
    elbo_nats: float | None
    active_units: int
    noisy_mse: float | None = None
    noisy_psnr: float | None = None
    label_accuracy: float | None = None

    @property
    def headline(self) -> float:
        """What is said first of a model."""
        return self.test_mse

    def to_json(self) -> dict[str, float | int | None]:
        return asdict(self)


def psnr(x: Tensor, y: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each pair of pictures (B, ...) in [0, 1], in dB: (B,).

    Capped at 100 dB, where two pictures are the same in single precision.
    """
    mse = (x - y).square().flatten(1).mean(1)
    return -10 * torch.log10(mse.clamp_min(1e-10))


def ssim(x: Tensor, y: Tensor) -> Tensor:
    """Structural similarity of each pair of pictures (B, 1, H, W) in [0, 1]: (B,), at most 1.

    Wang, Bovik, Sheikh and Simoncelli (2004), equation 13, with their 11x11 Gaussian window of
    σ = 1.5, K₁ = 0.01 and K₂ = 0.03; averaged over the places where the window lies inside.
    """
    offset = torch.arange(-5, 6, device=x.device, dtype=x.dtype)
    window = torch.exp(-0.5 * (offset / 1.5) ** 2)
    window = window / window.sum()

    def local_mean(z: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(z, window.view(1, 1, 1, -1)), window.view(1, 1, -1, 1))

    c1, c2 = 0.01**2, 0.03**2
    mean_x, mean_y = local_mean(x), local_mean(y)
    var_x = local_mean(x * x) - mean_x.square()
    var_y = local_mean(y * y) - mean_y.square()
    covariance = local_mean(x * y) - mean_x * mean_y
    likeness = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x.square() + mean_y.square() + c1) * (var_x + var_y + c2)
    )
    return likeness.flatten(1).mean(1)


def accuracy(logits: Tensor, labels: Tensor) -> float:
    """The share of logits (N, classes) whose largest is that of the label (N,), in [0, 1]."""
    return (logits.argmax(1) == labels).double().mean().item()


@torch.inference_mode()
def evaluate(
    model: Autoencoder,
    split: Split,
    noise: NoiseConfig | None = None,
    *,
    binarize: bool = False,
    seed: int = 0,
) -> Metrics:
    """Measure ``model`` on every picture of ``split``; the same seed gives the same numbers.

    binarize: on black and white pictures, drawn once from the greys.
    """
    noise = noise or NoiseConfig()
    generator = torch.Generator(model.device).manual_seed(seed)
    variational = isinstance(model, VariationalAutoencoder)
    sums = dict.fromkeys(("mse", "psnr", "recon", "kl", "noisy_mse", "noisy_psnr"), 0.0)
    codes = []
    for start in range(0, len(split), BATCH):
        x = split.pictures(slice(start, start + BATCH))
        if binarize:
            x = torch.bernoulli(x, generator=generator)
        of = model.given(split.labels[start : start + BATCH])
        output = of(x, generator=generator)
        codes.append(of.encode(x))
        picture = of.decode(codes[-1]) if variational else output.reconstruction
        sums["mse"] += (picture - x).square().flatten(1).mean(1).sum().item()
        sums["psnr"] += psnr(picture, x).sum().item()
        sums["recon"] += output.terms["reconstruction"].sum().item()
        if variational:
            sums["kl"] += output.terms["kl"].sum().item()
        if noise.kind != "none":
            noisy = corrupt(x, noise.kind, noise.level, generator)
            restored = of.decode(of.encode(noisy))
            sums["noisy_mse"] += (restored - x).square().flatten(1).mean(1).sum().item()
            sums["noisy_psnr"] += psnr(restored, x).sum().item()
    mean = {name: total / len(split) for name, total in sums.items()}
    z = torch.cat(codes)
    logits = model.class_logits(z)
    variance = z.double().var(0, correction=0).cpu().numpy()
    threshold = ACTIVE_VARIANCE * (1 if variational else variance.max())
    return Metrics(
        test_mse=mean["mse"],
        psnr=mean["psnr"],
        recon_nats=mean["recon"],
        kl_nats=mean["kl"] if variational else None,
        elbo_nats=-(mean["recon"] + mean["kl"]) if variational else None,
        active_units=int(np.count_nonzero(variance > threshold)),
        noisy_mse=mean["noisy_mse"] if noise.kind != "none" else None,
        noisy_psnr=mean["noisy_psnr"] if noise.kind != "none" else None,
        label_accuracy=None if logits is None else accuracy(logits, split.labels),
    )
