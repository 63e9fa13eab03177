"""Bring a picture of one digit to the form of MNIST.

LeCun, Bottou, Bengio and Haffner (1998), section III-A: the digit is scaled, its shape
kept, to fit a 20x20 box with anti-aliasing, and placed in a 28x28 field so that its
centre of mass is the centre of the field.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

SIDE = 28
BOX = 20


def to_mnist_form(ink: np.ndarray) -> np.ndarray:
    """Scale and centre one digit.

    ink: (H, W) numbers, 0 where there is none and the more the darker; any size and scale.
    Returns (28, 28) uint8, 255 for the strongest ink; all zeros where there is no ink.
    """
    ink = np.asarray(ink, dtype=np.float32)
    if ink.ndim != 2:
        raise ValueError(f"expected one picture (H, W), got shape {ink.shape}")
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    field = np.zeros((SIDE, SIDE), np.uint8)
    if not len(rows):
        return field
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(ink.shape)
    height, width = (max(1, round(n * scale)) for n in ink.shape)
    box = Image.fromarray(ink).resize((width, height), Image.Resampling.BICUBIC)
    box = np.clip(np.asarray(box) / ink.max(), 0, 1)

    # Pixel centres lie at integers, so the middle of the field is 13.5.
    mass = box.sum()
    middle = (SIDE - 1) / 2
    top = round(middle - float((box.sum(1) * np.arange(height)).sum() / mass))
    left = round(middle - float((box.sum(0) * np.arange(width)).sum() / mass))
    top, left = (int(np.clip(at, 0, SIDE - n)) for at, n in ((top, height), (left, width)))
    field[top : top + height, left : left + width] = np.round(box * 255)
    return field
