"""A disk that fails: what it did not take is never said to be done."""

import itertools

import pytest
from harness.faults import times
from stored import (ASKS, AT_ONCE, check_audit, check_is_clean, decisions,
                    injected, members, running, stock, strace)

NUMBERS = itertools.count(1)


def many(number):
    return "".join(f"m{number}-{i}\n" for i in range(3000)).encode()


# What a number makes another change each time.
WRITERS = {
    "add": lambda n: (["list", "add", "testers", f"one-{n}"], b""),
    "import": lambda n: (["list", "import", "testers"], many(n)),
    "replace": lambda n: (["list", "import", "testers", "--replace"],
                          many(n) + b"phone-42\n"),
    "rule": lambda n: (["rule", "add", "cart", f"r{n}", "gray",
                        "user = 'u'"], b""),
    "weight": lambda n: (["weight", "cart", f"gray={n % 90}.5", "--by",
                          "user"], b""),
}


def held(store):
    return (members(store), store.run("release", "get", "cart").out,
            store.run("status", json=True)["store"]["revision"])


def fail_each(store, call, error, writer, file):
    """The first such call fails, then the second, … till none is left.

    What fails is told and changes nothing. But a list that was replaced is,
    whether or not the old members could be deleted: the next writer does.
    Returns how many failed.
    """
    for number in range(1, 200):
        args, stdin = WRITERS[writer](next(NUMBERS))
        before = held(store)
        done = strace(store, f"{call}:error={error}:when={number}", *args,
                      file=file, stdin=stdin)
        if not injected(store):
            assert done.returncode == 0, done.stderr
            return number - 1
        if writer == "replace" and done.returncode == 0:
            assert members(store) == sorted(stdin.decode().splitlines())
            continue
        assert done.returncode > 0 and done.stdout == b""
        assert done.stderr.startswith(b"grayctl: ")
        store.run("list", "add", "testers", "phone-42")
        assert held(store) == before
    raise AssertionError(f"{call} two hundred times")


@pytest.mark.parametrize("writer", times(["add", "replace"], list(WRITERS)))
@pytest.mark.parametrize("error", times(["EIO"], ["EIO", "ENOSPC", "EDQUOT"]))
def test_what_could_not_be_synced_is_not_acknowledged(
        writer, error, gateway, store, stable, gray, watch):
    nginx = running(gateway, stock(store), stable, gray)
    with watch(nginx, store, ASKS, within=AT_ONCE, counted=decisions,
               told=None) as w:
        # LMDB's second file descriptor writes the meta page, synchronously.
        failed = [fail_each(store, call, error, writer,
                            store.path / "data.mdb")
                  for call in ("fdatasync", "writev", "pwrite64")]
        w.switch()
    assert failed[0] >= 1 and sum(failed) >= 3
    check_is_clean(store)
    check_audit(store)


def test_a_disk_that_fails_for_good_refuses_writes_and_not_the_kill_switch(
        gateway, store, stable, gray, watch):
    nginx = running(gateway, stock(store), stable, gray)
    before = held(store)
    with watch(nginx, store, ASKS, within=AT_ONCE, counted=decisions,
               told=None) as w:
        for args, stdin in (make(0) for make in WRITERS.values()):
            done = strace(store, "fdatasync:error=EIO", *args, stdin=stdin)
            assert done.returncode > 0 and done.stdout == b""
        assert held(store) == before

        def turn(*args):
            done = strace(store, "fdatasync:error=EIO", *args)
            assert b"2/2 workers confirmed" in done.stdout
            assert b"the switch is set, but" in done.stderr
            assert done.returncode == 70

        w.switch(run=turn)

        for args, stdin in (make(1) for make in WRITERS.values()):
            store.run(*args, stdin=stdin)
        w.go_on()
    check_is_clean(store)
    check_audit(store)
