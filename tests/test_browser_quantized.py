"""The page “VQ-VAE” in a real browser: a code is changed with the pointer and with the keys."""

import numpy as np
import pytest
import torch
from browsing import fits_a_phone, open_page

from aecore import checkpoint, library
from aecore.explore import codebook

pytestmark = pytest.mark.browser

HOST = ".codemap-host"
DRAWN = f"{HOST} .drawn canvas"


@pytest.fixture(scope="module")
def model():
    return checkpoint.load(library.path("vq-k32"))[0]


def opened(page, server, more=""):
    open_page(page, server, f"quantized?lang=en&x=t2{more}")
    page.locator(f"{HOST}[data-ready]").wait_for()


def grey(page, selector):
    pixels = page.locator(selector).evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data)"
    )
    return np.array(pixels, float).reshape(28, 28, 4)[..., 0]


def expected(model, digits, changes):
    own = model.indices(digits.test.pictures(slice(2, 3)))[0]
    return codebook.decode(model, codebook.changed(own, changes)[None])[0, 0].numpy() * 255


def test_a_code_is_changed_and_the_picture_follows(page, server, digits, model):
    opened(page, server)
    own = model.indices(digits.test.pictures(slice(2, 3))).flatten().tolist()
    assert [int(t) for t in page.locator(f"{HOST} .place").all_inner_texts()] == own
    assert np.abs(grey(page, DRAWN) - expected(model, digits, {})).max() < 1.5
    other = (own[10] + 5) % 32
    page.locator(f"{HOST} .place").nth(10).click()
    assert "Row 2, column 4: Code" in page.locator(f"{HOST} .coded .note").inner_text()
    page.locator(f"{HOST} .palette .code").nth(other).click()
    page.wait_for_url(f"**changes=10%3A{other}**")
    page.get_by_text("before the change").wait_for()
    assert np.abs(grey(page, DRAWN) - expected(model, digits, {10: other})).max() < 1.5
    page.get_by_role("button", name="Back to the digit’s own codes").click()
    page.get_by_text("before the change").wait_for(state="detached")
    assert np.abs(grey(page, DRAWN) - expected(model, digits, {})).max() < 1.5


def test_the_keys_move_on_the_map_and_a_link_keeps_the_change(page, server, digits, model):
    opened(page, server, "&changes=24:1,25:2")
    assert np.abs(grey(page, DRAWN) - expected(model, digits, {24: 1, 25: 2})).max() < 1.5
    page.locator(f"{HOST} .place").nth(24).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.locator(f"{HOST} .place[aria-pressed=true]").inner_text() == str(
        torch.flatten(model.indices(digits.test.pictures(slice(2, 3))))[32].item()
    )
    with page.expect_download() as waiting:
        page.locator(f"{HOST} .coded .save").click()
    assert waiting.value.suggested_filename == "vq-codes.png"


def test_a_phone_holds_the_page(browser, server):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    try:
        page = context.new_page()
        opened(page, server)
        fits_a_phone(page)
        width = page.locator(f"{HOST} .place").first.evaluate("node => node.clientWidth")
        assert width > 30
    finally:
        context.close()
