"""Who a request is: attributes and where they come from."""

import pytest

CONF = """
gray_store %store%;
gray_attribute user $cookie_uid $http_x_uid;
gray_attribute device_id $http_x_device_id $cookie_device_id $arg_device_id;
upstream app_stable { server %stable%; }
upstream app_gray { server %gray%; }
"""

LOCATION = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
}
"""


def running(gateway, store, stable, gray, condition, members):
    store.run("release", "create", "shop")
    store.run("list", "create", "testers")
    store.run("list", "add", "testers", *members)
    store.run("rule", "add", "shop", "qa", "gray", condition)
    return gateway(CONF, LOCATION, store=store, stable=stable, gray=gray)


def test_header_cookie_and_argument_are_one_device_id(
        gateway, store, stable, gray):
    nginx = running(gateway, store, stable, gray,
                    "device_id in @testers", ["phone-42"])
    assert nginx.get(headers={"X-Device-Id": "phone-42"}).text == "gray"
    assert nginx.get(cookies={"device_id": "phone-42"}).text == "gray"
    assert nginx.get("/?device_id=phone-42").text == "gray"
    assert nginx.get().text == "stable"


def test_the_first_value_that_is_not_empty_wins(gateway, store, stable, gray):
    nginx = running(gateway, store, stable, gray,
                    "device_id in @testers", ["phone-42"])
    header = {"X-Device-Id": "other"}
    assert nginx.get("/?device_id=phone-42", headers=header).text == "stable"
    empty = {"X-Device-Id": ""}
    assert nginx.get("/?device_id=phone-42", headers=empty).text == "gray"


@pytest.mark.parametrize("headers", [
    ["X-Uid: alice"],
    ["x-UID: alice"],
    ["X-Uid: alice", "X-Uid: bob"],
    ["X-Uid: ", "X-Uid: bob"],
    ["X-Uid: alice", "x_uid: bob"],
    ["X_Uid: alice"],
    ["X_Uid: alice", "X-Uid: bob"],
    ["Y-Uid: alice", "X-Uib: bob", "X-Uids: carol", "X-Ui: dave"],
    [f"X-{i}: 1" for i in range(30)] + ["X-Uid: alice"],
    ["X-Uid:"],
    [],
])
def test_a_header_is_what_nginx_takes_for_it(gateway, store, headers):
    nginx = gateway("""
        gray_store %store%;
        gray_attribute user $http_x_uid;
    """, """
        underscores_in_headers on;
        location /gray { return 200 "[$gray_attribute_user]"; }
        location /nginx { return 200 "[$http_x_uid]"; }
        location /both { return 200 "[$gray_attribute_user]$http_x_uid"; }
    """, store=store)

    def body(path):
        head = [f"GET {path} HTTP/1.1", "Host: x", "Connection: close",
                *headers]
        answer = nginx.raw(("\r\n".join(head) + "\r\n\r\n").encode())
        return answer.partition(b"\r\n\r\n")[2]

    value = body("/nginx")
    assert body("/gray") == value
    assert body("/both") == value + value[1:-1]


def test_an_absent_attribute_makes_its_test_false(
        gateway, store, stable, gray):
    nginx = running(gateway, store, stable, gray,
                    "user not in @testers", ["alice"])
    assert nginx.get(cookies={"uid": "bob"}).text == "gray"
    assert nginx.get(cookies={"uid": "alice"}).text == "stable"
    assert nginx.get().text == "stable"


def test_two_facts_can_be_asked_for_together(gateway, store, stable, gray):
    nginx = running(gateway, store, stable, gray,
                    "user in @testers and ip = 127.0.0.9", ["alice"])
    alice = {"cookies": {"uid": "alice"}}
    assert nginx.get(source="127.0.0.9", **alice).text == "gray"
    assert nginx.get(source="127.0.0.8", **alice).text == "stable"
    assert nginx.get(source="127.0.0.9").text == "stable"


def test_the_member_is_compared_byte_by_byte(gateway, store, stable, gray):
    nginx = running(gateway, store, stable, gray,
                    "device_id in @testers", ["phone-42"])
    for value in ("Phone-42", "phone-4", "phone-422", " phone-42x"):
        assert nginx.get(headers={"X-Device-Id": value}).text == "stable"


def test_a_value_of_255_bytes_is_an_identity_and_a_longer_one_is_not(
        gateway, store, stable, gray):
    longest = "x" * 255
    nginx = running(gateway, store, stable, gray,
                    "device_id in @testers", [longest])
    assert nginx.get(headers={"X-Device-Id": longest}).text == "gray"
    assert nginx.get(headers={"X-Device-Id": longest + "x"}).text == "stable"


def test_ip_lists_hold_addresses_and_blocks_of_both_families(
        gateway, store, stable, gray):
    store.run("release", "create", "shop")
    store.run("list", "create", "office", "--kind", "ip")
    store.run("list", "add", "office", "127.0.8.0/24", "127.0.0.9",
              "2001:db8::/32")
    store.run("rule", "add", "shop", "office", "gray", "ip in @office")
    conf = CONF + ("gray_attribute ip $arg_ip $remote_addr;")
    nginx = gateway(conf, LOCATION, store=store, stable=stable, gray=gray)
    assert nginx.get(source="127.0.0.9").text == "gray"
    assert nginx.get(source="127.0.8.200").text == "gray"
    assert nginx.get(source="127.0.9.1").text == "stable"
    assert nginx.get("/?ip=2001:db8:1::5").text == "gray"
    assert nginx.get("/?ip=2001:db9::5").text == "stable"
    assert nginx.get("/?ip=::ffff:127.0.8.1").text == "gray"
    assert nginx.get("/?ip=nonsense").text == "stable"
