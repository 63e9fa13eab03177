"""The Jacobian of an encoder against torch.func and NumPy, and against finite differences."""

import numpy as np
import pytest
import torch

from aecore.config import ModelConfig, PenaltyConfig
from aecore.explore import jacobian
from aecore.models import build
from aecore.models.penalties.contraction import of_one_layer

CONFIGS = {
    "linear": ModelConfig("linear", latent_dim=5),
    "sigmoid": ModelConfig("mlp", latent_dim=9, hidden=(), code_activation="sigmoid"),
    "deep": ModelConfig("mlp", latent_dim=300, hidden=(12,), code_activation="tanh"),
    "conv": ModelConfig("conv", latent_dim=4, hidden=(), channels=2),
    "vae": ModelConfig("mlp", True, 3, (16,), likelihood="bernoulli"),
    "k-sparse": ModelConfig("mlp", latent_dim=12, hidden=(), code_activation="k-sparse", k=4),
    "supervised": ModelConfig("mlp", latent_dim=6, penalties=(PenaltyConfig("labels", 1.0),)),
}


@pytest.fixture(params=CONFIGS)
def model(request):
    return build(CONFIGS[request.param], seed=1).eval()


@pytest.fixture(scope="module")
def x():
    return torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(3))


def by_func(model, x):
    """(d, 784), by reverse-mode differentiation of one picture."""
    return torch.func.jacrev(lambda one: model.encode(one[None])[0])(x[0]).flatten(1).detach()


def test_the_jacobian_is_that_of_torch_func(model, x):
    found = jacobian.jacobian(model.encode, x, model.config.latent_dim, model.device)
    assert found.shape == (model.config.latent_dim, 784)
    assert torch.allclose(found, by_func(model, x), atol=1e-6)


def test_the_tangents_are_numpy_s_singular_vectors(model, x):
    reference = by_func(model, x).numpy().astype(np.float64)
    _u, s, vh = np.linalg.svd(reference, full_matrices=False)
    found = jacobian.tangents(model, x)
    assert found.values == pytest.approx(s, rel=1e-4, abs=1e-6)
    assert found.squared_norm == pytest.approx(np.square(reference).sum(), rel=1e-4)
    directions = found.directions.reshape(len(s), -1)
    assert (directions.sum(1) >= 0).all()
    for k in range(len(s)):
        others = np.abs(np.delete(s, k) - s[k])
        # Where two values are nearly the same, or zero, their vectors are any of a plane.
        if s[k] > 1e-3 and (not len(others) or others.min() > 1e-3 * s[0]):
            assert abs(directions[k] @ vh[k]) == pytest.approx(1, abs=1e-3)


def test_a_small_step_along_a_direction_moves_the_code_by_its_singular_value(model, x):
    found, step = jacobian.tangents(model, x), 1e-3
    direction = torch.from_numpy(found.directions[0])
    with torch.no_grad():
        codes = model.double().encode(
            torch.cat([x + step * direction, x - step * direction]).double()
        )
    moved = (codes[0] - codes[1]).norm().item() / (2 * step)
    assert moved == pytest.approx(found.values[0], rel=1e-3)


def test_the_squared_norm_is_the_contraction_of_one_layer(x):
    model = build(CONFIGS["sigmoid"], seed=2)
    weight = model.encoder[1].weight
    expected = of_one_layer(model.encode(x), weight, "sigmoid")[0].item()
    assert jacobian.tangents(model, x).squared_norm == pytest.approx(expected, rel=1e-5)


def test_the_way_along_a_direction_goes_through_the_reconstruction(model, x):
    direction = jacobian.tangents(model, x).directions[0]
    steps = torch.tensor([-2.0, 0.0, 3.0])
    found = jacobian.moved(model, x, direction, steps)
    for t, picture in zip(steps, found, strict=True):
        with torch.no_grad():
            expected = model.decode(model.encode(x + t * torch.from_numpy(direction)))[0]
        assert torch.allclose(picture, expected, atol=1e-5)


def test_the_spread_scales_with_the_codes():
    codes = torch.randn(500, 7, generator=torch.Generator().manual_seed(0))
    expected = np.sqrt(codes.numpy().astype(float).var(0).sum())
    assert jacobian.spread(codes) == pytest.approx(expected)
    assert jacobian.spread(3 * codes + 1) == pytest.approx(3 * expected, rel=1e-5)
