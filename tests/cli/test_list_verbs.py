"""grayctl list: create, add, rm, has, ls, drop, purge."""

import json

import pytest


@pytest.fixture
def testers(store):
    store.run("list", "create", "testers")
    return store


def members(store, name="testers"):
    return [m["member"] for m in store.run("list", "ls", name, json=True)["members"]]


def test_members_are_added_once(testers):
    assert testers.run("list", "add", "testers", "a", "b").out == (
        "added 2 members to testers\n")
    assert testers.run("list", "add", "testers", "b", "c", json=True) == {
        "changed": True, "revision": 3, "list": "testers", "added": 1,
        "updated": 0, "same": 1}
    assert members(testers) == ["a", "b", "c"]


def test_a_member_has_an_expiry_and_a_note(testers):
    testers.run("list", "add", "testers", "a", "--ttl", "24h", "--note", "the QA phone")
    member = testers.run("list", "ls", "testers", json=True)["members"][0]
    assert member["note"] == "the QA phone"
    assert member["expires"].endswith("Z") and not member["expired"]
    assert "the QA phone" in testers.run("list", "ls", "testers").out


@pytest.mark.parametrize("ttl", ["24x", "", "h", "-5s", "5", "99999999d"])
def test_a_bad_time_is_refused(testers, ttl):
    done = testers.run("list", "add", "testers", "a", f"--ttl={ttl}", check=False)
    assert done.code == 2
    assert "24h" in done.err
    assert members(testers) == []


def test_members_are_removed(testers):
    testers.run("list", "add", "testers", "a", "b")
    assert testers.run("list", "rm", "testers", "a", "x").out == (
        "removed 1 of 2 members from testers\n")
    done = testers.run("list", "rm", "testers", "x", check=False)
    assert done.code == 3 and "block" not in done.err
    assert members(testers) == ["b"]
    testers.run("list", "create", "offices", "--kind", "ip")
    done = testers.run("list", "rm", "offices", "10.0.0.1", check=False)
    assert done.code == 3
    assert "tells whether a block holds it" in done.err


def test_rm_without_a_member_says_how_to_remove_the_list(testers):
    done = testers.run("list", "rm", "testers", check=False)
    assert done.code == 2
    assert "to remove the whole list: grayctl list drop testers" in done.err


def test_a_block_in_a_string_list_gets_a_hint(testers):
    done = testers.run("list", "add", "testers", "10.0.0.0/8", check=False)
    assert done.code == 5
    assert "--kind ip" in done.err
    assert members(testers) == []


def test_a_member_that_begins_with_a_dash_stands_after_two(testers):
    done = testers.run("list", "add", "testers", "-x", check=False)
    assert done.code == 2 and "--" in done.err
    testers.run("list", "add", "testers", "--", "-x", "--json")
    assert members(testers) == ["--json", "-x"]


def test_has_answers_with_its_exit_code(testers):
    testers.run("list", "add", "testers", "a")
    assert testers.run("list", "has", "testers", "a").code == 0
    done = testers.run("list", "has", "testers", "a", "b", check=False)
    assert done.code == 1
    assert done.out == "a is in testers\nb is not in testers\n"
    assert testers.run("list", "has", "testers", "a", "--quiet").out == ""


def test_has_names_the_block_that_holds_the_address(store):
    store.run("list", "create", "office", "--kind", "ip")
    store.run("list", "add", "office", "10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32")
    told = store.run("list", "has", "office", "10.1.2.3", json=True)
    assert told["listed"] is True
    assert told["members"][0]["by"]["member"] == "10.1.0.0/16"
    assert "(by 2001:db8::/32)" in store.run("list", "has", "office", "2001:db8::9").out
    assert store.run("list", "has", "office", "::ffff:10.9.9.9").code == 0
    assert store.run("list", "has", "office", "nonsense", check=False).code == 1


def test_a_block_with_host_bits_gets_the_right_one(store):
    store.run("list", "create", "office", "--kind=ip")
    done = store.run("list", "add", "office", "10.1.2.3/16", check=False)
    assert done.code == 5
    assert "10.1.0.0/16" in done.err


def test_a_live_list_says_where_it_is_set_up(store):
    assert "gray_memcached legacy" in store.run("list", "create", "legacy", "--live").out
    done = store.run("list", "add", "legacy", "x", check=False)
    assert done.code == 5 and "memcached" in done.err
    assert store.run("list", "ls", json=True)["lists"][0]["count"] is None


def test_an_unknown_kind_names_the_kinds(store):
    done = store.run("list", "create", "x", "--kind", "set", check=False)
    assert done.code == 2
    for kind in ("string", "ip", "live"):
        assert kind in done.err
    done = store.run("list", "create", "x", "--kind", "ip", "--live", check=False)
    assert done.code == 2


def test_lists_are_shown_with_who_uses_them(testers):
    testers.run("release", "create", "shop")
    testers.run("rule", "add", "shop", "qa", "gray", "device_id in @testers")
    line = testers.run("list", "ls", json=True)["lists"][0]
    assert line["used_by"] == ["shop/qa"]
    assert "shop/qa" in testers.run("list", "ls").out


def test_a_list_that_a_rule_names_is_not_dropped(testers):
    testers.run("release", "create", "shop")
    testers.run("rule", "add", "shop", "qa", "gray", "device_id in @testers")
    done = testers.run("list", "drop", "testers", "--force", check=False)
    assert done.code == 4 and "qa" in done.err
    testers.run("rule", "rm", "shop", "qa")
    assert testers.run("list", "drop", "testers").out == "dropped list testers\n"


def test_ls_shows_as_many_members_as_asked_and_goes_on_after_one(testers):
    testers.run("list", "add", "testers", *(f"m{i:03}" for i in range(120)))
    first = testers.run("list", "ls", "testers", json=True)
    assert len(first["members"]) == 50 and first["more"] is True
    rest = testers.run("list", "ls", "testers", "--limit", 70, "--after", "m049", json=True)
    assert [m["member"] for m in rest["members"]] == [f"m{i:03}" for i in range(50, 120)]
    assert rest["more"] is False
    assert testers.run("list", "ls", "testers", "--limit=120", json=True)["more"] is False
    assert "list export testers" in testers.run("list", "ls", "testers").err


def test_what_a_terminal_would_obey_is_escaped(testers):
    done = testers.run("list", "add", "testers", "a\x1b[31m", check=False)
    assert done.code == 5
    assert "\x1b" not in done.err
    testers.run("list", "add", "testers", "b", "--note", "caf\xe9 \u009b31m", check=False)
    assert "\u009b" not in testers.run("list", "ls", "testers").out


def test_expired_members_are_purged(testers):
    testers.run("list", "import", "testers", stdin="old\t2001-01-01T00:00:00Z\nnew\n")
    testers.run("list", "purge")
    assert members(testers) == ["new"]
    assert set(testers.run("list", "purge", json=True)) == {"changed", "revision", "purged"}


def test_identities_are_never_cut(testers):
    testers.run("list", "add", "testers", "x" * 255)
    for identity in ("x" * 256, "", " a", "a\tb"):
        assert testers.run("list", "add", "testers", identity, check=False).code == 5
    assert members(testers) == ["x" * 255]


def test_one_bad_member_adds_none(testers):
    done = testers.run("list", "add", "testers", "ok", "x" * 256, "--json", check=False)
    assert done.code == 5
    assert json.loads(done.err)["error"]["code"] == "invalid"
    assert members(testers) == []
