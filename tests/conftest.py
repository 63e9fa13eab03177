"""What the tests share: one thread, no network, the embedded digits, a browser and a server."""

import importlib.util
import os

import pytest
from browsing import CHROMIUM, FLAGS, PATIENCE, at_work, start_server, stop_server
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import app_test


def pytest_configure():
    # Threads of a small model wait for each other longer than they compute.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_runtest_setup(item):
    if item.get_closest_marker("browser"):
        if not CHROMIUM:
            pytest.skip("no Chromium found (name one in CHROMIUM)")
        if not importlib.util.find_spec("playwright"):
            pytest.skip("Playwright is not installed")


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    """No test may fetch anything: those of the download put their own in its place."""
    from aecore import data

    def refuse(*_):
        pytest.fail("a test tried to download a dataset")

    monkeypatch.setattr(data, "_download", refuse)


@pytest.fixture(scope="session")
def digits():
    """The embedded set: 1,437 pictures to train on and 360 to test on."""
    from aecore import data

    return data.load("digits")


@pytest.fixture(autouse=True)
def whole_app(monkeypatch):
    """Has AppTest run a page by ``app.py``: alone, as in Streamlit's older apps, is its default."""

    class Manager(PagesManager):
        pass

    monkeypatch.setattr(app_test, "PagesManager", Manager)
    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """Gives the address of the app with nothing training in it, started anew if need be."""
    running = []

    def idle():
        if running and at_work(running[0][1]):
            stop_server(running.pop()[0])
        if not running:
            running.append(start_server(tmp_path_factory.mktemp("no-data")))
        return running[0][1]

    yield idle
    for process, _address in running:
        stop_server(process)


@pytest.fixture(scope="module")
def server(servers):
    """The address of the app, which has the embedded digits only."""
    return servers()


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser):
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(context):
    """A page that must raise no error, in JavaScript or in Python."""
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []
    assert page.locator(".stException").count() == 0
