"""Weights as pictures of 28x28, and what sets one unit of a code apart from another.

    column i of the decoder   W₂[:, i], or ∂x̂/∂z_i at the mean code      what the unit adds
    row i of the encoder      W₁[i, :], or ∂a_i/∂x at the mean picture    what it answers to

with a the code before its activation. One layer shows its weights, which are the same
everywhere (before the sigmoid, if there is one). A deeper network has no such weights: its
derivative at one point takes their place, a column of the Jacobian or a row of it (a
saliency map; Simonyan et al., 2014), by automatic differentiation and hence exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.functional import jvp

from aecore.explore.jacobian import CHUNK, jacobian
from aecore.models import Autoencoder

# Values nearer to zero than this share of the standard deviation of all count as silent.
SILENT = 0.1
# The share of those among standard normal values, and the mean size of these.
NORMAL_SILENT = math.erf(SILENT / math.sqrt(2))
NORMAL_MEAN = math.sqrt(2 / math.pi)


def layer_count(network: nn.Module) -> int:
    """The number of layers with weights; the pictures of one layer are the weights themselves."""
    return len(_weights(network))


def decoder_columns(model: Autoencoder, code: Tensor) -> np.ndarray:
    """What each unit adds to the picture: (d, 28, 28).

    The weights of a decoder of one layer; of a deeper one, how x̂ changes at the code (d,).
    """
    if layer_count(model.decoder) == 1:
        return last_filters(model)
    point = code.detach().clone().to(model.device)
    parts = [
        jvp(model.decode, point.repeat(len(directions), 1), directions)[1].detach()
        for directions in torch.eye(len(point), device=model.device).split(CHUNK)
    ]
    return torch.cat(parts).float().cpu().numpy().reshape(-1, 28, 28)


def encoder_rows(model: Autoencoder, picture: Tensor) -> np.ndarray:
    """What each unit answers to, before its activation; for a VAE its μ: (d, 28, 28).

    The weights of an encoder of one layer; of a deeper one, the gradient at a picture (1, 28, 28).
    """
    # The encoder of a VAE gives μ first.
    rows = jacobian(model.encoder, picture, model.config.latent_dim, model.device)
    return rows.numpy().reshape(-1, 28, 28)


def first_filters(model: Autoencoder) -> np.ndarray:
    """The weights of the encoder's first layer: (units, 28, 28); (maps, 4, 4) if it convolves."""
    return _pictures(_weights(model.encoder)[0])


def last_filters(model: Autoencoder) -> np.ndarray:
    """What each unit (or map) before the decoder's last layer adds to the picture, in the shape
    of ``first_filters``."""
    weight = _weights(model.decoder)[-1]
    return _pictures(weight.T if weight.ndim == 2 else weight)


def _weights(network: nn.Module) -> list[Tensor]:
    return [p.detach() for name, p in network.named_parameters() if name.endswith("weight")]


def _pictures(weight: Tensor) -> np.ndarray:
    side = 28 if weight.ndim == 2 else weight.shape[-1]
    return weight.float().cpu().numpy().reshape(-1, side, side)


def sweep(code: Tensor, unit: int, values: Tensor) -> Tensor:
    """A code (d,) as one unit of it takes the values (n,): (n, d)."""
    codes = code.repeat(len(values), 1)
    codes[:, unit] = values
    return codes


@dataclass(frozen=True)
class UnitStatistics:
    """What the units do over many pictures; every array has one value a unit, (d,).

    variance: their activity; mean_absolute: mean |z|; selectivity: η², the share of the
    variance that lies between the classes, 0 (the class says nothing of the value) to 1 (it
    says all); the correlation ratio of Pearson (1905), fit for values of both signs, as an
    index of the rates' ratio (Morcos et al., 2018) is not; preferred: the class whose mean
    value is farthest from the mean of all, on either side; class_means: (classes, d).
    """

    variance: np.ndarray
    mean_absolute: np.ndarray
    selectivity: np.ndarray
    preferred: np.ndarray
    class_means: np.ndarray


def unit_statistics(codes: np.ndarray, labels: np.ndarray) -> UnitStatistics:
    """Statistics of codes (N, d) with the classes (N,) of their pictures."""
    z = codes.astype(np.float64)
    classes, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.zeros((len(classes), z.shape[1]))
    np.add.at(sums, index, z)
    class_means = sums / counts[:, None]
    mean, variance = z.mean(0), z.var(0)
    between = counts @ (class_means - mean) ** 2 / len(z)
    selectivity = np.divide(between, variance, out=np.zeros_like(between), where=variance > 1e-12)
    return UnitStatistics(
        variance=variance,
        mean_absolute=np.abs(z).mean(0),
        selectivity=selectivity,
        preferred=classes[np.abs(class_means - mean).argmax(0)],
        class_means=class_means,
    )


@dataclass(frozen=True)
class Sparsity:
    """How few values a code needs; means over many codes.

    mean_absolute: mean |z|; silent: the share of values nearer to zero than a tenth of the
    standard deviation of all; hoyer: (√d − ‖z‖₁/‖z‖₂) / (√d − 1) of each code, 0 where all
    its values are equally large, 1 where all but one are zero (Hoyer, 2004), None for d = 1;
    expected_hoyer: what it is for independent normal values.
    """

    mean_absolute: float
    silent: float
    hoyer: float | None
    expected_hoyer: float | None


def sparsity(codes: np.ndarray, deviation: float | None = None) -> Sparsity:
    """The sparsity of codes (N, d). deviation: the standard deviation that ``silent`` goes by,
    unless it is theirs."""
    z = np.abs(codes.astype(np.float64))
    d = z.shape[1]
    hoyer = expected = None
    if d > 1:
        length = np.linalg.norm(z, axis=1)
        ratio = z.sum(1)[length > 0] / length[length > 0]
        hoyer = float(np.mean((math.sqrt(d) - ratio) / (math.sqrt(d) - 1))) if len(ratio) else 0.0
        # E‖z‖₁/‖z‖₂ of a normal code: d E|u₁| of a point u on the unit sphere.
        mean_size = math.exp(math.lgamma(d / 2) - math.lgamma((d + 1) / 2)) / math.sqrt(math.pi)
        expected = (math.sqrt(d) - d * mean_size) / (math.sqrt(d) - 1)
    return Sparsity(
        mean_absolute=float(z.mean()),
        silent=float(np.mean(z < SILENT * (codes.std() if deviation is None else deviation))),
        hoyer=hoyer,
        expected_hoyer=expected,
    )
