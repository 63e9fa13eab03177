"""How near the codes of an adversarial autoencoder have come to the prior imposed on them.

The aggregated posterior q(z) is what all codes of the data look like together. It is compared with
draws of p(z) by the energy distance of two samples (Székely and Rizzo, 2013, "Energy statistics"),

    2 E‖a − b‖ − E‖a − a'‖ − E‖b − b'‖,

which is 0 for the same law and greater for any other. Between two samples of the same law it is
not quite 0: that floor is measured with two draws of the prior itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from aecore.config import CLASSES, AdversaryConfig
from aecore.explore.probes import subsample
from aecore.models import AdversarialAutoencoder, priors

# Codes and draws that are compared: all pairs of them are.
MOST = 5000


@dataclass(frozen=True)
class Distance:
    """From codes to a prior; floor: between two draws of the prior of the same size."""

    codes: float
    floor: float

    @property
    def ratio(self) -> float:
        """How many times the floor; 1 would be a law that can't be told from the prior."""
        return self.codes / self.floor


def energy_distance(a: Tensor, b: Tensor) -> float:
    """Of two samples (n, d) and (m, d); at least 0, in the units of the codes."""
    a, b = a.double(), b.double()
    within = torch.cdist(a, a).mean() + torch.cdist(b, b).mean()
    return (2 * torch.cdist(a, b).mean() - within).item()


def drawn(
    adversary: AdversaryConfig, labels: Tensor, latent_dim: int, generator: Generator
) -> Tensor:
    """As many draws of the prior as labels (N,): (N, d); of these classes, where the
    discriminator sees the class."""
    given = labels if adversary.labels else None
    return priors.draw(adversary.prior, len(labels), latent_dim, generator, given)


def distance(codes: Tensor, labels: Tensor, adversary: AdversaryConfig, seed: int = 0) -> Distance:
    """From codes (N, d) of pictures with these labels (N,) to the prior they were to look like.

    At most 5,000 of them, drawn at random (the two halves of MNIST's test split are not alike: they
    are by other writers); the same seed gives the same.
    """
    index = subsample(len(codes), MOST, seed)
    codes, labels = codes[index], labels[index]
    generator = Generator().manual_seed(seed)
    one, other = (drawn(adversary, labels, codes.shape[1], generator) for _ in range(2))
    return Distance(energy_distance(codes, one), energy_distance(other, one))


@torch.inference_mode()
def belief(model: AdversarialAutoencoder, z: Tensor, label: int | None = None) -> Tensor:
    """D(z), the probability in which the discriminator takes codes (B, d) for draws of the prior:
    (B,) in [0, 1]. At ½ it can't tell.

    label: the class it is told, which it wants if it was trained with the classes.
    """
    z = z.to(model.device)
    if model.config.adversary.labels:
        y = F.one_hot(torch.tensor([label], device=z.device), CLASSES).to(z.dtype)
        z = torch.cat([z, y.expand(len(z), -1)], 1)
    return model.opponent(z).sigmoid().squeeze(1).cpu()


def lattice(reach: float, count: int) -> Tensor:
    """Codes of the plane: count × count points from −reach to reach, rows from below, the first
    value changing fastest: (count², 2)."""
    at = torch.linspace(-reach, reach, count)
    y, x = torch.meshgrid(at, at, indexing="ij")
    return torch.stack([x, y], -1).view(-1, 2)
