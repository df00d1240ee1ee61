"""grayctl explain: which variant, and why."""

import pytest


@pytest.fixture
def shop(store):
    store.run("release", "create", "shop")
    store.run("list", "create", "testers")
    store.run("list", "create", "office", "--kind", "ip")
    store.run("list", "add", "testers", "phone-42")
    store.run("list", "add", "office", "10.0.0.0/8")
    return store


def test_explain_as_json_has_the_shape_that_scripts_know(shop):
    shop.run("rule", "add", "shop", "qa", "gray", "device_id in @testers or ip in @office")
    told = shop.run("explain", "shop", "device_id=nobody", "ip=10.1.2.3", json=True)
    assert {"release", "variant", "reason", "rule", "bucket", "revision",
            "trace"} <= set(told)
    assert told["release"] == "shop" and told["variant"] == "gray"
    assert told["reason"] == "targeting_match:qa" and told["rule"] == "qa"
    assert told["bucket"] is None
    assert [(t["step"], t["truth"]) for t in told["trace"]] == [
        ("test", "false"), ("test", "true"), ("rule", "true")]
    assert "10.0.0.0/8" in told["trace"][1]["why"]
    assert told["missing"] == []


def test_a_rule_of_several_tests_shows_each(shop):
    shop.run("rule", "add", "shop", "qa", "gray", "device_id in @testers and ip in @office")
    out = shop.run("explain", "shop", "device_id=phone-42", "ip=1.2.3.4").out
    assert "device_id in @testers and ip in @office" in out
    assert "  device_id in @testers" in out
    assert "true" in out and "false" in out
    assert out.splitlines()[-1] == "it gets stable: default (shop, revision 6)"


def test_attributes_that_were_not_given_are_named(shop):
    shop.run("rule", "add", "shop", "qa", "gray", "device_id in @testers or user = 'me'")
    told = shop.run("explain", "shop", "user=you", json=True)
    assert told["missing"] == ["device_id"]
    out = shop.run("explain", "shop", "colour=red").out
    assert "not given, so absent: device_id, user" in out
    assert "given, but no rule uses it: colour" in out


@pytest.mark.parametrize("answer, variant, reason", [
    ("yes", "gray", "targeting_match:old"),
    ("no", "stable", "default"),
    ("unknown", "stable", "error:live:legacy"),
])
def test_the_answer_of_a_live_list_is_given(shop, answer, variant, reason):
    shop.run("list", "create", "legacy", "--live")
    shop.run("rule", "add", "shop", "old", "gray", "ip in @legacy")
    told = shop.run("explain", "shop", "ip=1.2.3.4", "--live", f"legacy={answer}", json=True)
    assert (told["variant"], told["reason"]) == (variant, reason)
    assert told["unasked"] == []


def test_a_live_list_that_was_not_answered_is_unknown_and_named(shop):
    shop.run("list", "create", "legacy", "--live")
    shop.run("rule", "add", "shop", "old", "gray", "ip in @legacy")
    told = shop.run("explain", "shop", "ip=1.2.3.4", json=True)
    assert told["reason"] == "error:live:legacy" and told["unasked"] == ["legacy"]
    assert "--live" in shop.run("explain", "shop", "ip=1.2.3.4").out


def test_a_release_that_is_off_says_so_and_what_would_be(shop):
    shop.run("rule", "add", "shop", "qa", "gray", "device_id in @testers")
    shop.run("off", "shop")
    told = shop.run("explain", "shop", "device_id=phone-42", json=True)
    assert (told["variant"], told["reason"], told["off"]) == ("stable", "disabled", True)
    out = shop.run("explain", "shop", "device_id=phone-42").out
    assert "grayctl on shop" in out and "phone-42 is in testers" in out


@pytest.mark.parametrize("word", ["device_id", "=x"])
def test_an_attribute_needs_a_value(shop, word):
    done = shop.run("explain", "shop", word, check=False)
    assert done.code == 2 and "device_id=phone-42" in done.err


def test_a_bad_live_answer_is_refused(shop):
    done = shop.run("explain", "shop", "--live", "legacy=maybe", check=False)
    assert done.code == 2 and "yes, no or unknown" in done.err


def test_an_absent_release_is_not_found(shop):
    assert shop.run("explain", "nosuch", check=False).code == 3


def test_the_bucket_of_a_split_is_shown(shop):
    shop.run("release", "set", "half", stdin='{"by": ["user"], "split": {"gray": 50}}')
    told = shop.run("explain", "half", "user=7", json=True)
    assert told["reason"] == f"split:user:{told['bucket']}"
    assert told["attribute"] == "user" and told["rule"] is None
    assert told["variant"] == ("gray" if told["bucket"] < 50_000 else "stable")
    assert str(told["bucket"]) in shop.run("explain", "half", "user=7").out
