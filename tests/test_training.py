"""The training loop: what it does to the weights, what it says, and how it ends."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from aecore import device as devices
from aecore import training
from aecore.config import ModelConfig, NoiseConfig, TrainConfig
from aecore.device import resolve_precision
from aecore.messages import ConfigError
from aecore.models import build
from aecore.snapshots import Snapshot
from aecore.training import End, Epoch, Evaluation, Step, Trainer, fit, train

CPU = torch.device("cpu")
MLP = ModelConfig("mlp", hidden=(32,), latent_dim=4)
VAE = ModelConfig("mlp", variational=True, hidden=(32,), latent_dim=4, likelihood="bernoulli")
LINEAR = ModelConfig("linear", latent_dim=2)
NOISE = NoiseConfig("masking", 0.3)
STILL = 1e-7  # a learning rate that leaves the weights where they are


@pytest.fixture
def trainer(digits):
    """Make a trainer on the embedded digits."""

    def make(model=MLP, *, watch=False, **settings):
        config = TrainConfig(model, "digits", precision="float32", **settings)
        return Trainer(config, digits, device=CPU, watch=watch)

    return make


def weights(trainer):
    return torch.nn.utils.parameters_to_vector(trainer.model.parameters()).detach().clone()


def finish(trainer, epochs=None):
    *_, end = trainer.run(epochs)
    return end


def steps(events):
    return [event for event in events if isinstance(event, Step)]


@pytest.mark.parametrize("model", [MLP, VAE], ids=["mlp", "vae"])
def test_training_beats_the_mean_picture(trainer, digits, model):
    x, mean = digits.test.pictures(), digits.train.pictures().mean(0)
    baseline = (x - mean).square().mean().item()
    end = finish(trainer(model, epochs=8, learning_rate=5e-3))
    assert end.reason is None
    assert end.metrics.test_mse < 0.9 * baseline


def test_the_linear_run_finds_the_principal_components(trainer, digits):
    """Baldi and Hornik (1989): the same plane, and the same error."""
    x = digits.train.pictures().flatten(1).double().numpy()
    pca = PCA(2, svd_solver="full").fit(x)
    residual = pca.inverse_transform(pca.transform(x)) - x
    best = math.pi * (residual**2).sum(1).mean()

    run = trainer(LINEAR, epochs=60, learning_rate=0.1)
    finish(run)
    loss = run.model(digits.train.pictures()).loss.item()
    assert best * (1 - 1e-4) < loss < best * 1.01
    plane = np.linalg.qr(run.model.decoder[0].weight.detach().double().numpy())[0]
    cosines_of_angles = np.linalg.svd(pca.components_ @ plane, compute_uv=False)
    assert cosines_of_angles.min() > 0.99


def test_the_same_seed_gives_the_same_weights(trainer):
    runs = [trainer(VAE, epochs=1, seed=seed, noise=NOISE) for seed in (0, 0, 1)]
    for run in runs:
        finish(run)
    once, again, other = map(weights, runs)
    assert torch.equal(once, again)
    assert not torch.allclose(once, other)


def test_two_runs_in_turns_are_as_one_after_the_other(trainer):
    alone = [trainer(VAE, epochs=2, seed=seed, noise=NOISE) for seed in (0, 1)]
    for run in alone:
        finish(run)
    together = [trainer(VAE, epochs=2, seed=seed, noise=NOISE) for seed in (0, 1)]
    for _ in zip(together[0].run(), together[1].run(), strict=True):
        pass
    for one, other in zip(alone, together, strict=True):
        assert torch.equal(weights(one), weights(other))


def test_watching_does_not_change_the_weights(trainer):
    runs = [trainer(VAE, epochs=2, noise=NOISE, watch=watch) for watch in (True, False)]
    for run in runs:
        finish(run)
    assert torch.equal(*map(weights, runs))


def test_the_global_generator_is_left_alone(trainer):
    before = torch.get_rng_state()
    finish(trainer(VAE, epochs=1, noise=NOISE, watch=True))
    assert torch.equal(torch.get_rng_state(), before)


def test_only_the_input_is_noisy(trainer, digits):
    """All pixels masked: the encoder's matrix learns nothing, the bias learns the clean mean."""
    run = trainer(
        LINEAR, epochs=30, learning_rate=0.02, noise=NoiseConfig("masking", 1.0), batch_size=256
    )
    before = run.model.encoder[1].weight.detach().clone()
    finish(run)
    assert torch.equal(run.model.encoder[1].weight, before)
    answer = run.model.decode(run.model.encode(torch.zeros(1, 1, 28, 28)))[0]
    torch.testing.assert_close(answer, digits.train.pictures().mean(0), atol=0.05, rtol=0)


def test_the_reported_loss_is_the_mean_over_pictures(trainer, digits):
    """Batches of 1,000 and of 437 count by their pictures; the weights stand still."""
    run = trainer(MLP, epochs=1, learning_rate=STILL, batch_size=1000)
    x = digits.train.pictures()
    squares = (run.model(x).reconstruction - x).square().flatten(1).sum(1)
    (step,) = steps(run.run())
    expected = math.pi * squares.mean().item()
    assert step.losses.total == pytest.approx(expected, rel=1e-4)
    assert step.losses.terms == {"reconstruction": pytest.approx(expected, rel=1e-4)}


def test_the_total_weighs_the_kl_by_beta(trainer):
    model = ModelConfig("mlp", variational=True, hidden=(8,), latent_dim=2, beta=4.0)
    events = list(trainer(model, epochs=1, watch=True).run())
    for event in events:
        if isinstance(event, (Step, Evaluation)):
            terms = event.losses.terms
            assert event.losses.total == pytest.approx(terms["reconstruction"] + 4 * terms["kl"])


def test_an_epoch_shows_every_picture_once(trainer, digits, monkeypatch):
    run = trainer(MLP, epochs=1, batch_size=200)
    seen, forward = [], run.model.forward

    def watch(x, *args):
        seen.append(x)
        return forward(x, *args)

    monkeypatch.setattr(run.model, "forward", watch)
    list(run._epoch(0, run.steps_an_epoch))
    shown = torch.cat(seen).mul(255).round().byte().flatten(1)
    everything = digits.train.images.flatten(1)
    assert shown.shape == everything.shape
    assert not torch.equal(shown, everything)
    assert sorted(map(bytes, shown.numpy())) == sorted(map(bytes, everything.numpy()))


def test_one_cycle_rises_from_a_25th_and_ends_near_zero(trainer):
    """One update an epoch, so that every rate is told."""
    run = trainer(LINEAR, epochs=50, batch_size=1437, learning_rate=0.01)
    rates = [event.learning_rate for event in steps(run.run())]
    assert len(rates) == 50
    assert rates[0] == pytest.approx(0.01 / 25)
    assert max(rates) == rates[15] == pytest.approx(0.01, rel=1e-3)
    assert rates[:16] == sorted(rates[:16])
    assert rates[15:] == sorted(rates[15:], reverse=True)
    assert 0 < rates[-1] < 0.01 / 100


def test_the_schedule_spans_each_run(trainer):
    run = trainer(LINEAR, batch_size=1437, learning_rate=0.01)
    for _ in range(2):
        rates = [event.learning_rate for event in steps(run.run(20))]
        assert rates[0] == pytest.approx(0.01 / 25)
        assert rates[-1] < 0.01 / 50


def test_a_constant_rate_is_constant(trainer):
    run = trainer(LINEAR, epochs=3, schedule="constant", learning_rate=0.01)
    assert {event.learning_rate for event in steps(run.run())} == {0.01}


def test_another_learning_rate_holds_from_the_next_update(trainer):
    """Adam moves a weight by about its rate."""
    run = trainer(MLP, epochs=4, batch_size=1437, schedule="constant", learning_rate=1e-3)
    moved, before = [], weights(run)
    for event in run.run():
        if isinstance(event, Step):
            moved.append((weights(run) - before).abs().max().item())
            before = weights(run)
            if event.step == 2:
                run.change(learning_rate=1e-6)
    assert moved[:2] == pytest.approx([1e-3, 1e-3], rel=0.5)
    assert max(moved[2:]) < 1e-5


@pytest.mark.parametrize("rate", [0, -1, 10.5, math.nan, math.inf])
def test_a_learning_rate_out_of_range_is_refused(trainer, rate):
    run = trainer()
    with pytest.raises(ConfigError, match="learning rate"):
        run.change(learning_rate=rate)
    assert run.learning_rate == run.config.learning_rate


def test_a_second_run_trains_further(trainer):
    """With a constant rate, twice one epoch is one run of two."""
    twice, whole = (trainer(MLP, schedule="constant") for _ in range(2))
    first, second = (finish(twice, 1) for _ in range(2))
    finish(whole, 2)
    assert twice.epochs_done == 2
    assert twice.step == 2 * twice.steps_an_epoch == 24
    assert second.metrics.test_mse < first.metrics.test_mse
    assert second.seconds > first.seconds
    assert torch.equal(weights(twice), weights(whole))


def test_measuring_in_a_pause_does_not_change_the_run(trainer):
    plain, paused = (trainer(VAE, epochs=2, noise=NOISE) for _ in range(2))
    finish(plain)
    for _ in paused.run():
        paused.card(paused.metrics())
    assert torch.equal(weights(plain), weights(paused))


def test_a_run_closed_within_an_epoch_can_go_on(trainer):
    run = trainer(MLP, epochs=5, batch_size=32)
    events = run.run()
    assert next(events).step == 25
    events.close()
    left = weights(run)
    assert 0 < run.epoch < 1
    assert list(events) == []
    assert torch.equal(weights(run), left)

    before = run.metrics().test_mse
    end = finish(run, 1)
    assert end.reason is None
    assert end.metrics.test_mse < before
    assert (run.epochs_done, run.step) == (1, 25 + run.steps_an_epoch)


def test_the_events_of_a_watched_run(trainer):
    run = trainer(MLP, epochs=3, batch_size=100, watch=True)
    events = list(run.run())
    assert isinstance(events[0], Snapshot)
    assert isinstance(events[1], Evaluation)
    assert isinstance(events[-1], End)
    assert sum(isinstance(event, End) for event in events) == 1
    assert [event.epoch for event in events if isinstance(event, Epoch)] == [1, 2, 3]
    assert [event.epoch for event in events if isinstance(event, Evaluation)] == [0, 1, 2, 3]
    told = [event.step for event in steps(events)]
    assert told == sorted(set(told))
    assert told[-1] == 3 * 15
    shown = [event.step for event in events if isinstance(event, Snapshot)]
    assert shown == [0, 10, 15, 30, 45]


def test_a_long_run_shows_at_most_sixty_epochs_and_the_last(trainer):
    run = trainer(LINEAR, epochs=61, batch_size=1437, watch=True)
    shown = [event.step for event in run.run() if isinstance(event, Snapshot)]
    assert shown[0] == 0
    assert shown[-1] == 61
    assert len(shown) <= 1 + 60


def test_an_unwatched_run_tells_no_more_than_it_must(trainer):
    kinds = [type(event) for event in trainer(MLP, epochs=2).run()]
    assert kinds == [Step, Epoch, Step, Epoch, End]


def test_a_pause_does_not_count_as_training(trainer, monkeypatch):
    now = 0.0
    monkeypatch.setattr(training, "time", SimpleNamespace(perf_counter=lambda: now))
    run = trainer(LINEAR, epochs=2, batch_size=32)
    for _ in run.run():
        now += 100
    assert run.seconds == 0


def test_the_evaluation_of_a_denoising_run_is_of_its_noisy_loss(trainer, digits):
    """With every pixel masked the input says nothing, and x̂ is the answer to black."""
    run = trainer(MLP, epochs=1, noise=NoiseConfig("masking", 1.0), watch=True)
    first = next(event for event in run.run() if isinstance(event, Evaluation))
    x = digits.test.pictures()
    answer = build(MLP).decode(build(MLP).encode(torch.zeros(1, 1, 28, 28)))
    expected = math.pi * (answer - x).square().flatten(1).sum(1).mean().item()
    assert first.losses.total == pytest.approx(expected, rel=1e-5)
    assert first.metrics.noisy_mse == pytest.approx(expected / (784 * math.pi), rel=1e-5)
    assert first.metrics.recon_nats != pytest.approx(expected, rel=1e-5)


def test_a_diverging_run_ends_with_a_reason_and_its_last_good_weights(trainer):
    run = trainer(VAE, epochs=3, learning_rate=10, schedule="constant")
    start = weights(run)
    *earlier, end = run.run()
    assert "no longer a finite number" in end.reason
    assert end.reason.values == {"step": 12, "rate": 10}
    assert earlier == []
    assert torch.equal(weights(run), start)
    assert math.isfinite(end.metrics.elbo_nats)


def test_a_diverged_run_can_be_trained_again_at_a_lower_rate(trainer):
    run = trainer(VAE, epochs=2, learning_rate=10, schedule="constant")
    broken = finish(run)
    run.change(learning_rate=1e-3)
    mended = finish(run)
    assert broken.reason
    assert mended.reason is None
    assert mended.metrics.elbo_nats > broken.metrics.elbo_nats


def test_a_weight_that_is_no_longer_finite_ends_the_run(trainer):
    """The weights of the last told step come back, even where the loss said nothing yet."""
    run = trainer(MLP, epochs=2, batch_size=1437, schedule="constant")
    events = run.run()
    next(events)
    good = weights(run)
    run.model.encoder[1].weight.data[0, 0] = math.inf
    *_, end = events
    assert end.reason
    assert torch.equal(weights(run), good)


def test_a_last_batch_of_one_picture_is_trained_on(trainer, digits):
    run = trainer(MLP, epochs=1, batch_size=len(digits.train) - 1)
    assert finish(run).reason is None
    assert run.step == 2


def test_the_card_of_a_run_closed_within_an_epoch_counts_its_part(trainer):
    run = trainer(MLP, epochs=5, batch_size=32)
    events = run.run()
    next(events)
    events.close()
    assert run.card(run.metrics()).epochs == pytest.approx(25 / 45, abs=1e-3)


def test_the_card_says_what_was_done(trainer):
    run = trainer(VAE, epochs=2, seed=5)
    end = finish(run)
    card = run.card(end.metrics, "mine")
    assert (card.name, card.dataset, card.epochs) == ("mine", "digits", 2)
    assert card.config == run.config
    assert card.metrics == end.metrics.to_json()
    assert card.parameters == 785 * 32 + 33 * 8 + 5 * 32 + 33 * 784
    assert card.seconds == end.seconds > 0
    assert torch.__version__.startswith(card.versions["torch"])


def test_train_is_one_line_and_ends_with_the_end(digits):
    config = TrainConfig(MLP, "digits", epochs=1, precision="float32")
    *_, end = train(config, digits)
    assert isinstance(end, End)


def test_fit_returns_the_trained_model(trainer):
    run = trainer(MLP, epochs=1)
    before = weights(run)
    model = fit(run)
    assert model is run.model
    assert not model.training
    assert not torch.equal(weights(run), before)


def test_a_model_of_some_classes_never_sees_the_others(trainer, digits, monkeypatch):
    run = trainer(classes=(3, 8), epochs=1, batch_size=50)
    seen = []
    forward = run.model.forward
    monkeypatch.setattr(
        run.model, "forward", lambda x, *rest: seen.append(x.clone()) or forward(x, *rest)
    )
    for _ in run._epoch(0, run.steps_an_epoch):
        pass
    wanted = (digits.train.labels == 3) | (digits.train.labels == 8)
    expected = digits.train.images[wanted].flatten(1).double().sum(1) / 255
    assert torch.cat(seen).flatten(1).double().sum(1).sort().values == pytest.approx(
        expected.sort().values, rel=1e-5
    )


def test_a_model_of_some_classes_is_measured_on_their_test_pictures(trainer, digits):
    run = trainer(classes=(3,), epochs=1, learning_rate=STILL)
    x = digits.test.pictures(digits.test.labels == 3)
    with torch.inference_mode():
        mse = (run.model.decode(run.model.encode(x)) - x).square().mean().item()
    assert run.metrics().test_mse == pytest.approx(mse, rel=1e-5)
    assert run.card(run.metrics()).config.classes == (3,)


def test_the_config_names_the_data_unless_they_are_given(digits):
    run = Trainer(TrainConfig(MLP, "digits", precision="float32"), device=CPU)
    assert run.data.name == "digits"
    assert torch.equal(run.train_split.images, digits.train.images)


@pytest.mark.parametrize(
    ("announced", "works", "expected"),
    [(True, True, "bfloat16"), (True, False, "float32"), (False, True, "float32")],
)
def test_auto_takes_bfloat16_where_the_processor_really_multiplies_it(
    monkeypatch, announced, works, expected
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": announced})
    monkeypatch.setattr(devices, "multiplies_bfloat16", lambda device: works)
    assert resolve_precision("auto", CPU) == expected


def test_bfloat16_is_refused_where_it_fails(monkeypatch):
    monkeypatch.setattr(devices, "multiplies_bfloat16", lambda device: False)
    with pytest.raises(ConfigError, match="bfloat16"):
        resolve_precision("bfloat16", CPU)
