"""gray_explain: the response header Gray-Decision, for whom it is meant."""

import pytest

from shop import GRAY, HTTP, NAMED, PHONE, UPSTREAMS, fill

EXPLAINED = UPSTREAMS.replace("gray shop", "gray_explain on; gray shop")


def revision(store):
    return store.run("status", json=True)["store"]["revision"]


def start(gateway, store, stable, gray, server, **options):
    return gateway(HTTP, server, store=fill(store), stable=stable, gray=gray,
                   **options)


def decision(answer):
    return answer.header("Gray-Decision")


def test_the_decision_is_in_a_header(gateway, store, stable, gray):
    nginx = start(gateway, store, stable, gray, EXPLAINED)
    now = revision(store)
    assert decision(nginx.get(headers=GRAY)) == (
        f'"shop"; variant="gray"; reason="targeting_match:user"; revision={now}')
    assert decision(nginx.get()) == (
        f'"shop"; variant="stable"; reason="default"; revision={now}')


def test_without_gray_explain_there_is_no_header(gateway, store, stable, gray):
    nginx = start(gateway, store, stable, gray, UPSTREAMS)
    assert decision(nginx.get(headers=PHONE)) is None


def test_a_location_may_end_it(gateway, store, stable, gray):
    nginx = start(gateway, store, stable, gray, """
        gray_explain on;
        gray shop stable=app_stable gray=app_gray;
        location / { proxy_pass http://$gray_upstream; }
        location /quiet { gray_explain off; proxy_pass http://$gray_upstream; }
    """)
    assert decision(nginx.get("/")) is not None
    assert decision(nginx.get("/quiet")) is None


def test_a_named_target_is_explained_too(gateway, store, stable, gray):
    nginx = start(gateway, store, stable, gray,
                  NAMED.replace("gray shop", "gray_explain on; gray shop"))
    answer = nginx.get(headers=GRAY)
    assert answer.text == "gray"
    assert 'reason="targeting_match:user"' in decision(answer)


def test_who_is_not_let_in_learns_nothing(gateway, store, stable, gray):
    nginx = start(gateway, store, stable, gray, """
        location / {
            if ($gray_variant = nobody) { return 404; }
            gray_explain on;
            allow 127.0.0.1;
            deny all;
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
        }
    """, allow=["access forbidden by rule"])
    assert decision(nginx.get(source="127.0.0.1")) is not None
    answer = nginx.get(source="127.0.0.9")
    assert answer.status == 403 and decision(answer) is None


def test_a_failed_upstream_is_explained(gateway, store, stable, backend):
    gone = backend("gray")
    nginx = start(gateway, store, stable, gone, EXPLAINED)
    gone.stop()
    answer = nginx.get(headers=GRAY)
    assert answer.status == 502 and 'variant="gray"' in decision(answer)


def test_a_subrequest_adds_no_header(gateway, store, stable, gray):
    nginx = start(gateway, store, stable, gray, """
        location / { auth_request /auth; proxy_pass http://app_stable; }
        location = /auth {
            gray_explain on;
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
        }
    """)
    assert decision(nginx.get()) is None


def test_the_kill_switch_is_the_reason(gateway, store, stable, gray):
    nginx = start(gateway, store, stable, gray, EXPLAINED)
    store.run("off", "shop")
    assert 'variant="stable"; reason="disabled"' in decision(
        nginx.get(headers=GRAY))


@pytest.mark.parametrize("place", ["http", "value"])
def test_a_mistake_is_found_by_the_configuration_test(
        place, gateway, store, stable, gray):
    bad = {"http": (HTTP + "gray_explain on;", UPSTREAMS),
           "value": (HTTP, EXPLAINED.replace("on;", "yes;"))}[place]
    nginx = gateway(*bad, store=fill(store), stable=stable, gray=gray,
                    start=False)
    code, text = nginx.config_test()
    assert code != 0 and "gray_explain" in text


def test_an_attribute_without_its_name_is_an_unknown_variable(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS.replace(
        "proxy_pass", "add_header X-Seen $gray_attribute_colour; proxy_pass"),
        store=fill(store), stable=stable, gray=gray, start=False)
    code, text = nginx.config_test()
    assert code != 0 and "gray_attribute_colour" in text


def test_the_attribute_is_a_variable(gateway, store, stable, gray):
    nginx = start(gateway, store, stable, gray, UPSTREAMS.replace(
        "proxy_pass", 'add_header X-Seen "$gray_attribute_user|'
        '$gray_attribute_device_id|$gray_attribute_ip"; proxy_pass'))
    assert nginx.get(headers=GRAY).header("X-Seen") == "gray||127.0.0.1"
    assert nginx.get(headers=PHONE).header("X-Seen") == "|phone-42|127.0.0.1"
