"""The app in a real Chromium: what a class would see. Skipped where there is no browser."""

import base64
import json
import re
import signal
import urllib.error
import urllib.request

import numpy as np
import pytest
from browsing import (
    PATIENCE,
    ROOT,
    at_rest,
    fits_a_phone,
    open_page,
    pixels_of,
    start_server,
    stop_server,
    until,
    wait_until_idle,
)

from aecore import checkpoint, library
from aecore.config import ModelConfig
from aecore.models import build

pytestmark = pytest.mark.browser


def start_training(page, server, epochs=2, button="^Train"):
    open_page(page, server, "train")
    epochs_slider = page.locator(".st-key-set_epochs input[type=range]")
    epochs_slider.wait_for()
    page.locator(".st-key-set_epochs").scroll_into_view_if_needed()
    epochs_slider.focus()
    current = int(epochs_slider.get_attribute("value") or 10)
    for _ in range(abs(current - epochs)):
        page.keyboard.press("ArrowLeft" if epochs < current else "ArrowRight")
    page.wait_for_function(
        f"document.querySelector('.st-key-set_epochs input[type=range]').value == {epochs}"
    )
    page.wait_for_timeout(800)  # a slider tells its value when it rests, and nothing shows that
    page.get_by_role("button", name=re.compile(button)).click()


def wait_for_status(page, status):
    page.locator(f".monitor-host .state[data-status={status}]").wait_for()


def test_a_link_to_a_page_as_the_very_first_request_opens_the_whole_app(browser, tmp_path):
    process, address = start_server(tmp_path)
    page = browser.new_page()
    try:
        page.goto(f"{address}/compare")
        page.locator("h1").wait_for(timeout=PATIENCE)
        names = page.locator("[data-testid=stSidebarNavLink]").all_inner_texts()
        assert any("Train" in name for name in names)
        assert not any(name.strip() == "app" for name in names)
    finally:
        page.close()
        stop_server(process)


def test_two_epochs_show_curves_reconstructions_and_a_result(page, server):
    start_training(page, server, epochs=2)
    wait_for_status(page, "finished")
    chart = pixels_of(page, ".monitor-host .chart")
    assert len({tuple(chart[i : i + 3]) for i in range(0, len(chart), 4)}) > 3
    shown = np.array(pixels_of(page, ".monitor-host .digits canvas >> nth=-1"))
    assert shown.reshape(28, 28, 4)[..., 0].max() > 100
    page.get_by_text("Test MSE per pixel").first.wait_for()
    assert "2 / 2" in page.locator(".monitor-host .figures").inner_text()


def test_the_time_scrubber_replays_the_training(page, server):
    start_training(page, server, epochs=3)
    wait_for_status(page, "finished")
    page.wait_for_function(
        "document.querySelector('[class*=st-key-monitor]') !== null", timeout=PATIENCE
    )
    slider, when = page.locator(".monitor-host .time"), page.locator(".monitor-host .when")
    until(page, lambda: when.inner_text() == "epoch 3")
    assert int(slider.get_attribute("max")) >= 4
    late = pixels_of(page, ".monitor-host .manifold")
    slider.focus()
    page.keyboard.press("Home")
    assert pixels_of(page, ".monitor-host .manifold") != late
    assert when.inner_text() == "epoch 0"
    page.locator(".monitor-host .play").click()
    until(page, lambda: when.inner_text() == "epoch 3")
    assert pixels_of(page, ".monitor-host .manifold") == late


def test_a_reload_keeps_the_run_and_another_browser_does_not_see_it(page, server, browser):
    start_training(page, server, epochs=2)
    wait_for_status(page, "finished")
    page.reload()
    wait_for_status(page, "finished")
    stranger = browser.new_context(locale="en-GB")
    try:
        other = stranger.new_page()
        open_page(other, server, "train")
        other.get_by_text("Choose a model on the left").wait_for(timeout=PATIENCE)
        assert other.locator(".monitor-host").count() == 0
    finally:
        stranger.close()


def test_a_run_is_paused_resumed_and_stopped(page, server):
    start_training(page, server, epochs=100)
    wait_for_status(page, "running")
    page.get_by_role("button", name="Pause").click()
    wait_for_status(page, "paused")
    page.get_by_role("button", name="Resume").click()
    page.locator(
        ".monitor-host .state[data-status=running], .monitor-host .state[data-status=queued]"
    ).wait_for()
    page.get_by_role("button", name="Stop").click()
    wait_for_status(page, "stopped")
    page.get_by_text("Test MSE per pixel").first.wait_for()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Choose a model on the left").wait_for()


def test_the_exercise_queues_three_runs_and_sets_them_side_by_side(page, server):
    start_training(page, server, epochs=1, button="^Queue d")
    wait_for_status(page, "finished")
    wait_until_idle(server)
    page.locator("[data-testid=stSidebarNavLink]").nth(2).click()
    page.get_by_role("heading", name="Compare models").wait_for()
    page.locator(".js-plotly-plot").nth(1).wait_for()
    compared = page.locator("table td:nth-child(3)").all_inner_texts()
    assert sorted(compared, key=int) == ["16", "32", "64"]


def test_the_downloaded_model_is_the_trained_one_and_can_be_uploaded(page, server, tmp_path):
    start_training(page, server, epochs=1)
    wait_for_status(page, "finished")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the model").click()
    file = tmp_path / "mine.safetensors"
    waiting.value.save_as(file)
    model, card = checkpoint.load(file)
    assert card.dataset == "digits"
    assert model.parameter_count() == card.parameters

    open_page(page, server, "models")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("“mine.safetensors” is in the list").wait_for()
    page.wait_for_function(
        "[...document.querySelectorAll('input')].some("
        "(input) => input.value === 'mine.safetensors · uploaded')"
    )


def test_a_file_that_is_no_model_is_refused_with_a_sentence(page, server, tmp_path):
    file = tmp_path / "bad.safetensors"
    file.write_bytes(b"this is not a model")
    open_page(page, server, "models")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("This is not a safetensors file, or it is cut short.").wait_for()


def test_the_language_is_the_browsers_then_the_chosen_one_and_stays_in_the_link(browser, server):
    context = browser.new_context(locale="fr-FR")
    try:
        page = context.new_page()
        page.goto(server)
        page.get_by_role("heading", name=re.compile("autoencodeur")).wait_for(timeout=PATIENCE)
        page.get_by_text("English").click()
        page.get_by_role("heading", name="What is an autoencoder?").wait_for(timeout=PATIENCE)
        assert "lang=en" in page.url
        page.reload()
        page.get_by_role("heading", name="What is an autoencoder?").wait_for(timeout=PATIENCE)
        page.locator("[data-testid=stSidebarNavLink]").nth(1).click()
        page.get_by_role("heading", name="Train an autoencoder").wait_for(timeout=PATIENCE)
    finally:
        context.close()


def test_every_page_stands_in_the_navigation(page, server):
    open_page(page, server, "?lang=en")
    links = page.locator("[data-testid=stSidebarNavLink]").all_inner_texts()
    assert links[-1].endswith("Few labels")
    assert len(links) == 24


def test_the_pad_decodes_under_the_pointer_and_by_the_arrow_keys(page, server):
    open_page(page, server, "")
    page.locator(".pad-host[data-ready]").wait_for()
    field = page.locator(".pad-host .field")
    box = field.bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    first = pixels_of(page, ".pad-host .digit")
    assert page.locator(".pad-host .value").inner_text() == "z = (-1.50 ; 1.50)"
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"])
    assert pixels_of(page, ".pad-host .digit") != first
    field.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".pad-host .value").inner_text() == "z = (1.60 ; -1.50)"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "train",
        "compare",
        "models",
        "latent",
        "walk",
        "conditional",
        "adversarial",
        "mover",
        "pca",
        "weights",
        "regularisers",
        "quantized",
        "bounds",
        "denoise",
        "judge",
        "fewlabels",
        "sweep",
        "anomalies",
        "translate",
    ],
)
def test_no_page_is_wider_than_a_phone(browser, server, path):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    try:
        page = context.new_page()
        open_page(page, server, path)
        at_rest(page)
        fits_a_phone(page)
    finally:
        context.close()


DECODERS = {
    "linear": ModelConfig("linear", latent_dim=5),
    "sigmoid": ModelConfig("mlp", latent_dim=36, hidden=(), code_activation="sigmoid"),
    "relu": ModelConfig("mlp", latent_dim=3, hidden=(64, 32), activation="relu"),
    "tanh": ModelConfig("mlp", True, 2, (48,), "tanh", likelihood="bernoulli"),
    "gelu": ModelConfig("mlp", latent_dim=7, hidden=(128,)),
    "conv": ModelConfig("conv", latent_dim=6, hidden=(), channels=4),
    "conv-hidden": ModelConfig("conv", True, 2, (32,), "sigmoid", channels=3),
}


def small_models():
    for name, config in DECODERS.items():
        yield pytest.param(lambda c=config: build(c, seed=3).eval(), id=name)


def all_models():
    yield from small_models()
    for name in library.available():
        if library.manifest()[name].model.quantizer:
            continue  # the server decodes it
        yield pytest.param(lambda n=name: checkpoint.load(library.path(n))[0], id=name)


def model_as_json(config):
    return {
        "network": config.network,
        "activation": config.activation,
        "codeActivation": config.code_activation,
        "k": config.k,
        "variational": config.variational,
    }


def tensors_page(browser, *, wasm):
    page = browser.new_page()
    if not wasm:
        page.evaluate("delete window.WebAssembly")
    page.add_script_tag(content=(ROOT / "pages/ui/assets/tensors.js").read_text("utf-8"))
    assert page.evaluate("kernel !== null") == wasm
    return page


@pytest.fixture(scope="module")
def tensors(browser):
    """A page with tensors.js and nothing else, for all models."""
    page = tensors_page(browser, wasm=True)
    yield page
    page.close()


@pytest.fixture(scope="module")
def plain_tensors(browser):
    """The same without WebAssembly."""
    page = tensors_page(browser, wasm=False)
    yield page
    page.close()


@pytest.mark.parametrize("make", list(small_models()))
def test_javascript_decodes_without_webassembly_too(plain_tensors, make):
    decodes_as_torch_does(plain_tensors, make())


@pytest.mark.parametrize("make", list(all_models()))
def test_javascript_decodes_as_torch_does(tensors, make):
    decodes_as_torch_does(tensors, make())


def decodes_as_torch_does(page, model):
    import torch
    from safetensors.numpy import save

    if model.config.conditional:
        model = model.folded(3)
    config = model.config
    codes = 2 * torch.randn(7, config.latent_dim, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = model.decode(codes).flatten(1).numpy()
    arrays = {n: v.numpy() for n, v in model.state_dict().items() if n.startswith("decoder.")}
    decoded = page.evaluate(
        """([file, model, codes]) => {
            const bytes = Uint8Array.from(atob(file), (c) => c.charCodeAt(0));
            const decode = buildDecoder(readSafetensors(bytes).arrays, model);
            const many = Array.from(decode(Float32Array.from(codes.flat()), codes.length));
            const one = codes.map((z) => Array.from(decode(Float32Array.from(z)))).flat();
            return [one, many];
        }""",
        [base64.b64encode(save(arrays)).decode(), model_as_json(config), codes.tolist()],
    )
    tolerance = 1e-4 if config.network == "conv" else 1e-5
    for way in decoded:
        assert np.abs(np.array(way).reshape(expected.shape) - expected).max() < tolerance


@pytest.mark.parametrize("make", list(all_models()))
def test_javascript_encodes_as_torch_does(tensors, digits, make):
    import torch
    from safetensors.numpy import save

    model = make()
    x = digits.test.pictures(slice(0, 3))
    with torch.inference_mode():
        expected = model.encode(x).numpy()
    arrays = {n: v.numpy() for n, v in model.state_dict().items() if n.startswith("encoder.")}
    codes = tensors.evaluate(
        """([file, model, pictures]) => {
            const bytes = Uint8Array.from(atob(file), (c) => c.charCodeAt(0));
            const encode = buildEncoder(readSafetensors(bytes).arrays, model);
            const all = encode(Float32Array.from(pictures.flat()), pictures.length);
            const one = pictures.map((x) => Array.from(encode(Float32Array.from(x)))).flat();
            return [Array.from(all), one];
        }""",
        [
            base64.b64encode(save(arrays)).decode(),
            model_as_json(model.config),
            x.flatten(1).tolist(),
        ],
    )
    scale = max(1, np.abs(expected).max())
    for way in codes:
        assert np.abs(np.array(way).reshape(expected.shape) - expected).max() < 2e-5 * scale


def test_half_precision_is_read_exactly(browser):
    from safetensors.numpy import save

    values = np.array([0, -0.0, 1, -2.5, 65504, 6e-8, 6.1e-5, 1 / 3], np.float16)
    page = browser.new_page()
    try:
        page.add_script_tag(content=(ROOT / "pages/ui/assets/tensors.js").read_text("utf-8"))
        read = page.evaluate(
            """(file) => Array.from(readSafetensors(
                Uint8Array.from(atob(file), (c) => c.charCodeAt(0))).arrays.x.data)""",
            base64.b64encode(save({"x": values})).decode(),
        )
    finally:
        page.close()
    assert read == values.astype(np.float64).tolist()


def test_the_server_ends_cleanly_while_a_run_trains(browser, tmp_path):
    process, address = start_server(tmp_path)
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        start_training(page, address, epochs=100)
        wait_for_status(page, "running")
    finally:
        context.close()
        code, errors = stop_server(process)
    assert code in (0, -signal.SIGTERM), errors
    assert "Traceback" not in errors


def test_a_run_that_is_not_there_is_said_to_be_gone(server):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server}/lab/runs/123456789012")
    assert refused.value.code == 404
    assert json.loads(refused.value.read()) == {"status": "gone"}
