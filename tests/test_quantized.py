"""The VQ-VAE against plain loops, and its codebook in use."""

import pytest
import torch

from aecore import checkpoint
from aecore.config import ModelConfig, QuantizerConfig, TrainConfig
from aecore.messages import ConfigError
from aecore.models import QuantizedAutoencoder, build, parameter_formula, sources
from aecore.models.quantized import perplexity
from aecore.training import Evaluation, Trainer


def model_of(k=6, values=3, **quantizer):
    quantizer = QuantizerConfig(k, **quantizer)
    config = ModelConfig("conv", latent_dim=49 * values, hidden=(), channels=2, quantizer=quantizer)
    return build(config, seed=1)


@pytest.fixture
def x():
    return torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def test_each_place_takes_the_nearest_vector(x):
    model = model_of()
    outputs, found = model.encoder(x), model.indices(x)
    z = model.encode(x).view(4, 3, 7, 7)
    for b in range(4):
        for row in range(7):
            for column in range(7):
                distances = [(outputs[b, :, row, column] - e).norm() for e in model.codebook]
                nearest = int(torch.stack(distances).argmin())
                assert found[b, row, column] == nearest
                assert torch.equal(z[b, :, row, column], model.codebook[nearest])
    assert torch.equal(model.decode(model.vectors(found)), model.decode(model.encode(x)))


@pytest.mark.parametrize("decay", [0.0, 0.9])
def test_the_gradient_passes_straight_through(x, decay):
    model = model_of(decay=decay).eval()
    output = model.objective(x, x, torch.zeros(4))
    output.terms["reconstruction"].sum().backward()
    # As if the decoder had been given the encoder's outputs, with the value of the codes.
    z = model.encode(x).detach().requires_grad_()
    again = model._compare(model.decoder(z), x, z).terms["reconstruction"].sum()
    (straight,) = torch.autograd.grad(again, z)
    other = model_of(decay=decay).eval()
    other.encoder(x).flatten(1).backward(straight)
    for mine, theirs in zip(model.encoder.parameters(), other.encoder.parameters(), strict=True):
        assert torch.allclose(mine.grad, theirs.grad, atol=1e-6)
    assert model.codebook.grad is None


def test_the_terms_are_squared_distances_each_with_one_side_stopped(x):
    model = model_of(decay=0.0, commitment=0.5)
    output = model.objective(x, x, torch.zeros(4))
    outputs = model.encoder(x).flatten(1)
    squared = (outputs - model.encode(x)).square().sum(1)
    assert torch.allclose(output.terms["commitment"], squared)
    assert torch.allclose(output.terms["codebook"], squared)
    expected = output.terms["reconstruction"].mean() + 1.5 * squared.mean()
    assert torch.allclose(output.loss, expected)
    model.zero_grad()
    output.terms["codebook"].sum().backward(retain_graph=True)
    assert model.codebook.grad.any()
    assert all(p.grad is None for p in model.encoder.parameters())
    model.zero_grad()
    output.terms["commitment"].sum().backward()
    assert model.codebook.grad is None
    assert any(p.grad.any() for p in model.encoder.parameters())


def test_the_average_settles_at_the_means_of_what_chose_each_vector(x):
    model = model_of(k=3, decay=0.5)
    rows = torch.tensor([[0.0, 0, 0], [2, 0, 0], [5, 5, 5]]).repeat(8, 1)
    indices = torch.tensor([0, 0, 1]).repeat(8)
    for _ in range(60):
        model._follow(rows, indices, torch.Generator().manual_seed(0))
    assert torch.allclose(model.codebook[0], torch.tensor([1.0, 0, 0]), atol=1e-3)
    assert torch.allclose(model.codebook[1], torch.tensor([5.0, 5, 5]), atol=1e-3)
    # The third was dead and is put where some output is.
    assert any(torch.allclose(model.codebook[2], row, atol=1e-3) for row in rows[:3])


def test_perplexity_counts_the_codes_in_use():
    assert perplexity(torch.full((8,), 1 / 8)).item() == pytest.approx(8)
    assert perplexity(torch.tensor([1.0, 0, 0])).item() == pytest.approx(1)
    assert perplexity(torch.tensor([0.5, 0.5, 0])).item() == pytest.approx(2)


@pytest.mark.parametrize("decay", [0.0, 0.99])
def test_a_run_uses_the_codebook_and_a_file_keeps_it(digits, decay, tmp_path):
    quantizer = QuantizerConfig(32, decay=decay)
    config = TrainConfig(
        ModelConfig("conv", latent_dim=49 * 8, hidden=(), channels=8, quantizer=quantizer),
        "digits", epochs=12, learning_rate=3e-3,
    )  # fmt: skip
    assert TrainConfig.from_json(config.to_json()) == config
    trainer = Trainer(config, digits)
    tests = [e for e in trainer.run() if isinstance(e, Evaluation)]
    terms = {"reconstruction", "commitment", "perplexity", "dead"} | (
        {"codebook"} if not decay else set()
    )
    assert set(tests[-1].losses.terms) == terms
    assert tests[-1].metrics.test_mse < 0.5 * tests[0].metrics.test_mse
    if decay:
        assert tests[-1].losses.terms["perplexity"] > 3
    file = tmp_path / "vq.safetensors"
    checkpoint.save(file, trainer.model, trainer.card(tests[-1].metrics))
    again, _card = checkpoint.load(file)
    x = digits.test.pictures(slice(0, 5))
    assert isinstance(again, QuantizedAutoencoder)
    assert torch.equal(again.indices(x), trainer.model.indices(x))


def test_its_size_and_its_file_are_told():
    model = model_of(values=5)
    assert parameter_formula(model.config)(5 * 49) == model.parameter_count()
    assert sources(model.config)[0].__name__.endswith("quantized")


@pytest.mark.parametrize(
    "settings",
    [
        {"latent_dim": 50},
        {"hidden": (8,)},
        {"network": "mlp"},
        {"variational": True},
        {"code_activation": "tanh"},
    ],
)
def test_what_does_not_fit_is_refused(settings):
    given = {"network": "conv", "latent_dim": 98, "hidden": (), "quantizer": QuantizerConfig()}
    ModelConfig(**given)
    with pytest.raises(ConfigError):
        ModelConfig(**(given | settings))
    with pytest.raises(ConfigError):
        QuantizerConfig(1)
