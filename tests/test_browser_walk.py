"""The page "Walk and arithmetic" in a real Chromium: its pictures are those of Python."""

import io
import re

import numpy as np
import pytest
import torch
from browsing import asked, open_page, pixels_of, run_script, until
from PIL import Image

from aecore import checkpoint, library
from aecore.explore import attributes, walk
from aecore.explore.codes import to_uint8

pytestmark = pytest.mark.browser

MODEL = "vae-mlp-d20"
WALKS = ("straight", "spherical", "fade")


def open_walk(page, server, query="", part="walk"):
    open_page(page, server, f"walk?model={MODEL}&from=t3&to=t20&{query}")
    page.locator(f".{part}-host[data-ready]").wait_for()


def host_says(page, part, name, value):
    page.locator(f".{part}-host[data-{name}='{value}']").wait_for()


def grey(page, selector, height=28):
    """The pixels of a grey canvas."""
    return np.array(pixels_of(page, selector)).reshape(height, -1, 4)[..., 0]


def row(page, name):
    """The pictures of one walk: (steps, 28, 28)."""
    wide = grey(page, f".walk-host .row[data-walk={name}] .strip")
    return np.stack([wide[:, x : x + 28] for x in range(0, wide.shape[1], 29)])


def expected_rows(digits, steps, a=3, b=20):
    model = checkpoint.load(library.path(MODEL))[0]
    x = digits.test.pictures(torch.tensor([a, b]))
    with torch.inference_mode():
        z = model.encode(x)
        rows = [model.decode(path(*z, steps)) for path in (walk.straight, walk.spherical)]
    rows.append(walk.cross_fade(*x, steps))
    return {name: to_uint8(pictures) for name, pictures in zip(WALKS, rows, strict=True)}


def slide(page, selector, key, times=1):
    slider = page.locator(selector)
    slider.scroll_into_view_if_needed()
    slider.focus()
    for _ in range(times):
        page.keyboard.press(key)


def walk_pairs():
    random = np.random.default_rng(0)
    for d in (1, 2, 20, 784):
        a, b = random.normal(size=(2, d)).astype(np.float32)
        yield from ((a, b), (a, 3 * a), (a, -2 * a), (0 * a, b), (a, 0 * b))


def test_javascript_walks_as_python_does(browser):
    pairs = [(a.tolist(), b.tolist()) for a, b in walk_pairs()]
    found = run_script(
        browser,
        ("drawing", "paths"),
        """(pairs) => pairs.map(([a, b]) => [straightPath, sphericalPath].map((path) =>
            Array.from({ length: 9 }, (_, k) => Array.from(path(a, b)(k / 8)))))""",
        pairs,
    )
    for (a, b), paths in zip(walk_pairs(), found, strict=True):
        ends = torch.from_numpy(a), torch.from_numpy(b)
        for path, codes in zip((walk.straight, walk.spherical), paths, strict=True):
            np.testing.assert_allclose(codes, path(*ends, 9).numpy(), atol=1e-5)


def test_javascript_measures_as_python_does(browser, digits):
    x = torch.cat([digits.test.pictures(slice(0, 40)), torch.zeros(1, 1, 28, 28)])
    argument = x.flatten(1).tolist()
    measured = run_script(
        browser, ("drawing", "measures"), "(all) => all.map(measureDigit)", argument
    )
    np.testing.assert_allclose(measured, attributes.measure(x).numpy(), atol=1e-3)
    full = run_script(browser, ("drawing", "paths"), "(all) => all.map(inkFullness)", argument)
    np.testing.assert_allclose(full, walk.ink_fullness(x).numpy(), atol=1e-5)


def test_the_rows_are_the_walks_of_python_and_so_are_the_films(page, server, digits):
    open_walk(page, server)
    host_says(page, "walk", "steps", 9)
    slide(page, ".walk-host .steps", "ArrowRight", 3)
    host_says(page, "walk", "steps", 12)
    page.wait_for_url(re.compile("steps=12"))
    expected = expected_rows(digits, 12)
    for name in WALKS:
        shown = row(page, name)
        assert shown.shape == (12, 28, 28)
        assert np.abs(shown - expected[name].astype(int)).max() <= 1
    # The arc is not the line, nor the cross-fade.
    assert np.abs(row(page, "spherical") - row(page, "straight")).max() > 30
    assert np.abs(row(page, "fade") - row(page, "straight")).max() > 30

    def film_of(title):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"GIF: {title}").click()
        film = Image.open(io.BytesIO(waiting.value.path().read_bytes()))
        return film.n_frames == 2 * 12 - 2 and film

    for title, name in (("spherical", "spherical"), ("cross-fade", "fade")):
        film = until(page, lambda title=title: film_of(title))
        for i in (0, 5, 11):
            film.seek(i)
            small = np.asarray(film.convert("L"))[4::8, 4::8]
            assert np.abs(small - expected[name][i].astype(int)).max() <= 1


def test_the_three_rows_are_saved_as_one_picture(page, server):
    open_walk(page, server, "steps=5")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the three walks").click()
    saved = Image.open(io.BytesIO(waiting.value.path().read_bytes())).convert("L")
    small = np.asarray(saved)[4::8, 4::8]
    assert small.shape == (3 * 29 - 1, 5 * 29 - 1)
    assert (small[29:57, 58:86] == row(page, "spherical")[2]).all()


def test_the_film_plays_stops_and_is_moved_by_hand(page, server):
    open_walk(page, server, "t=0")
    digit = ".walk-host .row[data-walk=straight] .digit"
    first = grey(page, digit)
    page.locator(".walk-host .play").click()
    page.wait_for_function(
        """() => {
            const host = [...document.querySelectorAll('*')].map((e) => e.shadowRoot ?? e)
                .map((e) => e.querySelector?.('.walk-host .time')).find(Boolean);
            return Number(host.value) > 0.3;
        }"""
    )
    page.locator(".walk-host .play").click()
    page.wait_for_url(re.compile(r"[?&]t=0\.\d"))
    stopped = grey(page, digit)
    assert np.abs(stopped - first).max() > 30
    page.wait_for_timeout(300)  # nothing moves
    assert (grey(page, digit) == stopped).all()
    slide(page, ".walk-host .time", "Home")
    assert (grey(page, digit) == first).all()
    assert page.locator(".walk-host .readout").first.inner_text().startswith("at t = 0.00")


def test_a_link_opens_the_same_walk_and_says_what_it_cannot_read(page, server, digits):
    open_walk(page, server, "steps=999&t=7&slant=abc&thickness=-99&to=t99999", "deform")
    host_says(page, "walk", "steps", 25)
    assert page.locator(".walk-host .time").input_value() == "1"
    assert page.locator("[data-attribute=thickness]").input_value() == "-3"
    assert "slant = “abc”" in page.locator(".deform-host .problem").inner_text()
    last = digits.test.images[-1].numpy()
    assert (grey(page, ".walk-host .row[data-walk=fade] .digit") == last).all()
    assert asked(page)["to"] == f"t{len(digits.test) - 1}"
    open_walk(page, server, "from=nothing&a_is=sum")
    page.get_by_text("a_is = “sum”").wait_for()


def test_the_sliders_deform_a_digit_and_stand_in_the_link(page, server):
    open_walk(page, server, part="deform")
    back = grey(page, ".deform-host .back")
    assert (grey(page, ".deform-host .deformed") == back).all()
    slide(page, "[data-attribute=slant]", "PageUp", 6)
    deformed = grey(page, ".deform-host .deformed")
    upright, slanted = (
        float(attributes.slant(torch.from_numpy(p)[None, None].float() / 255))
        for p in (back, deformed)
    )
    assert slanted > upright + 5
    amount = page.locator("[data-attribute=slant]").input_value()
    page.wait_for_url(re.compile("slant="))
    assert float(asked(page)["slant"]) == float(amount)
    drawn = page.locator(".deform-host .measured").first.inner_text()
    shown = float(drawn.split("drawn ")[1].rstrip("°").replace("−", "-"))
    assert shown == pytest.approx(slanted, abs=0.2)

    page.reload()
    page.locator(".deform-host[data-ready]").wait_for()
    assert (grey(page, ".deform-host .deformed") == deformed).all()
    # The middle of each row of the table is the digit as it is.
    board = grey(page, ".deform-host .board", height=86)
    for k in range(3):
        assert (board[29 * k : 29 * k + 28, 87:115] == back).all()
    page.get_by_role("button", name="All back to 0").click()
    assert (grey(page, ".deform-host .deformed") == back).all()


def term_pictures(page):
    return [page.locator(".lab-equation img").nth(i).get_attribute("src") for i in range(5)]


def test_what_is_taken_away_and_added_again_changes_nothing(page, server):
    open_walk(page, server, "a=t7&b=t7&c=t12")
    page.locator(".lab-equation img").nth(4).wait_for()
    a, b, c, result, _nearest = term_pictures(page)
    assert a == b
    assert c == result
    assert a != c
    assert "no. 12" in page.locator(".lab-equation figcaption").nth(4).inner_text()


def test_a_term_can_be_the_mean_of_a_class(page, server):
    open_walk(page, server, "a_is=mean&a_class=3&b_is=mean&b_class=3&c_is=mean&c_class=8")
    page.locator(".lab-equation img").nth(4).wait_for()
    a, _b, c, result, _nearest = term_pictures(page)
    assert c == result
    assert a != c
    page.get_by_role("radio", name="A digit").nth(2).click()
    page.wait_for_url(re.compile("c_is=digit"))
    page.wait_for_function(
        "(before) => document.querySelectorAll('.lab-equation img')[2].src !== before", arg=c
    )
    a, _b, c, result, _nearest = term_pictures(page)
    assert c == result
