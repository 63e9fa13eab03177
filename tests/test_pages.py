"""Every page runs without an exception, with the data at hand and without any."""

from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

PAGES = (
    "home", "train", "compare", "models", "latent", "walk", "conditional", "adversarial", "pca",
    "weights", "regularisers", "quantized", "denoise", "judge", "anomalies", "fewlabels", "bounds",
    "sweep", "museum", "gan", "ganspace", "mover", "translate", "playground",
)  # fmt: skip
LANGUAGES = ("en", "fr")


@pytest.fixture
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


def visit(page, language="en"):
    app = AppTest.from_file("../app.py", default_timeout=120)
    app.query_params["lang"] = language
    app.run()
    return app.switch_page(f"pages/{page}.py").run()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_page_runs_without_data(page, language, without_data):
    app = visit(page, language)
    assert not app.exception
    assert len(app.title) == 1


def test_pages_that_need_mnist_say_that_the_embedded_digits_serve(without_data):
    app = visit("models")
    assert any("MNIST is not at hand" in warning.value for warning in app.warning)


def test_a_preset_sets_the_controls_and_the_parameter_formula(without_data):
    app = visit("train")
    app.selectbox(key="preset").select("sigmoid").run()
    assert app.select_slider(key="set_latent_dim").value == 36
    assert app.select_slider(key="set_learning_rate").value == 5e-3
    count = (784 + 1) * 36 + (36 + 1) * 784
    assert any(f"{count:,}" in caption.value for caption in app.caption)
    assert not app.exception


def test_every_preset_makes_a_valid_run(without_data):
    app = visit("train")
    for name in app.selectbox(key="preset").options:
        app.selectbox(key="preset").select(name).run()
        assert not app.exception
        assert not app.error
        assert not app.button[0].disabled


def test_settings_that_are_folded_away_count_all_the_same(without_data):
    app = visit("train")
    assert not [slider for slider in app.slider if slider.key == "set_depth"]
    app.session_state["fold_layers"] = True
    app.run()
    app.slider(key="set_depth").set_value(0).run()
    count = f"{(784 + 1) * 32 + (32 + 1) * 784:,}"
    assert any(count in caption.value for caption in app.caption)
    app.session_state["fold_layers"] = False
    app.run()
    app.slider(key="set_epochs").set_value(3).run()
    assert any(count in caption.value for caption in app.caption)


def test_the_settings_survive_a_change_of_page(without_data):
    app = visit("train")
    app.slider(key="set_epochs").set_value(7).run()
    app.switch_page("pages/compare.py").run()
    app.switch_page("pages/train.py").run()
    assert app.slider(key="set_epochs").value == 7


def test_an_unknown_model_in_the_link_is_said(without_data):
    app = AppTest.from_file("../app.py", default_timeout=120)
    app.query_params["model"] = "mlp-d9999"
    app.run()
    app.switch_page("pages/models.py").run()
    assert any("mlp-d9999" in warning.value for warning in app.warning)


def test_garbage_collection_after_each_rerun_is_off():
    # With torch imported it would block each interaction for a tenth of a second.
    config.get_config_options(force_reparse=True)
    assert config.get_option("runner.postScriptGC") is False
    assert config.get_option("runner.magicEnabled") is False


def test_nothing_reruns_on_a_timer():
    # A rerun on a timer can drop what another fragment has just drawn.
    root = Path(__file__).resolve().parent.parent
    sources = [root / "app.py", *(root / "pages").rglob("*.py")]
    assert not [file.name for file in sources if "run_every" in file.read_text("utf-8")]
