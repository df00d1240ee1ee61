"""Server-sent events: who changed what, as it happens."""

import time

import pytest

from harness.build import SLOW


@pytest.fixture
def d(grayd, store):
    store.run("list", "create", "vip")
    return grayd()


@pytest.fixture
def events(d, cleanup):
    def make(last=None):
        made = d.events(last)
        cleanup.callback(made.close)
        return made
    return make


def test_a_change_by_grayctl_is_told_within_a_tenth_of_a_second(
        d, events, store):
    listener = events()
    d.get("/healthz")
    took = []
    for i in range(10):
        store.run("list", "add", "vip", f"m{i}")
        start = time.monotonic()
        kind, data, _ = listener.next("change")
        took.append(time.monotonic() - start)
        assert data["verb"] == "list add" and data["via"] == "grayctl"
    assert sorted(took)[5] < 0.1 * SLOW


def test_no_change_is_missed_however_it_falls(events, store):
    listener = events()
    for i in range(60):
        store.run("list", "add", "vip", f"m{i}")
        assert listener.next("change")[1]["sequence"] == i + 2


def test_a_change_by_the_api_is_told_once_to_everybody(d, events):
    listeners = [events() for _ in range(5)]
    d.put("/v1/lists/vip/members/a")
    d.put("/v1/lists/vip/members/b")
    for listener in listeners:
        first, second = listener.next("change"), listener.next("change")
        assert second[1]["sequence"] == first[1]["sequence"] + 1
        assert first[1]["list"] == "vip" and "summary" in first[1]


def test_the_headers_are_those_of_a_stream(events):
    headers = dict(events().answer.getheaders())
    assert headers["Content-Type"] == "text/event-stream"
    assert headers["Cache-Control"] == "no-store"


def test_each_second_s_figures_are_told(events):
    listener = events()
    start = time.monotonic()
    for _ in range(3):
        assert "releases" in listener.next("stats")[1]
    assert 1.5 < time.monotonic() - start < 4 * SLOW


def test_whoever_comes_back_goes_on_where_it_was(d, events):
    first = events()
    d.put("/v1/lists/vip/members/a")
    _, _, last = first.next("change")
    first.close()
    for name in "bcd":
        d.put(f"/v1/lists/vip/members/{name}")
    second = events(last)
    seen = [second.next("change")[1]["revision"] for _ in range(3)]
    assert seen == sorted(seen) and len(set(seen)) == 3


@pytest.mark.parametrize("last", ["1-1", "x", "99999999999999999999-1",
                                  "-", "1-", "18446744073709551615-5"])
def test_whoever_names_an_event_that_is_not_known_reads_anew(events, last):
    assert events(last).next()[0] == "reset"


def test_an_event_of_the_future_is_a_reset(d, events):
    listener = events()
    d.put("/v1/lists/vip/members/a")
    run = listener.next("change")[2].split("-")[0]
    assert events(f"{run}-999999").next()[0] == "reset"


def test_more_changes_than_are_kept_are_a_reset(d, events, store):
    listener = events()
    d.put("/v1/lists/vip/members/a")
    _, _, last = listener.next("change")
    listener.close()
    note = "n" * 10
    for i in range(1100):
        d.put(f"/v1/lists/vip/members/{i}", {"note": note})
    assert events(last).next("reset", "change")[0] == "reset"
