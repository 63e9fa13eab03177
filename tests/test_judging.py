"""The judging of one picture: each number against an independent one."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from aecore import checkpoint, library, pca
from aecore.config import ModelConfig
from aecore.explore import classifier, judging
from aecore.metrics import evaluate
from aecore.models import build


@pytest.fixture(scope="module")
def vae():
    return build(ModelConfig("mlp", True, 3, (16,), likelihood="bernoulli"), seed=2).eval()


@pytest.fixture(scope="module")
def reader(digits):
    return classifier.train(digits.train, digits.test)


def test_the_elbo_is_that_of_torch_distributions(vae, digits):
    x = (digits.test.pictures(slice(0, 4)) > 0.5).float()
    found = judging.elbo(vae, x, 4000, torch.Generator().manual_seed(1))
    with torch.inference_mode():
        mu, log_var = vae.posterior(x)
        q = Normal(mu, (log_var / 2).exp())
        z = q.sample((4000,))
        p = Bernoulli(logits=vae.decoder(z.flatten(0, 1)).view(4000, 4, -1))
        expected = p.log_prob(x.flatten(1)).sum(2).mean(0)
        expected -= kl_divergence(q, Normal(0.0, 1.0)).sum(1)
    assert torch.allclose(found, expected, atol=0.5)
    assert (found - expected).abs().max() < 0.01 * expected.abs().min()


def test_the_mean_elbo_of_the_test_split_is_that_of_the_card(vae, digits):
    known = judging.look_around(judging.by_model(vae), digits.test, digits.train)
    metrics = evaluate(vae, digits.test)
    assert known.elbo.mean() == pytest.approx(metrics.elbo_nats, abs=0.5)
    assert known.mse.mean() == pytest.approx(metrics.test_mse, rel=1e-5)
    assert (np.diff(known.mse) >= 0).all()
    assert (np.diff(known.elbo) >= 0).all()
    assert known.codes.shape == (len(digits.train), 3)


def test_beta_plays_no_part(vae, digits):
    strict = build(ModelConfig("mlp", True, 3, (16,), likelihood="bernoulli", beta=4)).eval()
    strict.load_state_dict(vae.state_dict())
    x = digits.test.pictures(slice(0, 3))
    one, other = (judging.elbo(m, x, 5, torch.Generator().manual_seed(3)) for m in (vae, strict))
    assert torch.equal(one, other)


def test_the_percentiles_are_those_of_numpy():
    values = np.random.default_rng(0).integers(0, 20, 500).astype(float)
    rising = np.sort(values)
    for value in (-1.0, 0.0, 7.0, 7.5, 19.0, 25.0):
        assert judging.share_below(rising, value) == np.mean(values < value)
        assert judging.share_below(rising, value, or_equal=True) == np.mean(values <= value)


def test_the_nearest_are_those_of_brute_force():
    codes = torch.randn(300, 4, generator=torch.Generator().manual_seed(0))
    z = torch.tensor([0.1, -0.2, 0.3, 0.0])
    expected = np.linalg.norm(codes.numpy() - z.numpy(), axis=1).argsort()[:5]
    assert judging.nearest(codes, z, 5).tolist() == expected.tolist()
    assert judging.nearest(codes[:2], z, 5).shape == (2,)


def test_a_test_digit_stands_where_its_error_does(vae, digits):
    judge = judging.by_model(vae)
    known = judging.look_around(judge, digits.test, digits.train)
    said = judging.judge(judge, digits.test.pictures(slice(7, 8)))
    stands = judging.stand(said, known)
    with torch.inference_mode():
        x = digits.test.pictures()
        mse = (vae.decode(vae.encode(x)) - x).square().flatten(1).mean(1).numpy()
    assert said.mse == pytest.approx(mse[7], rel=1e-5)
    assert stands.harder == pytest.approx(np.mean(mse < mse[7]), abs=1 / len(x))
    assert stands.likelier == pytest.approx(np.mean(known.elbo > said.elbo))
    again = judging.judge(judge, digits.test.pictures(slice(7, 8)))
    assert again.elbo == said.elbo


def test_what_is_no_digit_is_worse_than_all_test_digits(digits):
    noise = torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    judge = judging.by_model(checkpoint.load(library.path("vae-mlp-d2"))[0])
    known = judging.look_around(judge, digits.test, digits.train)
    stands = judging.stand(judging.judge(judge, noise), known)
    assert stands.harder == 1
    assert stands.likelier == 1


def test_a_training_digit_is_its_own_nearest_for_pca(digits):
    reference = pca.fit(digits.train)
    judge = judging.by_pca(reference, 12)
    known = judging.look_around(judge, digits.test, digits.train)
    said = judging.judge(judge, digits.train.pictures(slice(33, 34)))
    stands = judging.stand(said, known)
    assert stands.neighbours[0] == 33
    assert said.elbo is stands.likelier is None
    assert known.elbo is None
    assert known.mse.mean() == pytest.approx(reference.test_mse(digits.test, 12), rel=1e-4)


def test_the_classifier_is_as_good_as_it_says(reader, digits):
    x = digits.test.pictures()
    probabilities = reader.probabilities(x)
    right = probabilities.argmax(1) == digits.test.labels
    assert torch.allclose(probabilities.sum(1), torch.ones(len(x)))
    assert reader.accuracy == pytest.approx(right.float().mean().item())
    assert reader.accuracy > 0.97
    sure = probabilities.max(1).values >= 0.99
    assert reader.sure_accuracy == pytest.approx(right[sure].float().mean().item())
    # Calibrated: what it says of its own accuracy is about its accuracy.
    assert probabilities.max(1).values.mean().item() == pytest.approx(reader.accuracy, abs=0.03)


def test_the_classifier_is_the_same_every_time(digits):
    torch.manual_seed(1)
    one = classifier.train(digits.train, digits.test, steps=20)
    torch.manual_seed(2)
    other = classifier.train(digits.train, digits.test, steps=20)
    x = digits.test.pictures(slice(0, 9))
    assert torch.equal(one.probabilities(x), other.probabilities(x))
    assert not math.isnan(one.accuracy)
