"""Translators between two domains: their data, what they minimise, how they are trained and kept,
without MNIST, against numbers that are worked out here."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.numpy import load as load_arrays

from aecore import library
from aecore.explore import attributes, classifier
from aecore.gan.translation import file
from aecore.gan.translation.config import TranslationTrainConfig, TranslatorConfig
from aecore.gan.translation.domains import PAIRS, SLANT, sides
from aecore.gan.translation.families import build
from aecore.gan.translation.measures import Examiner, Measures, confusion, rounds
from aecore.gan.translation.networks import PatchCritic, Translator, with_places
from aecore.gan.translation.training import Look, Memory, TranslationTrainer
from aecore.messages import CheckpointError, ConfigError
from aecore.training import End, Epoch, Evaluation, Step

SMALL = TranslationTrainConfig(
    TranslatorConfig(pair="inversion", width=4, blocks=1), dataset="digits", batch_size=64, epochs=1
)


def pictures(count=5, seed=0):
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


def settled(family, **settings):
    return build(TranslatorConfig(family, width=4, blocks=1, **settings), seed=3).eval()


# Settings.


@pytest.mark.parametrize(
    "settings",
    [
        {"family": "pix2pix"},
        {"pair": "day-night"},
        {"width": 0},
        {"blocks": 10},
        {"weight": -1.0},
        {"weight": float("nan")},
        {"identity": 11.0},
        {"family": "disco", "identity": 0.5},
    ],
)
def test_a_bad_setting_of_the_translators_is_refused(settings):
    with pytest.raises(ConfigError):
        TranslatorConfig(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"model": {}},
        {"dataset": "cifar"},
        {"epochs": 0},
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"critic_rate": 2.0},
        {"memory": -1},
        {"seed": 1.5},
        {"model": TranslatorConfig(pair="kmnist"), "dataset": "kmnist"},
    ],
)
def test_a_bad_setting_of_the_training_is_refused(settings):
    with pytest.raises(ConfigError):
        TranslationTrainConfig(**settings)


def test_a_config_travels_as_json():
    config = replace(SMALL, learning_rate=2e-3, model=replace(SMALL.model, identity=0.5))
    text = json.dumps(config.to_json())
    assert TranslationTrainConfig.from_json(json.loads(text)) == config
    assert TranslationTrainConfig.from_json({}) == TranslationTrainConfig()
    for bad in ([], {"model": 3}, {"speed": 1}, {"model": {"depth": 2}}):
        with pytest.raises(ConfigError):
            TranslationTrainConfig.from_json(bad)


# Domains.


def test_the_two_domains_share_no_picture(digits):
    made = sides("inversion", digits)
    a = {bytes(one.numpy()) for one in made.train_a.images}
    b = {bytes((255 - one).numpy()) for one in made.train_b.images}
    whole = {bytes(one.numpy()) for one in digits.train.images}
    assert a | b == whole
    assert len(made.train_a) + len(made.train_b) == len(digits.train)
    assert abs(len(made.train_a) - len(made.train_b)) <= 1
    # Two digits of the set may happen to be alike; hardly more.
    assert len(a & b) <= len(digits.train) - len(whole)


def test_the_test_pictures_are_there_in_both_forms(digits):
    made = sides("inversion", digits)
    assert (made.test_a.images == 255 - made.test_b.images).all()
    assert (made.test_a.labels == digits.test.labels).all()
    assert (made.test_b.labels == digits.test.labels).all()


def test_upright_and_slanted_digits_have_the_slant_they_should(digits):
    made = sides("slant", digits)
    assert attributes.slant(made.test_a.pictures()).median().item() == pytest.approx(0, abs=0.3)
    slants = attributes.slant(made.test_b.pictures())
    assert slants.median().item() == pytest.approx(SLANT, abs=0.3)
    assert slants.std().item() < 2


def test_a_shear_moves_the_top_to_the_right():
    x = torch.zeros(1, 1, 28, 28)
    x[..., 4:24, 13:15] = 1
    leant = PAIRS["slant"].b.form(x)[0, 0]
    at = torch.arange(28.0)
    middles = [(leant[row] @ at / leant[row].sum()).item() for row in (5, 22)]
    expected = 17 * math.tan(math.radians(SLANT))
    assert middles[0] - middles[1] == pytest.approx(expected, abs=0.05)
    assert leant.sum().item() == pytest.approx(x.sum().item(), rel=0.01)


def test_thin_strokes_are_thinner_and_thick_ones_thicker():
    x = torch.zeros(1, 1, 28, 28)
    x[..., 4:24, 11:16] = 1
    pair = PAIRS["thickness"]
    thin, thick = (domain.form(x)[0, 0, 14] for domain in pair.domains)
    assert thin.sum().item() == pytest.approx(4, abs=0.6)
    assert thick.sum().item() == pytest.approx(6, abs=0.6)
    # The known change is undone up to what interpolation blurs.
    for domain in pair.domains:
        assert (domain.plain(domain.form(x)) - x).abs().mean() < 0.05


def test_a_picture_without_ink_stays_one():
    empty = torch.zeros(2, 1, 28, 28)
    for name in ("slant", "thickness"):
        for domain in PAIRS[name].domains:
            made = domain.form(empty)
            assert torch.isfinite(made).all()
            assert made.abs().max() < 1e-6


def test_the_forms_are_read_once_they_are_undone(digits):
    reader, x = classifier.of(digits), digits.test.pictures()
    for pair in PAIRS.values():
        for domain in pair.domains if not pair.other else ():
            named = reader.probabilities(domain.plain(domain.form(x))).argmax(1)
            assert (named == digits.test.labels).float().mean() > 0.9, domain.name


# Networks.


@pytest.mark.parametrize(("width", "blocks"), [(1, 0), (4, 2), (16, 1)])
def test_a_translator_maps_pictures_to_pictures(width, blocks):
    translator = Translator(TranslatorConfig(width=width, blocks=blocks))
    made = translator(pictures(3))
    assert made.shape == (3, 1, 28, 28)
    assert made.min() >= 0
    assert made.max() <= 1
    # No picture of a batch has a part in another.
    assert torch.allclose(translator(pictures(3)[:1]), made[:1], atol=1e-5)


def test_places_are_told_from_minus_one_to_one():
    told = with_places(torch.zeros(2, 3, 4, 5))
    assert told.shape == (2, 5, 4, 5)
    assert told[1, 3, :, 0].tolist() == pytest.approx([-1, -1 / 3, 1 / 3, 1])
    assert told[0, 4, 2].tolist() == pytest.approx([-1, -0.5, 0, 0.5, 1])


def test_a_patch_sees_eighteen_pixels():
    critic = PatchCritic(2)
    # Normalisation looks at the whole picture: it is left out here.
    layers = torch.nn.Sequential(
        *(one for one in critic.layers if not isinstance(one, torch.nn.InstanceNorm2d))
    )
    x = pictures(1).requires_grad_(True)
    layers(x)[0, 24].backward()
    seen = x.grad[0, 0].abs() > 0
    assert critic(pictures(2)).shape == (2, 49)
    assert seen.any(0).sum() == seen.any(1).sum() == 18


# What is minimised.


def test_the_critic_of_discogan_has_no_hidden_layer():
    # As it was when the pretrained pair was trained: one map a layer, and a number.
    linear = [m for m in settled("disco").critic_a.modules() if isinstance(m, torch.nn.Linear)]
    assert [m.weight.shape for m in linear] == [(1, 2 * 4 * 49)]


def terms_of(model, a, b):
    made = model.round(a, b)
    terms = model.translator_terms(a, b, made)
    return made, {name: term.mean().item() for name, term in terms.items()}


@torch.no_grad()
def test_cycle_gan_minimises_squares_and_absolute_errors():
    model, a, b = settled("cycle", weight=7.0, identity=0.5), pictures(4, 1), pictures(4, 2)
    made, found = terms_of(model, a, b)
    scores = model.critic_b(model.forth(a)), model.critic_a(model.back(b))
    assert found["fooling"] == pytest.approx(
        sum(0.5 * (np.square(s.numpy() - 1)).mean() for s in scores), rel=1e-5
    )
    errors = model.back(model.forth(a)) - a, model.forth(model.back(b)) - b
    assert found["cycle"] == pytest.approx(
        7 * sum(np.abs(e.numpy()).mean() for e in errors), rel=1e-5
    )
    left = model.back(a) - a, model.forth(b) - b
    assert found["identity"] == pytest.approx(
        3.5 * sum(np.abs(e.numpy()).mean() for e in left), rel=1e-5
    )
    answers = model.critic_terms(a, b, made.ba, made.ab)
    for name, critic, real, fake in (
        ("critic_a", model.critic_a, a, made.ba),
        ("critic_b", model.critic_b, b, made.ab),
    ):
        expected = np.square(critic(real).numpy() - 1) / 2 + np.square(critic(fake).numpy()) / 2
        assert answers[name].mean().item() == pytest.approx(expected.mean(), rel=1e-5)


@torch.no_grad()
def test_discogan_minimises_logarithms_and_squared_errors():
    model, a, b = settled("disco", weight=3.0), pictures(4, 1), pictures(4, 2)
    made, found = terms_of(model, a, b)
    belief = [torch.sigmoid(model.critic_b(made.ab)), torch.sigmoid(model.critic_a(made.ba))]
    assert found["fooling"] == pytest.approx(
        sum(-np.log(p.numpy()).mean() for p in belief), rel=1e-4
    )
    assert found["cycle"] == pytest.approx(
        3 * (F.mse_loss(made.aba, a) + F.mse_loss(made.bab, b)).item(), rel=1e-5
    )
    assert set(found) == {"fooling", "cycle"}
    answers = model.critic_terms(a, b, made.ba, made.ab)
    real, fake = torch.sigmoid(model.critic_a(a)), torch.sigmoid(model.critic_a(made.ba))
    expected = -(real.log().mean() + (1 - fake).log().mean()).item()
    assert answers["critic_a"].mean().item() == pytest.approx(expected, rel=1e-4)


def test_each_side_moves_its_own_weights_only(digits):
    trainer = TranslationTrainer(SMALL, digits, watch=False)
    model = trainer.model
    before = [p.detach().clone() for p in (*model.translators, *model.critics)]
    # Critics whose rate is nothing stand still, whatever the translators' loss says of them.
    trainer.optimizers[1].param_groups[0]["lr"] = 0.0
    trainer.update()
    count = len(model.translators)
    after = [*model.translators, *model.critics]
    moved = [not torch.equal(old, new) for old, new in zip(before, after, strict=True)]
    assert sum(moved[:count]) > count / 2
    assert not any(moved[count:])


# The memory.


def test_the_memory_gives_half_of_a_batch_from_earlier_ones():
    memory, generator = Memory(6), torch.Generator().manual_seed(0)
    first, second = torch.zeros(6, 1, 28, 28), torch.ones(4, 1, 28, 28)
    assert torch.equal(memory.exchange(first, generator), first)
    shown = memory.exchange(second, generator)
    assert shown.mean((1, 2, 3)).sort().values.tolist() == [0, 0, 1, 1]
    # What was left out is kept instead.
    assert memory.kept.mean().item() == pytest.approx(2 / 6)
    assert second.min() == 1


def test_without_memory_the_critics_see_what_is_new():
    x = pictures(4)
    assert Memory(0).exchange(x, torch.Generator()) is x


# Training.


@pytest.fixture(scope="module")
def run(digits):
    trainer = TranslationTrainer(replace(SMALL, epochs=2), digits)
    return trainer, list(trainer.run())


def test_a_run_tells_what_the_other_runs_tell(run, digits):
    trainer, events = run
    kinds = {type(event) for event in events}
    assert kinds == {Step, Look, Evaluation, Epoch, End}
    assert [e.epoch for e in events if isinstance(e, Epoch)] == [1, 2]
    assert events[-1].reason is None
    assert trainer.step == 2 * (len(digits.train) // 2 // 64)
    steps = [event for event in events if isinstance(event, Step)]
    assert steps[-1].epoch == pytest.approx(2)
    terms = steps[0].losses.terms
    assert list(terms) == ["fooling", "cycle", "critic_a", "critic_b"]
    assert steps[0].losses.total == pytest.approx(terms["fooling"] + terms["cycle"])
    # The rates fall in a line over the second half.
    assert steps[0].learning_rate == SMALL.learning_rate
    assert 0 < steps[-1].learning_rate < 0.2 * SMALL.learning_rate


def test_a_look_holds_a_digit_of_each_class_there_and_back(run, digits):
    trainer, events = run
    looks = [event for event in events if isinstance(event, Look)]
    assert looks[0].step == 0
    assert looks[-1].step == trainer.step
    arrays = load_arrays(looks[-1].to_bytes())
    assert set(arrays) == {"a", "b", "ab", "aba", "ba", "bab"}
    assert all(array.shape == (10, 28, 28) for array in arrays.values())
    first = [(digits.test.labels == c).nonzero()[0].item() for c in range(10)]
    assert (arrays["a"] == digits.test.images[first].numpy()).all()
    assert (arrays["a"] == 255 - arrays["b"]).all()
    with torch.no_grad():
        again = trainer.model.forth(torch.from_numpy(arrays["a"])[:, None] / 255)
    assert np.abs(again[:, 0].numpy() * 255 - arrays["ab"]).max() <= 0.51
    assert (looks[0].ab != looks[-1].ab).any()


def test_the_same_config_gives_the_same_translators(digits):
    weights = []
    for _ in range(2):
        trainer = TranslationTrainer(SMALL, digits, watch=False)
        for _event in trainer.run():
            pass
        weights.append(trainer.model.state_dict())
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_watching_changes_nothing(run, digits):
    trainer = TranslationTrainer(replace(SMALL, epochs=2), digits, watch=False)
    for _event in trainer.run():
        pass
    watched = run[0].model.state_dict()
    assert all(torch.equal(watched[k], v) for k, v in trainer.model.state_dict().items())


def test_rates_change_while_it_runs(digits):
    trainer = TranslationTrainer(replace(SMALL, epochs=9), digits, watch=False)
    events = trainer.run()
    assert next(events).learning_rate == SMALL.learning_rate
    trainer.change(learning_rate=3e-4, critic_rate=1e-5)
    assert next(e for e in events if isinstance(e, Step)).learning_rate == 3e-4
    assert [o.param_groups[0]["lr"] for o in trainer.optimizers] == [3e-4, 1e-5]
    for bad in ({"learning_rate": 0.0}, {"critic_rate": float("inf")}):
        with pytest.raises(ConfigError):
            trainer.change(**bad)


def test_what_explodes_keeps_its_last_good_weights(digits):
    trainer = TranslationTrainer(SMALL, digits, watch=False)
    good = {k: v.clone() for k, v in trainer.model.state_dict().items()}
    trainer.model.forth.last.bias.register_hook(lambda gradient: gradient * math.nan)
    *_, end = trainer.run()
    assert isinstance(end, End)
    assert end.reason is not None
    assert all(torch.equal(good[k], v) for k, v in trainer.model.state_dict().items())


# Measures.


class Known(torch.nn.Module):
    """Translators of plain and inverted digits that are right, but for an error on the way back."""

    device = torch.device("cpu")

    def __init__(self, off=0.0):
        super().__init__()
        self.off = off

    def round(self, a, b):
        from aecore.gan.translation.model import Round

        return Round(1 - a, (a - self.off).clamp(0, 1), 1 - b, b)


def test_right_translators_have_no_error_and_keep_every_class(digits):
    made = sides("inversion", digits)
    found = Examiner(made, 200).measure(Known())
    own = classifier.of(digits).probabilities(digits.test.pictures(slice(0, 200))).argmax(1)
    share = (own == digits.test.labels[:200]).float().mean().item()
    assert found.pictures == 200
    assert found.cycle_mse == (0, 0)
    assert found.counterpart_mse == pytest.approx((0, 0), abs=1e-4)
    assert found.kept == pytest.approx((share, share), abs=0.006)
    assert found.ceiling == pytest.approx((share, share), abs=0.006)
    assert max(found.frechet) < 0.01 * found.unchanged[0]
    assert Measures.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_the_error_of_coming_back_is_a_mean_over_pixels(digits):
    made = sides("inversion", digits)
    found = Examiner(made, 100).measure(Known(off=0.25))
    x = digits.test.pictures(slice(0, 100)).numpy()
    expected = np.square(np.clip(x - 0.25, 0, 1) - x).mean()
    assert found.cycle_mse == (pytest.approx(expected, rel=1e-5), 0)
    assert found.headline == pytest.approx(expected / 2, rel=1e-5)


def test_confusion_counts_what_becomes_what():
    counts = confusion(torch.tensor([3, 3, 0]), torch.tensor([3, 5, 0]))
    assert counts.sum() == 3
    assert counts[3, 3] == counts[3, 5] == counts[0, 0] == 1


# Files.


def test_a_file_gives_the_translators_back(run):
    trainer, events = run
    content = file.to_bytes(trainer.model, trainer.card(events[-1].metrics, "mine"))
    model, card = file.load(content)
    assert card.config == trainer.config
    assert card.measures == events[-1].metrics
    assert card.parameters == sum(p.numel() for p in model.translators)
    assert card.name == "mine"
    x = pictures(3)
    with torch.no_grad():
        for way in ("forth", "back"):
            assert torch.equal(getattr(model, way)(x), getattr(trainer.model.eval(), way)(x))


def test_a_damaged_file_is_refused(run):
    trainer, events = run
    content = file.to_bytes(trainer.model, trainer.card(events[-1].metrics))
    others = {
        "cut": content[: len(content) // 2],
        "empty": b"",
        "format": content.replace(b"translators/1", b"translators/9"),
        "pair": content.replace(b"inversion", b"inverzion"),
        "measures": content.replace(b"counterpart_mse", b"counterpart_mze"),
        "weights": content.replace(b'"forth.last.bias"', b'"forth.last.bias_"'[:-2] + b'2"'),
    }
    for name, bad in others.items():
        assert bad != content, name
        with pytest.raises(CheckpointError):
            file.load(bad)


# What comes with the project.


@pytest.mark.parametrize("name", sorted(library.manifest(TranslationTrainConfig)))
def test_pretrained_translators_are_as_good_as_their_cards(name):
    model, card = file.load(library.path(name))
    assert card.config == library.manifest(TranslationTrainConfig)[name]
    assert card.dataset == "mnist"
    assert card.measures.pictures == 10_000
    assert max(card.measures.cycle_mse) <= 0.01
    assert min(card.measures.kept) >= 0.9
    assert max(card.measures.frechet) < 0.6 * min(card.measures.unchanged)
    assert library.path(name).stat().st_size < 450_000
    assert card.parameters == sum(p.numel() for p in model.translators)


@pytest.mark.parametrize("name", sorted(library.manifest(TranslationTrainConfig)))
def test_pretrained_translators_serve_other_digits_too(name, digits):
    # Of scikit-learn's, which they have never seen.
    model, card = file.load(library.path(name))
    made = sides(card.config.model.pair, digits)
    found = Examiner(made, 300).measure(model)
    assert max(found.cycle_mse) < 0.02
    assert min(found.kept) > 0.7
    assert max(found.frechet) < min(found.unchanged)


def test_a_name_that_is_not_listed_is_refused():
    with pytest.raises(CheckpointError):
        library.path("cycle-gold")


def test_rounds_go_in_parts_and_lose_nothing():
    model, a, b = settled("cycle"), pictures(7, 1), pictures(7, 2)
    made = rounds(model, a, b)
    with torch.no_grad():
        whole = model.round(a, b)
    assert torch.allclose(made.aba, whole.aba, atol=1e-6)
    assert torch.allclose(made.bab, whole.bab, atol=1e-6)
