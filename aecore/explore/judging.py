"""One picture judged by many models: how well each keeps it, how usual that is, what it is like.

A judge is a model or PCA. What it makes of a picture is set beside what it makes of the whole
test split, and the code beside those of training pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Generator, Tensor

from aecore import likelihood
from aecore.data import Split
from aecore.explore import errors
from aecore.explore.errors import Restored
from aecore.models import Autoencoder, VariationalAutoencoder
from aecore.models.variational import kl_to_standard_normal, reparameterize
from aecore.pca import PCAReference

# z of q(z|x) a picture: of the one that is judged, and of each test picture that it is set beside.
DRAWS = 64
TEST_DRAWS = 8
NEIGHBOURS = 5
# Pictures at once: each is decoded TEST_DRAWS times.
BATCH = 250


@dataclass(frozen=True, eq=False)
class Judge:
    """encode: x (B, 1, 28, 28) → codes (B, d) float32 on the CPU; restore: x there and back;
    model: the VAE, if it is one."""

    encode: Callable[[Tensor], Tensor]
    restore: Callable[[Tensor], Restored]
    model: VariationalAutoencoder | None = None


def by_model(model: Autoencoder) -> Judge:
    """The code of a VAE is the mean of its posterior."""

    @torch.inference_mode()
    def encode(x: Tensor) -> Tensor:
        return model.encode(x.to(model.device)).float().cpu()

    variational = isinstance(model, VariationalAutoencoder)
    return Judge(encode, lambda x: errors.by_model(model, x), model if variational else None)


def by_pca(reference: PCAReference, d: int) -> Judge:
    """The first d components."""
    return Judge(
        lambda x: torch.from_numpy(reference.transform(x.flatten(1).numpy(), d)).float(),
        lambda x: errors.by_pca(reference, x, d),
    )


@torch.inference_mode()
def elbo(
    model: VariationalAutoencoder, x: Tensor, draws: int, generator: Generator | None = None
) -> Tensor:
    """E_q[log p(x|z)] − KL(q(z|x) ‖ p(z)) of pictures: (B, 1, 28, 28) → (B,) in nats.

    The expectation is a mean over ``draws`` z of q(z|x), the KL is exact (Kingma and Welling,
    2014, equation 10); β plays no part. generator: on the device of the model.
    """
    x = x.to(model.device)
    mu, log_var = model.posterior(x)
    many = (mu.repeat(draws, 1), log_var.repeat(draws, 1))
    decoded = model.decoder(reparameterize(*many, generator))
    target = x.flatten(1).repeat(draws, 1)
    nats = likelihood.nats(model.config.likelihood, decoded, target, linear=model.linear)
    return (-nats.view(draws, -1).mean(0) - kl_to_standard_normal(mu, log_var).sum(1)).cpu()


@dataclass(frozen=True, eq=False)
class Known:
    """What a judge makes of the pictures of its dataset.

    mse: (N,), a pixel, of the test pictures, rising; elbo: (N,), theirs in nats, rising, None if
    it is no VAE; codes: (M, d) float32, of training pictures.
    """

    mse: np.ndarray
    elbo: np.ndarray | None
    codes: Tensor


def look_around(judge: Judge, test: Split, train: Split, seed: int = 0) -> Known:
    """Show a judge the test pictures and some training pictures; the same seed gives the same."""
    mse, bound = [], []
    if judge.model is not None:
        generator = Generator(judge.model.device).manual_seed(seed)
    # Where cores are busy, threads of a small model wait for each other: many times slower.
    with threadpool_limits(1):
        for x in batches(test):
            mse.append(judge.restore(x).mse)
            if judge.model is not None:
                bound.append(elbo(judge.model, x, TEST_DRAWS, generator).numpy())
    codes = encode(judge, train)
    mse = np.sort(np.concatenate(mse))
    return Known(mse, np.sort(np.concatenate(bound)) if bound else None, codes)


def encode(by: Judge, split: Split) -> Tensor:
    """The codes (N, d) float32 of all pictures of a split."""
    with threadpool_limits(1):
        return torch.cat([by.encode(x) for x in batches(split)])


def batches(split: Split) -> Iterator[Tensor]:
    """The pictures of a split, some at a time: (B, 1, 28, 28)."""
    for start in range(0, len(split), BATCH):
        yield split.pictures(slice(start, start + BATCH))


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a judge says of one picture.

    restored: of it alone; elbo: in nats, None if it is no VAE; code: (d,) float32.
    """

    restored: Restored
    elbo: float | None
    code: Tensor

    @property
    def mse(self) -> float:
        return float(self.restored.mse[0])


def judge(by: Judge, x: Tensor, seed: int = 0) -> Judgement:
    """Judge one picture x (1, 1, 28, 28); the same seed gives the same ELBO."""
    bound = None
    if by.model is not None:
        generator = Generator(by.model.device).manual_seed(seed)
        bound = elbo(by.model, x, DRAWS, generator).item()
    return Judgement(by.restore(x), bound, by.encode(x)[0])


@dataclass(frozen=True, eq=False)
class Standing:
    """Where a judgement stands among those of the dataset.

    harder: the share of the test pictures with a smaller error; likelier: of those with a greater
    ELBO, None if the judge is no VAE; neighbours: (5,), of the training pictures those whose codes
    are nearest, the nearest first.
    """

    harder: float
    likelier: float | None
    neighbours: np.ndarray


def stand(said: Judgement, known: Known) -> Standing:
    """Set a judgement beside what the same judge makes of its dataset."""
    likelier = None
    if said.elbo is not None:
        likelier = 1 - share_below(known.elbo, said.elbo, or_equal=True)
    neighbours = nearest(known.codes, said.code, NEIGHBOURS)
    return Standing(share_below(known.mse, said.mse), likelier, neighbours)


def share_below(rising: np.ndarray, value: float, *, or_equal: bool = False) -> float:
    """The share of values (N,), sorted, that are below one, or also equal to it: in [0, 1]."""
    side = "right" if or_equal else "left"
    return float(np.searchsorted(rising, value, side) / len(rising))


def nearest(codes: Tensor, z: Tensor, count: int) -> np.ndarray:
    """Of codes (N, d) the ``count`` that are nearest to z (d,), by Euclidean distance, the
    nearest first: their indices."""
    distance = (codes - z).square().sum(1)
    return distance.topk(min(count, len(codes)), largest=False).indices.numpy()
