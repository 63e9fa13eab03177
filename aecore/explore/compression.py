"""A code as something to send: real bytes, what they cost in error, and PNG beside them.

Each value is rounded to one of 2^b levels between a low and a high that are fixed for its
unit beforehand, and goes out as b bits. The receiver needs the decoder, whose own bytes
are shared by all pictures sent.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

import numpy as np
import torch

from aecore.data import Split
from aecore.explore.layers import parameters
from aecore.figures import png
from aecore.metrics import BATCH
from aecore.models import Autoencoder

DEPTHS = range(1, 9)
# What lies outside this share at either end is clipped: wider ranges cost error with few bits,
# narrower ones with many.
TAIL = 0.001


def ranges(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The low and the high of each unit: all but a thousandth of the codes (N, d) at each end."""
    low, high = np.quantile(codes, [TAIL, 1 - TAIL], axis=0).astype(np.float32)
    return low, np.maximum(high, low + 1e-6)


def quantise(codes: np.ndarray, bits: int, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The level of each value: (N, d) uint8 below 2^bits. bits: 1 to 8; low, high: (d,)."""
    levels = 2**bits
    position = np.floor((codes - low) / (high - low) * levels)
    return position.clip(0, levels - 1).astype(np.uint8)


def dequantise(levels: np.ndarray, bits: int, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The middle of each level: (N, d) float32."""
    return (low + (levels + 0.5) / 2**bits * (high - low)).astype(np.float32)


def pack(levels: np.ndarray, bits: int) -> np.ndarray:
    """Levels (N, d) as bytes, ``bits`` bits a value: (N, ⌈d bits / 8⌉) uint8."""
    digits = np.unpackbits(levels[..., None], axis=2)[..., 8 - bits :]
    return np.packbits(digits.reshape(len(levels), -1), axis=1)


def unpack(packed: np.ndarray, bits: int, d: int) -> np.ndarray:
    """The inverse of ``pack``: (N, d) uint8."""
    digits = np.unpackbits(packed, axis=1, count=d * bits).reshape(len(packed), d, bits)
    return np.packbits(digits, axis=2).squeeze(2) >> (8 - bits)


def deflated(levels: np.ndarray) -> float:
    """Bytes a picture when the levels (N, d) are deflated together, unit after unit (zlib)."""
    return len(zlib.compress(np.ascontiguousarray(levels.T).tobytes())) / len(levels)


def entropy(levels: np.ndarray) -> float:
    """Bytes a picture that no code for single values can go below: the sum over the units of
    the entropy of their levels (N, d) (Shannon, 1948)."""
    nats = 0.0
    for unit in levels.T:
        share = np.bincount(unit) / len(unit)
        share = share[share > 0]
        nats -= float(share @ np.log(share))
    return nats / math.log(2) / 8


@dataclass(frozen=True)
class Rate:
    """What codes of ``bits`` bits a value cost. packed, deflated, entropy: bytes a picture;
    mse: a pixel, of what the decoder makes of them."""

    bits: int
    packed: int
    deflated: float
    entropy: float
    mse: float


@dataclass(frozen=True)
class Compression:
    """Codes of the first pictures of a test split as bytes.

    rates: one for each depth; exact_mse: of the codes unrounded; low, high: (d,), the ranges;
    png: mean bytes of a picture as an optimised PNG file; pixels_deflated: the raw pixels of all
    deflated together; decoder: bytes of its weights in half precision, with the ranges;
    count: the number of pictures.
    """

    rates: list[Rate]
    exact_mse: float
    low: np.ndarray
    high: np.ndarray
    png: float
    pixels_deflated: float
    decoder: int
    count: int


def compress(
    model: Autoencoder, train_codes: np.ndarray, codes: np.ndarray, test: Split
) -> Compression:
    """Measure the codes (N, d) of the first N pictures of ``test``; the ranges are those of
    ``train_codes``, which a sender can know beforehand."""
    low, high = ranges(train_codes)
    images = test.images[: len(codes)].cpu().numpy()
    rates = []
    for bits in DEPTHS:
        levels = quantise(codes, bits, low, high)
        packed = pack(levels, bits)
        received = dequantise(unpack(packed, bits, codes.shape[1]), bits, low, high)
        rates.append(
            Rate(
                bits,
                packed.shape[1],
                deflated(levels),
                entropy(levels),
                error(model, received, images),
            )
        )
    return Compression(
        rates=rates,
        exact_mse=error(model, codes, images),
        low=low,
        high=high,
        png=png_bytes(images),
        pixels_deflated=len(zlib.compress(images.tobytes())) / len(images),
        decoder=decoder_bytes(model),
        count=len(images),
    )


@torch.inference_mode()
def error(model: Autoencoder, codes: np.ndarray, images: np.ndarray) -> float:
    """Mean squared error a pixel between decoded codes (N, d) and images (N, 28, 28) uint8."""
    total = 0.0
    for start in range(0, len(codes), BATCH):
        z = torch.from_numpy(codes[start : start + BATCH]).to(model.device)
        x = torch.from_numpy(images[start : start + BATCH]).to(model.device).float() / 255
        total += (model.decode(z).squeeze(1) - x).square().sum().item()
    return total / images.size


def png_bytes(images: np.ndarray) -> float:
    """Mean bytes of pictures (N, 28, 28) uint8 as optimised PNG files of one picture each."""
    return float(np.mean([len(png(image)) for image in images]))


def decoder_bytes(model: Autoencoder) -> int:
    """The decoder's weights in half precision, as the app's own files hold them, and the ranges."""
    weights = sum(p.count for p in parameters(model) if p.name.startswith("decoder."))
    return 2 * (weights + 2 * model.config.latent_dim)


def break_even(decoder: int, code: float, reference: float) -> int | None:
    """From how many pictures on the decoder and the codes take fewer bytes than the reference
    does; None where a code takes as many bytes as the reference."""
    return math.floor(decoder / (reference - code)) + 1 if code < reference else None
