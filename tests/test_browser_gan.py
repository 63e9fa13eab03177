"""GANs in a real Chromium: noise becomes something, players are moved by hand, a plane of noise
decodes under the keys, and a phone holds the pages."""

import numpy as np
import pytest
import torch
from browsing import PATIENCE, fits_a_phone, open_page, pixels_of, until, wait_until_idle

from aecore import library
from aecore.explore import noise
from aecore.figures import grey
from aecore.gan import file

pytestmark = pytest.mark.browser

SHEET = ".duel-host .sheet"


def painted(page):
    """The grey pixels of the sheet of samples."""
    return np.array(pixels_of(page, SHEET)).reshape(280, 280, 4)[..., 0]


def test_noise_grows_into_something_and_the_run_can_be_replayed(page, server):
    open_page(page, server, "gan?lang=en&players=mlp")
    page.locator(".st-key-gan_epochs input[type=range]").focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(800)  # a slider tells its value when it rests, and nothing shows that
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator(".duel-host[data-snapshot]").wait_for()
    page.get_by_text("Finished", exact=True).wait_for()
    page.get_by_role("heading", name="Result").wait_for()
    last = page.locator(".duel-host .time").get_attribute("max")
    until(page, lambda: page.locator(".duel-host").get_attribute("data-snapshot") == last)
    after = painted(page)
    page.locator(".duel-host .time").fill("0")
    before = painted(page)
    assert np.abs(after.astype(int) - before).mean() > 5
    # Untrained, a sigmoid of nearly nothing is grey all over.
    assert np.abs(before.astype(int) - 127).mean() < 25
    wait_until_idle(server)


def test_players_are_moved_by_hand(page, server):
    open_page(page, server, "gan?lang=en&players=mlp&game=wasserstein")
    page.get_by_role("button", name="Prepare").click()
    page.locator(".duel-host[data-snapshot]").wait_for()
    before = painted(page)
    page.get_by_role("button", name="Next stage").click()
    page.get_by_text("Critic, 1.").wait_for()
    page.get_by_role("button", name="Generator only").click()
    page.get_by_text("critic 0, generator 1").wait_for()
    page.locator(".duel-host[data-snapshot='1']").wait_for()
    assert not np.array_equal(painted(page), before)
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Choose a game on the left").wait_for()


def test_the_plane_of_noise_decodes_under_the_keys(page, server):
    name = "wgan-gp-d64"
    open_page(page, server, f"ganspace?lang=en&gan={name}&plane=3")
    page.locator(".pad-host[data-ready]").wait_for()
    page.locator(".pad-host .field").focus()
    page.keyboard.press("ArrowRight")  # ends the tour
    page.keyboard.press("ArrowUp")
    said = page.locator(".pad-host .value").inner_text()
    z = [float(v) for v in said.removeprefix("z = (").removesuffix(")").split(";")]
    gan, _card = file.load(library.path(name))
    axes, _reach = noise.plane(gan.config.latent_dim, 3)
    expected = grey(noise.pictures(gan, torch.tensor([z]) @ axes)[0].numpy()).astype(int)
    found = np.array(pixels_of(page, ".pad-host .digit")).reshape(28, 28, 4)[..., 0]
    # The two values are written with two decimals.
    assert np.abs(found - expected).mean() < 3
    assert expected.max() > 100


@pytest.mark.parametrize("path", ["gan?lang=fr", "ganspace?lang=fr"])
def test_a_phone_holds_the_page(browser, server, path):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR")
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        open_page(page, server, path)
        fits_a_phone(page)
    finally:
        context.close()
