"""Release documents that are not right: refused whole, with the place."""

import json

import pytest
from stored import (ASKS, AT_ONCE, check_is_clean, decisions, refused,
                    running, stock)


def rules(*conditions, **more):
    return json.dumps({"rules": [
        {"name": f"r{i}", "if": condition, "variant": "gray"}
        for i, condition in enumerate(conditions)], **more})


# What is put, and of its error: place, line, column, exit code.
BAD = {
    "no JSON": ('{"rules": [\n  {"name" "qa"}]}', {"line": 2}),
    "half of it": (rules("user = 'a'")[:40], {}),
    "empty": ("", {}),
    "not an object": ("[]", {}),
    "a condition": (rules("user = 'a'", "user == 'b'"),
                    {"place": "rules[1].if", "column": 6}),
    "an open bracket": (rules("(user = 'a'"), {"place": "rules[0].if"}),
    "no such list": (rules("user in @nobody"),
                     {"place": "rules[0].if", "exit": 3}),
    "no such variant": (json.dumps({"rules": [
        {"name": "qa", "if": "user = 'a'", "variant": "blue"}]}),
        {"place": "rules[0].variant"}),
    "over 100 percent": (json.dumps(
        {"by": ["user"], "split": {"gray": 101}}), {}),
    "two of a name": (json.dumps({"rules": [
        {"name": "qa", "if": "user = 'a'", "variant": "gray"},
        {"name": "qa", "if": "user = 'b'", "variant": "gray"}]}), {}),
    "an unknown member": ('{"rulez": []}', {}),
    "no UTF-8": (b'{"note": "\xff\xfe"}', {}),
    "seventeen variants": (json.dumps(
        {"variants": [f"v{i}" for i in range(17)]}), {}),
    "too many rules": (rules(*(["user = 'a'"] * 10_001)), {}),
    "too large": (rules("user = 'a'", note="x" * (1 << 20)), {}),
    "too deep": ("[" * 100_000, {}),
}


def digest(store):
    return store.run("status", json=True)["store"]["digest"]


def test_a_bad_document_is_refused_whole_and_the_old_one_stays(
        gateway, store, stable, gray, watch):
    nginx = running(gateway, stock(store), stable, gray)
    before = digest(store)
    with watch(nginx, store, ASKS, within=AT_ONCE, counted=decisions,
               told=None) as w:
        for name, (document, where) in BAD.items():
            error = refused(store, where.pop("exit", 5), "release", "set",
                            "shop", stdin=document)
            for key, value in where.items():
                assert error[key] == value, f"{name}: {error}"
            assert digest(store) == before, name
        w.switch()
    check_is_clean(store)


def test_every_problem_of_a_document_is_told_with_its_place(store):
    stock(store)
    done = store.run("release", "set", "shop", "--json", check=False,
                     stdin=rules("user == 'a'", "user = 'b'", "(user"))
    assert done.code == 5
    places = {error["place"] for error in json.loads(done.err)["errors"]}
    assert places == {"rules[0].if", "rules[2].if"}


@pytest.mark.parametrize("args", [
    ["rule", "add", "shop", "new", "gray", "user == 'a'"],
    ["rule", "add", "shop", "new", "blue", "user = 'a'"],
    ["weight", "shop", "gray=101", "--by", "user"],
    ["weight", "shop", "blue=1", "--by", "user"],
], ids=lambda args: " ".join(args[:2] + args[-1:]))
def test_a_bad_change_of_a_document_changes_nothing(
        args, gateway, store, stable, gray):
    nginx = running(gateway, stock(store), stable, gray)
    before = digest(store)
    assert store.run(*args, check=False).code in (3, 5)
    assert digest(store) == before
    assert nginx.get(headers={"X-User": "gray"}).text == "gray"
