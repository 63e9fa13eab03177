"""GANs: players, folding, the algorithm and its slow motion, training, files, the library."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from safetensors.numpy import load as load_arrays
from torch import nn

from aecore import checkpoint, library
from aecore.explore import noise
from aecore.gan import file
from aecore.gan.algorithm import critic_turn, generator_turn
from aecore.gan.config import CONDITIONS, GAMES, NETWORKS, GanConfig, GanTrainConfig
from aecore.gan.model import build, one_hot
from aecore.gan.slow_motion import STAGES, SlowMotion
from aecore.gan.training import GanTrainer, Look
from aecore.messages import CheckpointError, ConfigError
from aecore.training import End, Epoch, Evaluation, Step

SMALL = GanConfig(network="mlp", latent_dim=4, width=16)
SHORT = GanTrainConfig(SMALL, dataset="digits", epochs=1, batch_size=64)
COMBINATIONS = [
    GanConfig(game, network, 3, 8, hidden, condition)
    for game in GAMES
    for network, hidden in (("mlp", 0), ("conv", 0), ("conv", 6))
    for condition in CONDITIONS
    if game != "boundary-equilibrium" or condition == "none"
]


def title(config):
    return f"{config.game}-{config.network}{config.hidden or ''}-{config.condition}"


@pytest.fixture
def batch(digits):
    part = digits.train.take(slice(0, 12))
    return part.pictures(), part.labels


@pytest.mark.parametrize("config", COMBINATIONS, ids=title)
def test_each_player_moves_its_own_weights_only(config, batch):
    real, labels = batch
    gan = build(config, seed=1).train()
    players = {"critic": gan.critic, "generator": gan.generator}
    optimizers = {n: gan.game.optimizer(p.parameters(), 1e-3) for n, p in players.items()}

    def weights(name):
        return [p.detach().clone() for p in players[name].parameters()]

    before = {name: weights(name) for name in players}
    *_, stage = critic_turn(gan, optimizers["critic"], real, labels)
    assert gan.game.distance(stage.terms).isfinite()
    after = {name: weights(name) for name in players}
    assert all(map(torch.equal, before["generator"], after["generator"]))
    assert not all(map(torch.equal, before["critic"], after["critic"]))
    *_, stage = generator_turn(gan, optimizers["generator"], labels)
    assert stage.fake.shape == (12, 1, 28, 28)
    assert 0 <= stage.fake.min() <= stage.fake.max() <= 1
    assert all(map(torch.equal, weights("critic"), after["critic"]))
    assert not all(map(torch.equal, weights("generator"), after["generator"]))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_folded_decoder_draws_what_the_generator_draws(network, condition, batch):
    gan = build(GanConfig("minimax", network, 5, 8, 6, condition), seed=1).train()
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):  # running means and variances that are not those of fresh layers
        gan.generate(3 * gan.noise(20, generator), batch[1][:1].expand(20))
    gan.eval()
    z = gan.noise(6, generator)
    labels = torch.full((6,), 7)
    told = 7 if condition != "none" else None
    assert torch.allclose(gan.decoder(told).decode(z), gan.generate(z, labels), atol=1e-5)
    axes, _reach = noise.plane(5, 3)
    u = torch.randn(6, 2, generator=generator)
    expected = gan.generate(u @ axes, labels)
    assert torch.allclose(gan.plane(axes, told).decode(u), expected, atol=1e-5)
    if condition != "none":
        assert torch.equal(gan.given(labels).decode(z), gan.generate(z, labels))


def test_critics_that_bind_the_slope_see_each_picture_by_itself(batch):
    for game in GAMES:
        layers = list(build(GanConfig(game, width=8)).critic.modules())
        mixed = any(isinstance(layer, nn.BatchNorm2d) for layer in layers)
        assert mixed is (game not in ("gradient-penalty", "spectral", "boundary-equilibrium"))


def test_the_class_reaches_the_critic(batch):
    x, labels = batch
    for network in NETWORKS:
        gan = build(replace(SMALL, network=network, condition="class"), seed=1).eval()
        other = (labels + 1) % 10
        assert not torch.allclose(gan.critic_for(labels)(x), gan.critic_for(other)(x))


def test_an_auxiliary_critic_learns_to_name_the_class(batch):
    x, labels = batch
    gan = build(replace(SMALL, condition="auxiliary"), seed=1)
    fake = torch.rand(12, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    terms = gan.critic_terms(x, fake, labels)
    logits = [gan.critic.class_logits(part) for part in (x, fake)]
    expected = sum(F.cross_entropy(one, labels) for one in logits)
    assert terms["naming"].mean().item() == pytest.approx(expected.item(), rel=1e-5)
    assert gan.generator_terms(fake, labels)["naming"].mean().item() == pytest.approx(
        F.cross_entropy(logits[1], labels).item(), rel=1e-5
    )
    assert torch.equal(one_hot(labels).argmax(1), labels)


def test_slow_motion_shows_the_lines_that_ran(digits):
    trainer = GanTrainer(replace(SHORT, critic_steps=2), digits)
    slow, seen = SlowMotion(trainer), []
    for _ in range(2 * 5 + 4 + 1):
        moment = slow.next()
        lines = moment.source.split("\n")[moment.lines[0] : moment.lines[1] + 1]
        seen.append((moment.player, moment.stage.name, " ".join(line.strip() for line in lines)))
    critic, generator = STAGES["critic"], STAGES["generator"]
    assert [name for _p, name, _l in seen] == [*critic, *critic, *generator, critic[0]]
    said = {name: text for _player, name, text in seen}
    assert "fake = gan.generate(z, labels)" in said["samples"]
    assert "gan.critic_terms(real, fake, labels, generator)" in said["critic-loss"]
    assert said["critic-gradient"].endswith("loss.backward()")
    assert said["critic-step"].startswith("optimizer.step()")
    assert said["generator-step"] == "optimizer.step()"
    assert "yield" not in said["critic-loss"]
    assert trainer.turns == {"critic": 2, "generator": 1}


def test_training_says_what_happens(digits):
    trainer = GanTrainer(SHORT, digits)
    events = list(trainer.run())
    steps = [e for e in events if isinstance(e, Step)]
    looks = [e for e in events if isinstance(e, Look)]
    end = events[-1]
    assert isinstance(end, End)
    assert end.reason is None
    assert [e.epoch for e in events if isinstance(e, Epoch)] == [1]
    assert steps[-1].epoch == pytest.approx(1, abs=64 / len(digits.train))
    assert set(steps[0].losses.terms) == {
        "generator", "distance", "real_score", "fake_score", "slope", "critic_gradient",
        "generator_gradient",
    }  # fmt: skip
    assert looks[0].samples.shape == (100, 28, 28)
    assert len([e for e in events if isinstance(e, Evaluation)]) == len(looks)
    assert end.metrics.samples == 10_000
    assert trainer.turns["generator"] == trainer.turns["critic"] == steps[-1].step
    blob = load_arrays(looks[-1].to_bytes())
    assert (blob["samples"] == looks[-1].samples).all()
    assert blob["counts"].sum() == 1000


def test_the_same_config_gives_the_same_weights(digits):
    def weights(config):
        trainer = GanTrainer(config, digits, watch=False)
        for _ in trainer.run():
            pass
        return torch.cat([p.flatten() for p in trainer.model.parameters()])

    assert torch.equal(weights(SHORT), weights(SHORT))
    assert not torch.equal(weights(SHORT), weights(replace(SHORT, seed=1)))


def test_critic_steps_and_rates_change_while_it_trains(digits):
    trainer = GanTrainer(replace(SHORT, epochs=4), digits)
    run = trainer.run()
    next(event for event in run if isinstance(event, Step))
    before = dict(trainer.turns)
    trainer.change(generator_rate=0.0123, critic_rate=0.0456, critic_steps=3)
    next(event for event in run if isinstance(event, Step))
    gained = {name: trainer.turns[name] - before[name] for name in before}
    assert gained["critic"] == 3 * gained["generator"] > 0
    assert trainer.rates == {"critic": 0.0456, "generator": 0.0123}
    for bad in ({"critic_steps": 0}, {"generator_rate": 0.0}, {"critic_rate": float("nan")}):
        with pytest.raises(ConfigError):
            trainer.change(**bad)


def test_by_hand_one_player_moves_and_the_other_is_still(digits):
    trainer = GanTrainer(SHORT, digits)
    generator = [p.detach().clone() for p in trainer.model.generator.parameters()]
    events = list(trainer.play_many(("critic",), 3))
    assert trainer.turns == {"critic": 3, "generator": 0}
    assert all(map(torch.equal, generator, trainer.model.generator.parameters()))
    assert [type(e) for e in events] == [Step, Look, Evaluation]
    critic = [p.detach().clone() for p in trainer.model.critic.parameters()]
    list(trainer.play_many(("generator",), 2))
    assert all(map(torch.equal, critic, trainer.model.critic.parameters()))
    assert trainer.turns == {"critic": 3, "generator": 2}


def test_a_broken_run_keeps_the_last_good_weights(digits):
    config = replace(SHORT, model=replace(SMALL, game="least-squares"), generator_rate=1.0)
    trainer = GanTrainer(config, digits, watch=False)
    for optimizer in trainer.optimizers.values():
        for group in optimizer.param_groups:
            group["lr"] = float("inf")
    end = list(trainer.run())[-1]
    assert "no longer a finite number" in end.reason
    assert all(p.isfinite().all() for p in trainer.model.parameters())


def test_samples_are_drawn_with_the_averaged_weights(digits):
    trainer = GanTrainer(replace(SHORT, averaging=0.9), digits, watch=False)
    mean = [p.detach().clone() for p in trainer.model.generator.parameters()]
    for step in range(1, 4):
        trainer.play("generator")
        kept = min(0.9, step / (9 + step))
        for average, now in zip(mean, trainer.model.generator.parameters(), strict=True):
            average.mul_(kept).add_(now.detach(), alpha=1 - kept)
    found = list(trainer.shown.generator.parameters())
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(mean, found, strict=True))
    assert trainer.shown.critic is trainer.model.critic
    assert not torch.equal(found[0], next(trainer.model.generator.parameters()))


@pytest.mark.parametrize(
    "settings",
    [
        {"game": "chess"},
        {"network": "linear"},
        {"latent_dim": 0},
        {"width": 2000},
        {"penalty": -1.0},
        {"clip": 0.0},
        {"condition": "some"},
        {"game": "boundary-equilibrium", "condition": "class"},
    ],
)
def test_bad_settings_are_refused(settings):
    with pytest.raises(ConfigError):
        GanConfig(**settings)


def test_a_config_travels_as_json():
    config = GanTrainConfig(
        GanConfig("spectral", "mlp", 7, 9, 0, "class"), classes=(5, 3), epochs=2
    )
    assert GanTrainConfig.from_json(config.to_json()) == config
    assert config.classes == (3, 5)
    with pytest.raises(ConfigError, match="depth"):
        GanTrainConfig.from_json({"model": {"depth": 3}})
    with pytest.raises(ConfigError):
        GanTrainConfig(batch_size=1)
    with pytest.raises(ConfigError):
        GanTrainConfig(model={})


@pytest.fixture(params=["mlp", "conv"])
def trained(request, digits):
    model = replace(SMALL, network=request.param, width=8)
    trainer = GanTrainer(replace(SHORT, model=model), digits, watch=False)
    end = list(trainer.run())[-1]
    return trainer, trainer.card(end.metrics, "one")


def test_a_file_gives_back_the_gan_and_its_card(trained):
    trainer, card = trained
    gan, read = file.load(file.to_bytes(trainer.shown, card))
    assert read == card
    z = trainer.model.noise(3, torch.Generator().manual_seed(0))
    assert torch.equal(gan.generate(z), trainer.shown.generate(z))
    half, _card = file.load(file.to_bytes(trainer.shown, card, half=True))
    assert torch.allclose(half.generate(z), gan.generate(z), atol=0.01)
    alone, _card = file.load(file.to_bytes(trainer.shown, card, critic=False))
    assert alone.critic is None
    assert torch.equal(alone.generate(z), gan.generate(z))
    assert trainer.model.critic is not None
    assert read.report()["frechet"] == card.fidelity.frechet


def test_a_file_that_is_none_is_refused(trained):
    trainer, card = trained
    content = file.to_bytes(trainer.shown, card)
    other = file.to_bytes(trainer.shown, replace(card, config=GanTrainConfig()))
    spoiled = checkpoint.packed(trainer.shown, {**card.to_json(), "fidelity": {"frechet": 1.0}})
    for bad in (b"", content[:-40], other, spoiled):
        with pytest.raises(CheckpointError):
            file.load(bad)


@pytest.mark.parametrize("name", library.available(GanTrainConfig))
def test_pretrained_gans_keep_their_bars(name):
    gan, card = file.load(library.path(name))
    assert card.config == library.manifest(GanTrainConfig)[name]
    assert card.parameters == build(card.config.model).parameter_count()
    assert gan.critic is None  # samples need none
    assert card.dataset == "mnist"
    fidelity = card.fidelity
    assert fidelity.classes_present == 10
    if name in ("dcgan-d64", "wgan-gp-d64"):
        assert fidelity.largest_share < 0.16
    assert library.path(name).stat().st_size < 1e6


def test_an_unknown_gan_is_said():
    with pytest.raises(CheckpointError, match="nobody"):
        library.path("nobody")


def test_planes_and_nearest_digits(digits):
    axes, reach = noise.plane(16, 4)
    assert torch.allclose(axes @ axes.T, torch.eye(2), atol=1e-6)
    assert reach == pytest.approx(5)
    assert torch.equal(noise.plane(2, 9)[0], torch.eye(2))
    images = digits.train.images
    index, errors = noise.nearest(images[[5, 900]].float() / 255, images)
    assert torch.equal(images[index], images[[5, 900]])
    assert errors.max() < 1e-6
    z = noise.draw(4, 3, 0)
    gan = build(SMALL).eval()
    assert noise.pictures(gan, z).shape == (3, 28, 28)
