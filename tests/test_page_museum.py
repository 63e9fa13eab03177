"""The failure museum without MNIST: what is trained, what is said of it, and the way onward."""

import re
import time

import pytest
from streamlit.testing.v1 import AppTest

from aecore import runs
from aecore.explore import failures
from aecore.explore.failures import FAILURES
from aecore.runs import LIVE, Registry, Status

OWNER = "a visitor"


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


@pytest.fixture
def registry(monkeypatch):
    made = Registry(slots=1)
    monkeypatch.setattr(runs, "_registry", made)
    yield made
    made.close()


def opened(exhibit="rate", language="en"):
    app = AppTest.from_file("../app.py", default_timeout=120)
    app.query_params["lang"] = language
    app.query_params["exhibit"] = exhibit
    app.session_state["owner"] = OWNER
    app.run()
    app.switch_page("pages/museum.py").run()
    assert not app.exception
    return app


def text(app):
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.subheader])


def finished(registry, config, **changes):
    """A run of the visitor that has ended."""
    run = registry.submit(OWNER, config)
    until = time.monotonic() + 120
    while run.is_live and time.monotonic() < until:
        time.sleep(0.02)
    assert not run.is_live
    return run


def rows(app):
    """The table as {name: (failing, repaired)}."""
    found = [m.value for m in app.markdown if m.value.startswith("| ")]
    lines = [line.strip("| ").split(" | ") for line in found[0].splitlines()[2:]]
    return {name: tuple(cells) for name, *cells in lines}


@pytest.mark.parametrize("exhibit", list(FAILURES))
def test_every_exhibit_says_what_it_is_and_what_differs(exhibit, registry):
    app = opened(exhibit)
    for heading in ("What one sees", "Why", "How it is told", "How it is repaired"):
        assert f"**{heading}.**" in text(app)
    assert app.query_params["exhibit"] in (exhibit, [exhibit])
    assert app.code[0].value == "\n".join(failures.differences(FAILURES[exhibit]))
    assert not app.button(key="reproduce").disabled
    assert not app.metric


def test_a_link_with_nonsense_is_said(registry):
    app = opened("fire")
    assert any("fire" in warning.value for warning in app.warning)
    assert app.query_params["exhibit"] in ("collapse", ["collapse"])


def test_without_mnist_it_says_what_stands_in(registry):
    assert any("MNIST is not at hand" in warning.value for warning in opened().warning)


def test_the_buttons_queue_the_runs_that_are_missing(registry):
    failing, repaired = FAILURES["rate"].configs("digits")
    registry._workers = [None] * registry.slots  # nobody takes them
    app = opened()
    app.button(key="reproduce").click().run()
    assert [run.config for run in registry.of(OWNER)] == [failing]
    assert app.button(key="reproduce").disabled
    assert app.button(key="both").disabled
    app.button(key="repair").click().run()
    assert [run.config for run in registry.of(OWNER)] == [failing, repaired]
    assert sum("trains or waits" in info.value for info in app.info) == 2
    registry._workers = []


def test_a_full_list_of_runs_is_said(registry, monkeypatch):
    monkeypatch.setattr(runs, "MAX_RUNS_EACH", 0)
    app = opened()
    app.button(key="both").click().run()
    assert any("remove one first" in error.value for error in app.error)


def test_what_was_trained_anywhere_counts_and_both_are_judged(registry):
    failure = FAILURES["rate"]
    broken, mended = (finished(registry, config) for config in failure.configs("digits"))
    assert (broken.status, mended.status) == (Status.FAILED, Status.FINISHED)
    app = opened()
    assert app.metric[0].value == "broken off"
    ratio = mended.train_curve[-1][1] / mended.test_curve[0][1]
    assert float(app.metric[1].value) == pytest.approx(ratio, rel=0.006)
    assert ":red-badge[:material/close: Exploded]" in text(app)
    assert ":green-badge[:material/check: It learns]" in text(app)
    assert any("no longer a finite number" in error.value for error in app.error)
    found = rows(app)["Loss of the untrained model (nats)"]
    assert float(found[0]) == pytest.approx(broken.test_curve[0][1], abs=0.06)
    assert all(app.button(key=key).disabled for key in ("reproduce", "repair", "both"))
    app.button(key="remove-failing").click().run()
    assert registry.of(OWNER) == [mended]
    assert not app.button(key="reproduce").disabled
    assert len(app.metric) == 1


def test_a_run_of_somebody_else_or_one_stopped_early_does_not_count(registry):
    failing, repaired = FAILURES["units"].configs("digits")
    registry.submit("somebody else", failing)
    run = registry.submit(OWNER, repaired)
    registry.stop(run)
    until = time.monotonic() + 60
    while run.status in LIVE and time.monotonic() < until:
        time.sleep(0.02)
    app = opened("units")
    assert not app.metric
    assert not app.button(key="both").disabled


@pytest.mark.parametrize("exhibit", list(FAILURES))
def test_the_train_page_takes_over_the_very_settings(exhibit, registry):
    registry._workers = [None] * registry.slots
    for side, config in zip(
        ("failing", "repaired"), FAILURES[exhibit].configs("digits"), strict=True
    ):
        app = opened(exhibit)
        app.button(key=f"open-{side}").click().run()
        app.switch_page("pages/train.py").run()
        assert not app.exception
        next(button for button in app.button if button.label == "Train").click().run()
        assert registry.of(OWNER)[-1].config == config
    registry._workers = []


@pytest.mark.parametrize("exhibit", ["scale", "holes", "codes", "units", "identity"])
def test_the_symptom_of_a_model_is_shown(exhibit, registry, monkeypatch):
    """One short run will do: how it is shown does not depend on how it ends."""
    monkeypatch.setattr(failures, "MORE_EPOCHS", 1)
    failure = FAILURES[exhibit]
    failing, _ = failure.configs("digits")
    run = finished(registry, failing)
    app = opened(exhibit)
    assert len(app.metric) == 1
    assert re.search(r"(red|green)-badge", text(app))
    assert len(app.get("plotly_chart")) == (0 if exhibit == "identity" else 1)
    body = "".join(element.proto.body for element in app.get("html"))
    assert body.count("data:image/png") >= 2
    assert run.config == failing
