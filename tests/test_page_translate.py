"""The page “Image to image”, without MNIST: its pictures and numbers, against ones made here."""

import base64
import io
import re
import time

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from aecore import library, runs
from aecore.explore import classifier
from aecore.gan.translation import file
from aecore.gan.translation.config import TranslationTrainConfig, TranslatorConfig
from aecore.gan.translation.domains import PAIRS
from aecore.runs import Registry

NAMES = ("cycle-slant", "disco-thickness")


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


@pytest.fixture
def registry(monkeypatch):
    registry = Registry(slots=1)
    monkeypatch.setattr(runs, "_registry", registry)
    yield registry
    registry.close()


def opened(language="en", **values):
    app = AppTest.from_file("../app.py", default_timeout=120)
    for name, value in {"lang": language, **values}.items():
        app.query_params[name] = str(value)
    app.run()
    app.switch_page("pages/translate.py").run()
    assert not app.exception
    return app


def journeys(app):
    """The pictures of each journey, with their captions."""
    found = []
    for body in (element.proto.body for element in app.get("html")):
        if "lab-equation" in body:
            sources = re.findall(r"base64,([^\"]+)", body)
            pictures = [
                np.array(Image.open(io.BytesIO(base64.b64decode(one))).convert("L"))
                for one in sources
            ]
            found.append((pictures, re.findall(r"<figcaption>(.*?)</figcaption>", body)))
    return found


def rows(app):
    """The lines of all tables by their first word."""
    lines = [line for m in app.markdown for line in m.value.split("\n") if line.startswith("|")]
    cells = [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines]
    return {line[0]: line[1:] for line in cells}


@pytest.mark.parametrize("name", NAMES)
def test_a_digit_goes_there_and_back(name, digits):
    there, home = journeys(opened(translators=name, x="t7"))
    model, card = file.load(library.path(name))
    pair = PAIRS[card.config.model.pair]
    x = digits.test.pictures(slice(7, 8))
    a, b = pair.a.form(x), pair.b.form(x)
    with torch.no_grad():
        made = model.round(a, b)
    for (pictures, words), expected, twin in (
        (there, (a, made.ab, made.aba), b),
        (home, (b, made.ba, made.bab), a),
    ):
        for found, picture in zip(pictures[:3], expected, strict=True):
            assert np.abs(found - 255 * picture[0, 0].numpy()).max() <= 1
        assert np.abs(pictures[4] - 255 * twin[0, 0].numpy()).max() <= 1
        error = (expected[2] - expected[0]).square().mean().item()
        assert float(words[3].rsplit(" ", 1)[1]) == pytest.approx(error, rel=0.06)
        off = (expected[1] - twin).square().mean().item()
        assert float(words[4].rsplit(" ", 1)[1]) == pytest.approx(off, rel=0.06)


def test_what_is_read_is_what_the_classifier_reads(digits):
    (_there, words), _home = journeys(opened(translators=NAMES[1], x="t7"))
    model, _card = file.load(library.path(NAMES[1]))
    pair = PAIRS["thickness"]
    with torch.no_grad():
        made = model.forth(pair.a.form(digits.test.pictures(slice(7, 8))))
    share, named = classifier.of(digits).probabilities(pair.b.plain(made)).max(1)
    read = re.search(r"reads as (\d) \((\d+)", words[1])
    assert int(read[1]) == int(named)
    assert int(read[2]) == pytest.approx(100 * share.item(), abs=0.51)


def test_the_measures_are_those_of_the_digits_at_hand(digits):
    found = rows(opened(translators=NAMES[1]))
    model, _card = file.load(library.path(NAMES[1]))
    pair, x = PAIRS["thickness"], digits.test.pictures()
    a, b = pair.a.form(x), pair.b.form(x)
    with torch.no_grad():
        made = model.round(a, b)
    errors = (made.aba - a).square().mean().item(), (made.bab - b).square().mean().item()
    told = [float(value) for value in found["MSE of coming back, per pixel"]]
    # Pictures are kept in 256 greys.
    assert told == pytest.approx(errors, rel=0.02)
    named = classifier.of(digits).probabilities(pair.b.plain(made.ab)).argmax(1)
    right = named == digits.test.labels
    share = float(found["class kept by the translation"][0].rstrip("%\u00a0"))
    assert share == pytest.approx(100 * right.float().mean().item(), abs=0.6)
    by_class = found["thin → thick"]
    for c in (0, 7):
        expected = 100 * right[digits.test.labels == c].float().mean().item()
        assert float(by_class[c].rstrip("%\u00a0")) == pytest.approx(expected, abs=2.9)


def test_another_draw_gives_ten_other_digits():
    app = opened(seed=1)

    def strips():
        bodies = [e.proto.body for e in app.get("html") if "lab-digits" in e.proto.body]
        return [re.findall(r"base64,([^\"]+)", body)[0] for body in bodies]

    before = strips()
    app.number_input(key="seed").set_value(2).run()
    assert len(before) == 2
    assert all(old != new for old, new in zip(before, strips(), strict=True))


def test_an_unknown_model_and_settings_out_of_range_are_said(registry):
    app = opened(translators="cycle-gold", pair="night", **{"translating-epochs": 99})
    said = " ".join(warning.value for warning in app.warning)
    assert "cycle-gold" in said
    assert "night" in said
    assert app.selectbox(key="translators").value == NAMES[0]
    assert app.slider(key="translating-epochs").value == 20


def test_a_pair_of_two_datasets_is_offered_where_both_are_at_hand(registry):
    assert len(opened().selectbox(key="pair").options) == 3


def test_only_cycle_gan_has_an_identity_loss(registry):
    def keys(app):
        return [slider.key for slider in app.select_slider]

    assert "translating-identity" in keys(opened())
    assert "translating-identity" not in keys(opened(family="disco"))


def test_what_was_trained_here_is_chosen_like_the_others(registry, monkeypatch):
    monkeypatch.setattr("pages.ui.server.owner", lambda: "ada")
    model = TranslatorConfig(pair="inversion", width=2, blocks=0)
    run = registry.submit("ada", TranslationTrainConfig(model, "digits", 1, batch_size=128))
    until = time.monotonic() + 60
    while run.is_live:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert run.status == "finished"
    assert run.snapshots
    app = opened(translators=f"run-{run.number}")
    assert "Cycle-GAN, plain ↔ inverted" in app.selectbox(key="translators").options[0]
    (pictures, _words), _home = journeys(app)
    with torch.no_grad():
        made = run.trainer.model.forth(torch.from_numpy(pictures[0])[None, None] / 255)
    assert np.abs(pictures[1] - 255 * made[0, 0].numpy()).max() <= 1


def test_the_button_queues_what_the_settings_say(registry):
    app = opened(pair="inversion", family="disco", **{"translating-epochs": 2})
    app.button(key="train-translators").click().run()
    (run,) = registry.of(next(iter(registry._seen)), TranslationTrainConfig)
    assert run.config.model.family == "disco"
    assert run.config.model.pair == "inversion"
    assert run.config.model.weight == 30
    assert run.config.epochs == 2
    assert any(e.proto.component_name.endswith("translating") for e in app.get("bidi_component"))
    registry.remove(run)


def test_without_translators_the_page_says_what_to_do(monkeypatch, registry):
    monkeypatch.setattr(library, "available", lambda kind: [])
    assert "train some below" in opened().info[0].value


def test_a_file_of_translators_is_chosen_and_one_of_a_gan_is_refused():
    app = opened()
    box = app.get("file_uploader")[0]
    gan = library.path("dcgan-d64").read_bytes()
    box.upload("gan.safetensors", gan, "application/octet-stream").run()
    assert len(app.error) == 1
    assert not any(
        "gan.safetensors" in option for option in app.selectbox(key="translators").options
    )
    box = app.get("file_uploader")[0]
    content = library.path("disco-thickness").read_bytes()
    box.upload("mine.safetensors", content, "application/octet-stream").run()
    assert not app.error
    assert app.selectbox(key="translators").value == "upload-mine.safetensors"
    (there, _words), _home = journeys(app)
    model, _card = file.load(content)
    with torch.no_grad():
        made = model.forth(torch.from_numpy(there[0])[None, None] / 255)
    assert (
        np.abs(there[1] - 255 * made[0, 0].numpy()).max() <= 4
    )  # of 255: the page's picture is rounded
