"""Model files: what comes back, and what is refused with a sentence."""

import json
import pickle
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from safetensors.numpy import save as save_arrays

from aecore import checkpoint
from aecore.config import ModelConfig, NoiseConfig, TrainConfig
from aecore.messages import CheckpointError
from aecore.metrics import Metrics
from aecore.models import build
from aecore.training import Trainer

CPU = torch.device("cpu")
CONFIG = TrainConfig(
    ModelConfig("mlp", variational=True, hidden=(16, 8), latent_dim=3, beta=2.0),
    "digits",
    epochs=1,
    noise=NoiseConfig("gaussian", 0.2),
    precision="float32",
)


@pytest.fixture(scope="module")
def trained(digits):
    """A trained model and its card."""
    trainer = Trainer(CONFIG, digits, device=CPU, watch=False)
    *_, end = trainer.run()
    return trainer.model, trainer.card(end.metrics, "mine")


@pytest.fixture(scope="module")
def content(trained):
    return checkpoint.to_bytes(*trained)


def parts(content):
    """The arrays and the card of a file, to be changed and put together again."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    return checkpoint.read_arrays(content), json.loads(header["__metadata__"]["card"])


def together(arrays, card):
    return save_arrays(arrays, {"card": card if isinstance(card, str) else json.dumps(card)})


def with_header(header, rest=b""):
    return len(header).to_bytes(8, "little") + header + rest


def assert_refused(content, *words):
    with pytest.raises(CheckpointError) as caught:
        checkpoint.load(content)
    said = str(caught.value)
    assert said[0].isupper() or said[0] == "“"
    assert "\n" not in said
    for word in words:
        assert word in said


def test_weights_come_back_bit_by_bit(trained, content):
    model, _ = trained
    again, _ = checkpoint.load(content)
    for name, value in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name


def test_the_card_comes_back(trained, content):
    _, card = trained
    assert checkpoint.load(content)[1] == checkpoint.read_card(content) == card
    assert card.config == CONFIG


def test_the_loaded_model_gives_the_same_answers(trained, content, digits):
    model, _ = trained
    again, _ = checkpoint.load(content)
    x = digits.test.pictures()
    assert not again.training
    assert torch.equal(again.decode(again.encode(x)), model.decode(model.encode(x)))


def test_a_loaded_model_can_be_trained_further(content, digits):
    again, _ = checkpoint.load(content)
    again(digits.test.pictures()).loss.backward()
    assert all(p.grad is not None for p in again.parameters())


def test_half_precision_is_close_and_half_as_large(trained, content):
    model, card = trained
    half = checkpoint.to_bytes(model, card, half=True)
    assert len(half) - 2500 < len(content) / 2
    again, _ = checkpoint.load(half)
    for name, value in model.state_dict().items():
        read = again.state_dict()[name]
        assert read.dtype == torch.float32
        torch.testing.assert_close(read, value, rtol=2**-11, atol=2**-24)


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig("linear", latent_dim=1),
        ModelConfig("mlp", hidden=(), code_activation="sigmoid", latent_dim=36),
        ModelConfig("conv", hidden=(12,), channels=2),
        ModelConfig("conv", variational=True, hidden=(), channels=2, likelihood="bernoulli"),
    ],
)
def test_every_family_survives_its_file(trained, config):
    model = build(config)
    settings = TrainConfig(config)
    card = replace(trained[1], config=settings, parameters=model.parameter_count())
    again, read = checkpoint.load(checkpoint.to_bytes(model, card))
    assert read.config == settings
    assert all(
        torch.equal(a, b) for a, b in zip(again.parameters(), model.parameters(), strict=True)
    )


def test_a_saved_file_is_an_ordinary_safetensors_file(trained, tmp_path):
    model, card = trained
    file = tmp_path / "model.safetensors"
    checkpoint.save(file, model, card)
    assert [f.name for f in tmp_path.iterdir()] == ["model.safetensors"]
    arrays = load_file(file)
    assert set(arrays) == set(model.state_dict())
    np.testing.assert_array_equal(arrays["encoder.1.bias"], model.encoder[1].bias.detach().numpy())
    assert checkpoint.load(file)[1] == card


def test_a_file_in_the_way_is_replaced_whole(trained, content, tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"something else")
    checkpoint.save(file, *trained)
    assert file.read_bytes() == content


def test_a_place_that_cannot_be_written_is_named(trained, tmp_path):
    with pytest.raises(CheckpointError, match="nowhere"):
        checkpoint.save(tmp_path / "nowhere" / "model.safetensors", *trained)


def test_a_card_of_part_of_an_epoch_can_be_read(trained, content):
    arrays, card = parts(content)
    assert checkpoint.load(together(arrays, {**card, "epochs": 0.437}))[1].epochs == 0.437


@pytest.mark.parametrize("share", [0, 0.0001, 0.01, 0.3, 0.9, 0.99999])
def test_a_truncated_file_is_refused(content, share):
    cut = content[: int(len(content) * share)]
    assert_refused(cut, "cut short")


def test_every_cut_within_the_header_is_refused(content):
    length = int.from_bytes(content[:8], "little")
    for end in range(0, 8 + length, 37):
        assert_refused(content[:end])


def test_bytes_too_many_are_refused(content):
    assert_refused(content + b"\0")


@pytest.mark.parametrize("length", [0, 1, 2**20 + 1, 2**40, 2**64 - 1])
def test_a_header_of_an_absurd_length_is_refused(content, length):
    assert_refused(length.to_bytes(8, "little") + content[8:], "safetensors")


def test_a_header_of_a_megabyte_is_refused_before_it_is_read():
    assert_refused(with_header(b"{}" + b" " * 2**20), "safetensors")


class Bomb:
    """Ends the tests if it is unpickled."""

    def __reduce__(self):
        return sys.exit, ("unpickled",)


@pytest.mark.parametrize(
    "other",
    [
        pickle.dumps(Bomb()),
        pickle.dumps({"weights": [0.0] * 500}),
        b"PK\x03\x04" + bytes(500),
        b"\x89PNG\r\n\x1a\n" + bytes(500),
        b"<!DOCTYPE html><html></html>",
    ],
    ids=["bomb", "pickle", "zip", "png", "html"],
)
def test_a_file_of_another_kind_is_refused(other):
    assert_refused(other, "safetensors")


def test_a_torch_file_is_refused(trained, tmp_path):
    torch.save(trained[0].state_dict(), tmp_path / "model.pt")
    assert_refused(tmp_path / "model.pt", "safetensors")


def test_safetensors_without_a_card_are_refused(content):
    arrays, _ = parts(content)
    assert_refused(save_arrays(arrays), "no card")
    assert_refused(save_arrays(arrays, {"format": "pt"}), "no card")


@pytest.mark.parametrize(
    "card", ["", "{", "null", "3", "[]", '"card"', "{}", "[" * 100_000, '{"format": "other/1"}']
)
def test_a_card_of_another_form_is_refused(content, card):
    assert_refused(together(parts(content)[0], card), "This file")


@pytest.mark.parametrize(
    "header", [b"[]", b"{}", b"null", b"[" * 100_000, b'{"__metadata__": 3}', b"\xff\xfe{}"]
)
def test_a_header_of_another_form_is_refused(header):
    assert_refused(with_header(header), "no card")


def test_a_card_of_a_later_format_is_refused(content):
    arrays, card = parts(content)
    assert_refused(together(arrays, {**card, "format": "autoencoder-lab/2"}), checkpoint.FORMAT)


@pytest.mark.parametrize("name", ["config", "dataset", "metrics", "parameters", "versions"])
def test_a_card_without_one_of_its_values_is_refused(content, name):
    arrays, card = parts(content)
    del card[name]
    assert_refused(together(arrays, card), "not complete")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("surprise", 1),
        ("parameters", "many"),
        ("seconds", None),
        ("epochs", "all"),
        ("metrics", [1, 2]),
        ("versions", "new"),
        ("dataset", 5),
        ("name", {}),
    ],
)
def test_a_card_with_a_value_of_another_kind_is_refused(content, name, value):
    arrays, card = parts(content)
    assert_refused(together(arrays, {**card, name: value}), "not complete")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("epochs", 0), ("learning_rate", 10**400), ("model", None), ("optimizer", "sgd")],
)
def test_a_card_with_a_bad_config_says_which_setting(content, setting, value):
    arrays, card = parts(content)
    card["config"][setting] = value
    assert_refused(together(arrays, card), "not valid", f"“{setting}”")


def test_a_card_of_another_model_is_refused(content):
    arrays, card = parts(content)
    card["config"]["model"]["latent_dim"] = 4
    assert_refused(together(arrays, card), "promises")


def test_a_card_with_another_number_of_parameters_is_refused(content):
    arrays, card = parts(content)
    assert_refused(together(arrays, {**card, "parameters": card["parameters"] + 1}), "promises")


def test_a_card_that_promises_a_huge_model_is_refused_before_it_is_made(content):
    arrays, card = parts(content)
    card["config"]["model"].update(network="mlp", hidden=[4096] * 6, latent_dim=1568)
    assert_refused(together(arrays, card), "promises")


def changed(arrays, change):
    first = "encoder.1.weight"
    if change == "missing":
        arrays.pop(first)
    elif change == "extra":
        arrays["extra"] = np.zeros(3, np.float32)
    elif change == "empty":
        arrays["extra"] = np.zeros(0, np.float32)
    elif change == "renamed":
        arrays["encoder.1.w"] = arrays.pop(first)
    elif change == "transposed":
        arrays[first] = np.ascontiguousarray(arrays[first].T)
    elif change == "flat":
        arrays[first] = arrays[first].ravel()
    return arrays


@pytest.mark.parametrize("change", ["missing", "extra", "empty", "renamed", "transposed", "flat"])
def test_tensors_other_than_promised_are_refused(content, change):
    arrays, card = parts(content)
    assert_refused(together(changed(arrays, change), card), "promises")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(content, value):
    arrays, card = parts(content)
    arrays["decoder.0.bias"][2] = value
    assert_refused(together(arrays, card), "decoder.0.bias", "finite")


@pytest.mark.parametrize("kind", [np.float64, np.int32, np.bool_])
def test_weights_of_another_kind_are_refused(content, kind):
    arrays, card = parts(content)
    arrays["decoder.0.bias"] = arrays["decoder.0.bias"].astype(kind)
    assert_refused(together(arrays, card), "decoder.0.bias")


def test_weights_in_bfloat16_are_refused_not_misread(content):
    arrays, card = parts(content)
    from safetensors.torch import save

    tensors = {name: torch.from_numpy(array).bfloat16() for name, array in arrays.items()}
    assert_refused(save(tensors, {"card": json.dumps(card)}))


def test_damaged_bytes_never_end_in_another_error(content):
    """Overwrite the header at random; each file is refused with a sentence or read."""
    rng = np.random.default_rng(0)
    length = int.from_bytes(content[:8], "little")
    refused = 0
    for _ in range(300):
        damaged = bytearray(content)
        for at in rng.integers(0, 8 + length, 2):
            damaged[at] = rng.integers(256)
        try:
            checkpoint.load(bytes(damaged))
        except CheckpointError:
            refused += 1
    assert refused > 200


def test_a_missing_file_is_named(tmp_path):
    assert_refused(tmp_path / "none.safetensors", "none.safetensors", "No such file")


def test_a_folder_is_not_a_model(tmp_path):
    assert_refused(tmp_path, tmp_path.name)


def test_a_file_larger_than_any_model_is_not_read(tmp_path):
    file = tmp_path / "large.safetensors"
    with file.open("wb") as stream:
        stream.truncate(checkpoint.MAX_BYTES + 1)
    assert_refused(file, "larger")


def test_reading_without_a_model_does_not_import_torch(content, tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    script = (
        "import sys; from pathlib import Path; from aecore import checkpoint\n"
        "file = Path(sys.argv[1])\n"
        "card, arrays = checkpoint.read_card(file), checkpoint.read_arrays(file)\n"
        "print(card.name, sum(a.size for a in arrays.values()), 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["mine", str(checkpoint.read_card(content).parameters), "False"]


def test_a_card_holds_every_measure_that_a_page_shows(content):
    assert set(checkpoint.METRICS) == {field.name for field in fields(Metrics)}
    for name in checkpoint.METRICS:
        arrays, card = parts(content)
        del card["metrics"][name]
        if name in checkpoint.LATER_METRICS:
            assert checkpoint.load(together(arrays, card))[1].metrics[name] is None
        else:
            assert_refused(together(arrays, card), "card")
        arrays, card = parts(content)
        card["metrics"][name] = "many"
        assert_refused(together(arrays, card), "card")
