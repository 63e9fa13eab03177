"""The page “Bounds and collapse” in a real browser."""

import pytest
from browsing import open_page

pytestmark = pytest.mark.browser


def cell(page, column):
    """A number in the first row of the table of bounds."""
    row = page.locator("table").first.locator("tbody tr").first
    return row.locator("td").nth(column).inner_text()


def test_the_slider_of_draws_moves_the_bound_and_the_link(page, server):
    open_page(page, server, "bounds?lang=en&bounded=vae-mlp-d20&k=1")
    page.get_by_text("The draws with the largest weights").wait_for()
    assert cell(page, 5) == "1 / 1"
    elbo, before = float(cell(page, 1)), float(cell(page, 2))
    assert before == elbo
    slider = page.locator(".st-key-k input[type=range]")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_url("**k=10**")
    page.wait_for_function(
        "() => document.querySelector('table tbody td:nth-child(6)').innerText.endsWith('/ 10')"
    )
    assert float(cell(page, 2)) > before
    assert float(cell(page, 1)) == elbo


def test_a_collapsed_latent_leaves_the_picture_as_it_is(page, server):
    open_page(page, server, "bounds?lang=en&bounded=vae-mlp-d20&view=collapse&rank=1")
    page.get_by_text("One latent, from −3 to 3").wait_for()
    row = page.locator(".lab-digits img").first
    row.wait_for()
    before = row.get_attribute("src")
    page.locator(".st-key-rank input[type=range]").focus()
    page.keyboard.press("End")
    page.wait_for_url("**rank=20**")
    page.wait_for_function(
        "before => document.querySelector('.lab-digits img')?.src !== before", arg=before
    )
    # The eleven pictures of the row: those of the last latent differ by less than a step of grey.
    spread = """async img => {
      const canvas = new OffscreenCanvas(img.naturalWidth, 28), context = canvas.getContext("2d");
      context.drawImage(img, 0, 0);
      const tile = (i) => context.getImageData(29 * i, 0, 28, 28).data;
      const first = tile(0), last = tile(10);
      return Math.max(...first.map((value, i) => Math.abs(value - last[i])));
    }"""
    assert page.locator(".lab-digits img").first.evaluate(spread) < 40
