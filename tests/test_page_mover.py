"""The page of the earth mover's distance, run without a browser."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.picker import drawing_token


def visit(**query):
    app = AppTest.from_file("../app.py", default_timeout=120)
    app.query_params.update({"lang": "en", **query})
    app.run()
    app.switch_page("pages/mover.py").run()
    assert not app.exception
    return app


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


def test_the_table_of_the_parallel_lines():
    table = next(m.value for m in visit().markdown if m.value.startswith("| θ "))
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.split("\n")]
    assert rows[2] == ["0", "0", "0", "0", "0", "0"]
    assert rows[3] == ["0.25", "0.25", "0.693", "1", "∞", "∞"]
    assert rows[-1] == ["4", "4", "0.693", "1", "∞", "∞"]


def test_a_digit_that_is_shifted_is_as_far_as_it_was_shifted():
    app = visit(first="t5", second="t5", shift="-8")
    mse, earth = app.metric
    assert earth.value == "8"
    near = float(mse.value)
    assert near > 0
    app.select_slider(key="shift").set_value(0).run()
    assert [one.value for one in app.metric] == ["0", "0"]
    assert app.query_params["shift"] in ("0", ["0"])


def test_a_picture_without_ink_is_refused_in_words():
    black = drawing_token(np.zeros((28, 28), np.uint8))
    app = visit(first=black)
    assert any("no ink" in info.value for info in app.info)
    assert not app.metric


def test_what_a_link_asks_for_is_clamped_or_said():
    app = visit(points="99", seed="x", shift="7")
    assert app.slider(key="points").value == 40
    said = [warning.value for warning in app.warning]
    assert any("“x”" in text for text in said)
    assert any("“7”" in text for text in said)
