"""Scores of strangeness and what a threshold makes of them, against independent oracles."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import mahalanobis
from sklearn import metrics
from sklearn.covariance import EmpiricalCovariance

from aecore import pca
from aecore.config import ModelConfig
from aecore.data import Split
from aecore.explore import anomalies, judging
from aecore.models import build


@pytest.fixture(scope="module")
def vae():
    return build(ModelConfig("mlp", True, 3, (16,), likelihood="bernoulli"), seed=2).eval()


def two_groups(seed, kinds=None):
    """Scores of 300 normal and 200 foreign pictures; kinds: how many values, hence with ties."""
    random = np.random.default_rng(seed)
    normal, foreign = random.normal(0, 1, 300), random.normal(1, 1.5, 200)
    if kinds:
        normal, foreign = (np.round(s * kinds / 6) for s in (normal, foreign))
    return normal, foreign


def labelled(normal, foreign):
    return np.r_[np.zeros(len(normal)), np.ones(len(foreign))], np.r_[normal, foreign]


@pytest.mark.parametrize("kinds", [None, 3, 20])
def test_the_area_is_that_of_scikit_learn(kinds):
    normal, foreign = two_groups(1, kinds)
    expected = metrics.roc_auc_score(*labelled(normal, foreign))
    assert anomalies.auroc(normal, foreign) == pytest.approx(expected, abs=1e-12)


def test_the_area_of_scores_that_are_all_the_same_is_a_half():
    assert anomalies.auroc(np.ones(5), np.ones(3)) == 0.5
    assert anomalies.auroc(np.zeros(5), np.ones(3)) == 1
    assert anomalies.auroc(np.ones(5), np.zeros(3)) == 0


@pytest.mark.parametrize("kinds", [None, 3, 20])
def test_the_curve_is_that_of_scikit_learn(kinds):
    normal, foreign = two_groups(2, kinds)
    found = anomalies.roc(normal, foreign)
    rates = metrics.roc_curve(*labelled(normal, foreign), drop_intermediate=False)
    np.testing.assert_allclose(found.false_alarms, rates[0], atol=1e-12)
    np.testing.assert_allclose(found.hits, rates[1], atol=1e-12)
    assert metrics.auc(found.false_alarms, found.hits) == pytest.approx(
        anomalies.auroc(normal, foreign)
    )


@pytest.mark.parametrize("threshold", [-100, -0.3, 0, 2, 100])
def test_the_confusion_is_that_of_scikit_learn(threshold):
    normal, foreign = two_groups(3, 20)
    truth, values = labelled(normal, foreign)
    alarm = values > threshold
    found = anomalies.confusion(normal, foreign, threshold)
    (passed, false_alarms), (missed, caught) = metrics.confusion_matrix(truth, alarm)
    assert found == anomalies.Confusion(caught, missed, false_alarms, passed)
    assert found.recall == pytest.approx(metrics.recall_score(truth, alarm))
    assert found.false_alarm_rate == pytest.approx(alarm[truth == 0].mean())
    if alarm.any():
        assert found.precision == pytest.approx(metrics.precision_score(truth, alarm))
    else:
        assert found.precision is None


@pytest.mark.parametrize("kinds", [None, 3, 20])
@pytest.mark.parametrize("share", [0, 0.01, 0.05, 0.5, 0.999])
def test_the_threshold_is_the_lowest_that_keeps_the_share_of_false_alarms(share, kinds):
    normal = two_groups(4, kinds)[0]
    threshold = anomalies.threshold_for(normal, share)
    assert (normal > threshold).mean() <= share
    lower = normal[normal < threshold]
    if len(lower):
        assert (normal > lower.max()).mean() > share


def test_the_distance_is_that_of_mahalanobis():
    codes = torch.randn(400, 3, generator=torch.Generator().manual_seed(0)) @ torch.tensor(
        [[1.0, 0.5, 0.0], [0.0, 1.0, 0.3], [0.2, 0.0, 1.0]]
    )
    found = anomalies.code_gaussian(codes).distance(codes[:20] + 2)
    fitted = EmpiricalCovariance().fit(codes.numpy().astype(float))
    inverse = np.linalg.inv(fitted.covariance_)
    expected = [mahalanobis(z, fitted.location_, inverse) for z in (codes[:20] + 2).numpy()]
    np.testing.assert_allclose(found, expected, rtol=0.01)


def test_a_value_of_the_code_that_is_not_used_does_not_drown_the_others():
    random = torch.Generator().manual_seed(0)
    codes = torch.randn(500, 2, generator=random)
    still = torch.cat([codes, 1e-7 * torch.randn(500, 1, generator=random)], 1)
    shifted = still + torch.tensor([0, 0, 1e-4])
    own, wide = anomalies.code_gaussian(codes), anomalies.code_gaussian(still)
    np.testing.assert_allclose(wide.distance(shifted), own.distance(codes), atol=0.02)


def test_codes_that_are_all_the_same_have_finite_distances():
    assert anomalies.code_gaussian(torch.ones(4, 2)).distance(torch.ones(1, 2)).item() == 0


def test_the_scores_are_those_of_each_picture(vae, digits):
    judge = judging.by_model(vae)
    normal = digits.test.only((0,))
    known = anomalies.code_gaussian(judging.encode(judge, digits.train.only((0,))))
    found = anomalies.scores(judge, known, normal)
    x = normal.pictures()
    with torch.inference_mode():
        z = vae.encode(x)
        mse = (vae.decode(z) - x).square().flatten(1).mean(1)
    np.testing.assert_allclose(found["mse"], mse, rtol=1e-5)
    ink = (normal.images.numpy() / 255.0).reshape(len(x), -1)
    np.testing.assert_allclose(found["relative"], mse.numpy() * 784 / (ink**2).sum(1), rtol=1e-4)
    np.testing.assert_allclose(found["distance"], known.distance(z), rtol=1e-4)
    bound = judging.elbo(vae, x, 500, torch.Generator().manual_seed(5))
    assert -found["elbo"].mean() == pytest.approx(bound.mean().item(), abs=0.5)
    again = anomalies.scores(judge, known, normal)
    np.testing.assert_array_equal(found["elbo"], again["elbo"])


def test_pca_scores_without_an_elbo(digits):
    train = digits.train.only((3,))
    judge = judging.by_pca(pca.fit(train), 5)
    known = anomalies.code_gaussian(judging.encode(judge, train))
    found = anomalies.scores(judge, known, digits.test)
    assert set(found) == {"mse", "relative", "distance"}
    x = digits.test.pictures().flatten(1).numpy()
    reference = pca.fit(train)
    kept = (x - reference.mean) @ reference.components[:5].T
    rest = ((x - reference.mean) ** 2).sum(1) - (kept**2).sum(1)
    np.testing.assert_allclose(found["mse"], rest / 784, rtol=1e-3, atol=1e-6)
    # PCA's own variances whiten its codes.
    expected = np.sqrt((kept**2 / reference.variance[:5]).sum(1))
    np.testing.assert_allclose(found["distance"], expected, rtol=0.01)


def test_a_model_of_one_class_finds_the_others_strange(digits):
    train = digits.train.only((0,))
    judge = judging.by_pca(pca.fit(train), 8)
    known = anomalies.code_gaussian(judging.encode(judge, train))
    normal = anomalies.scores(judge, known, digits.test.only((0,)))["mse"]
    others = anomalies.scores(judge, known, digits.test.only(tuple(range(1, 10))))["mse"]
    assert anomalies.auroc(normal, others) > 0.97


def test_a_black_picture_has_a_finite_score(vae):
    black = Split(torch.zeros(1, 28, 28, dtype=torch.uint8), torch.zeros(1, dtype=torch.int64))
    judge = judging.by_model(vae)
    known = anomalies.code_gaussian(torch.randn(50, 3))
    assert all(np.isfinite(s).all() for s in anomalies.scores(judge, known, black).values())


def test_what_overflows_is_as_strange_as_can_be(digits):
    wild = build(ModelConfig("mlp", True, 3, (16,), likelihood="bernoulli"), seed=2).eval()
    with torch.no_grad():
        wild.encoder[-1].weight.mul_(1e4)
    judge = judging.by_model(wild)
    split = digits.test.only((1,))
    known = anomalies.code_gaussian(judging.encode(judge, split))
    x = split.pictures()
    assert not judging.elbo(wild, x, 8, torch.Generator().manual_seed(0)).isfinite().all()
    found = anomalies.scores(judge, known, split)["elbo"]
    assert np.isfinite(found).all()
    assert found.max() == np.finfo(np.float32).max


def test_inverted_pictures(digits):
    some = digits.test.only((1,))
    np.testing.assert_allclose(anomalies.inverted(some).pictures(), 1 - some.pictures(), atol=1e-6)
    assert torch.equal(anomalies.inverted(some).labels, some.labels)


def test_noise_is_uniform_and_the_same_for_the_same_seed():
    images = anomalies.noise(200, seed=1).images
    assert images.shape == (200, 28, 28)
    assert torch.bincount(images.flatten().int(), minlength=256).min() > 450
    assert images.float().mean() == pytest.approx(127.5, abs=1)
    assert torch.equal(images, anomalies.noise(200, seed=1).images)
    assert not torch.equal(images, anomalies.noise(200, seed=2).images)
