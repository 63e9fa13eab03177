"""What the address of a page says, and who wrote it."""

import pytest
import streamlit as st

from pages.ui import link


@pytest.fixture
def address(monkeypatch):
    """The address as the browser tells it; what the app writes goes there too."""
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "query_params", {})
    return st.query_params


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(link.time, "monotonic", lambda: now[0])
    return now


def test_a_link_asks_once(address):
    address["d"] = "8"
    assert link.asked("d") == "8"
    link.put("d", 8)
    assert link.asked("d") is None


def test_an_address_that_is_told_late_undoes_nothing(address, clock):
    link.put("d", 8)
    clock[0] += 60
    link.put("d", 16)
    address["d"] = "8"
    clock[0] += link.ECHO_SECONDS - 1
    assert link.asked("d") is None
    link.put("other", 1)
    assert address == {"d": "16", "other": "1"}


def run_page(section):
    with link.running():
        section()


def run_fragment(section):
    link.fragment(section)()


@pytest.mark.parametrize("run", [run_page, run_fragment])
def test_an_address_that_waited_for_a_slow_page_undoes_nothing(address, clock, monkeypatch, run):
    monkeypatch.setattr(st, "fragment", lambda section: section)

    def slow_and_interrupted():
        link.put("d", 16)
        clock[0] += 3 * link.ECHO_SECONDS
        raise InterruptedError

    link.put("d", 8)
    clock[0] += 60
    with pytest.raises(InterruptedError):
        run(slow_and_interrupted)
    address["d"] = "8"
    assert link.asked("d") is None
    link.put("other", 1)
    assert address == {"d": "16", "other": "1"}


def test_a_run_that_replaces_nothing_keeps_no_old_value_alive(address, clock):
    link.put("d", 8)
    with link.running():
        link.put("d", 16)
    clock[0] += link.ECHO_SECONDS - 1
    with link.running():
        link.put("d", 16)
        clock[0] += 1
    address["d"] = "8"
    assert link.asked("d") == "8"


def test_a_link_to_what_was_there_long_ago_is_followed(address, clock):
    link.put("d", 8)
    link.put("d", 16)
    clock[0] += link.ECHO_SECONDS
    address["d"] = "8"
    assert link.asked("d") == "8"


def test_several_options_go_through_a_link_and_back(address):
    options = ["mlp-d2", "upload-a,b 50%.safetensors", "run-1"]
    address["judges"] = link.listed(options[:2])
    link.several("judges", options, [])
    assert st.session_state["judges"] == options[:2]
    link.put("judges", link.listed(options[2:]))
    assert address["judges"] == "run-1"
    assert link.asked("judges") is None


def test_of_several_options_the_unknown_are_said_and_left_out(address, monkeypatch):
    said = []
    monkeypatch.setattr(st, "warning", said.append)
    address["judges"] = "zzz,b"
    link.several("judges", ["a", "b"], ["a"])
    assert st.session_state["judges"] == ["b"]
    assert "zzz" in said.pop()
    link.several("judges", ["a", "b"], ["a"])
    assert not said
    address["judges"] = "yyy"
    link.several("judges", ["a", "b"], ["a"])
    assert "yyy" in said.pop()
    assert st.session_state["judges"] == ["b"]


def test_none_of_several_can_be_asked_for(address):
    address["judges"] = ""
    link.several("judges", ["a", "b"], ["a"])
    assert st.session_state["judges"] == []


def test_what_is_no_longer_there_is_no_longer_chosen(address):
    st.session_state["judges"] = ["a", "gone"]
    link.several("judges", ["a", "b"], ["b"])
    assert st.session_state["judges"] == ["a"]
