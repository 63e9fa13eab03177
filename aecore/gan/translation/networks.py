"""The networks of both sides: translators from picture to picture, and critics of them.

    translator:  28x28 → 14x14, c maps → 7x7, 2c maps → residual blocks → 14x14 → 28x28
    patches:     28x28 → 14x14, c maps → 7x7, 2c maps → 7x7 numbers, one a patch of 18x18 pixels

The translator is that of Johnson, Alahi and Fei-Fei (2016), as Zhu et al. take it, for small
pictures: with two residual blocks instead of nine. The maps at 14x14 are also handed across to the
way up (Ronneberger et al., 2015), and each convolution down is told row and column (Liu et al.,
2018): a shear depends on the row, which a convolution alone does not know. The critic by patches
is that of Isola, Zhu, Zhou and Efros (2017).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aecore.gan.config import GanConfig
from aecore.gan.networks import SLOPE, SPREAD
from aecore.gan.networks import critic as whole_critic
from aecore.gan.translation.config import TranslatorConfig


class Translator(nn.Module):
    """A picture of one domain → one of the other, (B, 1, 28, 28) → the same, in [0, 1]."""

    def __init__(self, config: TranslatorConfig) -> None:
        super().__init__()
        c = config.width
        self.first = _down(1, c)
        self.second = _down(c, 2 * c)
        self.blocks = nn.Sequential(*(Residual(2 * c) for _ in range(config.blocks)))
        self.third = nn.Sequential(
            nn.ConvTranspose2d(2 * c, c, kernel_size=4, stride=2, padding=1),
            nn.InstanceNorm2d(c, affine=True),
            nn.ReLU(),
        )
        self.last = nn.ConvTranspose2d(2 * c, 1, kernel_size=4, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        wide = self.first(with_places(x))
        deep = self.blocks(self.second(with_places(wide)))
        return self.last(torch.cat([self.third(deep), wide], 1)).sigmoid()


class Residual(nn.Module):
    """x + f(x), with two convolutions that keep the size (He et al., 2016): (B, c, 7, 7)."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(c, c, kernel_size=3, padding=1),
            nn.InstanceNorm2d(c, affine=True),
            nn.ReLU(),
            nn.Conv2d(c, c, kernel_size=3, padding=1),
            nn.InstanceNorm2d(c, affine=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.change(x)


class PatchCritic(nn.Module):
    """A number a patch: (B, 1, 28, 28) → (B, 49)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        c = width
        self.layers = nn.Sequential(
            nn.Conv2d(1, c, kernel_size=4, stride=2, padding=1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(c, 2 * c, kernel_size=4, stride=2, padding=1),
            nn.InstanceNorm2d(2 * c, affine=True),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(2 * c, 1, kernel_size=3, padding=1),
            nn.Flatten(),
        )
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, 0, SPREAD)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def picture_critic(width: int) -> nn.Module:
    """A number a picture, by the critic of a DCGAN: (B, 1, 28, 28) → (B,)."""
    return whole_critic(GanConfig(network="conv", width=width, hidden=0))


def with_places(maps: Tensor) -> Tensor:
    """Maps (B, c, h, w) and two more, of the row and of the column from −1 to 1."""
    count, _c, height, width = maps.shape
    rows = torch.linspace(-1, 1, height, device=maps.device)[:, None].expand(height, width)
    columns = torch.linspace(-1, 1, width, device=maps.device).expand(height, width)
    places = torch.stack([rows, columns]).expand(count, 2, height, width)
    return torch.cat([maps, places], 1)


def _down(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs + 2, outputs, kernel_size=4, stride=2, padding=1),
        nn.InstanceNorm2d(outputs, affine=True),
        nn.ReLU(),
    )
