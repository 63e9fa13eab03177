"""The importance-weighted autoencoder: a bound on log p(x) that k draws make tighter.

    w_i = p(x|z_i) p(z_i) / q(z_i|x),   z_i ~ q(z|x)
    log p(x) ≥ L_k = E log (1/k Σ_i w_i)        loss = −L_k

L_1 is the ELBO, L_{k+1} ≥ L_k, and L_k → log p(x). Burda, Grosse and Salakhutdinov (2016),
"Importance weighted autoencoders", equation 8. The gradient is that of the bound itself.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from aecore import likelihood
from aecore.models.autoencoder import Output
from aecore.models.variational import VariationalAutoencoder


def log_weights(
    model: VariationalAutoencoder,
    x: Tensor,
    target: Tensor,
    samples: int,
    generator: Generator | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """log w of ``samples`` draws for each picture: x, target (B, 1, 28, 28) → (k, B).

    Also what they were decoded to, (k B, 784), before the sigmoid, and their codes (k B, d). The
    constants log 2π of p(z) and q(z|x) cancel.
    """
    mu, log_var = model.posterior(x)
    shape = (samples, *mu.shape)
    epsilon = torch.randn(shape, generator=generator, device=mu.device, dtype=mu.dtype)
    z = mu + torch.exp(0.5 * log_var) * epsilon
    decoded = model.decoder(z.flatten(0, 1))
    nats = likelihood.nats(
        model.config.likelihood, decoded, target.flatten(1).repeat(samples, 1), linear=model.linear
    ).view(samples, -1)
    ratio = 0.5 * (epsilon.square() - z.square() + log_var).sum(2)  # log p(z) − log q(z|x)
    return ratio - nats, decoded, z.flatten(0, 1)


def log_mean(log_w: Tensor) -> Tensor:
    """log of the mean of w over the draws: (k, B) → (B,)."""
    return torch.logsumexp(log_w, 0) - math.log(len(log_w))


class ImportanceWeightedAutoencoder(VariationalAutoencoder):
    """A VAE that is trained with L_k instead of the ELBO."""

    def objective(
        self, x: Tensor, target: Tensor, labels: Tensor, generator: Generator | None = None
    ) -> Output:
        """−L_k of each picture, the only term."""
        samples = self.config.importance_samples
        log_w, decoded, z = log_weights(self, x, target, samples, generator)
        count = len(x)  # the first draw of each picture stands for all
        return Output(decoded[:count], z[:count], {"bound": -log_mean(log_w)}, linear=self.linear)
