"""Reloads and binary upgrades under load, beside an nginx without the module."""

import math
import re
import signal
import subprocess

import pytest
from harness import alive, port, wait_for
from harness.faults import times
from shop import GRAY, HTTP, PHONE, UPSTREAMS
from stored import ASKS, check_is_clean, decisions, kept_connections, stock

RELOADS = times(5, 200)
UPGRADES = times(2, 20)

# Back ends that take any load, and a gateway without the module.
STOCK = """
server { listen 127.0.0.1:%stable_port%; return 200 "stable\\n"; }
server { listen 127.0.0.1:%gray_port%; return 200 "gray\\n"; }
upstream app { server 127.0.0.1:%stable_port%; }
server {
    listen 127.0.0.1:%port%;
    location / { proxy_pass http://app; }
}
"""


class Wrk:
    """A load from its making to stop(), which returns how many requests
    failed."""

    def __init__(self, nginx, *arguments):
        self.nginx = nginx
        self.process = subprocess.Popen(
            ["wrk", "-t1", "-c4", "-d1h", *arguments,
             f"http://127.0.0.1:{nginx.port}/"],
            stdout=subprocess.PIPE, text=True)
        self.text = ""

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.text, _ = self.process.communicate(timeout=30)
        assert self._number(r"(\d+) requests in") > 100, self.text
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), "
                           r"write (\d+), timeout (\d+)", self.text)
        return self._number(r"Non-2xx or 3xx responses: (\d+)") \
            + sum(map(int, errors.groups() if errors else ()))

    def _number(self, pattern):
        found = re.search(pattern, self.text)
        return int(found[1]) if found else 0


@pytest.fixture
def both(gateway, store):
    """The gateway with the module, and one without."""
    ports = {"stable_port": port(), "gray_port": port()}
    plain = gateway(STOCK, None, module=False, workers=2, **ports)
    nginx = gateway(HTTP, UPSTREAMS, store=stock(store), workers=2,
                    stable=f"127.0.0.1:{ports['stable_port']}",
                    gray=f"127.0.0.1:{ports['gray_port']}")
    wait_for(lambda: nginx.get().text == "stable"
             and plain.get().text == "stable", what="both answer")
    return nginx, plain


def reload_both(both, w):
    for number in range(RELOADS):
        for nginx in both:
            nginx.reload(wait_old=False)
        if number == RELOADS // 2:
            w.switch()


def test_no_reload_loses_a_request(both, store, watch):
    nginx, _ = both
    with watch(nginx, store, ASKS, within=1, counted=decisions,
               told=None) as w:
        loads = [Wrk(each, "-H", "Connection: close") for each in both]
        reload_both(both, w)
        failed, failed_without = [load.stop() for load in loads]
    assert failed <= failed_without
    wait_for(lambda: not nginx.leaving_workers(), what="the old ones are gone")
    status = store.run("status", json=True)
    assert {worker["pid"] for worker in status["nginx"][0]["workers"]} \
        == set(nginx.workers())
    assert status["store"]["stale_readers"] == 0
    check_is_clean(store)


def test_kept_connections_lose_no_more_at_a_reload_than_without_the_module(
        both, store, watch):
    nginx, _ = both
    with watch(nginx, store, ASKS, within=1, counted=decisions,
               told=None) as w:
        loads = [Wrk(each) for each in both]
        reload_both(both, w)
        failed, failed_without = [load.stop() for load in loads]
    # nginx closes idle connections, and a request may be on its way: how
    # often is chance, so the two counts differ by a few deviations.
    assert failed <= failed_without + 4 \
        + 4 * math.sqrt(failed + failed_without), (failed, failed_without)


def test_two_masters_share_a_store_while_the_binary_is_upgraded(
        gateway, store, stable, gray, watch):
    nginx = gateway(HTTP, UPSTREAMS + "add_header X-Worker $pid;",
                    store=stock(store), stable=stable, gray=gray, workers=2)
    with watch(nginx, store, ASKS, within=1, counted=decisions,
               told=None) as w:
        for number in range(UPGRADES):
            old = nginx.upgrade(quit_old=False)
            connections = kept_connections(nginx, old) \
                + kept_connections(nginx)
            who = {"X-Device-Id": f"upgraded-{number}"}
            store.run("list", "add", "testers", who["X-Device-Id"])
            assert [nginx.get(headers=who, connection=connection).text
                    for connection in connections] == ["gray"] * 4
            assert "4/4 workers confirmed" in store.run("off", "cart").out
            w.switch()
            store.run("on", "cart")
            for connection in connections:
                connection.close()
            # Every second time the new one goes and the old one stays.
            leaving = nginx.master if number % 2 else old
            nginx.signal(signal.SIGQUIT, leaving)
            wait_for(lambda pid=leaving: not alive(pid), 20,
                     "the other master ends")
            nginx.master = old if number % 2 else nginx.master
            w.go_on()
    assert nginx.get(headers=GRAY).text == nginx.get(headers=PHONE).text \
        == "gray"
    status = store.run("status", json=True)
    assert {worker["pid"] for each in status["nginx"]
            for worker in each["workers"]} == set(nginx.workers())
    check_is_clean(store)
