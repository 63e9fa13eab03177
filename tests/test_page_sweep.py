"""The Sweep page without MNIST: what is asked for, the board, and saved sweeps."""

import json
import statistics
import time
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from aecore import pca, runs, sweep_file
from aecore.config import ModelConfig, NoiseConfig, TrainConfig
from aecore.messages import Sentence
from aecore.runs import Registry, Status
from aecore.sweep import Axis, Result, Sweep
from aecore.sweep_run import SweepRun, result_of
from aecore.training import Trainer, fit

SMALL = TrainConfig(
    ModelConfig("mlp", latent_dim=2, hidden=(16,)), dataset="digits", epochs=1, batch_size=512
)
TINY = Sweep(SMALL, (Axis("latent_dim", (2, 4)),), seeds=2)
GRID = Sweep(SMALL, (Axis("latent_dim", (2, 4)), Axis("learning_rate", (1e-3, 1e-2))))


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    made = Registry(slots=1)
    monkeypatch.setattr(runs, "_registry", made)
    yield made
    made.close()


def results_of(sweep):
    found = {}
    for job in sweep.jobs:
        trainer = Trainer(job.config)
        fit(trainer)
        found[job.number] = result_of(trainer, job.key)
    return found


@pytest.fixture(scope="module")
def tiny():
    return results_of(TINY)


@pytest.fixture(scope="module")
def grid():
    return results_of(GRID)


def opened(page="sweep", language="en", session=(), **link):
    app = AppTest.from_file("../app.py", default_timeout=120)
    for name, value in {"lang": language, **link}.items():
        app.query_params[name] = str(value)
    for name, value in {"owner": "ada", **dict(session)}.items():
        app.session_state[name] = value
    app.run()
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def hold(registry, sweep, results):
    run = SweepRun(registry, "ada", sweep, results)
    registry.hold_sweep(run)
    return run


def text(app):
    return "\n".join(e.value for e in [*app.markdown, *app.caption, *app.text, *app.warning])


def tables(app):
    """Each table as the cells of its rows."""
    found = [m.value for m in app.markdown if m.value.startswith("| ")]
    return [[line.strip("| ").split(" | ") for line in t.splitlines()[2:]] for t in found]


def chart(app):
    return json.loads(app.get("plotly_chart")[0].proto.spec)["data"]


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.02)


# What is asked for.


def test_a_sweep_is_started_from_the_settings_and_shows_on_the_board(registry):
    session = {
        "set_dataset": "digits",
        "set_width": 16,
        "set_batch_size": 512,
        "set_sweep_epochs": 1,
    }
    app = opened(session=session, axis_values="2, 5", seeds=2)
    assert "**4** runs" in text(app)
    count = [(784 + 1) * 16 + (16 + 1) * d + (d + 1) * 16 + (16 + 1) * 784 for d in (2, 5)]
    assert f"{count[0]:,} to {count[1]:,} parameters" in text(app)
    assert any("press **Start the sweep**" in info.value for info in app.info)
    start = next(b for b in app.button if b.label == "Start the sweep")
    start.click().run()
    assert not app.exception
    held = registry.sweeps["ada"]
    assert held.sweep.axes == (Axis("latent_dim", (2, 5)),)
    assert (held.sweep.seeds, held.sweep.base.epochs) == (2, 1)
    wait_for(lambda: held.status is Status.FINISHED)
    app.run()
    assert [row[:2] for row in tables(app)[0]] == [["2", "2"], ["5", "2"]]
    assert "about" in text(app)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"axis_values": "2, four"}, "“four” is not a number"),
        ({"axis_values": "2, 0"}, "“latent_dim” must be a whole number from 1"),
        ({"axis_values": " "}, "at least one value"),
        ({"axis_values": ",".join(map(str, range(1, 32))), "seeds": 2}, "These are 62 runs"),
        ({"axis": "learning_rate", "axis_values": "0.1, 0.1"}, "may be given once only"),
    ],
)
def test_a_bad_value_is_said_and_nothing_can_be_started(link, said):
    app = opened(**link)
    assert any(said in error.value for error in app.error)
    assert next(b for b in app.button if b.label == "Start the sweep").disabled


def test_what_can_be_swept_is_what_the_model_has():
    app = opened()
    assert "β" not in " ".join(app.selectbox(key="axis").options)
    app = opened(session={"set_code": "variational"}, axis="beta", axis_values="0.5,2")
    assert app.selectbox(key="axis").value == "beta"
    assert app.text_input(key="axis_beta").value == "0.5,2"
    app = opened(axis="seed")
    assert "**5** runs" in text(app)
    assert not [slider for slider in app.slider if slider.key == "seeds"]


def test_a_decimal_comma_is_read_and_usual_values_are_written_with_it():
    app = opened(language="fr", axis="learning_rate")
    assert app.text_input(key="axis_learning_rate").value == "0,0001; 0,001; 0,01"
    assert "**6** entraînements" in text(app)


def test_epochs_of_the_sweep_and_of_the_train_page_are_apart():
    app = opened()
    assert app.slider(key="set_sweep_epochs").value == 3
    app.slider(key="set_sweep_epochs").set_value(5).run()
    app.switch_page("pages/train.py").run()
    assert app.slider(key="set_epochs").value == 10


def test_a_link_with_nonsense_is_said():
    app = opened(axis="zzz", seeds=99)
    assert any("zzz" in warning.value for warning in app.warning)
    assert app.slider(key="seeds").value == 5


# The board.


def test_the_chart_and_the_table_hold_the_numbers_of_the_runs(registry, tiny, digits):
    hold(registry, TINY, tiny)
    app = opened()
    by_d = {
        d: [tiny[j.number].measures["test_mse"] for j in TINY.jobs if j.cell == (d,)]
        for d in (2, 4)
    }
    reference, line, points, ring = chart(app)
    assert line["y"] == pytest.approx([statistics.mean(by_d[d]) for d in (2, 4)])
    spread = [statistics.stdev(by_d[d]) for d in (2, 4)]
    assert line["error_y"]["array"] == pytest.approx(spread)
    drawn = {
        number: y for (number, _seed), y in zip(points["customdata"], points["y"], strict=True)
    }
    assert drawn == {n: result.measures["test_mse"] for n, result in tiny.items()}
    fitted = pca.fit(digits.train)
    assert reference["y"] == pytest.approx([fitted.test_mse(digits.test, d) for d in (2, 4)])
    assert (ring["x"], ring["y"]) == ([2.0], [by_d[2][0]])
    for row, d in zip(tables(app)[0], (2, 4), strict=True):
        mean, deviation = row[2].split("\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}")
        assert float(mean) == pytest.approx(statistics.mean(by_d[d]), rel=0.006)
        assert float(deviation) == pytest.approx(statistics.stdev(by_d[d]), rel=0.06)


def test_pca_stands_only_where_it_answers_the_same_question(registry, tiny):
    hold(registry, TINY, tiny)
    named = {"test_mse": True, "recon_nats": True, "psnr": False, "seconds": False}
    for measure, there in named.items():
        traces = chart(opened(swept_measure=measure))
        assert any(trace.get("name") == "PCA of the same d" for trace in traces) is there, measure


def test_one_seed_claims_no_spread(registry, grid):
    hold(registry, GRID, grid)
    app = opened()
    assert "±" not in "".join(cell for row in tables(app)[0] for cell in row)
    assert "standard deviation" not in text(app)
    names = [trace["name"] for trace in chart(app) if trace.get("showlegend") is not False]
    assert names == ["PCA of the same d", "learning rate = 0.001", "learning rate = 0.01"]


def test_two_settings_are_also_seen_as_a_map(registry, grid):
    hold(registry, GRID, grid)
    cells = chart(opened(swept_view="map"))[1]
    for (number, low, high), x, y, shown in zip(
        cells["customdata"], cells["x"], cells["y"], cells["text"], strict=True
    ):
        config = GRID.jobs[number].config
        assert (float(x), float(y)) == (config.model.latent_dim, config.learning_rate)
        assert low == high == grid[number].measures["test_mse"]
        assert float(shown) == pytest.approx(low, rel=0.006)


def test_a_chosen_model_can_be_opened_on_the_other_pages(registry, tiny):
    hold(registry, TINY, tiny)
    app = opened(swept="latent_dim-4-seed-1")
    assert app.selectbox(key="swept").value == "latent_dim-4-seed-1"
    links = [link.proto for link in app.get("page_link")]
    assert {link.page for link in links} >= {"latent", "walk", "weights", "models"}
    other = opened("models", model="sweep-latent_dim-4-seed-1")
    assert other.selectbox(key="model").value == "sweep-latent_dim-4-seed-1"
    assert not other.warning or all("sweep" not in w.value for w in other.warning)


def test_a_run_that_broke_off_is_in_the_table_with_its_reason(registry, tiny):
    hold(registry, TINY, {**tiny, 1: Result(reason=Sentence("It **broke** off."))})
    app = opened()
    assert "d = 4, seed 0: It **broke** off." in [element.value for element in app.text]
    assert [row[2] for row in tables(app)[1]] == ["Finished", "Broken off", "Finished", "Finished"]
    assert [row[1] for row in tables(app)[0]] == ["2", "1"]


def test_where_every_run_broke_off_only_the_reasons_stand(registry):
    broken = {job.number: Result(reason=Sentence("Too hot.")) for job in TINY.jobs}
    hold(registry, TINY, broken)
    app = opened()
    assert app.text[0].value.count("Too hot.") == 4
    assert not app.get("plotly_chart")


def test_what_denoising_leaves_is_a_measure_of_its_own(registry):
    noisy = replace(SMALL, noise=NoiseConfig("masking", 0.2))
    sweep = Sweep(noisy, (Axis("noise", (0.1, 0.4)),))
    hold(registry, sweep, results_of(sweep))
    app = opened()
    assert "MSE after denoising" in app.selectbox(key="swept_measure").options
    assert "Classes named by its head" not in app.selectbox(key="swept_measure").options


# Saved sweeps.


def test_a_saved_sweep_is_opened_and_only_what_is_missing_is_trained(registry, tiny):
    content = sweep_file.to_bytes(TINY, {0: tiny[0], 1: tiny[1], 2: tiny[2]})
    app = opened()
    app.file_uploader[0].set_value(("sweep.zip", content, "application/zip")).run()
    assert not app.exception
    held = registry.sweeps["ada"]
    assert held.status is Status.STOPPED
    assert [row[2] for row in tables(app)[1]][-1] == "Not trained yet"
    next(b for b in app.button if b.label == "Resume").click().run()
    wait_for(lambda: held.status is Status.FINISHED)
    app.run()
    assert registry.sweeps["ada"] is held
    assert held.results[0].checkpoint == tiny[0].checkpoint
    assert held.results[3].measures["test_mse"] == tiny[3].measures["test_mse"]
    assert not [b for b in app.button if b.label == "Resume"]


def test_a_file_that_is_no_sweep_is_refused_and_the_board_stays(registry, tiny):
    held = hold(registry, TINY, tiny)
    app = opened()
    app.file_uploader[0].set_value(("sweep.zip", b"no zip", "application/zip")).run()
    assert any("no sweep of this lab" in error.value for error in app.error)
    assert registry.sweeps["ada"] is held
    assert tables(app)


def test_a_sweep_is_paused_and_stopped_from_the_board(registry):
    long = Sweep(replace(SMALL, epochs=1000), (Axis("latent_dim", (2, 3)),))
    held = hold(registry, long, {})
    held.start()
    app = opened()
    next(b for b in app.button if b.label == "Pause").click().run()
    assert held.status is Status.PAUSED
    next(b for b in app.button if b.label == "Resume").click().run()
    assert held.status is Status.RUNNING
    next(b for b in app.button if b.label == "Stop").click().run()
    assert held.status is Status.STOPPED
