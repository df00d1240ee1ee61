"""A restore puts another folder in the place of a store that is written."""

import subprocess
import time

import pytest
from harness import wait_for
from harness.build import SLOW
from harness.faults import Ask, times
from stored import ASKS, AT_ONCE, check_is_clean, decisions, members, \
    running, stock

LATER = {"X-Device-Id": "later"}


def lines(prefix, count):
    return "".join(f"{prefix}-{i}\n" for i in range(count)).encode()


def switch_of(store, release):
    return next(r["off"] for r in store.run("status", json=True)["releases"]
                if r["name"] == release)


@pytest.mark.parametrize("mode", [[], ["--replace"]], ids=["add", "replace"])
def test_writers_of_a_replaced_store_are_told_and_workers_change_over(
        mode, gateway, store, stable, gray, watch):
    copy = stock(store).folder / "copy"
    store.run("backup", copy)
    before = members(store)
    store.run("list", "add", "testers", "later")
    store.run("off", "cart")
    nginx = running(gateway, store, stable, gray)
    asks = [*ASKS, Ask({"gray", "stable"}, headers=LATER)]

    with watch(nginx, store, asks, within=AT_ONCE, counted=decisions,
               told=None) as w:
        importer = store.start(
            "list", "import", "testers", *mode, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        importer.stdin.write(lines("first", 50_000))
        importer.stdin.flush()
        w.go_on()

        told = store.run("restore", copy, json=True)
        done = time.monotonic()
        wait_for(lambda: {nginx.get(headers=LATER).text for _ in range(10)}
                 == {"stable"}, what="the workers use the restored store")
        assert time.monotonic() - done < 1.5 * SLOW

        out, err = importer.communicate(lines("then", 50_000), timeout=60)
        assert (importer.returncode, out) == (8, b"")
        assert b"the store was replaced" in err
        assert b"run the command again" in err
        w.switch()

    assert sorted(members(store)) == sorted(before)
    assert switch_of(store, "cart") and not switch_of(store, "shop")
    check_is_clean(store)
    assert store.run("--store", told["kept"], "check").code == 0
    assert store.run("list", "add", "testers", "later").code == 0
    assert nginx.get(headers=LATER).text == "gray"


def test_a_switch_turned_while_a_store_is_restored_is_not_lost(
        gateway, store, stable, gray, watch):
    copy = stock(store).folder / "copy"
    store.run("backup", copy)
    nginx = running(gateway, store, stable, gray)
    with watch(nginx, store, ASKS, within=AT_ONCE, counted=decisions,
               told=None) as w:
        for number in range(times(3, 60)):
            wanted = "off" if number % 2 == 0 else "on"
            restore = store.start("restore", copy, stdout=subprocess.DEVNULL)
            # Between the two folders it is refused, and says what to do.
            done = store.run(wanted, "cart", check=False)
            assert done.code in (0, 8), done
            if done.code == 8:
                assert "run the command again" in done.err
                store.run(wanted, "cart")
            assert restore.wait(30) == 0
            assert switch_of(store, "cart") == (wanted == "off")
        w.switch()
    check_is_clean(store)
