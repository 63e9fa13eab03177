"""Distances of distributions, held to scipy and to closed forms."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import cdist, jensenshannon
from scipy.special import rel_entr
from scipy.stats import wasserstein_distance

from aecore.explore import transport
from aecore.explore.transport import drawn, measure, shaped

X = transport.places()


def pairs():
    random = np.random.default_rng(0)
    for shape in transport.SHAPES:
        yield shaped("bumps"), shaped(shape, 1.75, 0.8)
        yield shaped(shape), shaped("segment", -2.5, 1.3)
    for _ in range(5):
        levels = random.integers(0, 9, (2, 33))
        yield drawn(levels[0]), drawn(levels[1], 1.5)


@pytest.mark.parametrize(("log_p", "log_q"), list(pairs()))
def test_the_measures_are_those_of_scipy(log_p, log_q):
    p, q = np.exp(log_p), np.exp(log_q)
    assert p.sum() == pytest.approx(1)
    found = measure(log_p, log_q)
    assert found["w1"] == pytest.approx(wasserstein_distance(X, X, p, q), abs=1e-12)
    assert found["kl"] == pytest.approx(rel_entr(p, q).sum())
    assert found["reverse"] == pytest.approx(rel_entr(q, p).sum())
    assert found["js"] == pytest.approx(jensenshannon(p, q) ** 2)
    assert found["tv"] == pytest.approx(np.maximum(p - q, 0).sum())


@pytest.mark.parametrize(("log_p", "log_q"), list(pairs())[::3])
def test_the_plan_has_both_marginals_and_the_cost_of_the_linear_programme(log_p, log_q):
    p, q = np.exp(log_p), np.exp(log_q)
    plan = transport.plan(log_p, log_q)
    assert plan.min() >= 0
    np.testing.assert_allclose(plan.sum(1), p, atol=1e-14)
    np.testing.assert_allclose(plan.sum(0), q, atol=1e-14)
    keep_p, keep_q = p > 1e-9, q > 1e-9
    a, b = X[keep_p], X[keep_q]
    sums = np.zeros((len(a) + len(b), len(a), len(b)))
    for i in range(len(a)):
        sums[i, i] = 1
    for j in range(len(b)):
        sums[len(a) + j, :, j] = 1
    p, q = p[keep_p] / p[keep_p].sum(), q[keep_q] / q[keep_q].sum()
    cheapest = linprog(
        np.abs(a[:, None] - b).ravel(),
        A_eq=sums.reshape(len(sums), -1),
        b_eq=np.concatenate([p, q]),
    )
    cost = (plan * np.abs(X[:, None] - X)).sum()
    assert cost == pytest.approx(cheapest.fun, abs=1e-6)


@pytest.mark.parametrize(("log_p", "log_q"), list(pairs()))
def test_the_potential_is_lipschitz_and_reaches_the_distance(log_p, log_q):
    f = transport.potential(log_p, log_q)
    assert np.abs(np.diff(f)).max() <= transport.STEP + 1e-12
    gain = (f * (np.exp(log_p) - np.exp(log_q))).sum()
    assert gain == pytest.approx(measure(log_p, log_q)["w1"], abs=1e-10)


def test_equal_distributions_have_a_flat_potential_and_no_distance():
    p = shaped("gaussian")
    assert (transport.potential(p, p) == 0).all()
    assert measure(p, p) == pytest.approx(dict.fromkeys(transport.MEASURES, 0), abs=1e-14)


@pytest.mark.parametrize(("log_p", "log_q"), list(pairs()))
def test_the_best_discriminator_reaches_the_jensen_shannon_divergence(log_p, log_q):
    D = transport.discriminator(log_p, log_q)
    p, q = np.exp(log_p), np.exp(log_q)
    rest = transport.discriminator(log_q, log_p)
    np.testing.assert_allclose(D + rest, np.where(np.isnan(D), np.nan, 1))
    real, made = p > 1e-200, q > 1e-200
    reached = np.log(D[real]) @ p[real] + np.log(rest[made]) @ q[made]
    assert reached == pytest.approx(2 * measure(log_p, log_q)["js"] - 2 * np.log(2))
    assert (np.isnan(D) == (np.isinf(log_p) & np.isinf(log_q))).all()


@pytest.mark.parametrize("theta", [-4, -0.25, 0.25, 3])
def test_parallel_lines_have_the_closed_forms_of_the_paper(theta):
    found = measure(shaped("point"), shaped("point", theta))
    log2 = np.log(2)
    assert found == {"w1": abs(theta), "js": log2, "tv": 1, "kl": np.inf, "reverse": np.inf}


def test_gaussians_have_their_closed_forms_far_into_the_tails():
    p, q = shaped("gaussian", 0, 1), shaped("gaussian", 4, 0.5)
    s, r = 0.6, 0.3
    found = measure(p, q)
    forward = np.log(r / s) + (s**2 + 16) / (2 * r**2) - 0.5
    assert found["kl"] == pytest.approx(forward, rel=1e-3)
    assert found["reverse"] == pytest.approx(
        np.log(s / r) + (r**2 + 16) / (2 * s**2) - 0.5, rel=1e-3
    )
    assert measure(p, shaped("gaussian", 3, 1))["w1"] == pytest.approx(3, abs=1e-9)


def curve(shape, name, width=1.0):
    at = np.arange(-17, 18) * transport.STEP
    p = shaped(shape)
    return at[1:-1], np.array([measure(p, shaped(shape, theta, width))[name] for theta in at])


def test_only_the_earth_moved_has_a_slope_where_nothing_is_shared():
    theta, earth = curve("segment", "w1")
    apart = np.abs(theta) > 2.3
    np.testing.assert_allclose(transport.slopes(earth)[apart], np.sign(theta[apart]), atol=1e-12)
    for name in ("js", "tv"):
        slope = transport.slopes(curve("segment", name)[1])
        assert np.abs(slope[apart]).max() < 1e-12
        assert np.abs(slope[~apart]).max() > 0.1
    assert np.isnan(transport.slopes(curve("segment", "kl")[1])).all()


def test_the_slope_is_what_reaches_the_generator_through_each_critic():
    p, q = shaped("gaussian"), shaped("gaussian", 1.5)
    f, rest = transport.potential(p, q), transport.discriminator(q, p)
    by_critic = -np.exp(q) @ np.gradient(f, transport.STEP)
    by_discriminator = np.exp(q) @ np.gradient(np.log(rest), transport.STEP)
    for name, found, digits in (("w1", by_critic, 1e-9), ("js", by_discriminator / 2, 0.02)):
        theta, values = curve("gaussian", name)
        expected = transport.slopes(values)[list(theta).index(1.5)]
        assert found == pytest.approx(expected, abs=digits)


def test_what_is_drawn_slides_with_its_middle():
    levels = np.array([1, 0, 3])
    mass = np.exp(drawn(levels, 0.5))
    np.testing.assert_allclose(X[mass > 0], [0.25, 0.75])
    np.testing.assert_allclose(mass[mass > 0], [0.25, 0.75])
    with pytest.raises(ValueError, match="no bar"):
        drawn(np.zeros(3))
    with pytest.raises(ValueError, match="between two places"):
        drawn(levels, 0.1)


def test_the_linear_programme_pairs_points_as_the_assignment_does():
    p, q = transport.two_clouds(12, 3)
    cost = cdist(p, q)
    best = cost[linear_sum_assignment(cost)].mean()
    even = np.full(12, 1 / 12)
    assert transport.earth_moved_in_plane(p, even, q, even) == pytest.approx(best)


def test_a_digit_moves_by_a_pixel_a_pixel_while_its_pixel_error_levels_off():
    picture = np.zeros((28, 28))
    picture[8:20, 10:14] = 0.5
    picture[9, 10:20] = 1
    errors, earth = transport.by_shift(picture, picture, range(-12, 13, 4))
    np.testing.assert_allclose(earth, [12, 8, 4, 0, 4, 8, 12], atol=1e-9)
    assert errors[3] == 0
    assert errors[0] == errors[-1] == pytest.approx(2 * (picture**2).mean())
    moved = np.roll(picture, 4, 1)
    assert errors[4] == pytest.approx(((picture - moved) ** 2).mean())


def test_a_black_picture_is_no_heap_of_ink():
    at, mass = transport.pooled_ink(np.eye(4))
    assert at.tolist() == [[1, 1], [3, 3]]
    assert mass.tolist() == [0.5, 0.5]
    with pytest.raises(transport.NoInk):
        transport.pooled_ink(np.zeros((28, 28)))
