"""Looking at a model: its codes surveyed, its pictures as they are shown."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from aecore.config import ModelConfig
from aecore.explore import codes
from aecore.models import build


@pytest.fixture(scope="module")
def vae():
    return build(ModelConfig("mlp", True, 4, (32,), likelihood="bernoulli"), seed=1).eval()


def test_the_first_of_each_class_has_that_class_and_nothing_before_it_does(digits):
    index = codes.first_of_each_class(digits.test)
    labels = digits.test.labels
    assert labels[index].tolist() == list(range(10))
    for c, at in enumerate(index.tolist()):
        assert c not in labels[:at].tolist()


def test_a_reconstruction_is_the_decoded_code(vae, digits):
    x = digits.test.pictures(slice(0, 5))
    z, pictures = codes.reconstruct(vae, x)
    with torch.inference_mode():
        expected = vae.decode(torch.from_numpy(z))
    assert z.shape == (5, 4)
    assert pictures.dtype == np.uint8
    assert np.abs(pictures / 255 - expected.squeeze(1).numpy()).max() <= 0.5 / 255 + 1e-6


def test_a_vae_is_surveyed_by_its_kl(vae, digits):
    # The third latent says most, the first follows, the others nothing.
    last = vae.encoder[-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.tensor([1.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0]))
    survey = codes.survey(vae, digits.test)
    assert survey.order.tolist()[:2] == [2, 0]


def test_a_survey_covers_the_codes_and_orders_by_variance(digits):
    model = build(ModelConfig("linear", latent_dim=3), seed=0)
    with torch.no_grad():
        model.encoder[1].weight.mul_(torch.tensor([[1.0], [0.01], [10.0]]))
    survey = codes.survey(model, digits.test)
    assert survey.order.tolist() == [2, 0, 1]
    z = codes.reconstruct(model, digits.test.pictures())[0]
    inside = ((z >= survey.low) & (z <= survey.high)).mean(0)
    assert (inside > 0.97).all()
    assert (survey.high > survey.low).all()


def test_a_cloud_has_every_code_and_its_principal_directions(digits):
    model = build(ModelConfig("mlp", latent_dim=6, hidden=(32,)), seed=1).eval()
    cloud = codes.cloud(model, digits.test)
    with torch.inference_mode():
        z = model.encode(digits.test.pictures()).numpy()
    assert np.allclose(cloud.codes, z, atol=1e-5)
    assert cloud.labels.tolist() == digits.test.labels.tolist()
    oracle = PCA(6).fit(z)
    assert np.allclose(cloud.direction_weight, oracle.explained_variance_, rtol=1e-3)
    aligned = np.abs((cloud.directions * oracle.components_).sum(1))
    assert aligned.min() > 0.999
    assert cloud.deviations is None
    assert np.allclose(cloud.unit_weight, z.var(0, ddof=1), rtol=1e-3)
    inside = (z >= cloud.unit_range[:, 0]) & (z <= cloud.unit_range[:, 1])
    assert inside.mean(0).min() >= 0.98


def test_the_cloud_of_a_vae_weighs_units_by_their_kl(vae, digits):
    cloud = codes.cloud(vae, digits.test, count=50)
    with torch.inference_mode():
        mu, log_var = vae.posterior(digits.test.pictures(slice(0, 50)))
    q = torch.distributions.Normal(mu, (log_var / 2).exp())
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = torch.distributions.kl_divergence(q, p).mean(0)
    assert np.allclose(cloud.unit_weight, kl.numpy(), atol=1e-4)
    assert np.allclose(cloud.deviations, q.stddev.numpy(), atol=1e-5)
    assert len(cloud.codes) == 50


def test_a_long_code_has_no_more_directions_than_can_be_shown(digits):
    model = build(ModelConfig("mlp", latent_dim=100, hidden=()), seed=1).eval()
    assert codes.cloud(model, digits.test).directions.shape == (codes.MAX_DIRECTIONS, 100)


def test_the_next_of_each_class_come_after_so_many_others(digits):
    labels = digits.test.labels.tolist()
    index = codes.first_of_each_class(digits.test, 3)
    for c, at in enumerate(index.tolist()):
        assert labels[at] == c
        assert labels[:at].count(c) == 3
