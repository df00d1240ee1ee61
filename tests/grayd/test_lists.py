"""Lists and their members over HTTP."""

import pytest
from urllib.parse import quote


@pytest.fixture
def vip(grayd, store):
    """grayd with a list vip of strings."""
    store.run("list", "create", "vip")
    return grayd()


def add(d, *members, name="vip", **more):
    return d.post(f"/v1/lists/{name}/members",
                  {"members": list(members)} | more)


def test_a_list_is_created_read_and_dropped(grayd):
    d = grayd()
    assert d.post("/v1/lists/office", {"kind": "ip"}).status == 201
    assert d.post("/v1/lists/vip").json["kind"] == "string"
    assert [entry["name"] for entry in d.get("/v1/lists").json["lists"]] \
        == ["office", "vip"]
    assert d.get("/v1/lists/office").json["kind"] == "ip"
    assert d.delete("/v1/lists/office").status == 200
    assert d.get("/v1/lists/office").status == 404


def test_a_bad_list_is_refused(vip):
    assert vip.post("/v1/lists/vip").status == 409
    assert vip.post("/v1/lists/x", {"kind": "set"}).json["place"] == "kind"
    assert vip.post("/v1/lists/-bad", {}).status == 422
    assert vip.delete("/v1/lists/none").status == 404


def test_a_list_in_use_is_dropped_by_force_only(vip, store):
    store.run("release", "create", "shop")
    store.run("rule", "add", "shop", "vip", "gray", "device_id in @vip")
    got = vip.delete("/v1/lists/vip")
    assert got.status == 409 and got.json["code"] == "in_use"
    assert vip.delete("/v1/lists/vip?force=maybe").status == 400
    assert vip.get("/v1/lists/vip").json["used_by"] != []


def test_members_are_added_asked_for_and_removed(vip):
    got = add(vip, "a", "b", "a", ttl=100, note="hello")
    assert got.json["added"] == 2
    member = vip.get("/v1/lists/vip/members/a").json
    assert member["listed"] and member["by"]["note"] == "hello"
    assert member["by"]["expires"]
    assert not vip.get("/v1/lists/vip/members/z").json["listed"]
    assert vip.put("/v1/lists/vip/members/a").json["updated"] == 1
    assert vip.delete("/v1/lists/vip/members/a").json["removed"] == 1
    assert vip.delete("/v1/lists/vip/members/a").status == 404
    assert vip.delete("/v1/lists/vip/members",
                      {"members": ["b", "z"]}).json["removed"] == 1


@pytest.mark.parametrize("identity", [
    "a/b", "..", "a?b=c", "100%", "a b", "ü", "<script>", "a+b", "#x", '"'])
def test_an_identity_may_hold_anything_that_is_encoded(vip, store, identity):
    path = "/v1/lists/vip/members/" + quote(identity, safe="").replace(
        "..", "%2e%2e")
    if identity == "..":
        assert vip.put(path).status == 400  # a proxy would take it away
        assert add(vip, identity).status == 200
    else:
        assert vip.put(path).status == 200
        assert vip.get(path).json["listed"]
    assert store.run("list", "has", "vip", "--", identity,
                     check=False).code == 0
    assert identity.encode() in vip.get("/v1/lists/vip/export").body


def test_an_identity_cannot_hold_a_nul(vip):
    assert vip.put("/v1/lists/vip/members/a%00b").status == 400
    assert vip.post("/v1/lists/vip/members", body=b'{"members":["a\\u0000"]}',
                    headers={"Content-Type": "application/json"}).status == 400


@pytest.mark.parametrize("body", [
    {}, {"members": []}, {"members": "a"}, {"members": [1]},
    {"members": ["a"], "ttl": -1}, {"members": ["a"], "ttl": 1.5},
    {"members": ["a"], "note": 1}, {"members": [""]},
    {"members": ["a" * 300]}, {"member": ["a"]}])
def test_bad_members_are_refused_and_none_is_added(vip, body):
    got = vip.post("/v1/lists/vip/members", body)
    assert got.status == 422, got
    assert vip.get("/v1/lists/vip").json["count"] == 0


def test_a_bad_address_is_refused(grayd, store):
    store.run("list", "create", "office", "--kind", "ip")
    d = grayd()
    assert add(d, "10.0.0.0/33", name="office").status == 422
    assert add(d, "10.0.0.0/8", name="office").status == 200
    assert d.get("/v1/lists/office/members/10.1.2.3").json["listed"]


def pages(d, limit, path="/v1/lists/vip/members"):
    found, after = [], ""
    for _ in range(100):
        page = d.get(f"{path}?limit={limit}{after}").json
        found.append([m["member"] for m in page["members"]])
        if page["next"] is None:
            return found
        after = "&after=" + quote(page["next"], safe="")
    raise AssertionError("the pages do not end")


def test_members_are_paged_through_in_order(vip):
    add(vip, *(f"m{i:02d}" for i in range(10)))
    assert [len(page) for page in pages(vip, 4)] == [4, 4, 2]
    assert sum(pages(vip, 3), []) == [f"m{i:02d}" for i in range(10)]
    assert len(pages(vip, 10)) == 1
    assert len(pages(vip, 0)) == 10


def test_pages_end_whatever_the_identities_are(vip):
    for raw in ("%80", "%FF%FE", "%C3%28", "hex:ff", "hex:", "%5Cxff", "zz"):
        assert vip.put(f"/v1/lists/vip/members/{raw}").status == 200
    found = sum(pages(vip, 1), [])
    assert len(found) == 7
    assert found == sum(pages(vip, 100), [])


@pytest.mark.parametrize("query", ["limit=1001", "limit=x", "limit=-1",
                                   "limit=99999999999999999999", "limit="])
def test_a_bad_page_is_refused(vip, query):
    assert vip.get(f"/v1/lists/vip/members?{query}").status == 400


def test_an_option_given_twice_is_refused(vip):
    assert vip.get("/v1/lists/vip/members?limit=1&limit=2").status == 400


# --- links and the audit

def test_a_link_is_made_listed_and_revoked(grayd, store):
    store.run("release", "create", "shop")
    d = grayd()
    made = d.post("/v1/links", {"release": "shop", "variant": "gray",
                                "host": "shop.example", "ttl": 60})
    assert made.status == 201
    assert made.json["url"].startswith("https://shop.example/?gray=")
    line, = d.get("/v1/links").json["links"]
    assert line["id"] == made.json["id"] and "token" not in line
    assert d.delete(f"/v1/links/{line['id']}").json["id"] == line["id"]
    assert d.get("/v1/links").json["links"][0]["state"] == "revoked"
    assert d.post("/v1/links/rotate").json["key"] == 2
    assert d.post("/v1/links/revoke-all").status == 200


def test_a_bad_link_is_refused(grayd, store):
    store.run("release", "create", "shop")
    d = grayd()
    assert d.post("/v1/links", {"release": "shop"}).json["place"] == "variant"
    assert d.post("/v1/links", {"release": "no", "variant": "gray"}).status \
        == 404
    assert d.post("/v1/links", {"release": "shop", "variant": "gray",
                                "ttl": 10 ** 12}).status == 422
    assert d.delete("/v1/links/none").status == 404


def test_the_audit_is_paged_and_filtered_and_says_who(vip, store):
    store.run("release", "create", "shop")
    for i in range(5):
        add(vip, f"m{i}")
    first = vip.get("/v1/audit?limit=3").json
    second = vip.get(f"/v1/audit?limit=3&before={first['next']}").json
    third = vip.get(f"/v1/audit?limit=3&before={second['next']}").json
    sequence = [r["sequence"] for page in (first, second, third)
                for r in page["records"]]
    assert sequence == list(range(7, 0, -1)) and third["next"] is None
    assert {r["via"] for r in vip.get("/v1/audit?list=vip").json["records"]} \
        == {"grayctl", "grayd"}
    record, = vip.get("/v1/audit?release=shop").json["records"]
    assert record["via"] == "grayctl" and record["verb"] == "release create"
    assert vip.get("/v1/audit?limit=1001").status == 400
    assert vip.get("/v1/audit?before=x").status == 400


def test_the_audit_names_the_person_whom_a_proxy_names(vip):
    vip.put("/v1/lists/vip/members/a", headers={"X-Remote-User": "Zoë".encode()})
    record = vip.get("/v1/audit?limit=1").json["records"][0]
    assert record["user"] == "Zoë"
    vip.put("/v1/lists/vip/members/b",
            headers={"X-Remote-User": b"\xff\xfe"})
    assert vip.get("/v1/audit?limit=1").status == 200


def test_a_long_name_is_cut_between_two_characters(vip):
    vip.put("/v1/lists/vip/members/a",
            headers={"X-Remote-User": ("x" + 40 * "é").encode()})
    record = vip.get("/v1/audit?limit=1").json["records"][0]
    assert record["user"] == "x" + 31 * "é"


def test_a_name_that_is_too_long_is_no_other_list(grayd):
    d, name = grayd(), 63 * "v"
    d.post(f"/v1/lists/{name}", {"kind": "string"})
    assert d.get(f"/v1/lists/{name}/export").status == 200
    assert d.get(f"/v1/lists/{name}x/export").status == 422


def test_stats_are_there_with_and_without_nginx(vip):
    assert vip.get("/v1/stats").json["counters"] is False
    assert vip.get("/v1/stats/history?seconds=10").json["series"] == []
    assert vip.get("/v1/stats/history?seconds=99999").status == 400
    assert b"gray_build_info" in vip.get("/metrics").body
