"""The denoise page under the hand, beside an empty Streamlit page.

floor    an empty Streamlit page: from a key press to its text (as in interaction.py)
level    from a key press on the slider of the noise to the frame after the last model's answer
stroke   from the pointer's lifting, at the end of a stroke on the canvas of the digit, to the frame
         after the last change of the last model's answer within a second, the one that the server's
         form of the drawing may bring included
frames   ms between animation frames while a stroke grows and every model restores it

One headless Chromium, the usual models. The bar: a stroke's p95 at most 1.5 times the floor's.

    python benchmarks/denoising.py [--readings 60] [--noise gaussian]
"""

from __future__ import annotations

import argparse
import json
import random

from exploring import FRAMES
from interaction import Slider, new_page, open_floor
from playwright.sync_api import Page
from serving import chromium, exit_on_sigterm, floor_and_ours, percentiles

HOST = ".denoise-host"
ANSWER = ".card:last-child canvas.picture"
CANVAS = ".picker-host .square"
BAR = 1.5

# ``window.lifted`` promises ms from the next pointerup to the frame after the picture last changed.
STROKE = """
(canvas) => {
  const look = () => canvas.getContext("2d").getImageData(0, 0, 28, 28).data
    .reduce((hash, value) => (Math.imul(hash, 31) + value) | 0, 7);
  window.armStroke = () => {
    window.lifted = new Promise((resolve) => {
      window.addEventListener("pointerup", (event) => {
        const started = event.timeStamp;
        let before = null, last = null;
        const frame = () => {
          const now = look(), passed = performance.now() - started;
          if (last === "next") last = passed;
          if (now !== before) last = "next";
          before = now;
          if (passed < 1000) requestAnimationFrame(frame);
          else resolve(last);
        };
        requestAnimationFrame(frame);
      }, { once: true, capture: true });
    });
  };
}
"""


def stroke(page: Page) -> tuple[float, list[float]]:
    """One stroke of the mouse: ms after its end, and those between the frames until then."""
    box = page.locator(CANVAS).bounding_box()
    places = [
        (box["x"] + u * box["width"], box["y"] + v * box["height"])
        for u, v in ((random.uniform(0.15, 0.85), random.uniform(0.15, 0.85)) for _ in range(3))
    ]
    page.evaluate("armStroke()")
    page.mouse.move(*places[0])
    page.mouse.down()
    page.evaluate(FRAMES)
    for place in places[1:]:
        page.mouse.move(*place, steps=12)
    frames = page.evaluate("frames_()")
    page.mouse.up()
    return page.evaluate("lifted"), frames


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readings", type=int, default=60)
    parser.add_argument("--noise", default="gaussian", help="the corruption, as in the page's link")
    args = parser.parse_args()
    exit_on_sigterm()
    with floor_and_ours() as (floor, ours, load), chromium() as browser:
        empty = open_floor(browser, floor)
        page = new_page(browser, ours.address(f"/denoise?noise={args.noise}"))
        page.locator(f"{HOST}[data-ready]").wait_for()
        page.locator(".js-plotly-plot").wait_for()
        answer = page.locator(f"{HOST} {ANSWER}")
        answer.evaluate(STROKE)
        level = Slider(page, page.locator(f"{HOST} input[type=range]").first, ANSWER)
        for number in range(args.readings + 10):
            empty.press(keep=number >= 10)
            level.press(keep=number >= 10)
        page.locator(".picker-host .chosen").click()
        page.get_by_role("tab", name="Draw").click()
        strokes, frames = [], []
        for number in range(args.readings):
            if number % 4 == 0 and number:
                page.locator(".picker-host .clear").click()
                page.wait_for_timeout(300)
            lifted, between = stroke(page)
            strokes.append(lifted)
            frames += between
        result = {
            "floor": empty.result()["painted"],
            "level": level.result()["painted"],
            "stroke": percentiles(strokes),
            "frames_ms": percentiles(frames),
            "models": page.locator(f"{HOST} .card .name").all_inner_texts()[2:],
            "chromium": browser.version,
            "server": {key: load[key] for key in ("device", "dataset")},
        }
        for name in ("level", "stroke"):
            ratio = result[name]["p95"] / result["floor"]["p95"]
            result[f"{name}_p95_over_floor"] = round(ratio, 2)
        result["held"] = result["stroke_p95_over_floor"] <= BAR
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
