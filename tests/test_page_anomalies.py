"""The page “Anomalies”, without MNIST: what it says of a model, against numbers made here."""

import json
import re
import time

import pytest
import torch
from sklearn.metrics import roc_auc_score
from streamlit.testing.v1 import AppTest

from aecore import checkpoint, library, runs
from aecore.config import TrainConfig
from pages.sections import anomalies_training

MODEL = "one-class-mlp-d16-3"


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


@pytest.fixture
def registry(monkeypatch):
    made = runs.Registry(slots=1)
    monkeypatch.setattr(runs, "_registry", made)
    yield made
    made.close()


def opened(language="en", **values):
    app = AppTest.from_file("../app.py", default_timeout=180)
    for name, value in {"lang": language, **values}.items():
        app.query_params[name] = str(value)
    app.run()
    app.switch_page("pages/anomalies.py").run()
    assert not app.exception
    return app


def text(app):
    return "\n".join(element.value for element in [*app.markdown, *app.caption])


def told(app, part):
    """What the component in the browser is told."""
    alarm = next(
        e.proto for e in app.get("bidi_component") if e.proto.component_name.endswith("alarm")
    )
    content = alarm.bytes
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return json.loads(header["__metadata__"][part])


def errors(name, digits):
    """The squared error a pixel of each test picture."""
    model, _card = checkpoint.load(library.path(name))
    x = digits.test.pictures()
    with torch.inference_mode():
        return (model.decode(model.encode(x)) - x).square().flatten(1).mean(1).numpy()


def test_the_area_is_that_of_scikit_learn(digits):
    app = opened()
    assert app.selectbox(key="detector").value == MODEL
    foreign = digits.test.labels.numpy() != 3
    area = roc_auc_score(foreign, errors(MODEL, digits))
    said = re.search(r"Reconstruction error \(MSE\) \| \*\*([\d.]+)\*\* \| ([\d.]+)", text(app))
    assert float(said[1]) == pytest.approx(area, abs=6e-5)
    assert float(said[2]) > 0.8
    counts = re.search(r"(\d+) normal and (\d+) foreign", text(app))
    assert (int(counts[1]), int(counts[2])) == ((~foreign).sum(), foreign.sum())
    assert f"AUROC {float(said[1]):g}" in told(app, "words")["model"]


def test_the_usual_threshold_lets_one_in_twenty_of_the_normal_raise_the_alarm(digits):
    app = opened()
    mse, normal = errors(MODEL, digits), digits.test.labels.numpy() == 3
    threshold = told(app, "told")["threshold"]
    assert (mse[normal] > threshold + 1e-7).sum() == int(0.05 * normal.sum())
    missed = (mse[~normal] <= threshold).sum()
    said = [int(n) for n in re.findall(r"\*\*: (\d+) (?:foreign|normal) pictures", text(app))]
    assert said == [missed, int(0.05 * normal.sum())]


def test_a_link_opens_the_same_threshold(digits):
    mse, normal = errors(MODEL, digits), digits.test.labels.numpy() == 3
    app = opened(detector=MODEL, threshold=0.03, foreign="others")
    assert told(app, "told")["threshold"] == 0.03
    said = [int(n) for n in re.findall(r"\*\*: (\d+) (?:foreign|normal) pictures", text(app))]
    assert said == [(mse[~normal] <= 0.03).sum(), (mse[normal] > 0.03).sum()]


def test_another_view_begins_with_its_own_threshold():
    app = opened(threshold=0.03)
    app.segmented_control(key="score").set_value("distance").run()
    distance = told(app, "told")["threshold"]
    assert distance > 1
    assert app.query_params["threshold"] in (str(distance), [str(distance)])
    app.segmented_control(key="score").set_value("mse").run()
    assert 0.005 < told(app, "told")["threshold"] < 0.2


@pytest.mark.parametrize("foreign", ["noise", "inverted"])
def test_what_is_no_digit_is_foreign(foreign):
    app = opened(foreign=foreign)
    area = re.search(r"Reconstruction error \(MSE\) \| \*\*([\d.]+)\*\*", text(app))
    assert float(area[1]) > 0.99


def test_to_a_model_of_all_classes_no_digit_is_foreign():
    app = opened(detector="vae-mlp-d2", score="elbo")
    assert app.selectbox(key="foreign").options == ["uniform noise", "inverted pictures"]
    assert "This model learned all classes" in text(app)
    assert "−ELBO (nats)" in text(app)
    assert told(app, "words")["pca"].startswith("PCA, d = 2, MSE")


def test_the_detectors_stand_first_and_tell_what_they_learned():
    options = opened().selectbox(key="detector").options
    assert options[:2] == ["MLP AE, d = 16, only 0", "MLP AE, d = 16, only 1"]
    assert options[10:12] == ["MLP AE, d = 16, all but 8", "linear-d2"]


def test_nonsense_in_a_link_is_said():
    app = opened(detector="zzz", foreign="qqq", score="rrr", threshold="much")
    said = " ".join(warning.value for warning in app.warning)
    for word in ("zzz", "qqq", "rrr", "much"):
        assert word in said
    assert app.selectbox(key="detector").value == MODEL


def test_one_click_trains_a_detector_that_can_then_be_chosen(registry):
    app = opened()
    app.button_group(key="own_classes").set_value([0, 7]).run()
    next(b for b in app.button if b.label == "Train it").click().run()
    (run,) = [
        run for owner in {r.owner for r in registry._runs.values()} for run in registry.of(owner)
    ]
    assert run.config == anomalies_training.config_of("vae", (0, 7))
    assert run.config.model.variational
    if run.is_live:
        assert "1. MLP VAE, d = 16, only 0, 7" in " ".join(i.value for i in app.info)
    until = time.monotonic() + 60
    while run.is_live:
        assert time.monotonic() < until
        time.sleep(0.05)
    app.run()
    assert app.selectbox(key="detector").options[0].startswith("1. MLP VAE, d = 16, only 0, 7")
    app.selectbox(key="detector").set_value("run-1").run()
    assert not app.exception
    assert "normal: only 0, 7" in told(app, "words")["normal"]
    assert "−ELBO (nats)" in text(app)


def test_all_but_some_and_the_families():
    config = anomalies_training.config_of("mlp", (1, 2))
    shipped = library.manifest()[MODEL]
    assert config == TrainConfig.from_json({**shipped.to_json(), "classes": [1, 2]})


def test_training_on_no_class_or_on_all_is_not_offered():
    app = opened()
    app.button_group(key="own_classes").set_value([]).run()
    assert next(b for b in app.button if b.label == "Train it").disabled
    app.segmented_control(key="own_rule").set_value("all-but").run()
    assert next(b for b in app.button if b.label == "Train it").disabled
    app.button_group(key="own_classes").set_value([8]).run()
    assert not next(b for b in app.button if b.label == "Train it").disabled
