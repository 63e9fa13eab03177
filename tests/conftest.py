"""What the unit tests share: one thread, no network, and the embedded digits."""

import os

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import app_test


def pytest_configure():
    # Threads of a small model wait for each other longer than they compute.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


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
