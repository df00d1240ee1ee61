"""grayctl rule: add, rm, mv, rename, ls."""

import json

import pytest


@pytest.fixture
def shop(store):
    store.run("release", "create", "shop")
    return store


def names(store):
    return [r["name"] for r in store.run("rule", "ls", "shop", json=True)["rules"]]


def add(store, name, *more):
    return store.run("rule", "add", "shop", name, "gray", "true", *more)


def test_a_rule_goes_last_first_or_before_another(shop):
    add(shop, "a")
    add(shop, "b")
    add(shop, "c", "--first")
    add(shop, "d", "--before", "b")
    assert names(shop) == ["c", "a", "d", "b"]


def test_first_and_before_do_not_go_together(shop):
    add(shop, "a")
    done = shop.run("rule", "add", "shop", "b", "gray", "true", "--first",
                    "--before", "a", check=False)
    assert done.code == 2
    assert "--first and --before" in done.err
    assert names(shop) == ["a"]


def test_a_rule_is_moved(shop):
    for name in "abc":
        add(shop, name)
    shop.run("rule", "mv", "shop", "c", "--first")
    shop.run("rule", "mv", "shop", "a")
    shop.run("rule", "mv", "shop", "a", "--before=b")
    assert names(shop) == ["c", "a", "b"]
    assert "already" in shop.run("rule", "mv", "shop", "b").out


def test_a_rule_is_renamed_and_keeps_its_place(shop):
    for name in "abc":
        add(shop, name)
    shop.run("rule", "rename", "shop", "b", "bee")
    assert names(shop) == ["a", "bee", "c"]
    assert shop.run("rule", "rename", "shop", "bee", "c", check=False).code == 4


def test_a_rule_is_removed(shop):
    add(shop, "a")
    shop.run("rule", "rm", "shop", "a")
    assert names(shop) == []
    assert shop.run("rule", "rm", "shop", "a", check=False).code == 3


def test_the_table_shows_the_order_and_what_comes_after(shop):
    shop.run("rule", "add", "shop", "vip", "stable", "user = 'boss'")
    add(shop, "all")
    lines = shop.run("rule", "ls", "shop").out.splitlines()
    assert lines[0].split() == ["RULE", "GIVES", "HITS", "IF"]
    assert lines[1].split(maxsplit=4) == ["1", "vip", "stable", "-",
                                          "user = 'boss'"]
    assert lines[2].split() == ["2", "all", "gray", "-", "true"]
    assert "no rule holds" in lines[3] and "stable" in lines[3]


def test_without_a_running_nginx_hits_are_not_known(shop):
    add(shop, "all")
    rule, = shop.run("rule", "ls", "shop", json=True)["rules"]
    assert rule["hits"] is None


def test_a_syntax_error_shows_the_place(shop):
    done = shop.run("rule", "add", "shop", "a", "gray", "device_id == '7'",
                    check=False)
    assert done.code == 5
    assert done.err.splitlines() == [
        "grayctl: column 11: unknown operator '=='",
        "    device_id == '7'",
        "              ^",
        "    write '='",
    ]


def test_a_syntax_error_as_json_has_line_and_column(shop):
    done = shop.run("rule", "add", "shop", "a", "gray", "device_id == '7'",
                    "--json", check=False)
    error = json.loads(done.err)["error"]
    assert set(error) == {"code", "message", "place", "line", "column", "hint"}
    assert (error["line"], error["column"]) == (1, 11)
    assert done.out == ""


def test_the_caret_stands_under_wide_characters(shop):
    done = shop.run("rule", "add", "shop", "a", "gray", "city = '北京' &&", check=False)
    text, caret = done.err.splitlines()[1:3]
    assert text == "    city = '北京' &&"
    assert caret.index("^") == len("    city = ''") + 4 + 1


def test_a_mistyped_list_in_a_rule_is_suggested(shop):
    shop.run("list", "create", "testers")
    done = shop.run("rule", "add", "shop", "qa", "gray", "device_id in @tester",
                    check=False)
    assert done.code in (3, 5)
    assert "tester" in done.err and "did you mean" in done.err
    assert "testers" in done.err


def test_a_variant_that_the_release_has_not_is_refused(shop):
    done = shop.run("rule", "add", "shop", "qa", "grey", "true", check=False)
    assert done.code in (3, 5)
    assert "grey" in done.err


def test_an_unquoted_condition_gets_the_hint_to_quote_it(shop):
    done = shop.run("rule", "add", "shop", "qa", "gray", "device_id", "in",
                    "@testers", check=False)
    assert done.code == 2
    assert "quotes" in done.err


def test_every_verb_prints_json_when_asked(shop):
    for words in (["add", "shop", "a", "gray", "has user"],
                  ["add", "shop", "b", "gray", "has device_id"],
                  ["mv", "shop", "b", "--first"],
                  ["rename", "shop", "b", "c"], ["rm", "shop", "c"]):
        before = shop.run("status", json=True)["store"]["revision"]
        told = shop.run("rule", *words, json=True)
        assert told == {"changed": True, "revision": before + 1}
