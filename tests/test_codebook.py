"""The codebook: counts against plain loops, ways to draw, and bits."""

import math

import numpy as np
import pytest
import torch

from aecore.config import ModelConfig, QuantizerConfig
from aecore.explore import codebook
from aecore.models import build


@pytest.fixture(scope="module")
def model():
    quantizer = QuantizerConfig(12)
    return build(
        ModelConfig("conv", latent_dim=49 * 4, hidden=(), channels=2, quantizer=quantizer), seed=3
    ).eval()


@pytest.fixture
def maps(model, digits):
    return codebook.maps_of(model, digits.test)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_maps_are_what_the_model_chooses(model, digits, maps):
    assert maps.shape == (len(digits.test), 7, 7)
    assert torch.equal(maps[5:7], model.indices(digits.test.pictures(slice(5, 7))))
    drawn = codebook.decode(model, maps[5:7])
    expected = model.decode(model.encode(digits.test.pictures(slice(5, 7))))
    assert torch.allclose(drawn, expected, atol=1e-6)


def test_usage_counts_codes_and_averages_what_stands_around_them(maps, digits):
    maps, images = maps[:20], digits.test.images[:20]
    found = codebook.usage(maps, images, 13)
    padded = np.pad(images.numpy() / 255, ((0, 0), (4, 4), (4, 4)))
    for code in range(13):
        places = (maps == code).nonzero().tolist()
        assert found.shares[code].item() == pytest.approx(len(places) / maps.numel())
        assert bool(found.dead[code]) == (not places)
        around = [padded[n, 4 * r : 4 * r + 12, 4 * c : 4 * c + 12] for n, r, c in places]
        mean = np.mean(around, axis=0) if places else np.zeros((12, 12))
        assert np.allclose(found.windows[code].numpy(), mean, atol=1e-5)
    assert found.dead[12]
    shares = found.shares[found.shares > 0].double()
    assert found.perplexity == pytest.approx(math.exp(-(shares * shares.log()).sum()), rel=1e-5)


def test_shares_of_each_place(maps):
    shares = codebook.by_place(maps, 12)
    assert torch.allclose(shares.sum(2), torch.ones(7, 7))
    assert shares[2, 5, 3].item() == pytest.approx((maps[:, 2, 5] == 3).float().mean().item())
    more = codebook.by_place(maps, 12, more=1)
    count = (maps[:, 0, 0] == 7).sum().item()
    assert more[0, 0, 7].item() == pytest.approx((count + 1) / (len(maps) + 12))
    assert torch.allclose(more.sum(2), torch.ones(7, 7))


def test_a_code_alone_is_the_window_in_the_middle_of_its_picture(model):
    black = model.indices(torch.zeros(1, 1, 28, 28))
    black[0, 3, 3] = 5
    expected = model.decode(model.vectors(black))[0, 0, 8:20, 8:20]
    assert torch.allclose(codebook.alone(model)[5], expected, atol=1e-6)


def test_the_plane_keeps_the_distances_as_well_as_a_plane_can(model):
    vectors = model.codebook.detach().numpy()
    values = np.linalg.svd(vectors - vectors.mean(0), compute_uv=False)
    found = codebook.plane(model).numpy()
    assert np.linalg.norm(found) ** 2 == pytest.approx((values[:2] ** 2).sum(), rel=1e-4)


def test_changes_go_to_their_places():
    own = torch.arange(49).view(7, 7) % 5
    other = codebook.changed(own, {0: 4, 48: 2, 10: 1})
    assert (other[0, 0], other[6, 6], other[1, 3]) == (4, 2, 1)
    assert ((other != own).flatten().nonzero().flatten().tolist()) == [0, 10, 48]
    assert own[0, 0] == 0


def test_drawn_codes_have_the_shares_they_should():
    even = codebook.uniform(8, 4000, generator())
    assert even.shape == (4000, 7, 7)
    assert (
        torch.bincount(even.flatten(), minlength=8).div(even.numel()).sub(1 / 8).abs().max() < 0.01
    )
    shares = torch.zeros(7, 7, 3)
    shares[..., 0] = 1
    shares[2, 4] = torch.tensor([0.2, 0.0, 0.8])
    drawn = codebook.independent(shares, 4000, generator())
    assert drawn.shape == (4000, 7, 7)
    assert (drawn[:, 2, 4] == 2).float().mean().item() == pytest.approx(0.8, abs=0.03)
    drawn[:, 2, 4] = 0
    assert not drawn.any()


def test_bits_of_codes():
    shares = torch.full((7, 7, 4), 0.25)
    shares[0, 0] = torch.tensor([0.5, 0.25, 0.125, 0.125])
    maps = torch.zeros(2, 7, 7, dtype=torch.int64)
    maps[1, 0, 0] = 2
    # 48 places of two bits each, and one of one bit or three.
    assert codebook.independent_bits(maps, shares) == pytest.approx(96 + (1 + 3) / 2)
    assert codebook.independent_bits(maps, torch.full((7, 7, 4), 0.25)) == pytest.approx(98)
