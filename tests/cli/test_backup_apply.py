"""grayctl backup, restore and apply."""

import json

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
