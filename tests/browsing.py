"""What the browser tests share: a server of the app, a Chromium, and ways around a page."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic"]
PATIENCE = 60_000


def start_server(data_folder, script="app.py"):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless", "true"]
    process = subprocess.Popen(
        [*command, "--server.port", str(port), "--server.address", "127.0.0.1"],
        cwd=ROOT,
        env={**os.environ, "AECORE_DATA": str(data_folder), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
            return process, address
        except OSError:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.2)


def stop_server(process):
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(20), process.stderr.read()
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(), process.stderr.read()


def open_page(page, server, path):
    page.goto(f"{server}/{path}")
    page.locator("h1").wait_for()
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidgetRunningIcon]')")


def at_rest(page):
    """Wait until the server has told the whole page."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def until(page, found):
    """What ``found()`` gives once that is true: it is asked again and again."""
    end = time.monotonic() + PATIENCE / 1000
    while not (value := found()):
        assert time.monotonic() < end, "what the test waits for never came"
        page.wait_for_timeout(50)
    return value


def asked(page):
    """What the address says, by name."""
    return dict(parse_qsl(urlsplit(page.evaluate("location.href")).query))


def linked(page, name, before=None):
    """What the address says under ``name``, once that is there and no longer ``before``."""
    return until(page, lambda: asked(page).get(name, before) != before and asked(page)[name])


def links_to(page, name, value):
    """Wait until the address says ``value`` under ``name``."""
    until(page, lambda: asked(page).get(name) == value)


def repainted(page, selector, before):
    """The pixels of a canvas, once they are no longer ``before``."""
    return until(page, lambda: (now := pixels_of(page, selector)) != before and now)


def choose(page, label, option, exact=True):
    """Choose from a list by its name, since a long list moves while it is clicked."""
    box = page.get_by_role("combobox", name=label)
    wanted = page.get_by_role("option", name=option, exact=exact)

    def offered():
        # A list closes when the page scrolls, as it does to bring it into view.
        box.fill("")
        box.fill(option)
        return wanted.count()

    until(page, offered)
    wanted.click()


def settled(page, locator):
    """Where something lies, once the page is at rest and it has stopped moving."""
    at_rest(page)
    boxes = [None]

    def still():
        page.wait_for_timeout(50)
        boxes.append(locator.bounding_box())
        return boxes[-1] and boxes[-1] == boxes[-2]

    until(page, still)
    return boxes[-1]


def fits_a_phone(page):
    """Wait until the page is no wider than a phone: its styles come late on a busy machine."""
    page.wait_for_function(
        "document.querySelector('[data-testid=stMain]').scrollWidth <= 390", timeout=30_000
    )


def at_work(server):
    """How many runs train or wait."""
    with urllib.request.urlopen(f"{server}/lab/load") as answer:
        load = json.load(answer)
    return load["training"] + load["waiting"]


def wait_until_idle(server):
    until = time.monotonic() + PATIENCE / 1000
    while at_work(server):
        assert time.monotonic() < until, "still training"
        time.sleep(0.2)


def pixels_of(page, selector):
    return page.locator(selector).first.evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )


def run_script(browser, parts, body, argument):
    """What a function gives that may use what stands in ``assets/PART.js`` of each part."""
    page = browser.new_page()
    try:
        for part in parts:
            script = (ROOT / f"pages/ui/assets/{part}.js").read_text("utf-8")
            page.add_script_tag(content=script)
        return page.evaluate(body, argument)
    finally:
        page.close()
