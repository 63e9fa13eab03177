"""The values of every layer against hooks, and the parameter table against the real counts."""

import numpy as np
import pytest
import torch
from torch import nn

from aecore.config import ModelConfig
from aecore.explore import layers
from aecore.models import build, parameter_formula

CONFIGS = {
    "linear": ModelConfig("linear", latent_dim=6),
    "mlp": ModelConfig("mlp", latent_dim=5, hidden=(20, 10), activation="relu"),
    "sigmoid": ModelConfig("mlp", latent_dim=36, hidden=(), code_activation="sigmoid"),
    "vae": ModelConfig("mlp", True, 3, (16,), likelihood="bernoulli"),
    "conv": ModelConfig("conv", latent_dim=4, hidden=(), channels=3),
    "conv-vae": ModelConfig("conv", True, 2, (12,), channels=2, likelihood="bernoulli"),
}


@pytest.fixture(params=CONFIGS)
def model(request):
    return build(CONFIGS[request.param], seed=4).eval()


def hooked(model, x):
    """What every module gives out, by its name, while a picture goes through the model."""
    seen, handles = {}, []
    for name, module in model.named_modules():
        if not list(module.children()):
            handles.append(
                module.register_forward_hook(
                    lambda _m, _i, out, n=name: seen.update({n: out.detach().numpy()})
                )
            )
    with torch.no_grad():
        z = model.encode(x)
        picture = model.decode(z)
    for handle in handles:
        handle.remove()
    return seen, z.numpy(), picture.numpy()


def test_the_values_are_those_that_hooks_see(model, digits):
    x = digits.test.pictures(slice(0, 3))
    seen, z, picture = hooked(model, x)
    found = layers.activations(model, x)
    assert [layer.kind for layer in found][:1] == ["input"]
    assert (found[0].values == x.numpy()).all()
    for layer in found[1:]:
        if layer.kind == "code":
            assert np.allclose(layer.values, z, atol=1e-6)
        elif layer.kind == "output":
            assert np.allclose(layer.values, picture, atol=1e-6)
        else:
            assert any(
                out.shape == layer.values.shape and np.allclose(out, layer.values, atol=1e-6)
                for name, out in seen.items()
                if name.startswith(layer.name.split(".")[0])
            )
    assert [layer.kind for layer in found].count("code") == 1
    assert found[-1].kind == "output"


def test_every_layer_with_weights_is_there_once(model, digits):
    found = layers.activations(model, digits.test.pictures(slice(0, 1)))
    with_weights = [
        n.removesuffix(".weight") for n, _p in model.named_parameters() if "weight" in n
    ]
    assert [layer.name for layer in found[1:]] == with_weights
    assert all(layer.operation for layer in found[1:])


def test_maps_stay_maps_and_names_fit(digits):
    x = digits.test.pictures(slice(0, 1))
    found = layers.activations(build(CONFIGS["conv"]), x)
    assert [layer.values.shape[1:] for layer in found] == [
        (1, 28, 28), (3, 14, 14), (6, 7, 7), (4,), (6, 7, 7), (3, 14, 14), (1, 28, 28),
    ]  # fmt: skip
    assert [layer.operation for layer in found] == [
        "", "convolution", "convolution", "dense",
        "dense", "transposed", "transposed",
    ]  # fmt: skip
    activations = [layer.activation for layer in found]
    assert activations == ["none", "gelu", "gelu", "none", "gelu", "gelu", "sigmoid"]
    sigmoid = layers.activations(build(CONFIGS["sigmoid"]), x)
    assert [layer.activation for layer in sigmoid] == ["none", "sigmoid", "sigmoid"]
    linear = layers.activations(build(CONFIGS["linear"]), x)
    assert [layer.activation for layer in linear] == ["none"] * 3


def test_the_share_of_active_units_goes_by_size():
    values = np.array([[0.0, 10.0, -9.0, 0.9, -1.1]])
    layer = layers.Layer("encoder.1", "hidden", "dense", "none", values)
    assert layer.active_share() == pytest.approx(3 / 5)
    silent = layers.Layer("encoder.1", "hidden", "dense", "none", np.zeros((1, 5)))
    assert silent.active_share() == 0


def test_hidden_values_are_the_units_beside_the_pixels(digits):
    x = digits.test.pictures(slice(0, 300))  # more than one portion
    model = build(CONFIGS["mlp"], seed=1)
    first = layers.hidden_values(model, x, first=True)
    with torch.no_grad():
        expected = torch.relu(model.encoder[1](x.flatten(1)))
        z = model.encode(x)
        before = torch.relu(model.decoder[2](torch.relu(model.decoder[0](z))))
    assert np.allclose(first, expected.numpy(), atol=1e-5)
    last = layers.hidden_values(model, x, first=False)
    assert last.shape == (300, 20)
    assert np.allclose(last, before.numpy(), atol=1e-5)
    conv = build(CONFIGS["conv"], seed=1)
    with torch.no_grad():
        maps = nn.functional.gelu(conv.encoder[0](x)).mean((2, 3))
    assert np.allclose(layers.hidden_values(conv, x, first=True), maps.numpy(), atol=1e-5)


def test_the_table_has_every_parameter(model):
    table = layers.parameters(model)
    assert sum(p.count for p in table) == model.parameter_count()
    assert [p.name for p in table] == [name for name, _p in model.named_parameters()]
    assert all(np.prod(p.shape) == p.count for p in table)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_symbols_say_the_shapes_for_any_d(name):
    config = CONFIGS[name]
    formula = parameter_formula(config)
    for d in (1, 2, 7, 100):
        total = 0
        for parameter in layers.parameters(build(config)):
            sizes = [{"d": d, "2d": 2 * d}.get(s) or int(s) for s in parameter.symbols]
            total += np.prod(sizes)
        assert total == formula(d)
