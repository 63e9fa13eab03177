"""Weights as pictures against finite differences, and statistics of units by hand."""

import copy
import math

import numpy as np
import pytest
import torch

from aecore.config import ModelConfig
from aecore.explore import weights
from aecore.models import build

DEEP = {
    "mlp": ModelConfig("mlp", latent_dim=5, hidden=(24, 12)),
    "tanh": ModelConfig("mlp", latent_dim=4, hidden=(16,), activation="tanh"),
    "sigmoid code": ModelConfig("mlp", latent_dim=4, hidden=(16,), code_activation="sigmoid"),
    "vae": ModelConfig("mlp", True, 3, (16,), likelihood="bernoulli"),
    "conv": ModelConfig("conv", latent_dim=4, hidden=(), channels=3),
}


def deep_model(name):
    model = build(DEEP[name], seed=2).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(2)  # far enough from linear that the point matters
    return model


def point(d):
    return torch.randn(d, generator=torch.Generator().manual_seed(5))


def picture():
    return torch.rand(1, 28, 28, generator=torch.Generator().manual_seed(6))


@pytest.mark.parametrize("name", DEEP)
def test_a_column_of_a_deep_decoder_is_how_the_picture_changes(name):
    model = deep_model(name)
    z = point(model.config.latent_dim)
    columns = weights.decoder_columns(model, z)
    exact = copy.deepcopy(model).double()
    step = 1e-4
    for unit in range(len(z)):
        up, down = z.double().clone(), z.double().clone()
        up[unit] += step
        down[unit] -= step
        with torch.no_grad():
            logits = [exact.decoder(code[None])[0] for code in (up, down)]
        change = (torch.sigmoid(logits[0]) - torch.sigmoid(logits[1])) / (2 * step)
        assert np.abs(columns[unit].ravel() - change.numpy()).max() < 1e-5
    assert np.abs(columns).max() > 1e-3
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("name", DEEP)
def test_a_row_of_a_deep_encoder_is_how_the_unit_changes(name):
    model = deep_model(name)
    x = picture()
    rows = weights.encoder_rows(model, x)
    assert rows.shape == (model.config.latent_dim, 28, 28)
    exact = copy.deepcopy(model).double()
    step = 1e-4
    for row, column in ((3, 5), (14, 14), (20, 9)):
        up, down = x.double().clone(), x.double().clone()
        up[0, row, column] += step
        down[0, row, column] -= step
        with torch.no_grad():
            change = (exact.encoder(up[None]) - exact.encoder(down[None]))[0] / (2 * step)
        expected = change[: model.config.latent_dim].numpy()
        assert np.abs(rows[:, row, column] - expected).max() < 1e-5
    assert np.abs(rows).max() > 1e-3
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig("linear", latent_dim=3),
        ModelConfig("mlp", latent_dim=36, hidden=(), code_activation="sigmoid"),
    ],
    ids=["linear", "sigmoid"],
)
def test_one_layer_shows_its_weights_wherever_one_looks(config):
    model = build(config, seed=1)
    d = config.latent_dim
    columns = weights.decoder_columns(model, point(d))
    assert (columns == model.decoder[0].weight.detach().numpy().T.reshape(d, 28, 28)).all()
    rows = weights.encoder_rows(model, picture())
    assert np.allclose(rows, model.encoder[1].weight.detach().numpy().reshape(d, 28, 28), atol=1e-7)
    assert weights.layer_count(model.encoder) == weights.layer_count(model.decoder) == 1


def test_more_units_than_are_taken_at_once_keep_their_order():
    config = ModelConfig("mlp", latent_dim=weights.CHUNK + 7, hidden=(8,))
    model = build(config, seed=3)
    z, x = point(config.latent_dim), picture()
    columns, rows = weights.decoder_columns(model, z), weights.encoder_rows(model, x)
    assert len(columns) == len(rows) == config.latent_dim
    for unit in (0, weights.CHUNK - 1, weights.CHUNK, config.latent_dim - 1):
        moved = z.clone()
        moved[unit] += 0.5
        with torch.no_grad():
            change = (model.decode(moved[None]) - model.decode(z[None]))[0, 0].numpy() / 0.5
        assert np.corrcoef(change.ravel(), columns[unit].ravel())[0, 1] > 0.99
    # With one hidden layer the rows are combinations of its weights.
    inner = (model.encoder[1](x.flatten()[None])).detach().requires_grad_()
    model.encoder[3](model.encoder[2](inner))[0, weights.CHUNK].backward()
    expected = (inner.grad @ model.encoder[1].weight).detach().numpy().reshape(28, 28)
    assert np.allclose(rows[weights.CHUNK], expected, atol=1e-6)


def test_filters_are_the_weights_beside_the_pixels():
    model = build(ModelConfig("mlp", latent_dim=3, hidden=(10, 6)), seed=0)
    first, last = weights.first_filters(model), weights.last_filters(model)
    assert (first.shape, last.shape) == ((10, 28, 28), (10, 28, 28))
    # What a unit answers to: a picture of one pixel. What it adds: a code of one unit.
    pixel = torch.zeros(1, 784)
    pixel[0, 30] = 1
    with torch.no_grad():
        answer = model.encoder[1](pixel) - model.encoder[1].bias
        unit = torch.eye(10)[4:5]
        added = model.decoder[-1](unit) - model.decoder[-1].bias
    assert np.allclose(first[:, 1, 2], answer[0].numpy())
    assert np.allclose(last[4].ravel(), added[0].numpy(), atol=1e-7)


def test_filters_of_convolutions_are_their_kernels():
    model = build(ModelConfig("conv", latent_dim=3, hidden=(), channels=5), seed=0)
    first, last = weights.first_filters(model), weights.last_filters(model)
    assert first.shape == last.shape == (5, 4, 4)
    layer = model.decoder[-2]
    maps = torch.zeros(1, 5, 14, 14)
    maps[0, 2, 6, 6] = 1
    with torch.no_grad():
        patch = (layer(maps) - layer.bias)[0, 0].numpy()
    assert np.allclose(patch[11:15, 11:15], last[2], atol=1e-6)
    assert np.count_nonzero(np.abs(patch) > 1e-7) == 16


def test_a_sweep_moves_one_unit_and_keeps_the_others():
    code = torch.tensor([1.0, 2.0, 3.0])
    codes = weights.sweep(code, 1, torch.tensor([-1.0, 0.0, 5.0]))
    assert codes.tolist() == [[1, -1, 3], [1, 0, 3], [1, 5, 3]]
    assert code.tolist() == [1, 2, 3]


def test_statistics_by_hand():
    labels = np.array([0, 0, 1, 1, 1, 7])
    codes = np.array([[1.0, 5, 2], [3, 5, 2], [4, 5, -4], [6, 5, 0], [5, 5, 0], [11, 5, 0]])
    found = weights.unit_statistics(codes, labels)
    for unit in range(3):
        values = codes[:, unit]
        mean = values.sum() / 6
        total = sum((v - mean) ** 2 for v in values)
        means = {c: values[labels == c].mean() for c in (0, 1, 7)}
        between = sum((means[c] - mean) ** 2 for c in labels)
        assert found.variance[unit] == pytest.approx(total / 6)
        assert found.mean_absolute[unit] == pytest.approx(np.abs(values).sum() / 6)
        expected = between / total if total else 0
        assert found.selectivity[unit] == pytest.approx(expected)
        assert found.class_means[:, unit].tolist() == pytest.approx(list(means.values()))
    assert found.preferred[0] == 7  # mean 11, where all have 5
    assert found.preferred[2] == 0  # mean 2, on the other side of -1.33


def test_selectivity_runs_from_nothing_to_everything():
    generator = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 400)
    codes = np.stack([labels * 2.0 - 9, generator.normal(size=4000), np.full(4000, 3.0)], 1)
    found = weights.unit_statistics(codes.astype(np.float32), labels)
    assert found.selectivity[0] == pytest.approx(1)
    assert 0 <= found.selectivity[1] < 0.01
    assert found.selectivity[2] == 0


def test_sparsity_of_known_codes():
    one_hot = np.eye(9)[[0, 4, 8]]
    assert weights.sparsity(one_hot).hoyer == pytest.approx(1)
    assert weights.sparsity(np.full((3, 9), -2.0)).hoyer == pytest.approx(0)
    # (√4 − 7/5) / (√4 − 1) for (3, 4, 0, 0).
    assert weights.sparsity(np.array([[3.0, -4, 0, 0]])).hoyer == pytest.approx(0.6)
    assert weights.sparsity(np.ones((4, 1))).hoyer is None
    mixed = weights.sparsity(np.array([[0.05, -2.0], [2.0, -0.05]]))
    assert mixed.mean_absolute == pytest.approx(1.025)
    assert mixed.silent == 0.5
    assert weights.sparsity(np.array([[0.05, -2.0]]), deviation=0.1).silent == 0


@pytest.mark.parametrize("d", [2, 5, 32, 1568])
def test_sparsity_of_normal_codes_is_what_is_expected(d):
    codes = np.random.default_rng(1).normal(size=(40_000 // d + 200, d))
    found = weights.sparsity(codes)
    assert found.hoyer == pytest.approx(found.expected_hoyer, abs=0.01)
    assert found.silent == pytest.approx(weights.NORMAL_SILENT, abs=0.01)
    assert found.mean_absolute == pytest.approx(weights.NORMAL_MEAN, abs=0.02)
    assert math.isclose(weights.NORMAL_MEAN, 0.7978845608)
