"""The page “Regularisers” in a real browser."""

import base64
import io

import numpy as np
import pytest
import torch
from browsing import fits_a_phone, open_page
from PIL import Image

from aecore import checkpoint, figures, library
from aecore.explore import codes, jacobian

pytestmark = pytest.mark.browser

MODELS = ("k-sparse-d256-k25", "contractive-d128")


def open_part(page, server, part, asked=""):
    models = ",".join(MODELS)
    open_page(page, server, f"regularisers?lang=en&view={part}&regularised={models}{asked}")
    page.get_by_text("The formulas").wait_for()


def shown(page, alt):
    """The pixels of the picture with this description."""
    source = page.locator(f"img[alt='{alt}']").first.get_attribute("src")
    return np.array(Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))))


def test_the_tangents_on_the_page_are_those_of_the_jacobian(page, server, digits):
    open_part(page, server, "jacobian", "&digit=t7")
    model, _card = checkpoint.load(library.path(MODELS[1]))
    found = jacobian.tangents(model, digits.test.pictures([7]))
    expected = figures.strip(figures.signed(found.directions[:10]))
    page.get_by_text("Tangent directions", exact=True).wait_for()
    row = shown(page, MODELS[1])
    assert row.shape == expected.shape
    # Threads add up in another order: some colours may differ by a little.
    assert np.abs(row[:, :28].astype(int) - expected[:, :28]).mean() < 1


def test_the_way_along_a_tangent_follows_its_slider_and_the_link(page, server, digits):
    open_part(page, server, "jacobian", "&digit=t7&tangent=2")
    rows = page.locator(f"img[alt='{MODELS[0]}']")
    rows.nth(1).wait_for()
    before = rows.nth(1).get_attribute("src")
    slider = page.locator(".st-key-tangent input[type=range]")
    assert slider.input_value() == "2"
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "before => [...document.querySelectorAll('img[alt=\"k-sparse-d256-k25\"]')]"
        ".every(img => img.src !== before)",
        arg=before,
    )
    page.wait_for_url("**tangent=3**")
    middle = np.array(Image.open(io.BytesIO(base64.b64decode(
        rows.nth(1).get_attribute("src").split(",")[1]
    ))))[:, 5 * 29 : 5 * 29 + 28]  # fmt: skip
    model, _card = checkpoint.load(library.path(MODELS[0]))
    with torch.no_grad():
        expected = codes.reconstruct(model, digits.test.pictures([7]))[1][0]
    assert np.abs(middle.astype(int) - expected).max() <= 1


def test_the_part_is_kept_in_the_link_and_each_one_is_drawn(page, server):
    open_part(page, server, "activity")
    page.locator(".js-plotly-plot").nth(1).wait_for()
    assert page.locator(".js-plotly-plot").first.locator(".legendtext").all_text_contents() == [
        *MODELS
    ]
    page.get_by_role("radio", name="Strokes").click()
    page.locator(f"img[alt^='Decoder columns of {MODELS[0]}']").wait_for()
    assert "view=columns" in page.url
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").first.click()
    assert download.value.suggested_filename == "columns-1.png"
    assert Image.open(download.value.path()).size == ((8 * 29 - 1) * 8, (5 * 29 - 1) * 8)
    page.get_by_role("radio", name="Noise passed through").click()
    page.locator("img[alt='Digits and noise']").wait_for()
    noise = shown(page, "Digits and noise")
    page.get_by_role("radio", name="Uniform noise").click()
    page.wait_for_url("**kind=uniform**")
    page.get_by_text("Noise copied").wait_for()
    assert noise.shape == (28, 10 * 29 - 1)


def test_a_narrow_window_has_nothing_cut_off(page, server):
    page.set_viewport_size({"width": 390, "height": 844})
    open_part(page, server, "activity")
    page.locator(".js-plotly-plot").nth(1).wait_for()
    fits_a_phone(page)
