"""Reloads, upgrades and deaths of workers while decisions go on."""

import os
import signal
import threading

from harness import alive, wait_for
from shop import GRAY, HTTP, UPSTREAMS, fill


class Traffic:
    """Requests without a pause, each of which must be answered rightly."""

    def __init__(self, nginx):
        self.nginx = nginx
        self.wrong = []
        self.count = 0
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=arguments, daemon=True)
            for arguments in ((None, "stable"), (GRAY, "gray"))]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        wait_for(lambda: self.count > 20, what="traffic flows")
        return self

    def _run(self, headers, expected):
        while not self._stop.is_set():
            try:
                text = self.nginx.get(headers=headers).text
            except OSError as error:
                text = repr(error)
            if text != expected:
                self.wrong.append(text)
            self.count += 1

    def __exit__(self, *unused):
        self._stop.set()
        for thread in self._threads:
            thread.join(20)


def workers(store):
    return [worker for nginx in store.run("status", json=True)["nginx"]
            for worker in nginx["workers"] if not worker["exiting"]]


def test_decisions_stay_right_over_reloads(gateway, store, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS, store=fill(store), stable=stable,
                    gray=gray, workers=2)
    with Traffic(nginx) as traffic:
        for _ in range(5):
            nginx.reload()
    assert traffic.wrong == []
    assert {worker["pid"] for worker in workers(store)} \
        == set(nginx.workers())


def test_decisions_stay_right_over_a_binary_upgrade(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS, store=fill(store), stable=stable,
                    gray=gray, workers=2)
    with Traffic(nginx) as traffic:
        old = nginx.upgrade(quit_old=False)
        both = {worker["pid"] for worker in workers(store)}
        assert both == set(nginx.workers()) | set(nginx.workers(old))
        nginx.signal(signal.SIGQUIT, old)
        wait_for(lambda: not alive(old), what="the old master ends")
    assert traffic.wrong == []
    assert {worker["pid"] for worker in workers(store)} \
        == set(nginx.workers())


def test_a_worker_that_is_killed_hurts_no_other(gateway, store, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS, store=fill(store), stable=stable,
                    gray=gray, workers=2, allow=["exited on signal 9"])
    for _ in range(3):
        victim = nginx.workers()[0]
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda v=victim: v not in nginx.workers()
                 and len(nginx.workers()) == 2, what="another worker starts")
        store.run("list", "add", "testers", "a")
        assert nginx.get(headers=GRAY).text == "gray"
        assert nginx.get().text == "stable"
        wait_for(lambda: {worker["pid"] for worker in workers(store)}
                 == set(nginx.workers()), what="the new worker is known")
    assert store.run("check").code == 0


def test_a_reload_knows_new_releases_and_attributes(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS, store=fill(store), stable=stable,
                    gray=gray)
    store.run("release", "create", "cart")
    store.run("rule", "add", "cart", "city", "gray", "city = 'BJ'")
    nginx.write(http=HTTP + "gray_attribute city $arg_city;",
                server=UPSTREAMS.replace("shop", "cart"))
    nginx.reload()
    assert nginx.get("/?city=BJ").text == "gray"
    knows = store.run("status", json=True)["nginx"]
    assert len(knows) == 1
    assert knows[0]["releases"] == {"cart": ["stable", "gray"]}
    assert knows[0]["attributes"]["city"] == "$arg_city"


def test_files_stay_open_once_over_reloads(gateway, store, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS, store=fill(store), stable=stable,
                    gray=gray)

    def master_files():
        return len(os.listdir(f"/proc/{nginx.master}/fd"))

    def worker_files():
        return len(os.listdir(f"/proc/{nginx.workers()[0]}/fd"))

    nginx.reload()
    master, worker = master_files(), worker_files()
    for _ in range(5):
        nginx.reload()
    # The master closes a worker's channel a moment after its end.
    wait_for(lambda: master_files() <= master and worker_files() <= worker,
             what="no more files are open than before")
    assert not any(str(store.path) in os.readlink(f"/proc/{nginx.master}/fd/{f}")
                   for f in os.listdir(f"/proc/{nginx.master}/fd"))


def test_nothing_of_the_store_is_open_in_the_master(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS, store=fill(store), stable=stable,
                    gray=gray)
    with open(f"/proc/{nginx.master}/maps", encoding="utf-8") as maps:
        assert str(store.path) not in maps.read()


def test_a_single_process_decides_too(gateway, store, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS, main="master_process off; daemon on;",
                    store=fill(store), stable=stable, gray=gray, workers=0)
    wait_for(lambda: nginx.get().text == "stable", what="it answers")
    assert nginx.get(headers=GRAY).text == "gray"
