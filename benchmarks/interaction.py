"""From a key press to the picture: how long the app's sliders take, beside an empty Streamlit page.

floor           an empty Streamlit page: one slider, one text that shows its value
sliders NAME    Models page: a slider of the code, until the decoded digit is on the screen
train page      Train page: the slider of d, a rerun of the settings, until their caption counts the
                parameters
own train page  the same on the page whose own run is training, with its live monitor beside

All are measured in one headless Chromium, one key press of each in turn in shuffled order, first
while nothing trains and then while a run does. The clock is the page's own: it starts with the time
stamp of the keydown event. ``drawn`` ends in the first animation frame in which the text or the
canvas' pixels differ; ``painted`` in the frame after that, when the change is on the screen for
certain. The ratios compare p95 of ``painted`` with the floor's, that of the same phase and that of
the idle phase. ``held`` says whether the latter, which is the stricter while a run trains, is
within the bar and no key press was lost.

    python benchmarks/interaction.py [--presses 150] [--warm-up 15]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time

from playwright.sync_api import Browser, Locator, Page
from serving import REPOSITORY, Server, chromium, empty_app, exit_on_sigterm, percentiles

from aecore import library

MLP = "mlp-d32"
CONVOLUTIONAL = ("vae-conv-d16", "conv-d32")
BARS = {"idle": 1.5, "training": 2.5}
PATIENCE_MS = 15_000

# Runs on the slider; ``target`` is looked for in the slider's own root, shadow or document.
# ``window.press`` promises [drawn, painted] in ms after the keydown event, or null.
PROBE = """
(input, { target, patience }) => {
  const root = input.getRootNode();
  const look = () => {
    const node = root.querySelector(target);
    if (!(node instanceof HTMLCanvasElement)) return node?.textContent ?? null;
    const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
    return data.reduce((hash, value) => (Math.imul(hash, 31) + value) | 0, 7);
  };
  const isCanvas = root.querySelector(target) instanceof HTMLCanvasElement;
  let started = 0, before = null, finish = null;

  // In an animation frame: is the change there?
  const frame = (now) => {
    if (!finish) return;
    const after = look();
    if (after === null || after === before) {
      if (isCanvas) requestAnimationFrame(frame);
      return;
    }
    const done = finish, drawn = performance.now() - started;
    finish = null;
    requestAnimationFrame(() => done([drawn, performance.now() - started]));
  };

  window.addEventListener("keydown", (event) => {
    if (!finish) return;
    started = event.timeStamp;
    if (isCanvas) requestAnimationFrame(frame);
  }, true);
  if (!isCanvas) {
    new MutationObserver(() => {
      const now = look();
      if (finish && now !== null && now !== before) requestAnimationFrame(frame);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  }

  window.arm = () => {
    input.focus();
    before = look();
    window.press = new Promise((resolve) => {
      const late = setTimeout(() => { finish = null; resolve(null); }, patience);
      finish = (times) => { clearTimeout(late); resolve(times); };
    });
    return [Number(input.value), Number(input.min), Number(input.max), input.isConnected];
  };
}
"""


class Slider:
    """One slider of one page under the clock; it goes up to its end, then down, and so on."""

    def __init__(self, page: Page, slider: Locator, target: str) -> None:
        self.page, self.key = page, "ArrowRight"
        self.times: list[list[float]] = []
        self.lost = 0
        slider.evaluate(PROBE, {"target": target, "patience": PATIENCE_MS})

    def press(self, *, keep: bool) -> None:
        value, low, high, connected = self.page.evaluate("arm()")
        if not connected:
            raise RuntimeError(f"The slider of {self.page.url} was replaced.")
        step = (high - low) / 100
        if value >= high - step / 2:
            self.key = "ArrowLeft"
        elif value <= low + step / 2:
            self.key = "ArrowRight"
        self.page.keyboard.press(self.key)
        times = self.page.evaluate("press")
        # Not in step with the frames, the polls or the work after a rerun.
        time.sleep(random.uniform(0.03, 0.08))
        if not keep:
            return
        if times is None:
            self.lost += 1
        else:
            self.times.append(times)

    def result(self) -> dict:
        """The readings since the last call."""
        drawn, painted = zip(*self.times, strict=True) if self.times else ((), ())
        result = {
            "drawn": percentiles(list(drawn)),
            "painted": percentiles(list(painted)),
            "lost": self.lost,
        }
        self.times, self.lost = [], 0
        return result


def new_page(browser: Browser, address: str) -> Page:
    """A page in a context of its own, as another person would have."""
    page = browser.new_context(locale="en-US").new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    return page


def open_floor(browser: Browser, floor: Server) -> Slider:
    page = new_page(browser, floor.address())
    page.get_by_text("value = 50").wait_for()
    return Slider(page, page.locator("input[type=range]"), "[data-testid=stText]")


def open_code_sliders(browser: Browser, ours: Server, name: str) -> Slider:
    page = new_page(browser, ours.address(f"/models?model={name}"))
    page.locator(".sliders-host[data-ready]").wait_for()
    page.get_by_text("Its numbers").wait_for()
    return Slider(page, page.locator(".sliders-host input[type=range]").first, "canvas.decoded")


def open_train_page(browser: Browser, ours: Server) -> Slider:
    page = new_page(browser, ours.address("/train"))
    page.get_by_text("parameters =").wait_for()
    return watch_train_page(page)


def watch_train_page(page: Page) -> Slider:
    slider = page.get_by_role("slider", name="Size of the code d")
    return Slider(page, slider, "[data-testid=stCaptionContainer]:has(strong)")


def start_training(page: Page) -> None:
    """A run of the most epochs from an open Train page; returns once it trains."""
    page.get_by_role("slider", name="Epochs").press("End")
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator(".monitor-host .state[data-status=running]").wait_for()


def measure(sliders: dict[str, Slider], presses: int, warm_up: int, before_round) -> dict:
    """One press of each in turn, in shuffled order; the percentiles of each."""
    order = list(sliders.values())
    for number in range(warm_up + presses):
        before_round()
        random.shuffle(order)
        for slider in order:
            slider.press(keep=number >= warm_up)
        if number % 25 == 0:
            print(f"round {number} of {warm_up + presses}", file=sys.stderr)
    return {name: slider.result() for name, slider in sliders.items()}


def add_ratios(phase: dict, idle_floor: dict, bar: float) -> None:
    for name, result in phase.items():
        p95 = result["painted"]["p95"]
        result["p95_over_floor"] = round(p95 / phase["floor"]["painted"]["p95"], 2)
        result["p95_over_idle_floor"] = round(p95 / idle_floor["painted"]["p95"], 2)
        if name != "floor":
            result["held"] = result["p95_over_idle_floor"] <= bar and not result["lost"]


def run(args: argparse.Namespace, browser: Browser, floor: Server, ours: Server) -> dict:
    floor.wait()
    ours.wait()
    load = ours.wait_until_warm()
    names = [MLP, *(name for name in CONVOLUTIONAL if name in library.available())][:2]
    sliders = {"floor": open_floor(browser, floor)}
    for name in names:
        sliders[f"sliders {name}"] = open_code_sliders(browser, ours, name)
    sliders["train page"] = open_train_page(browser, ours)

    idle = measure(sliders, args.presses, args.warm_up, lambda: None)

    page = new_page(browser, ours.address("/train"))
    page.get_by_text("parameters =").wait_for()
    start_training(page)
    sliders["own train page"] = watch_train_page(page)
    restarts = 0

    def keep_training() -> None:
        nonlocal restarts
        if not ours.load()["training"]:
            restarts += 1
            start_training(page)

    training = measure(sliders, args.presses, args.warm_up, keep_training)
    keep_training()
    progress = page.locator(".monitor-host .figures").inner_text()

    phases = {"idle": idle, "training": training}
    for name, phase in phases.items():
        add_ratios(phase, idle["floor"], BARS[name])
    return {
        "presses_each": args.presses,
        "chromium": browser.version,
        "server": {name: load[name] for name in ("device", "precision", "dataset")},
        "bars": BARS,
        **phases,
        "training_at_the_end": progress,
        "training_restarted": restarts,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presses", type=int, default=150, help="of each slider in each phase")
    parser.add_argument("--warm-up", type=int, default=15, help="presses that are not counted")
    args = parser.parse_args()
    exit_on_sigterm()
    result = {}
    with empty_app() as script:
        servers = {"floor": Server(script)}
        try:
            servers["ours"] = Server(REPOSITORY / "app.py")
            with chromium() as browser:
                result = run(args, browser, servers["floor"], servers["ours"])
                # The pages are still open and the run trains.
                result["stopped_while_training"] = servers.pop("ours").stop()
        finally:
            for name, server in servers.items():
                result[f"stopped_{name}"] = server.stop()
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
