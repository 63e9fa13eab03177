"""Slow measurements beside the pages: made once, and again after a failure."""

import pytest
import streamlit as st

from pages.ui.later import later


@pytest.fixture(autouse=True)
def nothing_kept():
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def test_a_measurement_is_made_once_for_all():
    calls = []
    one = later("a", lambda: calls.append(1) or "first")
    other = later("a", lambda: calls.append(2) or "second")
    assert one.result(10) == other.result(10) == "first"
    assert later("b", lambda: "third").result(10) == "third"
    assert calls == [1]


def test_what_failed_is_tried_again():
    failed = later("a", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        failed.result(10)
    later("a", lambda: 1)
    assert later("a", lambda: 1).result(10) == 1
