"""A disk without room: what is written is refused, all else goes on."""

import subprocess

import pytest
from harness import wait_for
from harness.disk import fill_disk, mount_small_disk
from harness.faults import times
from harness.store import Store
from stored import (ASKS, AT_ONCE, check_audit, check_is_clean, decisions,
                    members, refused, running, stock)

MEGABYTES = 18


@pytest.fixture
def small_disk(cleanup):
    """A store on a file system of its own, of a few megabytes."""
    store = Store(init=False)
    cleanup.callback(store.close)
    mount_small_disk(store.folder, cleanup, MEGABYTES)
    store.init()
    return stock(store)


def names(prefix, count):
    return "".join(f"{prefix}-{i}\n" for i in range(count))


def fill_store(store):
    """Adds members till one command is refused."""
    for number in range(1000):
        before = members(store)
        done = store.run("list", "import", "testers", check=False,
                         stdin=names(f"fill{number}", 400))
        if done.code != 0:
            assert done.code == 7, done
            assert members(store) == before
            return
    raise AssertionError("the disk was never full")


def each_is_refused_or_done(store):
    """Small changes may find a free page; none is half done or lost."""
    for number in range(times(20, 200)):
        name = f"small-{number}"
        done = store.run("list", "add", "testers", name, check=False)
        there = store.run("list", "has", "testers", name, check=False).code
        assert (done.code, there) in ((0, 0), (7, 1)), (done, there)
    return done.code


def test_a_full_disk_refuses_writes_and_nothing_else(
        gateway, small_disk, stable, gray, watch):
    store = small_disk
    nginx = running(gateway, store, stable, gray)
    with watch(nginx, store, ASKS, within=AT_ONCE, counted=decisions,
               told=None) as w:
        fill_disk(store.folder)
        fill_store(store)
        w.switch()

        error = refused(store, 7, "list", "import", "testers", "--replace",
                        stdin=names("new", 5000))
        assert "the disk is full" in error["message"]
        assert "make room on the disk" in error["hint"]
        each_is_refused_or_done(store)
        check_is_clean(store)
        assert store.run("explain", "shop", "user=gray", json=True)[
            "variant"] == "gray"
        assert store.run("status").code == 0
        w.switch()

        # A worker that starts, and readers beyond the first page of slots.
        nginx.reload()
        w.go_on()
        refused(store, 7, "backup", store.folder / "copy")
        assert not (store.folder / "copy").exists()

        (store.folder / "other").unlink()
        store.run("list", "import", "testers", "--replace",
                  stdin=names("new", 5000) + "phone-42\n")
        w.switch()
    assert len(members(store)) == 5001
    check_is_clean(store)
    check_audit(store)


def test_the_kill_switch_outlives_a_full_disk_and_its_workers(
        gateway, small_disk, stable, gray):
    store = small_disk
    nginx = running(gateway, store, stable, gray)
    fill_disk(store.folder)
    fill_store(store)
    assert "2/2 workers confirmed" in store.run("off", "shop").out
    assert nginx.get(headers={"X-User": "gray"}).text == "stable"
    nginx.reload()
    assert nginx.get(headers={"X-User": "gray"}).text == "stable"
    assert "2/2 workers confirmed" in store.run("on", "shop").out
    wait_for(lambda: nginx.get(headers={"X-User": "gray"}).text == "gray",
             what="the release decides again")


def test_readers_without_number_find_their_slots_on_a_full_disk(
        gateway, small_disk, stable, gray):
    store = small_disk
    fill_disk(store.folder)
    fill_store(store)
    nginx = running(gateway, store, stable, gray, workers=80)
    for _ in range(times(20, 200)):
        assert nginx.get(headers={"X-User": "gray"}).text == "gray"
    status = store.run("status", json=True)
    assert len(status["nginx"][0]["workers"]) == 80
    assert status["store"]["readers"] >= 80
    assert nginx.log_lines("exited on signal") == []


@pytest.mark.parametrize("left", times([0, 300, 700], range(0, 1000, 50)))
def test_a_backup_to_a_full_disk_is_refused_and_leaves_nothing(
        left, small_disk):
    store = small_disk
    store.run("list", "import", "testers", stdin=names("m", 20_000))
    fill_disk(store.folder, left * 1024)
    refused(store, 7, "backup", store.folder / "copy")
    assert sorted(path.name for path in store.folder.iterdir()
                  if path.name != "asan") == ["other", "store"]
    check_is_clean(store)


@pytest.mark.parametrize("left", times([0, 700], range(0, 1000, 50)))
def test_a_restore_on_a_full_disk_is_refused_and_leaves_the_store(
        left, small_disk):
    store = small_disk
    store.run("list", "import", "testers", stdin=names("m", 10_000))
    store.run("backup", store.folder / "copy")
    fill_disk(store.folder, left * 1024)
    refused(store, 7, "restore", store.folder / "copy")
    assert sorted(path.name for path in store.folder.iterdir()
                  if path.name != "asan") == ["copy", "other", "store"]
    check_is_clean(store)


@pytest.mark.parametrize("left", times([0, 300, 700], range(0, 6000, 200)))
def test_a_store_is_not_made_by_half_on_a_full_disk(left, small_disk):
    fill_disk(small_disk.folder, left * 1024)
    other = small_disk.folder / "another"
    refused(small_disk, 7, "--store", other, "init")
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk.folder],
                   check=True)
    small_disk.run("--store", other, "init")
    assert small_disk.run("--store", other, "check").code == 0
