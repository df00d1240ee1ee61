"""What grayd tells of a running nginx: each second's figures, its workers."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from harness import process, wait_for
from harness.build import SLOW

HTTP = """
gray_store %store%;
gray_attribute user $http_x_user;
upstream app_stable { server %stable%; }
upstream app_gray { server %gray%; }
"""

SERVER = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
}
"""

GRAY = {"X-User": "gray"}


@pytest.fixture
def nginx(gateway, store, stable, gray):
    store.run("release", "create", "shop")
    store.run("rule", "add", "shop", "user", "gray", "user = 'gray'")
    made = gateway(HTTP, SERVER, store=store, stable=stable, gray=gray,
                   workers=2)
    wait_for(lambda: [len(n["workers"]) for n in
                      store.run("status", json=True)["nginx"]] == [2],
             what="both workers are there")
    return made


class Seconds:
    """The figures of a variant, added up over the seconds."""

    def __init__(self, grayd):
        self.listener = grayd.events()
        self.sums = {}
        self.last = None

    def wait(self, variant, member, wanted):
        end = time.monotonic() + 30 * SLOW
        while self.sums.get((variant, member), 0) < wanted:
            assert time.monotonic() < end, self.sums
            self.last = self.listener.next("stats")[1]
            for release in self.last["releases"]:
                for one in release["variants"]:
                    for name, number in one.items():
                        if name != "name":
                            key = one["name"], name
                            self.sums[key] = self.sums.get(key, 0) + number
        assert self.sums[variant, member] == wanted

    def close(self):
        self.listener.close()


@pytest.fixture
def seconds(grayd, cleanup, nginx):
    d = grayd()
    made = Seconds(d)
    cleanup.callback(made.close)
    # what was there when grayd came is nobody's second
    wait_for(lambda: d.get("/v1/stats").json["releases"], 20)
    return made


def test_each_request_is_in_one_second(nginx, seconds, gray):
    for _ in range(30):
        nginx.get()
    gray.status = 500
    for _ in range(7):
        nginx.get(headers=GRAY)
    gray.stop()
    for _ in range(3):
        nginx.get(headers=GRAY)
    seconds.wait("stable", "requests", 30)
    seconds.wait("gray", "requests", 10)
    seconds.wait("gray", "errors", 10)
    seconds.wait("gray", "upstream_errors", 10)
    seconds.wait("gray", "connect_errors", 3)
    seconds.wait("gray", "upstream_requests", 10)
    assert seconds.sums["stable", "errors"] == 0


def test_times_are_those_of_the_second_alone(nginx, seconds, stable):
    for _ in range(50):
        nginx.get()
    seconds.wait("stable", "requests", 50)
    stable.delay = 0.2
    nginx.get()
    seconds.wait("stable", "requests", 51)
    found = [v for v in seconds.last["releases"][0]["variants"]
             if v["name"] == "stable"][0]
    assert found["requests"] == 1 and found["total"] == 51
    assert 190_000 < found["p50_us"] < 2_000_000 * SLOW
    assert 190_000 < found["upstream_p99_us"] < 2_000_000 * SLOW


def test_counters_that_are_made_anew_are_found_and_give_no_rate(
        nginx, store, grayd, seconds):
    for _ in range(40):
        nginx.get()
    seconds.wait("stable", "requests", 40)
    nginx.stop()
    os.remove(store.path / "counters.2")
    store.init()
    nginx.start()
    for _ in range(3):
        nginx.get()
    end = time.monotonic() + 30 * SLOW
    while True:
        assert time.monotonic() < end
        told = seconds.listener.next("stats")[1]
        totals = {v["name"]: v for r in told["releases"]
                  for v in r["variants"]}
        assert all(v["requests"] < 1000 for v in totals.values())
        if totals.get("stable", {}).get("total") == 3:
            break


@contextmanager
def silent_worker(nginx):
    """The pid of a worker that is stopped meanwhile."""
    silent = nginx.workers()[0]
    nginx.signal(signal.SIGSTOP, silent)
    try:
        wait_for(lambda: process.state(silent) == "T")
        yield silent
    finally:
        nginx.signal(signal.SIGCONT, silent)


def test_off_with_a_silent_worker_answers_in_time_and_names_it(
        nginx, store, grayd):
    store.run("list", "create", "vip")
    d = grayd()
    with silent_worker(nginx) as silent:
        start = time.monotonic()
        got = d.post("/v1/releases/shop/off", {"timeout_ms": 700})
        took = time.monotonic() - start
        assert 0.6 < took < 3 * SLOW
        assert got.status == 200
        told = got.json
        assert told["off"] is True
        assert (told["confirmed"], told["workers"]) == (1, 2)
        assert told["silent"] == [silent]
        assert told["error"]["code"] == "timeout"
        # and nobody waits for it meanwhile
        assert d.get("/v1/releases").json["releases"][0]["off"] is True
        assert d.put("/v1/lists/vip/members/a").status == 200
    assert d.post("/v1/releases/shop/on").json["confirmed"] == 2
    assert nginx.get(headers=GRAY).text == "gray"


def test_one_switch_does_not_wait_for_the_worker_of_another(
        nginx, store, grayd):
    d = grayd()
    end = time.monotonic() + 8 * SLOW
    with ThreadPoolExecutor(3) as pool:
        with silent_worker(nginx):
            short = pool.submit(d.post, "/v1/releases/shop/off",
                                {"timeout_ms": 1000})
            wait_for(lambda: d.get("/v1/releases").json["releases"][0]["off"])
            long = pool.submit(d.post, "/v1/releases/shop/on",
                               {"timeout_ms": int(20000 * SLOW)}, timeout=60)
            wait_for(lambda: not
                     d.get("/v1/releases").json["releases"][0]["off"])
            assert short.result().json["error"]["code"] == "timeout"
            assert time.monotonic() < end
            assert not long.done()
        assert long.result().json["confirmed"] == 2
    audit = d.get("/v1/audit?limit=2").json["records"]
    assert [one["verb"] for one in audit] == ["on", "off"]


def test_a_switch_that_waits_is_answered_while_a_list_is_imported(
        nginx, store, grayd):
    store.run("list", "create", "vip")
    d = grayd()
    lines = b"".join(b"device-%d\n" % i for i in range(1000000))
    with ThreadPoolExecutor(2) as pool:
        with silent_worker(nginx):
            imported = pool.submit(d.post, "/v1/lists/vip/import", body=lines,
                                   headers={"Content-Type": "text/plain"})
            switched = pool.submit(d.post, "/v1/releases/shop/off",
                                   {"timeout_ms": int(30000 * SLOW)}, timeout=60)
            assert imported.result().json["added"] == 1000000
            assert not switched.done()
        assert switched.result().json["confirmed"] == 2


def test_an_end_does_not_wait_for_a_silent_worker(nginx, store, grayd):
    d = grayd()
    with ThreadPoolExecutor(2) as pool:
        with silent_worker(nginx) as silent:
            switched = pool.submit(d.post, "/v1/releases/shop/off",
                                   {"timeout_ms": 600000})
            wait_for(lambda: d.get("/v1/releases").json["releases"][0]["off"])
            assert d.stop() == 0
            assert switched.result().json["silent"] == [silent]


def test_hits_of_rules_are_told_in_total_and_by_the_second(
        store, nginx, seconds, grayd):
    for _ in range(7):
        nginx.get(headers=GRAY)
    end = time.monotonic() + 30 * SLOW
    found, told = [], 0
    while told < 7:
        assert time.monotonic() < end, found
        release, = seconds.listener.next("stats")[1]["releases"] or [None]
        found = [one for one in (release or {"rules": []})["rules"]
                 if one["name"] == "user"]
        told = found[0]["total"] if found else told
    d = grayd()
    rules = d.get("/v1/releases/shop/rules").json["rules"]
    assert [(one["name"], one["hits"]) for one in rules] == [("user", 7)]
    assert 'gray_rule_hits_total{release="shop",rule="user"} 7' \
        in d.get("/metrics").body.decode()


def test_a_rule_that_nobody_hit_is_not_in_each_second(seconds, nginx):
    nginx.get(headers=GRAY)
    seconds.wait("gray", "requests", 1)
    wait_for(lambda: seconds.listener.next("stats")[1]["releases"][0]["rules"]
             == [], 30, "a second without a hit has no rules")
