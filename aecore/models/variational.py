"""The variational autoencoder: a picture is encoded as a distribution, not as a point.

    q(z|x) = N(μ, diag σ²)      z = μ + σ ε,  ε ~ N(0, I)
    loss = −log p(x|z) + β KL(q(z|x) ‖ N(0, I))

The KL term may rise to its weight through the first part of a training (Bowman et al., 2016), or
leave the first λ nats of each latent free of charge, as the mean over the batch (Kingma et al.,
2016, "free bits"): both keep latents from collapsing onto the prior before the decoder uses them.
With β = 1 the loss is the negative evidence lower bound, −ELBO ≥ −log p(x).
Kingma and Welling (2014), "Auto-encoding variational Bayes", equation 10; β-VAE: Higgins
et al. (2017).
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from aecore.models.autoencoder import Autoencoder, Output


def reparameterize(mu: Tensor, log_var: Tensor, generator: Generator | None = None) -> Tensor:
    """A sample of N(μ, σ²) that gradients flow through: z = μ + exp(½ log σ²) ε.

    mu, log_var: (B, d). Returns (B, d).
    """
    epsilon = torch.randn(mu.shape, generator=generator, device=mu.device, dtype=mu.dtype)
    return mu + torch.exp(0.5 * log_var) * epsilon


def kl_to_standard_normal(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − log σ²) of each latent, in nats.

    mu, log_var: (B, d). Returns (B, d), at least 0 (Kingma and Welling, appendix B).
    """
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var)


class VariationalAutoencoder(Autoencoder):
    """A VAE; its encoder gives 2d values, μ and log σ²."""

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """q(z|x) as (μ, log σ²), each (B, d), in single precision."""
        mu, log_var = self.encoder(x).float().chunk(2, dim=1)
        return mu, log_var

    def encode(self, x: Tensor) -> Tensor:
        """The mean μ of q(z|x): x (B, 1, 28, 28) → (B, d)."""
        return self.posterior(x)[0]

    def forward(
        self, x: Tensor, target: Tensor | None = None, generator: Generator | None = None
    ) -> Output:
        """Draw one z of q(z|x), decode it; the terms are the reconstruction and the KL."""
        return self._elbo(x, x if target is None else target, generator)[0]

    def objective(
        self, x: Tensor, target: Tensor, labels: Tensor, generator: Generator | None = None
    ) -> Output:
        """``forward``, with the weight that the KL has by now and its free nats."""
        output, kl = self._elbo(x, target, generator)
        config = self.config
        if config.kl_warm_up:
            output.weights["kl"] = config.beta * min(1.0, self.progress / config.kl_warm_up)
        if config.free_bits:
            charged = kl.mean(0).clamp_min(config.free_bits).sum()
            output.terms["charged-kl"] = charged.expand(len(x))
            output.weights |= {"charged-kl": output.weights["kl"], "kl": 0.0}
        return output

    def _elbo(
        self, x: Tensor, target: Tensor, generator: Generator | None
    ) -> tuple[Output, Tensor]:
        """The two terms of −ELBO, and the KL of each latent (B, d)."""
        mu, log_var = self.posterior(x)
        z = reparameterize(mu, log_var, generator)
        kl = kl_to_standard_normal(mu, log_var)
        output = self._compare(self.decoder(z), target, z)
        output.terms["kl"] = kl.sum(1)
        output.weights["kl"] = self.config.beta
        return output, kl
