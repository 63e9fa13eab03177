"""Class and style of a conditional VAE, against its plain VAEs of one class each."""

import numpy as np
import pytest
import torch
from torch import Generator, nn

from aecore import figures
from aecore.config import ModelConfig
from aecore.explore import styles
from aecore.explore.classifier import Classifier
from aecore.models import build


@pytest.fixture(scope="module")
def model():
    config = ModelConfig(variational=True, conditional=True, latent_dim=3, hidden=(12,))
    made = build(config, seed=4).eval()
    with torch.no_grad():  # fresh weights hardly look at the class
        made.shift.weight.mul_(5)
        made.decoder[0].weight.mul_(4)
    return made


def test_each_picture_is_encoded_with_its_own_class(model, digits):
    found = styles.codes(model, digits.test)
    assert found.shape == (len(digits.test), 3)
    for i in range(0, len(digits.test), 41):
        of = model.folded(int(digits.test.labels[i]))
        with torch.inference_mode():
            expected = of.encode(digits.test.pictures(slice(i, i + 1)))[0]
        assert torch.allclose(found[i], expected, atol=1e-5)


def test_a_style_is_decoded_as_each_class(model):
    z = torch.randn(4, 3, generator=Generator().manual_seed(0))
    found = styles.under_each_class(model, z)
    assert found.shape == (4, 10, 28, 28)
    with torch.inference_mode():
        for c in range(10):
            expected = model.folded(c).decode(z).squeeze(1)
            assert torch.allclose(found[:, c], expected, atol=1e-5)
    assert (found[:, 0] - found[:, 1]).abs().max() > 0.05


def test_obedience_counts_what_the_reader_reads(model):
    linear = nn.Linear(784, 10)
    with torch.no_grad():
        linear.weight.copy_(torch.randn(10, 784, generator=Generator().manual_seed(7)))
    counts = styles.obedience(model, Classifier(linear, 1.0), count=20, seed=3)
    z = styles.drawn(model, 20, Generator().manual_seed(3))
    expected = np.zeros((10, 10), int)
    with torch.inference_mode():
        for asked in range(10):
            for one in model.folded(asked).decode(z).flatten(1):
                expected[asked, int(linear(one).argmax())] += 1
    assert counts.tolist() == expected.tolist()
    assert len(np.unique(expected.argmax(1))) > 1


def test_styles_are_drawn_from_the_prior(model):
    z = styles.drawn(model, 4000, Generator().manual_seed(1))
    assert torch.equal(z, styles.drawn(model, 4000, Generator().manual_seed(1)))
    assert z.mean(0).abs().max() < 0.08
    assert (z.std(0) - 1).abs().max() < 0.08


def test_the_grid_has_a_style_a_row_and_frames_the_own_class():
    pictures = np.arange(20, dtype=np.uint8).reshape(2, 10, 1, 1).repeat(28, 2).repeat(28, 3)
    originals = np.full((2, 28, 28), 200, np.uint8)
    page = figures.class_by_style(pictures, originals=originals, own=np.array([3, 9]))
    step = page.shape[0] // 2
    assert page.shape == (2 * step, 11 * step, 3)
    middle = page[step // 2 :: step, step // 2 :: step, 0]
    assert middle.tolist() == [[200, *range(10)], [200, *range(10, 20)]]
    corners = page[::step, ::step]
    framed = [(1 + c == column) for c in (3, 9) for column in range(11)]
    assert (corners.reshape(-1, 3) == figures.FRAME_COLOUR).all(1).tolist() == framed
    plain = figures.class_by_style(pictures)
    assert plain.shape == (2 * step, 10 * step, 3)
    assert not (plain == figures.FRAME_COLOUR).all(2).any()
