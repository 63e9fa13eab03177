"""How samples are judged: the Fréchet distance, precision and recall against other programs."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from aecore.explore import classifier, fidelity
from aecore.explore.fidelity import covered, frechet_distance, gaussian, neighbour_distances


def draws(seed, count, size=5, shift=0.0):
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(size, size, generator=generator)
    return torch.randn(count, size, generator=generator) @ mix + shift


def test_the_frechet_distance_against_a_matrix_root():
    a, b = gaussian(draws(0, 200)), gaussian(draws(1, 300, shift=1.0))
    (m, s), (n, t) = [(mean.numpy(), cov.numpy()) for mean, cov in (a, b)]
    expected = ((m - n) ** 2).sum() + np.trace(s + t - 2 * np.real(sqrtm(s @ t)))
    assert frechet_distance(*a, *b) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(*a, *a) == pytest.approx(0, abs=1e-6)
    # In one dimension it is (μ − μ')² + (σ − σ')².
    one = [torch.tensor([2.0]), torch.tensor([[9.0]]), torch.tensor([5.0]), torch.tensor([[1.0]])]
    assert frechet_distance(*(v.double() for v in one)) == pytest.approx(9 + 4)


def test_a_covariance_without_full_rank_is_no_trouble():
    few, many = gaussian(draws(0, 4, 20)), gaussian(draws(1, 100, 20))
    assert np.isfinite(frechet_distance(*few, *many))


def test_neighbours_and_coverage_against_a_loop():
    a, b = draws(0, 30).numpy(), draws(0, 25, shift=0.4).numpy()
    radii = [sorted(np.linalg.norm(b - one, axis=1))[3] for one in b]
    assert np.allclose(neighbour_distances(torch.tensor(b)), radii, atol=1e-4)
    inside = [any(np.linalg.norm(x - y) <= r for y, r in zip(b, radii, strict=True)) for x in a]
    found = covered(torch.tensor(a), torch.tensor(b), torch.tensor(radii).float())
    assert found == pytest.approx(np.mean(inside))


@pytest.fixture(scope="module")
def judge(digits):
    return fidelity.judge_of(digits)


def test_real_digits_are_near_and_noise_is_far(judge, digits):
    real = judge.measure(digits.train.pictures(slice(0, 360)))
    noise = judge.measure(torch.rand(360, 1, 28, 28, generator=torch.Generator().manual_seed(0)))
    assert real.frechet < 0.1 * noise.frechet
    assert real.precision > 0.7
    assert real.recall > 0.7
    assert noise.precision < 0.1
    assert real.samples == 360 == sum(real.counts)


def test_one_digit_over_and_over_has_precision_but_no_recall(judge, digits):
    one = digits.test.pictures(slice(0, 1)).expand(50, -1, -1, -1)
    found = judge.measure(one)
    assert found.precision == 1
    assert found.recall < 0.05
    assert found.largest_share == 1
    assert found.classes_present == 1


def test_a_judge_of_some_classes_compares_with_these(digits):
    some = fidelity.judge_of(digits, (3, 5))
    assert len(some.real) == int(torch.isin(digits.test.labels, torch.tensor([3, 5])).sum())
    assert fidelity.judge_of(digits, (3, 5)) is some
    assert some.reader is fidelity.judge_of(digits).reader is classifier.of(digits)


def test_the_order_of_the_samples_does_not_count(judge, digits, monkeypatch):
    monkeypatch.setattr(fidelity, "MOST", 200)
    mixed = digits.train.pictures(slice(0, 800))
    by_class = digits.train.take(digits.train.labels[:800].argsort()).pictures()
    found = judge.measure(by_class)
    assert found.recall == pytest.approx(judge.measure(mixed).recall, abs=0.12)
    assert found.frechet == pytest.approx(judge.measure(mixed).frechet, abs=1e-3)
