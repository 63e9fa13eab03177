"""Where a regulariser is evaluated: a batch, its codes, and the networks between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Generator, Tensor, nn


@dataclass(frozen=True)
class Point:
    """x: (B, 1, 28, 28), what the encoder saw; z: (B, d), its code; labels: (B,) int64, the
    classes; encode: x → z; encoder, decoder: the networks; code_activation: of the code, by
    name; generator: for what is drawn at random."""

    x: Tensor
    z: Tensor
    labels: Tensor
    encode: Callable[[Tensor], Tensor]
    encoder: nn.Module
    decoder: nn.Module
    code_activation: str
    generator: Generator | None
