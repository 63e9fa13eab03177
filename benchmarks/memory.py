"""Does memory stay flat without Streamlit's garbage collection after each rerun?

Rounds of what a class does: key presses on the Train page's sliders, and new visitors who see
the Models and Compare pages and leave. The server's resident memory in MiB after each round, and
again after a pause: Streamlit keeps what a visitor who left has seen for two minutes.
Linux only: it reads /proc.

    python benchmarks/memory.py [--rounds 8] [--presses 150] [--visitors 3] [--pause 170]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from pathlib import Path

from serving import REPOSITORY, Server, chromium, exit_on_sigterm

KINDS = ("mlp-d16", "mlp-d32", "conv-d32")


def resident(pid: int) -> float:
    """MiB of memory that the process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def press(page, presses: int) -> None:
    slider = page.locator(".st-key-set_epochs input[type=range]")
    slider.focus()
    for i in range(presses):
        page.keyboard.press("ArrowRight" if i % 2 else "ArrowLeft")
        page.wait_for_timeout(30)


def visit(browser, server: Server, count: int) -> None:
    for i in range(count):
        page = browser.new_page()
        page.goto(server.address(f"/models?model={KINDS[i % len(KINDS)]}"))
        page.locator(".sliders-host[data-ready]").wait_for()
        page.goto(server.address("/compare"))
        page.locator(".js-plotly-plot").first.wait_for()
        page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--presses", type=int, default=150)
    parser.add_argument("--visitors", type=int, default=3)
    parser.add_argument("--pause", type=int, default=170, help="seconds")
    args = parser.parse_args()
    exit_on_sigterm()
    server = Server(REPOSITORY / "app.py")
    try:
        server.wait()
        with chromium() as browser:
            page = browser.new_page()
            page.goto(server.address("/train"))
            page.locator(".st-key-set_epochs input[type=range]").wait_for()
            server.wait_until_warm()
            readings = []
            for number in range(args.rounds):
                press(page, args.presses)
                visit(browser, server, args.visitors)
                readings.append(round(resident(server.process.pid)))
                print(f"round {number + 1}: {readings[-1]} MiB", file=sys.stderr)
            time.sleep(args.pause)
            visit(browser, server, 1)
            after = round(resident(server.process.pid))
    finally:
        stopped = server.stop()
    print(
        json.dumps(
            {
                "rounds": args.rounds,
                "presses_a_round": args.presses,
                "visitors_a_round": args.visitors,
                "resident_mib": readings,
                "resident_mib_after_the_pause": after,
                "stopped": stopped["clean"],
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
