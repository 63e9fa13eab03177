"""Style and class in a real Chromium: all ten classes follow one style, and a link keeps it."""

import re

import numpy as np
import pytest
import torch
from browsing import PATIENCE, fits_a_phone, open_page, pixels_of

from aecore import checkpoint, library
from aecore.figures import grey

pytestmark = pytest.mark.browser

MODEL = "cvae-mlp-d5"
STYLE = [0.5, -1.25, 0.0, 2.0, -0.75]
PATH = f"conditional?lang=en&conditional={MODEL}"


def linked(style, label):
    return f"{PATH}&style={','.join(map(str, style))}&as={label}"


@pytest.fixture(scope="module")
def model():
    return checkpoint.load(library.path(MODEL))[0]


def decoded(model, style, label):
    with torch.inference_mode():
        picture = model.folded(label).decode(torch.tensor([style]))[0, 0]
    return grey(picture.numpy()).astype(int)


def shown(page, selector):
    return np.array(pixels_of(page, selector)).reshape(28, 28, 4)[..., 0]


def ready(page):
    host = page.locator(".sliders-host[data-ready]")
    host.wait_for()
    return host


def test_a_style_is_shown_as_every_class_and_all_follow_a_slider(page, server, model):
    open_page(page, server, linked(STYLE, 3))
    host = ready(page)
    large = shown(page, ".sliders-host .decoded")
    assert np.abs(large - decoded(model, STYLE, 3)).max() <= 2
    for label in range(10):
        tile = shown(page, f".sliders-host .styles button:nth-child({label + 1}) canvas")
        assert np.abs(tile - decoded(model, STYLE, label)).max() <= 2
    assert host.locator(".styles button[aria-pressed=true]").inner_text().strip() == "3"
    # Another class keeps the style, a slider changes all ten.
    host.locator(".styles button").nth(8).click()
    assert np.abs(shown(page, ".sliders-host .decoded") - decoded(model, STYLE, 8)).max() <= 2
    slider = host.locator("input[data-unit='1']")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "Number(new URLSearchParams(location.search).get('style').split(',')[1]) > -1"
    )
    assert "as=8" in page.url
    found = re.search(r"style=([^&]+)", page.url)[1].replace("%2C", ",")
    style = [float(value) for value in found.split(",")]
    assert style[1] == pytest.approx(STYLE[1] + 5 * 0.06, abs=0.04)
    assert style[:1] + style[2:] == STYLE[:1] + STYLE[2:]
    for label in (0, 5):
        tile = shown(page, f".sliders-host .styles button:nth-child({label + 1}) canvas")
        assert np.abs(tile - decoded(model, style, label)).max() <= 2


def test_what_a_link_asks_wrongly_is_said(page, server):
    open_page(page, server, f"{PATH}&style=1,2&as=4")
    host = ready(page)
    assert "style = “1,2”" in host.locator(".problem").inner_text()
    assert host.locator(".styles button[aria-pressed=true]").inner_text().strip() == "4"


def test_another_digit_brings_its_own_style(page, server, model, digits):
    open_page(page, server, f"{PATH}&x=t5")
    ready(page)
    label = int(digits.test.labels[5])
    with torch.inference_mode():
        style = model.folded(label).encode(digits.test.pictures(slice(5, 6)))[0].tolist()
    assert np.abs(shown(page, ".sliders-host .decoded") - decoded(model, style, label)).max() <= 2
    own = page.locator(".sliders-host .styles button.own")
    assert own.inner_text().strip() == str(label)


def test_a_phone_holds_the_ten_classes(browser, server):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR")
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        open_page(page, server, PATH.replace("lang=en", "lang=fr"))
        host = ready(page)
        fits_a_phone(page)
        boxes = [button.bounding_box() for button in host.locator(".styles button").all()]
        assert len(boxes) == 10
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    finally:
        context.close()
