"""The digit picker's Python side: tokens of the link, and what a browser may send."""

import base64
import io
import zlib

import numpy as np
import pytest
from PIL import Image

from aecore.messages import DataError
from aecore.mnist_form import to_mnist_form
from pages.ui.picker import CANVAS, chosen_token, drawing_token, parse, photo_token


def packed(content: bytes) -> str:
    return "d" + base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")


def test_a_drawing_comes_back_in_sixteen_greys(digits):
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    digit = parse(drawing_token(pixels), digits)
    assert digit.pixels.dtype == np.uint8
    assert digit.pixels.shape == (28, 28)
    assert np.abs(digit.pixels.astype(int) - pixels).max() <= 8
    assert set(np.unique(digit.pixels)) == set(range(0, 256, 17))
    assert digit.label is None
    assert parse(drawing_token(digit.pixels), digits).token == digit.token


def test_a_drawing_fits_into_a_link():
    ink = np.zeros((CANVAS, CANVAS), np.uint8)
    ink[20:120, 60:75] = ink[60:75, 20:120] = 255
    assert len(drawing_token(to_mnist_form(ink))) < 400


def test_a_test_picture_is_named_by_its_index(digits):
    digit = parse("t12", digits)
    assert (digit.pixels == digits.test.images[12].numpy()).all()
    assert digit.label == int(digits.test.labels[12])
    assert digit.token == "t12"
    assert digit.x.shape == (1, 1, 28, 28)
    assert float(digit.x.max()) == digit.pixels.max() / 255


def test_an_index_behind_the_last_picture_is_clamped(digits):
    assert parse("t99999", digits).token == f"t{len(digits.test) - 1}"


@pytest.mark.parametrize(
    "token",
    [
        *("", "t", "d", "x1", "zzz", "t-1", "t1.5", "t1e3", "tTrue", "t9999999999", "12", "dé"),
        *("dA", "dAAAA", "d!!!!", "d" + "A" * 600, "p", "pAAAA", "p!!!!"),
        pytest.param(packed(bytes(391)), id="short"),
        pytest.param(packed(bytes(393)), id="long"),
        pytest.param(packed(bytes(range(196)) * 2)[:-20], id="cut"),
    ],
)
def test_what_names_no_digit_is_none(digits, token):
    assert parse(token, digits) is None


def test_a_small_link_cannot_unpack_to_something_large(digits, monkeypatch):
    bomb = packed(bytes(50_000_000))
    real, seen = zlib.decompressobj(), []

    class Watched:
        def decompress(self, *arguments):
            seen.append(real.decompress(*arguments))
            return seen[-1]

    monkeypatch.setattr(zlib, "decompressobj", Watched)
    assert parse(bomb, digits) is None
    assert [len(content) for content in seen] == [393]


def drawn(ink) -> dict:
    return {"drawing": packed(bytes(ink))[1:], "at": 1}


def test_a_drawing_that_is_sent_is_brought_to_the_form_of_mnist(digits):
    ink = np.zeros((CANVAS, CANVAS), np.uint8)
    ink[10:60, 20:30] = 255
    found = parse(chosen_token(drawn(ink.tobytes())), digits).pixels
    assert np.abs(found.astype(int) - to_mnist_form(ink)).max() <= 8


def test_a_picture_takes_the_way_of_a_drawing(digits):
    sheet = np.full((CANVAS, CANVAS), 230, np.uint8)
    sheet[30:110, 60:75] = sheet[30:45, 40:75] = 20
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    token = photo_token(file.getvalue())
    assert chosen_token({"photo": token, "at": 1}) == token
    found = parse(token, digits)
    assert (found.token, found.label) == (token, None)
    assert np.abs(found.pixels.astype(int) - to_mnist_form(sheet < 100)).mean() < 4


def test_what_is_no_picture_has_no_token():
    with pytest.raises(DataError):
        photo_token(b"a digit")


def test_an_index_that_is_sent_is_a_token():
    assert chosen_token({"index": 7, "at": 1}) == "t7"


@pytest.mark.parametrize(
    "choice",
    [
        *(None, 5, "t3", [], {}, {"at": 1}, {"index": None}, {"index": -1}, {"index": 1.5}),
        *({"index": "4"}, {"drawing": None}, {"drawing": 5}, {"drawing": ""}, {"drawing": "é"}),
        *({"drawing": "A"}, {"drawing": "AAAA"}, {"photo": None}, {"photo": b"p"}, {"photo": ""}),
        *({"photo": "p"}, {"photo": "pAAAA"}, {"photo": "t1"}),
        pytest.param({"photo": packed(bytes(392))}, id="a drawing's token"),
        pytest.param({"photo": "p" + packed(bytes(50_000_000))[1:]}, id="a photo's bomb"),
        pytest.param(drawn(CANVAS * CANVAS), id="empty"),
        pytest.param(drawn([9] * (CANVAS * CANVAS + 1)), id="long"),
        pytest.param(drawn(50_000_000), id="bomb"),
    ],
)
def test_what_is_no_digit_is_not_taken(choice):
    assert chosen_token(choice) is None
