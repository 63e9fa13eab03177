"""The VQ-VAE: a code of 7 x 7 entries, each one of K vectors that the model has learned.

    e_k, k = 1 … K                          the codebook, vectors of D values
    k(p) = argmin_k ‖f(x)_p − e_k‖          at each of the 49 places p of the encoder's map
    z_p = e_{k(p)}                          with the gradient of z passed straight to f(x)
    loss = −log p(x|z) + Σ_p ‖sg[f(x)_p] − z_p‖² + γ Σ_p ‖f(x)_p − sg[z_p]‖²

sg stops the gradient. The second term moves the codebook to the encoder's outputs; instead it can
follow them as a moving average, and then is no term at all. The third, the commitment, keeps the
encoder near the codebook. Van den Oord, Vinyals and Kavukcuoglu (2017), "Neural discrete
representation learning", equation 3 and appendix A.1.

A code that no place has chosen for long is dead: it is put where some output of the encoder is
(Dhariwal et al., 2020, section 3.1). Perplexity, exp of the entropy of the codes' shares, says how
many are in use. The encoder's outputs all have the length √D, nearly as in Yu et al. (2022),
"Vector-quantized image modeling with improved VQGAN", section 3.2: it keeps the codebook in use.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from aecore.config import PLACES, ModelConfig
from aecore.models.autoencoder import ACTIVATIONS, Autoencoder, Output

SIDE = math.isqrt(PLACES)
# Below this moving number of choices a step a code counts as dead.
DEAD = 1.0


class Residual(nn.Module):
    """Each place adds what it makes of itself and of its neighbours: (B, c, 7, 7) → the same."""

    def __init__(self, channels: int, activation: type[nn.Module]) -> None:
        super().__init__()
        self.change = nn.Sequential(
            activation(),
            nn.Conv2d(channels, channels, kernel_size=3, padding=1),
            activation(),
            nn.Conv2d(channels, channels, kernel_size=1),
        )

    def forward(self, h: Tensor) -> Tensor:
        return h + self.change(h)


class Sphere(nn.Module):
    """The vector of each place brought to length √D, whatever it was: (B, D, 7, 7) → the same.

    A codebook can follow what stays on a sphere. Left free, the encoder can run away from it.
    """

    def forward(self, h: Tensor) -> Tensor:
        return F.normalize(h, dim=1) * math.sqrt(h.shape[1])


def encoder(config: ModelConfig) -> nn.Module:
    """(B, 1, 28, 28) → (B, D, 7, 7)."""
    c, activation = config.channels, ACTIVATIONS[config.activation]
    return nn.Sequential(
        nn.Conv2d(1, c, kernel_size=4, stride=2, padding=1),  # (B, c, 14, 14)
        activation(),
        nn.Conv2d(c, 2 * c, kernel_size=4, stride=2, padding=1),  # (B, 2c, 7, 7)
        Residual(2 * c, activation),
        activation(),
        nn.Conv2d(2 * c, config.latent_dim // PLACES, kernel_size=1),
        Sphere(),
    )


def decoder(config: ModelConfig) -> nn.Module:
    """(B, 49 D) → (B, 784), before the sigmoid."""
    c, activation = config.channels, ACTIVATIONS[config.activation]
    values = config.latent_dim // PLACES
    return nn.Sequential(
        nn.Unflatten(1, (values, SIDE, SIDE)),
        nn.Conv2d(values, 2 * c, kernel_size=3, padding=1),
        Residual(2 * c, activation),
        activation(),
        nn.ConvTranspose2d(2 * c, c, kernel_size=4, stride=2, padding=1),  # (B, c, 14, 14)
        activation(),
        nn.ConvTranspose2d(c, 1, kernel_size=4, stride=2, padding=1),  # (B, 1, 28, 28)
        nn.Flatten(),
    )


class QuantizedAutoencoder(Autoencoder):
    """A VQ-VAE. Its code z (B, d) is the chosen vectors, d = 49 D, channel after channel."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, config: ModelConfig) -> None:
        super().__init__(encoder, decoder, config)
        k, values = config.quantizer.num_embeddings, config.latent_dim // PLACES
        self.codebook = nn.Parameter(torch.randn(k, values) * 0.1)
        if config.quantizer.decay:
            # It follows by averages, not by gradients; at first all count as dead, so that the
            # first step puts them where the encoder's outputs are.
            self.codebook.requires_grad_(False)
            self.register_buffer("chosen", torch.zeros(k), persistent=False)
            self.register_buffer("sums", torch.zeros(k, values), persistent=False)

    def indices(self, x: Tensor) -> Tensor:
        """Which vector is chosen at each place: x (B, 1, 28, 28) → (B, 7, 7) int64."""
        return self._nearest(_rows(self.encoder(x))).view(-1, SIDE, SIDE)

    def vectors(self, indices: Tensor) -> Tensor:
        """The code of chosen vectors: (B, 7, 7) → z (B, d)."""
        return self.codebook[indices].permute(0, 3, 1, 2).flatten(1)

    def encode(self, x: Tensor) -> Tensor:
        """The chosen vectors: x (B, 1, 28, 28) → z (B, d)."""
        return self.vectors(self.indices(x))

    def forward(
        self, x: Tensor, target: Tensor | None = None, generator: Generator | None = None
    ) -> Output:
        """Encode, choose, decode. ``perplexity`` and ``dead``, the number of codes that no place
        of the batch has chosen, weigh nothing: they are shown."""
        outputs = self.encoder(x)
        rows = _rows(outputs.float())
        indices = self._nearest(rows)
        z, flat = self.vectors(indices.view(-1, SIDE, SIDE)), outputs.float().flatten(1)
        straight = flat + (z - flat).detach()
        output = self._compare(self.decoder(straight), x if target is None else target, z)
        quantizer = self.config.quantizer
        output.terms["commitment"] = (flat - z.detach()).square().sum(1)
        output.weights["commitment"] = quantizer.commitment
        if not quantizer.decay:
            output.terms["codebook"] = (flat.detach() - z).square().sum(1)
        elif self.training:
            self._follow(rows.detach(), indices, generator)
        shares = torch.bincount(indices, minlength=len(self.codebook)) / len(indices)
        output.terms["perplexity"] = perplexity(shares).expand(len(x))
        output.terms["dead"] = (shares == 0).sum().float().expand(len(x))
        output.weights |= {"perplexity": 0.0, "dead": 0.0}
        return output

    def _nearest(self, rows: Tensor) -> Tensor:
        """(N, D) → (N,). ‖f − e‖² without ‖f‖², which is the same for each e."""
        book = self.codebook.detach()
        return (book.square().sum(1) - 2 * rows.float().detach() @ book.T).argmin(1)

    @torch.no_grad()
    def _follow(self, rows: Tensor, indices: Tensor, generator: Generator | None) -> None:
        """Move each vector to the mean of what has chosen it, and the dead ones into use."""
        decay, k = self.config.quantizer.decay, len(self.codebook)
        one_hot = F.one_hot(indices, k).type_as(rows)
        self.chosen.lerp_(one_hot.sum(0), 1 - decay)
        self.sums.lerp_(one_hot.T @ rows, 1 - decay)
        dead = self.chosen < DEAD
        if dead.any():
            pick = torch.randint(len(rows), (k,), generator=generator, device=rows.device)
            self.sums[dead], self.chosen[dead] = rows[pick][dead], 1.0
        self.codebook.copy_(self.sums / self.chosen.clamp_min(1e-5)[:, None])


def perplexity(shares: Tensor) -> Tensor:
    """How many codes are in use: exp of the entropy of their shares (K,), 1 to K; a scalar."""
    return torch.special.entr(shares.float()).sum().exp()


def _rows(outputs: Tensor) -> Tensor:
    """A map (B, D, 7, 7) as the vectors of its places, (49 B, D)."""
    return outputs.permute(0, 2, 3, 1).reshape(-1, outputs.shape[1])
