"""Few labels in a real Chromium: the table is saved, the race is watched, stopped and kept."""

import csv
import re

import pytest
from browsing import PATIENCE, fits_a_phone, open_page, until

pytestmark = pytest.mark.browser

PATH = "fewlabels?lang=en&codes=mlp-d16&draws=2&tuned=mlp-d16&steps=100"
LIVE = "[data-testid=stHtml] img[src^='data:image/svg']"


def opened(page, server, more=""):
    open_page(page, server, PATH + more)
    page.get_by_text("What is taken for what").wait_for()


def cells(page, table):
    rows = page.locator("table").nth(table).locator("tbody tr")
    return [row.locator("td").all_inner_texts() for row in rows.all()]


def test_what_is_saved_is_what_stands_in_the_table(page, server):
    opened(page, server)
    with page.expect_download() as waiting:
        page.locator(".st-key-save-few-labels button").first.click()
    with open(waiting.value.path(), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 3 * 2
    shown = cells(page, 0)
    assert [row[0] for row in shown] == ["Raw pixels", "PCA, d = 32", "mlp-d16"]
    for key, row in zip(("pixels", "pca", "mlp-d16"), shown, strict=True):
        for size, cell in zip((10, 100, 1000), row[2:], strict=True):
            found = [
                100 * float(one["test_accuracy"])
                for one in rows
                if (one["representation"], one["labels"]) == (key, str(size))
            ]
            assert float(cell.split(" ± ")[0]) == pytest.approx(sum(found) / 2, abs=0.051)


def test_the_race_grows_is_stopped_and_goes_on(page, server):
    opened(page, server, "&steps=1000")
    page.locator(".st-key-race-1000 button").click()
    live = page.locator(LIVE).nth(2)
    live.wait_for()
    first = live.get_attribute("src")
    page.wait_for_function(
        "([selector, first]) => document.querySelectorAll(selector)[2]?.src !== first",
        arg=[LIVE, first],
    )
    assert page.locator(".st-key-seed input").is_disabled()
    page.locator(".st-key-stop-races button").click()
    page.locator(LIVE).first.wait_for(state="detached")
    until(page, lambda: [row[3:4] for row in cells(page, 1)][:1] == [["…"]])
    page.locator(".st-key-race-1000 button:enabled").click()
    page.get_by_text(re.compile("With 1,000 labels the fine-tuned one is")).wait_for()
    page.locator(LIVE).first.wait_for(state="detached")
    page.locator(".st-key-seed input:enabled").wait_for()
    kept = cells(page, 1)
    assert re.fullmatch(r"\d+\.\d", kept[1][3])
    page.reload()
    page.get_by_text(re.compile("With 1,000 labels the fine-tuned one is")).wait_for()
    assert cells(page, 1) == kept


def test_a_phone_holds_the_page(browser, server):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        opened(page, server)
        fits_a_phone(page)
        page.locator(".lab-rows img").first.wait_for()
        sizes = page.locator(".lab-rows img").evaluate_all("all => all.map(i => i.width)")
        assert min(sizes) > 40
    finally:
        context.close()
