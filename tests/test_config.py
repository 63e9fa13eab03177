"""Settings: what is accepted, what is refused, and the way through JSON."""

import json
import math
from dataclasses import FrozenInstanceError

import pytest

from aecore.config import (
    AdversaryConfig,
    ModelConfig,
    NoiseConfig,
    PenaltyConfig,
    QuantizerConfig,
    TrainConfig,
)
from aecore.messages import ConfigError, Sentence

CONFIGS = [
    TrainConfig(),
    TrainConfig(ModelConfig("linear", latent_dim=1568), dataset="digits", schedule="constant"),
    TrainConfig(ModelConfig("mlp", hidden=(), code_activation="sigmoid", latent_dim=36)),
    TrainConfig(ModelConfig("conv", variational=True, hidden=(64, 32), channels=8, beta=4.0)),
    TrainConfig(noise=NoiseConfig("gaussian", 1.5), seed=7, precision="float32"),
    TrainConfig(classes=(3, 8), epochs=2),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_a_config_survives_json(config):
    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_missing_settings_take_their_defaults():
    config = TrainConfig.from_json({"model": {"latent_dim": 5}})
    assert config == TrainConfig(ModelConfig(latent_dim=5))


def test_reading_leaves_the_json_as_it_was():
    data = {"model": {"hidden": [8]}, "noise": {"kind": "masking", "level": 0.1}}
    TrainConfig.from_json(data)
    assert data == {"model": {"hidden": [8]}, "noise": {"kind": "masking", "level": 0.1}}


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"modle": {}}, "modle"),
        ({"model": {"width": 3}}, "width"),
        ({"noise": {"sigma": 3}}, "sigma"),
        ({"model": [1, 2]}, "model"),
        ({"noise": None}, "noise"),
        ([], "config"),
        (None, "config"),
    ],
)
def test_json_of_another_form_is_refused_by_name(data, named):
    with pytest.raises(ConfigError, match=f"“{named}”"):
        TrainConfig.from_json(data)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("network", "transformer"),
        ("network", ["mlp"]),
        ("activation", "none"),
        ("code_activation", "gelu"),
        ("likelihood", "poisson"),
        ("variational", 1),
        ("latent_dim", 0),
        ("latent_dim", 1569),
        ("latent_dim", 2.0),
        ("latent_dim", True),
        ("latent_dim", "32"),
        ("channels", 257),
        ("beta", -0.1),
        ("beta", math.nan),
        ("beta", math.inf),
        ("beta", 10**400),
        ("beta", False),
        ("hidden", 512),
        ("hidden", "512"),
        ("hidden", (512, 0)),
        ("hidden", (4097,)),
        ("hidden", (8,) * 7),
    ],
)
def test_a_bad_model_setting_is_refused_by_name(setting, value):
    with pytest.raises(ConfigError, match=f"“{setting}”"):
        ModelConfig(**{setting: value})


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("dataset", "imagenet"),
        ("epochs", 0),
        ("epochs", 1001),
        ("batch_size", 0),
        ("learning_rate", 0),
        ("learning_rate", 10.5),
        ("learning_rate", "fast"),
        ("schedule", "cosine"),
        ("seed", -1),
        ("seed", 2**31),
        ("precision", "float64"),
        ("model", {"latent_dim": 3}),
        ("classes", (10,)),
        ("classes", (-1,)),
        ("classes", (3, 3)),
        ("classes", (True,)),
        ("classes", ("3",)),
        ("classes", 3),
        ("classes", "3"),
    ],
)
def test_a_bad_training_setting_is_refused_by_name(setting, value):
    with pytest.raises(ConfigError, match=f"“{setting}”"):
        TrainConfig(**{setting: value})


@pytest.mark.parametrize(
    ("kind", "level"),
    [("fog", 0.1), ("blur", 4.1), ("masking", 1.1), ("random", -0.1), ("gaussian", 2.1)],
)
def test_a_bad_noise_is_refused(kind, level):
    with pytest.raises(ConfigError, match="noise"):
        NoiseConfig(kind, level)


def test_gaussian_noise_may_be_stronger_than_a_share():
    assert NoiseConfig("gaussian", 2).level == 2


@pytest.mark.parametrize(
    "settings",
    [
        {"network": "linear", "variational": True},
        {"network": "linear", "likelihood": "bernoulli"},
        {"network": "linear", "code_activation": "sigmoid"},
        {"variational": True, "code_activation": "tanh"},
    ],
)
def test_settings_that_exclude_each_other_are_refused(settings):
    with pytest.raises(ConfigError):
        ModelConfig(**settings)


def test_classes_are_sorted_and_all_of_them_are_as_none():
    assert TrainConfig(classes=[8, 3]) == TrainConfig(classes=(3, 8))
    assert TrainConfig(classes=tuple(range(10))) == TrainConfig()


def test_a_config_written_before_there_were_classes_is_read():
    data = TrainConfig(seed=3).to_json()
    del data["classes"]
    assert TrainConfig.from_json(data) == TrainConfig(seed=3)


def test_the_linear_model_has_no_hidden_layers():
    assert ModelConfig("linear", hidden=(512, 256)) == ModelConfig("linear", hidden=())


def test_a_list_of_widths_makes_the_same_config_as_a_tuple():
    assert hash(ModelConfig(hidden=[64, 32])) == hash(ModelConfig(hidden=(64, 32)))


def test_a_config_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        TrainConfig().epochs = 3


def test_another_latent_dim_changes_nothing_else():
    before, after = TrainConfig(seed=3).to_json(), TrainConfig(seed=3).with_latent_dim(7).to_json()
    assert after["model"].pop("latent_dim") == 7
    assert before["model"].pop("latent_dim") == 32
    assert after == before


def test_another_latent_dim_is_checked():
    with pytest.raises(ConfigError, match="latent_dim"):
        TrainConfig().with_latent_dim(0)


def test_a_refusal_can_be_said_in_another_language():
    with pytest.raises(ConfigError) as caught:
        TrainConfig(epochs=0)
    said = caught.value.sentence
    french = "« {name} » : un entier de {low} à {high}, et non {value}."
    assert french.format(**said.values) == "« epochs » : un entier de 1 à 1000, et non 0."
    assert str(Sentence(said.template, **said.values)) == str(caught.value)


def test_a_sentence_without_values_keeps_its_braces():
    assert Sentence("a {b} c") == "a {b} c"


@pytest.mark.parametrize(
    ("config", "plain"),
    [
        (TrainConfig(), True),
        (TrainConfig(ModelConfig("linear", latent_dim=2)), True),
        (TrainConfig(ModelConfig(variational=True)), False),
        (TrainConfig(ModelConfig(code_activation="k-sparse")), False),
        (TrainConfig(ModelConfig(penalties=(PenaltyConfig("labels", 1),))), False),
        (TrainConfig(noise=NoiseConfig("gaussian", 0.5)), False),
        (TrainConfig(classes=(3,)), False),
        (TrainConfig(ModelConfig(adversary=AdversaryConfig())), False),
        (
            TrainConfig(ModelConfig("conv", latent_dim=98, hidden=(), quantizer=QuantizerConfig())),
            False,
        ),
    ],
)
def test_a_plain_autoencoder_is_told_from_the_others(config, plain):
    assert config.is_plain is plain
