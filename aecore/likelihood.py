"""The likelihood p(x|z): what the reconstruction loss measures, and in which unit.

Every value is −log p(x|z) in nats, **summed over the 784 pixels and averaged over the
batch**. The scales of the Gaussian and the Laplace law are chosen so that their
normalising constants vanish: a perfect reconstruction costs 0 nats, the curve is the
squared (or absolute) error times a constant, and no term is left out.

    bernoulli   −Σ x log x̂ + (1 − x) log(1 − x̂)      BCE; on grey pixels, a cross-entropy
    gaussian    π Σ (x − x̂)²                          MSE; σ² = 1/(2π), so log(2πσ²) = 0
    laplace     2 Σ |x − x̂|                           MAE; b = 1/2, so log(2b) = 0

Another σ would only rescale the term, which β does as well (Rybkin et al., 2021, "Simple
and effective VAE training with calibrated decoders").
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def picture(output: Tensor, *, linear: bool = False) -> Tensor:
    """The picture x̂, centre of p(x|z) under each of the three laws.

    output: any shape, what the decoder puts out. Returns the same shape in [0, 1] (a
    sigmoid), or the output unchanged for a ``linear`` decoder.
    """
    return output if linear else torch.sigmoid(output)


def nats(likelihood: str, output: Tensor, target: Tensor, *, linear: bool = False) -> Tensor:
    """−log p(target|z) of each picture, in nats.

    output: (B, 784), what the decoder puts out before the sigmoid; target: (B, 784) in
    [0, 1]. Returns (B,). The Bernoulli term is computed from logits o, hence never infinite:
    with x̂ = sigmoid(o) it is Σ log(1 + exp o) − x o.
    """
    output = output.float()
    if likelihood == "bernoulli":
        return (F.softplus(output) - target * output).sum(1)
    difference = picture(output, linear=linear) - target
    if likelihood == "gaussian":
        return math.pi * difference.square().sum(1)
    if likelihood == "laplace":
        return 2 * difference.abs().sum(1)
    raise ValueError(f"unknown likelihood {likelihood!r}")
