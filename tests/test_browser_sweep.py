"""The sweep board in a real Chromium: it grows by itself, a point is clicked, a file goes round."""

import csv
import re

import pytest
from browsing import PATIENCE, fits_a_phone, links_to, open_page, settled

from aecore import sweep_file
from aecore.config import ModelConfig, TrainConfig
from aecore.sweep import Axis, Sweep
from aecore.sweep_run import result_of
from aecore.training import Trainer, fit

pytestmark = pytest.mark.browser

SMALL = TrainConfig(
    ModelConfig("mlp", latent_dim=2, hidden=(16,)), dataset="digits", epochs=2, batch_size=512
)
TINY = Sweep(SMALL, (Axis("latent_dim", (2, 4)),), seeds=2)
LONG = Sweep(TrainConfig(SMALL.model, "digits", epochs=1000), (Axis("latent_dim", (2, 4)),))
POINTS = ".js-plotly-plot .scatterlayer .trace .points path"


def upload(page, sweep, results=()):
    """Hand in a saved sweep: the settings that a test wants, without moving a slider."""
    content = sweep_file.to_bytes(sweep, dict(results))
    uploader = page.locator(".st-key-sweep_file input[type=file]")
    uploader.set_input_files(
        {"name": "sweep.zip", "mimeType": "application/zip", "buffer": content}
    )
    page.locator(".sweep-host .head").wait_for()


def wait_for_stand(page, stand):
    page.locator(f".sweep-host[data-stand='{stand}']").wait_for()


def resume(page):
    page.get_by_role("button", name="Resume").click()


def saved(page, name):
    """The bytes that a button hands out."""
    with page.expect_download() as waiting:
        page.locator(f".st-key-save-{name} button").first.click()
    with open(waiting.value.path(), "rb") as file:
        return file.read()


def points(page):
    """Where the runs lie in the chart, without the ring of the chosen one."""
    page.locator(POINTS).first.wait_for()
    return page.locator(POINTS).count() - 1


def click_point(page, n):
    """Click a point of the chart, once the page is at rest and the chart has stopped growing."""
    point = page.locator(POINTS).nth(n)
    settled(page, point)
    point.click(force=True)


def test_a_sweep_grows_by_itself_and_a_click_opens_its_model_elsewhere(page, server):
    open_page(page, server, "sweep?lang=en")
    upload(page, TINY)
    wait_for_stand(page, "stopped 0")
    resume(page)
    wait_for_stand(page, "finished 4")
    page.get_by_role("button", name="Resume").wait_for(state="detached")
    page.wait_for_function(f"document.querySelectorAll({POINTS!r}).length === 5")
    assert points(page) == 4
    chosen = "latent_dim-4-seed-1"
    click_point(page, 3)
    links_to(page, "swept", chosen)
    page.get_by_text(re.compile(r"^Test MSE [\d.]+, [\d,]+ parameters")).wait_for()
    page.locator("[data-testid=stPageLink] a", has_text="Latent space").click()
    page.wait_for_url(re.compile(rf"latent\?.*model=sweep-{chosen}"))
    page.locator("h1", has_text="Latent space").wait_for()
    page.get_by_text("d = 4, seed 1 · from the sweep").first.wait_for()
    # Another page, and back: the board is still there.
    page.locator("[data-testid=stSidebarNavLink]", has_text="Sweep").click()
    wait_for_stand(page, "finished 4")


def test_it_is_saved_opened_again_and_only_the_rest_is_trained(page, server):
    open_page(page, server, "sweep?lang=en")
    upload(page, LONG)
    wait_for_stand(page, "stopped 0")
    resume(page)
    page.locator(".sweep-host .state[data-status=running]").wait_for()
    page.get_by_role("button", name="Pause").click()
    wait_for_stand(page, "paused 0")
    # A reload does not lose it.
    page.reload()
    wait_for_stand(page, "paused 0")
    page.get_by_role("button", name="Stop").click()
    wait_for_stand(page, "stopped 0")
    page.reload()
    upload(page, TINY)
    wait_for_stand(page, "stopped 0")
    resume(page)
    wait_for_stand(page, "finished 4")
    sweep, results = sweep_file.from_bytes(saved(page, "sweep"))
    assert sweep == TINY
    assert sorted(results) == [0, 1, 2, 3]
    rows = csv.DictReader(saved(page, "sweep-runs").decode().splitlines())
    found = [float(row["test_mse"]) for row in rows]
    assert found == [results[number].measures["test_mse"] for number in range(4)]
    kept = results.pop(2).measures["test_mse"]
    page.reload()
    upload(page, TINY, results)
    wait_for_stand(page, "stopped 3")
    resume(page)
    wait_for_stand(page, "finished 4")
    again = sweep_file.from_bytes(saved(page, "sweep"))[1]
    assert again[2].measures["test_mse"] == kept
    assert again[0] == results[0]


def test_a_number_of_the_map_is_clicked(page, server):
    grid = Sweep(SMALL, (Axis("latent_dim", (2, 4)), Axis("learning_rate", (0.001, 0.01))))
    results = {}
    for job in grid.jobs:
        trainer = Trainer(job.config)
        fit(trainer)
        results[job.number] = result_of(trainer, job.key)
    open_page(page, server, "sweep?lang=en&swept_view=map")
    upload(page, grid, results)
    page.locator(POINTS).nth(3).wait_for(state="attached")
    click_point(page, 3)
    links_to(page, "swept", grid.jobs[3].key)


def test_a_phone_holds_the_page_and_another_browser_does_not_see_the_sweep(browser, server):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        open_page(page, server, "sweep?lang=en")
        page.get_by_text("Choose on the left").wait_for()
        upload(page, TINY)
        wait_for_stand(page, "stopped 0")
        fits_a_phone(page)
    finally:
        context.close()
