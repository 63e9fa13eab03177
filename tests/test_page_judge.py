"""The page “Judge”: what it says of a digit, without MNIST."""

import re

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from aecore import checkpoint, library
from aecore.explore import classifier, judging
from aecore.models import VariationalAutoencoder
from pages.ui.picker import drawing_token, parse

MODELS = ("mlp-d2", "vae-mlp-d2")


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


def opened(language="en", **values):
    app = AppTest.from_file("../app.py", default_timeout=180)
    for name, value in {"lang": language, "judges": ",".join(MODELS), **values}.items():
        app.query_params[name] = str(value)
    app.run()
    app.switch_page("pages/judge.py").run()
    assert not app.exception
    return app


def cards(app):
    body = next(e.proto.body for e in app.get("html") if 'class="lab-judge"' in e.proto.body)
    return body.split('<div class="card">')[1:]


def text(app):
    return "\n".join(element.value for element in [*app.markdown, *app.caption])


@pytest.fixture(scope="module")
def letter():
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 6:9] = pixels[4:24, 19:22] = pixels[12:15, 6:22] = 255
    return drawing_token(pixels)


def test_every_judge_has_a_card_with_its_pictures():
    found = cards(opened())
    assert len(found) == 1 + len(MODELS)
    for card, name in zip(found, ("PCA, d = 16", *MODELS), strict=True):
        assert f'class="who">{name}<' in card
        assert card.count("<img") == 3 + 5
        assert "MSE" in card
        assert ("ELBO" in card) == name.startswith("vae")


@pytest.mark.parametrize("name", MODELS)
def test_the_numbers_on_a_card_are_those_of_the_model(name, letter, digits):
    app = opened(x=letter)
    card = next(c for c in cards(app) if f'class="who">{name}<' in c)
    model = checkpoint.load(library.path(name))[0]
    x = parse(letter, digits).x
    judge = judging.by_model(model)
    known = judging.look_around(judge, digits.test, digits.train)
    with torch.inference_mode():
        restored = model.decode(model.encode(x))
        every = digits.test.pictures()
        mse = (model.decode(model.encode(every)) - every).square().flatten(1).mean(1)
    error = (restored - x).square().mean()
    assert float(re.search(r"MSE ([\d.]+)", card).group(1)) == pytest.approx(error.item(), rel=0.01)
    harder = (mse < error).float().mean().item()
    said = re.search(r"worse than ([\d.]+|all)", card).group(1)
    assert (100 if said == "all" else float(said)) == pytest.approx(100 * harder, abs=0.4)
    named = classifier.train(digits.train, digits.test).probabilities(restored)[0]
    assert f"<b>{named.argmax()}</b>" in card
    near = judging.nearest(known.codes, judge.encode(x)[0], 5)
    labels = re.findall(r"<figcaption>(\d)</figcaption>", card)
    assert [int(label) for label in labels] == digits.train.labels[near].tolist()
    if isinstance(model, VariationalAutoencoder):
        elbo = float(re.search(r"ELBO −([\d,.]+) nats", card).group(1).replace(",", ""))
        assert -elbo == pytest.approx(judging.judge(judge, x).elbo, abs=0.06)


def test_the_verdict_agrees_with_the_cards(letter):
    app = opened(x=letter)
    found = cards(app)
    words = text(app)
    errors = [float(re.search(r"MSE ([\d.]+)", card).group(1)) for card in found]
    names = ["PCA, d = 16", *MODELS]
    assert f"**{names[int(np.argmin(errors))]}** keeps it best" in words
    assert f"**{names[int(np.argmax(errors))]}** worst" in words
    changed = sum('"turned changed"' in card for card in found)
    if changed:
        assert f"{changed} of 3 turned it into another" in words
    else:
        assert "None turned it into another" in words
    assert "The classifier reads this as" in words


def test_a_test_digit_is_told_by_its_label(digits):
    words = text(opened(x="t3"))
    assert f"This is a test digit, **{int(digits.test.labels[3])}**" in words


def test_the_link_keeps_models_and_pca(letter):
    app = opened(judges="conv-d2,zzz", pca_d=4, x=letter)
    assert any("zzz" in warning.value for warning in app.warning)
    assert app.multiselect(key="judges").value == ["conv-d2"]
    assert app.query_params["judges"] in ("conv-d2", ["conv-d2"])
    assert "PCA, d = 4" in cards(app)[0]
    app.multiselect(key="judges").set_value(["mlp-d2", "conv-d2"]).run()
    assert app.query_params["judges"] in ("mlp-d2,conv-d2", ["mlp-d2,conv-d2"])
    app.switch_page("pages/compare.py").run()
    app.switch_page("pages/judge.py").run()
    assert app.multiselect(key="judges").value == ["mlp-d2", "conv-d2"]
    assert len(cards(app)) == 3


def test_without_any_model_pca_judges_alone():
    app = opened(judges="")
    assert len(cards(app)) == 1
    assert "keeps it best" not in text(app)


def test_without_mnist_it_says_what_stands_in():
    said = " ".join(warning.value for warning in opened().warning)
    assert "MNIST is not at hand" in said
    assert "the neighbours are those of “Embedded digits”" in said


def test_the_classifier_tells_how_good_it_is(digits):
    reader = classifier.train(digits.train, digits.test)
    accuracy = float(re.search(r"it names ([\d.]+)\s*%", text(opened())).group(1))
    assert accuracy == pytest.approx(100 * reader.accuracy, abs=0.11)
