"""The latent space in a real Chromium: pad, manifold, links, and what β changes."""

import re

import numpy as np
import pytest
import torch
from browsing import (
    ROOT,
    asked,
    choose,
    linked,
    open_page,
    pixels_of,
    repainted,
    settled,
    until,
)
from scipy.stats import norm

from aecore import checkpoint, data, library
from aecore.explore import codes

pytestmark = pytest.mark.browser

HOST = ".latent-host"


def open_latent(page, server, query=""):
    open_page(page, server, f"latent?{query}")
    page.locator(f"{HOST}[data-manifold=ready][data-traversal=ready]").wait_for()


def move(page, u, v, selector=f"{HOST} .field"):
    box = settled(page, page.locator(selector))
    page.mouse.move(box["x"] + u * box["width"], box["y"] + v * box["height"])


def shown_code(page):
    text = page.locator(f"{HOST} .value").inner_text()
    return [float(v) for v in re.findall(r"= (-?[\d.]+)", text)]


def grey(pixels, shape=(28, 28)):
    return np.array(pixels, np.float64).reshape(*shape, 4)[..., 0]


def decoded(name, z):
    model = checkpoint.load(library.path(name))[0]
    with torch.inference_mode():
        return model.decode(torch.tensor([z], dtype=torch.float32)).numpy()[0, 0] * 255


def numbers(text):
    return [float(v) for v in text.split(",")]


def test_what_is_under_the_pointer_is_what_torch_decodes(page, server):
    open_latent(page, server, "model=vae-mlp-d2")
    move(page, 0.3, 0.4)
    z = numbers(linked(page, "z"))
    assert z == pytest.approx(shown_code(page), abs=0.006)
    view = numbers(linked(page, "view"))
    assert z[0] == pytest.approx(view[0] - 0.4 * view[2], abs=0.03)
    assert z[1] == pytest.approx(view[1] + 0.2 * view[2], abs=0.03)
    assert np.abs(grey(pixels_of(page, f"{HOST} .digit")) - decoded("vae-mlp-d2", z)).max() < 2


def test_keys_move_the_point_and_a_click_holds_it(page, server):
    open_latent(page, server, "model=vae-mlp-d2")
    page.locator(f"{HOST} .field").focus()
    before = shown_code(page)
    page.keyboard.press("Shift+ArrowRight")
    after = until(page, lambda: (now := shown_code(page)) != before and now)
    assert after[0] > before[0] + 0.1
    assert after[1] == before[1]
    move(page, 0.05, 0.05)
    page.mouse.down()
    page.mouse.up()
    page.get_by_text("The point is held").wait_for()
    held = shown_code(page)
    move(page, 0.6, 0.9)
    page.wait_for_timeout(200)  # nothing moves
    assert shown_code(page) == held


def test_pointing_at_a_code_shows_its_digit_and_what_comes_back(page, server):
    open_latent(page, server, "model=vae-mlp-d2")
    model = checkpoint.load(library.path("vae-mlp-d2"))[0]
    test = data.load("digits").test
    cloud = codes.cloud(model, test)
    page.locator(f"{HOST} .field").focus()
    page.keyboard.press("ArrowUp")
    view = numbers(linked(page, "view"))
    # The most lonely code, so that the nearest is not in doubt.
    apart = np.linalg.norm(cloud.codes[:, None] - cloud.codes[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    inside = np.abs(cloud.codes - view[:2]).max(1) < 0.9 * view[2]
    index = int(np.argmax(np.where(inside, apart.min(1), -1)))
    x, y = cloud.codes[index].tolist()
    move(page, 0.5 + (x - view[0]) / view[2] / 2, 0.5 - (y - view[1]) / view[2] / 2)
    page.get_by_text(f"Test digit {index} · class {int(test.labels[index])}").wait_for()
    truth = f"{HOST} .pair canvas >> nth=0"
    until(page, lambda: np.array_equal(grey(pixels_of(page, truth)), test.images[index].numpy()))
    back = grey(pixels_of(page, f"{HOST} .pair canvas >> nth=1"))
    assert np.abs(back - decoded("vae-mlp-d2", cloud.codes[index].tolist())).max() < 3
    ellipse = page.locator(f"{HOST} .ellipse").bounding_box()
    box = page.locator(f"{HOST} .field").bounding_box()
    expected = np.sort(2 * cloud.deviations[index] / view[2] * box["width"])
    assert np.sort([ellipse["width"], ellipse["height"]]) == pytest.approx(expected, abs=3)


def test_a_link_opens_the_same_view(page, server):
    link = "model=vae-mlp-d20&axes=4,7&z=" + ",".join(["0.5"] * 20) + "&view=0.5,-1,2&grid=view,6"
    open_latent(page, server, link)
    assert shown_code(page) == [0.5, 0.5]
    assert page.locator(f"{HOST} .value").inner_text().startswith("z4 = 0.50")
    tiles = grey(pixels_of(page, f"{HOST} .board"), (168, 168))
    corner = [0.5] * 20
    corner[3], corner[6] = 0.5 - 2 + 2 / 6, -1 + 2 - 2 / 6
    assert np.abs(tiles[:28, :28] - decoded("vae-mlp-d20", corner)).max() < 2
    assert page.locator(f"{HOST} .problem").inner_text() == ""


def test_a_bad_link_is_clamped_and_said(page, server):
    open_latent(page, server, "model=vae-mlp-d20&axes=0,999&z=abc&grid=nothing,400")
    assert page.locator(f"{HOST} .value").inner_text().startswith("z1 = ")
    assert "z20 = " in page.locator(f"{HOST} .value").inner_text()
    problem = page.locator(f"{HOST} .problem").inner_text()
    assert "z = “abc”" in problem
    assert "grid = “nothing”" in problem
    assert page.locator(f"{HOST} .tilesText").inner_text() == "30 × 30"


def test_the_view_stays_in_the_link_when_the_server_writes_there(page, server):
    open_latent(page, server, "model=vae-mlp-d2&z=1,1")
    move(page, 0.3, 0.4)
    z = linked(page, "z", "1,1")
    page.locator(".st-key-seed input").fill("5")
    page.keyboard.press("Enter")
    until(page, lambda: asked(page).get("seed") == "5")
    assert asked(page)["z"] == z
    assert "view" in asked(page)


def test_another_model_starts_a_view_of_its_own(page, server):
    open_latent(page, server, "model=vae-mlp-d2")
    move(page, 0.3, 0.4)
    linked(page, "z")
    choose(page, "Model", "mlp-d16")
    assert linked(page, "model", "vae-mlp-d2") == "mlp-d16"
    page.locator(f"{HOST} .sliders input").nth(13).wait_for()
    assert page.locator(f"{HOST} .sliders input").count() == 14
    assert page.locator(f"{HOST} .problem").inner_text() == ""
    assert "z" not in asked(page)


def test_sliders_and_rows_move_the_other_values(page, server):
    open_latent(page, server, "model=mlp-d16")
    before = pixels_of(page, f"{HOST} .digit")
    slider = page.locator(f"{HOST} .sliders input").first
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    repainted(page, f"{HOST} .digit", before)
    linked(page, "z")
    moved = pixels_of(page, f"{HOST} .digit")
    box = page.locator(f"{HOST} .traversal").bounding_box()
    page.mouse.click(box["x"] + 4, box["y"] + 4)
    repainted(page, f"{HOST} .digit", moved)


def test_principal_directions_keep_the_point(page, server):
    open_latent(page, server, "model=mlp-d16")
    move(page, 0.7, 0.2)
    linked(page, "z")
    before = grey(pixels_of(page, f"{HOST} .digit"))
    page.locator(f"{HOST} .basis").select_option("principal")
    until(page, lambda: page.locator(f"{HOST} .value").inner_text().startswith("c1 = "))
    assert np.abs(grey(pixels_of(page, f"{HOST} .digit")) - before).max() < 2
    assert linked(page, "basis") == "principal"


def test_a_rectangle_on_the_manifold_zooms_the_plane(page, server):
    open_latent(page, server, "model=vae-mlp-d2")
    page.locator(f"{HOST} .range").select_option("codes")
    seen = linked(page, "view")
    move(page, 0.25, 0.25, f"{HOST} .board")
    page.mouse.down()
    move(page, 0.5, 0.5, f"{HOST} .board")
    page.mouse.up()
    before, after = numbers(seen), numbers(linked(page, "view", seen))
    assert after[2] == pytest.approx(before[2] / 4, rel=0.05)
    assert after[0] == pytest.approx(before[0] - before[2] / 4, abs=0.1)
    assert asked(page)["grid"].startswith("view")


def test_the_manifold_can_be_saved_with_all_its_pixels(page, server, tmp_path):
    from PIL import Image

    open_latent(page, server, "model=vae-mlp-d2&grid=prior,5")
    with page.expect_download() as waiting:
        page.locator(f"{HOST} .right .save").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    picture = np.asarray(Image.open(file).convert("L"), np.float64)
    assert picture.shape == (140, 140)
    quantile = norm.ppf([0.1, 0.3, 0.5, 0.7, 0.9])
    expected = decoded("vae-mlp-d2", [quantile[3], -quantile[1]])
    assert np.abs(picture[28:56, 84:112] - expected).max() < 2


def test_beta_changes_the_plane_and_the_numbers(page, server):
    open_latent(page, server, "model=vae-mlp-d2&beta=1")
    host = ".betas-host"
    page.locator(f"{host}[data-shown='1']").wait_for()
    cards = {b: checkpoint.read_card(library.path(f"vae-mlp-d2-beta{b}")) for b in ("4", "10")}
    before = pixels_of(page, f"{host} .square >> nth=1")
    slider = page.locator(f"{host} input")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.locator(f"{host}[data-shown='4']").wait_for()
    assert (
        f"Rate {cards['4'].metrics['kl_nats']:.1f} nats"
        in page.locator(f"{host} .facts").inner_text()
    )
    assert pixels_of(page, f"{host} .square >> nth=1") != before
    until(page, lambda: asked(page)["beta"] == "4")
    page.locator(f"{host} .dot").last.click()
    page.locator(f"{host}[data-shown='10']").wait_for()
    assert f"{cards['10'].metrics['recon_nats']:.1f}" in page.locator(f"{host} .facts").inner_text()


def test_the_ways_to_choose_a_code_stand_side_by_side(page, server):
    open_latent(page, server, "model=mlp-d2")
    page.locator(".clouds-host[data-ready]").nth(1).wait_for()
    titles = [t.strip() for t in page.locator(".clouds-host .title").all_inner_texts()]
    assert titles[:4] == ["Standard normal", "Box", "Gaussian fit", "Known codes"]
    assert "Aggregated posterior" in titles[4:]
    before = pixels_of(page, ".clouds-host .tiles >> nth=0")
    page.locator(".st-key-seed input").fill("5")
    page.keyboard.press("Enter")
    repainted(page, ".clouds-host .tiles >> nth=0", before)
    assert asked(page)["seed"] == "5"


def test_the_quantiles_of_the_prior_are_those_of_scipy(browser):
    page = browser.new_page()
    try:
        page.add_script_tag(content=(ROOT / "pages/ui/assets/tiles.js").read_text("utf-8"))
        shares = [1e-6, 0.01, 0.024, 0.025, 0.3, 0.5, 0.77, 0.975, 0.976, 0.999]
        found = page.evaluate("(shares) => shares.map(normalQuantile)", shares)
    finally:
        page.close()
    assert found == pytest.approx(norm.ppf(shares), abs=1e-7)


def test_a_convolutional_grid_is_decoded_by_the_server_or_else_by_the_browser(page, server):
    board, address = f"{HOST} canvas.board", "model=conv-d32&grid=codes,12"
    with page.expect_response("**/lab/decoders/*") as asked:
        open_latent(page, server, address)
    asked_for = np.frombuffer(asked.value.request.post_data_buffer, "<f4").reshape(144, 32)
    answer = np.frombuffer(asked.value.body(), np.uint8).reshape(144, 28, 28)
    model = checkpoint.load(library.path("conv-d32"))[0]
    with torch.inference_mode():
        expected = codes.to_uint8(model.decode(torch.tensor(asked_for)))
    assert np.abs(answer.astype(int) - expected).max() <= 1

    page.route("**/lab/decoders/*", lambda route: route.abort())
    open_latent(page, server, address)
    grid = grey(pixels_of(page, board), (336, 336)).reshape(12, 28, 12, 28).swapaxes(1, 2)
    assert np.abs(grid.reshape(144, 28, 28) - expected).max() <= 2

    # What the server says is what is painted, wherever the browser has not been faster.
    page.unroute("**/lab/decoders/*")
    page.route("**/lab/decoders/*", lambda route: route.fulfill(body=b"\xff" * 400 * 784))
    open_latent(page, server, "model=conv-d32&grid=codes,20")
    assert (grey(pixels_of(page, board), (560, 560)) == 255).all()
