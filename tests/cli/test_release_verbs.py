"""grayctl release: make, replace, print, remove."""

import json


def test_the_first_variant_is_the_default(store):
    store.run("release", "create", "search", "blue", "green", "red")
    line = store.run("release", "ls", json=True)["releases"][0]
    assert line["default"] == "blue"
    assert [v["name"] for v in line["variants"]] == ["blue", "green", "red"]


def test_a_document_that_was_got_can_be_set_again_unchanged(store):
    store.run("release", "create", "shop")
    got = store.run("release", "get", "shop").out
    before = store.run("status", json=True)["store"]["revision"]
    done = store.run("release", "set", "shop", stdin=got)
    assert done.out == "release shop is like that already\n"
    assert store.run("status", json=True)["store"]["revision"] == before


def test_a_document_is_set_from_a_file_or_standard_input(store):
    document = {"variants": ["old", "new"], "rules": [
        {"name": "all", "if": "true", "variant": "new"}]}
    path = store.folder / "document.json"
    path.write_text(json.dumps(document))

    assert store.run("release", "set", "a", path).out == "set release a\n"
    store.run("release", "set", "b", "-", stdin=json.dumps(document))
    store.run("release", "set", "c", stdin=json.dumps(document))

    for name in "abc":
        assert store.run("explain", name, json=True)["variant"] == "new"


def test_get_as_json_has_the_document_and_its_revision(store):
    store.run("release", "create", "shop")
    got = store.run("release", "get", "shop", json=True)
    assert got["release"] == "shop" and got["revision"] == 1
    assert got["document"]["variants"] == ["stable", "gray"]
    assert got["document"]["salt"] == "shop"


def test_all_problems_of_a_document_are_told_and_none_is_written(store):
    document = {"variants": ["a"], "default": "b", "rules": [
        {"name": "one", "if": "x == 1", "variant": "a"},
        {"name": "one", "if": "true", "variant": "c"}]}
    done = store.run("release", "set", "shop", check=False,
                     stdin=json.dumps(document))
    assert done.code == 5
    assert done.err.count("grayctl: ") >= 3
    assert "rules[0].if: column 3:" in done.err
    assert store.run("release", "get", "shop", check=False).code == 3


def test_all_problems_of_a_document_are_in_the_json_error(store):
    done = store.run("--json", "release", "set", "shop", check=False, stdin=json.dumps(
        {"rules": [{"name": "a", "if": "(", "variant": "gray"},
                   {"name": "b", "if": ")", "variant": "gray"}]}))
    told = json.loads(done.err)
    assert told["error"] == told["errors"][0]
    assert [e["place"] for e in told["errors"]] == ["rules[0].if", "rules[1].if"]


def test_text_that_is_no_json_is_refused_with_its_line(store):
    done = store.run("release", "set", "shop", check=False, stdin='{\n "rules" []}')
    assert done.code == 5
    assert "line 2" in done.err


def test_a_missing_file_is_named(store):
    done = store.run("release", "set", "shop", "no/such/file", check=False)
    assert done.code == 3
    assert "no/such/file" in done.err


def test_a_mistyped_release_is_suggested(store):
    store.run("release", "create", "shop")
    for words in (["release", "get", "shp"], ["rule", "ls", "shp"],
                  ["explain", "shp"]):
        done = store.run(*words, check=False)
        assert done.code == 3
        assert "did you mean" in done.err and "shop" in done.err


def test_a_release_that_is_there_is_not_made_again(store):
    store.run("release", "create", "shop")
    assert store.run("release", "create", "shop", check=False).code == 4


def test_a_bad_name_is_refused(store):
    done = store.run("release", "create", "my shop", check=False)
    assert done.code == 5
    assert "my shop" in done.err


def test_a_removed_release_is_gone(store):
    store.run("release", "create", "shop")
    assert store.run("release", "rm", "shop").out == "removed release shop\n"
    assert store.run("release", "rm", "shop", check=False).code == 3


def test_no_releases_is_told_with_what_to_type(store):
    done = store.run("release", "ls")
    assert done.out == "" and "grayctl release create" in done.err
    assert store.run("release", "ls", json=True)["releases"] == []


def test_a_change_made_meanwhile_is_not_overwritten(store):
    store.run("release", "create", "shop")
    read = store.run("release", "get", "shop", json=True)["revision"]
    store.run("rule", "add", "shop", "all", "gray", "true")

    done = store.run("--if-revision", read, "rule", "add", "shop", "b", "gray",
                     "true", check=False)
    assert done.code == 4

    read = store.run("release", "get", "shop", json=True)["revision"]
    store.run("rule", "add", "shop", "b", "gray", "true", "--if-revision", read)
