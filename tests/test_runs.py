"""The registry: a queue, bounded slots, owners, and runs that outlive what watches them."""

import os
import threading
import time
import zlib
from dataclasses import replace

import pytest
from safetensors.numpy import load as load_arrays

from aecore.config import ModelConfig, TrainConfig
from aecore.gan.config import GanConfig, GanTrainConfig
from aecore.runs import MAX_RUNS_EACH, Registry, RunError, Status

SMALL = TrainConfig(
    ModelConfig("mlp", latent_dim=2, hidden=(16,)), dataset="digits", epochs=2, batch_size=256
)
LONG = replace(SMALL, epochs=1000)


@pytest.fixture
def registry():
    registry = Registry(slots=1)
    yield registry
    registry.close()


def wait_for(condition, seconds=30):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.01)


def test_a_run_ends_with_curves_snapshots_and_metrics(registry):
    run = registry.submit("ada", SMALL)
    wait_for(lambda: not run.is_live)
    assert run.status is Status.FINISHED
    assert run.train_curve[-1][0] == pytest.approx(2.0)
    assert [row[0] for row in run.test_curve] == [0.0, 1.0, 2.0]
    assert run.test_curve[-1][1] < run.test_curve[0][1]
    assert run.metrics.test_mse > 0
    first, last = (load_arrays(zlib.decompress(run.snapshots[i])) for i in (0, -1))
    assert first["manifold"].shape == (15, 15, 28, 28)
    assert (first["coordinates"] != last["coordinates"]).any()


def test_only_as_many_train_as_there_are_slots_and_the_others_wait_in_order(registry):
    first, second, third = (registry.submit("ada", LONG) for _ in range(3))
    wait_for(lambda: first.status is Status.RUNNING)
    assert [registry.position(run) for run in (first, second, third)] == [-1, 0, 1]
    assert registry.load() == (1, 2)
    registry.stop(first)
    wait_for(lambda: second.status is Status.RUNNING)
    assert first.status is Status.STOPPED
    assert registry.position(third) == 0


def test_a_paused_run_gives_its_place_away_and_goes_on_where_it_was(registry):
    first = registry.submit("ada", LONG)
    wait_for(lambda: first.epoch > 0)
    registry.pause(first)
    wait_for(lambda: first.status is Status.PAUSED)
    epoch, rows = first.epoch, len(first.train_curve)
    second = registry.submit("bob", SMALL)
    wait_for(lambda: second.status is Status.FINISHED)
    assert (first.epoch, len(first.train_curve)) == (epoch, rows)
    registry.resume(first)
    wait_for(lambda: first.epoch > epoch)


def test_pausing_changes_no_weight_of_the_result(registry):
    whole = registry.submit("ada", replace(SMALL, epochs=4))
    wait_for(lambda: not whole.is_live)
    halting = registry.submit("ada", replace(SMALL, epochs=4))
    registry.pause_after_epoch(halting)
    wait_for(lambda: halting.status is Status.PAUSED)
    assert halting.epoch == pytest.approx(1.0)
    registry.resume(halting)
    wait_for(lambda: not halting.is_live)
    assert halting.metrics == whole.metrics


def test_one_epoch_of_a_paused_run_is_one_epoch(registry):
    run = registry.submit("ada", LONG)
    registry.pause_after_epoch(run)
    wait_for(lambda: run.status is Status.PAUSED)
    registry.resume(run, epochs=1)
    wait_for(lambda: run.status is Status.PAUSED and run.epoch > 1.5)
    assert run.epoch == pytest.approx(2.0)


def test_an_ended_run_can_be_trained_further(registry):
    run = registry.submit("ada", SMALL)
    wait_for(lambda: not run.is_live)
    before = run.metrics.test_mse
    registry.train_further(run, 6)
    wait_for(lambda: not run.is_live)
    assert run.epoch == pytest.approx(8.0)
    assert run.metrics.test_mse < before


def test_a_live_run_can_not_be_trained_further(registry):
    run = registry.submit("ada", LONG)
    with pytest.raises(RunError):
        registry.train_further(run, 1)


def test_the_learning_rate_changes_while_a_run_is_live(registry):
    run = registry.submit("ada", replace(LONG, schedule="constant"))
    wait_for(lambda: run.trainer is not None and run.epoch > 0)
    registry.change(run, learning_rate=0.125)
    wait_for(lambda: run.trainer.optimizers[0].param_groups[0]["lr"] == 0.125)


def test_a_learning_rate_set_while_waiting_is_the_one_used(registry):
    blocker = registry.submit("ada", LONG)
    run = registry.submit("ada", replace(LONG, schedule="constant"))
    registry.change(run, learning_rate=0.0625)
    registry.stop(blocker)
    wait_for(lambda: run.epoch > 0)
    assert run.trainer.optimizers[0].param_groups[0]["lr"] == 0.0625


def test_owners_see_their_own_runs_only(registry):
    run = registry.submit("ada", SMALL)
    assert registry.of("ada") == [run]
    assert registry.of("bob") == []


def test_a_run_is_found_by_its_name_which_can_not_be_guessed(registry):
    first, second = registry.submit("ada", SMALL), registry.submit("ada", SMALL)
    assert registry.get(first.id) is first
    assert registry.get(second.id) is second
    assert registry.get("1") is None
    assert len(first.id) >= 12


def test_an_owner_holds_a_bounded_number(registry):
    for _ in range(MAX_RUNS_EACH):
        registry.submit("ada", LONG)
    with pytest.raises(RunError, match=str(MAX_RUNS_EACH)):
        registry.submit("ada", LONG)
    registry.submit("bob", LONG)


def test_runs_of_people_who_left_are_freed_and_those_of_others_kept(registry):
    gone, here = registry.submit("ada", LONG), registry.submit("bob", LONG)
    registry.touch("ada")
    time.sleep(0.3)
    registry.touch("bob")
    registry.forget_absent(0.25)
    assert registry.of("ada") == []
    assert registry.of("bob") == [here]
    wait_for(lambda: gone.status is Status.STOPPED)


def test_a_run_that_explodes_ends_with_a_reason_and_the_next_one_trains(registry):
    explosive = TrainConfig(
        ModelConfig("linear", latent_dim=8),
        dataset="digits",
        epochs=50,
        learning_rate=10,
        schedule="constant",
    )
    broken = registry.submit("ada", explosive)
    wait_for(lambda: broken.trainer is not None)
    broken.trainer.model.decoder[0].weight.data.fill_(1e30)
    after = registry.submit("ada", SMALL)
    wait_for(lambda: not after.is_live)
    assert broken.status is Status.FAILED
    assert "learning rate" in broken.reason
    assert after.status is Status.FINISHED


def test_an_error_in_one_run_leaves_the_thread_alive(registry, monkeypatch):
    def fail(*_args, **_kwargs):
        raise MemoryError("no room")

    with monkeypatch.context() as patch:
        patch.setattr("aecore.training.Trainer.__init__", fail)
        broken = registry.submit("ada", SMALL)
        wait_for(lambda: not broken.is_live)
    assert broken.status is Status.FAILED
    assert "no room" in broken.reason
    after = registry.submit("ada", SMALL)
    wait_for(lambda: after.status is Status.FINISHED)


def test_closing_stops_the_trainers():
    registry = Registry(slots=2)
    runs = [registry.submit("ada", LONG) for _ in range(2)]
    wait_for(lambda: all(run.epoch > 0 for run in runs))
    registry.close()
    assert not any(t.name.startswith("trainer-") and t.is_alive() for t in registry._workers)


@pytest.mark.skipif(not hasattr(os, "setpriority"), reason="no thread priorities here")
def test_training_does_not_lower_the_priority_of_whoever_asks(registry):
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    run = registry.submit("ada", SMALL)
    wait_for(lambda: not run.is_live)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


@pytest.mark.parametrize(
    ("cores", "slots", "threads"), [(1, 1, 1), (2, 1, 1), (8, 2, 3), (16, 4, 3)]
)
def test_a_core_is_left_to_the_pages(monkeypatch, cores, slots, threads):
    monkeypatch.delenv("AECORE_MAX_RUNS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    registry = Registry()
    assert (registry.slots, registry.threads) == (slots, threads)


def test_the_number_of_slots_can_be_set(monkeypatch):
    monkeypatch.setenv("AECORE_MAX_RUNS", "5")
    assert Registry().slots == 5


GAN = GanTrainConfig(GanConfig(network="mlp", latent_dim=2, width=8), dataset="digits", epochs=2)


def test_a_gan_trains_beside_autoencoders(registry):
    gan, autoencoder = registry.submit("ada", GAN), registry.submit("ada", SMALL)
    assert registry.of("ada") == [autoencoder]
    assert registry.of("ada", GanTrainConfig) == [gan]
    wait_for(lambda: not gan.is_live and not autoencoder.is_live, 60)
    assert gan.status is Status.FINISHED
    assert gan.train_curve[-1][0] == pytest.approx(2, abs=0.1)
    assert gan.term_names[:2] == ("generator", "distance")
    assert len(gan.snapshots) == len(gan.test_curve) > 2
    assert gan.metrics.headline == gan.metrics.frechet


def test_a_paused_run_is_moved_by_hand_and_then_goes_on(registry):
    run = registry.submit("ada", GAN, paused=True)
    assert run.status is Status.PAUSED
    registry.change(run, critic_steps=2)
    with registry.by_hand(run) as trainer:
        registry.record(run, trainer.play_many(("critic",), 3))
        assert trainer.critic_steps == 2
        # Nobody else moves it meanwhile.
        with pytest.raises(RunError, match="Pause"), registry.by_hand(run):
            pass
    assert run.epoch == trainer.epoch > 0
    registry.resume(run)
    wait_for(lambda: not run.is_live, 60)
    assert run.status is Status.FINISHED
    with pytest.raises(RunError, match="Pause"), registry.by_hand(run):
        pass
