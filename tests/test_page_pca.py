"""The page “PCA against autoencoders”: every part of it says what it should, without MNIST."""

import re
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_pages import visit

from aecore import library, pca
from aecore.checkpoint import read_card
from aecore.config import ModelConfig, TrainConfig
from aecore.runs import Status, registry
from aecore.training import Trainer
from pages.sections import pca_rivals
from pages.ui import probing

PARTS = ("variance", "components", "angles", "codes")
SIZES = [2, 8, 16, 32, 64]


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


@pytest.fixture
def as_mnist(digits, monkeypatch):
    """The embedded digits under the name of the set that the pretrained models learned."""
    stand_in = replace(digits, name="mnist")
    monkeypatch.setattr(pca_rivals, "load_or_embedded", lambda name: stand_in)
    return stand_in


@pytest.fixture
def opened():
    """The page with values in its link."""

    def opened(**values):
        app = AppTest.from_file("../app.py", default_timeout=120)
        app.query_params["lang"] = "en"
        for name, value in values.items():
            app.query_params[name] = str(value)
        app.run()
        app.switch_page("pages/pca.py").run()
        assert not app.exception
        return app

    return opened


def text(app):
    return "\n".join(element.value for element in [*app.markdown, *app.caption])


def pictures(app):
    return "\n".join(element.proto.body for element in app.get("html"))


def numbers(pattern, words):
    return [float(found.replace(",", "")) for found in re.findall(pattern, words)]


def test_the_sizes_are_those_that_every_family_has():
    app = visit("pca")
    assert [int(size) for size in app.select_slider(key="d").options] == SIZES
    families = pca_rivals.family_members()
    assert set(families) == {"linear", "mlp", "conv"}
    for network, by_size in families.items():
        for d, name in by_size.items():
            config = library.manifest()[name]
            model = config.model
            assert (model.network, model.latent_dim, model.variational) == (network, d, False)
            assert config.classes == ()


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("d", [2, 64])
def test_every_part_runs_at_every_end(part, d, opened):
    app = opened(part=part, d=d)
    assert app.session_state["part"] == part
    assert app.select_slider(key="d").value == d
    assert app.query_params["part"] == part
    assert app.query_params["d"] == str(d)


def test_a_link_with_nonsense_is_said_and_the_usual_is_shown(opened):
    app = opened(part="zzz", d=17, ten="many", scree_count=5)
    said = " ".join(warning.value for warning in app.warning)
    for value in ("zzz", "17", "many", "“5”"):
        assert value in said
    assert app.session_state["part"] == "variance"
    assert app.select_slider(key="d").value == 16


def test_what_is_out_of_range_is_clamped(opened, digits):
    app = opened(ten=100_000)
    least = int(digits.test.labels.bincount().min())
    assert app.number_input(key="ten").value == least - 1


def test_choices_survive_a_change_of_page(opened):
    app = opened(d=8, part="angles", angle_scale="log")
    app.switch_page("pages/compare.py").run()
    app.switch_page("pages/pca.py").run()
    assert app.select_slider(key="d").value == 8
    assert app.session_state["part"] == "angles"
    assert app.session_state["angle_scale"] == "log"


def test_without_mnist_it_says_that_the_errors_do_not_compare():
    app = visit("pca")
    said = [warning.value for warning in app.warning]
    assert any("MNIST is not at hand" in words for words in said)
    assert any("PCA is computed on “Embedded digits”" in words for words in said)
    assert "times smaller" not in text(app)


def test_all_four_restore_the_chosen_digit_and_the_ten(opened):
    app = opened(d=16)
    html = pictures(app)
    for name in ("Original", "PCA", "Linear AE", "MLP AE", "Convolutional AE"):
        assert f'class="name">{name}' in html
    # The digit once and the ten, through four, each with its error; the originals have none.
    assert html.count("<img") == (1 + 10) * (1 + 2 * 4)
    assert len(re.findall(r">MSE [\d.]+<br>[\d.]+ dB<", html)) == 4
    assert len(re.findall(r"<span>[\d.]+ dB</span>", html)) == 40


def test_the_numbers_under_the_ten_are_the_errors_of_pca(opened, digits):
    app = opened(d=8, ten=2)
    reference = pca.fit(digits.train)
    labels = digits.test.labels.tolist()
    index = [[i for i, label in enumerate(labels) if label == c][2] for c in range(10)]
    x = pca.flat(digits.test)[index]
    expected = ((reference.inverse_transform(reference.transform(x, 8)) - x) ** 2).mean(1)
    block = pictures(app).split('class="name">PCA<br>')[1].split('class="name">')[0]
    found = numbers(r"<span>([\d.]+)</span>", block)
    np.testing.assert_allclose(found, expected, rtol=0.06)
    assert numbers(r"mean MSE ([\d.]+)", pictures(app))[0] == pytest.approx(
        expected.mean(), rel=0.01
    )


def test_the_verdict_is_computed_from_what_was_measured(as_mnist, opened):
    d = 16
    app = opened(d=d)
    error = pca.fit(as_mnist.train).test_mse(as_mnist.test, d)
    cards = [read_card(library.path(f"{n}-d{d}")) for n in ("linear", "mlp", "conv")]
    measured = [card.metrics["test_mse"] for card in cards]
    words = text(app)
    share = numbers(r"is within ([\d.,]+)\s*% of PCA", words)[0]
    assert share == pytest.approx(100 * abs(measured[0] / error - 1), abs=0.01)
    if min(measured) < 0.98 * error:
        assert numbers(r"\*\*([\d.]+) times smaller", words) == [
            pytest.approx(error / min(measured), abs=0.06)
        ]
    else:
        assert "No autoencoder here does better" in words


def test_a_verdict_where_the_autoencoder_wins(as_mnist, opened, monkeypatch):
    monkeypatch.setattr(pca.PCAReference, "test_mse", lambda self, split, d: 0.5 / d)
    monkeypatch.setattr(pca.PCAReference, "size_for_error", lambda self, split, e: round(0.5 / e))
    words = text(opened(d=16))
    best = read_card(library.path("mlp-d16")).metrics["test_mse"]
    best = min(best, read_card(library.path("conv-d16")).metrics["test_mse"])
    ratio = numbers(r"\*\*([\d.]+) times smaller", words)
    assert ratio == [pytest.approx(0.5 / 16 / best, abs=0.06)]
    assert numbers(r"\*\*d = (\d+)\*\*", words) == [round(0.5 / best)]


def test_the_share_of_the_variance_is_scikit_learns(opened, digits):
    from sklearn.decomposition import PCA

    kept = PCA(8).fit(pca.flat(digits.train)).explained_variance_ratio_.sum()
    found = numbers(r"keep \*\*([\d.]+)\s*%\*\* of the variance", text(opened(d=8)))
    assert found == [pytest.approx(100 * kept, abs=0.06)]


def test_missing_models_are_named_and_the_others_shown(opened, monkeypatch):
    available = [name for name in library.available() if name != "mlp-d16"]
    monkeypatch.setattr(library, "available", lambda: available)
    app = opened(d=16)
    assert any("mlp-d16" in info.value and "pretrain" in info.value for info in app.info)
    assert "MLP AE<" not in pictures(app)
    assert 'class="name">Convolutional AE' in pictures(app)


@pytest.mark.parametrize("part", PARTS)
def test_without_any_model_pca_stands_alone(part, opened, monkeypatch):
    monkeypatch.setattr(library, "available", list)
    app = opened(d=16, part=part)
    assert 'class="name">PCA' in pictures(app)
    if part in ("components", "angles"):
        assert any("There is no linear autoencoder yet" in info.value for info in app.info)


def test_the_components_and_the_mixed_weights_stand_in_three_rows(opened):
    app = opened(part="components", d=16, shown=4)
    last = pictures(app).split('class="name">PCA&#x27;s components')[1]
    assert last.count("<img") == 3 * 4
    assert len(re.findall(r"<span>[\d.]+°</span>", last)) == 4
    assert len(re.findall(r"[\d.]+° \|", text(app))) == 16
    assert any("the two subspaces differ" in warning.value for warning in app.warning)


def trained(app, config, digits, angles=True):
    """A finished run of this session, as the registry would have left it."""
    run = registry().submit(app.session_state["owner"], config)
    run.status = Status.FINISHED
    trainer = Trainer(config, digits, watch=angles)
    for _event in trainer.run():
        pass
    run.trainer, run.metrics = trainer, trainer.metrics()
    return run


@pytest.fixture
def idle(monkeypatch):
    """The registry starts nothing by itself, and forgets its runs afterwards."""
    from aecore import runs

    mine = runs.Registry(slots=1)
    monkeypatch.setattr(mine, "_work", lambda: None)
    monkeypatch.setattr(runs, "_registry", mine)
    return mine


def test_a_linear_run_of_ones_own_can_be_chosen(idle, digits, opened):
    app = opened(part="angles", d=8)
    config = TrainConfig(
        ModelConfig("linear", latent_dim=3), "digits", epochs=2, learning_rate=2e-3
    )
    run = trained(app, config, digits)
    app.run()
    app.selectbox(key="linear").select("run-1").run()
    assert not app.exception
    start, end = run.trainer.history["angles"][0], run.trainer.history["angles"][-1]
    words = text(app)
    found = numbers(r"From ([\d.]+)° on average", words) + numbers(r"fell to ([\d.]+)°", words)
    assert found == [pytest.approx(np.mean(start), abs=0.1), pytest.approx(np.mean(end), abs=0.1)]
    assert app.query_params["linear"] == "run-1"
    app.session_state["part"] = "components"
    app.run()
    assert not app.exception
    assert not any("the two subspaces differ" in warning.value for warning in app.warning)


def test_a_model_without_noted_angles_says_so(idle, digits, opened):
    app = opened(part="angles", d=8)
    config = TrainConfig(ModelConfig("linear", latent_dim=2), "digits", epochs=1)
    trained(app, config, digits, angles=False)
    app.run()
    app.selectbox(key="linear").select("run-1").run()
    assert any("No angles were noted" in info.value for info in app.info)


def test_the_way_to_the_train_page_sets_a_linear_autoencoder_of_this_d(opened):
    app = opened(part="angles", d=8)
    button = next(b for b in app.button if "Train a linear autoencoder with d = 8" in b.label)
    button.click().run()
    assert not app.exception
    assert app.title[0].value == "Train an autoencoder"
    assert app.selectbox(key="preset").value == "linear"
    assert app.selectbox(key="set_network").value == "linear"
    assert app.select_slider(key="set_latent_dim").value == 8


def test_the_codes_are_measured_when_asked_and_stay_measured(opened):
    app = opened(part="codes", d=2)
    assert "| PCA |" not in text(app)
    next(b for b in app.button if b.label == "Measure").click().run()
    assert not app.exception
    table = next(m.value for m in app.markdown if "k-NN, standardised" in m.value)
    rows = [line.split("|")[1:-1] for line in table.splitlines()[2:]]
    assert [row[0].strip() for row in rows] == [
        "PCA", "Linear AE", "MLP AE", "Convolutional AE", "All 784 pixels",
    ]  # fmt: skip
    accuracies = np.array([[float(v.strip(" *\xa0%")) for v in row[2:]] for row in rows])
    assert accuracies.shape == (5, 3)
    assert (accuracies > 10).all()
    assert (accuracies[-1] > 90).all()
    app.select_slider(key="d").set_value(8).run()
    assert "| PCA | 8 |" in text(app)


def test_a_probe_measures_what_scikit_learn_does(digits):
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probing.probe.clear()
    reference = pca.fit(digits.train)
    size, found = probing.probe("t", lambda s: reference.transform(pca.flat(s), 6), digits)
    train, test = (reference.transform(pca.flat(split), 6) for split in (digits.train, digits.test))
    expected = [
        model.fit(train, digits.train.labels).score(test, digits.test.labels)
        for model in (
            KNeighborsClassifier(5),
            make_pipeline(StandardScaler(), KNeighborsClassifier(5)),
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
        )
    ]
    assert size == 6
    assert found == pytest.approx(expected, abs=0.006)


def test_the_same_dataset_needs_no_warning(as_mnist, opened):
    app = opened(d=16)
    assert not app.warning
