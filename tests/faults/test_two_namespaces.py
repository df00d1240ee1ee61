"""A second nginx, in another PID namespace or with another libc, on a store.

The locks of LMDB do not hold between them: who comes second serves the
defaults, and says so.
"""

import fcntl
import json
import os
import re
import struct
import subprocess

import pytest
from harness import NGINX, Gateway, process, wait_for
from harness.build import GRAYCTL, SLOW, sanitized
from harness.faults import Ask, Watch, times
from shop import GRAY, HTTP, SEEN, UPSTREAMS, fill

SERVER = UPSTREAMS + f"add_header X-Seen {SEEN};"
ERROR = "shop|stable|app_stable|error:store"
UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
TOLD = r"\[error\].*cannot be read: .*namespace"


def can_unshare():
    return os.geteuid() == 0 and subprocess.run(
        [*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not can_unshare(),
                                reason="no PID namespace can be made here")


class Container(Gateway):
    """An nginx that is process 1 of a PID namespace of its own."""

    def __init__(self, http, server, **options):
        super().__init__(http, server, main="daemon off;", **options)
        self.unshared = None

    def _nginx(self, *arguments, log=None):
        if arguments:
            return super()._nginx(*arguments, log=log)
        self.unshared = subprocess.Popen(
            [*UNSHARE, NGINX, "-p", f"{self.folder}/", "-c", str(self.conf),
             "-e", str(self.error_log)], stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=sanitized(self.folder))
        return subprocess.CompletedProcess([], 0)

    def _pid_in_file(self):
        """Its id as it is seen from here, once it has written its own."""
        if not super()._pid_in_file():
            return None
        return next(iter(process.children(self.unshared.pid)), None)

    def close(self):
        try:
            super().close()
        finally:
            self.unshared.kill()
            self.unshared.wait(10 * SLOW)


@pytest.fixture
def container(cleanup, store, stable, gray):
    """container() starts one; it knows what the gateway knows."""
    def make():
        made = Container(HTTP, SERVER, store=store, stable=stable, gray=gray,
                         workers=2)
        cleanup.callback(made.close)
        return made.start()
    return make


@pytest.fixture
def nginx(gateway, store, stable, gray):
    return gateway(HTTP, SERVER, store=fill(store), stable=stable, gray=gray,
                   workers=2)


def seen(nginx):
    return {nginx.get(headers=GRAY).header("X-Seen") for _ in range(10)}


def inside(store, *arguments):
    """grayctl in a PID namespace of its own."""
    return subprocess.run(
        [*UNSHARE, str(GRAYCTL), "--store", str(store.path), *arguments],
        capture_output=True, text=True, timeout=20 * SLOW, check=False,
        env=sanitized(store.folder))


def store_errors(status):
    return status["counts"]["shop"]["store_error"]


ASKS = [Ask("stable"), Ask({"gray", "stable"}, headers=GRAY)]


def test_the_second_namespace_serves_defaults_and_says_so(
        nginx, container, store):
    second = container()
    with Watch(second, store, ASKS, within=0, told=None, lines=0,
               counted=store_errors) as w:
        assert seen(second) == {ERROR}
        assert len(seen(nginx) - {ERROR}) == 1
        w.go_on(times(30, 2000))
        w.switch()
    assert {a.text for a in w.answers} == {"stable"}
    lines = second.log_lines(TOLD)
    assert len(lines) == 2, lines
    assert nginx.get(headers=GRAY).text == "gray"


def test_status_shows_the_second_namespace(nginx, container, store):
    second = container()
    assert seen(second) == {ERROR}
    status = json.loads(store.run("status", "--json", check=False).out)
    first, foreign = sorted(status["nginx"], key=lambda one: one["workers"]
                            [0]["store_error"] is not None)
    assert {worker["pid"] for worker in first["workers"]} \
        == set(nginx.workers())
    assert len(foreign["workers"]) == 2
    for worker in foreign["workers"]:
        assert "namespace" in worker["store_error"]
    assert "namespace" in store.run("status", check=False).out
    assert "4/4 workers confirmed" in store.run("off", "shop").out
    store.run("on", "shop")
    assert nginx.get(headers=GRAY).text == "gray"


def test_grayctl_in_a_second_namespace_writes_nothing(nginx, store):
    before = store.run("status", json=True)["store"]["revision"]
    done = inside(store, "list", "add", "testers", "phone-1")
    assert done.returncode == 70
    assert "namespace" in done.stderr
    assert store.run("status", json=True)["store"]["revision"] == before
    status = inside(store, "status")
    assert "namespace" in status.stdout + status.stderr
    assert nginx.get(headers=GRAY).text == "gray"


def test_the_kill_switch_works_from_and_for_a_second_namespace(
        nginx, container, store):
    second = container()
    done = inside(store, "off", "shop")
    assert done.returncode in (0, 9), done.stderr
    wait_for(lambda: seen(second) == {"shop|stable|app_stable|disabled"},
             what="the second is off")
    assert seen(nginx) == {"shop|stable|app_stable|disabled"}
    store.run("on", "shop", check=False)
    wait_for(lambda: seen(second) == {ERROR}, what="the second is on")


def test_the_second_takes_over_when_the_first_is_gone(
        nginx, container, store):
    second = container()
    assert seen(second) == {ERROR}
    nginx.quit()
    wait_for(lambda: seen(second) == {
        "shop|gray|app_gray|targeting_match:user"}, what="the second decides")
    assert second.log_lines("can be read again")


# --- another libc

F_OFD_SETLK = 37


class OtherLibc:
    """Has a store open as a program of another libc would."""

    def __init__(self, store):
        self.file = open(store.path / "namespace", "r+b", buffering=0)
        lock(self.file, fcntl.F_WRLCK)
        line = self.file.read()
        self.file.seek(0)
        self.file.write(re.sub(rb"libc=\w+", b"libc=musl", line))
        self.file.truncate()
        lock(self.file, fcntl.F_RDLCK)

    def close(self):
        self.file.close()


def lock(file, kind):
    """Byte 1, with an open-file-description lock."""
    fcntl.fcntl(file, F_OFD_SETLK, struct.pack(
        "hhqqi4x", kind, os.SEEK_SET, 1, 1, 0))


def test_another_libc_on_the_store_is_noticed(
        gateway, store, stable, gray, cleanup):
    fill(store)
    other = OtherLibc(store)
    cleanup.callback(other.close)
    nginx = gateway(HTTP, SERVER, store=store, stable=stable, gray=gray)
    with Watch(nginx, store, ASKS, within=0, counted=store_errors, told=None,
               lines=1) as w:
        assert seen(nginx) == {ERROR}
        w.go_on(30)
        status = store.run("status", check=False)
        assert "libc" in status.out + status.err
        w.switch()
    assert len(nginx.log_lines(TOLD)) == 1

    other.close()
    wait_for(lambda: nginx.get(headers=GRAY).text == "gray",
             what="the store is free")
