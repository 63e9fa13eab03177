"""The failure museum in a real Chromium: a run explodes before one's eyes, and is repaired."""

import pytest
from browsing import fits_a_phone, open_page, wait_until_idle

pytestmark = pytest.mark.browser


def verdict(page, word):
    return page.locator(".stMarkdownBadge").filter(has_text=word)


def test_the_learning_rate_explodes_and_is_repaired(page, server):
    open_page(page, server, "museum?lang=en&exhibit=rate")
    page.locator(".st-key-reproduce button").click()
    page.get_by_text("The loss was no longer a finite number").first.wait_for()
    verdict(page, "Exploded").wait_for()
    assert verdict(page, "It learns").count() == 0
    page.locator(".st-key-repair button").click()
    page.locator(".monitor-host").wait_for()
    verdict(page, "It learns").wait_for()
    page.locator(".monitor-host").wait_for(state="detached")
    assert page.locator("[data-testid=stMetricValue]").count() == 2
    assert page.locator(".js-plotly-plot").count() == 2
    # What was trained is there again after a reload, also beside another exhibit.
    open_page(page, server, "museum?lang=en&exhibit=scale")
    page.get_by_text("Press Reproduce").wait_for()
    page.get_by_text("Exploding learning rate").first.click()
    verdict(page, "It learns").wait_for()
    verdict(page, "Exploded").wait_for()


def test_a_run_that_ends_before_the_page_asks_about_it_is_judged_too(page, server):
    def late(route):
        wait_until_idle(server)
        route.continue_()

    page.route("**/lab/runs/*", late)
    open_page(page, server, "museum?lang=en&exhibit=rate")
    page.locator(".st-key-reproduce button").click()
    verdict(page, "Exploded").wait_for()


def test_the_settings_of_a_run_are_opened_on_the_train_page(page, server):
    open_page(page, server, "museum?lang=en&exhibit=scale")
    page.locator(".st-key-open-failing button").click()
    page.locator(".st-key-set_pixel_mean input").wait_for(state="attached")
    assert page.locator(".st-key-set_pixel_mean input").is_checked()


def test_it_fits_a_phone(page, server):
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, server, "museum?lang=en&exhibit=rate")
    page.get_by_text("All that differs").wait_for()
    fits_a_phone(page)
