"""The label loss of the supervised autoencoder: the code also has to tell the class.

    p(y|z) = softmax(V z + c)        Ω = −log p(y|z)

Le, Patterson and White (2018), "Supervised autoencoders: improving generalization performance
with unsupervised regularizers", equation 2, read the other way round: there the reconstruction
regularises the classifier.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from aecore.config import CLASSES
from aecore.models.penalties.point import Point


class Labels(nn.Module):
    """The cross-entropy of a linear head, in nats: (B,)."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.head = nn.Linear(latent_dim, CLASSES)

    def forward(self, at: Point) -> Tensor:
        return F.cross_entropy(self.head(at.z).float(), at.labels, reduction="none")
