"""Releases, rules, weights, switches and explain over HTTP."""

import pytest

CONDITION = "device_id = '7'"


@pytest.fixture
def shop(grayd, store):
    """grayd with a release shop: stable and gray."""
    store.run("release", "create", "shop")
    return grayd()


def test_a_release_is_created_read_put_and_deleted(grayd):
    d = grayd()
    made = d.post("/v1/releases/shop", {"variants": ["old", "new"]})
    assert made.status == 201
    assert made.json == {"changed": True, "revision": 1}

    got = d.get("/v1/releases/shop")
    assert got.headers["etag"] == '"1"'
    assert got.json["variants"] == ["old", "new"]

    document = got.json | {"note": "hello"}
    put = d.put("/v1/releases/shop", document)
    assert put.status == 200 and put.headers["etag"] == '"2"'
    assert d.get("/v1/releases/shop").json["note"] == "hello"

    assert d.delete("/v1/releases/shop").json["changed"]
    assert d.get("/v1/releases/shop").status == 404


def test_put_of_the_same_document_changes_nothing(shop):
    document = shop.get("/v1/releases/shop").json
    assert shop.put("/v1/releases/shop", document).json \
        == {"changed": False, "revision": 1}


def test_a_release_can_be_made_by_put(grayd):
    d = grayd()
    assert d.put("/v1/releases/shop", {"variants": ["a", "b"]}).status == 200
    assert [r["name"] for r in d.get("/v1/releases").json["releases"]] \
        == ["shop"]


def test_if_match_lets_only_the_reader_of_the_latest_change_it(shop, store):
    etag = shop.get("/v1/releases/shop").headers["etag"]
    document = shop.get("/v1/releases/shop").json

    # another release is none of its business
    store.run("release", "create", "other")
    fine = shop.put("/v1/releases/shop", document | {"note": "1"},
                    headers={"If-Match": etag})
    assert fine.status == 200

    late = shop.put("/v1/releases/shop", document | {"note": "2"},
                    headers={"If-Match": etag})
    assert late.status == 412
    assert late.headers["content-type"] == "application/problem+json"
    assert late.json["code"] == "conflict"
    assert shop.get("/v1/releases/shop").json["note"] == "1"


@pytest.mark.parametrize("match", ["1", '"x"', 'W/"1"', '"1', '"1", "2"'])
def test_an_if_match_that_is_none_of_ours_is_refused(shop, match):
    got = shop.post("/v1/releases/shop/reshuffle", headers={"If-Match": match})
    assert got.status == 400
    assert shop.get("/v1/releases/shop").headers["etag"] == '"1"'


def test_the_expectation_of_one_request_is_not_the_next_ones(shop):
    with_match = shop.post("/v1/releases/shop/reshuffle",
                           headers={"If-Match": '"0"'})
    assert with_match.status == 412
    assert shop.post("/v1/releases/shop/reshuffle").status == 200


def test_a_bad_document_is_told_by_place_line_and_column(shop):
    bad = shop.put("/v1/releases/shop", {
        "variants": ["stable", "gray"], "default": "stable",
        "rules": [{"name": "qa", "if": "device_id == '7'",
                   "variant": "gray"},
                  {"name": "qa2", "if": CONDITION, "variant": "grey"}]})
    assert bad.status == 422
    assert bad.json["status"] == 422
    errors = {e["place"]: e for e in bad.json["errors"]}
    assert set(errors) == {"rules[0].if", "rules[1].variant"}
    assert errors["rules[0].if"]["line"] == 1
    assert errors["rules[0].if"]["column"] == 11
    assert bad.json["detail"] == bad.json["errors"][0]["message"]


@pytest.mark.parametrize("body, status, words", [
    (b"{", 400, "no JSON"), (b"[]", 400, "not a JSON object"),
    (b'{"variants": ["a"], "variants": ["b"]}', 400, "duplicate"),
    (b'"\xff"', 400, "JSON"), (b"{} {}", 400, "JSON"),
    (b"[" * 100000, 400, "JSON"),
    (b'{"variant": ["a"]}', 422, "no such member"),
    (b'{"variants": "a"}', 422, "list"),
    (b'{"variants": [1]}', 422, "not a string"),
])
def test_a_bad_body_is_refused_in_words(grayd, body, status, words):
    d = grayd()
    got = d.post("/v1/releases/shop", body=body,
                 headers={"Content-Type": "application/json"})
    assert got.status == got.json["status"] == status, got
    assert words in str(got.json)
    assert d.get("/v1/releases").json["releases"] == []


def test_what_is_not_there_is_404_with_the_hint_of_grayctl(shop):
    for got in (shop.get("/v1/releases/shpo"),
                shop.patch("/v1/releases/shpo/weight",
                           {"weights": {"gray": 1}}),
                shop.post("/v1/releases/shpo/off"),
                shop.get("/v1/releases/shpo/rules"),
                shop.post("/v1/releases/shpo/explain"),
                shop.delete("/v1/releases/shpo")):
        assert got.status == 404
        assert got.json["code"] == "not_found"
    assert shop.get("/v1/nothing").status == 404


def test_a_release_that_is_there_is_not_created_twice(shop):
    got = shop.post("/v1/releases/shop", {})
    assert got.status == 409 and got.json["code"] == "exists"


# --- weights

def test_a_weight_is_set_and_moved_and_says_who_moves(shop):
    first = shop.patch("/v1/releases/shop/weight",
                       {"weights": {"gray": 10}, "by": ["device_id"]})
    assert first.json["variants"] == [
        {"name": "stable", "before": 100.0, "after": 90.0},
        {"name": "gray", "before": 0.0, "after": 10.0}]
    more = shop.patch("/v1/releases/shop/weight", {"weights": {"gray": "+2.5"}})
    assert more.json["variants"][1]["after"] == 12.5
    assert more.json["moves"] == [
        {"from": "stable", "to": "gray", "percent": 2.5}]


@pytest.mark.parametrize("weights", [
    {"gray": 101}, {"gray": -1}, {"gray": "5"}, {"gray": "+x"}, {"gray": "+"},
    {"gray": 0.00001}, {"gray": True}, {"gray": None}, {"gry": 5}, {}, [1],
    {"gray": "+1e5"}, {"gray": 1e300}])
def test_a_bad_weight_is_refused(shop, weights):
    got = shop.patch("/v1/releases/shop/weight",
                     {"weights": weights, "by": ["device_id"]})
    assert got.status == 422, got
    assert shop.get("/v1/releases/shop").headers["etag"] == '"1"'


def test_dry_run_says_what_would_change_and_changes_nothing(shop):
    body = {"weights": {"gray": 50}, "by": ["device_id"]}
    tried = shop.patch("/v1/releases/shop/weight?dry_run=true", body)
    assert tried.status == 200
    assert tried.json["dry_run"] and not tried.json["changed"]
    assert len(tried.json["changes"]) == 1
    assert shop.get("/v1/releases/shop").headers["etag"] == '"1"'
    # and the next one is done
    assert shop.patch("/v1/releases/shop/weight", body).json["changed"]


def test_a_dry_run_fails_as_the_change_would(shop):
    assert shop.patch("/v1/releases/shop/weight?dry_run=true",
                      {"weights": {"gry": 1}, "by": ["a"]}).status == 422


@pytest.mark.parametrize("method, path", [
    ("POST", "/v1/releases/shop/off"), ("DELETE", "/v1/releases/shop"),
    ("POST", "/v1/lists/vip"), ("POST", "/v1/links/rotate")])
def test_what_cannot_be_tried_is_not_done_instead(shop, method, path):
    got = shop.ask(method, f"{path}?dry_run=true")
    assert got.status == 400 and "dry_run" in got.json["detail"]
    assert shop.get("/v1/releases").json["revision"] == 1
    assert not shop.get("/v1/releases").json["releases"][0]["off"]


def test_promote_and_reshuffle(shop):
    shop.patch("/v1/releases/shop/weight",
               {"weights": {"gray": 10}, "by": ["device_id"]})
    assert shop.post("/v1/releases/shop/reshuffle").json["moved_percent"] > 0
    done = shop.post("/v1/releases/shop/promote", {"variant": "gray"})
    assert done.json["variants"][1]["after"] == 100.0
    assert shop.post("/v1/releases/shop/promote", {}).status == 422


# --- rules

def rules_of(d):
    return [r["name"] for r in d.get("/v1/releases/shop/rules").json["rules"]]


def test_rules_are_added_in_order_moved_renamed_and_removed(shop):
    path = "/v1/releases/shop/rules"
    for name, place in (("a", {}), ("b", {}), ("c", {"first": True}),
                        ("d", {"before": "b"})):
        got = shop.post(path, {"name": name, "if": CONDITION,
                               "variant": "gray"} | place)
        assert got.status == 201, got
    assert rules_of(shop) == ["c", "a", "d", "b"]

    assert shop.patch(f"{path}/c", {"last": True}).status == 200
    assert shop.patch(f"{path}/d", {"before": "a"}).status == 200
    assert shop.patch(f"{path}/a", {"name": "z"}).status == 200
    assert shop.delete(f"{path}/b").status == 200
    assert rules_of(shop) == ["d", "z", "c"]


def test_a_rule_may_split(shop):
    got = shop.post("/v1/releases/shop/rules", {
        "name": "half", "if": CONDITION, "split": {"gray": 50},
        "by": ["device_id"]})
    assert got.status == 201
    rule = shop.get("/v1/releases/shop/rules").json["rules"][0]
    assert "50%" in rule["outcome"]
    moved = shop.patch("/v1/releases/shop/weight",
                       {"rule": "half", "weights": {"gray": 60}})
    assert moved.json["rule"] == "half"


@pytest.mark.parametrize("body, place", [
    ({"if": CONDITION, "variant": "gray"}, "name"),
    ({"name": "x", "variant": "gray"}, "if"),
    ({"name": "x", "if": CONDITION}, "variant"),
    ({"name": "x", "if": CONDITION, "variant": "gray",
      "split": {"gray": 5}}, "split"),
    ({"name": "x", "if": CONDITION, "variant": "gray", "first": True,
      "before": "y"}, "first"),
    ({"name": "x", "if": CONDITION, "variant": "gray", "first": 1}, "first"),
    ({"name": 7, "if": CONDITION, "variant": "gray"}, "name"),
])
def test_a_bad_rule_names_the_member(shop, body, place):
    got = shop.post("/v1/releases/shop/rules", body)
    assert got.status == 422 and got.json["place"] == place


def test_a_bad_condition_has_its_column(shop):
    got = shop.post("/v1/releases/shop/rules", {
        "name": "x", "if": "device_id == '7'", "variant": "gray"})
    assert got.status == 422
    assert got.json["code"] == "syntax" and got.json["column"] == 11


@pytest.mark.parametrize("body", [
    {}, {"name": "y", "first": True}, {"last": True, "first": True}])
def test_a_rule_is_changed_in_one_way_at_a_time(shop, store, body):
    store.run("rule", "add", "shop", "x", "gray", CONDITION)
    assert shop.patch("/v1/releases/shop/rules/x", body).status == 422
    assert rules_of(shop) == ["x"]


# --- switches

@pytest.mark.parametrize("path", ["/v1", "/v1/releases/shop"])
def test_off_and_on(shop, path):
    off = shop.post(f"{path}/off")
    assert off.status == 200 and off.json["off"] and off.json["changed"]
    again = shop.post(f"{path}/off", {"timeout_ms": 10})
    assert not again.json["changed"]
    assert shop.post(f"{path}/on").json["changed"]


def test_the_members_of_a_switch_are_checked(shop):
    for body in ({"timeout_ms": -1}, {"timeout_ms": "1"},
                 {"timeout_ms": 10 ** 9}, {"timeout": 1}):
        assert shop.post("/v1/releases/shop/off", body).status == 422
    assert not shop.get("/v1/releases").json["releases"][0]["off"]


def test_a_browser_s_post_without_a_body_is_fine(shop):
    got = shop.raw(b"POST /v1/releases/shop/off HTTP/1.1\r\nHost: localhost\r\n"
                   b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 200")


# --- explain

def test_explain_shows_the_path(shop, store):
    store.run("rule", "add", "shop", "qa", "gray", CONDITION)
    got = shop.post("/v1/releases/shop/explain",
                    {"attributes": {"device_id": "7"}})
    assert got.json["reason"] == "targeting_match:qa"
    assert got.json == store.run(
        "explain", "shop", "device_id=7", json=True) | {
            "now": got.json["now"]}


def test_explain_at_a_time_and_with_live_answers(shop, store):
    store.run("list", "create", "vip", "--kind", "live")
    store.run("rule", "add", "shop", "vip", "gray", "device_id in @vip")
    path = "/v1/releases/shop/explain"
    for answer, variant in (("yes", "gray"), ("no", "stable"),
                            ("unknown", "stable")):
        got = shop.post(path, {"attributes": {"device_id": "7"},
                               "live": {"vip": answer},
                               "at": "2026-01-31T12:00:00Z"})
        assert got.json["variant"] == variant
        assert got.json["now"] == "2026-01-31T12:00:00Z"


@pytest.mark.parametrize("body", [
    {"attributes": []}, {"attributes": {"a": 1}}, {"live": {"vip": "maybe"}},
    {"at": "yesterday"}, {"at": 5}, {"attribute": {}},
    {"attributes": {f"a{i}": "" for i in range(100)}}])
def test_a_bad_question_is_refused(shop, body):
    assert shop.post("/v1/releases/shop/explain", body).status == 422


# --- the rest of the store

def test_status_says_the_same_as_grayctl(shop, store):
    mine = shop.get("/v1/status").json
    theirs = store.run("status", json=True)
    assert set(mine) == set(theirs)
    assert mine["store"]["revision"] == theirs["store"]["revision"] == 1


@pytest.mark.parametrize("path", ["/v1/releases", "/v1/releases/shop/rules"])
def test_head_is_get_without_a_body(shop, path):
    got = shop.ask("HEAD", path)
    assert got.status == 200 and got.body == b""
    assert got.headers["etag"] == '"1"'


def test_a_method_that_an_address_lacks_is_405_and_says_which_it_has(shop):
    got = shop.ask("PUT", "/v1/releases")
    assert got.status == 405 and got.headers["allow"] == "GET"
    got = shop.ask("PATCH", "/v1/releases/shop")
    assert got.headers["allow"] == "GET, PUT, POST, DELETE"
    assert shop.ask("BREW", "/v1/status").status == 405
    # not what the page's files have
    got = shop.get("/v1/releases/shop/weight")
    assert got.status == 405 and got.headers["allow"] == "PATCH"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "PATCH",
                                    "DELETE"])
@pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/nothing",
                                  "/v1/releases/shop/nothing", "/v2/status"])
def test_an_address_that_is_not_there_is_404_for_every_method(
        shop, method, path):
    got = shop.ask(method, path)
    assert got.status == 404
    assert got.headers["content-type"] == "application/problem+json"
