"""The page “Style and class”, without MNIST: its grid and its numbers, against ones made here."""

import base64
import io
import json
import re

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier
from streamlit.testing.v1 import AppTest

from aecore import checkpoint, library
from aecore.figures import FRAME_COLOUR, grey
from pages.ui.later import later
from pages.ui.picker import drawing_token

MODEL = "cvae-mlp-d5"


@pytest.fixture(autouse=True)
def without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


@pytest.fixture(scope="module")
def model():
    return checkpoint.load(library.path(MODEL))[0]


def opened(language="en", session=(), **values):
    app = AppTest.from_file("../app.py", default_timeout=180)
    for name, value in {"lang": language, **values}.items():
        app.query_params[name] = str(value)
    for name, value in dict(session).items():
        app.session_state[name] = value
    app.run()
    app.switch_page("pages/conditional.py").run()
    assert not app.exception
    return app


def grid(app):
    """The cells of the grid by row and column: (rows, columns, 28, 28), and which are framed."""
    shown = "".join(element.proto.body for element in app.get("html"))
    source = re.search(r'max-width:760px" src="data:image/png;base64,([^"]+)', shown)[1]
    page = np.asarray(Image.open(io.BytesIO(base64.b64decode(source))).convert("RGB"))
    step = 34
    cells = page.reshape(page.shape[0] // step, step, page.shape[1] // step, step, 3)
    cells = cells.transpose(0, 2, 1, 3, 4)
    return cells[:, :, 3:31, 3:31, 0], (cells[:, :, 0, 0] == FRAME_COLOUR).all(-1)


def blob(app):
    """What the sliders in the browser are sent: the names of the arrays, and what is told."""
    sliders = next(
        e.proto for e in app.get("bidi_component") if e.proto.component_name.endswith("sliders")
    )
    content = sliders.bytes
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    told = header.pop("__metadata__")
    return header, told


def test_rows_keep_the_style_of_a_test_digit_and_frame_its_class(model, digits):
    cells, framed = grid(opened(rows=4))
    assert cells.shape == (4, 11, 28, 28)
    for row, label in enumerate(range(4)):
        index = int((digits.test.labels == label).nonzero()[0])
        assert (cells[row, 0] == digits.test.images[index].numpy()).all()
        with torch.inference_mode():
            z = model.folded(label).encode(digits.test.pictures(slice(index, index + 1)))
            for c in range(10):
                expected = grey(model.folded(c).decode(z)[0, 0].numpy()).astype(int)
                assert np.abs(cells[row, 1 + c] - expected).max() <= 1
        assert framed[row].tolist() == [column == 1 + label for column in range(11)]


def test_the_rows_of_the_prior_are_drawn_by_the_number_in_the_link(model):
    cells, framed = grid(opened(styles="prior", rows=3, seed=5))
    z = torch.randn(3, 5, generator=torch.Generator().manual_seed(5))
    with torch.inference_mode():
        expected = grey(model.folded(7).decode(z)[:, 0].numpy()).astype(int)
    assert cells.shape == (3, 10, 28, 28)
    assert np.abs(cells[:, 7] - expected).max() <= 1
    assert not framed.any()


def test_a_link_out_of_range_is_clamped_and_an_unknown_one_is_said():
    app = opened(rows=500, styles="nothing")
    assert app.slider(key="rows").value == 20
    assert any("nothing" in warning.value for warning in app.warning)


def test_the_share_that_obeys_is_what_the_classifier_reads(model, digits):
    app = opened(rows=3)
    reader = later("classifier-digits", lambda: pytest.fail("the page has not trained it")).result()
    z = torch.randn(500, 5, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        read = [reader.probabilities(model.folded(c).decode(z)).argmax(1) for c in range(10)]
    right = [(found == c).float().mean().item() for c, found in enumerate(read)]
    assert app.metric[0].value == f"{100 * np.mean(right):.1f}\N{NO-BREAK SPACE}%".replace(".0", "")
    assert f"Least obeyed: **{int(np.argmin(right))}**" in "\n".join(m.value for m in app.markdown)


def test_the_browser_gets_the_decoder_and_the_class_at_the_end_of_the_code(model, digits):
    arrays, told = blob(opened(rows=3, x="t18"))
    label = int(digits.test.labels[18])
    assert not [name for name in arrays if name.startswith(("encoder.", "shift."))]
    assert {name for name in arrays if name.startswith("decoder.")} == {
        f"decoder.{name}" for name in model.decoder.state_dict()
    }
    assert arrays["codes"]["shape"] == [1, 15]
    assert told["name"].endswith(f"t18-{label}")
    assert json.loads(told["classes"]) == [str(c) for c in range(10)]


def test_a_drawing_needs_its_class(digits):
    token = drawing_token(digits.test.images[5].numpy())
    app = opened(rows=3, x=token, **{"class": 4})
    choice = app.selectbox(key="class")
    assert choice.value == 4
    assert blob(app)[1]["name"].endswith("-4")
    choice.select_index(9).run()
    assert blob(app)[1]["name"].endswith("-9")
    assert not [box for box in opened(rows=3).selectbox if box.key == "class"]


def test_the_codes_are_probed_when_asked(model, digits):
    said = "\n".join(element.value for element in opened(session={"probed": True}).markdown)
    rows = re.findall(r"\| ([\w.-]+) \| (\d+) \| \*\*([\d.]+)", said)
    assert [(name, int(size)) for name, size, _share in rows][1:] == [
        ("vae-mlp-d2", 2), ("vae-mlp-d20", 20),
    ]  # fmt: skip

    def codes(split):
        found = torch.zeros(len(split), 5)
        with torch.inference_mode():
            for c in range(10):
                own = split.labels == c
                found[own] = model.folded(c).encode(split.pictures(own))
        return found.numpy()

    votes = KNeighborsClassifier(5).fit(codes(digits.train), digits.train.labels)
    expected = 100 * votes.score(codes(digits.test), digits.test.labels)
    assert rows[0][:2] == (MODEL, "5")
    assert float(rows[0][2]) == pytest.approx(expected, abs=0.3)


def test_without_such_a_model_the_page_says_what_to_do(monkeypatch):
    monkeypatch.setattr(library, "available", list)
    app = opened()
    assert "train one on the Train page" in app.info[0].value
