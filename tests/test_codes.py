"""Looking at a model: its codes surveyed, its pictures as they are shown."""

import numpy as np
import pytest
import torch

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
