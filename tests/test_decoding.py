"""Decoding on the server for browsers that ask for many pictures at once."""

import gc

import numpy as np
import pytest
import torch

from aecore.config import ModelConfig
from aecore.explore.codes import to_uint8
from aecore.models import build
from pages.ui.decoding import MOST_CODES, decode_offered, offer


@pytest.fixture
def model():
    return build(ModelConfig("conv", latent_dim=3, hidden=(), channels=2), seed=1).eval()


def test_the_server_decodes_as_the_model_does(model):
    codes = torch.randn(7, 3, generator=torch.Generator().manual_seed(0))
    pixels = decode_offered(offer(model), codes.numpy().astype("<f4").tobytes())
    with torch.inference_mode():
        assert pixels == to_uint8(model.decode(codes)).tobytes()
    assert len(pixels) == 7 * 784


def test_a_model_keeps_its_name_and_another_has_its_own(model):
    assert offer(model) == offer(model)
    other = build(model.config, seed=2)
    assert offer(other) != offer(model)


def test_a_model_that_is_gone_is_offered_no_more(model):
    other = build(model.config, seed=2)
    name, code = offer(other), np.zeros(3, "<f4").tobytes()
    assert decode_offered(name, code)
    del other
    gc.collect()
    assert decode_offered(name, code) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"12345",
        np.zeros(4, "<f4").tobytes(),
        np.array([0, np.nan, 1], "<f4").tobytes(),
        np.array([0, np.inf, 1], "<f4").tobytes(),
        np.zeros(3 * (MOST_CODES + 1), "<f4").tobytes(),
    ],
)
def test_what_is_no_code_of_the_model_is_refused(model, content):
    assert decode_offered(offer(model), content) is None


def test_an_unknown_name_is_refused():
    assert decode_offered("guess", np.zeros(3, "<f4").tobytes()) is None
