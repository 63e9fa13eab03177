"""From starting the server to the first page: our Home page beside an empty Streamlit app.

empty    the empty app (one slider, one text): both are there
title    our Home page: its heading is there
pad      our Home page: the latent pad has painted its plane and draws digits

Each start is a new server process and a new browser context (nothing cached, no cookie); the two
apps take turns, and Chromium itself runs already. ``first_*`` counts from the start of the process,
``second_*`` from opening the address in another new context once the server is warm. The bar holds
for the pad, which is the slower of our two figures.

    python benchmarks/first_page.py [--starts 5]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser
from serving import REPOSITORY, Server, chromium, empty_app, exit_on_sigterm

BAR = 2.0
EMPTY = {"empty": ("input[type=range]", "[data-testid=stText]")}
OURS = {"title": ("h1",), "pad": (".pad-host[data-ready]",)}


def visit(browser: Browser, server: Server, signs: dict, since: float | None = None) -> dict:
    """Seconds until each sign is on the page, from ``since`` or from opening the address."""
    with browser.new_context(locale="en-US") as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        since = since or time.perf_counter()
        page.goto(server.address(), wait_until="commit")
        seconds = {}
        for name, selectors in signs.items():
            for selector in selectors:
                page.locator(selector).first.wait_for()
            seconds[name] = time.perf_counter() - since
        return seconds


def start(browser: Browser, script: Path, signs: dict, *, ours: bool) -> tuple[dict, dict, dict]:
    """One server's life: its first page, a second visit, its end."""
    server = Server(script)
    try:
        server.wait()
        first = visit(browser, server, signs, server.started)
        if ours:
            server.wait_until_warm()
        second = visit(browser, server, signs)
    finally:
        stopped = server.stop()
    return first, second, stopped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=5, help="of each app")
    args = parser.parse_args()
    exit_on_sigterm()
    seconds: dict[str, list[float]] = {}
    stops = []
    with empty_app() as script, chromium() as browser:
        apps = [(script, EMPTY, False), (REPOSITORY / "app.py", OURS, True)]
        for number in range(args.starts):
            for path, signs, ours in apps:
                first, second, stopped = start(browser, path, signs, ours=ours)
                stops.append(stopped)
                for when, taken in (("first", first), ("second", second)):
                    for name, value in taken.items():
                        seconds.setdefault(f"{when}_{name}", []).append(round(value, 3))
            print(f"start {number + 1} of {args.starts}", file=sys.stderr)
        version = browser.version
    median = {name: statistics.median(values) for name, values in seconds.items()}
    ratios = {
        f"{when}_{name}_over_empty": round(median[f"{when}_{name}"] / median[f"{when}_empty"], 2)
        for when in ("first", "second")
        for name in OURS
    }
    pad = ratios["first_pad_over_empty"]
    result = {
        "starts_each": args.starts,
        "chromium": version,
        "seconds": {name: round(value, 3) for name, value in median.items()},
        "readings": seconds,
        "ratios": ratios,
        "bar": {"at_most": BAR, "pad": pad, "held": pad <= BAR},
        "stops_all_clean": all(stop["clean"] for stop in stops),
        "slowest_stop_seconds": max(stop["seconds"] for stop in stops),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
