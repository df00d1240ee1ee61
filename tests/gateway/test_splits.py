"""Splits: a part of the people, in percent, that stays the same people."""

import json

import pytest
from shop import HTTP, UPSTREAMS

PEOPLE = [f"user-{i}" for i in range(1000)]

# Answers by itself: a thousand people are asked quickly.
ANSWER = """
location / {
    gray shop stable gray;
    add_header X-Reason $gray_reason;
    return 200 $gray_variant;
}
"""

ATTRIBUTES = """
gray_store %store%;
gray_attribute user $http_x_user;
gray_attribute device_id $http_x_device_id;
gray_attribute city $http_x_city;
"""


@pytest.fixture
def shop(store):
    store.run("release", "create", "shop")
    return store


def weight(store, *words):
    return store.run("weight", "shop", *words).out


def ask(nginx, people=PEOPLE, **headers):
    """{person: variant}"""
    connection = nginx.connect()
    found = {p: nginx.get(headers={"X-User": p, **headers},
                          connection=connection).text for p in people}
    connection.close()
    return found


def of(variants, wanted):
    return {person for person, variant in variants.items() if variant == wanted}


def served_by(names):
    return ANSWER.replace("stable gray", " ".join(names))


def test_weight_0_is_nobody_at_the_next_request(gateway, shop, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS, store=shop, stable=stable, gray=gray,
                    workers=2)
    weight(shop, "gray=50", "--by", "user")
    someone = min(of(ask(nginx, PEOPLE[:40]), "gray"))
    for _ in range(5):
        weight(shop, "gray=0")
        assert nginx.get(headers={"X-User": someone}).text == "stable"
        weight(shop, "gray=50")
        assert nginx.get(headers={"X-User": someone}).text == "gray"


def test_weight_100_is_everybody_with_and_without_an_identity(
        gateway, shop, stable, gray):
    server = UPSTREAMS + "add_header X-Reason $gray_reason;"
    nginx = gateway(HTTP, server, store=shop, stable=stable, gray=gray)
    weight(shop, "gray=99.999", "--by", "user")
    assert nginx.get().text == "stable"
    assert nginx.get().header("X-Reason") == "default"
    assert "with or without an identity" in weight(shop, "gray=100")
    assert nginx.get().text == "gray"
    assert nginx.get().header("X-Reason") == "split"
    assert set(ask(nginx, PEOPLE[:100]).values()) == {"gray"}


def test_promote_needs_no_attribute_and_names_the_rules_that_still_hold(
        gateway, shop, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS, store=shop, stable=stable, gray=gray)
    shop.run("rule", "add", "shop", "never", "stable", "user = 'boss'")
    assert "never" in shop.run("promote", "shop", "gray").out
    assert nginx.get().text == "gray"
    assert nginx.get(headers={"X-User": "boss"}).text == "stable"
    shop.run("promote", "shop", "stable")
    assert nginx.get().text == "stable"


def test_growing_moves_nobody_back_and_regrowing_brings_the_same_people(
        gateway, shop):
    nginx = gateway(ATTRIBUTES, ANSWER, store=shop)
    people = {}
    before = set()
    for percent in (1, 5, 20, 50):
        weight(shop, f"gray={percent}", "--by", "user")
        now = of(ask(nginx), "gray")
        assert before <= now
        assert abs(len(now) - 10 * percent) < 70
        people[percent] = before = now

    weight(shop, "gray=5")
    assert of(ask(nginx), "gray") == people[5]
    weight(shop, "gray=+45")
    assert of(ask(nginx), "gray") == people[50]


@pytest.mark.parametrize("number", [3, 4, 8])
def test_with_many_variants_only_those_whose_weight_changes_gain_or_lose_people(
        number, gateway, store):
    names = ["stable"] + [f"v{i}" for i in range(1, number)]
    store.run("release", "create", "shop", *names)
    nginx = gateway(ATTRIBUTES, served_by(names), store=store)
    weights = [f"{name}=10" for name in names[1:]]
    out = store.run("weight", "shop", *weights, "--by", "user").out
    assert "nobody moves back" in out
    before = ask(nginx, PEOPLE[:500])
    assert set(before.values()) == set(names)

    for change in ("v1=15", "v2=2", "v1=5"):
        changed = {"stable", change.split("=")[0]}
        weight(store, change)
        now = ask(nginx, PEOPLE[:500])
        for person, variant in now.items():
            if variant != before[person]:
                assert {variant, before[person]} == changed
        before = now


def test_each_of_three_variants_has_its_own_target(
        gateway, store, backend):
    backends = {name: backend(name) for name in ("stable", "b", "c")}
    store.run("release", "create", "shop", *backends)
    nginx = gateway("""
        gray_store %store%;
        gray_attribute user $http_x_user;
        upstream app_stable { server %stable%; }
        upstream app_b { server %b%; }
        """, """
        location / {
            gray shop stable=app_stable b=app_b c=@c;
            proxy_pass http://$gray_upstream;
        }
        location @c { proxy_pass http://%c%; }
        """, store=store, **backends)
    weight(store, "b=30", "c=30", "--by", "user")
    assert set(ask(nginx, PEOPLE[:60]).values()) == set(backends)
    for name in ("b", "c", "stable"):
        store.run("promote", "shop", name)
        assert set(ask(nginx, PEOPLE[:5]).values()) == {name}


def test_a_variant_without_a_target_gives_its_people_the_default(
        gateway, store):
    store.run("release", "create", "shop", "stable", "gray", "blue")
    nginx = gateway(ATTRIBUTES, ANSWER, store=store)
    weight(store, "gray=30", "blue=30", "--by", "user")
    reasons = {}
    connection = nginx.connect()
    for person in PEOPLE[:100]:
        answer = nginx.get(headers={"X-User": person}, connection=connection)
        reasons.setdefault(answer.header("X-Reason").split(":")[0], set()) \
            .add(answer.text)
        if answer.header("X-Reason").startswith("error"):
            assert answer.header("X-Reason") == "error:no_target"
    connection.close()
    assert reasons == {"split": {"stable", "gray"}, "error": {"stable"}}
    remarks = store.run("status", json=True)["remarks"]
    assert any("'blue' has no target" in r["message"] for r in remarks)


def test_the_reason_s_bucket_is_explain_s(gateway, shop):
    weight(shop, "gray=30", "--by", "device_id,user")
    nginx = gateway(ATTRIBUTES, ANSWER, store=shop)
    for headers, words in (
            ({"X-User": "alice"}, ["user=alice"]),
            ({"X-User": "bob", "X-Device-Id": "42"},
             ["user=bob", "device_id=42"]),
            ({"X-Device-Id": "北京".encode()}, ["device_id=北京"]),
            ({}, [])):
        answer = nginx.get(headers=headers)
        told = shop.run("explain", "shop", *words, json=True)
        assert answer.header("X-Reason") == told["reason"]
        assert answer.text == told["variant"]
        if words:
            attribute = words[-1].split("=")[0]
            assert told["reason"] == f"split:{attribute}:{told['bucket']}"


def test_a_rule_s_split_divides_only_those_whom_the_rule_concerns(
        gateway, shop):
    nginx = gateway(ATTRIBUTES, ANSWER, store=shop)
    shop.run("rule", "add", "shop", "bj", "gray=40", "city = 'BJ'", "--by", "user")
    assert set(ask(nginx).values()) == {"stable"}
    before = of(ask(nginx, **{"X-City": "BJ"}), "gray")
    assert 330 < len(before) < 470

    shop.run("weight", "shop", "gray=60", "--rule", "bj")
    assert before < of(ask(nginx, **{"X-City": "BJ"}), "gray")
    shop.run("weight", "shop", "gray=40", "--rule", "bj")
    assert of(ask(nginx, **{"X-City": "BJ"}), "gray") == before

    shop.run("rule", "rename", "shop", "bj", "beijing")
    assert of(ask(nginx, **{"X-City": "BJ"}), "gray") == before


def test_a_reshuffled_release_begins_with_other_people(gateway, shop):
    nginx = gateway(ATTRIBUTES, ANSWER, store=shop)
    weight(shop, "gray=20", "--by", "user")
    first = of(ask(nginx), "gray")
    weight(shop, "gray=0")
    assert "nobody moves now" in shop.run("release", "reshuffle", "shop").out
    weight(shop, "gray=20")
    second = of(ask(nginx), "gray")
    assert 130 < len(second) < 270
    assert 10 < len(first & second) < 80


def test_equal_documents_decide_equally_whatever_was_before(
        gateway, make_store):
    one, other = make_store(), make_store()
    one.run("release", "create", "shop")
    for change in ("gray=30", "gray=5", "gray=12.345"):
        one.run("weight", "shop", change, "--by", "user")
    one.run("release", "reshuffle", "shop")

    other.run("release", "create", "shop")
    other.run("weight", "shop", "gray=80", "--by", "device_id")
    other.run("weight", "shop", "gray=1")
    other.run("release", "set", "shop", stdin=one.run("release", "get", "shop").out)

    assert one.run("status", json=True)["store"]["digest"] \
        == other.run("status", json=True)["store"]["digest"]
    answers = [ask(gateway(ATTRIBUTES, ANSWER, store=store))
               for store in (one, other)]
    assert answers[0] == answers[1]
    assert "gray" in answers[0].values()


def test_the_documented_end_of_a_release(gateway, shop, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS, store=shop, stable=stable, gray=gray)
    weight(shop, "gray=5", "--by", "user")
    shop.run("promote", "shop", "gray")
    assert nginx.get().text == "gray"
    shop.run("off", "shop")
    assert nginx.get().text == "stable"
    assert shop.run("release", "rm", "shop", check=False).code == 4

    nginx.write(server="location / { proxy_pass http://app_stable; }")
    nginx.reload()
    assert nginx.get().text == "stable"
    shop.run("release", "rm", "shop")
    assert json.loads(shop.run("release", "ls", "--json").out)["releases"] == []
