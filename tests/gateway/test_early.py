"""Variables that are read before the access phase."""

import pytest
from shop import GRAY, HTTP, SEEN, UPSTREAMS, fill

LEGACY = HTTP + "gray_memcached legacy %memcached%;"


def legacy(store):
    store.run("release", "create", "shop")
    store.run("list", "create", "legacy", "--live")
    store.run("rule", "add", "shop", "legacy", "gray", "user in @legacy")
    store.run("rule", "add", "shop", "always", "gray", "device_id = 'd'")
    return store


READERS = pytest.mark.parametrize("server", [
    f"""location / {{
        gray shop stable=app_stable gray=app_gray;
        return 200 {SEEN};
    }}""",
    f"""location / {{
        gray shop stable=app_stable gray=app_gray;
        set $early {SEEN};
        return 200 $early;
    }}""",
    f"""gray shop stable=app_stable gray=app_gray;
    set $early {SEEN};
    location / {{ return 200 $early; }}""",
    f"""location / {{
        gray shop stable=app_stable gray=app_gray;
        if ($gray_variant = gray) {{
            return 200 {SEEN};
        }}
        return 200 {SEEN};
    }}""",
], ids=["return", "set", "set in the server", "if"])


@READERS
def test_return_set_and_if_see_the_decision(
        server, gateway, store, stable, gray):
    nginx = gateway(HTTP, server, store=fill(store), stable=stable, gray=gray)
    assert nginx.get().text == "shop|stable|app_stable|default"
    assert nginx.get(headers=GRAY).text \
        == "shop|gray|app_gray|targeting_match:user"


@READERS
def test_a_live_list_is_unknown_to_them(
        server, gateway, store, stable, gray, memcached):
    cache = memcached()
    cache.set("u1", "1")
    nginx = gateway(LEGACY, server, store=legacy(store), stable=stable,
                    gray=gray, memcached=cache)
    user = {"X-User": "u1"}
    for _ in range(3):
        assert nginx.get(headers=user).text \
            == "shop|stable|app_stable|error:early:legacy"
    assert len(nginx.log_lines("read before the access phase")) == 1
    counts = store.run("status", json=True)["counts"]["shop"]
    assert counts["early"] == 3


def test_an_early_answer_is_kept(gateway, store, stable, gray, memcached):
    cache = memcached()
    cache.set("u1", "1")
    later = UPSTREAMS + f"add_header X-Seen {SEEN};"
    early = later.replace("gray shop", "set $early $gray_variant; gray shop")

    nginx = gateway(LEGACY, later, store=legacy(store), stable=stable,
                    gray=gray, memcached=cache)
    user = {"X-User": "u1"}
    assert nginx.get(headers=user).text == "gray"

    nginx.write(server=early)
    nginx.reload()
    answer = nginx.get(headers=user)
    assert answer.text == "stable"
    assert answer.header("X-Seen") \
        == "shop|stable|app_stable|error:early:legacy"


def test_an_early_answer_that_needs_no_live_list_is_not_counted(
        gateway, store, stable, gray, memcached):
    cache = memcached()
    nginx = gateway(LEGACY, f"""location / {{
        gray shop stable=app_stable gray=app_gray;
        return 200 {SEEN};
        }}""", store=legacy(store), stable=stable, gray=gray,
        memcached=cache)
    assert nginx.get().text == "shop|stable|app_stable|default"
    assert nginx.log_lines("read before the access phase") == []
    assert not store.run("status", json=True)["counts"]["shop"].get("early")


def test_an_answer_of_the_access_phase_is_decided_for_its_headers(
        gateway, store, stable, gray):
    server = UPSTREAMS + f"deny all; add_header X-Seen {SEEN} always;"
    nginx = gateway(HTTP, server, store=fill(store), stable=stable, gray=gray)
    answer = nginx.get(headers=GRAY)
    assert answer.status == 403
    assert answer.header("X-Seen") \
        == "shop|gray|app_gray|targeting_match:user"
