"""A map without room: what adds is refused, what deletes is not."""

import pytest
from harness import BUILD
from harness.faults import times
from stored import (ASKS, AT_ONCE, check_audit, check_is_clean, decisions,
                    members, refused, running, stock)

SMALL_MAP = BUILD / "small-map" / "grayctl"


@pytest.fixture
def full(make_store):
    """A store whose map takes not one member more."""
    assert SMALL_MAP.exists(), "not built: run make check"
    store = stock(make_store(grayctl=SMALL_MAP))
    store.run("rule", "add", "cart", "old", "gray", "user = 'gray'")
    store.run("list", "create", "spare")
    store.run("list", "import", "spare",
              stdin="".join(f"s{i}\n" for i in range(2000)))
    for size in (20_000, 500, 10, 1):
        while store.run("list", "import", "testers", stdin=names(store, size),
                        check=False).code == 0:
            pass
    return store


def names(store, count):
    start = store.run("status", json=True)["store"]["revision"]
    return "".join(f"m{start}-{i}\n" for i in range(count))


def test_a_full_map_refuses_what_adds_and_nothing_else(
        gateway, full, stable, gray, watch):
    before = members(full)
    nginx = running(gateway, full, stable, gray)
    with watch(nginx, full, ASKS, within=AT_ONCE, counted=decisions,
               told=None) as w:
        for args in (["list", "import", "testers"],
                     ["list", "import", "testers", "--replace"],
                     ["list", "add", "testers", *(f"x{i}" for i in range(99))]
                     ):
            error = refused(full, 7, *args, stdin=names(full, 20_000))
            assert error["message"].endswith("the store's map is full")
            assert "list purge" in error["hint"]
        assert set(before) <= set(members(full))
        check_is_clean(full)
        w.switch()

        full.run("list", "rm", "testers", before[0])
        full.run("rule", "rm", "cart", "old")
        full.run("weight", "cart", "gray=50", "--by", "user")
        nginx.reload()
        w.switch()

        full.run("list", "drop", "spare")
        full.run("list", "purge")
        full.run("list", "import", "testers", stdin=names(full, 500))
        w.go_on()
    check_is_clean(full)
    check_audit(full)


def test_a_full_map_can_be_emptied_member_by_member(full):
    for name in members(full)[:times(20, 300)]:
        full.run("list", "rm", "testers", name)
    full.run("rule", "rm", "shop", "qa")
    full.run("list", "drop", "testers")
    full.run("list", "create", "testers")
    full.run("list", "purge")
    full.run("list", "import", "testers", stdin=names(full, 20_000))
    assert len(members(full)) == 20_000
    check_is_clean(full)
