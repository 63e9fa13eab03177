"""The conditional VAE: the class y is given to the encoder and to the decoder.

    q(z|x, y) = N(μ, diag σ²)     (μ, log σ²) = f(x) + V y
    p(x|z, y)                     decoded from (z, y)
    loss = −log p(x|z, y) + β KL(q(z|x, y) ‖ N(0, I))

with y as ten zeros and ones. The code need not say which class it is, so it keeps the style:
the same z with another y is another digit in the same hand. Kingma, Mohamed, Rezende and Welling
(2014), model M2; Sohn, Lee and Yan (2015).

Once y is given the rest is a VAE: ``given`` is that VAE for the labels of a batch, ``folded`` for
one class, with what y adds put into the biases.
"""

from __future__ import annotations

import copy
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from aecore.config import CLASSES, ModelConfig
from aecore.models.autoencoder import Output
from aecore.models.variational import VariationalAutoencoder


class ConditionalAutoencoder(VariationalAutoencoder):
    """A VAE whose decoder takes d + 10 values: the code and the class."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, config: ModelConfig) -> None:
        super().__init__(encoder, decoder, config)
        self.shift = nn.Linear(CLASSES, 2 * config.latent_dim, bias=False)

    def given(self, labels: Tensor) -> VariationalAutoencoder:
        """The VAE of pictures of these classes: labels (B,) int64, or (1,) for all pictures."""
        y = F.one_hot(labels, CLASSES).float()
        vae = VariationalAutoencoder(
            _Shifted(self.encoder, self.shift(y)), _Joined(self.decoder, y), self.config
        )
        vae.progress = self.progress
        return vae

    def forward(
        self,
        x: Tensor,
        target: Tensor | None = None,
        generator: Generator | None = None,
        labels: Tensor | None = None,
    ) -> Output:
        """As a VAE, given the labels (B,). Raises ValueError without them."""
        if labels is None:
            raise ValueError("a conditional VAE needs the classes of the pictures")
        return self.given(labels)(x, target, generator)

    def objective(
        self, x: Tensor, target: Tensor, labels: Tensor, generator: Generator | None = None
    ) -> Output:
        return self.given(labels).objective(x, target, labels, generator)

    @torch.no_grad()
    def folded(self, label: int) -> VariationalAutoencoder:
        """The VAE of one class, 0 to 9, with networks like those of any other VAE.

        What y adds to a layer's input is a constant once y is fixed: it becomes part of its bias.
        """
        encoder, decoder = copy.deepcopy(self.encoder), copy.deepcopy(self.decoder)
        last, first = _linear_layers(encoder)[-1], _linear_layers(decoder)[0]
        last.bias += self.shift.weight[:, label]
        d = self.config.latent_dim
        first.bias += first.weight[:, d + label]
        first.weight = nn.Parameter(first.weight[:, :d].clone())
        first.in_features = d
        plain = replace(self.config, conditional=False)
        return VariationalAutoencoder(encoder, decoder, plain).eval()


def _linear_layers(network: nn.Module) -> list[nn.Linear]:
    return [layer for layer in network.modules() if isinstance(layer, nn.Linear)]


class _Shifted(nn.Module):
    """A network, and a constant (B, outputs) that is added to what it gives."""

    def __init__(self, network: nn.Module, shift: Tensor) -> None:
        super().__init__()
        self.network = network
        self.shift = shift

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x) + _for_each(self.shift, x)


class _Joined(nn.Module):
    """A network whose input is a code and a constant y (B, 10), side by side."""

    def __init__(self, network: nn.Module, y: Tensor) -> None:
        super().__init__()
        self.network = network
        self.y = y

    def forward(self, z: Tensor) -> Tensor:
        return self.network(torch.cat([z, _for_each(self.y, z).to(z.dtype)], 1))


def _for_each(constant: Tensor, rows: Tensor) -> Tensor:
    """(B, n) for a batch of k B rows, draw after draw, or (1, n) for any."""
    return constant.repeat(len(rows) // len(constant), 1)
