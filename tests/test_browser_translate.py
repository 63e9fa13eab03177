"""Image to image in a real Chromium: the film of a training, and a phone that holds the page."""

import pytest
from browsing import PATIENCE, fits_a_phone, open_page, pixels_of, wait_until_idle

pytestmark = pytest.mark.browser

PATH = "translate?lang=en&pair=inversion&translating-width=8&translating-epochs=1"


def test_ten_digits_are_translated_while_both_sides_learn(page, server):
    open_page(page, server, PATH)
    page.locator(".st-key-train-translators button").click()
    host = page.locator(".translating-host")
    host.locator(".state[data-status=finished]").wait_for()
    page.locator(".translating-host[data-snapshot]").wait_for()
    assert host.locator(".strip").count() == 6
    film = [pixels_of(page, f".translating-host .way:nth-child({way}) .strip") for way in (1, 2)]
    # The corner of the first digit: black where it is plain, white where it is inverted.
    assert film[0][:3] == [0, 0, 0]
    assert film[1][:3] == [255, 255, 255]
    translated = pixels_of(page, ".translating-host .way:nth-child(1) .strip >> nth=1")
    time = host.locator("input.time")
    time.focus()
    page.keyboard.press("Home")
    page.locator(".translating-host[data-snapshot='0']").wait_for()
    assert pixels_of(page, ".translating-host .way:nth-child(1) .strip >> nth=1") != translated
    assert pixels_of(page, ".translating-host .way:nth-child(1) .strip") == film[0]
    assert sum(pixels_of(page, ".translating-host .charts .chart")) > 0
    wait_until_idle(server)
    page.get_by_role("button", name="Download the translators").wait_for()


def test_a_phone_holds_the_page(browser, server):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR")
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        open_page(page, server, PATH.replace("lang=en", "lang=fr"))
        page.get_by_text("Que valent-ils").wait_for()
        fits_a_phone(page)
        box = page.locator(".lab-equation img").first.bounding_box()
        assert box["width"] >= 88
        assert box["x"] + box["width"] <= 390
    finally:
        context.close()
