"""The page “Weights and codes” in a real browser."""

import io
import re

import numpy as np
import pytest
import torch
from browsing import fits_a_phone, open_page, pixels_of
from PIL import Image

from aecore import checkpoint, library
from aecore.explore import codes, weights
from aecore.figures import signed

pytestmark = pytest.mark.browser

MODEL = "mlp-d32"


def open_units(page, server, asked=""):
    open_page(page, server, f"weights?lang=en&model={MODEL}{asked}")
    page.locator(".units-host[data-ready]").wait_for()
    page.get_by_text("The formulas").wait_for()


def tile(page, unit):
    return page.locator(f".units-host button[data-unit='{unit}']")


def units_shown(page):
    return [int(u) for u in page.locator(".units-host button").evaluate_all(
        "buttons => buttons.map((b) => b.dataset.unit)"
    )]  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return checkpoint.load(library.path(MODEL))[0]


@pytest.fixture(scope="module")
def test_codes(model, digits):
    return codes.encode(model, digits.test)


def test_the_pictures_are_the_derivatives_of_the_decoder(page, server, model, test_codes):
    open_units(page, server, "&scale=each")
    assert units_shown(page) == list(range(1, 33))
    columns = weights.decoder_columns(model, torch.from_numpy(test_codes).mean(0))
    for unit in (1, 32):
        shown = np.array(pixels_of(page, f".units-host button[data-unit='{unit}'] canvas"))
        shown = shown.reshape(28, 28, 4)[..., :3]
        # Rounding may differ by one where two threads add up in another order.
        assert np.abs(shown - signed(columns[unit - 1]).astype(int)).max() <= 2


def test_a_click_and_a_key_choose_the_unit_at_work(page, server, test_codes):
    open_units(page, server, "&unit=3")
    assert tile(page, 3).get_attribute("aria-pressed") == "true"
    page.get_by_text("Unit 3 from").wait_for()
    before = page.locator("img[alt=Decoded]").get_attribute("src")
    tile(page, 9).click()
    page.get_by_text("Unit 9 from").wait_for()
    assert tile(page, 9).get_attribute("aria-pressed") == "true"
    assert tile(page, 3).get_attribute("aria-pressed") == "false"
    assert page.locator("img[alt=Decoded]").get_attribute("src") != before
    assert "unit=9" in page.url
    assert page.locator("input[aria-label^='Unit of the code']").input_value() == "9"
    tile(page, 5).focus()
    page.keyboard.press("Enter")
    page.get_by_text("Unit 5 from").wait_for()
    # The same one once more, after another way of choosing.
    page.locator("input[aria-label^='Unit of the code']").fill("9")
    page.keyboard.press("Enter")
    page.get_by_text("Unit 9 from").wait_for()
    tile(page, 5).click()
    page.get_by_text("Unit 5 from").wait_for()
    page.locator(".sliders-host .row:first-child .unit", has_text=re.compile("^z5$")).wait_for()


def test_the_pictures_are_sorted_by_what_is_asked(page, server, test_codes, digits):
    open_units(page, server, "&sort=selectivity")
    statistics = weights.unit_statistics(test_codes, digits.test.labels.numpy())
    best = np.argsort(-statistics.selectivity)[:5] + 1
    assert units_shown(page)[:5] == best.tolist()
    first = page.locator(".units-host .value").first.inner_text()
    assert float(first) == pytest.approx(statistics.selectivity.max(), rel=0.05)
    assert "class selectivity" in tile(page, best[0]).get_attribute("title")


def test_the_sheet_is_saved_as_png(page, server):
    open_units(page, server)
    with page.expect_download() as waiting:
        page.locator(".st-key-save-columns-32").get_by_role("button").first.click()
    with open(waiting.value.path(), "rb") as stream:
        sheet = Image.open(io.BytesIO(stream.read()))
    # 8 rows of 4 pictures, a grey pixel apart, each pixel a square of 8.
    assert sheet.size == (8 * (4 * 29 - 1), 8 * (8 * 29 - 1))
    assert waiting.value.suggested_filename == "columns-32.png"


def test_hidden_units_are_shown_page_by_page_and_can_not_be_chosen(page, server):
    open_units(page, server, "&kind=first&page=2")
    names = page.locator(".units-host .unitName").all_inner_texts()
    assert names == [f"h{i}" for i in range(65, 129)]
    assert page.locator(".units-host button").count() == 0


def test_the_layers_lead_from_the_picture_to_the_picture(page, server):
    open_page(page, server, f"weights?lang=en&show=layers&model={MODEL}")
    page.get_by_text("The formulas").wait_for()
    names = page.locator("[class*=st-key-layer-]").evaluate_all(
        "all => all.map((e) => [...e.classList].find((c) => c.startsWith('st-key-layer')))"
    )
    assert [n.removeprefix("st-key-layer-") for n in names] == [
        "x", "encoder-1", "encoder-3", "decoder-0", "decoder-2",
    ]  # fmt: skip
    images = page.locator("[class*=st-key-layer-] img")
    images.nth(4).wait_for()
    sizes = images.evaluate_all("all => all.map((e) => [e.naturalWidth, e.naturalHeight])")
    assert sizes == [[28, 28], [23, 23], [4, 8], [23, 23], [28, 28]]


@pytest.mark.parametrize("part", ["layers", "code", "parameters", "bytes"])
def test_no_part_is_wider_than_a_phone(browser, server, part):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    try:
        page = context.new_page()
        open_page(page, server, f"weights?show={part}&model={MODEL}")
        page.get_by_text("The formulas").wait_for(timeout=60_000)
        fits_a_phone(page)
    finally:
        context.close()


def test_the_bits_change_the_sentence(page, server):
    open_page(page, server, f"weights?lang=en&show=bytes&bits=8&model={MODEL}")
    page.get_by_text(re.compile("^With 8-bit values a code takes 32 bytes")).wait_for()
    slider = page.locator(".st-key-bits input[type=range]")
    slider.focus()
    page.keyboard.press("Home")
    page.get_by_text(re.compile("^With 1-bit values a code takes 4 bytes")).wait_for()
    assert "bits=1" in page.url
