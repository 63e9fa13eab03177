"""The autoencoder: an encoder f, a decoder g, and a loss that compares g(f(x)) with x.

    z = f(x)        x̂ = g(z)        loss = −log p(x|z)

Rumelhart, Hinton and Williams (1986); Hinton and Salakhutdinov (2006). With a corrupted
input x̃ and the clean x as target this same file is the denoising autoencoder (Vincent et
al., 2008): z = f(x̃), and the loss still compares g(z) with x.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor, nn

from aecore import likelihood
from aecore.config import PIXELS, ModelConfig
from aecore.models.k_sparse import KSparse

ACTIVATIONS = {
    "none": nn.Identity,
    "gelu": nn.GELU,
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


@dataclass
class Output:
    """What a model answers while it is trained.

    decoded: (B, 784), what the decoder put out, before the sigmoid (if it has one).
    code: (B, d), what was decoded; for a variational model a sample of q(z|x).
    terms: named parts of the loss, each (B,): nats, summed over pixels or latents.
    weights: what each term counts in the loss; 1 where a name is missing.
    linear: the decoder's output is the picture itself, without a sigmoid.
    """

    decoded: Tensor
    code: Tensor
    terms: dict[str, Tensor]
    weights: dict[str, float] = field(default_factory=dict)
    linear: bool = False

    @property
    def reconstruction(self) -> Tensor:
        """x̂ (B, 1, 28, 28) in [0, 1]; the linear autoencoder may leave that range."""
        picture = likelihood.picture(self.decoded.float(), linear=self.linear)
        return picture.view(-1, 1, 28, 28)

    @property
    def loss(self) -> Tensor:
        """The scalar to minimise: the weighted sum of the terms, averaged over the batch."""
        return sum(self.weights.get(name, 1.0) * term.mean() for name, term in self.terms.items())


class Autoencoder(nn.Module):
    """A deterministic autoencoder.

    encoder: (B, 1, 28, 28) → (B, d). decoder: (B, d) → (B, 784), before the sigmoid. opponent: a
    network that is trained against them, if there is one.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, config: ModelConfig) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.opponent: nn.Module | None = None
        self.config = config
        self.linear = config.network == "linear"
        self.progress = 1.0
        if config.code_activation == "k-sparse":
            self.code_activation = KSparse(config.k, config.k_anneal)
        else:
            self.code_activation = ACTIVATIONS[config.code_activation]()

    def advance(self, progress: float) -> None:
        """Told how much of its training has passed, in [0, 1]: what rises or falls meanwhile
        follows. Once trained, 1."""
        self.progress = progress
        if isinstance(self.code_activation, KSparse):
            self.code_activation.progress = progress

    def encode(self, x: Tensor) -> Tensor:
        """The code of a picture: x (B, 1, 28, 28) → z (B, d)."""
        return self.code_activation(self.encoder(x))

    def decode(self, z: Tensor) -> Tensor:
        """The picture of a code: z (B, d) → x̂ (B, 1, 28, 28)."""
        picture = likelihood.picture(self.decoder(z).float(), linear=self.linear)
        return picture.view(-1, 1, 28, 28)

    def given(self, labels: Tensor) -> Autoencoder:
        """The model for pictures of these classes (B,): itself, unless it is conditional."""
        return self

    def forward(
        self, x: Tensor, target: Tensor | None = None, generator: Generator | None = None
    ) -> Output:
        """Encode x, decode, and compare with target (x itself unless given)."""
        z = self.encode(x)
        return self._compare(self.decoder(z), x if target is None else target, z)

    def objective(
        self, x: Tensor, target: Tensor, labels: Tensor, generator: Generator | None = None
    ) -> Output:
        """What is minimised: ``forward``, and what else a family learns from.

        labels: (B,) int64, the classes of the pictures.
        """
        return self(x, target, generator)

    def class_logits(self, z: Tensor) -> Tensor | None:
        """What the model itself says of the class: z (B, d) → (B, 10) logits; None if nothing."""
        return None

    def _compare(self, decoded: Tensor, target: Tensor, z: Tensor) -> Output:
        nats = likelihood.nats(
            self.config.likelihood, decoded, target.flatten(1), linear=self.linear
        )
        weights = {"reconstruction": 1 / PIXELS} if self.config.pixel_mean else {}
        return Output(decoded, z, {"reconstruction": nats}, weights, linear=self.linear)

    def parameter_count(self) -> int:
        """The number of weights and biases that training moves."""
        return sum(p.numel() for p in self.parameters())

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device
