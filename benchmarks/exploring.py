"""The latent space page under the hand, beside an empty Streamlit page.

floor            an empty Streamlit page: from a key press to its text (as in interaction.py)
hover NAME       from the pointer's move to the first animation frame with the decoded digit
manifold NAME    from a key press on the slider of tiles until all 20 x 20 are painted, and a frame
cloud NAME       from the component's data to the codes of all test digits on the canvas, in script
pan NAME         milliseconds between animation frames while the cloud is dragged

One headless Chromium, readings in turn. The bars: hover within a frame (16.7 ms) at the median, the
manifold's p95 at most twice the floor's, the cloud within 150 ms.

    python benchmarks/exploring.py [--readings 60]
"""

from __future__ import annotations

import argparse
import json
import random
import time

from interaction import new_page, open_floor
from playwright.sync_api import Browser, Page
from serving import Server, chromium, exit_on_sigterm, floor_and_ours, percentiles

MODELS = ("vae-mlp-d2", "mlp-d64", "conv-d32")
HOST = ".latent-host"

# ``window.hovered`` promises ms from the next pointermove to the frame with another digit, with
# the wait for a frame, and without it: from the start of the frame's callbacks.
HOVER = """
(host) => {
  const digit = host.querySelector(".digit"), field = host.querySelector(".field");
  const look = () => digit.getContext("2d").getImageData(0, 0, 28, 28).data
    .reduce((hash, value) => (Math.imul(hash, 31) + value) | 0, 7);
  window.arm = () => {
    const before = look();
    window.hovered = new Promise((resolve) => {
      field.addEventListener("pointermove", (event) => {
        const started = event.timeStamp;
        const frame = () => {
          if (look() === before) return requestAnimationFrame(frame);
          resolve([performance.now() - started, Number(host.dataset.decodeMs)]);
        };
        requestAnimationFrame(frame);
      }, { once: true });
      setTimeout(() => resolve(null), 2000);
    });
  };
}
"""

MANIFOLD = """
(host) => {
  window.armGrid = () => {
    window.painted = new Promise((resolve) => {
      window.addEventListener("keydown", (event) => {
        const started = event.timeStamp;
        const frame = () => {
          if (host.dataset.manifold !== "ready") return requestAnimationFrame(frame);
          requestAnimationFrame(() => resolve(performance.now() - started));
        };
        // The painting begins in the first frame after the press.
        requestAnimationFrame(() => requestAnimationFrame(frame));
      }, { once: true, capture: true });
    });
  };
}
"""

FRAMES = """
() => {
  const times = [];
  let last = performance.now(), going = true;
  const frame = (now) => {
    times.push(now - last);
    last = now;
    if (going) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  window.frames_ = () => { going = false; return times.slice(2); };
}
"""


def open_latent(browser: Browser, ours: Server, name: str) -> tuple[Page, float]:
    """The page once all of it is painted, and how long its cloud took to draw."""
    page = new_page(browser, ours.address(f"/latent?model={name}"))
    host = page.locator(f"{HOST}[data-manifold=ready][data-traversal=ready]")
    host.wait_for()
    page.locator(".betas-host[data-ready]").wait_for()
    page.wait_for_timeout(1500)
    host.evaluate(HOVER)
    host.evaluate(MANIFOLD)
    return page, float(host.get_attribute("data-ready-ms"))


def hover(page: Page, readings: int) -> dict:
    box = page.locator(f"{HOST} .field").bounding_box()
    times, decodes = [], []
    for _ in range(readings):
        page.evaluate("arm()")
        u, v = random.uniform(0.1, 0.9), random.uniform(0.1, 0.9)
        page.mouse.move(box["x"] + u * box["width"], box["y"] + v * box["height"])
        if found := page.evaluate("hovered"):
            times.append(found[0])
            decodes.append(found[1])
        time.sleep(random.uniform(0.25, 0.35))
    return {"to_picture": percentiles(times), "decode_and_paint": percentiles(decodes)}


def manifold(page: Page, readings: int) -> dict:
    slider = page.locator(f"{HOST} .tiles")
    slider.focus()
    times = []
    for _ in range(readings):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(500)
        page.evaluate("armGrid()")
        page.keyboard.press("ArrowRight")
        times.append(page.evaluate("painted"))
        page.wait_for_timeout(300)
    return percentiles(times)


def pan(page: Page) -> dict:
    box = page.locator(f"{HOST} .field").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.evaluate(FRAMES)
    for step in range(120):
        page.mouse.move(
            box["x"] + (0.5 + 0.3 * ((step % 40) / 40 - 0.5)) * box["width"],
            box["y"] + 0.5 * box["height"],
        )
        time.sleep(0.008)
    frames = page.evaluate("frames_()")
    page.mouse.up()
    return percentiles(frames)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readings", type=int, default=60)
    args = parser.parse_args()
    exit_on_sigterm()
    with floor_and_ours() as (floor, ours, load), chromium() as browser:
        empty = open_floor(browser, floor)
        for number in range(args.readings + 10):
            empty.press(keep=number >= 10)
        result = {"floor": empty.result()["painted"]}
        for name in MODELS:
            page, first = open_latent(browser, ours, name)
            clouds = [first]
            for _ in range(4):
                other, again = open_latent(browser, ours, name)
                clouds.append(again)
                other.context.close()
            result[name] = {
                "hover": hover(page, args.readings),
                "manifold": manifold(page, args.readings // 2),
                "cloud_ms": percentiles(clouds),
                "pan_frame_ms": pan(page),
            }
            page.context.close()
        for name in MODELS:
            result[name]["manifold_p95_over_floor"] = round(
                result[name]["manifold"]["p95"] / result["floor"]["p95"], 2
            )
        result["chromium"] = browser.version
        result["server"] = {key: load[key] for key in ("device", "dataset")}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
