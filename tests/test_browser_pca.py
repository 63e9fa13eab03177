"""PCA against autoencoders in a real Chromium: one digit through all, downloads, live angles."""

import base64
import io
import re

import numpy as np
import pytest
from browsing import at_rest, choose, open_page, until, wait_until_idle
from PIL import Image

from aecore import checkpoint, library, pca
from aecore.explore import errors
from aecore.figures import signed
from pages.ui.picker import drawing_token, parse

pytestmark = pytest.mark.browser

FAMILIES = ("linear", "mlp", "conv")


def open_pca(page, server, **values):
    query = "&".join(f"{name}={value}" for name, value in values.items())
    open_page(page, server, f"pca?lang=en&{query}")
    page.get_by_text("The formulas").wait_for()
    page.locator(".lab-columns img").nth(8).wait_for()


def decoded(sources):
    images = [base64.b64decode(source.split(",")[1]) for source in sources]
    return [np.asarray(Image.open(io.BytesIO(content))) for content in images]


def shown(page):
    """The pictures of the chosen digit: the original, then each reconstruction and its error."""
    return decoded(
        page.locator(".lab-columns img").evaluate_all("images => images.map((i) => i.src)")
    )


def expected(digit, d, digits):
    restored = [errors.by_pca(pca.fit(digits.train), digit.x, d)]
    for family in FAMILIES:
        model = checkpoint.load(library.path(f"{family}-d{d}"))[0]
        restored.append(errors.by_model(model, digit.x))
    limit = errors.error_limit(restored)
    pictures = [digit.pixels]
    for one in restored:
        pictures.append((one.pictures[0].clip(0, 1) * 255).round())
        pictures.append(signed(one.errors[0], limit / 255))
    return pictures


def alike(found, wanted):
    return len(found) == len(wanted) and all(
        np.abs(one.astype(int) - other.astype(int)).max() <= 2
        for one, other in zip(found, wanted, strict=True)
    )


def wait_for(page, wanted):
    """Until the pictures of the chosen digit are these."""
    until(page, lambda: alike(shown(page), wanted))


def test_a_drawing_goes_through_all_of_them_at_once(page, server, digits):
    pixels = np.zeros((28, 28), np.uint8)
    pixels[5:23, 12:16] = 255
    pixels[12:15, 8:20] = 204
    digit = parse(drawing_token(pixels), digits)
    open_pca(page, server, d=8, digit=digit.token)
    found = shown(page)
    assert (found[0] == pixels).all()
    assert alike(found, expected(digit, 8, digits))
    names = page.locator(".lab-columns .name").all_inner_texts()
    assert names == ["Original", "PCA", "Linear AE", "MLP AE", "Convolutional AE"]


def test_another_digit_and_another_d_change_all_of_them(page, server, digits):
    open_pca(page, server, d=8, digit="t4")
    wait_for(page, expected(parse("t4", digits), 8, digits))
    host = page.locator(".st-key-picker-digit .picker-host")
    host.locator(".chosen").click()
    host.get_by_role("button", name="6", exact=True).click()
    host.locator(".thumb").first.click()
    index = digits.test.labels.tolist().index(6)
    page.wait_for_url(re.compile(rf"digit=t{index}\b"))
    page.get_by_text(f"No. {index}").wait_for()
    digit = parse(f"t{index}", digits)
    wait_for(page, expected(digit, 8, digits))
    page.locator(".st-key-d input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"d=16\b"))
    wait_for(page, expected(digit, 16, digits))
    page.reload()
    page.get_by_text("The formulas").wait_for()
    wait_for(page, expected(digit, 16, digits))


def test_the_pictures_are_saved_as_they_are_shown(page, server):
    open_pca(page, server, d=16)
    found = shown(page)
    with page.expect_download() as waiting:
        page.locator(".st-key-save-pca-one-d16 button").first.click()
    sheet = np.asarray(Image.open(waiting.value.path()).convert("RGB"))
    scale = sheet.shape[0] // (2 * 28 + 1)
    assert sheet.shape[:2] == ((2 * 28 + 1) * scale, (5 * 29 - 1) * scale)
    small = sheet[::scale, ::scale]
    assert (small[:28, :28, 0] == found[0]).all()
    assert (small[:28, 29:57, 0] == found[1]).all()
    assert (small[29:, 29:57] == found[2]).all()


def test_the_parts_draw_their_charts(page, server):
    open_pca(page, server, d=16)
    page.locator(".st-key-scree .js-plotly-plot .bars").first.wait_for()
    page.locator(".st-key-cumulative .js-plotly-plot").wait_for()
    page.get_by_role("radio", name="How does it get there?").click()
    page.locator(".st-key-angle_curves .js-plotly-plot .scatterlayer").wait_for()
    assert "part=angles" in page.url
    page.get_by_role("radio", name="Does the linear one find PCA?").click()
    page.get_by_text("Decoder weights, mixed").wait_for()
    assert page.locator(".lab-rows").nth(1).locator("img").count() == 3 * 8


def test_a_class_watches_the_angles_shrink(page, server):
    open_pca(page, server, d=8, part="angles")
    page.get_by_role("button", name="Train a linear autoencoder with d = 8").click()
    page.get_by_role("heading", name="Train an autoencoder").wait_for()
    page.get_by_role("button", name=re.compile("^Train")).click()
    page.locator(".monitor-host .state[data-status=finished]").wait_for()
    wait_until_idle(server)
    angles = page.locator(".monitor-host .angles")
    angles.filter(has_text="°").wait_for()
    figures, when = page.locator(".monitor-host .figures"), page.locator(".monitor-host .when")
    epochs = re.search(r"/ (\d+)", figures.inner_text()).group(1)
    until(page, lambda: when.inner_text() == f"epoch {epochs}")

    def smallest():
        return float(re.search(r"smallest ([\d.]+)°", angles.inner_text()).group(1))

    late = smallest()
    page.locator(".monitor-host .time").focus()
    page.keyboard.press("Home")
    assert smallest() > 60 > late
    page.locator("[data-testid=stSidebarNavLink]").filter(has_text="PCA").click()
    page.get_by_role("heading", name="PCA against autoencoders").wait_for()
    page.get_by_text("The formulas").wait_for()
    at_rest(page)
    choose(page, "Linear autoencoder", "1. Linear AE, d = 8", exact=False)
    page.get_by_text(re.compile(r"From [\d.]+° on average the angles fell to")).wait_for()
    page.wait_for_url(re.compile("linear=run-1"))
    star = page.locator(".st-key-error_by_family .legendtext", has_text="1. Linear AE, d = 8")
    star.wait_for()
