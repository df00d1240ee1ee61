"""The kill switch with everything else dead at once.

Beside this, whoever watches a fault in this folder tries the switch in it.
"""

import json
import os

import pytest
from harness import wait_for
from harness.disk import fill_disk, mount_small_disk
from harness.faults import Ask, Watch
from harness.store import Store
from shop import GRAY, HTTP, SEEN, UPSTREAMS, fill

SERVER = UPSTREAMS + f"add_header X-Seen {SEEN};"
OFF = "shop|stable|app_stable|disabled"


@pytest.fixture
def small_disk(cleanup):
    """A store on a file system of its own."""
    store = Store(init=False)
    cleanup.callback(store.close)
    mount_small_disk(store.folder, cleanup)
    store.init()
    return fill(store)


def ruin(store):
    """Nothing of the database can be read any more, by anybody."""
    with open(store.path / "data.mdb", "r+b") as file:
        file.write(b"\xff" * 16384)
    (store.path / "VERSION").write_text("ruined\n")
    # As a restore that was broken off: the folder is another one.
    os.rename(store.path, store.folder / "old")
    os.rename(store.folder / "old", store.path)


def test_the_switch_works_with_memcached_disk_and_store_dead(
        gateway, small_disk, stable, gray, memcached):
    store = small_disk
    store.run("list", "create", "legacy", "--live")
    store.run("rule", "add", "shop", "legacy", "gray", "user in @legacy")
    cache = memcached()
    cache.set("alice", "1")
    nginx = gateway(HTTP + "gray_memcached legacy %memcached%;", SERVER,
                    store=store, stable=stable, gray=gray, memcached=cache,
                    workers=2)
    alice = {"X-User": "alice"}
    assert nginx.get(headers=alice).text == "gray"

    asks = [Ask("stable"), Ask({"stable", "gray"}, headers=alice),
            Ask({"stable", "gray"}, headers=GRAY)]
    with Watch(nginx, store, asks, within=0.1, lines=6,
               counted=lambda s: s["live_counts"]["legacy"]["timeouts"]
               + s["live_counts"]["legacy"]["refused"],
               told=None) as w:
        cache.suspend()
        fill_disk(store.folder)
        ruin(store)
        w.go_on(30)
        done = store.run("off", "shop", check=False)
        assert "2/2 workers confirmed" in done.out, done
        for headers in (None, alice, GRAY) * 5:
            answer = nginx.get(headers=headers)
            assert answer.header("X-Seen") == OFF
        status = json.loads(store.run("status", "--json", check=False).out)
        assert [one["off"] for one in status["switches"]
                if one["release"] == "shop"] == [True]
        assert "2/2 workers confirmed" in store.run(
            "on", "shop", check=False).out
        w.switch()


def test_the_switch_is_in_force_for_workers_that_start_with_all_dead(
        gateway, small_disk, stable, gray):
    store = small_disk
    nginx = gateway(HTTP, SERVER, store=store, stable=stable, gray=gray)
    store.run("off", "shop")
    with open(store.path / "data.mdb", "r+b") as file:
        file.write(b"\xff" * 16384)
    fill_disk(store.folder)
    nginx.stop()
    nginx.start()
    wait_for(lambda: nginx.get(headers=GRAY).header("X-Seen") == OFF,
             what="the worker has started")
    assert store.run("on", "shop", check=False).out
    assert nginx.get(headers=GRAY).header("X-Seen") \
        == "shop|stable|app_stable|error:store"


def test_all_releases_are_switched_off_with_one_command(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, SERVER, store=fill(store), stable=stable, gray=gray,
                    workers=2)
    (store.path / "data.mdb").rename(store.folder / "gone")
    assert "2/2 workers confirmed" in store.run("off", "--all",
                                                check=False).out
    assert nginx.get(headers=GRAY).header("X-Seen") == OFF
