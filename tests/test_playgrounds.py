"""The turns that many playgrounds take on one machine."""

import time

import pytest
from safetensors.numpy import load

from aecore.messages import LabError
from aecore.points import playground as module
from aecore.points.config import USUAL_RATES, PointsConfig, Rates
from aecore.points.playground import Playgrounds

SMALL = {"width": 8, "batch_size": 16}


@pytest.fixture
def playgrounds():
    made = Playgrounds(slots=1)
    yield made
    made.close()


def setting(model="minimax", **settings):
    return PointsConfig(model=model, **{**SMALL, **settings}), USUAL_RATES[model]


def wait_for(condition, playgrounds=None, *seen, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        for playground in seen:
            playgrounds.get(playground.id)
        time.sleep(0.01)


def steps(player):
    return player.rows[-1][0] if player.rows else -1


def test_a_player_shows_its_first_frame_before_it_trains(playgrounds):
    one = playgrounds.open()
    playgrounds.set_up(one, {"a": setting(), "b": setting("vae")})
    a, b = one.players.values()
    wait_for(lambda: a.rows and b.rows, playgrounds, one)
    assert (steps(a), steps(b)) == (0, 0)
    frame = load(a.frame)
    assert frame["samples"].shape == (512, 2)
    assert frame["critic"].shape == (40, 40)
    assert set(load(b.frame)) >= {"error", "code"}
    assert len(a.frame) < 15_000


def test_it_trains_from_start_to_pause_and_a_step_is_one_update(playgrounds):
    one = playgrounds.open()
    playgrounds.set_up(one, {"a": setting()})
    player = one.players["a"]
    playgrounds.start(one)
    wait_for(lambda: steps(player) > 5, playgrounds, one)
    playgrounds.pause(one)
    wait_for(lambda: not player._busy, playgrounds, one)
    before = player._trainer.step
    time.sleep(0.2)
    assert player._trainer.step == before
    playgrounds.step(one)
    wait_for(lambda: steps(player) == before + 1, playgrounds, one)
    playgrounds.reset(one)
    assert one.players["a"] is not player
    wait_for(lambda: steps(one.players["a"]) == 0, playgrounds, one)


def test_a_slow_speed_is_kept(playgrounds):
    one = playgrounds.open()
    one.speed = 10
    playgrounds.set_up(one, {"a": setting()})
    player = one.players["a"]
    wait_for(lambda: player.rows, playgrounds, one)
    playgrounds.start(one)
    wait_for(lambda: player._trainer.step > 0, playgrounds, one)
    began, first = time.monotonic(), player._trainer.step
    wait_for(lambda: player._trainer.step >= first + 5, playgrounds, one)
    assert time.monotonic() - began > 0.3


def test_other_rates_go_on_and_another_setting_starts_anew(playgrounds):
    one = playgrounds.open()
    playgrounds.set_up(one, {"a": setting()})
    player = one.players["a"]
    playgrounds.start(one)
    wait_for(lambda: steps(player) > 0, playgrounds, one)
    config, _rates = setting()
    playgrounds.set_up(one, {"a": (config, Rates(2e-4, 3e-4, 2))})
    assert one.players["a"] is player
    wait_for(lambda: player._trainer.rates == Rates(2e-4, 3e-4, 2), playgrounds, one)
    assert player._trainer.optimizer.param_groups[0]["lr"] == 2e-4
    playgrounds.set_up(one, {"a": setting(seed=1)})
    assert one.players["a"] is not player


def test_all_playgrounds_get_equal_time(playgrounds, monkeypatch):
    slow, quick = (playgrounds.open() for _ in range(2))
    spent = {}

    def serve(player, running, speed):
        began = time.monotonic()
        time.sleep(0.05 if player is slow.players["a"] else 0.005)
        spent.setdefault(player, []).append(time.monotonic() - began)

    monkeypatch.setattr(module.Player, "serve", serve)
    for one in (slow, quick):
        playgrounds.set_up(one, {"a": setting()})
    wait_for(lambda: sum(map(sum, spent.values())) > 1, playgrounds, slow, quick)
    playgrounds.close()
    (of_slow, of_quick) = (spent[one.players["a"]] for one in (slow, quick))
    assert len(of_quick) > 2 * len(of_slow)
    assert abs(sum(of_slow) - sum(of_quick)) < 3 * max(of_slow + of_quick)


def test_a_page_that_is_closed_halts_its_models_and_is_forgotten(playgrounds, monkeypatch):
    monkeypatch.setattr(module, "HALT_SECONDS", 0.3)
    one = playgrounds.open()
    playgrounds.set_up(one, {"a": setting()})
    player = one.players["a"]
    playgrounds.start(one)
    wait_for(lambda: steps(player) > 0, playgrounds, one)
    time.sleep(0.8)
    halted = player._trainer.step
    time.sleep(0.3)
    assert player._trainer.step == halted
    wait_for(lambda: player._trainer.step > halted, playgrounds, one)
    playgrounds.forget_absent(0)
    assert playgrounds.get(one.id) is None


def test_there_is_a_limit_to_playgrounds_and_to_how_long_one_trains(playgrounds, monkeypatch):
    monkeypatch.setattr(module, "MOST_PLAYGROUNDS", 1)
    monkeypatch.setattr(module, "MOST_SECONDS", 0.0)
    one = playgrounds.open()
    with pytest.raises(LabError, match="Too many"):
        playgrounds.open()
    playgrounds.set_up(one, {"a": setting()})
    playgrounds.start(one)
    wait_for(lambda: one.players["a"].reason, playgrounds, one)
    assert one.ended


def test_what_goes_wrong_in_one_player_leaves_the_others_alone(playgrounds, monkeypatch):
    one = playgrounds.open()
    playgrounds.set_up(one, {"a": setting(), "b": setting("vae")})
    a, b = one.players.values()
    wait_for(lambda: a.rows and b.rows, playgrounds, one)
    monkeypatch.setattr(a._trainer, "advance", lambda: 1 / 0)
    playgrounds.start(one)
    wait_for(lambda: a.reason and steps(b) > 0, playgrounds, one)
    assert "ZeroDivisionError" in a.reason
    assert not one.ended
