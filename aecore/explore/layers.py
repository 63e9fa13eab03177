"""What happens inside: the values of every layer for a picture, and the parameters of each.

A layer is a map with weights and what follows it until the next one: its activation and
changes of shape. The modules are called one after the other rather than by hooks, which
would also see the pictures of others who use the same model at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from aecore.models import Autoencoder, build
from aecore.models.autoencoder import ACTIVATIONS

OPERATIONS = {
    nn.Linear: "dense",
    nn.Conv2d: "convolution",
    nn.ConvTranspose2d: "transposed",
}
# A unit is active if it is larger than this share of the largest of its layer.
ACTIVE = 0.1


@dataclass(frozen=True)
class Layer:
    """The values of a layer. name: of its module, such as ``encoder.1``, and ``x`` for the input;
    kind: ``input``, ``hidden``, ``code`` or ``output``; operation: one of ``OPERATIONS``, or
    empty; activation: as in ``ACTIVATIONS``; values: (B, units) or (B, maps, side, side)."""

    name: str
    kind: str
    operation: str
    activation: str
    values: np.ndarray

    def active_share(self) -> float:
        """The share of values that are larger, without their sign, than a tenth of the largest."""
        size = np.abs(self.values)
        return float(np.mean(size > ACTIVE * size.max())) if size.any() else 0.0


@torch.inference_mode()
def activations(model: Autoencoder, x: Tensor) -> list[Layer]:
    """The values of all layers from x (B, 1, 28, 28) to x̂; the code of a VAE is μ."""
    x = x.to(model.device)
    z = model.encode(x)
    found = [Layer("x", "input", "", "none", _array(x))]
    for name, network, start, last, end in (
        ("encoder", model.encoder, x, "code", z),
        ("decoder", model.decoder, z, "output", model.decode(z)),
    ):
        groups, values, shown = list(_groups(network)), start, start
        for i, (index, modules) in enumerate(groups):
            for module in modules:
                values = module(values)
                shown = shown if isinstance(module, nn.Flatten) else values
            is_last = i == len(groups) - 1
            activation = _last_activation(model, last) if is_last else _activation(modules)
            found.append(
                Layer(
                    f"{name}.{index}",
                    last if is_last else "hidden",
                    _operation(modules),
                    activation,
                    _array(end if is_last else shown),
                )
            )
    return found


def hidden_values(model: Autoencoder, x: Tensor, *, first: bool) -> np.ndarray:
    """The units after the encoder's first layer, or before the decoder's last one.

    x: (B, 1, 28, 28). Returns (B, units); of a map its mean.
    """
    parts = []
    for some in x.split(250):
        layer = activations(model, some)[1 if first else -2]
        parts.append(layer.values.reshape(*layer.values.shape[:2], -1).mean(2))
    return np.concatenate(parts)


def _groups(network: nn.Sequential) -> Iterator[tuple[int, list[nn.Module]]]:
    """Each module with weights by its index, with those without that follow it (and, for the
    first, those before it)."""
    modules = list(network)
    starts = [i for i, module in enumerate(modules) if any(True for _ in module.parameters())]
    for begin, index, end in zip(
        [0, *starts[1:]], starts, [*starts[1:], len(modules)], strict=True
    ):
        yield index, modules[begin:end]


def _operation(modules: list[nn.Module]) -> str:
    return next((OPERATIONS[type(m)] for m in modules if type(m) in OPERATIONS), "")


def _activation(modules: list[nn.Module]) -> str:
    names = {kind: name for name, kind in ACTIVATIONS.items()}
    return next((names[type(m)] for m in modules if type(m) in names), "none")


def _last_activation(model: Autoencoder, kind: str) -> str:
    if kind == "code":
        return model.config.code_activation
    return "none" if model.linear else "sigmoid"


def _array(values: Tensor) -> np.ndarray:
    return values.float().cpu().numpy()


@dataclass(frozen=True)
class Parameter:
    """A trained tensor. name: in the checkpoint; shape: its sizes; symbols: the same with ``d``
    (or ``2d``) where the size of the code decides; count: of its numbers."""

    name: str
    shape: tuple[int, ...]
    symbols: tuple[str, ...]
    count: int


def parameters(model: Autoencoder) -> list[Parameter]:
    """All trained tensors of a model in the order of the layers."""
    other = replace(model.config, latent_dim=model.config.latent_dim % 2 + 1)
    with torch.device("meta"):
        shapes = {name: p.shape for name, p in build(other).named_parameters()}
    step = other.latent_dim - model.config.latent_dim
    found = []
    for name, p in model.named_parameters():
        if p.requires_grad:
            slopes = [(o - s) // step for s, o in zip(p.shape, shapes[name], strict=True)]
            symbols = tuple(
                {0: str(size), 1: "d"}.get(slope, f"{slope}d")
                for size, slope in zip(p.shape, slopes, strict=True)
            )
            found.append(Parameter(name, tuple(p.shape), symbols, p.numel()))
    return found
