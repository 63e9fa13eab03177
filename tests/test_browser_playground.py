"""The page “2D playground” in a real browser."""

import re

import pytest
from browsing import fits_a_phone, open_page
from PIL import Image

pytestmark = pytest.mark.browser

SMALL = "units=8&batch=32"


def open_playground(page, server, asked=""):
    open_page(page, server, f"playground?lang=en&{SMALL}{asked}")
    page.locator(".playground-host[data-state=paused]").wait_for()
    page.locator(".plane[data-step='0']").first.wait_for()


def step_of(page, letter="a"):
    return int(page.locator(f".panel[data-letter={letter}] .plane").get_attribute("data-step"))


def wait_for_step(page, least, letter="a"):
    for _ in range(600):
        if step_of(page, letter) >= least:
            return
        page.wait_for_timeout(100)
    raise AssertionError("it does not train")


def picture_of(page):
    return page.locator(".panel[data-letter=a] .plane").evaluate("c => c.toDataURL()")


def ink_of_corners(page):
    """How many dark pixels the ninths of the square at the top right and bottom left have."""
    return page.locator(".panel[data-letter=a] .plane").evaluate(
        """c => {
          const ninth = Math.floor(c.width / 3), context = c.getContext("2d");
          return [[c.width - ninth, 0], [0, c.width - ninth]].map(([x, y]) => {
            const { data } = context.getImageData(x, y, ninth, ninth);
            return data.filter((v, i) => i % 4 === 0 && v < 90 && data[i + 2] < 90).length;
          });
        }"""
    )


def test_start_moves_the_samples_pause_stops_them_and_the_replay_goes_back(page, server):
    open_playground(page, server)
    first = picture_of(page)
    page.get_by_role("button", name="Start").click()
    wait_for_step(page, 20)
    wait_for_step(page, 5, "b")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(1500)
    halted = step_of(page)
    assert picture_of(page) != first
    page.wait_for_timeout(700)
    assert step_of(page) == halted
    page.get_by_role("button", name="Step", exact=True).click()
    wait_for_step(page, halted + 1)
    assert step_of(page) == halted + 1
    time = page.locator(".playground-host .time")
    time.focus()
    page.keyboard.press("Home")
    assert step_of(page) == 0
    assert picture_of(page) == first
    assert page.locator(".playground-host .when").inner_text() == "after 0 updates"
    page.get_by_role("button", name="Reset").click()
    page.locator(".panel[data-letter=b] .plane[data-step='0']").wait_for()


def test_the_curves_and_the_picture_can_be_saved(page, server):
    open_playground(page, server, "&b_model=none")
    page.get_by_role("button", name="Step", exact=True).click()
    wait_for_step(page, 1)
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("CSV")).click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("model,step,seconds,critic,generator,distance,covered")
    assert [line.split(",")[:2] for line in lines[1:]] == [["minimax", "0"], ["minimax", "1"]]
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("PNG")).click()
    picture = Image.open(download.value.path())
    assert picture.width == picture.height > 200
    assert len(picture.convert("RGB").getcolors(picture.width**2)) > 50


def test_a_drawing_becomes_the_cloud_and_stays_in_the_link(page, server):
    open_page(page, server, f"playground?lang=en&{SMALL}&cloud=drawn&b_model=none")
    page.get_by_text("Nothing is drawn yet").wait_for()
    plane = page.locator(".panel[data-letter=a] .plane")
    box = plane.bounding_box()
    at = [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in
          ((0.75, 0.25), (0.8, 0.3), (0.85, 0.35))]  # fmt: skip
    page.mouse.move(*at[0])
    page.mouse.down()
    for place in at[1:]:
        page.mouse.move(*place)
    page.mouse.up()
    page.wait_for_url("**drawn=**")
    page.get_by_text("Nothing is drawn yet").wait_for(state="detached")
    page.locator(".panel[data-letter=a] .plane[data-step='0']").wait_for()
    assert page.locator(".playground-host .name").inner_text() == "GAN, minimax"

    drawn, empty = ink_of_corners(page)
    assert drawn > 50
    assert empty == 0
    page.reload()
    page.locator(".panel[data-letter=a] .plane[data-step='0']").wait_for()
    page.wait_for_timeout(300)
    drawn, empty = ink_of_corners(page)
    assert drawn > 50
    assert empty == 0
    page.get_by_role("button", name="Clear the drawing").click()
    page.get_by_text("Nothing is drawn yet").wait_for()


def test_a_link_opens_the_same_settings(page, server):
    open_playground(page, server, "&cloud=moons&d=1&a_model=vae&b_model=ae&speed=10")
    names = page.locator(".playground-host .name").all_inner_texts()
    assert names == ["VAE", "Autoencoder"]
    assert page.locator(".playground-host select").first.input_value() == "10"
    assert page.get_by_text("modes covered", exact=True).count() == 0
    page.locator(".st-key-a_rate input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**a_rate=0.002**")


def test_it_fits_a_phone_with_one_model_at_a_time(page, server):
    page.set_viewport_size({"width": 390, "height": 844})
    open_playground(page, server)
    fits_a_phone(page)
    a, b = (page.locator(f".panel[data-letter={letter}]") for letter in "ab")
    assert a.is_visible()
    assert not b.is_visible()
    page.get_by_role("button", name="B", exact=True).click()
    b.wait_for()
    assert not a.is_visible()
    assert page.locator(".panel[data-letter=b] .plane").evaluate("c => c.width") > 250
    fits_a_phone(page)
