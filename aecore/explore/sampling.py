"""How to choose a code to decode: the question that makes a generative model of an autoencoder.

A plain autoencoder says nothing of where its codes lie, so that a code chosen at random may
fall into a hole between them. The KL term of a VAE asks q(z|x) of every picture to stay near
one prior p(z), so that a code drawn from the prior is one that the decoder has seen
(Kingma and Welling, 2014). Between the two lies the aggregated posterior q(z), the mean of
all q(z|x) (Makhzani et al., 2016): where the codes of the data really are.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from aecore.models.variational import reparameterize


def prior(count: int, latent_dim: int, generator: Generator) -> Tensor:
    """From p(z) = N(0, I): (count, d)."""
    return torch.randn(count, latent_dim, generator=generator)


def aggregated_posterior(
    mu: Tensor, deviations: Tensor, count: int, generator: Generator
) -> Tensor:
    """From q(z) = mean of q(z|x): a picture at random, then a draw from its posterior.

    mu, deviations: (N, d), μ and σ of the posteriors. Returns (count, d).
    """
    index = torch.randint(len(mu), (count,), generator=generator)
    return reparameterize(mu[index], 2 * deviations[index].log(), generator)


def one_posterior(mu: Tensor, deviations: Tensor, count: int, generator: Generator) -> Tensor:
    """From q(z|x) of one picture. mu, deviations: (d,). Returns (count, d)."""
    log_var = (2 * deviations.log()).expand(count, -1)
    return reparameterize(mu.expand(count, -1), log_var, generator)


def box(codes: Tensor, count: int, generator: Generator) -> Tensor:
    """Uniform in the box that the codes (N, d) span, from their 1st to their 99th percentile in
    each dimension: (count, d)."""
    ordered = codes.sort(0).values
    low, high = ordered[int(0.01 * (len(codes) - 1))], ordered[int(0.99 * (len(codes) - 1))]
    return low + (high - low) * torch.rand(count, codes.shape[1], generator=generator)


def gaussian_fit(codes: Tensor, count: int, generator: Generator) -> Tensor:
    """From the normal distribution with the mean and the covariance of the codes (N, d).

    Returns (count, d). The covariance may be singular: its square root is taken by eigenvalues.
    """
    mean = codes.mean(0)
    centred = codes - mean
    values, vectors = torch.linalg.eigh(centred.T @ centred / max(1, len(codes) - 1))
    root = vectors * values.clamp_min(0).sqrt()
    return mean + torch.randn(count, codes.shape[1], generator=generator) @ root.T


def nearest_error(pictures: Tensor, reference: Tensor) -> Tensor:
    """How far each picture is from the nearest real one, as their MSE a pixel.

    pictures: (B, 1, 28, 28); reference: (N, 1, 28, 28), real ones. Returns (B,). Small where a
    picture looks like a real digit; 0 would be a copy of one.
    """
    distance = torch.cdist(pictures.flatten(1), reference.flatten(1)).amin(1)
    return distance.square() / pictures[0].numel()
