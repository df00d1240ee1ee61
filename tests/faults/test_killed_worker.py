"""A worker killed with -9."""

import ctypes
import os
import signal
import subprocess
import sys

import pytest
from harness import wait_for
from harness.faults import Ask, times
from shop import GRAY
from stored import (AT_ONCE, STRANGER, check_is_clean, decisions, running,
                    stock)

DEATHS = times(5, 100)

# Reads as a worker does, and is killed in the middle of its transaction.
READER = """
import ctypes, sys, time
lmdb = ctypes.CDLL("liblmdb.so.0")
env, txn = ctypes.c_void_p(), ctypes.c_void_p()
def call(name, *arguments):
    assert getattr(lmdb, name)(*arguments) == 0, name
call("mdb_env_create", ctypes.byref(env))
call("mdb_env_set_mapsize", env, ctypes.c_size_t(1 << 30))
call("mdb_env_open", env, sys.argv[1].encode(), 0x220000, 0o640)
call("mdb_txn_begin", env, None, 0x20000, ctypes.byref(txn))
print("reading", flush=True)
time.sleep(600)
"""

NAMED = "add_header X-Worker $pid;"


def kept_connection(nginx):
    """A connection, and the worker that has it."""
    connection = nginx.connect()
    answer = nginx.get(connection=connection)
    return connection, int(answer.header("X-Worker"))


def worker_pids(status):
    return {worker["pid"] for nginx in status["nginx"]
            for worker in nginx["workers"]}


def test_a_killed_worker_leaves_no_trace_and_hurts_no_other(
        gateway, store, stable, gray, watch):
    nginx = running(gateway, stock(store), stable, gray, server=NAMED,
                    allow=["exited on signal 9"])
    connection, survivor = kept_connection(nginx)
    asks = [Ask("gray", headers=GRAY, connection=connection),
            Ask("stable", headers=STRANGER, connection=connection)]
    with watch(nginx, store, asks, within=AT_ONCE, counted=decisions,
               told=None, threads=1) as w:
        for death in range(DEATHS):
            victim = next(p for p in nginx.workers() if p != survivor)
            w.go_on(3)
            os.kill(victim, signal.SIGKILL)
            wait_for(lambda v=victim: len(nginx.workers()) == 2
                     and v not in nginx.workers(), what="another starts")
            if death % 5 == 0:
                w.switch(5)
            store.run("list", "add", "testers", f"m{death}")
            wait_for(lambda: worker_pids(store.run("status", json=True))
                     == set(nginx.workers()), what="the new one is known")
    connection.close()
    status = store.run("status", json=True)
    assert status["store"]["stale_readers"] == 0
    assert status["store"]["readers"] <= 4
    assert [nginx.get(headers=GRAY).text for _ in range(10)] == ["gray"] * 10
    assert len(nginx.log_lines("exited on signal 9")) == DEATHS
    check_is_clean(store)


def size(store):
    return (store.path / "data.mdb").stat().st_size


def churn(store, times_):
    """Changes that free as many pages as they take."""
    lines = "".join(f"c{i}\n" for i in range(2000))
    for _ in range(times_):
        store.run("list", "import", "churn", "--replace", stdin=lines)
        store.run("list", "purge")
    return size(store)


def test_a_reader_killed_while_it_reads_does_not_make_the_file_grow(
        gateway, store, stable, gray, watch):
    try:
        ctypes.CDLL("liblmdb.so.0")
    except OSError:
        pytest.skip("no liblmdb.so.0 here")
    nginx = running(gateway, stock(store), stable, gray)
    store.run("list", "create", "churn")
    before = churn(store, 5)
    with watch(nginx, store, [Ask("gray", headers=GRAY)], within=AT_ONCE,
               counted=decisions, told=None) as w:
        reader = subprocess.Popen(
            [sys.executable, "-c", READER, str(store.path)],
            stdout=subprocess.PIPE)
        try:
            assert reader.stdout.readline() == b"reading\n"
            grown = churn(store, 5)
            assert grown > before, "a living reader holds its pages"
            w.switch()
        finally:
            reader.kill()
            reader.wait()
            reader.stdout.close()
        store.run("list", "add", "testers", "next-writer")
        assert store.run("status", json=True)["store"]["stale_readers"] == 0
        churn(store, 5)
        settled = size(store)
        assert churn(store, times(5, 100)) == settled
    check_is_clean(store)
