"""The pretrained models: a valid manifest, and files that are what it says."""

from dataclasses import replace

import pytest
import torch

from aecore import checkpoint, data, library
from aecore.config import TrainConfig
from aecore.messages import CheckpointError

ENTRIES = library.manifest()
OTHERS = [kind for kind in library.MANIFESTS if kind is not TrainConfig]
every_entry = pytest.mark.parametrize("name", ENTRIES)
every_file = pytest.mark.parametrize("name", library.available())


@every_entry
def test_a_name_agrees_with_its_model(name):
    settings = ENTRIES[name]
    if own := _regularised(settings.model) or _with_labels_or_opponent(settings.model):
        assert name == own
        return
    denoising = "denoising-" if settings.noise.kind != "none" else ""
    variational = "vae-" if settings.model.variational else ""
    network, d = settings.model.network, settings.model.latent_dim
    warm_up = "-warm-up" if settings.model.kl_warm_up else ""
    beta = f"-beta{settings.model.beta:g}" if settings.model.beta != 1 else ""
    noise = f"-{settings.noise.kind}{settings.noise.level:g}" if denoising else ""
    kind, digit = {
        0: ("", ""),
        1: ("one-class-", f"-{sum(settings.classes)}"),
        9: ("all-but-", f"-{sum(range(10)) - sum(settings.classes)}"),
    }[len(settings.classes)]
    assert name == f"{kind}{denoising}{variational}{network}-d{d}{beta}{warm_up}{noise}{digit}"


def _regularised(model):
    """The name of a regularised or quantised model, None for any other."""
    if model.quantizer:
        return f"vq-k{model.quantizer.num_embeddings}"
    if model.importance_samples > 1:
        return f"iwae-{model.network}-d{model.latent_dim}-k{model.importance_samples}"
    d, kinds = model.latent_dim, [penalty.kind for penalty in model.penalties]
    if model.code_activation == "k-sparse":
        return f"k-sparse-d{d}-k{model.k}"
    names = {
        "l1": "sparse-l1",
        "activity": "sparse-kl",
        "contraction": "contractive",
        "labels": "supervised",
    }
    return f"{names[kinds[0]]}-d{d}" if kinds else None


def _with_labels_or_opponent(model):
    """The name of a conditional or an adversarial model, None for any other."""
    if model.conditional:
        return f"cvae-{model.network}-d{model.latent_dim}"
    if model.adversary:
        return f"aae-{model.network}-d{model.latent_dim}-{model.adversary.prior}"
    return None


@every_entry
def test_every_model_is_trained_on_mnist(name):
    assert ENTRIES[name].dataset == "mnist"


def test_there_is_a_model_of_each_class_and_they_are_small_together():
    single = {name: s.classes for name, s in ENTRIES.items() if len(s.classes) == 1}
    assert sorted(single.values()) == [(c,) for c in range(10)]
    there = [library.path(name) for name in single if name in library.available()]
    assert sum(file.stat().st_size for file in there) <= 1.5e6


def test_the_manifest_has_every_family():
    networks = {settings.model.network for settings in ENTRIES.values()}
    assert networks == {"linear", "mlp", "conv"}
    assert any(settings.model.variational for settings in ENTRIES.values())
    assert any(settings.noise.kind != "none" for settings in ENTRIES.values())


def test_only_models_of_the_manifest_lie_in_the_folder():
    found = {file.name for file in library.FOLDER.iterdir() if not file.name.startswith(".")}
    known = [f for n in library.available() for f in (library.path(n), library.prior_path(n))]
    known += [library.path(n) for kind in OTHERS for n in library.available(kind)]
    manifests = set(library.MANIFESTS.values())
    assert found - manifests == {file.name for file in known if file.exists()}


def test_a_name_says_one_model():
    names = [name for kind in library.MANIFESTS for name in library.manifest(kind)]
    assert len(names) == len(set(names))


def test_a_name_that_is_not_listed_has_no_path():
    with pytest.raises(CheckpointError, match=r"\.\./secret"):
        library.path("../secret")


def test_all_files_together_are_small():
    assert sum(file.stat().st_size for file in library.FOLDER.iterdir()) <= 40e6


@every_file
def test_a_file_is_small(name):
    assert library.path(name).stat().st_size <= 4e6


@every_file
def test_a_card_says_what_the_manifest_says(name):
    card = checkpoint.read_card(library.path(name))
    expected = replace(ENTRIES[name], precision=card.config.precision)
    assert (card.name, card.config, card.dataset) == (name, expected, expected.dataset)
    assert card.epochs == expected.epochs


@every_file
def test_a_model_loads(name):
    model, card = checkpoint.load(library.path(name))
    assert model.parameter_count() == card.parameters


@pytest.mark.skipif(not data.is_on_disk("mnist"), reason="MNIST is not at hand")
@every_file
def test_a_model_is_as_good_as_its_card_says(name):
    """On the first 1,200 test pictures of its classes: all of one class, and of many classes some,
    which are a little easier or harder than all."""
    model, card = checkpoint.load(library.path(name))
    some = data.load("mnist").test.only(card.config.classes).take(slice(0, 1200))
    x, of = some.pictures(), model.given(some.labels)
    if card.config.binarize:
        x = torch.bernoulli(x, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        mse = (of.decode(of.encode(x)) - x).square().mean().item()
    assert mse == pytest.approx(card.metrics["test_mse"], rel=0.15)
