"""grayctl log, status, check, migrate."""

import json

import pytest


def test_the_log_tells_who_changed_what(store):
    store.run("release", "create", "shop")
    store.run("list", "create", "testers")
    store.run("rule", "add", "shop", "qa", "gray", "device_id in @testers")
    records = store.run("log", json=True)["records"]
    assert [r["verb"] for r in records] == ["rule add", "list create", "release create"]
    assert records[0]["release"] == "shop" and records[0]["rule"] == "qa"
    assert records[0]["user"] and records[0]["via"] == "grayctl"
    lines = store.run("log").out.splitlines()
    assert lines[0].split() == ["TIME", "WHO", "REVISION", "VERB", "OF", "WHAT"]
    assert "rule add" in lines[1] and "shop/qa" in lines[1]


def test_the_log_says_in_few_words_what_changed(store):
    store.run("release", "create", "shop")
    store.run("list", "create", "testers")
    store.run("list", "add", "testers", "phone-1", "phone-2")
    store.run("rule", "add", "shop", "qa", "gray", "device_id in @testers")
    store.run("rule", "rename", "shop", "qa", "qb")
    store.run("weight", "shop", "gray=5", "--by", "device_id,user")
    store.run("off", "shop")
    records = store.run("log", json=True)["records"]
    assert [record["summary"] for record in records] == [
        "",
        "split gray=5 by device_id,user",
        "name qb",
        "variant gray if device_id in @testers place 1",
        "members phone-1,phone-2 added 2 count 2",
        "kind string",
        records[-1]["summary"]]


def test_the_log_is_limited_and_filtered(store):
    store.run("release", "create", "a")
    store.run("release", "create", "b")
    store.run("list", "create", "l")
    for i in range(30):
        store.run("list", "add", "l", f"m{i}")
    assert len(store.run("log", json=True)["records"]) == 20
    assert len(store.run("log", "--limit", 5, json=True)["records"]) == 5
    assert len(store.run("log", "--limit", 0, json=True)["records"]) == 33
    assert [r["verb"] for r in store.run("log", "--release", "a", json=True)["records"]] == [
        "release create"]
    assert len(store.run("log", "--list", "l", "--limit", 0, json=True)["records"]) == 31


def test_status_tells_of_store_releases_and_lists(store):
    store.run("release", "create", "shop")
    store.run("list", "create", "testers")
    told = store.run("status", json=True)
    assert told["store"]["revision"] == 2 and told["store"]["schema"] == 1
    assert len(told["store"]["digest"]) == 64
    assert [r["name"] for r in told["releases"]] == ["shop"]
    assert [x["name"] for x in told["lists"]] == ["testers"]
    assert told["nginx"] == []
    out = store.run("status").out
    assert f"store {store.path}: revision 2" in out and "shop" in out


def test_status_of_a_damaged_store_says_so(store):
    store.run("release", "create", "shop")
    (store.path / "data.mdb").write_bytes(b"nonsense" * 4096)
    done = store.run("status", check=False)
    assert done.code == 8 and done.err.startswith("grayctl: ")
    told = json.loads(store.run("status", "--json", check=False).out)
    assert told["store"] is None and told["store_error"]["code"]


def test_equal_stores_have_equal_digests(make_store):
    digests = set()
    for order in ("ab", "ba"):
        store = make_store()
        store.run("list", "create", "l")
        for name in order:
            store.run("list", "add", "l", name)
        digests.add(store.run("status", json=True)["store"]["digest"])
    assert len(digests) == 1


def test_check_of_a_sound_store_says_what_it_looked_at(store):
    store.run("release", "create", "shop")
    store.run("list", "create", "testers")
    store.run("list", "add", "testers", "a", "b")
    out = store.run("check").out
    assert "1 release, 1 list, 2 members and 3 audit records" in out
    assert "all is well" in out
    told = store.run("check", json=True)
    assert told["ok"] is True and told["problems"] == []


def test_check_finds_a_wrong_mode_and_says_what_to_type(store):
    (store.path / "data.mdb").chmod(0o666)
    done = store.run("check", check=False)
    assert done.code == 1
    assert "data.mdb" in done.err and "chmod" in done.err
    told = json.loads(store.run("check", "--json", check=False).out)
    assert told["ok"] is False and len(told["problems"]) == 1


def test_check_of_a_cut_file_finds_the_damage(store):
    store.run("list", "create", "l")
    store.run("list", "import", "l", stdin="".join(f"u{i}\n" for i in range(20_000)))
    path = store.path / "data.mdb"
    with open(path, "r+b") as data:
        data.truncate(path.stat().st_size // 2)
    done = store.run("check", check=False)
    assert done.code in (1, 8)
    assert "data.mdb" in done.err


def test_check_looks_at_pages_before_it_reads_records(store):
    for i in range(200):
        store.run("release", "create", f"shop{i}")
    data = store.path / "data.mdb"
    pages = bytearray(data.read_bytes())
    for page in range(2, len(pages) // 4096):
        pages[page * 4096 + 10:page * 4096 + 16] = b"\xff" * 6
    data.write_bytes(pages)
    done = store.run("check", check=False)
    assert done.code == 1
    assert "data.mdb" in done.out + done.err
    assert "restore a backup" in done.out + done.err


@pytest.mark.parametrize("name", ["switches", "counters.2"])
def test_init_makes_a_shared_file_that_is_missing(store, name):
    store.run("release", "create", "shop")
    (store.path / name).unlink()
    done = store.run("check", check=False)
    assert done.code == 1
    assert "run grayctl init" in done.out + done.err
    assert store.run("init").out.startswith("completed the store")
    assert "all is well" in store.run("check").out
    assert store.run("init", check=False).code == 4


def test_there_is_nothing_to_migrate(store):
    assert "nothing to do" in store.run("migrate").out
    assert store.run("migrate", json=True) == {"changed": False, "from": 1, "to": 1}


def test_a_store_of_a_newer_schema_is_refused(store):
    (store.path / "VERSION").write_text("nginx-gray store, schema 999\n")
    for words in (["release", "ls"], ["migrate"], ["release", "create", "x"]):
        done = store.run(*words, check=False)
        assert done.code == 8 and "schema" in done.err
