"""The adversarial autoencoder: a discriminator asks the codes to look like draws from a prior.

    D:  maximise  log D(z') + log (1 − D(f(x))),   z' ~ p(z)
    f:  minimise  −log p(x|z) − λ log D(f(x))

Each step of training does the second and then the first. It asks of all codes together, q(z), what
the KL of a VAE asks of each q(z|x), and p(z) need only be something to draw from. Makhzani, Shlens,
Jaitly, Goodfellow and Frey (2016), "Adversarial autoencoders".
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from aecore.config import CLASSES, ModelConfig
from aecore.models import priors
from aecore.models.autoencoder import Autoencoder, Output
from aecore.models.mlp import perceptron

WIDTH = 256


class AdversarialAutoencoder(Autoencoder):
    """An autoencoder with an ``opponent``, the discriminator: (B, d), or (B, d + 10) with the
    classes, → (B, 1), the logit of “drawn from the prior”."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, config: ModelConfig) -> None:
        super().__init__(encoder, decoder, config)
        inputs = config.latent_dim + (CLASSES if config.adversary.labels else 0)
        self.opponent = nn.Sequential(*perceptron((inputs, WIDTH, WIDTH, 1), "relu"))

    def objective(
        self, x: Tensor, target: Tensor, labels: Tensor, generator: Generator | None = None
    ) -> Output:
        """The reconstruction, and −log D(z) of the codes: what the encoder minimises."""
        output = self(x, target, generator)
        output.terms["fooling"] = F.softplus(-self._logit(output.code, labels))
        output.weights["fooling"] = self.config.adversary.weight
        return output

    def opponent_objective(self, code: Tensor, labels: Tensor, generator: Generator) -> Tensor:
        """−log D(z') − log (1 − D(z)) of codes z (B, d): what the discriminator minimises, (B,)."""
        given = labels if self.config.adversary.labels else None
        real = priors.draw(self.config.adversary.prior, *code.shape, generator, given)
        return F.softplus(-self._logit(real, labels)) + F.softplus(self._logit(code, labels))

    def _logit(self, z: Tensor, labels: Tensor) -> Tensor:
        if self.config.adversary.labels:
            z = torch.cat([z, F.one_hot(labels, CLASSES).to(z.dtype)], 1)
        return self.opponent(z).float().squeeze(1)
