"""grayctl backup, restore and apply."""

import json
import threading

import pytest


@pytest.fixture
def shop(store):
    store.run("release", "create", "shop")
    store.run("list", "create", "testers")
    store.run("rule", "add", "shop", "qa", "gray", "device_id in @testers")
    store.run("list", "add", "testers", "a", "b")
    return store


def digest(store, *where):
    return store.run(*where, "status", json=True)["store"]["digest"]


def test_a_backup_is_an_equal_store(shop):
    copy = shop.folder / "copy"
    assert str(copy) in shop.run("backup", copy).out
    assert digest(shop, "--store", copy) == digest(shop)
    assert shop.run("backup", copy, check=False).code == 4


def test_a_restore_brings_the_backup_back_and_keeps_what_was(shop):
    copy, before = shop.folder / "copy", digest(shop)
    shop.run("backup", copy)
    shop.run("list", "add", "testers", "c")
    shop.run("off", "shop")
    revision = shop.run("status", json=True)["store"]["revision"]

    told = shop.run("restore", copy, json=True)
    assert digest(shop) == before
    assert told["revision"] > revision
    assert told["switches_carried"] == 1
    assert shop.run("explain", "shop", json=True)["reason"] == "disabled"
    kept = shop.run("--store", told["kept"], "list", "has", "testers", "c")
    assert kept.code == 0
    assert shop.run("check").code == 0


def test_a_damaged_backup_is_refused(shop):
    copy = shop.folder / "copy"
    shop.run("backup", copy)
    with open(copy / "data.mdb", "r+b") as data:
        data.truncate(4096 * 3)
    before = digest(shop)
    done = shop.run("restore", copy, check=False)
    assert done.code not in (0, 2) and done.err
    assert digest(shop) == before


def members_of(store, *where):
    return set(store.run(*where, "list", "export", "big").out.split())


def is_sound(store, copy):
    """A backup has no counters: nobody counts in it."""
    done = store.run("--store", copy, "check", "--json", check=False)
    return [one["place"] for one in json.loads(done.out)["problems"]] == ["counters.2"]


@pytest.fixture
def big(store):
    """A list whose copy takes many snapshots."""
    store.run("list", "create", "big")
    store.run("list", "import", "big",
              stdin="".join(f"phone-{i}\n" for i in range(200_000)))
    return store


def test_a_list_that_changes_all_the_time_is_backed_up_as_one_state(big):
    """Each change adds a hundred members and takes one away; the copy has the
    first so many changes whole, and the revision that says so."""
    base = big.run("status", json=True)["store"]["revision"]
    stop, changes = threading.Event(), []

    def write():
        while not stop.is_set():
            n = len(changes)
            changes.append([f"{(n * 7919 + i) % 9973}-{n}" for i in range(100)])
            big.run("list", "add", "big", *changes[n])
            big.run("list", "rm", "big", f"phone-{n * 37}")

    writer = threading.Thread(target=write)
    writer.start()
    copy = big.folder / "copy"
    try:
        told = big.run("backup", copy, json=True, timeout=300)
    finally:
        stop.set()
        writer.join()

    steps = told["revision"] - base
    expected = {f"phone-{i}" for i in range(200_000)}
    expected.update(*changes[:(steps + 1) // 2])
    expected.difference_update(f"phone-{n * 37}" for n in range(steps // 2))
    assert members_of(big, "--store", copy) == expected
    assert is_sound(big, copy)
    assert len(changes) > 2

    big.run("restore", copy)
    assert members_of(big) == expected
    assert big.run("check").code == 0


def test_a_list_that_is_replaced_meanwhile_is_the_old_or_the_new_one(big):
    old = members_of(big)
    new = {f"tablet-{i}" for i in range(150_000)}
    importer = threading.Thread(target=lambda: big.run(
        "list", "import", "big", "--replace", stdin="\n".join(new)))
    importer.start()
    copies = []
    try:
        while importer.is_alive() or not copies:
            copies.append(big.folder / f"copy{len(copies)}")
            big.run("backup", copies[-1], timeout=300)
    finally:
        importer.join()
    for copy in copies:
        assert members_of(big, "--store", copy) in (old, new)
        assert is_sound(big, copy)
        told = big.run("--store", copy, "status", json=True)["store"]
        assert told["garbage_lists"] == 0


def test_restoring_what_is_no_store_is_refused(shop):
    done = shop.run("restore", shop.folder / "nothing", check=False)
    assert done.code in (3, 6) and "nothing" in done.err


@pytest.fixture
def folder_of(shop):
    """A folder of documents that apply reads."""
    top = shop.folder / "desired"
    (top / "releases").mkdir(parents=True)
    (top / "lists").mkdir()
    (top / "releases/shop.json").write_text(json.dumps({"rules": [
        {"name": "qa", "if": "device_id in @testers or ip in @office",
         "variant": "gray"}]}))
    (top / "lists/testers.list").write_text("b\nc\n")
    (top / "lists/office.ip").write_text("10.0.0.0/8\n")
    (top / "lists/legacy.live").write_text("")
    return top


def test_apply_makes_the_store_equal_to_the_folder(shop, folder_of):
    shop.run("release", "create", "old")
    done = shop.run("apply", folder_of)
    assert done.out.splitlines()[-1].endswith("changes made")
    assert shop.run("list", "export", "testers").out == "b\nc\n"
    names = [r["name"] for r in shop.run("release", "ls", json=True)["releases"]]
    assert names == ["shop"]
    kinds = {x["name"]: x["kind"] for x in shop.run("list", "ls", json=True)["lists"]}
    assert kinds == {"testers": "string", "office": "ip", "legacy": "live"}


def test_apply_again_changes_nothing(shop, folder_of):
    shop.run("apply", folder_of)
    before = shop.run("status", json=True)["store"]["revision"]
    assert shop.run("apply", folder_of).out == "nothing to change\n"
    assert shop.run("status", json=True)["store"]["revision"] == before
    assert shop.run("apply", folder_of, json=True)["changes"] == []


def test_a_dry_run_says_the_same_and_writes_nothing(shop, folder_of):
    before = digest(shop)
    dry = shop.run("apply", folder_of, "--dry-run").out
    assert "nothing was written" in dry
    assert digest(shop) == before
    real = shop.run("apply", folder_of).out
    assert dry.splitlines()[:-1] == real.splitlines()[:-1]


def test_a_bad_document_in_the_folder_stops_everything(shop, folder_of):
    (folder_of / "releases/shop.json").write_text('{"rules": [{"name": "a", "if": "(",'
                                                  ' "variant": "gray"}]}')
    before = digest(shop)
    done = shop.run("apply", folder_of, check=False)
    assert done.code == 5
    assert "shop.json" in done.err
    assert digest(shop) == before

    done = shop.run("apply", folder_of, "--json", check=False)
    assert done.code == 5 and json.loads(done.err)["error"]


def test_a_folder_that_is_not_there_is_not_taken_for_an_empty_one(shop):
    before = digest(shop)
    assert shop.run("apply", shop.folder / "nosuch", check=False).code != 0
    assert digest(shop) == before
