"""Anomalies in a real Chromium: the threshold moves live, the counts are right, files are saved."""

import csv
import re

import numpy as np
import pytest
import torch
from browsing import PATIENCE, asked, fits_a_phone, open_page, settled, until
from sklearn.metrics import confusion_matrix

from aecore import checkpoint, library

pytestmark = pytest.mark.browser

MODEL = "one-class-mlp-d16-3"
PATH = f"anomalies?lang=en&detector={MODEL}"


@pytest.fixture(scope="module")
def errors(digits):
    model, _card = checkpoint.load(library.path(MODEL))
    x = digits.test.pictures()
    with torch.inference_mode():
        mse = (model.decode(model.encode(x)) - x).square().flatten(1).mean(1).numpy()
    return mse, digits.test.labels.numpy() != 3


def ready(page):
    host = page.locator(".st-key-alarm .alarm-host[data-ready]")
    host.wait_for()
    return host


def counts(host):
    return [int(n) for n in host.get_attribute("data-counts").split(",")]


def expected(errors, threshold):
    mse, foreign = errors
    (passed, false_alarms), (missed, caught) = confusion_matrix(foreign, mse > threshold)
    return [caught, missed, false_alarms, passed]


def test_the_counts_in_the_browser_are_those_of_scikit_learn(page, server, errors):
    open_page(page, server, f"{PATH}&threshold=0.05")
    host = ready(page)
    assert counts(host) == expected(errors, 0.05)
    cells = host.locator("td.right, td.wrong").all_inner_texts()
    assert [int(cell.split()[0]) for cell in cells] == expected(errors, 0.05)


def test_the_threshold_moves_in_the_browser_and_the_pictures_follow(page, server, errors):
    open_page(page, server, f"{PATH}&threshold=0.015")
    host = ready(page)
    before = counts(host)
    slider = host.locator("input[type=range]")
    slider.focus()
    for _ in range(40):
        page.keyboard.press("ArrowRight")

    def told():
        """The counts, once they are those of the threshold that the server has heard of."""
        threshold = np.float32(asked(page)["threshold"])
        now = counts(host)
        return threshold > np.float32(0.015) and now == expected(errors, threshold) and now

    now = until(page, told)
    assert now[1] > before[1]
    assert now[2] < before[2]
    page.get_by_text(f"{now[1]} foreign pictures that raise no alarm").wait_for()


def test_the_histogram_can_be_dragged(page, server):
    open_page(page, server, PATH)
    host = ready(page)

    def drag_to(x_of):
        box = settled(page, host.locator("svg.histogram"))
        y = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + 0.5 * box["width"], y)
        page.mouse.down()
        page.mouse.move(x_of(box), y, steps=4)
        page.mouse.up()

    drag_to(lambda box: box["x"] + box["width"] - 13)
    page.get_by_text("0 normal pictures that raise one").wait_for()
    assert counts(host)[2] == 0
    drag_to(lambda box: box["x"] + 40)
    page.get_by_text("0 foreign pictures that raise no alarm").wait_for()
    assert counts(host)[1] == counts(host)[3] == 0


def test_the_digit_of_the_picker_is_marked_with_its_error(page, server, errors):
    open_page(page, server, f"{PATH}&x=t5&threshold=0.0001")
    host = ready(page)
    said = host.locator(".facts .digit").inner_text()
    assert "alarm." in said
    value = float(re.search(r"has ([\d.]+):", said)[1])
    assert value == pytest.approx(errors[0][5], rel=0.006)
    assert host.locator("path.mark").count() == 1


def test_the_scores_are_saved(page, server, errors):
    open_page(page, server, f"{PATH}&threshold=0.05")
    ready(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Scores (CSV)").click()
    rows = list(csv.DictReader(waiting.value.path().read_text("utf-8").splitlines()))
    mse, foreign = errors
    assert len(rows) == len(mse)
    assert sum(row["group"] == "foreign" for row in rows) == foreign.sum()
    for row in rows[::37]:
        at = int(row["index"])
        assert float(row["mse"]) == pytest.approx(mse[at], rel=1e-4)
        assert (row["group"] == "foreign") == foreign[at] == (row["class"] != "3")
        assert float(row["alarm"]) == (mse[at] > 0.05)


def test_a_phone_holds_the_threshold(browser, server):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR")
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        open_page(page, server, f"anomalies?lang=fr&detector={MODEL}")
        host = ready(page)
        fits_a_phone(page)
        for part in (".histogram", ".roc", ".counts", "input[type=range]"):
            box = host.locator(part).bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            assert box["width"] > 300
    finally:
        context.close()
