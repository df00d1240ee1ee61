"""What is no error and still not meant is told when it is written."""

import json

import pytest

from harness import MODULE, wait_for
from test_doctor import HTTP, SERVER

needs_module = pytest.mark.skipif(not MODULE.exists(), reason="the module is not built")

LATE = [
    "grayctl: warning: rules[1]: rule 'late' is never reached: rule 'all' before it "
    "holds for everyone",
    "    move it before 'all', or remove it",
]


@pytest.fixture
def shop(store):
    store.run("release", "create", "shop")
    store.run("rule", "add", "shop", "all", "gray", "true")
    return store


@pytest.fixture
def needy(store):
    """A store with a live list, whose nginx knows no more than a release."""
    store.run("release", "create", "shop")
    store.run("list", "create", "old", "--live")
    return store


def published(store):
    wait_for(lambda: store.run("status", json=True)["nginx"], what="nginx publishes")


def places(told):
    return [warning["place"] for warning in told.get("warnings", [])]


def test_a_rule_that_is_never_reached_is_told_and_added(shop):
    done = shop.run("rule", "add", "shop", "late", "gray", "has user")
    assert done.code == 0
    assert done.err.splitlines() == LATE
    assert done.out == "added rule late to shop: gray if has user\n"


def test_quiet_keeps_warnings(shop):
    done = shop.run("rule", "add", "shop", "late", "gray", "has user", "--quiet")
    assert (done.out, done.err.splitlines()) == ("", LATE)


def test_warnings_as_json_look_like_errors_beside_success(shop):
    done = shop.run("rule", "add", "shop", "late", "gray", "has user", "--json")
    told = json.loads(done.out)
    assert done.err == "" and told["changed"]
    assert told["warnings"] == [{
        "code": "invalid", "place": "rules[1]", "line": 0, "column": 0,
        "message": "rule 'late' is never reached: rule 'all' before it holds for everyone",
        "hint": "move it before 'all', or remove it"}]


def test_a_change_that_mends_it_has_no_warning_and_one_that_does_not_repeats_it(shop):
    shop.run("rule", "add", "shop", "late", "gray", "has user")
    assert places(shop.run("weight", "shop", "gray=5", "--by", "user", json=True)) == [
        "rules[1]", "split"]
    assert places(shop.run("weight", "shop", "gray=5", json=True)) == ["rules[1]", "split"]
    assert places(shop.run("rule", "mv", "shop", "late", "--first", json=True)) == ["split"]
    assert "warnings" not in shop.run("rule", "rm", "shop", "all", json=True)


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_document_is_put_and_its_warnings_told(dry, store):
    document = json.dumps({"rules": [
        {"name": "no", "if": "not true", "variant": "gray"}]})
    done = store.run("release", "set", "shop", *dry, stdin=document)
    assert done.err.startswith("grayctl: warning: rules[0].if: the condition of rule 'no' ")
    told = store.run("release", "set", "shop", *dry, stdin=document, json=True)
    assert places(told) == ["rules[0].if"]


def test_an_error_comes_without_warnings(shop):
    shop.run("rule", "add", "shop", "late", "gray", "has user")
    done = shop.run("weight", "shop", "gray=101", check=False)
    assert done.code == 5 and "warning" not in done.err


def test_apply_tells_the_file_of_a_warning(shop):
    top = shop.folder / "desired"
    (top / "releases").mkdir(parents=True)
    (top / "releases/shop.json").write_text(json.dumps({"rules": [
        {"name": name, "if": "has user", "variant": "gray"} for name in "ab"]}))
    for dry in (["--dry-run"], [], []):
        assert places(shop.run("apply", top, *dry, json=True)) == [
            "releases/shop.json: rules[1]"]
    done = shop.run("apply", top)
    assert done.out == "nothing to change\n"
    assert done.err.startswith("grayctl: warning: releases/shop.json: rules[1]: rule 'b' ")


def test_while_no_nginx_runs_nothing_is_missing_there(needy):
    told = needy.run("rule", "add", "shop", "x", "gray", "city = 'BJ' and ip in @old",
                     json=True)
    assert "warnings" not in told


@needs_module
def test_what_the_running_nginx_has_not_is_named_with_what_to_write(needy, gateway):
    gateway(HTTP, SERVER, store=needy.path)
    published(needy)
    done = needy.run("rule", "add", "shop", "x", "gray", "city = 'BJ' and ip in @old")
    assert done.err.splitlines() == [
        "grayctl: warning: rules[0].if: no running nginx knows attribute 'city', which "
        "rule 'x' needs",
        "    write 'gray_attribute city $VARIABLE;' in nginx.conf and reload",
        "grayctl: warning: rules[0].if: no running nginx knows live list 'old', which "
        "rule 'x' needs",
        "    write 'gray_memcached old HOST:PORT;' in nginx.conf and reload",
    ]
    told = needy.run("weight", "shop", "gray=5", "--by", "user", json=True)
    assert places(told) == ["rules[0].if", "rules[0].if", "by[0]"]
    assert {w["code"] for w in told["warnings"]} == {"not_found"}
    remarks = {r["message"] for r in needy.run("status", json=True)["remarks"]}
    assert {"no running nginx knows attribute 'city'",
            "no running nginx knows live list 'old'"} <= remarks


@needs_module
def test_what_the_running_nginx_has_is_no_warning(needy, gateway):
    gateway(HTTP + """
        gray_attribute city $http_x_city;
        gray_attribute user $cookie_user;
        gray_memcached old 127.0.0.1:1;
    """, SERVER, store=needy.path)
    published(needy)
    for command in (["rule", "add", "shop", "x", "gray", "city = 'BJ' and ip in @old"],
                    ["weight", "shop", "gray=5", "--by", "user"]):
        assert "warnings" not in needy.run(*command, json=True)
