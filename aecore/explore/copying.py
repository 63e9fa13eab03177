"""Has an autoencoder learned the digits, or to copy? Pictures without any structure tell.

    e = Σ ‖x̂ − x‖² / Σ ‖x − x̄‖²        x̄ the mean picture of the same set

0 is a perfect copy; 1 is what a model loses that always answers the mean picture. One that has
learned what digits look like draws digits well and noise badly; the identity has e = 0 for both.
With d < 784 no linear decoder can have less than 1 − d/784 on white noise; an overcomplete code
could copy everything. Goodfellow, Bengio and Courville (2016), section 14.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aecore.config import ModelConfig, PenaltyConfig, TrainConfig
from aecore.metrics import BATCH
from aecore.models import Autoencoder

KINDS = ("shuffled", "uniform")
# The size of the codes of the demonstration, more than the 784 pixels.
OVERCOMPLETE = 1000
OVERCOMPLETE_EPOCHS = 3


def shuffled(x: Tensor, generator: Generator) -> Tensor:
    """Each pixel from another picture: x (N, 1, 28, 28) → the same shape.

    Every pixel keeps the values that it takes in the set, each pixel in an order of its own: what
    is lost is how pixels go together, and nothing else.
    """
    flat = x.flatten(1)
    order = torch.rand(flat.shape, generator=generator).argsort(0)
    return flat.gather(0, order).view(x.shape)


def uniform(x: Tensor, generator: Generator) -> Tensor:
    """Every pixel uniform in [0, 1]: as many pictures as x (N, 1, 28, 28), of the same shape."""
    return torch.rand(x.shape, generator=generator)


def noise_like(x: Tensor, kind: str, seed: int = 0) -> Tensor:
    """Noise of a kind of ``KINDS``, as many pictures as x; the same seed gives the same."""
    return {"shuffled": shuffled, "uniform": uniform}[kind](x, Generator().manual_seed(seed))


@torch.inference_mode()
def unexplained(model: Autoencoder, x: Tensor) -> float:
    """e of a model on pictures x (N, 1, 28, 28): 0 for a perfect copy, 1 for the mean picture."""
    error = 0.0
    for part in x.split(BATCH):
        restored = model.decode(model.encode(part.to(model.device))).cpu()
        error += float((restored - part).double().square().sum())
    return error / float((x - x.mean(0)).double().square().sum())


@dataclass(frozen=True)
class Copying:
    """e on digits and on noise of the same number."""

    digits: float
    noise: float

    @property
    def copied(self) -> float:
        """The share of the noise that comes back, 0 to 1: 1 for the identity."""
        return max(0.0, 1 - self.noise)


def copying(model: Autoencoder, x: Tensor, kind: str, seed: int = 0) -> Copying:
    """How a model does on digits x (N, 1, 28, 28) and on noise."""
    return Copying(unexplained(model, x), unexplained(model, noise_like(x, kind, seed)))


def overcomplete() -> list[TrainConfig]:
    """The runs of the demonstration on MNIST: two are free to copy, the first of them linear; one
    for each regulariser."""

    def one(
        code: str = "none", penalties: tuple[PenaltyConfig, ...] = (), network: str = "mlp"
    ) -> TrainConfig:
        model = ModelConfig(
            network=network,
            latent_dim=OVERCOMPLETE,
            hidden=(),
            code_activation=code,
            penalties=penalties,
        )
        return TrainConfig(model=model, epochs=OVERCOMPLETE_EPOCHS, learning_rate=2e-3)

    return [
        one(network="linear"),
        one(),
        one("relu", (PenaltyConfig("l1", 0.2), PenaltyConfig("decoder-weights", 0.003))),
        one("sigmoid", (PenaltyConfig("activity", 1.0),)),
        one("k-sparse"),
        one("sigmoid", (PenaltyConfig("contraction", 0.1),)),
    ]
