"""What the benchmarks that drive a browser share: servers of their own, Chromium, percentiles."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent
STOP_SECONDS = 10

_ports = iter(range(8700, 65536))

# The least that Streamlit can do: one slider and its value.
EMPTY_APP = """\
import streamlit as st

value = st.slider("Value", 0, 100, 50)
st.text(f"value = {value}")
"""

# What app.py is given by .streamlit/config.toml, so that both servers run alike.
SETTINGS = {
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "runner.postScriptGC": "false",
    "runner.magicEnabled": "false",
}


class Server:
    """A Streamlit server in a process group of its own, on a free port."""

    def __init__(self, script: Path) -> None:
        self.port = free_port()
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")  # noqa: SIM115
        options = SETTINGS | {"server.headless": "true", "server.port": str(self.port)}
        flags = [part for name, value in options.items() for part in (f"--{name}", value)]
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script.name, *flags],
            cwd=script.parent,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def address(self, path: str = "/") -> str:
        return f"http://localhost:{self.port}{path}"

    def wait(self, seconds: float = 60) -> None:
        """Until the server answers on its port."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                socket.create_connection(("localhost", self.port), timeout=1).close()
                return
            time.sleep(0.005)
        raise RuntimeError(f"The server does not answer:\n{Path(self.log.name).read_text()}")

    def load(self) -> dict:
        """What our app says of itself: runs in training, device, dataset."""
        with urllib.request.urlopen(self.address("/lab/load"), timeout=30) as response:
            return json.load(response)

    def wait_until_warm(self, seconds: float = 120) -> dict:
        """Until our app's late imports are done; returns what it then says of itself."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            load = self.load()
            if "device" in load:
                return load
            time.sleep(0.2)
        raise RuntimeError("The app's warm-up does not end.")

    def stop(self) -> dict:
        """End it with SIGTERM; how long that took, its exit code, and whether anything is left."""
        asked = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        seconds = time.perf_counter() - asked
        left = group_lives(self.process.pid)
        if left:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        complaints = [
            line.strip()
            for line in Path(self.log.name).read_text().splitlines()
            if line.startswith("Traceback") or "Error" in line
        ]
        self.log.close()
        return {
            "exit_code": code,
            "seconds": round(seconds, 2),
            "left_over": left,
            "clean": code in (0, -signal.SIGTERM) and not left,
            "complaints_in_log": complaints,
        }


def exit_on_sigterm() -> None:
    """End like any other program end, so that the servers are stopped too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def group_lives(group: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def free_port() -> int:
    """A free port, another one each time: the server before may not have taken its own yet."""
    for port in _ports:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            return port
    raise RuntimeError("No port is free.")


@contextlib.contextmanager
def empty_app() -> Iterator[Path]:
    """The script of the empty app, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY_APP, encoding="utf-8")
        yield script


@contextlib.contextmanager
def floor_and_ours() -> Iterator[tuple[Server, Server, dict]]:
    """An empty Streamlit page and our app, both warm, and what ours then says of itself."""
    with empty_app() as script:
        floor, ours = Server(script), Server(REPOSITORY / "app.py")
        try:
            floor.wait()
            ours.wait()
            yield floor, ours, ours.wait_until_warm()
        finally:
            floor.stop()
            ours.stop()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium: the one that CHROMIUM names, else one on the PATH, else Playwright's."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    # As root, as in a container, Chromium runs only without its sandbox.
    sandbox = hasattr(os, "geteuid") and os.geteuid() != 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=sandbox)
        try:
            yield browser
        finally:
            browser.close()


def percentiles(milliseconds: list[float]) -> dict:
    p50, p95 = np.percentile(milliseconds, [50, 95]) if milliseconds else (np.nan, np.nan)
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1), "n": len(milliseconds)}
