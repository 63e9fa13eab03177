"""Clouds, models, fields and measures of the 2D playground, against what is known of them."""

import math

import pytest
import torch
from torch import Generator

from aecore.gan.games import FAMILIES
from aecore.messages import ConfigError
from aecore.points import clouds, fields, measures, models
from aecore.points.config import CLOUDS, MAX_DOTS, MODELS, USUAL_RATES, PointsConfig, Rates
from aecore.points.training import ARROWS, COLUMNS, SAMPLES, PointTrainer

DOTS = ((-1.0, 0.5), (0.5, -1.0), (1.0, 1.0))


def config(model="minimax", cloud="ring", **settings):
    small = {"width": 16, "batch_size": 32, "dots": DOTS if cloud == "drawn" else ()}
    return PointsConfig(cloud=cloud, model=model, **{**small, **settings})


def drawn(cloud, count=20_000, seed=0):
    return clouds.sampler(config(cloud=cloud))(count, Generator().manual_seed(seed))


def trained(model, updates=3, **settings):
    trainer = PointTrainer(config(model, **settings), USUAL_RATES[model])
    trainer.advance(updates)
    return trainer


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_cloud_lies_in_the_plane_that_is_shown_and_follows_its_seed(cloud):
    points = drawn(cloud)
    assert points.shape == (20_000, 2)
    assert (points.abs() <= clouds.REACH).float().mean() > 0.999
    assert torch.equal(points[:50], drawn(cloud, 20_000)[:50])
    assert not torch.equal(points, drawn(cloud, seed=1))


def test_the_ring_has_the_moments_of_eight_gaussians():
    points = drawn("ring")
    assert points.mean(0).abs().max() < 0.03
    # E x² = r² / 2 + σ², on both axes.
    expected = clouds.RING_RADIUS**2 / 2 + clouds.SPREAD["ring"] ** 2
    assert points.square().mean(0) == pytest.approx([expected] * 2, rel=0.03)


def test_the_grid_has_the_moments_of_twenty_five_gaussians():
    points = drawn("grid")
    # Five places, evenly spaced from −a to a, have the variance a² / 2.
    expected = clouds.GRID_REACH**2 / 2 + clouds.SPREAD["grid"] ** 2
    assert points.var(0).tolist() == pytest.approx([expected] * 2, rel=0.03)
    nearest = torch.cdist(points, clouds.modes("grid")).min(1)
    counts = torch.bincount(nearest.indices, minlength=25)
    assert (counts - 800).abs().max() < 6 * math.sqrt(800)
    # Within one standard deviation of a plane's Gaussian lies 1 − e^(−1/2).
    share = (nearest.values < clouds.SPREAD["grid"]).float().mean()
    assert share == pytest.approx(1 - math.exp(-0.5), abs=0.02)


def test_a_drawing_is_dense_where_its_dots_are():
    points = drawn("drawn")
    distance = torch.cdist(points, torch.tensor(DOTS)).min(1).values
    assert distance.square().mean() == pytest.approx(2 * clouds.SPREAD["drawn"] ** 2, rel=0.05)


def test_the_two_moons_reach_into_one_another():
    x, y = drawn("moons").T
    upper, lower = x[y > 0.6], x[y < -0.5]
    assert upper.mean() < 0 < lower.mean()


def test_settings_out_of_range_are_refused():
    for wrong in ({"cloud": "cube"}, {"model": "none"}, {"latent_dim": 0}, {"width": 2}):
        with pytest.raises(ConfigError):
            PointsConfig(**wrong)
    for dots in ((), ((0.0, 0.0),) * (MAX_DOTS + 1)):
        with pytest.raises(ConfigError):
            PointsConfig(cloud="drawn", dots=dots)
    with pytest.raises(ConfigError):
        Rates(critic_steps=0)


def test_every_game_has_its_usual_rates():
    assert set(USUAL_RATES) == set(MODELS) == {*FAMILIES, "vae", "ae"}


@pytest.mark.parametrize("model", MODELS)
def test_training_is_finite_and_the_same_for_the_same_seed(model):
    one, other = (trained(model, 20).frame() for _ in range(2))
    assert one.samples.shape == (SAMPLES, 2)
    assert one.samples.isfinite().all()
    assert torch.equal(one.samples, other.samples)
    assert one.step == 20
    row = dict(zip(COLUMNS, one.row, strict=True))
    assert row["generator"] is not None
    assert (row["critic"] is None) == (model in ("vae", "ae"))
    different = trained(model, 20, seed=1).frame()
    assert not torch.equal(one.samples, different.samples)


@pytest.mark.parametrize("model", ["minimax", "spectral", "vae"])
def test_looking_changes_no_update(model):
    watched, alone = (PointTrainer(config(model), Rates()) for _ in range(2))
    for _ in range(4):
        watched.advance()
        watched.frame()
    alone.advance(4)
    assert torch.equal(watched.frame().samples, alone.frame().samples)


def test_the_losses_are_those_of_the_games():
    # Both players as they are made: the mean of the critic's loss over one update is that of
    # the game by hand, on the same draws.
    trainer = PointTrainer(config("gradient-penalty"), Rates(1e-3, 1e-3, 1))
    generator = Generator().manual_seed(0)
    real = trainer.draw(32, generator)
    with torch.no_grad():
        fake = trainer.model.decode(torch.randn(32, 2, generator=generator))
    critic = trainer.model.critic
    epsilon = torch.rand(32, 1, generator=generator)
    between = (epsilon * real + (1 - epsilon) * fake).requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between).sum(), between)
    penalty = 0.1 * (slope.norm(dim=1) - 1).square().mean()
    expected = critic(fake).mean() - critic(real).mean() + penalty
    trainer.advance()
    assert trainer.frame().critic == pytest.approx(expected.item(), rel=1e-4, abs=1e-6)


def test_rates_change_while_it_trains():
    trainer = trained("minimax")
    before = [p.clone() for p in trainer.model.generator.parameters()]
    trainer.change(Rates(1e-7, 1e-2, 2))
    trainer.advance()
    moved = zip(before, trainer.model.generator.parameters(), strict=True)
    assert max((a - b).abs().max() for a, b in moved) < 1e-5
    assert trainer.critic_optimizer.param_groups[0]["lr"] == 1e-2


def test_a_training_that_explodes_says_so():
    trainer = trained("wasserstein", clip=1.0)
    for parameter in trainer.model.generator.parameters():
        parameter.data.fill_(math.inf)
    trainer.frame()
    assert "exploded" in trainer.failure


@pytest.mark.parametrize("model", list(FAMILIES))
def test_arrows_are_the_slope_of_the_generators_loss(model):
    gan = trained(model, 30).model.double().eval()
    points = torch.randn(20, 2, generator=Generator().manual_seed(3), dtype=torch.float64)
    arrows = fields.pushes(gan, points)
    loss = lambda x: sum(gan.game.generator_terms(gan.critic, x).values())  # noqa: E731
    for axis in range(2):
        h = torch.zeros(2, dtype=torch.float64)
        h[axis] = 1e-6
        with torch.no_grad():
            slope = (loss(points + h) - loss(points - h)) / 2e-6
        assert torch.allclose(arrows[:, axis], -slope, atol=1e-6)


def test_the_surface_is_what_the_critic_says_there():
    gan = trained("minimax").model
    surface = fields.critic_surface(gan, 8)
    with torch.no_grad():
        # The middle of the square in the first row and the last column.
        corner = gan.critic(torch.tensor([[1.75, 1.75]])).sigmoid()
        lower = gan.critic(torch.tensor([[-1.75, -1.75]])).sigmoid()
    assert surface[0, 7].item() == pytest.approx(corner.item(), abs=1e-6)
    assert surface[7, 0].item() == pytest.approx(lower.item(), abs=1e-6)
    assert ((surface >= 0) & (surface <= 1)).all()


def test_the_net_of_a_generator_is_where_its_noise_goes():
    gan = trained("minimax").model
    net = fields.manifold(gan, drawn("ring", 100))
    assert net.shape == (fields.LATTICE, fields.LATTICE, 2)
    with torch.no_grad():
        middle = gan.decode(torch.zeros(1, 2))[0]
    assert torch.allclose(net[10, 10], middle, atol=1e-6)
    assert fields.manifold(trained("minimax", latent_dim=8).model, drawn("ring", 9)).numel() == 0


def test_the_line_of_an_autoencoder_runs_through_the_codes_of_the_data():
    model = trained("ae", latent_dim=1).model
    data = drawn("moons", 500)
    line = fields.manifold(model, data)
    with torch.no_grad():
        ends = model.decode(torch.quantile(model.encode(data), torch.tensor([0.01, 0.99]), dim=0))
    assert line.shape == (fields.LINE, 2)
    assert torch.allclose(line[[0, -1]], ends, atol=1e-5)


def test_the_vae_minimises_the_bound():
    model = models.build(config("vae", latent_dim=1))
    x = drawn("ring", 6)
    terms = model.terms(x, Generator().manual_seed(5))
    with torch.no_grad():
        mean, log_variance = model.encoder(x).chunk(2, 1)
        q = torch.distributions.Normal(mean, (log_variance / 2).exp())
        kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(1)
        noise = torch.randn(mean.shape, generator=Generator().manual_seed(5))
        decoded = model.decode(mean + q.stddev * noise)
        likelihood = torch.distributions.Normal(decoded, 0.1).log_prob(x).sum(1)
    assert torch.allclose(terms["kl"], kl, atol=1e-5)
    constant = 2 * math.log(0.1 * math.sqrt(2 * math.pi))
    assert torch.allclose(terms["reconstruction"], -likelihood - constant, rtol=1e-4)


def test_modes_are_counted_where_samples_are():
    modes = clouds.modes("ring")
    spread = 0.05
    at = modes[:3].repeat_interleave(100, 0)
    stray = modes[3:4] + torch.tensor([[3.1 * spread, 0.0]])
    near = modes[4:5] + torch.tensor([[2.9 * spread, 0.0]])
    found = measures.coverage(torch.cat([at, stray, near]), modes, spread)
    assert found.counts == (100, 100, 100, 0, 1, 0, 0, 0)
    assert (found.touched, found.covered) == (4, 3)
    assert found.quality == pytest.approx(301 / 302)


def test_the_cloud_itself_covers_all_its_modes():
    for cloud in ("ring", "grid"):
        modes = clouds.modes(cloud)
        found = measures.coverage(drawn(cloud, 2500), modes, clouds.SPREAD[cloud])
        assert found.covered == found.touched == len(modes)
        # Within 3 σ of a plane's Gaussian lies 1 − e^(−9/2).
        assert found.quality == pytest.approx(1 - math.exp(-4.5), abs=0.01)


def test_the_energy_distance_tells_a_single_mode_from_the_cloud():
    data, other = drawn("ring", 500), drawn("ring", 500, seed=1)
    one = other[torch.cdist(other, clouds.modes("ring")[:1]).squeeze(1) < 0.3].repeat(20, 1)
    near, far = measures.distance_to(other, data), measures.distance_to(one, data)
    assert near < 0.02 < 0.5 < far
    assert ARROWS < SAMPLES
