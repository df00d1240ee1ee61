"""grayctl weight, promote, release reshuffle, and rules with a split."""

import json

import pytest


@pytest.fixture
def shop(store):
    store.run("release", "create", "shop")
    return store


@pytest.fixture
def abc(store):
    store.run("release", "create", "shop", "stable", "b", "c")
    store.run("weight", "shop", "b=10", "c=10", "--by", "user")
    return store


def weight(store, *words):
    return store.run("weight", "shop", *words).out.strip()


def weights(store):
    line = store.run("release", "ls", json=True)["releases"][0]
    return {v["name"]: v["percent"] for v in line["variants"]}


def test_a_line_says_what_changed_and_who_moved(shop):
    assert weight(shop, "gray=5", "--by", "device_id,user") \
        == ("gray 0% -> 5%: 5% of buckets move from stable to gray; nobody moves back; "
            "people are divided by device_id, else user")
    assert weight(shop, "gray=10") \
        == "gray 5% -> 10%: 5% of buckets move from stable to gray; nobody moves back"
    assert weight(shop, "gray=7.5") \
        == ("gray 10% -> 7.5%: 2.5% of buckets move from gray to stable; "
            "raised again, it gets the same people back")
    assert weight(shop, "gray=7.5%") == "the weights of release shop are like that already"
    assert weight(shop, "gray=100") \
        == ("gray 7.5% -> 100%: 92.5% of buckets move from stable to gray; "
            "everyone gets gray, with or without an identity")


def test_several_weights_change_at_once(abc):
    assert weight(abc, "b=+5", "c=-2.125") \
        == ("b 10% -> 15%, c 10% -> 7.875%: 2.875% of buckets move from stable to b, "
            "2.125% from c to b; nobody else moves")
    assert weights(abc) == {"stable": 77.125, "b": 15.0, "c": 7.875}
    weight(abc, "b=1,c=2")
    assert weights(abc) == {"stable": 97.0, "b": 1.0, "c": 2.0}


def test_other_attributes_divide_people_anew(abc):
    out = weight(abc, "b=11", "--by", "device_id", "--by=user")
    assert "divided by device_id, else user now, and many of them" in out
    assert "nobody moves back" not in out


def test_json_says_the_same(shop):
    told = shop.run("weight", "shop", "gray=5", "--by", "user", json=True)
    assert told == {
        "changed": True, "revision": 2, "release": "shop", "rule": None,
        "by": ["user"], "by_changed": True, "default": "stable",
        "divided_anew": False, "exceptions": None,
        "variants": [{"name": "stable", "before": 100.0, "after": 95.0},
                     {"name": "gray", "before": 0.0, "after": 5.0}],
        "moves": [{"from": "stable", "to": "gray", "percent": 5.0}]}
    told = shop.run("weight", "shop", "gray=5", json=True)
    assert told["changed"] is False and told["moves"] == []


@pytest.mark.parametrize("words, code, said", [
    (["gray=5"], 5, "--by device_id,user"),
    (["grya=5", "--by", "user"], 5, "did you mean 'gray'?"),
    (["zzz=5", "--by", "user"], 5, "its variants are 'stable', 'gray'"),
    (["stable=5"], 5, "its weight is what the others leave"),
    (["gray=-1"], 5, "would have -1%"),
    (["gray=101"], 5, "would have 101%, which is more than 100% (now: 0%)"),
    (["gray=5", "gray=6", "--by", "user"], 5, "'gray' has two weights"),
    (["gray=5", "--rule", "x"], 3, "no rule 'x'"),
    (["gray=5", "--by", "device-id"], 5, "'device-id' is no attribute's name"),
    (["gray"], 2, "'gray' is no weight"),
    (["gray=many"], 2, "'gray=many' is no weight"),
    (["gray=0.0001"], 2, "up to three decimals"),
    (["gray=5,"], 2, "'' is no weight"),
    (["=5"], 2, "'=5' is no weight"),
    (["gray=5", "--by", "user,"], 2, "an attribute is missing"),
    (["gray=5", "--by", ",".join(f"a{i}" for i in range(9))], 2, "more than 8 attributes"),
    ([], 2, "such as: grayctl weight shop gray=5"),
])
def test_what_is_no_weight_is_told(shop, words, code, said):
    before = shop.run("status", json=True)["store"]["revision"]
    done = shop.run("weight", "shop", *words, check=False)
    assert done.code == code and done.out == ""
    assert said in done.err
    assert shop.run("status", json=True)["store"]["revision"] == before


def test_a_sum_over_100_is_refused_with_both_sums(abc):
    done = abc.run("weight", "shop", "b=60", "c=45", check=False)
    assert done.code == 5
    assert "add up to 105%, more than 100% (now: 20%)" in done.err
    assert weights(abc)["b"] == 10


def test_a_weight_changed_meanwhile_is_not_overwritten(shop):
    read = shop.run("release", "get", "shop", json=True)["revision"]
    weight(shop, "gray=5", "--by", "user")
    done = shop.run("weight", "shop", "gray=6", "--if-revision", read, check=False)
    assert done.code == 4


def test_promote_gives_all_and_takes_it_back(shop):
    out = shop.run("promote", "shop", "gray").out
    assert out == ("gray 0% -> 100%: 100% of buckets move from stable to gray; "
                   "everyone gets gray, with or without an identity\n")
    assert shop.run("explain", "shop", json=True)["reason"] == "split"
    shop.run("promote", "shop", "stable")
    assert shop.run("explain", "shop", json=True)["variant"] == "stable"
    assert "already" in shop.run("promote", "shop", "stable").out


def test_promote_names_the_rules_that_may_give_another(shop):
    shop.run("rule", "add", "shop", "never", "stable", "user = 'boss'")
    shop.run("rule", "add", "shop", "qa", "gray", "user = 'qa'")
    assert "but for the rules that come first: never\n" \
        in shop.run("promote", "shop", "gray").out


def test_listings_show_the_weights(shop):
    assert "stable, gray" in shop.run("release", "ls").out
    weight(shop, "gray=0.125", "--by", "user")
    assert "stable 99.875%, gray 0.125%" in shop.run("release", "ls").out
    assert "stable 99.875%, gray 0.125%" in shop.run("status").out
    assert shop.run("status", json=True)["releases"][0]["variants"] \
        == [{"name": "stable", "percent": 99.875}, {"name": "gray", "percent": 0.125}]
    assert "gray 0.125% by user, else stable" in shop.run("rule", "ls", "shop").out


def test_a_rule_may_give_percentages(abc):
    out = abc.run("rule", "add", "shop", "bj", "b=20,c=5", "city = 'BJ'", "--by", "ip").out
    assert out == "added rule bj to shop: b=20,c=5 if city = 'BJ'\n"
    rule = abc.run("rule", "ls", "shop", json=True)["rules"][0]
    assert rule["variant"] is None and rule["split"] == {"b": 20.0, "c": 5.0}
    assert rule["outcome"] == "b 20%, c 5% by ip"

    told = abc.run("weight", "shop", "c=6", "--rule", "bj", json=True)
    assert told["rule"] == "bj" and told["by"] == ["ip"]
    assert "b 20%, c 6% by ip" in abc.run("rule", "ls", "shop").out
    assert "everyone whom the rule concerns gets b" \
        in weight(abc, "b=100", "c=0", "--rule", "bj")
    assert weights(abc)["b"] == 10


def test_a_rule_inherits_the_release_s_attributes(abc):
    abc.run("rule", "add", "shop", "bj", "b=20", "city = 'BJ'")
    assert "b 20% by user" in abc.run("rule", "ls", "shop").out


@pytest.mark.parametrize("words, code, said", [
    (["gray=20", "true"], 5, "--by"),
    (["grey=20", "true", "--by", "user"], 5, "did you mean 'gray'?"),
    (["gray=x", "true"], 2, "'gray=x' is no weight"),
    (["gray", "true", "--by", "user"], 2, "divides nobody"),
    (["gray=20", "user ==", "--by", "user"], 5, "column 6"),
])
def test_what_a_rule_s_percentages_cannot_be_is_told(shop, words, code, said):
    done = shop.run("rule", "add", "shop", "bj", *words, check=False)
    assert done.code == code and said in done.err
    assert shop.run("rule", "ls", "shop", json=True)["rules"] == []


def test_a_rule_without_a_split_has_no_weight(shop):
    shop.run("rule", "add", "shop", "qa", "gray", "true")
    done = shop.run("weight", "shop", "gray=5", "--rule", "qa", check=False)
    assert done.code == 5 and "has no split" in done.err


def test_reshuffle_draws_a_salt_and_says_who_moves(shop):
    out = shop.run("release", "reshuffle", "shop").out
    assert "nobody moves now" in out
    weight(shop, "gray=20", "--by", "user")
    told = shop.run("release", "reshuffle", "shop", json=True)
    assert told["changed"] and told["moved_percent"] == 32
    assert shop.run("release", "get", "shop", json=True)["document"]["salt"] == told["salt"]
    assert weights(shop)["gray"] == 20


def test_the_log_has_weights_before_and_after(shop):
    weight(shop, "gray=5", "--by", "user")
    weight(shop, "gray=10")
    record = json.loads(shop.run("log", "--json", "--limit", 1).out)["records"][0]
    assert record["verb"] == "weight"
    assert record["before"]["split"] == {"gray": 5}
    assert record["after"]["split"] == {"gray": 10}
    assert record["after"]["buckets"] == {"gray": [[0, 10000]]}
