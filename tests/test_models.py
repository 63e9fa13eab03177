"""The models: sizes, oracles of their objectives, and reproducible weights."""

import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn
from torch.distributions import Normal, kl_divergence

from aecore.config import ModelConfig
from aecore.models import build, parameter_formula, sources
from aecore.models.variational import kl_to_standard_normal, reparameterize

CONFIGS = {
    "linear": ModelConfig("linear"),
    "mlp-0": ModelConfig("mlp", hidden=(), code_activation="sigmoid"),
    "mlp-1": ModelConfig("mlp", hidden=(40,)),
    "mlp-2": ModelConfig("mlp", hidden=(40, 20), activation="tanh", likelihood="laplace"),
    "conv": ModelConfig("conv", hidden=(), channels=3, likelihood="bernoulli"),
    "conv-2": ModelConfig("conv", hidden=(24, 12), channels=2, activation="relu"),
    "vae-mlp": ModelConfig("mlp", variational=True, hidden=(30,), likelihood="bernoulli"),
    "vae-conv": ModelConfig("conv", variational=True, hidden=(), channels=2, beta=3.0),
}
every_config = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


@pytest.fixture
def x(digits):
    return digits.test.pictures(slice(0, 6))


def sized(config, latent_dim):
    return ModelConfig(**{**config.__dict__, "latent_dim": latent_dim})


def weights(model):
    return nn.utils.parameters_to_vector(model.parameters()).detach()


@every_config
@pytest.mark.parametrize("latent_dim", [1, 2, 36, 784, 1568])
def test_the_formula_counts_the_parameters(config, latent_dim):
    model = build(sized(config, latent_dim))
    counted = sum(array.numpy().size for array in model.state_dict().values())
    assert parameter_formula(config)(latent_dim) == counted == model.parameter_count()


def test_the_count_by_hand():
    linear = parameter_formula(ModelConfig("linear"))
    assert (linear.slope, linear.constant) == (784 + 1 + 784, 784)
    mlp = parameter_formula(ModelConfig("mlp", hidden=(512,)))
    assert (mlp.slope, mlp.constant) == (512 + 1 + 512, 785 * 512 + 512 + 513 * 784)
    vae = parameter_formula(ModelConfig("mlp", variational=True, hidden=(512,)))
    assert vae.slope == 2 * (512 + 1) + 512
    conv = parameter_formula(ModelConfig("conv", hidden=(), channels=2))
    maps = (16 * 2 + 2) + (16 * 2 * 4 + 4) + (16 * 4 * 2 + 2) + (16 * 2 + 1)
    assert (conv.slope, conv.constant) == (196 + 1 + 196, maps + 196)


@every_config
def test_shapes_on_the_way_through(config, x):
    model = build(sized(config, 5))
    z = model.encode(x)
    picture = model.decode(z)
    output = model(x)
    assert z.shape == output.code.shape == (6, 5)
    assert picture.shape == output.reconstruction.shape == x.shape
    assert output.decoded.shape == (6, 784)
    assert output.loss.shape == ()
    assert all(term.shape == (6,) for term in output.terms.values())


@pytest.mark.parametrize("network", ["linear", "mlp", "conv"])
def test_the_decoder_mirrors_the_encoder(network):
    model = build(ModelConfig(network, hidden=(40, 20), latent_dim=5, channels=2))
    inward, outward = (
        [(n.in_features, n.out_features) for n in part if isinstance(n, nn.Linear)]
        for part in (model.encoder, model.decoder)
    )
    assert inward == [(b, a) for a, b in reversed(outward)]
    assert inward[-1][1] == 5


@every_config
def test_every_parameter_has_a_gradient(config, x):
    model = build(sized(config, 5))
    model(x).loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


@every_config
def test_pictures_do_not_depend_on_their_neighbours_in_the_batch(config, x):
    model = build(sized(config, 5))
    together = model.decode(model.encode(x))
    alone = model.decode(model.encode(x[2:3]))
    torch.testing.assert_close(together[2:3], alone)


@every_config
def test_the_same_seed_gives_the_same_weights(config):
    assert torch.equal(weights(build(config, 3)), weights(build(config, 3)))
    assert not torch.equal(weights(build(config, 3)), weights(build(config, 4)))


@every_config
def test_building_leaves_the_global_generator_alone(config):
    before = torch.get_rng_state()
    build(config, 3)
    parameter_formula(config)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_global_generator_does_not_decide_the_weights():
    config = CONFIGS["mlp-1"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        one = weights(build(config, 0))
        torch.manual_seed(2)
        assert torch.equal(weights(build(config, 0)), one)


@pytest.mark.parametrize("name", ["mlp-1", "conv", "vae-mlp"])
def test_pictures_lie_between_black_and_white(name, x):
    model = build(CONFIGS[name])
    picture = model.decode(100 * torch.randn(50, 32, generator=torch.Generator().manual_seed(0)))
    assert 0 <= picture.min() <= picture.max() <= 1


@pytest.mark.parametrize(
    ("activation", "low", "high"), [("sigmoid", 0, 1), ("tanh", -1, 1), ("relu", 0, math.inf)]
)
def test_the_code_activation_bounds_the_code(activation, low, high, x):
    config = ModelConfig("mlp", hidden=(16,), code_activation=activation)
    bounded, free = build(config), build(ModelConfig("mlp", hidden=(16,)))
    z = bounded.encode(100 * x)
    assert low <= z.min() <= z.max() <= high
    assert torch.equal(z, getattr(torch, activation)(free.encode(100 * x)))


def test_the_loss_is_summed_over_pixels_and_averaged_over_the_batch(x):
    """π Σ (x − x̂)² of each picture, by loops over NumPy arrays."""
    model = build(CONFIGS["mlp-1"])
    output = model(x)
    pairs = zip(output.reconstruction.detach().double().numpy(), x.double().numpy(), strict=True)
    expected = np.mean([math.pi * ((a - b) ** 2).sum() for a, b in pairs])
    assert output.loss.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["linear", "mlp-2", "conv"])
def test_a_batch_seen_twice_has_the_same_loss(name, x):
    model = build(CONFIGS[name])
    torch.testing.assert_close(model(x.repeat(2, 1, 1, 1)).loss, model(x).loss)


def test_the_vae_weighs_its_kl_by_beta(x):
    one, three = (
        build(ModelConfig("conv", variational=True, hidden=(), channels=2, beta=beta))
        for beta in (1.0, 3.0)
    )
    plain, heavy = (m(x, generator=torch.Generator().manual_seed(0)) for m in (one, three))
    difference = heavy.loss - plain.loss
    torch.testing.assert_close(difference, 2 * plain.terms["kl"].mean(), rtol=1e-3, atol=1e-3)


def test_the_target_is_compared_not_the_input(x):
    """With x̂ = W z + b and zero weights, x̂ = b whatever goes in."""
    model = build(ModelConfig("linear", latent_dim=2))
    nn.init.zeros_(model.decoder[0].weight)
    nn.init.constant_(model.decoder[0].bias, 0.25)
    target = torch.full_like(x, 0.25)
    assert model(x, target).loss.item() == 0
    assert model(target, x).loss.item() > 0


def test_the_kl_is_that_of_torch():
    generator = torch.Generator().manual_seed(0)
    mu = 3 * torch.randn(50, 4, generator=generator)
    log_var = 2 * torch.randn(50, 4, generator=generator)
    expected = kl_divergence(Normal(mu, (log_var / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(kl_to_standard_normal(mu, log_var), expected)


def test_the_kl_of_a_vae_is_summed_over_latents(x):
    model = build(CONFIGS["vae-mlp"])
    mu, log_var = model.posterior(x)
    expected = kl_divergence(Normal(mu, (log_var / 2).exp()), Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(model(x).terms["kl"], expected)


def test_reparameterized_samples_have_the_mean_and_the_spread():
    mu = torch.tensor([[0.5, -2.0]]).expand(40_000, 2)
    log_var = torch.tensor([[0.0, math.log(0.09)]]).expand(40_000, 2)
    z = reparameterize(mu, log_var, torch.Generator().manual_seed(0))
    assert z.mean(0).tolist() == pytest.approx([0.5, -2.0], abs=0.02)
    assert z.std(0).tolist() == pytest.approx([1.0, 0.3], abs=0.02)
    assert np.corrcoef(z.T)[0, 1] == pytest.approx(0, abs=0.02)


def test_gradients_flow_through_the_sample():
    """dE[z²]/dμ = 2μ and dE[z²]/dlog σ² = σ²."""
    mu, log_var = (torch.full((60_000, 1), v, requires_grad=True) for v in (0.7, -0.5))
    z = reparameterize(mu, log_var, torch.Generator().manual_seed(0))
    z.square().mean().backward()
    assert mu.grad.sum().item() == pytest.approx(1.4, abs=0.02)
    assert log_var.grad.sum().item() == pytest.approx(math.exp(-0.5), abs=0.02)


def test_the_generator_decides_the_sample(x):
    model = build(CONFIGS["vae-mlp"])
    once, again, other = (
        model(x, generator=torch.Generator().manual_seed(s)).code for s in (0, 0, 1)
    )
    assert torch.equal(once, again)
    assert not torch.equal(once, other)


def test_a_vae_encodes_to_the_mean_of_its_samples(x):
    model = build(sized(CONFIGS["vae-mlp"], 3))
    generator = torch.Generator().manual_seed(0)
    many = model(x[:1].expand(20_000, -1, -1, -1), generator=generator).code
    torch.testing.assert_close(many.mean(0), model.encode(x[:1])[0], atol=0.04, rtol=0)


def principal_components(model, pca):
    """Give the linear autoencoder the weights of a PCA."""
    mean, components = (torch.from_numpy(a).float() for a in (pca.mean_, pca.components_))
    with torch.no_grad():
        model.encoder[1].weight.copy_(components)
        model.encoder[1].bias.copy_(-components @ mean)
        model.decoder[0].weight.copy_(components.T)
        model.decoder[0].bias.copy_(mean)
    return model


def test_pca_is_a_stationary_point_of_the_linear_autoencoder(digits):
    """Baldi and Hornik (1989)."""
    x = digits.train.pictures()
    pca = PCA(4, svd_solver="full").fit(x.flatten(1).double().numpy())
    model = build(ModelConfig("linear", latent_dim=4))
    model(x).loss.backward()
    at_random = max(p.grad.abs().max() for p in model.parameters())
    model.zero_grad()
    principal_components(model, pca)(x).loss.backward()
    for parameter in model.parameters():
        assert parameter.grad.abs().max() < 1e-4 * at_random


@every_config
def test_the_sources_are_the_files_of_the_model(config):
    names = [module.__name__.rpartition(".")[2] for module in sources(config)]
    assert names == [config.network, "variational" if config.variational else "autoencoder"]
