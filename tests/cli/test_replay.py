"""grayctl replay and --dry-run: who would get another variant."""

import json

import pytest

TIME = "time=2026-01-31T12:00:00+00:00"


@pytest.fixture
def shop(store):
    store.run("release", "create", "shop")
    store.run("list", "create", "testers")
    store.run("list", "add", "testers", "phone-42")
    store.run("rule", "add", "shop", "qa", "gray", "device_id in @testers")
    return store


def line(variant="stable", reason="default", release="shop", **attributes):
    """A line of the text form."""
    more = "".join(f' attr.{name}="{value}"' for name, value in attributes.items())
    return (f"{TIME} release={release} variant={variant} reason={reason} "
            f"revision=3{more}\n")


def as_json(variant="stable", reason="default", **attributes):
    """The same as JSON."""
    return json.dumps({
        "time": "2026-01-31T12:00:00+00:00", "release": "shop",
        "variant": variant, "reason": reason, "revision": "3",
        **{f"attr.{name}": value for name, value in attributes.items()}}) + "\n"


def shares(told):
    return {v["variant"]: (v["before"], v["after"]) for v in told["variants"]}


def test_requests_that_are_decided_as_they_were_do_not_change(shop):
    log = line("gray", "targeting_match:qa", device_id="phone-42") + line(device_id="x")
    told = shop.run("replay", "shop", stdin=log, json=True)
    assert (told["lines"], told["requests"], told["changed"]) == (2, 2, 0)
    assert shares(told) == {"gray": (1, 1), "stable": (1, 1)}
    out = shop.run("replay", "shop", "-", stdin=log).out
    assert "each would get the same variant now" in out


@pytest.mark.parametrize("form", [line, as_json], ids=["text", "json"])
def test_who_changes_is_told_by_variants_and_by_what_decides(form, shop):
    log = form("gray", "targeting_match:qa", device_id="gone") \
        + 7 * form(device_id="phone-42", user="7") + form(device_id="x")
    told = shop.run("replay", "shop", stdin=log, json=True)
    assert [(c["from"], c["to"], c["requests"]) for c in told["changes"]] == [
        ("stable", "gray", 7), ("gray", "stable", 1)]
    first = told["changes"][0]
    assert first["by"] == [
        {"from": "default", "to": "targeting_match:qa", "requests": 7}]
    assert len(first["examples"]) == 5
    assert first["examples"][0] == {
        "line": 2, "time": "2026-01-31T12:00:00Z",
        "attributes": "device_id=phone-42", "from": "default",
        "to": "targeting_match:qa"}
    assert shares(told) == {"gray": (1, 7), "stable": (8, 2)}

    out = shop.run("replay", "shop", stdin=log).out
    assert "8 (88.9%) would get another variant now" in out
    assert "default -> targeting_match:qa" in out
    assert "line 2: device_id=phone-42: default -> targeting_match:qa" in out


def test_a_proposed_document_is_compared_with_the_stored_one(shop, folder):
    new = folder / "new.json"
    new.write_text('{"by": ["user"], "split": {"gray": 50}}')
    log = "".join(line("blue", "default", user=n) for n in range(200))
    told = shop.run("replay", "shop", "--file", new, stdin=log, json=True)
    (change,) = told["changes"]
    assert (change["from"], change["to"]) == ("stable", "gray")
    assert 60 < change["requests"] < 140
    assert change["by"] == [{"from": "default", "to": "split:user",
                             "requests": change["requests"]}]
    assert shares(told)["stable"] == (200, 200 - change["requests"])
    assert shop.run("release", "get", "shop", json=True)["document"]["rules"]


def test_a_proposed_document_keeps_the_buckets_that_the_release_has(shop, folder):
    shop.run("weight", "shop", "gray=10", "--by", "user")
    new = folder / "new.json"
    new.write_text('{"by": ["user"], "split": {"gray": 20}}')
    log = "".join(line(user=n) for n in range(300))
    told = shop.run("replay", "shop", "--file", new, stdin=log, json=True)
    assert [(c["from"], c["to"]) for c in told["changes"]] == [("stable", "gray")]


def test_the_problems_of_a_proposed_document_are_told(shop, folder):
    new = folder / "new.json"
    new.write_text('{"rules": [{"name": "a", "if": "user = ", "variant": "gray"},'
                   '{"name": "b", "if": "user in @nosuch", "variant": "red"}]}')
    done = shop.run("replay", "shop", "--file", new, stdin="", check=False)
    assert done.code in (3, 5)
    assert "rules[0].if" in done.err and "red" in done.err


def test_unreadable_lines_are_counted_with_number_and_reason(shop):
    log = line(device_id="x") + "garbage\n" + "\n" + '{"time": 3}\n' \
        + f'{TIME} release=shop attr.user="7\n'
    told = shop.run("replay", "shop", stdin=log, json=True)
    assert (told["lines"], told["requests"], told["bad"]) == (5, 1, 3)
    assert [bad["line"] for bad in told["bad_lines"]] == [2, 4, 5]
    assert "NAME=VALUE" in told["bad_lines"][0]["message"]
    done = shop.run("replay", "shop", stdin=log)
    assert "line:2: expected NAME=VALUE" in done.err
    assert "3 lines could not be read" in done.out


def test_of_many_unreadable_lines_the_first_are_told(shop):
    done = shop.run("replay", "shop", stdin=30 * "garbage\n")
    assert done.err.count("expected NAME=VALUE") == 10
    assert "and 20 more bad lines" in done.err
    assert "no request of shop in the log" in done.out


def test_a_line_that_is_too_long_is_unreadable_and_the_next_is_not(shop):
    log = "x" * 200_000 + "\n" + line(device_id="x") + line(device_id="y" * 70_000)
    told = shop.run("replay", "shop", stdin=log, json=True)
    assert (told["lines"], told["requests"], told["bad"]) == (3, 1, 2)
    assert "longer than 65536 bytes" in told["bad_lines"][0]["message"]


def test_other_releases_and_undecided_requests_are_left_out(shop):
    log = line(release="search", user="7") + line("-", "-", "-") + line(user="7")
    told = shop.run("replay", "shop", stdin=log, json=True)
    assert (told["others"], told["undecided"], told["requests"]) == (1, 1, 1)


def test_a_signed_override_keeps_its_variant(shop):
    told = shop.run("replay", "shop", stdin=line("gray", "override"), json=True)
    assert (told["overridden"], told["changed"]) == (1, 0)


def test_a_live_list_is_unknown_until_its_answer_is_given(shop):
    shop.run("list", "create", "legacy", "--live")
    shop.run("rule", "add", "shop", "old", "gray", "ip in @legacy")
    log = line("gray", "targeting_match:old", ip="10.0.0.1")
    told = shop.run("replay", "shop", stdin=log, json=True)
    assert told["unasked"] == ["legacy"]
    assert told["changes"][0]["by"][0]["to"] == "error:live:legacy"
    assert "--live LIST=yes" in shop.run("replay", "shop", stdin=log).out
    told = shop.run("replay", "shop", "--live", "legacy=yes", stdin=log, json=True)
    assert (told["changed"], told["unasked"]) == (0, [])


def test_members_count_as_at_the_time_of_the_request(shop):
    shop.run("list", "add", "testers", "brief", "--ttl", "1h")
    told = shop.run("replay", "shop", stdin=line(
        "gray", "targeting_match:qa", device_id="brief"), json=True)
    assert told["changed"] == 0
    later = line("gray", "targeting_match:qa", device_id="brief").replace("2026", "2096")
    assert shop.run("replay", "shop", stdin=later, json=True)["changed"] == 1


def test_a_rule_with_now_is_decided_at_the_time_of_the_request(shop):
    shop.run("rule", "add", "shop", "launch", "gray", "now >= 2026-01-31T12:30:00Z",
             "--first")
    before, after = line(user="7"), line("gray", "targeting_match:launch", user="7") \
        .replace("12:00", "13:00", 1)
    told = shop.run("replay", "shop", stdin=before + after, json=True)
    assert (told["requests"], told["changed"]) == (2, 0)
    assert shares(told) == {"gray": (1, 1), "stable": (1, 1)}

    late = line(user="7").replace("12:00", "13:00", 1)
    early = line("gray", "targeting_match:launch", user="7")
    told = shop.run("replay", "shop", stdin=late + early, json=True)
    assert {(c["from"], c["to"], c["requests"]) for c in told["changes"]} == {
        ("gray", "stable", 1), ("stable", "gray", 1)}


def test_an_attribute_that_no_line_has_is_named(shop):
    told = shop.run("replay", "shop", stdin=line(user="7"), json=True)
    assert told["missing"] == ["device_id"]
    assert "not in the log, so absent: device_id" in shop.run(
        "replay", "shop", stdin=line(user="7")).out


def test_the_kill_switch_is_left_out_and_told(shop):
    shop.run("off", "shop")
    log = line("gray", "targeting_match:qa", device_id="phone-42")
    told = shop.run("replay", "shop", stdin=log, json=True)
    assert (told["off"], told["changed"]) == (True, 0)
    assert "the kill switch of shop is off" in shop.run("replay", "shop", stdin=log).out


def test_garbage_of_every_kind_takes_no_more_memory(shop):
    log = "".join(line(f"v{n}", f"targeting_match:r{n}", user=n) for n in range(3000))
    told = shop.run("replay", "shop", stdin=log, json=True)
    assert told["changed"] == 3000 and len(told["changes"]) == 64
    assert sum(c["requests"] for c in told["changes"]) == 3000


def test_what_is_not_there_is_not_found(shop):
    assert shop.run("replay", "nosuch", stdin="", check=False).code == 3
    assert shop.run("replay", "shop", "nosuch.log", check=False).code == 3
    done = shop.run("replay", "shop", "--live", "a=maybe", stdin="", check=False)
    assert done.code == 2


def test_a_hundred_thousand_lines_take_less_than_a_second_or_two(shop, folder):
    log = folder / "log"
    log.write_text("".join(line(user=n, device_id=f"phone-{n}")
                           for n in range(100_000)))
    told = shop.run("replay", "shop", log, json=True, timeout=10)
    assert (told["requests"], told["changed"]) == (100_000, 1)


def test_the_document_and_the_log_cannot_be_one_input(shop):
    for command in (["replay", "shop", "--file", "-"],
                    ["release", "set", "shop", "--dry-run", "--log", "-"]):
        done = shop.run(*command, stdin="{}", check=False)
        assert done.code == 2 and "both standard input" in done.err


# --- --dry-run

DRY = ["--dry-run"]


def unchanged(store, before):
    return store.run("release", "get", "shop", json=True) == before


@pytest.mark.parametrize("command, change", [
    (["rule", "add", "shop", "vip", "stable", "user = 7", "--first"],
     "rule vip: new, number 1 of 2: stable if user = 7"),
    (["rule", "add", "shop", "few", "gray=10", "has user", "--by", "user"],
     "rule few: new, number 2 of 2: gray 10% by user if has user"),
    (["weight", "shop", "gray=5", "--by", "user"], "split: none -> gray 5% by user"),
])
def test_a_dry_run_says_what_would_change_and_writes_nothing(command, change, shop):
    before = shop.run("release", "get", "shop", json=True)
    told = shop.run(*command, *DRY, json=True)
    assert told["changes"] == [change]
    assert (told["changed"], told["dry_run"]) == (False, True)
    out = shop.run(*command, *DRY).out
    assert out.splitlines() == [change, "nothing was written"]
    assert unchanged(shop, before)
    assert shop.run("log", "--limit", "1", json=True)["records"][0]["verb"] == "rule add"


def test_a_dry_run_of_a_document_tells_each_difference(shop):
    shop.run("weight", "shop", "gray=5", "--by", "user")
    new = {"variants": ["stable", "gray", "blue"], "note": "n",
           "rules": [{"name": "b", "if": "has user", "variant": "blue"}],
           "by": ["user"], "split": {"gray": 10}}
    told = shop.run("release", "set", "shop", *DRY, stdin=json.dumps(new), json=True)
    assert told["changes"] == [
        "variants: stable, gray -> stable, gray, blue", "rule qa: removed",
        "rule b: new, number 1 of 1: blue if has user",
        "split: gray 5% by user -> gray 10% by user", "note: none -> 'n'"]


def test_a_dry_run_of_what_is_there_changes_nothing(shop):
    document = json.dumps(shop.run("release", "get", "shop", json=True)["document"])
    assert shop.run("release", "set", "shop", *DRY, stdin=document,
                    json=True)["changes"] == []
    assert "nothing would change" in shop.run("release", "set", "shop", *DRY,
                                              stdin=document).out


def test_a_dry_run_of_a_new_release_makes_none(shop, folder):
    (folder / "log").write_text(line())
    done = shop.run("release", "set", "other", *DRY, "--log", folder / "log",
                    stdin='{"split": {"gray": 100}}')
    assert "a new release: variants stable, gray; 0 rules; split gray 100%" in done.out
    assert shop.run("release", "get", "other", check=False).code == 3


def test_a_dry_run_finds_the_same_mistakes(shop):
    done = shop.run("rule", "add", "shop", "x", "gray", "user in @nosuch", *DRY,
                    check=False)
    assert done.code == 3 and "nosuch" in done.err
    assert shop.run("weight", "shop", "gray=101", *DRY, check=False).code == 5


def test_a_dry_run_with_a_log_tells_who_would_change(shop, folder):
    log = folder / "log"
    log.write_text("".join(line(user=n) for n in range(100)))
    command = ["weight", "shop", "gray=100", "--by", "user", *DRY, "--log", log]
    told = shop.run(*command, json=True)["replay"]
    assert (told["requests"], told["changed"]) == (100, 100)
    out = shop.run(*command).out
    assert "100 (100%) would get another variant" in out
    assert "nothing was written" in out


def test_a_log_needs_a_dry_run(shop):
    done = shop.run("weight", "shop", "gray=5", "--log", "x", check=False)
    assert done.code == 2 and "--dry-run" in done.err


# --- explain --log, --at

def test_explain_says_that_a_recorded_decision_is_the_same_now(shop):
    log = line("gray", "targeting_match:qa", device_id="phone-42").strip()
    told = shop.run("explain", "shop", "--log", log, json=True)
    assert (told["same"], told["differs"]) == (True, [])
    assert told["recorded"] == {
        "time": "2026-01-31T12:00:00Z", "variant": "gray",
        "reason": "targeting_match:qa", "revision": 3}
    out = shop.run("explain", "shop", "--log", log).out
    assert "the decision would be the same now" in out


def test_the_line_names_the_release(shop):
    log = line("gray", "targeting_match:qa", device_id="phone-42").strip()
    told = shop.run("explain", "--log", log, json=True)
    assert (told["release"], told["same"]) == ("shop", True)
    told = shop.run("explain", "device_id=x", "--log", log, json=True)
    assert told["variant"] == "stable" and not told["same"]


@pytest.mark.parametrize("words", [[], ["device_id=x"]])
def test_without_a_line_the_release_must_be_named(words, shop):
    done = shop.run("explain", *words, check=False)
    assert done.code == 2 and "RELEASE is missing" in done.err


def test_explain_says_what_differs_from_a_recorded_decision(shop):
    log = as_json(device_id="phone-42").strip()
    told = shop.run("explain", "shop", "--log", log, json=True)
    assert (told["same"], told["differs"]) == (False, ["variant", "reason"])
    out = shop.run("explain", "shop", "--log", log).out
    assert "the decision would be another now: stable -> gray" in out
    assert "phone-42 is in testers" in out


def test_attributes_that_are_typed_count_more_than_those_of_the_line(shop):
    log = line(device_id="phone-42").strip()
    told = shop.run("explain", "shop", "device_id=x", "--log", log, json=True)
    assert told["variant"] == "stable" and told["same"]


@pytest.mark.parametrize("log, words", [
    ("garbage", "NAME=VALUE"),
    (line(release="search").strip(), "release 'search'"),
    (line("-", "-", "-").strip(), "no decision"),
])
def test_a_line_that_tells_no_decision_of_the_release_is_refused(log, words, shop):
    done = shop.run("explain", "shop", "--log", log, check=False)
    assert done.code == 5 and words in done.err


def test_explain_at_a_time_counts_members_of_that_time(shop):
    shop.run("list", "add", "testers", "brief", "--ttl", "1h")
    ask = ["explain", "shop", "device_id=brief"]
    assert shop.run(*ask, json=True)["variant"] == "gray"
    told = shop.run(*ask, "--at", "2096-01-31T12:00:00+08:00", json=True)
    assert (told["variant"], told["now"]) == ("stable", "2096-01-31T04:00:00Z")
    assert "expired at" in shop.run(*ask, "--at", "2096-01-31T12:00:00Z").out
    done = shop.run(*ask, "--at", "tomorrow", check=False)
    assert done.code == 2 and "2026-01-31T12:00:00Z" in done.err


def test_explain_shows_the_range_of_the_bucket(shop):
    shop.run("weight", "shop", "gray=50", "--by", "user")
    told = [shop.run("explain", "shop", f"user={n}", json=True) for n in range(20)]
    assert {(t["variant"], *t["range"]) for t in told} == {
        ("gray", 0, 50_000), ("stable", 50_000, 100_000)}
    gray = next(n for n, t in enumerate(told) if t["variant"] == "gray")
    assert "in 0 to 49999 of gray" in shop.run("explain", "shop", f"user={gray}").out
