"""The denoise page in a real Chromium, and its JavaScript against torch."""

import numpy as np
import pytest
import torch
from browsing import ROOT, asked, choose, linked, open_page, pixels_of, repainted, until

from aecore import checkpoint, data, library
from aecore.corruption import corrupt
from aecore.metrics import psnr, ssim

pytestmark = pytest.mark.browser

HOST = ".denoise-host"
MODEL = "denoising-mlp-d64-gaussian0.5"


@pytest.fixture(scope="module")
def script(browser):
    page = browser.new_page()
    for part in ("tensors", "drawing", "random", "corruption"):
        page.add_script_tag(content=(ROOT / f"pages/ui/assets/{part}.js").read_text("utf-8"))
    yield page
    page.close()


def corrupted(script, x, kind, level, seed=1):
    found = script.evaluate(
        """([x, kind, level, seed]) => Array.from(
            CORRUPTIONS[kind](Float32Array.from(x), level, noiseDraws(seed)))""",
        [x.flatten().tolist(), kind, level, seed],
    )
    return torch.tensor(found).view(1, 1, 28, 28)


@pytest.mark.parametrize(
    ("kind", "level"),
    [("blur", 0.4), ("blur", 2.5), ("low-resolution", 4), ("low-resolution", 3),
     ("low-resolution", 14), ("low-resolution", 1)],
)  # fmt: skip
def test_what_is_not_random_is_that_of_torch(script, digits, kind, level):
    x = digits.test.pictures(slice(2, 3))
    expected = corrupt(x, kind, level, torch.Generator())
    assert torch.allclose(corrupted(script, x, kind, level), expected, atol=1e-5)


def test_what_is_random_has_the_shares_that_it_names(script):
    grey = torch.full((1, 1, 28, 28), 0.375)
    many = lambda kind, level: torch.cat(  # noqa: E731
        [corrupted(script, grey, kind, level, seed) for seed in range(1, 21)]
    )
    gone = many("masking", 0.3)
    assert (gone == 0).float().mean() == pytest.approx(0.3, abs=0.02)
    assert set(gone.unique().tolist()) == {0.0, 0.375}
    salted = many("salt-pepper", 0.4)
    assert (salted == 1).float().mean() == pytest.approx(0.2, abs=0.02)
    assert (salted == 0).float().mean() == pytest.approx(0.2, abs=0.02)
    replaced = many("random", 0.5)
    hit = replaced != 0.375
    assert hit.float().mean() == pytest.approx(0.5, abs=0.02)
    assert replaced[hit].mean() == pytest.approx(0.5, abs=0.02)
    noise = many("gaussian", 0.7) - 0.375
    assert noise.std() == pytest.approx(0.7, abs=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.02)
    blocks = many("block", 0.2)[:, 0] == 0
    side = round((0.2 * 784) ** 0.5)
    assert (blocks.sum((1, 2)) == side * side).all()
    assert (blocks.any(2).sum(1) == side).all()


def test_the_measures_are_those_of_torch(script, digits):
    x = digits.test.pictures(slice(0, 1))
    y = corrupt(x, "gaussian", 0.3, torch.Generator().manual_seed(1)).clamp(0, 1)
    found = script.evaluate(
        """(pair) => { const [x, y] = pair.map((p) => Float32Array.from(p));
            return [psnrOf(x, y), ssimOf(x, y), psnrOf(x, x), ssimOf(x, x)]; }""",
        [x.flatten().tolist(), y.flatten().tolist()],
    )
    expected = [psnr(x, y).item(), ssim(x, y).item(), 100, 1]
    assert found == pytest.approx(expected, abs=1e-4)


def card(page, name):
    return page.locator(f"{HOST} .card").filter(has=page.get_by_text(name, exact=True))


def grey(locator):
    pixels = locator.evaluate("c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data)")
    return np.array(pixels, np.float32).reshape(28, 28, 4)[..., 0]


def test_a_picture_is_corrupted_and_restored_as_torch_does(page, server):
    open_page(page, server, "denoise?noise=low-resolution&level=4&x=t2")
    page.locator(f"{HOST}[data-ready]").wait_for()
    choose(page, "Models", MODEL)
    shown = card(page, MODEL).locator("canvas.picture")
    shown.wait_for()
    x = data.load("digits").test.pictures(slice(2, 3))
    noisy = corrupt(x, "low-resolution", 4, torch.Generator())
    model = checkpoint.load(library.path(MODEL))[0]
    with torch.inference_mode():
        restored = model.decode(model.encode(noisy))
    until(page, lambda: np.abs(grey(shown) - restored.numpy()[0, 0] * 255).max() < 2)
    noisy_shown = grey(card(page, "Corrupted").locator("canvas.picture"))
    assert np.abs(noisy_shown - noisy.numpy()[0, 0] * 255).max() < 1
    told = card(page, MODEL).locator(".numbers").inner_text()
    assert told.startswith(f"{psnr(restored.clamp(0, 1), x).item():.1f} dB")


def test_the_level_changes_everything_and_stays_in_the_link(page, server):
    open_page(page, server, "denoise?noise=gaussian&level=99&x=t2")
    page.locator(f"{HOST}[data-ready]").wait_for()
    assert page.locator(f"{HOST} .levelText").first.inner_text() == "σ = 2"
    before = pixels_of(page, f"{HOST} .card:nth-child(2) canvas")
    slider = page.locator(f"{HOST} input[type=range]").first
    slider.focus()
    page.keyboard.press("Home")
    clean = pixels_of(page, f"{HOST} .card:nth-child(1) canvas")
    assert repainted(page, f"{HOST} .card:nth-child(2) canvas", before) == clean
    assert "100.0 dB" in page.locator(f"{HOST} .card:nth-child(2) .numbers").inner_text()
    assert linked(page, "level", "99") == "0"
    # Another corruption starts with what is usual for it, also in the link.
    choose(page, "Corruption", "A masked block (in-painting)")
    assert linked(page, "noise", "gaussian") == "block"
    until(page, lambda: "level" not in asked(page))


def test_new_noise_and_feeding_back_change_the_answer(page, server):
    open_page(page, server, "denoise?noise=masking")
    page.locator(f"{HOST}[data-ready]").wait_for()
    answer = f"{HOST} .card:nth-child(4) canvas.picture"
    first = pixels_of(page, answer)
    page.get_by_role("button", name="New noise").click()
    second = repainted(page, answer, first)
    page.locator(f"{HOST} input[type=range]").last.focus()
    page.keyboard.press("ArrowRight")
    repainted(page, answer, second)
    assert linked(page, "times") == "2"


def test_the_curve_of_quality_has_a_line_for_each_model(page, server):
    open_page(page, server, "denoise?noise=gaussian")
    page.locator(f"{HOST}[data-ready]").wait_for()
    page.locator(".js-plotly-plot").wait_for()
    names = page.locator(".js-plotly-plot .legendtext").all_text_contents()
    assert "no model" in names
    assert MODEL in names


def rub(page, server):
    """Open the page, rub a stroke out of the middle and return the noisy card's locator."""
    open_page(page, server, "denoise?noise=block&level=0&x=t2")
    page.locator(f"{HOST}[data-ready]").wait_for()
    page.get_by_role("button", name="Rub out by hand").click()
    picture = card(page, "Corrupted").locator("canvas.picture")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.up()
    linked(page, "rubbed")
    return picture


def test_a_part_is_rubbed_out_by_hand_and_brought_back(page, server, digits):
    picture = rub(page, server)
    clean = digits.test.images[2].numpy().astype(float)
    rubbed = grey(picture)
    # A band of the rubber's width is gone without gaps, and nothing else has changed.
    assert clean[13:15, 6:22].any()
    assert not rubbed[13:15, 6:22].any()
    assert (rubbed[:11] == clean[:11]).all()
    assert (rubbed[17:] == clean[17:]).all()
    answer = f"{HOST} .card:nth-child(4) canvas.picture"
    restored = pixels_of(page, answer)
    page.reload()
    page.locator(f"{HOST}[data-ready]").wait_for()
    until(page, lambda: (grey(picture) == rubbed).all())
    page.get_by_role("button", name="Bring back").click()
    until(page, lambda: (grey(picture) == clean).all())
    assert pixels_of(page, answer) != restored
    until(page, lambda: "rubbed" not in asked(page))


def test_the_rubber_obeys_the_keys_and_is_off_at_first(page, server, digits):
    open_page(page, server, "denoise?noise=block&level=0&x=t2&rubbed=nonsense")
    page.locator(f"{HOST}[data-ready]").wait_for()
    assert "rubbed" in page.locator(f"{HOST} .problem").inner_text()
    picture = card(page, "Corrupted").locator("canvas.picture")
    picture.click()
    clean = digits.test.images[2].numpy().astype(float)
    assert (grey(picture) == clean).all()
    page.get_by_role("button", name="Rub out by hand").click()
    picture.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    gone = until(page, lambda: np.flatnonzero((grey(picture) != clean).any(1)).tolist())
    assert min(gone) >= 10
    assert max(gone) <= 15
