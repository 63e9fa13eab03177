"""What a model makes of the plane: surfaces, arrows, and where its noise or its code comes to lie.

    critic         D(x) over a lattice, and −∂L_G/∂x at samples: where the generator is pulled
    autoencoder    ‖x − g(f(x))‖ and the code's first value over a lattice, and x → g(f(x)) at data
    manifold       G(z) or g(z) of a line of z (d = 1) or a lattice of them (d = 2)

Nothing here trains: the model is only looked at.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.points.clouds import REACH
from aecore.points.models import Model, PointAutoencoder, PointGan, reconstruction_error, scores

SIDE = 40
LINE, LATTICE = 200, 21
# Of a normal value, at both ends of a line of noise: all but a fiftieth lie between.
TAIL = 0.01


def plane(side: int = SIDE) -> Tensor:
    """The middles of side x side squares in [-2, 2]², from the top left, row by row: (n, 2)."""
    middles = REACH * ((torch.arange(side) + 0.5) * 2 / side - 1)
    y, x = torch.meshgrid(-middles, middles, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], 1)


@torch.no_grad()
def critic_surface(model: PointGan, side: int = SIDE) -> Tensor:
    """What the critic says, (side, side), the first row on top."""
    return scores(model, plane(side)).view(side, side)


def pushes(model: PointGan, samples: Tensor) -> Tensor:
    """−∂L_G/∂x for each sample (N, 2): which way its own loss falls, and how steeply."""
    x = samples.detach().requires_grad_(True)
    loss = sum(model.game.generator_terms(model.critic, x).values())
    return -torch.autograd.grad(loss.sum(), x)[0]


@torch.no_grad()
def error_surface(model: PointAutoencoder, side: int = SIDE) -> Tensor:
    """How far a point is from its reconstruction, (side, side)."""
    return reconstruction_error(model, plane(side)).view(side, side)


@torch.no_grad()
def code_surface(model: PointAutoencoder, side: int = SIDE) -> Tensor:
    """The first value of the code, (side, side)."""
    return model.encode(plane(side))[:, 0].view(side, side)


@torch.no_grad()
def manifold(model: Model, data: Tensor) -> Tensor:
    """Points (200, 2) of a line or (21, 21, 2) of a lattice of codes; (0, 2) for d > 2.

    Equal shares of the prior lie between neighbours; of an autoencoder, which has no prior,
    equal shares of the data's codes, one coordinate by itself.
    """
    d = model.latent_dim
    if d > 2:
        return torch.zeros(0, 2)
    steps = torch.linspace(TAIL, 1 - TAIL, LINE if d == 1 else LATTICE)
    if model.has_prior:
        axes = [torch.special.ndtri(steps)] * d
    else:
        axes = list(torch.quantile(model.encode(data), steps, dim=0).T)
    if d == 1:
        return model.decode(axes[0][:, None])
    lattice = torch.cartesian_prod(*axes)
    return model.decode(lattice).view(LATTICE, LATTICE, 2)
