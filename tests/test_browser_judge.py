"""Judge in a real Chromium: a drawing reaches every model, the sheet is saved, a phone holds it."""

import base64
import io
import re

import numpy as np
import pytest
from browsing import PATIENCE, choose, fits_a_phone, open_page
from PIL import Image

from aecore import checkpoint, library
from aecore.explore import errors
from pages.ui.picker import drawing_token, parse

pytestmark = pytest.mark.browser

MODELS = ("mlp-d2", "vae-mlp-d2")
PATH = f"judge?lang=en&judges={','.join(MODELS)}"


@pytest.fixture
def letter():
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 6:9] = pixels[4:24, 19:22] = pixels[12:15, 6:22] = 255
    return drawing_token(pixels)


def measured(page, count):
    """Waits until so many cards hold all that is to be measured."""
    page.locator(".lab-judge .card").nth(count - 1).wait_for()
    page.get_by_text("Still measuring").wait_for(state="hidden")
    page.wait_for_function("!document.querySelector('.lab-judge .tile')")


def shown(page):
    """The pictures of each card: input, output, error, five neighbours."""
    sources = page.locator(".lab-judge img").evaluate_all("all => all.map((i) => i.src)")
    contents = [base64.b64decode(source.split(",")[1]) for source in sources]
    pictures = [np.asarray(Image.open(io.BytesIO(content))) for content in contents]
    return [pictures[i : i + 8] for i in range(0, len(pictures), 8)]


def test_a_drawing_goes_through_every_model_and_is_saved(page, server, letter, digits):
    open_page(page, server, f"{PATH}&x={letter}")
    measured(page, 3)
    digit = parse(letter, digits)
    found = shown(page)
    assert len(found) == 3
    for pictures, name in zip(found[1:], MODELS, strict=True):
        restored = errors.by_model(checkpoint.load(library.path(name))[0], digit.x)
        expected = (restored.pictures[0].clip(0, 1) * 255).round()
        assert (pictures[0] == digit.pixels).all()
        assert np.abs(pictures[1].astype(int) - expected).max() <= 2
    with page.expect_download() as waiting:
        page.locator(".st-key-save-judge button").first.click()
    sheet = np.asarray(Image.open(waiting.value.path()))
    scale = sheet.shape[0] // (3 * 29 - 1)
    small = sheet[::scale, ::scale]
    assert small.shape[:2] == (3 * 29 - 1, 8 * 29 - 1)
    assert (small[29:57, 29:57, 0] == found[1][1]).all()
    assert (small[29:57, 58:86] == found[1][2]).all()


def test_what_is_drawn_by_hand_is_judged(page, server):
    open_page(page, server, PATH)
    measured(page, 3)
    before = shown(page)[0][0]
    host = page.locator(".st-key-picker-x .picker-host")
    host.locator(".chosen").click()
    host.get_by_role("tab", name="Draw").click()
    square = host.locator(".square")
    square.scroll_into_view_if_needed()
    box = square.bounding_box()
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])  # noqa: E731
    page.mouse.move(*at(0.3, 0.2))
    page.mouse.down()
    page.mouse.move(*at(0.5, 0.8), steps=8)
    page.mouse.move(*at(0.7, 0.2), steps=8)
    page.mouse.up()
    page.get_by_text(re.compile("The classifier reads this as")).wait_for(timeout=PATIENCE)
    page.wait_for_url(re.compile(r"[?&]x=d"))
    assert (shown(page)[0][0] != before).any()


def test_another_model_is_added_and_stays_after_a_reload(page, server, letter):
    open_page(page, server, f"{PATH}&x={letter}")
    measured(page, 3)
    choose(page, re.compile("Models"), "linear-d2")
    measured(page, 4)
    page.wait_for_url(re.compile("linear-d2"))
    page.reload()
    measured(page, 4)


def test_a_phone_holds_the_cards(browser, server, letter):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        open_page(page, server, f"{PATH}&x={letter}")
        measured(page, 3)
        fits_a_phone(page)
        widths = page.locator(".lab-judge .card").evaluate_all("all => all.map(c => c.scrollWidth)")
        assert max(widths) <= 390
        size = page.locator(".lab-judge .three img").first.bounding_box()
        assert size["width"] > 90
    finally:
        context.close()
