"""A large list is replaced while it is asked."""

import subprocess

import pytest
from harness.faults import Ask, times
from shop import HTTP, UPSTREAMS
from stored import check_is_clean, decisions

MEMBERS = times(100_000, 10_000_000)
SWITCHES = times(4, 1)
# Both cores are at the import; what it costs readers is measured elsewhere.
BUSY = 1

REASON = 'add_header X-Reason $gray_reason;'


@pytest.fixture
def lists(folder):
    """Two files of as many members, of which they share a third."""
    third = MEMBERS // 3
    for name in ("old", "new"):
        with open(folder / name, "w", encoding="ascii") as file:
            for kind in (name, "both", name + "-too"):
                for start in range(0, third, 10_000):
                    file.write("".join(f"{kind}-{i:012}\n" for i in
                                       range(start, start + 10_000)))
    return folder


def pair(device, user, number):
    return {"X-Device-Id": f"{device}-{number:012}",
            "X-User": f"{user}-{number:012}"}


def test_every_answer_is_the_old_lists_or_the_new_ones(
        gateway, store, stable, gray, lists, watch):
    store.run("list", "create", "big")
    store.run("list", "create", "others")
    store.run("release", "create", "shop")
    # One that is only in the old list and one that is only in the new one:
    # of a mixture of the two lists, both are members or none is.
    store.run("rule", "add", "shop", "old", "gray",
              "device_id in @big and not user in @big")
    store.run("rule", "add", "shop", "new", "gray",
              "user in @big and not device_id in @big")
    store.run("list", "import", "big", lists / "old", "--replace",
              timeout=900)
    nginx = gateway(HTTP, UPSTREAMS + REASON, store=store, stable=stable,
                    gray=gray, workers=2)

    third = MEMBERS // 3
    asks = [Ask("gray", headers=pair("old", "new", i * third // 40))
            for i in range(40)]
    asks += [Ask("stable", headers=pair("both", "both", i * third // 5))
             for i in range(5)]
    asks += [Ask("stable", headers=pair("none", "nobody", i))
             for i in range(5)]

    with watch(nginx, store, asks, within=BUSY, counted=decisions,
               told=None) as w:
        for number in range(SWITCHES):
            name = "old" if number % 2 else "new"
            importer = store.start("list", "import", "big", lists / name,
                                   "--replace", stdout=subprocess.DEVNULL)
            for added in range(100_000):
                if importer.poll() is not None:
                    break
                if added == 0:
                    w.switch()
                store.run("list", "add", "others", f"m{number}-{added}")
                w.go_on(20)
            assert importer.returncode == 0
            reason = nginx.get(headers=pair("old", "new", 7)).header(
                "X-Reason")
            assert reason == f"targeting_match:{name}"
        w.go_on()
    assert store.run("list", "ls", json=True)["lists"][0]["count"] \
        == 3 * -(-third // 10_000) * 10_000
    check_is_clean(store)


def test_an_import_that_is_killed_leaves_the_list_as_it_was(
        gateway, store, stable, gray, lists, watch):
    store.run("list", "create", "big")
    store.run("release", "create", "shop")
    store.run("rule", "add", "shop", "old", "gray", "device_id in @big")
    store.run("list", "import", "big", lists / "old", "--replace",
              timeout=900)
    nginx = gateway(HTTP, UPSTREAMS, store=store, stable=stable, gray=gray,
                    workers=2)
    asks = [Ask("gray", headers=pair("old", "x", 5)),
            Ask("gray", headers=pair("both", "x", 5)),
            Ask("stable", headers=pair("new", "x", 5))]
    before = store.run("list", "ls", json=True)["lists"]
    with watch(nginx, store, asks, within=BUSY, counted=decisions,
               told=None) as w:
        for _ in range(times(3, 10)):
            importer = store.start("list", "import", "big", "--replace",
                                   stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL)
            with open(lists / "new", "rb") as file:
                importer.stdin.write(file.read(MEMBERS * 8))
            importer.stdin.flush()
            w.go_on(10)
            importer.kill()
            importer.communicate()
        w.switch()
        assert store.run("list", "ls", json=True)["lists"] == before
        store.run("list", "purge", timeout=900)
    assert store.run("status", json=True)["store"]["garbage_lists"] == 0
    check_is_clean(store)
