"""The page “Few labels” without MNIST: its numbers, its verdict, and the race."""

import base64
import json
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore import checkpoint, library
from aecore.explore import fewlabels, finetuning
from aecore.explore.codes import encode
from aecore.pca import fit, flat
from pages.sections.finetuning import _kept

MODELS = ("mlp-d16", "vae-mlp-d2")


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


def opened(language="en", **values):
    app = AppTest.from_file("../app.py", default_timeout=180)
    usual = {"lang": language, "codes": ",".join(MODELS), "draws": 2, "pca_d": 16}
    for name, value in {**usual, "tuned": "mlp-d16", "steps": 100, **values}.items():
        app.query_params[name] = str(value)
    app.run()
    app.switch_page("pages/fewlabels.py").run()
    assert not app.exception
    return app


def text(app):
    return "\n".join(element.value for element in [*app.markdown, *app.caption])


def tables(app):
    """Each table as {name of the row: its cells}."""
    found = [m.value for m in app.markdown if m.value.startswith("| ")]
    rows = [[line.strip("| ").split(" | ") for line in one.splitlines()[2:]] for one in found]
    return [{row[0]: row[1:] for row in one} for one in rows]


def charts(app):
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def confusions(app):
    """The shares (10, 10) of the map, which come as the bytes of an array."""
    kept = charts(app)[1]["data"][0]["z"]
    return np.frombuffer(base64.b64decode(kept["bdata"]), kept["dtype"]).reshape(10, 10)


def expected(digits, name, size, c=10.0, draws=2):
    """Accuracies in percent, from the functions of scikit-learn that the page stands on."""
    codes = {"pixels": flat, "pca": lambda s: fit(digits.train).transform(flat(s), 16)}
    if name not in codes:
        model = checkpoint.load(library.path(name))[0]
        codes[name] = lambda split: encode(model, split)
    by = fewlabels.represent(codes[name], digits.train, digits.test)
    labels, truth = digits.train.labels.numpy(), digits.test.labels.numpy()
    return [
        100
        * np.mean(
            fewlabels.named(by, digits.train, fewlabels.balanced(labels, size, draw), c) == truth
        )
        for draw in range(draws)
    ]


def test_the_table_holds_the_accuracies_of_each_representation(digits):
    app = opened()
    rows = tables(app)[0]
    assert list(rows) == ["Raw pixels", "PCA, d = 16", *MODELS]
    assert [row[0] for row in rows.values()] == ["784", "16", "16", "2"]
    for label, name in zip(rows, ("pixels", "pca", *MODELS), strict=True):
        for cell, size in zip(rows[label][1:], (10, 100, 1000), strict=True):
            mean, spread = re.findall(r"[\d.]+", cell)
            wanted = expected(digits, name, size)
            assert float(mean) == pytest.approx(np.mean(wanted), abs=0.051)
            assert float(spread) == pytest.approx(np.std(wanted, ddof=1), abs=0.051)
    for column in (1, 2, 3):
        cells = [row[column] for row in rows.values()]
        means = [float(re.search(r"[\d.]+", cell).group()) for cell in cells]
        bold = [means[i] for i, cell in enumerate(cells) if cell.startswith("**")]
        assert set(bold) == {max(means)}


def test_the_verdict_and_the_chart_say_what_the_table_says():
    app = opened()
    rows, words = tables(app)[0], text(app)
    mean = {
        name: [float(re.search(r"[\d.]+", c).group()) for c in row[1:]]
        for name, row in rows.items()
    }
    best = max(mean, key=lambda name: mean[name][0])
    assert f"With 10 labels **{best}** names most" in words
    last = max(mean, key=lambda name: mean[name][-1])
    assert ("With 1,000 it still leads" in words) == (last == best)
    if last != best:
        assert f"With 1,000 **{last}** leads" in words
    drawn = {trace["name"]: trace for trace in charts(app)[0]["data"]}
    assert list(drawn) == list(rows)
    for name, trace in drawn.items():
        assert [100 * y for y in trace["y"]] == pytest.approx(mean[name], abs=0.06)
        assert trace["customdata"] == [10, 100, 1000]


def test_a_lead_is_against_raw_pixels_draw_by_draw(digits):
    app = opened(measure="lead")
    drawn = {trace["name"]: trace for trace in charts(app)[0]["data"]}
    assert drawn["Raw pixels"]["y"] == [0, 0, 0]
    for name in MODELS:
        ahead = np.subtract(expected(digits, name, 100), expected(digits, "pixels", 100)) / 100
        assert drawn[name]["y"][1] == pytest.approx(ahead.mean(), abs=1e-6)
        error = ahead.std(ddof=1) / 2**0.5
        assert drawn[name]["error_y"]["array"][1] == pytest.approx(error, abs=1e-6)


def test_a_single_draw_leaves_every_lead_to_chance():
    app = opened(draws=1)
    assert "may be chance" in text(app)
    assert "±" not in tables(app)[0]["Raw pixels"][1]


def test_another_weight_of_the_labels_changes_the_numbers(digits):
    app = opened(c=0.1)
    mean = float(re.search(r"[\d.]+", tables(app)[0]["Raw pixels"][2]).group())
    assert mean == pytest.approx(np.mean(expected(digits, "pixels", 100, c=0.1)), abs=0.051)
    assert mean != pytest.approx(np.mean(expected(digits, "pixels", 100)), abs=0.051)


def test_the_confusions_are_those_of_the_chosen_representation(digits):
    app = opened(of="vae-mlp-d2", n=1000)
    shares = confusions(app)
    assert shares.sum(1) == pytest.approx(np.ones(10))
    counts = np.bincount(digits.test.labels, minlength=10)
    accuracy = 100 * (np.diag(shares) * counts).sum() / counts.sum()
    assert accuracy == pytest.approx(np.mean(expected(digits, "vae-mlp-d2", 1000)), abs=1e-4)
    app.selectbox(key="of").set_value("pixels").run()
    assert app.query_params["of"] in ("pixels", ["pixels"])
    assert (confusions(app) != shares).any()


def test_without_any_model_pixels_and_pca_remain():
    app = opened(codes="")
    assert list(tables(app)[0]) == ["Raw pixels", "PCA, d = 16"]


def test_a_link_with_nonsense_is_said():
    app = opened(codes="mlp-d16,zzz", draws=0, rate="fast")
    said = " ".join(warning.value for warning in app.warning)
    assert "zzz" in said
    assert "fast" in said
    assert app.slider(key="draws").value == 1


def test_without_mnist_it_says_what_stands_in():
    said = " ".join(warning.value for warning in opened(draws=1).warning)
    assert "MNIST is not at hand" in said
    assert "Classified are pictures of “Embedded digits”" in said


def test_the_race_is_run_shown_and_kept(digits):
    _kept.clear()
    app = opened(draws=1, codes="")
    assert [row[0] for row in tables(app)[1].values()] == ["…"] * 3
    app.button(key="race-10").click().run()
    model = checkpoint.load(library.path("mlp-d16"))[0]
    moments = list(finetuning.race(model, digits.train, digits.test, 10, steps=100))
    for row, name in zip(tables(app)[1].values(), finetuning.LEARNERS, strict=True):
        found = float(row[0].strip("*"))
        assert found == pytest.approx(100 * moments[-1].final[name], abs=0.051)
    ahead = 100 * (moments[-1].final["tuned"] - moments[-1].final["scratch"])
    place = "ahead of" if ahead >= 0 else "behind"
    assert f"is {abs(ahead):.1f} points {place} the fresh one" in text(app)
    curves = charts(app)[2]["data"]
    assert [trace["name"] for trace in curves] == ["Frozen", "Fine-tuned", "From scratch"]
    assert curves[1]["x"] == [moment.step for moment in moments]
    assert curves[1]["y"] == pytest.approx([moment.accuracies["tuned"] for moment in moments])
    assert app.button(key="race-10").disabled
    # It is kept: another visitor finds it there.
    other = opened(draws=1, codes="")
    assert tables(other)[1]["Frozen"][0] == tables(app)[1]["Frozen"][0]
    assert tables(other)[1]["Frozen"][1] == "…"
    other = opened(draws=1, codes="", seed=1)
    assert tables(other)[1]["Frozen"][0] == "…"
