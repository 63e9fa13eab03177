"""The page “Weights and codes”: every part of it, for every family, without MNIST."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore import checkpoint
from aecore.config import ModelConfig, TrainConfig
from aecore.metrics import evaluate
from aecore.models import build, parameter_formula
from pages.sections import weights_codes, weights_layers

PARTS = ("units", "layers", "code", "parameters", "bytes")
CONFIGS = {
    "linear": ModelConfig("linear", latent_dim=3),
    "mlp": ModelConfig("mlp", latent_dim=32, hidden=(80,)),
    "sigmoid": ModelConfig("mlp", latent_dim=36, hidden=(), code_activation="sigmoid"),
    "vae": ModelConfig("mlp", True, 1, (16,), likelihood="bernoulli"),
    "conv": ModelConfig("conv", latent_dim=70, hidden=(), channels=3),
}


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


@pytest.fixture(scope="module")
def files(digits):
    """A file for each family, as an upload of the session."""
    made = {}
    for name, config in CONFIGS.items():
        model = build(config, seed=1).eval()
        card = checkpoint.Card(
            config=TrainConfig(model=config, dataset="digits"),
            dataset="digits",
            metrics=evaluate(model, digits.test).to_json(),
            parameters=model.parameter_count(),
            seconds=0.0,
            epochs=0,
            versions=checkpoint.versions(),
        )
        made[name] = checkpoint.to_bytes(model, card)
    return made


@pytest.fixture
def visit(files):
    def go(name, part="units", language="en", **asked):
        app = AppTest.from_file("../app.py", default_timeout=120)
        app.session_state["uploads"] = {name: files[name]}
        for key, value in {
            "lang": language,
            "model": f"upload-{name}",
            "show": part,
            **asked,
        }.items():
            app.query_params[key] = str(value)
        app.run()
        return app.switch_page("pages/weights.py").run()

    return go


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", CONFIGS)
def test_every_part_of_every_family_is_shown(visit, name, part):
    app = visit(name, part)
    assert not app.exception
    assert not app.warning
    labels = [expander.label for expander in app.expander]
    assert "The formulas" in labels
    assert any(f"aecore/models/{CONFIGS[name].network}.py" in label for label in labels)
    assert any("aecore/explore/" in label for label in labels)


def test_another_dataset_that_stands_in_is_said():
    app = AppTest.from_file("../app.py", default_timeout=120)
    app.query_params["lang"] = "en"
    app.run()
    app.switch_page("pages/weights.py").run()
    assert any("MNIST is not at hand" in warning.value for warning in app.warning)
    assert not app.exception


@pytest.mark.parametrize(
    ("kind", "sort"),
    [
        ("columns", "norm"),
        ("columns", "selectivity"),
        ("rows", "activity"),
        ("first", "selectivity"),
        ("last", "activity"),
        ("last", "number"),
    ],
)
def test_all_weights_can_be_sorted(visit, kind, sort):
    app = visit("mlp", kind=kind, sort=sort, scale="each")
    assert not app.exception
    assert app.selectbox(key="kind").value == kind
    assert app.selectbox(key="sort").value == sort
    # 80 hidden units are more than a page shows, 32 of the code are not.
    pagers = [box for box in app.number_input if box.key == "page"]
    assert len(pagers) == (kind in ("first", "last"))


def test_one_layer_offers_no_layer_twice(visit):
    assert visit("sigmoid").selectbox(key="kind").options == ["Decoder columns", "Encoder rows"]
    assert len(visit("conv").selectbox(key="kind").options) == 4


def test_a_link_beyond_the_units_is_clamped_and_nonsense_is_said(visit):
    app = visit("conv", unit=5000, page=99, kind="first-one")
    assert app.number_input(key="unit").value == 70
    assert app.number_input(key="page").value == 2
    assert any("first-one" in warning.value for warning in app.warning)
    assert not app.exception


def test_the_unit_at_work_says_its_range_and_its_selectivity(visit, files, digits):
    app = visit("mlp", unit=7)
    model, _card = checkpoint.load(files["mlp"])
    values = model.encode(digits.test.pictures()).detach().numpy()[:, 6]
    low, high = np.quantile(values, [0.01, 0.99])
    caption = next(c.value for c in app.caption if c.value.startswith("Unit 7 from"))
    said = [float(n) for n in re.findall(r"-?\d+\.\d+", caption)]
    assert said[:2] == pytest.approx([low, high], abs=0.006)
    assert said[2] == pytest.approx(values[0], abs=0.006)
    labels = digits.test.labels.numpy()
    between = sum(
        np.mean(labels == c) * (values[labels == c].mean() - values.mean()) ** 2 for c in range(10)
    )
    text = next(m.value for m in app.markdown if "η² =" in m.value)
    assert float(text.split("=")[1]) == pytest.approx(between / values.var(), abs=0.006)


def test_the_parameters_add_up_to_the_formula(visit):
    app = visit("mlp", "parameters")
    formula = parameter_formula(CONFIGS["mlp"])
    texts = [markdown.value for markdown in app.markdown]
    table = next(text for text in texts if "encoder.1.weight" in text)
    assert f"**{formula(32):,}**" in table
    assert "d × 80" in table
    exercise = next(text for text in texts if text.startswith("| d "))
    for d in (16, 32, 64):
        assert f"{formula(d):,}" in exercise
    latex = [element.value for element in app.latex]
    assert any(f"{formula.slope}\\, d + {formula.constant}" in line for line in latex)


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_the_bytes_are_those_of_the_bits(visit, bits):
    app = visit("conv", "bytes", bits=4)
    app.slider(key="bits").set_value(bits).run()
    texts = [markdown.value for markdown in app.markdown]
    sentence = next(text for text in texts if text.startswith(f"With {bits}-bit values"))
    size = -(-70 * bits // 8)
    assert f"**{size} bytes**" in sentence
    png = float(re.search(r"PNG \((\d+) bytes", sentence).group(1))
    ratio = float(re.search(r": \*\*([\d.]+)\*\* times", sentence).group(1))
    assert ratio == pytest.approx(png / size, rel=0.06)
    decoder = int(re.search(r"([\d,]+) bytes in half", sentence).group(1).replace(",", ""))
    shared = int(re.search(r"\*\*([\d,]+) pictures", sentence).group(1).replace(",", ""))
    assert shared == pytest.approx(decoder / (png - size), rel=0.02)
    assert any(f"| **{bits}** | {size} |" in text for text in texts)


def test_the_code_is_drawn_as_the_course_draws_it(visit):
    for name, shape in (("sigmoid", "6 × 6"), ("mlp", "8 × 4")):
        captions = [caption.value for caption in visit(name, "code").caption]
        assert any(f"as {shape}" in caption for caption in captions)


def test_sparsity_of_one_value_has_no_hoyer(visit):
    tables = [m.value for m in visit("vae", "code").markdown if "Share near zero" in m.value]
    assert len(tables) == 1
    assert "Hoyer" not in tables[0]
    tables = [m.value for m in visit("mlp", "code").markdown if "Share near zero" in m.value]
    assert "Hoyer" in tables[0]
    assert all(line.count("|") == 5 for line in tables[0].splitlines())


# What is drawn.


def test_tiles_show_every_value_of_a_code_in_one_scale():
    codes = np.zeros((2, 32), np.float32)
    codes[0, 0], codes[1, 31] = 2.0, -2.0
    tiles = weights_codes.code_tiles(codes)
    assert tiles.shape == (2, 28, 28, 3)
    red = np.argwhere((tiles[0] != 128).any(-1) & (tiles[0] != 247).any(-1))
    blue = np.argwhere((tiles[1] != 128).any(-1) & (tiles[1] != 247).any(-1))
    # Cells of 3x3: 8 rows of 4, 24x12 in the middle of 28x28.
    assert (red.min(0).tolist(), red.max(0).tolist()) == ([2, 8], [4, 10])
    assert (blue.min(0).tolist(), blue.max(0).tolist()) == ([23, 17], [25, 19])
    assert weights_codes.code_tiles(np.ones((3, 36))).shape == (3, 28, 28)
    assert weights_codes.code_tiles(np.ones((3, 1568))).shape == (3, 56, 56)


def test_a_layer_is_drawn_unit_by_unit():
    values = np.linspace(0, 1, 6, dtype=np.float32)
    assert weights_layers.draw(values, 3).tolist() == [[0, 51, 102], [153, 204, 255]]
    signed = weights_layers.draw(values - 0.5, 3)
    assert signed.shape == (2, 3, 3)
    assert signed[0, 0].tolist() == [0x21, 0x66, 0xAC]
    maps = weights_layers.draw(np.ones((4, 2, 2), np.float32), 2)
    assert maps.shape == (5, 5)
    assert (maps[:2, :2] == 255).all()
    assert not weights_layers.draw(np.zeros(4, np.float32), 2).any()
