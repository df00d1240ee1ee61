"""The clock is set by an hour or a year, forth and back, while nginx runs.

Durations are measured on the monotonic clock, which nobody sets; expiries
are moments of the clock on the wall.
"""

import datetime
import os
import subprocess
import time
from pathlib import Path

import pytest
from harness import wait_for
from harness.build import GRAYCTL, SANITIZED, SLOW
from harness.faults import Ask, Watch, times
from live import recovers
from shop import HTTP, UPSTREAMS, fill

JUMPS = ["+1h", "-1h", "+1y", "-1y"]

FAKETIME = next((str(path) for path in Path("/usr/lib").glob(
    "*/faketime/libfaketime.so.1")), None)

pytestmark = [
    pytest.mark.skipif(FAKETIME is None, reason="libfaketime is missing"),
    pytest.mark.skipif(SANITIZED,
                       reason="the sanitizer wants to be preloaded first"),
]


class Clock:
    """What an nginx takes for the time, as an offset from the true one."""

    def __init__(self, folder):
        self.file = folder / "clock"
        self.set("+0")
        self.environment = {
            "LD_PRELOAD": FAKETIME, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def set(self, offset):
        new = self.file.with_suffix(".new")
        new.write_text(offset)
        new.chmod(0o644)
        os.rename(new, self.file)


@pytest.fixture
def clock(folder):
    return Clock(folder)


def test_jumps_stretch_and_shorten_no_deadline(live, memcached, clock):
    cache = memcached()
    cache.set("alice", "1")
    live.start(cache, "timeout=100ms", environment=clock.environment)
    assert live.variant("alice") == "gray"
    rounds = times(1, 5)
    with live.watch(within=0.1, counted="timeouts", lines=30 * rounds,
                    told="timeout=; connection closed") as w:
        for jump in JUMPS * rounds:
            clock.set("+0")
            cache.suspend()
            w.go_on(10)
            clock.set(jump)
            w.go_on(10)
            cache.resume()
            # The breaker's pauses are durations too.
            recovers(live, deadline=5)
        w.switch()


@pytest.mark.parametrize("jump", times(["-1h", "+1y"], JUMPS))
def test_what_is_kept_for_a_second_is_kept_for_a_second(
        live, memcached, clock, jump):
    cache = memcached()
    cache.set("alice", "1")
    live.start(cache, "cache=1s timeout=1s", environment=clock.environment)
    assert live.variant("alice") == "gray"
    began = time.monotonic()
    cache.delete("alice")
    clock.set(jump)
    while time.monotonic() < began + 0.7:
        variant = live.variant("alice")
        assert variant == "gray" or time.monotonic() > began + 0.9
    wait_for(lambda: live.variant("alice") == "stable", 1,
             "the cached answer ends")


def now_rule(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) \
        + datetime.timedelta(seconds=seconds)
    return f"now >= {moment.strftime('%Y-%m-%dT%H:%M:%SZ')}"


EXPIRED = {"+0": False, "+1h": True, "-1h": False, "+1y": True, "-1y": False}


def test_expiries_are_moments_of_the_clock(
        gateway, store, stable, gray, clock):
    fill(store)
    store.run("list", "add", "testers", "phone-1", "--ttl", "30m")
    store.run("rule", "add", "shop", "later", "gray",
              f"user = 'later' and {now_rule(1800)}")
    token = store.run("link", "shop", "gray", "--ttl", "30m",
                      json=True)["token"]
    nginx = gateway(HTTP + "gray_override gray;", UPSTREAMS, store=store,
                    stable=stable, gray=gray, environment=clock.environment)

    def seen():
        return [nginx.get(headers={"X-Device-Id": "phone-1"}).text,
                nginx.get(cookies={"gray_shop": token}).text,
                nginx.get(headers={"X-User": "later"}).text]

    asks = [Ask("gray", headers={"X-User": "gray"}), Ask("stable"),
            Ask({"gray", "stable"}, headers={"X-Device-Id": "phone-1"})]
    with Watch(nginx, store, asks, within=0, told=None,
               counted=lambda s: s["counts"]["shop"]["override_expired"]) as w:
        for jump, expired in list(EXPIRED.items()) * times(1, 10):
            clock.set(jump)
            wanted = ["stable", "stable", "gray"] if expired \
                else ["gray", "gray", "stable"]
            # The cached time is that of the last turn of the event loop.
            wait_for(lambda w=wanted: seen() == w, 1, f"{jump}: {wanted}")
            assert seen() == wanted
        clock.set("+0")
        w.switch()


def test_a_jump_makes_no_worker_look_hung(gateway, store, stable, gray, clock):
    nginx = gateway(HTTP, UPSTREAMS, store=fill(store), stable=stable,
                    gray=gray, workers=2, environment=clock.environment)
    for jump in JUMPS:
        clock.set(jump)
        for _ in range(times(5, 100)):
            assert nginx.get().text == "stable"
            status = store.run("status")
            assert "has not told" not in status.out + status.err
        assert "2/2 workers confirmed" in store.run("off", "shop").out
        store.run("on", "shop")
        for worker in store.run("status", json=True)["nginx"][0]["workers"]:
            assert worker["heartbeat_age_ms"] < 5000 * SLOW


@pytest.mark.parametrize("jump", JUMPS)
def test_after_a_jump_a_replaced_store_is_noticed(
        gateway, make_store, stable, gray, clock, jump):
    store, other = fill(make_store()), fill(make_store())
    store.run("list", "add", "testers", "phone-42")
    nginx = gateway(HTTP, UPSTREAMS, store=store, stable=stable, gray=gray,
                    environment=clock.environment)
    phone = {"X-Device-Id": "phone-42"}
    assert nginx.get(headers=phone).text == "gray"
    clock.set(jump)
    os.rename(store.path, store.folder / "old")
    os.rename(other.path, store.path)
    wait_for(lambda: nginx.get(headers=phone).text == "stable", 5,
             "the other store is used")


@pytest.mark.parametrize("jump", JUMPS)
def test_a_writer_whose_clock_is_wrong_writes_in_the_store_s_order(
        store, jump):
    fill(store)
    done = subprocess.run(
        [str(GRAYCTL), "--store", str(store.path), "list", "add", "testers",
         "phone-1"], check=False, timeout=20, capture_output=True,
        env={**os.environ, "LD_PRELOAD": FAKETIME, "FAKETIME": jump,
             "DONT_FAKE_MONOTONIC": "1"})
    assert done.returncode == 0, done.stderr
    store.run("list", "add", "testers", "phone-2")
    members = store.run("list", "ls", "testers").out
    assert "phone-1" in members and "phone-2" in members
    revisions = [record["revision"] for record
                 in store.run("log", json=True)["records"]]
    assert len(revisions) > 2
    assert revisions == sorted(revisions, reverse=True)
    assert store.run("check").code == 0
