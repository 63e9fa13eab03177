"""The page “Adversarial codes”, without MNIST: its planes and its numbers, against ones made
here."""

import base64
import json
import re

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from aecore import checkpoint, library
from aecore.models import priors

NAMES = ("aae-mlp-d2-gaussian", "aae-mlp-d2-mixture", "aae-mlp-d2-swiss-roll")


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


def opened(language="en", **values):
    app = AppTest.from_file("../app.py", default_timeout=120)
    for name, value in {"lang": language, **values}.items():
        app.query_params[name] = str(value)
    app.run()
    app.switch_page("pages/adversarial.py").run()
    assert not app.exception
    return app


def figures(app):
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def points(trace):
    return np.stack([decoded(trace[axis]) for axis in ("x", "y")], 1)


def decoded(values):
    """An array as Plotly writes it: a list, or bytes in base64."""
    if isinstance(values, list):
        return np.array(values)
    return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])


def test_the_codes_of_the_test_digits_stand_beside_the_prior(digits):
    codes, prior = figures(opened(adversarial=NAMES[1]))
    model, _card = checkpoint.load(library.path(NAMES[1]))
    with torch.inference_mode():
        z = model.encode(digits.test.pictures()).numpy()
    labels = digits.test.labels.numpy()
    assert [trace["name"] for trace in codes["data"]] == [str(c) for c in range(10)]
    for c, trace in enumerate(codes["data"]):
        assert points(trace) == pytest.approx(z[labels == c], abs=1e-4)
    for c, trace in enumerate(prior["data"]):
        found = points(trace)
        assert len(found) == (labels == c).sum()
        angle = 2 * np.pi * c / 10
        middle = priors.RADIUS * np.array([np.cos(angle), np.sin(angle)])
        assert np.abs(found.mean(0) - middle).max() < 0.6
    assert codes["layout"]["xaxis"]["range"] == prior["layout"]["xaxis"]["range"]


def test_what_d_says_lies_behind_the_codes_of_the_class_it_is_told(digits):
    app = opened(adversarial=NAMES[1], behind="D", told=6)
    codes, prior = figures(app)
    model, _card = checkpoint.load(library.path(NAMES[1]))
    for figure in (codes, prior):
        heat, cloud = figure["data"]
        assert cloud["name"] == "6"
        at = decoded(heat["x"])
        field = decoded(heat["z"]).reshape(len(at), len(at))
        for row, column in ((0, 0), (40, 12), (7, 80)):
            seen = torch.cat([torch.tensor([at[column], at[row]]), torch.eye(10)[6]]).float()
            with torch.inference_mode():
                expected = torch.sigmoid(model.opponent(seen[None])).item()
            assert field[row, column] == pytest.approx(expected, abs=1e-4)
    app.selectbox(key="told").select_index(2).run()
    assert figures(app)[0]["data"][1]["name"] == "2"


def test_without_classes_the_draws_have_none():
    _codes, prior = figures(opened(adversarial=NAMES[0], behind="D"))
    heat, cloud = prior["data"]
    assert heat["type"] == "heatmap"
    assert cloud["name"] == "draws"


@pytest.mark.parametrize("name", NAMES)
def test_the_distance_counts_all_pairs(name, digits):
    said = "\n".join(element.value for element in opened(adversarial=name).markdown)
    rows = re.findall(r"\| ([\w.-]+) \| \*\*([\d.e-]+)\*\* \| ([\d.]+) \| ([\d.,]+) \|", said)
    assert [row[0] for row in rows] == [name, "vae-mlp-d2", "mlp-d2"]
    model, card = checkpoint.load(library.path(name))
    with torch.inference_mode():
        z = model.encode(digits.test.pictures())
    adversary = card.config.model.adversary
    labels = digits.test.labels if adversary.labels else None
    generator = torch.Generator().manual_seed(0)
    draw, other = (priors.draw(adversary.prior, len(z), 2, generator, labels) for _ in range(2))

    def energy(a, b):
        apart = lambda u, v: np.linalg.norm(u[:, None] - v[None], axis=2).mean()  # noqa: E731
        return 2 * apart(a, b) - apart(a, a) - apart(b, b)

    assert float(rows[0][1]) == pytest.approx(energy(z.numpy(), draw.numpy()), rel=0.06)
    assert float(rows[0][2]) == pytest.approx(energy(other.numpy(), draw.numpy()), rel=0.06)


def test_the_browser_gets_the_decoder_alone():
    app = opened(adversarial=NAMES[2])
    pad = next(e.proto for e in app.get("bidi_component") if e.proto.component_name.endswith("pad"))
    content = pad.bytes
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    reach = float(header.pop("__metadata__")["reach"])
    assert all(name.startswith("decoder.") for name in header)
    assert reach >= priors.REACH


def test_another_draw_gives_other_samples():
    app = opened(adversarial=NAMES[0], seed=1)

    def pictures():
        return re.findall(r'base64,([^"]+)', "".join(e.proto.body for e in app.get("html")))

    before = pictures()
    app.number_input(key="seed").set_value(2).run()
    after = pictures()
    assert len(before) == len(after) == 2
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_a_model_that_the_link_does_not_find_is_said():
    app = opened(adversarial="mlp-d2")
    assert any("mlp-d2" in warning.value for warning in app.warning)
    assert app.selectbox(key="adversarial").value == NAMES[1]


def test_without_such_a_model_the_page_says_what_to_do(monkeypatch):
    monkeypatch.setattr(library, "available", list)
    assert "train one on the Train page" in opened().info[0].value
