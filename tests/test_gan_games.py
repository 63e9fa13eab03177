"""The games of GANs against independent oracles: their losses, what their best critic measures,
and the gradient penalty against finite differences."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import stats
from scipy.spatial.distance import jensenshannon
from torch import nn

from aecore.gan import games
from aecore.gan.config import GAMES
from aecore.gan.games import FAMILIES
from aecore.gan.games.gradient_penalty import line_points, slopes
from aecore.gan.games.spectral import normalise

# Two distributions over five points, in hundredths, and as many points as that of each.
P, Q = np.array([40, 30, 20, 10, 0]), np.array([0, 10, 30, 20, 40])
REAL = torch.arange(5).repeat_interleave(torch.tensor(P))
FAKE = torch.arange(5).repeat_interleave(torch.tensor(Q))


@pytest.fixture
def scores():
    generator = torch.Generator().manual_seed(0)
    table = torch.randn(5, generator=generator)
    return lambda x: table[x]


def mean_of(terms):
    return sum(term.mean() for term in terms.values())


def test_every_game_of_the_config_is_there():
    assert tuple(FAMILIES) == GAMES
    for family in FAMILIES.values():
        assert games.module_of(family).__doc__


def test_minimax_minimises_binary_cross_entropies(scores):
    game, real, fake = FAMILIES["minimax"](), scores(REAL), scores(FAKE)
    bce = F.binary_cross_entropy_with_logits
    expected = bce(real, torch.ones(100)) + bce(fake, torch.zeros(100))
    assert mean_of(game.critic_terms(scores, REAL, FAKE)) == pytest.approx(
        expected.item(), rel=1e-5
    )
    generator = mean_of(game.generator_terms(scores, FAKE))
    assert generator == pytest.approx(-bce(fake, torch.zeros(100)).item(), rel=1e-5)
    other = mean_of(FAMILIES["non-saturating"]().generator_terms(scores, FAKE))
    assert other == pytest.approx(bce(fake, torch.ones(100)).item(), rel=1e-5)


def test_only_the_minimax_generator_has_no_slope_where_the_critic_is_sure():
    s = torch.tensor([-20.0], requires_grad=True)
    for name, vanishes in (("minimax", True), ("non-saturating", False), ("wasserstein", False)):
        (slope,) = torch.autograd.grad(mean_of(FAMILIES[name]().generator_terms(lambda x: x, s)), s)
        assert (abs(slope.item()) < 1e-6) is vanishes, name


def test_the_best_critic_measures_the_divergence_that_the_game_names():
    p, q = P / 100, Q / 100
    # Where one of them is 0 the best logit is infinite: 60 stands for that.
    with np.errstate(divide="ignore"):
        logit = torch.tensor(np.clip(np.log(p) - np.log(q), -60, 60))
    share = torch.tensor(p / (p + q))
    sign = torch.tensor(np.sign(p - q))
    expected = {
        "minimax": (logit, jensenshannon(p, q) ** 2),
        "non-saturating": (logit, jensenshannon(p, q) ** 2),
        "least-squares": (share, ((p - q) ** 2 / (p + q)).sum()),
        "spectral": (sign, np.abs(p - q).sum() / 2),
    }
    for name, (best, distance) in expected.items():
        game = FAMILIES[name]()
        terms = game.critic_terms(lambda x, best=best: best[x], REAL, FAKE)
        assert game.distance(terms).item() == pytest.approx(distance, abs=1e-9), name
        # Any other critic says less.
        for seed in range(5):
            noise = torch.randn(5, generator=torch.Generator().manual_seed(seed))
            other = game.critic_terms(lambda x, n=best + noise: n[x], REAL, FAKE)
            assert game.distance(other).item() < distance, name


def test_the_wasserstein_critic_measures_the_earth_movers_distance():
    generator = torch.Generator().manual_seed(0)
    real = torch.randn(200, 1, generator=generator)
    fake = real + 3  # all of q to the right of its twin in p: f(x) = −x is a best critic
    expected = stats.wasserstein_distance(real[:, 0], fake[:, 0])
    for name in ("wasserstein", "gradient-penalty"):
        game = FAMILIES[name]()
        terms = game.critic_terms(lambda x: -x.flatten(), real, fake)
        assert game.distance(terms).item() == pytest.approx(expected, rel=1e-5)
    assert terms["penalty"].abs().max() < 1e-10  # its slope is 1 everywhere


@pytest.fixture
def critic():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    return network, lambda x: network(x).squeeze(1)


def test_slopes_against_finite_differences(critic):
    _network, say = critic
    x = torch.randn(4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    h, columns = 1e-5, []
    with torch.no_grad():
        for k in range(6):
            step = torch.zeros(6, dtype=torch.float64)
            step[k] = h
            columns.append((say(x + step) - say(x - step)) / (2 * h))
    expected = torch.stack(columns, 1).norm(dim=1)
    assert torch.allclose(slopes(say, x), expected, atol=1e-8)


def test_the_gradient_of_the_penalty_against_finite_differences(critic):
    network, say = critic
    game = FAMILIES["gradient-penalty"](weight=10.0)
    draw = torch.Generator().manual_seed(2)
    real, fake = (torch.randn(5, 6, dtype=torch.float64, generator=draw) for _ in range(2))

    def penalty():
        terms = game.critic_terms(say, real, fake, torch.Generator().manual_seed(3))
        return terms["penalty"].mean()

    weight = network[0].weight
    (found,) = torch.autograd.grad(penalty(), weight)
    h, expected = 1e-5, torch.zeros_like(weight)
    for i in range(weight.shape[0]):
        for j in range(weight.shape[1]):
            values = []
            for sign in (1, -1):
                with torch.no_grad():
                    weight[i, j] += sign * h
                values.append(penalty().item())
                with torch.no_grad():
                    weight[i, j] -= sign * h
            expected[i, j] = (values[0] - values[1]) / (2 * h)
    assert (found - expected).abs().max() < 1e-4 * expected.abs().max()


def test_points_of_the_penalty_lie_between_datum_and_sample():
    real, fake = torch.zeros(50, 1, 4, 4), torch.ones(50, 1, 4, 4)
    between = line_points(real, fake, torch.Generator().manual_seed(0))
    assert (between == between[:, :, :1, :1]).all()  # one ε a picture
    epsilon = 1 - between[:, 0, 0, 0]
    assert stats.kstest(epsilon.numpy(), "uniform").pvalue > 0.01


def test_clipping_keeps_the_critics_weights_in_range(critic):
    network, _say = critic
    FAMILIES["wasserstein"](clip=0.05).constrain(network)
    assert max(p.abs().max().item() for p in network.parameters()) <= 0.05


def test_spectral_normalisation_gives_layers_of_slope_one():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 36, 5))
    normalise(network)
    with torch.no_grad():
        for _ in range(30):  # a step of power iteration each
            network(torch.zeros(2, 1, 8, 8))
    network.eval()
    for layer in (network[0], network[2]):
        largest = torch.linalg.svdvals(layer.weight.flatten(1))[0].item()
        assert largest == pytest.approx(1, abs=0.01)


def test_began_holds_its_critic_back_by_the_balance():
    game = FAMILIES["boundary-equilibrium"](gamma=0.5)
    real, fake = torch.full((2, 1, 2, 2), 8.0), torch.full((2, 1, 2, 2), 1.0)
    say = lambda x: x.flatten(1).sum(1)  # noqa: E731  L(x) = 32, L(G(z)) = 4
    terms = game.critic_terms(say, real, fake)
    assert mean_of(terms) == 32  # k is 0 at first
    game.constrain(nn.Identity())
    assert game.k == pytest.approx(1e-3 * (0.5 * 32 - 4) / 4)
    assert game.distance(terms) == 32 + abs(0.5 * 32 - 4)
    assert mean_of(game.critic_terms(say, real, fake)).item() == pytest.approx(32 - game.k * 4)
    game.gamma = 0.0
    for _ in range(3):
        game.critic_terms(say, real, 1e6 * fake)
        game.constrain(nn.Identity())
    assert game.k == 0


def test_the_least_squares_loss_by_hand(scores):
    terms = FAMILIES["least-squares"]().critic_terms(scores, REAL, FAKE)
    expected = ((scores(REAL) - 1) ** 2).mean() / 2 + (scores(FAKE) ** 2).mean() / 2
    assert mean_of(terms) == pytest.approx(expected.item(), rel=1e-5)


def test_no_divergence_says_more_than_its_bound():
    far = torch.tensor([60.0, -60.0], dtype=torch.float64)
    terms = FAMILIES["minimax"]().critic_terms(
        lambda x: far[x], torch.zeros(4).long(), torch.ones(4).long()
    )
    assert FAMILIES["minimax"]().distance(terms).item() == pytest.approx(math.log(2))
