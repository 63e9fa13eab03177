"""The command line: its exit status, its one line of trouble, its one line of JSON."""

import csv
import json
import os
import subprocess
import sys

import pytest
import torch

from aecore import checkpoint, library, sweep_file, training
from aecore.cli import main
from aecore.config import NoiseConfig, TrainConfig
from aecore.gan import file
from aecore.gan.config import GanConfig, GanTrainConfig

SMALL = ("--dataset", "digits", "--epochs", "1", "--precision", "float32")
MEASURES = {
    *("test_mse", "psnr", "recon_nats", "kl_nats", "elbo_nats", "active_units"),
    *("parameters", "seconds", "dataset", "latent_dim"),
}


@pytest.fixture(autouse=True)
def _on_the_processor(monkeypatch):
    monkeypatch.setattr(training, "best_device", lambda: torch.device("cpu"))


@pytest.fixture
def aecore(capsys):
    """Run a command: (exit status, standard output, standard error)."""

    def run(*arguments):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = end.code
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def out(tmp_path):
    return tmp_path / "model.safetensors"


def last_line(text):
    return json.loads(text.splitlines()[-1])


@pytest.mark.parametrize(
    "model",
    [
        ("linear", "--latent-dim", "5"),
        ("mlp", "--hidden", "32,16", "--noise", "gaussian:0.3"),
        ("mlp", "--variational", "--hidden", "32", "--beta", "2"),
        ("conv", "--channels", "2", "--variational", "--noise", "masking:0.2"),
        ("mlp", "--hidden", "32", "--classes", "1"),
        ("mlp", "--variational", "--conditional", "--hidden", "16", "--kl-warm-up", "0.5"),
        ("mlp", "--variational", "--hidden", "16", "--importance-samples", "3", "--binarize"),
        ("mlp", "--hidden", "16", "--latent-dim", "2", "--adversary", "mixture:5:labels"),
        ("conv", "--channels", "2", "--latent-dim", "98", "--codebook", "8:0.5:0.9"),
    ],
    ids=[
        *("linear", "denoising", "vae", "conv-vae", "one-class"),
        *("conditional", "importance", "adversarial", "quantized"),
    ],
)
def test_evaluate_prints_what_train_printed(aecore, out, model):
    status, printed, progress = aecore("train", "--model", *model, *SMALL, "--out", out)
    assert status == 0
    assert "100%" in progress
    assert len(printed.splitlines()) == 1
    trained = last_line(printed)
    assert set(trained) >= MEASURES

    status, printed, silence = aecore("evaluate", out)
    assert (status, silence) == (0, "")
    measured = last_line(printed)
    # One is of training, the other of measuring.
    del measured["seconds"], trained["seconds"]
    assert measured == trained


def test_what_train_prints_is_what_the_file_holds(aecore, out):
    _, printed, _ = aecore("train", "--model", "linear", "--latent-dim", 3, *SMALL, "--out", out)
    model, card = checkpoint.load(out)
    said = last_line(printed)
    assert said["parameters"] == model.parameter_count() == 1569 * 3 + 784
    assert (said["latent_dim"], said["dataset"]) == (3, "digits")
    assert said["kl_nats"] is said["elbo_nats"] is None
    assert said["test_mse"] == card.metrics["test_mse"]
    assert (card.name, card.epochs) == ("model", 1)


def test_every_option_reaches_the_config(aecore, out):
    status, _, _ = aecore(
        *("train", "--model", "conv", "--variational", "--dataset", "digits"),
        *("--classes", "8,3"),
        *("--latent-dim", 7, "--hidden", "9,8", "--activation", "tanh", "--channels", 2),
        *("--epochs", 2, "--batch-size", 400, "--lr", 0.003, "--schedule", "constant"),
        *("--beta", 0.5, "--likelihood", "laplace", "--noise", "salt-pepper:0.2"),
        *("--pixel-mean", "--seed", 11, "--precision", "float32", "--out", out),
    )
    assert status == 0
    expected = {
        "model": {
            "network": "conv",
            "variational": True,
            "latent_dim": 7,
            "hidden": [9, 8],
            "activation": "tanh",
            "channels": 2,
            "likelihood": "laplace",
            "beta": 0.5,
            "pixel_mean": True,
        },
        "dataset": "digits",
        "classes": [3, 8],
        "epochs": 2,
        "batch_size": 400,
        "learning_rate": 0.003,
        "schedule": "constant",
        "noise": {"kind": "salt-pepper", "level": 0.2},
        "seed": 11,
        "precision": "float32",
    }
    assert checkpoint.read_card(out).config == TrainConfig.from_json(expected)


@pytest.mark.parametrize(
    ("arguments", "hidden", "likelihood"),
    [
        (("mlp",), (512,), "gaussian"),
        (("mlp", "--hidden", "none", "--code-activation", "sigmoid"), (), "gaussian"),
        (("mlp", "--variational"), (512,), "bernoulli"),
        (("conv", "--channels", "1"), (), "gaussian"),
    ],
)
def test_what_is_left_out_fits_the_model(aecore, out, arguments, hidden, likelihood):
    status, _, _ = aecore("train", "--model", *arguments, *SMALL, "--out", out)
    model = checkpoint.read_card(out).config.model
    assert (status, model.hidden, model.likelihood) == (0, hidden, likelihood)


def test_noise_without_a_level_is_level_zero(aecore, out):
    aecore("train", "--model", "linear", *SMALL, "--noise", "masking", "--out", out)
    assert checkpoint.read_card(out).config.noise == NoiseConfig("masking", 0)


def train(*more):
    return ("train", "--model", "mlp", *SMALL, "--out", "never.safetensors", *more)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "command"),
        (("swim",), "swim"),
        (("train",), "--model"),
        (("train", "--model", "mlp"), "--out"),
        (train("--model", "gan"), "gan"),
        (train("--dataset", "imagenet"), "imagenet"),
        (train("--latent-dim", "0"), "latent_dim"),
        (train("--latent-dim", "1569"), "latent_dim"),
        (train("--latent-dim", "two"), "two"),
        (train("--hidden", "512,wide"), "512,wide"),
        (train("--hidden", "512,"), "512,"),
        (train("--hidden", "0"), "hidden"),
        (train("--epochs", "0"), "epochs"),
        (train("--batch-size", "-3"), "batch_size"),
        (train("--lr", "nan"), "learning_rate"),
        (train("--lr", "0"), "learning_rate"),
        (train("--beta", "-1"), "beta"),
        (train("--noise", "fog:1"), "fog"),
        (train("--noise", "gaussian:much"), "gaussian:much"),
        (train("--noise", "masking:1.5"), "1.5"),
        (train("--seed", "-1"), "seed"),
        (train("--adversary", "square"), "square"),
        (train("--adversary", "gaussian:much"), "gaussian:much"),
        (train("--adversary", "gaussian:1:names"), "names"),
        (train("--codebook", "many"), "many"),
        (train("--codebook", "1"), "num_embeddings"),
        (train("--codebook", "8:1:0.9:3"), "8:1:0.9:3"),
        (train("--codebook", "8"), "convolutional"),
        (train("--conditional"), "conditional"),
        (train("--precision", "float8"), "float8"),
        (train("--speed", "9"), "--speed"),
        (train("--model", "linear", "--variational"), "variational"),
        (train("--variational", "--code-activation", "tanh"), "activation"),
        (train("--out", "no-such-folder/model.safetensors"), "no-such-folder"),
        (train("--out", "."), "folder"),
        (("evaluate",), "file"),
        (("evaluate", "none.safetensors"), "none.safetensors"),
        (("evaluate", "."), "."),
        (("pretrain", "mlp-d9999"), "mlp-d9999"),
        (("pretrain", "--out", "no-such-folder"), "no-such-folder"),
        (("data", "imagenet"), "imagenet"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_bad_argument_ends_with_one_line_and_status_2(
    aecore, monkeypatch, tmp_path, arguments, named
):
    monkeypatch.chdir(tmp_path)
    status, printed, trouble = aecore(*arguments)
    assert (status, printed) == (2, "")
    assert len(trouble.splitlines()) == 1
    assert trouble.startswith("aecore")
    assert named in trouble
    assert list(tmp_path.iterdir()) == []


def test_a_missing_dataset_ends_with_one_line_and_status_2(aecore, out, monkeypatch, tmp_path):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    command = ("train", "--model", "linear", "--precision", "float32", "--out", out)
    status, printed, trouble = aecore(*command)
    assert (status, printed) == (2, "")
    assert len(trouble.splitlines()) == 1
    assert "mnist" in trouble


def test_a_damaged_file_ends_with_one_line_and_status_2(aecore, out):
    aecore("train", "--model", "linear", *SMALL, "--out", out)
    out.write_bytes(out.read_bytes()[:-1])
    status, printed, trouble = aecore("evaluate", out)
    assert (status, printed) == (2, "")
    assert "cut short" in trouble


def test_a_diverging_run_says_so_and_leaves_a_model_that_loads(aecore, out):
    status, printed, trouble = aecore(
        *("train", "--model", "mlp", "--variational", "--hidden", 16, *SMALL),
        *("--lr", 10, "--schedule", "constant", "--out", out),
    )
    assert (status, printed) == (2, "")
    assert "no longer a finite number" in trouble.splitlines()[-1]
    assert checkpoint.load(out)


def test_an_interruption_ends_without_a_traceback(aecore, out, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training.Trainer, "run", interrupt)
    status, printed, trouble = aecore("train", "--model", "linear", *SMALL, "--out", out)
    assert (status, printed) == (130, "")
    assert trouble.strip() == "aecore: interrupted"
    assert not out.exists()


def test_data_says_what_is_at_hand(aecore, monkeypatch, tmp_path):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    status, printed, _ = aecore("data", "digits")
    said = last_line(printed)
    assert (status, said["folder"]) == (0, str(tmp_path))
    expected = {"mnist": False, "fashion-mnist": False, "kmnist": False, "digits": True}
    assert said["at_hand"] == expected


@pytest.fixture
def small_library(tmp_path, monkeypatch):
    """A folder ``pretrained`` with a manifest of two small models."""
    common = {"dataset": "digits", "epochs": 1, "precision": "float32"}
    entries = {
        "linear-d2": {"model": {"network": "linear", "latent_dim": 2}, **common},
        "vae-mlp-d3": {
            "model": {"network": "mlp", "variational": True, "hidden": [8], "latent_dim": 3},
            **common,
        },
    }
    settings = {name: TrainConfig.from_json(entry) for name, entry in entries.items()}
    listed = {kind: {} for kind in library.MANIFESTS} | {TrainConfig: settings}
    monkeypatch.setattr(library, "manifest", lambda kind=TrainConfig: listed[kind])
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    return listed


def test_pretrain_makes_a_gan_and_keeps_its_generator(aecore, small_library):
    model = GanConfig(network="mlp", latent_dim=2, width=8)
    settings = GanTrainConfig(model, dataset="digits", epochs=1)
    small_library[GanTrainConfig]["gan-d2"] = settings
    _, printed, _ = aecore("pretrain", "gan-d2")
    assert list(last_line(printed)) == ["gan-d2"]
    gan, card = file.load(library.path("gan-d2"))
    assert gan.critic is None
    assert (card.name, card.config) == ("gan-d2", settings)


def test_a_gan_is_trained_and_written(aecore, tmp_path):
    out = tmp_path / "gan.safetensors"
    _, printed, _ = aecore(
        "gan", "--network", "mlp", "--width", "8", "--latent-dim", "2", "--dataset", "digits",
        "--epochs", "1", "--out", out,
    )  # fmt: skip
    gan, card = file.load(out)
    assert gan.critic is not None
    assert last_line(printed)["frechet"] == card.fidelity.frechet


def test_pretrain_makes_the_files_of_the_manifest(aecore, small_library):
    status, printed, _ = aecore("pretrain")
    assert status == 0
    assert library.available() == list(last_line(printed)) == ["linear-d2", "vae-mlp-d3"]
    for name, settings in library.manifest().items():
        card = checkpoint.read_card(library.path(name))
        assert (card.name, card.config) == (name, settings)


def test_the_metrics_of_a_pretrained_model_are_those_of_its_rounded_weights(aecore, small_library):
    _, printed, _ = aecore("pretrain", "vae-mlp-d3")
    promised = last_line(printed)["vae-mlp-d3"]
    _, printed, _ = aecore("evaluate", library.path("vae-mlp-d3"))
    measured = last_line(printed)
    assert promised.pop("seconds") != measured.pop("seconds")
    assert promised == measured


def test_pretrain_makes_only_what_is_asked_for(aecore, small_library):
    aecore("pretrain", "linear-d2")
    assert library.available() == ["linear-d2"]
    _, printed, _ = aecore("pretrain", "--missing")
    assert list(last_line(printed)) == ["vae-mlp-d3"]
    _, printed, _ = aecore("pretrain", "--missing")
    assert last_line(printed) == {}


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "aecore", *train("--latent-dim", "0")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("aecore: “latent_dim” must be a whole number from 1 to 1568")
    assert len(done.stderr.splitlines()) == 1


def test_regularisers_reach_the_config_and_the_head_is_measured(aecore, out):
    status, printed, _ = aecore(
        *("train", "--model", "mlp", "--latent-dim", 6, "--hidden", "none", *SMALL),
        *("--code-activation", "sigmoid", "--penalty", "l1:0.5:0.25", "--penalty", "labels:3"),
        *("--penalty", "activity:2", "--rho", 0.1, "--out", out),
    )
    assert status == 0
    model = checkpoint.load(out)[1].config.model
    found = {p.kind: (p.weight, p.rho, p.warm_up) for p in model.penalties}
    assert found == {"l1": (0.5, 0.1, 0.25), "labels": (3, 0.1, 0), "activity": (2, 0.1, 0)}
    said = last_line(printed)
    assert 0 < said["label_accuracy"] <= 1
    assert last_line(aecore("evaluate", out)[1])["label_accuracy"] == said["label_accuracy"]


def test_the_k_of_a_sparse_code_reaches_the_config(aecore, out):
    sparse = ("--code-activation", "k-sparse", "--k", 3, "--k-anneal", 0.2)
    status, printed, _ = aecore(
        *("train", "--model", "mlp", "--latent-dim", 9, *sparse, *SMALL, "--out", out)
    )
    assert status == 0
    model = checkpoint.load(out)[1].config.model
    assert (model.code_activation, model.k, model.k_anneal) == ("k-sparse", 3, 0.2)
    assert last_line(printed)["label_accuracy"] is None


@pytest.mark.parametrize(
    ("penalty", "word"),
    [
        ("l1", "KIND:WEIGHT"),
        ("l1:much", "KIND:WEIGHT"),
        ("l1:1:0.5:3", "KIND:WEIGHT"),
        ("l3:1", "l3"),
        ("l1:-1", "weight"),
        ("l1:1:2", "warm_up"),
    ],
)
def test_a_bad_penalty_is_one_clear_line(aecore, out, penalty, word):
    status, printed, said = aecore(
        *("train", "--model", "mlp", "--penalty", penalty, *SMALL, "--out", out)
    )
    assert (status, printed) == (2, "")
    assert word in said
    assert len(said.splitlines()) == 1
    assert not out.exists()


def swept(*more):
    return ("sweep", "--model", "mlp", "--dataset", "digits", "--hidden", "16", "--epochs", "1",
            "--batch-size", "512", *more)  # fmt: skip


def test_a_sweep_writes_a_file_and_a_table_and_trains_only_what_is_missing(aecore, tmp_path):
    file = tmp_path / "sweep.zip"
    asked = swept("--axis", "latent_dim=2,4", "--seeds", "2", "--out", str(file))
    status, printed, _ = aecore(*asked)
    runs = last_line(printed)["runs"]
    assert status == 0
    assert [(run["latent_dim"], run["seed"]) for run in runs] == [(2, 0), (4, 0), (2, 1), (4, 1)]
    sweep, results = sweep_file.from_bytes(file.read_bytes())
    for job, run in zip(sweep.jobs, runs, strict=True):
        assert results[job.number].measures["test_mse"] == run["test_mse"]
    with (tmp_path / "sweep.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert [float(row["test_mse"]) for row in rows] == [run["test_mse"] for run in runs]
    kept = {number: result for number, result in results.items() if number != 1}
    file.write_bytes(sweep_file.to_bytes(sweep, kept))
    _, printed, said = aecore(*asked)
    assert [run["test_mse"] for run in last_line(printed)["runs"]] == [r["test_mse"] for r in runs]
    assert "2/4 latent_dim-4-seed-0" in said
    assert "1/4" not in said


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--axis", "depth=1,2"), "depth"),
        (("--axis", "latent_dim"), "value"),
        (("--axis", "latent_dim=2,x"), "x"),
        (("--axis", "latent_dim=0"), "latent_dim"),
        (("--axis", "beta=1,2"), "beta"),
        (("--axis", "latent_dim=2", "--seeds", "9"), "seeds"),
        (("--axis", "latent_dim=2", "--axis", "latent_dim=4"), "setting"),
    ],
)
def test_a_bad_sweep_is_one_clear_line(aecore, tmp_path, arguments, word):
    status, _, said = aecore(*swept(*arguments, "--out", str(tmp_path / "sweep.zip")))
    assert status == 2
    assert len(said.strip().splitlines()) == 1
    assert word in said


def test_the_file_of_another_sweep_is_left_alone(aecore, tmp_path):
    file = tmp_path / "sweep.zip"
    aecore(*swept("--axis", "latent_dim=2", "--out", str(file)))
    before = file.read_bytes()
    status, _, said = aecore(*swept("--axis", "latent_dim=3", "--out", str(file)))
    assert status == 2
    assert "another sweep" in said
    assert file.read_bytes() == before
