"""A release in nginx.conf: its targets, its variables, and who decides."""

import pytest
from harness import wait_for
from shop import GRAY, HTTP, NAMED, PHONE, SEEN, UPSTREAMS, fill

FORMS = pytest.mark.parametrize("form", [UPSTREAMS, NAMED],
                                ids=["upstreams", "named"])


@FORMS
def test_the_variant_decides_the_target(form, gateway, store, stable, gray):
    nginx = gateway(HTTP, form, store=fill(store), stable=stable, gray=gray)
    assert nginx.get().text == "stable"
    assert nginx.get(headers=GRAY).text == "gray"


@FORMS
@pytest.mark.parametrize("workers", [2, 4])
def test_every_worker_sees_a_new_member_at_its_next_request(
        form, workers, gateway, store, stable, gray):
    http = HTTP + "add_header X-Worker $pid;"
    nginx = gateway(http, form, store=fill(store), stable=stable, gray=gray,
                    workers=workers)
    connections = one_connection_each(nginx, workers)

    def answers():
        return {nginx.get(headers=PHONE, connection=c).text
                for c in connections}

    assert answers() == {"stable"}
    for _ in range(20):
        store.run("list", "add", "testers", "phone-42")
        assert answers() == {"gray"}
        store.run("list", "rm", "testers", "phone-42")
        assert answers() == {"stable"}


def one_connection_each(nginx, workers):
    """A kept connection to each worker."""
    found = {}
    for _ in range(500):
        connection = nginx.connect()
        pid = nginx.get(connection=connection).header("X-Worker")
        if found.setdefault(pid, connection) is not connection:
            connection.close()
        if len(found) == workers:
            return list(found.values())
    raise AssertionError(f"only {len(found)} of {workers} workers answered")


@FORMS
def test_method_body_and_arguments_reach_the_target(
        form, gateway, store, stable, gray):
    nginx = gateway(HTTP, form, store=fill(store), stable=stable, gray=gray)
    for backend, headers in ((stable, {}), (gray, GRAY)):
        nginx.get("/a%20b/c?x=1&y=%2F", method="PUT", body="payload",
                  headers=headers)
        request = backend.requests[-1]
        assert request.line == "PUT /a%20b/c?x=1&y=%2F HTTP/1.0"
        assert request.body == b"payload"


def test_the_variables_say_what_was_decided(gateway, store, stable, gray):
    server = UPSTREAMS + f"add_header X-Seen {SEEN};"
    nginx = gateway(HTTP, server, store=fill(store), stable=stable, gray=gray)
    assert nginx.get().header("X-Seen") \
        == "shop|stable|app_stable|default"
    assert nginx.get(headers=GRAY).header("X-Seen") \
        == "shop|gray|app_gray|targeting_match:user"


def test_the_revision_is_the_store_s(gateway, store, stable, gray):
    server = UPSTREAMS + "add_header X-Revision $gray_revision;"
    nginx = gateway(HTTP, server, store=fill(store), stable=stable, gray=gray)

    def revision():
        return store.run("status", json=True)["store"]["revision"]

    assert nginx.get().header("X-Revision") == str(revision())
    store.run("list", "add", "testers", "a")
    assert nginx.get().header("X-Revision") == str(revision())


def test_a_bare_variant_has_no_upstream(gateway, store, stable, gray):
    server = NAMED + f"add_header X-Seen {SEEN};"
    nginx = gateway(HTTP, server, store=fill(store), stable=stable, gray=gray)
    assert nginx.get().header("X-Seen") == "shop|stable||default"


def test_both_variants_may_be_named_locations(gateway, store, stable, gray):
    nginx = gateway(HTTP, """
        location / { gray shop stable=@stable gray=@gray; }
        location @stable { proxy_pass http://app_stable; }
        location @gray { proxy_pass http://app_gray; }
        """, store=fill(store), stable=stable, gray=gray)
    assert nginx.get().text == "stable"
    assert nginx.get(headers=GRAY).text == "gray"


def test_an_upstream_and_a_named_location_mix(gateway, store, stable, gray):
    nginx = gateway(HTTP, """
        location / {
            gray shop stable=app_stable gray=@gray;
            proxy_pass http://$gray_upstream;
        }
        location @gray { proxy_pass http://app_gray; }
        """, store=fill(store), stable=stable, gray=gray)
    assert nginx.get().text == "stable"
    assert nginx.get(headers=GRAY).text == "gray"


def test_gray_is_inherited_from_the_server_and_ended_by_off(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, f"""
        gray shop stable=app_stable gray=app_gray;
        location / {{ proxy_pass http://$gray_upstream; }}
        location /off/ {{ gray off; return 200 {SEEN}; }}
        """, store=fill(store), stable=stable, gray=gray)
    assert nginx.get(headers=GRAY).text == "gray"
    assert nginx.get("/off/", headers=GRAY).text == "|||"


def test_locations_may_map_one_release_differently(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS + """
        location /late/ {
            gray shop stable=app_stable gray=@late;
            proxy_pass http://$gray_upstream;
        }
        location @late { proxy_pass http://app_gray; }
        """, store=fill(store), stable=stable, gray=gray)
    assert nginx.get(headers=GRAY).text == "gray"
    assert nginx.get("/late/", headers=GRAY).text == "gray"
    assert nginx.get("/late/").text == "stable"


def test_a_variant_without_a_target_gets_the_default(
        gateway, store, stable, gray):
    fill(store)
    store.run("release", "set", "shop", stdin="""
        {"variants": ["stable", "gray", "blue"], "default": "stable",
         "rules": [{"name": "b", "if": "true", "variant": "blue"}]}""")
    server = UPSTREAMS + f"add_header X-Seen {SEEN};"
    nginx = gateway(HTTP, server, store=store, stable=stable, gray=gray)
    for _ in range(3):
        answer = nginx.get()
        assert answer.text == "stable"
        assert answer.header("X-Seen") \
            == "shop|stable|app_stable|error:no_target"
    assert len(nginx.log_lines('"blue" of release "shop" has no target')) == 1
    counts = store.run("status", json=True)["counts"]["shop"]
    assert counts["no_target"] == 3


def test_nginx_conf_s_default_wins_over_the_document_s(
        gateway, store, stable, gray):
    store.run("release", "set", "shop", stdin="""
        {"variants": ["stable", "gray"], "default": "gray", "rules": []}""")
    nginx = gateway(HTTP, UPSTREAMS, store=store, stable=stable, gray=gray)
    assert [nginx.get().text for _ in range(3)] == ["stable"] * 3
    assert len(nginx.log_lines('the default of release "shop"')) == 1


def test_a_release_that_the_store_has_not_gives_the_default(
        gateway, store, stable, gray):
    server = UPSTREAMS + f"add_header X-Seen {SEEN};"
    nginx = gateway(HTTP, server, store=store, stable=stable, gray=gray)
    for _ in range(3):
        assert nginx.get(headers=GRAY).header("X-Seen") \
            == "shop|stable|app_stable|error:no_release"
    assert len(nginx.log_lines('the store has no release "shop"')) == 1
    fill(store)
    assert nginx.get(headers=GRAY).text == "gray"
    store.run("release", "rm", "shop", "--force")
    assert nginx.get(headers=GRAY).text == "stable"


def test_a_rule_that_reads_what_nginx_has_not_is_false_and_logged_once(
        gateway, store, stable, gray):
    fill(store)
    store.run("rule", "add", "shop", "city", "gray", "city = 'BJ'")
    nginx = gateway(HTTP, UPSTREAMS, store=store, stable=stable, gray=gray)
    assert [nginx.get().text for _ in range(3)] == ["stable"] * 3
    assert len(nginx.log_lines('attribute "city"')) == 1


def test_an_expired_member_is_no_member(gateway, store, stable, gray):
    fill(store)
    store.run("list", "add", "testers", "phone-42", "--ttl", "2s")
    nginx = gateway(HTTP, UPSTREAMS, store=store, stable=stable, gray=gray)
    assert nginx.get(headers=PHONE).text == "gray"
    wait_for(lambda: nginx.get(headers=PHONE).text == "stable",
             what="the member expires")


def test_each_decision_is_counted_once(gateway, store, stable, gray):
    server = UPSTREAMS + f"""
        add_header X-Seen {SEEN};
        add_header X-Again $gray_variant;
        """
    nginx = gateway(HTTP, server, store=fill(store), stable=stable, gray=gray)
    for _ in range(3):
        nginx.get()
    for _ in range(2):
        nginx.get(headers=GRAY)
    decisions = store.run("status", json=True)["counts"]["shop"]
    assert decisions["decisions"]["stable"]["default"] == 3
    assert decisions["decisions"]["gray"]["targeting_match"] == 2


def test_the_log_of_a_request_that_was_never_decided_decides_nothing(
        gateway, store, stable, gray):
    http = HTTP + 'log_format seen "<$status $gray_variant>";'
    server = UPSTREAMS + "access_log %dir%/access.log seen;"
    nginx = gateway(http, server, store=fill(store), stable=stable, gray=gray)
    nginx.raw(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    nginx.get(headers=GRAY)
    log = nginx.folder / "access.log"
    wait_for(lambda: len(log.read_text().splitlines()) == 2,
             what="two lines in the access log")
    assert log.read_text() == "<400 ->\n<200 gray>\n"
    counts = store.run("status", json=True)["counts"]["shop"]
    assert sum(n for reasons in counts["decisions"].values()
               for n in reasons.values()) == 1


def test_huge_headers_and_cookies_are_decided_or_refused_by_nginx(
        gateway, store, stable, gray):
    http = HTTP + "large_client_header_buffers 8 80k;"
    nginx = gateway(http, UPSTREAMS, store=fill(store), stable=stable,
                    gray=gray)
    big = {"X-Device-Id": "x" * 65536}
    assert nginx.get(headers=big).text == "stable"
    assert nginx.get(headers={**big, **GRAY}).text == "gray"
    cookies = {f"c{i}": "v" * 50 for i in range(1000)}
    assert nginx.get(headers=GRAY, cookies=cookies).text == "gray"
    assert nginx.get(headers={"X-Device-Id": "x" * 90000}).status == 400
