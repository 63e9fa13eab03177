"""Training a prior over codes, and its file."""

import math
from dataclasses import asdict

import pytest
import torch

from aecore import checkpoint, code_prior, library
from aecore.code_prior import PriorCard
from aecore.config import ModelConfig, PriorConfig, QuantizerConfig
from aecore.messages import CheckpointError
from aecore.models import build
from aecore.models.autoregressive import CodePrior


def model_of(seed=0):
    quantizer = QuantizerConfig(6)
    config = ModelConfig("conv", latent_dim=98, hidden=(), channels=2, quantizer=quantizer)
    return build(config, seed).eval()


def trained(maps, labels, steps=60, seed=0):
    config = PriorConfig(3, side=2, width=16, layers=1)
    return list(code_prior.train(maps, labels, config, steps=steps, seed=seed))


@pytest.fixture(scope="module")
def maps_and_labels():
    """The first code is drawn, the others repeat it or, for the class 1, are all 2."""
    labels = torch.arange(600) % 2
    first = torch.randint(3, (600, 1), generator=torch.Generator().manual_seed(0))
    maps = first.repeat(1, 4)
    maps[labels == 1, 1:] = 2
    return maps.view(-1, 2, 2), labels


def test_it_learns_what_codes_have_to_do_with_each_other(maps_and_labels):
    maps, labels = maps_and_labels
    told = trained(maps, labels, steps=200)
    assert told[-1].share == 1
    assert all(p.prior is None for p in told[:-1])
    # Nothing is left to guess but the first code.
    assert told[-1].nats == pytest.approx(math.log(3), abs=0.1)
    prior = told[-1].prior
    drawn = prior.sample(torch.zeros(50, dtype=torch.int64), torch.Generator().manual_seed(0))
    assert (drawn.flatten(1) == drawn[:, 0, :1]).float().mean() > 0.9
    assert set(drawn[:, 0, 0].tolist()) == {0, 1, 2}
    zeros = maps[labels == 0][:200]
    mean = (
        sum(
            -math.log(
                sum(math.exp(-prior.nats(m[None], torch.tensor([y])).item()) for y in range(10))
                / 10
            )
            for m in zeros[:20]
        )
        / 20
    )
    assert code_prior.nats(prior, zeros[:20]) == pytest.approx(mean, rel=1e-4)


def test_the_same_seed_gives_the_same_prior(maps_and_labels):
    one, two, other = (trained(*maps_and_labels, steps=10, seed=s)[-1].nats for s in (0, 0, 1))
    assert one == two != other


@pytest.fixture
def file(tmp_path):
    model = model_of()
    prior = CodePrior(PriorConfig(6, width=8, layers=1)).half().float()
    card = PriorCard(
        prior.config, "vq", code_prior.fingerprint(model), "digits", 50.0, 10, 1.0,
        sum(p.numel() for p in prior.parameters()), checkpoint.versions(),
    )  # fmt: skip
    path = tmp_path / "vq.prior.safetensors"
    code_prior.save(path, prior, card)
    return path, prior, card


def test_a_file_keeps_the_prior_and_its_card(file):
    path, prior, card = file
    again, said = code_prior.load(path, model_of())
    assert said == card
    assert all(
        torch.equal(a, b) for a, b in zip(again.parameters(), prior.parameters(), strict=True)
    )


def test_it_is_refused_for_another_model(file):
    with pytest.raises(CheckpointError, match="another model"):
        code_prior.load(file[0], model_of(seed=1))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"format": "autoencoder-lab/1"}, "another format"),
        ({"config": {"num_embeddings": 6, "width": 9}}, "multiple of 4"),
        ({"config": {"depth": 1}}, "not complete"),
        ({"config": {"num_embeddings": 7, "width": 8, "layers": 1}}, "not those its card promises"),
        ({"strange": 1}, "not complete"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(file, change, match):
    _path, prior, card = file
    said = {**asdict(card), "format": code_prior.FORMAT, **change}
    with pytest.raises(CheckpointError, match=match):
        code_prior.load(checkpoint.packed(prior, said), model_of())


def test_a_damaged_file_is_refused(file):
    content = file[0].read_bytes()
    for part in (content[:-9], content[:50], b""):
        with pytest.raises(CheckpointError):
            code_prior.load(part, model_of())


def priors():
    return [name for name in library.available() if library.prior_path(name).is_file()]


@pytest.mark.parametrize("name", priors())
def test_the_priors_that_come_with_the_app_belong_to_their_models(name):
    model, model_card = checkpoint.load(library.path(name))
    prior, card = code_prior.load(library.prior_path(name), model)
    assert card.model == name
    assert card.dataset == model_card.dataset
    assert card.parameters == sum(p.numel() for p in prior.parameters())
    assert card.test_nats < 0.55 * 49 * math.log(card.config.num_embeddings)


def test_every_vq_vae_has_a_prior_and_they_are_small():
    names = [n for n in library.available() if library.manifest()[n].model.quantizer]
    assert names == priors()
    files = [f for n in names for f in (library.path(n), library.prior_path(n))]
    assert sum(file.stat().st_size for file in files) <= 600e3
