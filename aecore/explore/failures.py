"""Seven ways in which an autoencoder fails: a run that fails so, one that is repaired, a symptom.

A symptom is measured on the trained model, or on the curve of its training, and one number of it
with a limit tells the ill from the well:

    posterior collapse    latents with E KL(q(z_j|x) ‖ p(z_j)) > 0.01 nat, of d        below half
    holes of a plain AE   draws between the codes that are far from every real digit   above 10 %
    dead codes            codes of a codebook that no place of a test picture chooses  above 25 %
    dead units            units that are among the k largest for no test picture       above 50 %
    identity              variance of structureless noise that comes back              above 50 %
    exploding rate        the last loss that was told, over that of the untrained      above 1
    wrong scaling         KL of all latents together, in nats                          below 1

The last is the field's commonest bug: −log p(x|z) averaged over the 784 pixels beside a KL that is
summed over the latents. With L the summed loss, L/784 + KL = (L + 784 KL) / 784: β times 784.
Bowman et al. (2016) on the collapse and the rise of β against it; Dhariwal et al. (2020),
section 3.1, on dead codes; Makhzani and Frey (2014), section 4.2.1, on dead units; Alain and Bengio
(2014) on noise against the identity.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Generator, Tensor

from aecore.config import ModelConfig, NoiseConfig, QuantizerConfig, TrainConfig
from aecore.explore import collapse as collapsed
from aecore.explore import sampling
from aecore.explore.copying import copying
from aecore.metrics import BATCH
from aecore.models import Autoencoder, QuantizedAutoencoder, VariationalAutoencoder
from aecore.models.quantized import perplexity

DRAWS = 500
# A draw farther from every real digit than this share of the test digits lies in a hole.
USUAL = 0.95
# Passes over the embedded digits, of which there are 42 times fewer, for one over MNIST.
MORE_EPOCHS = 10


@dataclass(frozen=True, eq=False)
class Trained:
    """What is left of a run. model: as it ended; x: test pictures (N, 1, 28, 28); real: training
    pictures (M, 1, 28, 28); start: the test loss of the untrained model; losses: those told while
    it was trained; broken: it ended because one was no finite number any more."""

    model: Autoencoder
    x: Tensor
    real: Tensor
    start: float
    losses: Sequence[float]
    broken: bool


@dataclass(frozen=True, eq=False)
class Collapse:
    """kl: (d,), the mean over the pictures of the KL of each latent, in nats; variety: the
    variance of the pictures that draws from the prior decode to, over that of real ones."""

    kl: Tensor
    variety: float

    @property
    def active(self) -> int:
        """How many latents hold more than 0.01 nat."""
        return int((self.kl > collapsed.COLLAPSED).sum())

    @property
    def share(self) -> float:
        """The active latents among all, 0 to 1."""
        return self.active / len(self.kl)

    @property
    def total(self) -> float:
        """KL(q(z|x) ‖ p(z)), in nats."""
        return float(self.kl.sum())


@torch.inference_mode()
def collapse(model: VariationalAutoencoder, x: Tensor, seed: int = 0) -> Collapse:
    """Does the code say anything of the picture (KL), and the decoder listen (variety)?

    x: (N, 1, 28, 28). The variance is the sum over the pixels.
    """
    z = sampling.prior(DRAWS, model.config.latent_dim, Generator().manual_seed(seed))
    drawn = model.decode(z.to(model.device)).cpu()
    variety = float(_variance(drawn) / _variance(x))
    return Collapse(collapsed.kl_of_latents(model, x), variety)


def _variance(pictures: Tensor) -> Tensor:
    return pictures.flatten(1).double().var(0, correction=0).sum()


@dataclass(frozen=True, eq=False)
class Holes:
    """How far the pictures of drawn codes are from the nearest real digit, in MSE a pixel.

    box: (n,), of codes drawn uniformly in the box of the codes; fit: (n,), from the normal
    distribution with their mean and covariance; normal: (n,), from N(0, I); usual: within which
    95 % of the test digits lie from their nearest; draws: (n, d), those of the box.
    """

    box: Tensor
    fit: Tensor
    normal: Tensor
    usual: float
    draws: Tensor

    def beyond(self, distances: Tensor) -> float:
        """The share that is farther than usual, 0 to 1: 0.05 for real digits."""
        return float((distances > self.usual).double().mean())

    @property
    def share(self) -> float:
        """That of the box."""
        return self.beyond(self.box)


@torch.inference_mode()
def holes(model: Autoencoder, x: Tensor, real: Tensor, seed: int = 0) -> Holes:
    """Draw codes between those of test pictures x (N, 1, 28, 28): do they decode to digits?

    real: (M, 1, 28, 28), training pictures to which the decoded ones are compared.
    """
    codes = torch.cat([model.encode(part).float().cpu() for part in _parts(model, x)])
    generator = Generator().manual_seed(seed)
    ways = (
        sampling.box(codes, DRAWS, generator),
        sampling.gaussian_fit(codes, DRAWS, generator),
        sampling.prior(DRAWS, codes.shape[1], generator),
    )
    decoded = [model.decode(z.to(model.device)).cpu().clamp(0, 1) for z in ways]
    box, fit, normal = (sampling.nearest_error(pictures, real) for pictures in decoded)
    usual = sampling.nearest_error(x[:DRAWS], real).quantile(USUAL)
    return Holes(box, fit, normal, float(usual), ways[0])


@dataclass(frozen=True, eq=False)
class Use:
    """shares: (K,) or (d,), how often each code of a codebook is chosen among all choices, or for
    which share of the pictures each unit is among the k largest."""

    shares: Tensor

    @property
    def dead(self) -> int:
        """How many are never in use."""
        return int((self.shares == 0).sum())

    @property
    def share(self) -> float:
        """The dead ones among all, 0 to 1."""
        return self.dead / len(self.shares)

    @property
    def perplexity(self) -> float:
        """How many there would be if all were in use equally: exp of the entropy."""
        return float(perplexity(self.shares / self.shares.sum()))


@torch.inference_mode()
def codes_in_use(model: QuantizedAutoencoder, x: Tensor) -> Use:
    """Which of the K vectors the 49 places of pictures x (N, 1, 28, 28) choose."""
    size = model.config.quantizer.num_embeddings
    counts = sum(
        torch.bincount(model.indices(part).flatten(), minlength=size) for part in _parts(model, x)
    )
    return Use((counts / counts.sum()).cpu())


@torch.inference_mode()
def units_in_use(model: Autoencoder, x: Tensor) -> Use:
    """Which units of a k-sparse code are among the k largest for pictures x (N, 1, 28, 28)."""
    counts = sum((model.encode(part) != 0).sum(0) for part in _parts(model, x))
    return Use((counts / len(x)).cpu())


@dataclass(frozen=True, eq=False)
class Explosion:
    """start: the loss of the untrained model; losses: those told since; broken: the run broke off
    because a loss or a weight was no finite number any more."""

    start: float
    losses: tuple[float, ...]
    broken: bool

    @property
    def ratio(self) -> float:
        """The last loss that was told over the first; infinite where the run broke off."""
        if self.broken:
            return math.inf
        return self.losses[-1] / self.start if self.losses else 1.0


def _parts(model: Autoencoder, x: Tensor) -> list[Tensor]:
    return [part.to(model.device) for part in x.split(BATCH)]


@dataclass(frozen=True)
class Failure:
    """An exhibit. key: names it; failing, repaired: the runs, on MNIST; examine: measures the
    symptom; number: what of it tells; limit: where ill and well part; seconds: what a run takes on
    one idle core; above: the ill lie above the limit."""

    key: str
    failing: TrainConfig
    repaired: TrainConfig
    examine: Callable[[Trained], Any]
    number: Callable[[Any], float]
    limit: float
    seconds: int
    above: bool = True

    def is_ill(self, symptom: Any) -> bool:
        """What the number says of a run."""
        value = self.number(symptom)
        return value > self.limit if self.above else value < self.limit

    def configs(self, dataset: str = "mnist") -> tuple[TrainConfig, TrainConfig]:
        """The failing run and the repaired one; on the embedded ``digits`` with more epochs."""
        pair = (self.failing, self.repaired)
        if dataset != "digits":
            return pair
        return tuple(replace(c, dataset=dataset, epochs=MORE_EPOCHS * c.epochs) for c in pair)


def differences(failure: Failure) -> list[str]:
    """The settings in which the two runs differ, as “name: failing → repaired”."""
    failing, repaired = (_flat(config.to_json()) for config in failure.configs())
    names = sorted(failing.keys() | repaired.keys())
    return [
        f"{name}: {_said(failing.get(name))} → {_said(repaired.get(name))}"
        for name in names
        if failing.get(name) != repaired.get(name)
    ]


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """{"model": {"k": 3}} → {"model.k": 3}."""
    flat = {}
    for name, value in values.items():
        inner = isinstance(value, dict)
        flat |= _flat(value, f"{prefix}{name}.") if inner else {prefix + name: value}
    return flat


def _said(value: Any) -> str:
    return "–" if value is None else json.dumps(value)


def _pair(
    config: TrainConfig, repair: dict[str, Any] | None = None, **training: Any
) -> dict[str, TrainConfig]:
    """A failing run and the same with other settings of its model, or of its training."""
    model = replace(config.model, **repair or {})
    return {"failing": config, "repaired": replace(config, model=model, **training)}


_DEEP = ModelConfig(
    variational=True,
    latent_dim=20,
    hidden=(256, 128, 64),
    activation="relu",
    likelihood="bernoulli",
)
_SHALLOW = ModelConfig(variational=True, latent_dim=20, hidden=(256,), likelihood="bernoulli")
_PLAIN = ModelConfig(latent_dim=32, hidden=(256,), likelihood="bernoulli")
_BOOK = ModelConfig(
    "conv",
    latent_dim=49 * 8,
    hidden=(),
    channels=8,
    likelihood="bernoulli",
    quantizer=QuantizerConfig(128, 0.25, 0.0),
)
_SPARSE = ModelConfig(latent_dim=256, hidden=(), code_activation="k-sparse", k=25, k_anneal=0.0)
_WIDE = ModelConfig("linear", latent_dim=1000)

FAILURES = {
    failure.key: failure
    for failure in (
        Failure(
            "collapse",
            **_pair(
                TrainConfig(_DEEP, epochs=2, learning_rate=5e-3, schedule="constant"),
                {"kl_warm_up": 0.8, "free_bits": 0.25},
            ),
            examine=lambda of: collapse(of.model, of.x),
            number=lambda symptom: symptom.share,
            limit=0.5,
            above=False,
            seconds=12,
        ),
        Failure(
            "holes",
            **_pair(TrainConfig(_PLAIN, epochs=3, learning_rate=3e-3), {"variational": True}),
            examine=lambda of: holes(of.model, of.x, of.real),
            number=lambda symptom: symptom.share,
            limit=0.1,
            seconds=13,
        ),
        Failure(
            "codes",
            **_pair(
                TrainConfig(_BOOK, epochs=1, learning_rate=3e-3),
                {"quantizer": QuantizerConfig(128, 0.25, 0.99)},
            ),
            examine=lambda of: codes_in_use(of.model, of.x),
            number=lambda symptom: symptom.share,
            limit=0.25,
            seconds=29,
        ),
        Failure(
            "units",
            **_pair(TrainConfig(_SPARSE, epochs=2, learning_rate=3e-3), {"k_anneal": 0.7}),
            examine=lambda of: units_in_use(of.model, of.x),
            number=lambda symptom: symptom.share,
            limit=0.5,
            seconds=9,
        ),
        Failure(
            "identity",
            **_pair(
                TrainConfig(_WIDE, epochs=2, learning_rate=2e-3),
                noise=NoiseConfig("gaussian", 0.5),
            ),
            examine=lambda of: copying(of.model, of.x, "shuffled"),
            number=lambda symptom: symptom.copied,
            limit=0.5,
            seconds=25,
        ),
        Failure(
            "rate",
            **_pair(
                TrainConfig(replace(_SHALLOW, hidden=(256, 128)), epochs=1, learning_rate=1.0),
                learning_rate=3e-3,
            ),
            examine=lambda of: Explosion(of.start, tuple(of.losses), of.broken),
            number=lambda symptom: symptom.ratio,
            limit=1.0,
            seconds=6,
        ),
        Failure(
            "scale",
            **_pair(
                TrainConfig(replace(_SHALLOW, pixel_mean=True), epochs=2, learning_rate=2e-3),
                {"pixel_mean": False},
            ),
            examine=lambda of: collapse(of.model, of.x),
            number=lambda symptom: symptom.total,
            limit=1.0,
            above=False,
            seconds=9,
        ),
    )
}
