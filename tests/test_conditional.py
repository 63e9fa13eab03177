"""The conditional VAE: what the class adds, and that a VAE remains once it is given."""

import pytest
import torch
import torch.nn.functional as F

from aecore.config import ModelConfig, TrainConfig
from aecore.messages import ConfigError
from aecore.metrics import evaluate
from aecore.models import ConditionalAutoencoder, build, parameter_formula, sources
from aecore.training import Evaluation, Snapshot, Trainer

CONFIGS = [
    ModelConfig(variational=True, conditional=True, latent_dim=3, hidden=(9,), network="mlp"),
    ModelConfig(variational=True, conditional=True, latent_dim=3, hidden=(), network="mlp"),
    ModelConfig(
        variational=True, conditional=True, latent_dim=3, hidden=(), network="conv", channels=2
    ),
]


@pytest.fixture(params=CONFIGS, ids=lambda c: f"{c.network}{len(c.hidden)}")
def model(request):
    return build(request.param, seed=2).eval()


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(6, 1, 28, 28, generator=generator), torch.tensor([0, 3, 3, 9, 1, 7])


def test_encoder_and_decoder_get_the_class(model, batch):
    x, y = batch
    of = model.given(y)
    mu, log_var = of.posterior(x)
    shift = F.one_hot(y, 10).float() @ model.shift.weight.T
    assert torch.allclose(torch.cat([mu, log_var], 1), model.encoder(x) + shift, atol=1e-6)
    z = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    joined = torch.cat([z, F.one_hot(y, 10).float()], 1)
    assert torch.allclose(of.decode(z).flatten(1), model.decoder(joined).sigmoid(), atol=1e-6)


def test_folding_a_class_into_the_biases_changes_nothing(model, batch):
    x, _ = batch
    for label in (0, 4, 9):
        of, folded = model.given(torch.tensor([label])), model.folded(label)
        assert torch.allclose(folded.encode(x), of.encode(x), atol=1e-5)
        z = of.encode(x)
        assert torch.allclose(folded.decode(z), of.decode(z), atol=1e-5)
    # The model itself is as it was.
    assert not torch.allclose(model.folded(0).encode(x), model.folded(9).encode(x))
    shapes = {name: tuple(p.shape) for name, p in folded.state_dict().items()}
    plain = ModelConfig(
        variational=True, latent_dim=3, hidden=model.config.hidden,
        network=model.config.network, channels=model.config.channels,
    )  # fmt: skip
    assert shapes == {name: tuple(p.shape) for name, p in build(plain).state_dict().items()}


def test_labels_of_several_draws_stay_with_their_pictures(model, batch):
    x, y = batch
    z = model.given(y).encode(x)
    twice = model.given(y).decode(z.repeat(2, 1))
    assert torch.equal(twice[:6], twice[6:])


def test_without_the_class_it_says_what_it_needs(model, batch):
    with pytest.raises(ValueError, match="classes"):
        model(batch[0])
    with pytest.raises(ConfigError):
        ModelConfig(conditional=True)


def test_its_gradients_reach_every_weight(model, batch):
    x, y = batch
    model.objective(x, x, y).loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
    # The class 5 is not in the batch.
    assert not model.shift.weight.grad[:, 5].any()
    assert model.shift.weight.grad[:, 3].any()


def test_its_size_is_told_and_its_file_shown(model):
    assert parameter_formula(model.config)(3) == model.parameter_count()
    assert sources(model.config)[-1].__name__.endswith("conditional")


def test_a_run_learns_the_class_from_y_alone(digits):
    """With no code to speak of, what is decoded for a class looks like the mean of that class."""
    config = ModelConfig(
        variational=True, conditional=True, latent_dim=1, hidden=(64,), beta=500.0,
        likelihood="bernoulli",
    )  # fmt: skip
    trainer = Trainer(TrainConfig(config, "digits", epochs=60, learning_rate=5e-3), digits)
    events = list(trainer.run())
    assert isinstance(trainer.model, ConditionalAutoencoder)
    x, labels = digits.train.pictures(), digits.train.labels
    means = torch.stack([x[labels == c].mean(0) for c in range(10)]).flatten(1)
    with torch.inference_mode():
        drawn = trainer.model.given(torch.arange(10)).decode(torch.zeros(10, 1)).flatten(1)
    assert (torch.cdist(drawn, means).argmin(1) == torch.arange(10)).all()
    snapshot = [e for e in events if isinstance(e, Snapshot)][-1]
    tops = torch.tensor(snapshot.manifold[:, 7] / 255.0).flatten(1).float()
    assert torch.cdist(tops, means).argmin(1).tolist() == [r * 10 // 15 for r in range(15)]
    last = [e for e in events if isinstance(e, Evaluation)][-1]
    assert last.metrics == evaluate(trainer.model, digits.test)
