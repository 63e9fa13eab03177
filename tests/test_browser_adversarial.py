"""Adversarial codes in a real Chromium: the plane decodes under the keys, and a phone holds it."""

import numpy as np
import pytest
import torch
from browsing import PATIENCE, fits_a_phone, open_page, pixels_of

from aecore import checkpoint, library
from aecore.figures import grey

pytestmark = pytest.mark.browser

MODEL = "aae-mlp-d2-mixture"
PATH = f"adversarial?lang=en&adversarial={MODEL}"


def test_the_plane_decodes_what_is_pointed_at(page, server):
    open_page(page, server, PATH)
    page.locator(".pad-host[data-ready]").wait_for()
    field = page.locator(".pad-host .field")
    field.focus()
    page.keyboard.press("ArrowRight")  # ends the tour
    page.keyboard.press("ArrowUp")
    said = page.locator(".pad-host .value").inner_text()
    z = [float(v) for v in said.removeprefix("z = (").removesuffix(")").split(";")]
    model, _card = checkpoint.load(library.path(MODEL))
    with torch.inference_mode():
        expected = grey(model.decode(torch.tensor([z]))[0, 0].numpy()).astype(int)
    found = np.array(pixels_of(page, ".pad-host .digit")).reshape(28, 28, 4)[..., 0]
    # The two values are written with two decimals.
    assert np.abs(found - expected).mean() < 2
    assert expected.max() > 150


def test_the_two_planes_have_the_same_frame(page, server):
    open_page(page, server, f"{PATH}&behind=D&told=4")
    charts = page.locator(".js-plotly-plot .plot-container")
    charts.nth(1).wait_for()
    page.locator(".colorbar, .cbaxis, .infolayer .cb4").first.wait_for(state="attached")
    frames = [
        page.locator(".js-plotly-plot").nth(i).locator(".draglayer .xy rect").first.bounding_box()
        for i in range(2)
    ]
    assert frames[0]["width"] == pytest.approx(frames[0]["height"], abs=2)
    assert frames[0]["y"] == pytest.approx(frames[1]["y"], abs=2)
    assert frames[0]["width"] == pytest.approx(frames[1]["width"], abs=2)


def test_a_phone_holds_the_page(browser, server):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR")
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        open_page(page, server, PATH.replace("lang=en", "lang=fr"))
        page.locator(".pad-host[data-ready]").wait_for()
        fits_a_phone(page)
        box = page.locator(".pad-host .field").bounding_box()
        assert box["width"] > 300
        assert box["x"] + box["width"] <= 390
    finally:
        context.close()
