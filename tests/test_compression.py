"""Codes as bytes: packed bit by bit, measured against zlib and Pillow, decoded again."""

import io
import itertools
import math
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from aecore.config import ModelConfig
from aecore.data import Split
from aecore.explore import compression
from aecore.explore.codes import encode
from aecore.metrics import evaluate
from aecore.models import build


@pytest.fixture(scope="module")
def model():
    return build(ModelConfig("mlp", latent_dim=6, hidden=(20,)), seed=2).eval()


@pytest.mark.parametrize("bits", range(1, 9))
@pytest.mark.parametrize("d", [1, 3, 8, 20, 33])
def test_packed_levels_come_back_and_take_no_more_bytes_than_needed(bits, d):
    levels = np.random.default_rng(d).integers(0, 2**bits, (50, d), dtype=np.uint8)
    packed = compression.pack(levels, bits)
    assert packed.dtype == np.uint8
    assert packed.shape == (50, math.ceil(d * bits / 8))
    assert (compression.unpack(packed, bits, d) == levels).all()
    # The bits of one code, one after the other, as one large number.
    digits = "".join(format(value, f"0{bits}b") for value in levels[0].tolist())
    digits = digits.ljust(8 * packed.shape[1], "0")
    assert int(digits, 2) == int.from_bytes(packed[0].tobytes(), "big")


def test_values_inside_the_range_are_off_by_half_a_step_at_most():
    codes = np.random.default_rng(0).uniform(-1, 3, (500, 4)).astype(np.float32)
    low, high = np.full(4, -1, np.float32), np.full(4, 3, np.float32)
    for bits in range(1, 9):
        levels = compression.quantise(codes, bits, low, high)
        assert set(np.unique(levels)) == set(range(2**bits))
        back = compression.dequantise(levels, bits, low, high)
        assert np.abs(back - codes).max() <= 4 / 2**bits / 2 + 1e-6


def test_values_outside_the_range_take_the_outermost_level():
    low, high = np.zeros(1, np.float32), np.ones(1, np.float32)
    levels = compression.quantise(np.array([[-5.0], [0.0], [1.0], [9.0]]), 3, low, high)
    assert levels.ravel().tolist() == [0, 0, 7, 7]


def test_ranges_hold_all_but_a_thousandth_at_each_end():
    codes = np.arange(10_001, dtype=np.float32)[:, None] * [1, 0]
    low, high = compression.ranges(codes)
    assert (low[0], high[0]) == (10, 9990)
    assert high[1] > low[1]  # a unit that never changes has a range all the same


def test_deflated_bytes_can_be_inflated():
    levels = np.random.default_rng(0).integers(0, 4, (300, 5), dtype=np.uint8)
    content = zlib.compress(b"".join(levels[:, unit].tobytes() for unit in range(5)))
    assert compression.deflated(levels) == len(content) / 300
    assert compression.deflated(np.zeros((300, 5), np.uint8)) < 0.1


def test_entropy_of_known_levels():
    # Two bits, one bit and none: three eighths of a byte.
    levels = np.array([[0, 0, 9], [1, 0, 9], [2, 1, 9], [3, 1, 9]], np.uint8)
    assert compression.entropy(levels) == pytest.approx(3 / 8)
    skewed = np.array([[0], [0], [0], [1]], np.uint8)
    expected = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25)) / 8
    assert compression.entropy(skewed) == pytest.approx(expected)


def test_what_is_measured_agrees_with_others(model, digits):
    count = 120
    some = Split(digits.test.images[:count], digits.test.labels[:count])
    codes = encode(model, some)
    found = compression.compress(model, encode(model, digits.train), codes, digits.test)
    assert found.count == count
    assert found.exact_mse == pytest.approx(evaluate(model, some).test_mse, rel=1e-5)
    sizes = []
    for image in some.images.numpy():
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "PNG", optimize=True)
        sizes.append(len(buffer.getvalue()))
        assert (np.asarray(Image.open(buffer)) == image).all()
    assert found.png == pytest.approx(np.mean(sizes))
    assert found.pixels_deflated == len(zlib.compress(some.images.numpy().tobytes())) / count
    assert [rate.bits for rate in found.rates] == list(range(1, 9))
    for rate in found.rates:
        assert rate.packed == math.ceil(6 * rate.bits / 8)
        assert rate.entropy <= min(rate.packed, rate.deflated)


def test_the_error_is_that_of_the_rounded_codes(model, digits):
    codes = encode(model, digits.test)
    found = compression.compress(model, codes, codes, digits.test)
    x = digits.test.pictures()
    for bits in (1, 4, 8):
        step = (found.high - found.low) / 2**bits
        inside = np.floor((codes - found.low) / step).clip(0, 2**bits - 1)
        rounded = torch.from_numpy((found.low + (inside + 0.5) * step).astype(np.float32))
        with torch.no_grad():
            expected = (model.decode(rounded) - x).square().mean().item()
        assert found.rates[bits - 1].mse == pytest.approx(expected, rel=1e-4)


def test_finer_codes_come_nearer_to_the_exact_one():
    # A linear model that keeps its pixels: the error is that of the rounding alone.
    model = build(ModelConfig("linear", latent_dim=8), seed=0)
    with torch.no_grad():
        q = torch.linalg.qr(torch.randn(784, 8, generator=torch.Generator().manual_seed(0))).Q
        model.encoder[1].weight.copy_(q.T)
        model.decoder[0].weight.copy_(q)
        model.encoder[1].bias.zero_()
        model.decoder[0].bias.zero_()
    images = torch.randint(0, 256, (200, 28, 28), generator=torch.Generator().manual_seed(1))
    split = Split(images.byte(), torch.zeros(200, dtype=torch.long))
    codes = encode(model, split)
    found = compression.compress(model, codes, codes, split)
    over = [rate.mse - found.exact_mse for rate in found.rates]
    assert all(a > b > 0 for a, b in itertools.pairwise(over[:6]))
    # A step half as wide leaves a quarter of the error, up to what is clipped.
    assert over[2] / over[3] == pytest.approx(4, rel=0.2)


def test_the_decoder_weighs_two_bytes_a_number(model):
    weights = sum(p.numel() for p in model.decoder.parameters())
    assert compression.decoder_bytes(model) == 2 * (weights + 2 * 6)


@pytest.mark.parametrize(
    ("decoder", "code", "png"), [(838_304, 16, 268.002), (100, 1, 11), (5, 3, 4)]
)
def test_the_decoder_pays_from_the_first_picture_on_that_saves_bytes(decoder, code, png):
    n = compression.break_even(decoder, code, png)
    assert decoder + n * code < n * png
    assert decoder + (n - 1) * code >= (n - 1) * png


def test_a_code_as_large_as_the_picture_never_pays():
    assert compression.break_even(1000, 268, 268) is None
    assert compression.break_even(1000, 300, 268) is None
