"""The page “VQ-VAE”, without MNIST: what it shows of a model, against numbers made here."""

import base64
import io
import json
import math
import re

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from aecore import checkpoint, code_prior, figures, library
from aecore.config import ModelConfig, QuantizerConfig, TrainConfig
from aecore.explore import codebook
from aecore.explore.compression import png_bytes
from aecore.training import Trainer
from pages.sections import quantized_prior
from pages.sections.quantized import parse_changes

MODEL = "vq-k32"


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


@pytest.fixture(scope="module")
def model():
    return checkpoint.load(library.path(MODEL))[0]


@pytest.fixture(scope="module")
def maps(model, digits):
    return codebook.maps_of(model, digits.test)


@pytest.fixture(scope="module")
def uploaded(digits):
    """A VQ-VAE of the session's own, without a prior."""
    quantizer = QuantizerConfig(8)
    config = ModelConfig("conv", latent_dim=98, hidden=(), channels=2, quantizer=quantizer)
    trainer = Trainer(TrainConfig(config, "digits", epochs=1), digits, watch=False)
    *_, end = trainer.run()
    return checkpoint.to_bytes(trainer.model, trainer.card(end.metrics, "mine"))


def opened(language="en", uploads=None, **values):
    app = AppTest.from_file("../app.py", default_timeout=180)
    for name, value in {"lang": language, **values}.items():
        app.query_params[name] = str(value)
    if uploads:
        app.session_state["uploads"] = uploads
    app.run()
    app.switch_page("pages/quantized.py").run()
    assert not app.exception
    return app


def told(app):
    """What the component in the browser is told of the map."""
    found = next(
        e.proto for e in app.get("bidi_component") if e.proto.component_name.endswith("codemap")
    )
    header = json.loads(found.bytes[8 : 8 + int.from_bytes(found.bytes[:8], "little")])
    return json.loads(header["__metadata__"]["told"])


def text(app):
    return "\n".join(element.value for element in [*app.markdown, *app.caption])


def grids(app):
    """The pixels of the grids of drawn pictures, in the order of the page."""
    bodies = [e.proto.body for e in app.get("html") if "max-width:420px" in e.proto.body]
    sources = [re.search(r"base64,([^\"]+)", body)[1] for body in bodies]
    return [np.array(Image.open(io.BytesIO(base64.b64decode(s)))) for s in sources]


def test_the_map_is_what_the_model_chooses(model, digits):
    found = told(opened(x="t5"))
    x = digits.test.pictures(slice(5, 6))
    assert found["own"] == found["codes"] == model.indices(x).flatten().tolist()
    error = (model.decode(model.encode(x)) - x).square().mean().item()
    assert float(found["notes"][1].split()[1]) == pytest.approx(error, rel=0.01)


def test_a_link_keeps_changed_codes_until_another_digit_is_chosen(model, digits):
    app = opened(x="t5", changes="24:3,0:31")
    found = told(app)
    expected = codebook.changed(torch.tensor(found["own"]).view(7, 7), {24: 3, 0: 31})
    assert found["codes"] == expected.flatten().tolist()
    x = digits.test.pictures(slice(5, 6))
    error = (codebook.decode(model, expected[None]) - x).square().mean().item()
    assert float(found["notes"][1].split()[1].rstrip(";")) == pytest.approx(error, rel=0.01)
    assert app.query_params["changes"] in ("0:31,24:3", ["0:31,24:3"])
    app.session_state["digit-x"] = "t6"
    app.run()
    assert told(app)["own"] == told(app)["codes"]


@pytest.mark.parametrize("asked", ["24", "49:0", "0:32", "x:1", "1:", "1:2;3:4"])
def test_changes_that_can_not_be_are_said(asked):
    assert parse_changes(asked, 32) is None
    app = opened(changes=asked)
    assert any(asked in warning.value for warning in app.warning)
    assert told(app)["own"] == told(app)["codes"]


def test_the_codebook_is_counted_over_the_test_digits(maps, digits):
    app = opened()
    used = codebook.usage(maps, digits.test.images, 32)
    said = re.search(r"Perplexity \*\*([\d.]+)\*\* of 32 codes.*Dead: \*\*(\d+)\*\*", text(app))
    assert float(said[1]) == pytest.approx(used.perplexity, abs=0.051)
    assert int(said[2]) == int(used.dead.sum())
    for code in (0, 17):
        share = told(app)["about"][code]
        if not used.dead[code]:
            percent = float(re.search(r"([\d.]+)\s%", share)[1])
            assert percent == pytest.approx(100 * used.shares[code].item(), abs=0.051)


def test_the_bits_are_those_of_pixels_png_and_codes(model, maps, digits):
    table = next(m.value for m in opened().markdown if "What is sent" in m.value)
    costs = [float(line.split("|")[2].replace(",", "")) for line in table.splitlines()[2:]]
    prior, _card = code_prior.load(library.prior_path(MODEL), model)
    shares = codebook.by_place(codebook.maps_of(model, digits.train), 32, more=1)
    expected = [
        6272,
        8 * png_bytes(digits.test.images.numpy()),
        49 * 5,
        codebook.independent_bits(maps, shares),
        code_prior.nats(prior, maps) / math.log(2),
    ]
    assert costs == pytest.approx(expected, abs=0.51)


def test_drawn_digits_come_from_the_codes_of_each_way(model, digits):
    app = opened(seed=7, count=16, temperature=0.8, **{"class": 3})
    shown = grids(app)
    generator = torch.Generator().manual_seed(7)
    shares = codebook.by_place(codebook.maps_of(model, digits.train), 32)
    prior, _card = code_prior.load(library.prior_path(MODEL), model)
    ways = [codebook.uniform(32, 16, generator), codebook.independent(shares, 16, generator)]
    torch.randint(10, (16,), generator=generator)
    ways.append(prior.sample(torch.full((16,), 3), generator, 0.8))
    assert len(shown) == 3
    for pixels, maps in zip(shown, ways, strict=True):
        expected = figures.sheet(figures.grey(codebook.decode(model, maps)[:, 0].numpy()))
        assert np.abs(pixels.astype(int) - expected).max() <= 1
    app.button(key="new-draw").click().run()
    assert app.query_params["seed"] in ("8", ["8"])
    assert all((a != b).any() for a, b in zip(grids(app), shown, strict=True))


def test_a_model_without_a_prior_is_given_one_here(uploaded, monkeypatch):
    monkeypatch.setattr(quantized_prior, "STEPS", 30)
    app = opened(uploads={"mine.safetensors": uploaded}, vq="upload-mine.safetensors")
    assert len(grids(app)) == 2
    assert "all alike: 49 log₂ 8" in text(app)
    assert "autoregressive prior known" not in text(app)
    next(b for b in app.button if b.label == "Train the prior").click().run()
    assert not app.exception
    assert len(grids(app)) == 3
    assert "autoregressive prior known" in text(app)
    assert not [b for b in app.button if b.label == "Train the prior"]


def test_nonsense_in_a_link_is_said():
    app = opened(vq="mlp-d2", codes="zzz", count="7", **{"class": "eleven"})
    said = " ".join(warning.value for warning in app.warning)
    for word in ("mlp-d2", "zzz", "7", "eleven"):
        assert word in said
    assert app.selectbox(key="vq").value == MODEL
