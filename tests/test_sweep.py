"""Sweeps: what they stand for, what came of them, how they run beside others, and their file."""

import contextlib
import io
import json
import math
import statistics
import struct
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from aecore import checkpoint, sweep_file
from aecore.config import (
    AdversaryConfig,
    ModelConfig,
    NoiseConfig,
    PenaltyConfig,
    QuantizerConfig,
    TrainConfig,
)
from aecore.messages import CheckpointError, ConfigError, Sentence
from aecore.metrics import evaluate
from aecore.runs import Registry, Status
from aecore.sweep import (
    LOSS,
    MAX_RUNS,
    SETTINGS,
    Axis,
    Result,
    Spread,
    Sweep,
    measured,
    parse_values,
    spreads,
    sweepable,
    table,
)
from aecore.sweep_run import SweepRun, result_of
from aecore.training import Trainer, fit

SMALL = TrainConfig(
    ModelConfig("mlp", latent_dim=2, hidden=(16,)), dataset="digits", epochs=1, batch_size=512
)
TINY = Sweep(SMALL, (Axis("latent_dim", (2, 4)),), seeds=2)
# It has every setting that can be swept over but β.
EVERYTHING = replace(
    SMALL,
    model=ModelConfig(
        "conv",
        hidden=(32, 16),
        code_activation="k-sparse",
        penalties=(PenaltyConfig("l1", 0.5), PenaltyConfig("labels", 1.0)),
    ),
    noise=NoiseConfig("gaussian", 0.5),
)
VARIATIONAL = replace(SMALL, model=ModelConfig(variational=True, hidden=(16,)))


@pytest.fixture
def registry():
    registry = Registry(slots=1)
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def trained():
    """The sweep ``TINY`` with all its results, and its checkpoints' trainers by number."""
    trainers, results = {}, {}
    for job in TINY.jobs:
        trainers[job.number] = Trainer(job.config)
        fit(trainers[job.number])
        results[job.number] = result_of(trainers[job.number], job.key)
    return trainers, results


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.01)


# What a sweep stands for.


def test_a_sweep_names_each_cell_with_each_seed_and_every_cell_before_the_next_seed():
    base = replace(VARIATIONAL, seed=7)
    sweep = Sweep(base, (Axis("latent_dim", (8, 2)), Axis("beta", (4.0, 1.0))), seeds=2)
    found = [
        (job.config.model.latent_dim, job.config.model.beta, job.config.seed) for job in sweep.jobs
    ]
    cells = [(2, 1.0), (2, 4.0), (8, 1.0), (8, 4.0)]
    assert found == [(*cell, seed) for seed in (7, 8) for cell in cells]
    assert [job.cell for job in sweep.jobs] == cells * 2
    assert [job.number for job in sweep.jobs] == list(range(8))
    assert sweep.jobs[0].key == "latent_dim-2-beta-1.0-seed-7"
    # Nothing else differs.
    for job in sweep.jobs:
        model = replace(job.config.model, latent_dim=32, beta=1.0)
        assert replace(job.config, model=model, seed=7) == base


@pytest.mark.parametrize(
    ("base", "setting", "value", "read"),
    [
        (SMALL, "latent_dim", 5, lambda c: c.model.latent_dim),
        (VARIATIONAL, "beta", 0.3, lambda c: c.model.beta),
        (EVERYTHING, "noise", 0.7, lambda c: c.noise.level),
        (EVERYTHING, "k", 3, lambda c: c.model.k),
        (EVERYTHING, "weight_l1", 0.25, lambda c: c.model.penalty("l1").weight),
        (EVERYTHING, "weight_labels", 3, lambda c: c.model.penalty("labels").weight),
        (EVERYTHING, "width", 64, lambda c: c.model.hidden[0]),
        (EVERYTHING, "channels", 5, lambda c: c.model.channels),
        (SMALL, "learning_rate", 0.02, lambda c: c.learning_rate),
        (SMALL, "batch_size", 33, lambda c: c.batch_size),
        (SMALL, "epochs", 4, lambda c: c.epochs),
        (SMALL, "seed", 11, lambda c: c.seed),
    ],
)
def test_a_setting_is_set_and_nothing_else(base, setting, value, read):
    before, after = base.to_json(), Sweep(base, (Axis(setting, (value,)),)).jobs[0].config
    assert read(after) == value
    after = after.to_json()
    places = [
        (part, name)
        for part, group in (("", before), ("model", before["model"]), ("noise", before["noise"]))
        for name in group
        if name not in ("model", "noise") and group[name] != (after[part] if part else after)[name]
    ]
    assert len(places) == 1


def test_further_layers_keep_their_share_of_the_first():
    sweep = Sweep(EVERYTHING, (Axis("width", (8, 64)),))
    assert [job.config.model.hidden for job in sweep.jobs] == [(8, 4), (64, 32)]


def test_usual_values_are_valid_for_every_setting_of_every_kind():
    seen = set()
    activity = ModelConfig(
        code_activation="sigmoid",
        hidden=(),
        penalties=(
            PenaltyConfig("activity", 1.0),
            PenaltyConfig("decoder-weights", 1.0),
            PenaltyConfig("contraction", 1.0),
        ),
    )
    blurred = replace(SMALL, noise=NoiseConfig("blur", 1.0))
    coarse = replace(SMALL, noise=NoiseConfig("low-resolution", 4.0))
    adversarial = replace(SMALL, model=ModelConfig(hidden=(), adversary=AdversaryConfig()))
    quantized = ModelConfig("conv", latent_dim=98, hidden=(), quantizer=QuantizerConfig())
    bases = (EVERYTHING, VARIATIONAL, replace(SMALL, model=activity), blurred, coarse)
    for base in (*bases, adversarial, replace(SMALL, model=quantized)):
        for name in sweepable(base):
            values = SETTINGS[name].usual(base)
            assert len(Sweep(base, (Axis(name, values),)).jobs) == len(values)
            seen.add(name)
    assert seen == set(SETTINGS)


def test_only_what_a_model_has_can_be_swept():
    assert "beta" in sweepable(VARIATIONAL)
    assert "beta" not in sweepable(SMALL)
    assert "noise" not in sweepable(SMALL)
    with pytest.raises(ConfigError, match="no “beta” to sweep"):
        Sweep(SMALL, (Axis("beta", (1.0,)),))
    with pytest.raises(ConfigError, match="not a setting that can be swept"):
        Axis("dataset", (1,))


@pytest.mark.parametrize(
    ("axes", "seeds", "said"),
    [
        ([("latent_dim", (2, 0))], 1, "“latent_dim” must be a whole number from 1"),
        ([("latent_dim", (2, 2.5))], 1, "“latent_dim” must be a whole number"),
        ([("latent_dim", (2, 2.0))], 1, "may be given once only"),
        ([("learning_rate", (1.0, 100.0))], 1, "“learning_rate” must be a number from"),
        ([("learning_rate", (math.nan,))], 1, "a list of numbers"),
        ([("learning_rate", ())], 1, "a list of numbers"),
        ([("latent_dim", range(1, MAX_RUNS + 2))], 1, f"These are {MAX_RUNS + 1} runs"),
        ([("latent_dim", range(1, 14))], 5, "These are 65 runs"),
        ([("latent_dim", (2,)), ("latent_dim", (3,))], 1, "one setting or over two"),
        ([], 1, "one setting or over two"),
        ([("latent_dim", (2,))], 0, "1 to 5 seeds"),
        ([("latent_dim", (2,))], 6, "1 to 5 seeds"),
        ([("latent_dim", (2,))], True, "1 to 5 seeds"),
        ([("seed", (1, 2))], 2, "each cell has one seed"),
    ],
)
def test_a_bad_sweep_is_refused_with_its_reason(axes, seeds, said):
    with pytest.raises(ConfigError, match=said):
        Sweep(SMALL, tuple(Axis(name, tuple(values)) for name, values in axes), seeds)


def test_models_that_would_fill_the_memory_are_refused():
    wide = replace(SMALL, model=ModelConfig(hidden=(4096,)))
    with pytest.raises(ConfigError, match=r"would take \d+ MiB in half precision; at most 64"):
        Sweep(wide, (Axis("latent_dim", tuple(range(1, 21))),))
    # 2 · (784 · 4096 + …) numbers of two bytes each: some 12 MiB a model.
    assert len(Sweep(wide, (Axis("latent_dim", tuple(range(1, 5))),)).jobs) == 4


def test_the_parameters_are_those_of_the_models():
    d = np.array([2, 4, 2, 4])
    assert list(TINY.parameters) == list(784 * 16 + 16 + 17 * d + d * 16 + 16 + 17 * 784)


def test_a_sweep_travels_as_json():
    sweep = Sweep(EVERYTHING, (Axis("weight_l1", (0.1, 1)), Axis("k", (2, 4))), seeds=3)
    assert Sweep.from_json(json.loads(json.dumps(sweep.to_json()))) == sweep


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"base": {}, "axes": 3, "seeds": 1}, {"base": {}, "axes": [[]], "seeds": 1},
     {"base": {"depth": 1}, "axes": [{"setting": "seed", "values": [1]}], "seeds": 1},
     {"base": {}, "axes": [{"setting": "seed", "values": ["1"]}], "seeds": 1},
     {"base": {}, "axes": [{"setting": "seed", "values": [1]}], "seeds": 1.0},
     {"base": {}, "axes": [{"setting": ["seed"], "values": [1]}], "seeds": 1}],
)  # fmt: skip
def test_json_that_is_no_sweep_is_refused(data):
    with pytest.raises(ConfigError):
        Sweep.from_json(data)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2, 4, 8", (2, 4, 8)),
        ("2,4,8", (2, 4, 8)),
        ("0.5 1 2", (0.5, 1, 2)),
        ("0,5; 1; 2", (0.5, 1, 2)),
        ("1e-3,", (0.001,)),
        ("3;", (3,)),
    ],
)
def test_values_are_read_from_a_line(text, values):
    assert parse_values(text) == values


@pytest.mark.parametrize("text", ["", " , ", "2, four", "nan", "1, inf", "1..5"])
def test_a_line_without_numbers_is_refused(text):
    with pytest.raises(ConfigError):
        parse_values(text)


# What came of it.


@pytest.mark.parametrize("values", [[3.0], [1.0, 2.0], [0.5, 0.25, 4.0, 1.5]])
def test_mean_and_spread_are_those_of_numpy(values):
    spread = Spread.of(values)
    assert (spread.n, spread.low, spread.high) == (len(values), min(values), max(values))
    assert spread.mean == pytest.approx(np.mean(values))
    if len(values) == 1:
        assert spread.deviation is None
    else:
        assert spread.deviation == pytest.approx(np.std(values, ddof=1))


def test_a_result_holds_the_metrics_of_the_weights_in_its_file(trained, digits):
    for number, result in trained[1].items():
        model, card = checkpoint.load(result.checkpoint)
        again = evaluate(model, digits.test)
        assert result.measures["test_mse"] == pytest.approx(again.test_mse, rel=1e-6)
        # The whole loss of a plain autoencoder is its reconstruction.
        assert result.measures[LOSS] == pytest.approx(again.recon_nats, rel=1e-6)
        assert result.measures["parameters"] == TINY.parameters[number] == card.parameters
        assert card.name == TINY.jobs[number].key


def test_the_loss_of_a_result_has_every_term(digits):
    trainer = Trainer(replace(VARIATIONAL, model=replace(VARIATIONAL.model, beta=3.0)), digits)
    fit(trainer)
    measures = result_of(trainer).measures
    expected = measures["recon_nats"] + 3 * measures["kl_nats"]
    assert measures[LOSS] == pytest.approx(expected, rel=1e-6)


def test_weights_beyond_half_precision_are_refused(digits):
    trainer = Trainer(SMALL, digits)
    next(iter(trainer.model.parameters())).data.fill_(1e6)
    assert "half precision" in result_of(trainer).reason


def test_an_error_that_is_no_number_is_a_reason_and_no_metric(digits):
    trainer = Trainer(VARIATIONAL, digits)
    for parameter in trainer.model.parameters():
        parameter.data.fill_(6e4)
    result = result_of(trainer)
    assert result.reason == "Its error is no finite number."
    assert result.checkpoint is None


def test_cells_are_summed_up_over_their_seeds(trained):
    results = dict(trained[1])
    by_hand = {}
    for job in TINY.jobs:
        mse = checkpoint.read_card(results[job.number].checkpoint).metrics["test_mse"]
        by_hand.setdefault(job.cell, []).append(mse)
    for cell, spread in spreads(TINY, results, "test_mse").items():
        assert spread.mean == pytest.approx(statistics.mean(by_hand[cell]))
        assert spread.deviation == pytest.approx(statistics.stdev(by_hand[cell]))
    # A run that broke off, or is missing, counts in no mean.
    results[0] = Result(reason=Sentence("It broke off."))
    del results[3]
    found = spreads(TINY, results, "test_mse")
    assert {cell: spread.n for cell, spread in found.items()} == {(2,): 1, (4,): 1}
    assert found[2,].mean == results[2].measures["test_mse"]
    assert "kl_nats" not in measured(results)


def test_the_table_has_a_row_for_every_run(trained):
    results = {0: trained[1][0], 1: Result(reason=Sentence("It broke off."))}
    header, rows = table(TINY, results)
    rows = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["latent_dim"] for row in rows] == [2, 4, 2, 4]
    assert [row["seed"] for row in rows] == [0, 0, 1, 1]
    assert [row["status"] for row in rows] == ["finished", "failed", "missing", "missing"]
    assert [row["parameters"] for row in rows] == list(TINY.parameters)
    assert rows[0]["test_mse"] == results[0].measures["test_mse"]
    assert rows[1]["test_mse"] == rows[2]["test_mse"] == ""
    header, rows = table(Sweep(SMALL, (Axis("seed", (3, 5)),)), {})
    assert (header, [row[0] for row in rows]) == (["seed", "status"], [3, 5])


# How it runs.


def held(registry, sweep=TINY, owner="ada", results=None):
    run = SweepRun(registry, owner, sweep, results)
    registry.hold_sweep(run)
    return run


def test_a_sweep_ends_with_the_weights_that_each_run_would_have_alone(registry, trained):
    run = held(registry)
    run.start()
    wait_for(lambda: run.status is Status.FINISHED)
    assert run.missing == []
    assert run.run is None
    assert registry.load() == (0, 0)
    for number, result in run.results.items():
        ours, alone = (checkpoint.read_arrays(r.checkpoint) for r in (result, trained[1][number]))
        assert all((ours[name] == alone[name]).all() for name in alone)


def test_a_sweep_takes_one_place_and_lets_others_in_between(registry):
    long = replace(SMALL, epochs=1000)
    blocker = registry.submit("bob", long)
    wait_for(lambda: blocker.status is Status.RUNNING)
    run = held(registry, Sweep(SMALL, (Axis("seed", tuple(range(20))),)))
    run.start()
    assert registry.load() == (1, 1)
    after = registry.submit("bob", SMALL)
    registry.stop(blocker)
    wait_for(lambda: after.status is Status.FINISHED)
    assert len(run.results) <= 2
    run.stop()


def test_the_runs_of_a_sweep_count_for_no_limit_and_stand_in_no_list(registry):
    run = held(registry, Sweep(SMALL, (Axis("seed", tuple(range(15))),)))
    run.start()
    wait_for(lambda: len(run.results) > 1)
    assert registry.of("ada") == []
    assert registry.submit("ada", SMALL).number == 1
    wait_for(lambda: run.status is Status.FINISHED)
    assert len(run.results) == 15


def test_a_pause_keeps_the_run_and_a_stop_keeps_only_results(registry):
    long = Sweep(replace(SMALL, epochs=1000), (Axis("latent_dim", (2, 3)),))
    run = held(registry, long)
    assert run.status is Status.STOPPED
    run.start()
    wait_for(lambda: run.run.epoch > 0)
    assert run.seconds_left > 0
    run.pause()
    wait_for(lambda: run.run.status is Status.PAUSED)
    inner, epoch = run.run, run.run.epoch
    assert run.status is Status.PAUSED
    run.start()
    wait_for(lambda: inner.epoch > epoch)
    assert run.run is inner
    run.pause()
    run.start()
    epoch = inner.epoch
    wait_for(lambda: inner.epoch > epoch + 1)
    run.stop()
    assert (run.status, run.run, run.results) == (Status.STOPPED, None, {})
    wait_for(lambda: registry.load() == (0, 0))
    assert registry.get(inner.id) is None


def test_a_run_that_diverges_is_kept_with_its_reason_and_the_others_go_on(registry):
    hot = replace(VARIATIONAL, epochs=3, schedule="constant", batch_size=128)
    run = held(registry, Sweep(hot, (Axis("learning_rate", (1e-3, 10.0)), Axis("seed", (0, 1)))))
    run.start()
    wait_for(lambda: run.status is Status.FINISHED)
    reasons = {job.cell: run.results[job.number].reason for job in run.sweep.jobs}
    assert reasons[1e-3, 0] is reasons[1e-3, 1] is None
    assert "no longer a finite number" in reasons[10.0, 0]


def test_only_what_is_missing_is_trained(registry, trained):
    kept = {number: trained[1][number] for number in (0, 3)}
    run = held(registry, results=kept)
    assert [job.number for job in run.missing] == [1, 2]
    run.start()
    wait_for(lambda: run.status is Status.FINISHED)
    assert run.results[0] is kept[0]
    assert run.results[3] is kept[3]
    assert held(registry, results=trained[1]).status is Status.FINISHED


def test_another_sweep_of_the_same_owner_ends_the_one_before(registry):
    first = held(registry, Sweep(replace(SMALL, epochs=1000), (Axis("latent_dim", (2,)),)))
    first.start()
    wait_for(lambda: first.run.epoch > 0)
    second = held(registry)
    assert first.status is Status.STOPPED
    assert registry.sweep(second.id) is second
    assert registry.sweep(first.id) is None
    wait_for(lambda: registry.load() == (0, 0))


def test_a_sweep_is_freed_when_its_page_has_been_closed_for_long(registry):
    run = held(registry, Sweep(replace(SMALL, epochs=1000), (Axis("latent_dim", (2,)),)))
    run.start()
    registry.touch("ada")
    registry.forget_absent(60)
    assert registry.sweeps == {"ada": run}
    registry.forget_absent(-1)
    assert registry.sweeps == {}
    assert run.status is Status.STOPPED
    wait_for(lambda: registry.load() == (0, 0))


# Its file.


def zipped(files, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def saved(trained):
    """A file with a finished, a failed and a missing run, as its parts."""
    results = {0: trained[1][0], 2: trained[1][2], 1: Result(reason=Sentence("It <b>broke</b>."))}
    return sweep_file.to_bytes(TINY, results)


def test_a_file_gives_back_what_was_saved(saved, trained):
    sweep, results = sweep_file.from_bytes(saved)
    assert sweep == TINY
    assert sorted(results) == [0, 1, 2]
    assert results[0].checkpoint == trained[1][0].checkpoint
    assert results[1].reason == "It <b>broke</b>."
    index = json.loads(unzipped(saved)["sweep.json"])
    assert [run["status"] for run in index["runs"]] == ["finished", "failed", "finished", "missing"]
    assert index["runs"][0]["metrics"]["test_mse"] == results[0].measures["test_mse"]
    assert TrainConfig.from_json(index["runs"][3]["config"]) == TINY.jobs[3].config


def changed(saved, name, change):
    files = unzipped(saved)
    files[name] = change(files[name])
    return zipped(files)


def reindexed(saved, change):
    def edit(text):
        index = json.loads(text)
        change(index)
        return json.dumps(index)

    return changed(saved, "sweep.json", edit)


def with_card(content, change):
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    card = json.loads(header["__metadata__"]["card"])
    change(card)
    header["__metadata__"]["card"] = json.dumps(card)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


RUN = "run-00.safetensors"


def hostile(saved):
    """Files that must be refused, by what is wrong with them."""
    files = unzipped(saved)

    def told(name, value):
        return changed(saved, RUN, lambda c: with_card(c, lambda card: card.update({name: value})))

    def metric(name, value):
        return changed(
            saved, RUN, lambda c: with_card(c, lambda card: card["metrics"].update({name: value}))
        )

    return {
        "empty": b"",
        "no zip": b"PK but no zip",
        "cut short": saved[: len(saved) // 2],
        "a flipped byte": saved[:2000] + bytes([saved[2000] ^ 255]) + saved[2001:],
        "no index": zipped({RUN: files[RUN]}),
        "index no json": changed(saved, "sweep.json", lambda _: b"{"),
        "index nested": changed(saved, "sweep.json", lambda _: b"[" * 100_000),
        "index a list": changed(saved, "sweep.json", lambda _: b"[]"),
        "another format": reindexed(saved, lambda i: i.update(format="autoencoder-lab-sweep/9")),
        "too few runs": reindexed(saved, lambda i: i["runs"].pop()),
        "runs no list": reindexed(saved, lambda i: i.update(runs=7)),
        "a run no object": reindexed(saved, lambda i: i["runs"].__setitem__(0, 7)),
        "an empty reason": reindexed(saved, lambda i: i["runs"][1].update(reason=" ")),
        "a reason no text": reindexed(saved, lambda i: i["runs"][1].update(reason=[])),
        "a missing model": reindexed(saved, lambda i: i["runs"][3].update(status="finished")),
        "too many runs": reindexed(
            saved, lambda i: i["sweep"]["axes"][0].update(values=list(range(1, 1000)))
        ),
        "a bad setting": reindexed(saved, lambda i: i["sweep"]["base"].update(epochs=-1)),
        "another sweep": reindexed(saved, lambda i: i["sweep"]["base"].update(epochs=2)),
        "swapped models": zipped({**files, RUN: files["run-02.safetensors"]}),
        "a model no model": changed(saved, RUN, lambda _: b"no model"),
        "a bomb": zipped(
            {**files, "x": bytes(sweep_file.MAX_CONTENT)}, compression=zipfile.ZIP_DEFLATED
        ),
        "a bomb of an index": zipped(
            {**files, "sweep.json": b" " * (2 * sweep_file.MAX_INDEX)},
            compression=zipfile.ZIP_DEFLATED,
        ),
        "too many files": zipped({**files, **{f"{i}": b"" for i in range(70)}}),
        "bzip2": zipped(files, compression=zipfile.ZIP_BZIP2),
        "lzma": zipped(files, compression=zipfile.ZIP_LZMA),
        "metrics not finite": metric("test_mse", math.inf),
        "no loss": metric(LOSS, math.nan),
        "a loss no number": metric(LOSS, "much"),
        "seconds not finite": told("seconds", math.nan),
        "an unknown dataset": told("dataset", "../../etc"),
    }


def test_hostile_files_are_refused_with_a_sentence(saved):
    for name, content in hostile(saved).items():
        refused = pytest.raises(CheckpointError, match="This file is no sweep of this lab")
        with refused, contextlib.ExitStack() as stack:
            stack.callback(print, name)
            sweep_file.from_bytes(content)


def test_a_size_that_a_file_lies_about_is_no_way_in(saved):
    # The directory of the file says that the index is short; more of it is not read.
    files = unzipped(saved)
    content = bytearray(
        zipped({**files, "sweep.json": b" " * 5_000_000}, compression=zipfile.ZIP_DEFLATED)
    )
    place = content.rindex(b"sweep.json") - 46
    content[place + 24 : place + 28] = struct.pack("<I", 1000)
    with pytest.raises(CheckpointError):
        sweep_file.from_bytes(bytes(content))


def test_names_that_point_elsewhere_are_never_used(saved, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = unzipped(saved)
    sweep_file.from_bytes(zipped({**files, "../../evil": b"x", "/evil": b"x"}))
    assert list(tmp_path.rglob("*")) == []
