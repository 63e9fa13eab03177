"""The regularised autoencoder: what it minimises has further terms that keep it from copying.

    loss = −log p(x|z) + Σ λ Ω        Ω from the files of ``aecore.models.penalties``

Sparse (L1 on the code, KL of its mean activation), contractive and supervised autoencoders are
this class with one Ω or another. Goodfellow, Bengio and Courville (2016), section 14.2.
"""

from __future__ import annotations

from torch import Generator, Tensor, nn

from aecore.config import ModelConfig
from aecore.models import penalties
from aecore.models.autoencoder import Autoencoder, Output
from aecore.models.penalties.point import Point


class RegularizedAutoencoder(Autoencoder):
    """An autoencoder with one penalty or more."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, config: ModelConfig) -> None:
        super().__init__(encoder, decoder, config)
        self.penalties = nn.ModuleDict(
            {p.kind: penalties.make(config, p) for p in config.penalties}
        )

    def class_logits(self, z: Tensor) -> Tensor | None:
        """Of the head of the label loss, where there is one."""
        return self.penalties["labels"].head(z) if "labels" in self.penalties else None

    def objective(
        self, x: Tensor, target: Tensor, labels: Tensor, generator: Generator | None = None
    ) -> Output:
        """The reconstruction and every Ω, with the weights that they have by now."""
        output = self(x, target, generator)
        at = Point(
            x, output.code, labels, self.encode, self.encoder, self.decoder,
            self.config.code_activation, generator,
        )  # fmt: skip
        for penalty in self.config.penalties:
            output.terms[penalty.kind] = self.penalties[penalty.kind](at)
            risen = min(1.0, self.progress / penalty.warm_up) if penalty.warm_up else 1.0
            output.weights[penalty.kind] = penalty.weight * risen
        return output
