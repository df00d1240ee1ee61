"""The examples that go by who the client is."""

import pytest

from published import run_example


def ids(count=100):
    return [f"id-{number}" for number in range(count)]


def test_named_users_and_a_share_of_the_others_are_gray(
        gateway, store, stable, gray):
    nginx = run_example("by-user.conf", gateway, store, stable=stable,
                        gray=gray)

    def variant(user):
        return nginx.get(cookies={"uid": user}).text

    assert variant("alice") == variant("bob") == "gray"
    assert nginx.get().text == "stable"
    first = [variant(user) for user in ids()]
    assert 10 <= first.count("gray") <= 30
    assert [variant(user) for user in ids()] == first


@pytest.mark.parametrize("how", [
    lambda device: {"headers": {"X-Device-Id": device}},
    lambda device: {"cookies": {"device_id": device}},
    lambda device: {"path": f"/?device_id={device}"},
], ids=["header", "cookie", "argument"])
def test_testers_devices_and_a_share_of_the_others_are_gray(
        how, gateway, store, stable, gray):
    nginx = run_example("by-device.conf", gateway, store, stable=stable,
                        gray=gray)
    assert nginx.get(**how("phone-42")).text == "gray"
    variants = [nginx.get(**how(device)).text for device in ids()]
    assert 10 <= variants.count("gray") <= 30
    assert nginx.get().text == "stable"


def visitor(answer):
    """The id that the answer gave, as a browser sends it back."""
    cookie = answer.header("Set-Cookie")
    return {"visitor": cookie.split(";")[0].partition("=")[2]}


def test_a_visitor_s_first_page_and_all_later_ones_are_of_one_variant(
        gateway, store, stable, gray):
    nginx = run_example("anonymous-visitors.conf", gateway, store,
                        stable=stable, gray=gray)
    seen = []
    for _ in range(100):
        first = nginx.get()
        second = nginx.get("/next", cookies=visitor(first))
        assert second.text == first.text
        assert second.header("Set-Cookie") is None
        seen.append(first.text)
    assert set(seen) == {"stable", "gray"}


def device_before_user(gateway, store, stable, gray):
    nginx = run_example("device-before-user.conf", gateway, store,
                        stable=stable, gray=gray)

    def variant(**cookies):
        return nginx.get(cookies=cookies).text

    return variant


def test_signing_in_does_not_change_the_variant(gateway, store, stable, gray):
    variant = device_before_user(gateway, store, stable, gray)
    before = [variant(device_id=device) for device in ids()]
    after = [variant(device_id=device, uid="alice") for device in ids()]
    assert after == before
    assert set(before) == {"stable", "gray"}


def test_the_price_is_that_one_user_s_devices_may_differ(
        gateway, store, stable, gray):
    variant = device_before_user(gateway, store, stable, gray)
    devices = {variant(device_id=device, uid="alice") for device in ids()}
    assert devices == {"stable", "gray"}
    users = {variant(uid=user) for user in ids()}
    assert users == {"stable", "gray"}


def sign_in(request):
    """The service: whose session is it?"""
    user = (request.header("Cookie") or "").partition("session=")[2]
    if not user:
        return b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
    return (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-User: %b\r\n\r\n"
            % user.encode())


def auth_request(gateway, store, stable, gray, backend):
    service = backend("sign-in")
    service.answer = sign_in
    return run_example("auth-request.conf", gateway, store, stable=stable,
                       gray=gray, third=service)


def test_the_sign_in_service_says_who_the_user_is(
        gateway, store, stable, gray, backend):
    nginx = auth_request(gateway, store, stable, gray, backend)
    answer = nginx.get("/cart", cookies={"session": "alice"}, method="POST",
                       body="kept")
    assert answer.text == "gray"
    assert gray.requests[-1].header("X-User") == "alice"
    assert gray.requests[-1].body == b"kept"
    assert nginx.get(cookies={"session": "dave"}).text == "stable"


def test_what_the_client_says_it_is_counts_for_nothing(
        gateway, store, stable, gray, backend):
    nginx = auth_request(gateway, store, stable, gray, backend)
    claim = {"X-User": "alice", "Uid": "alice"}
    assert nginx.get(headers=claim, cookies={"session": "dave"}).text \
        == "stable"
    assert stable.requests[-1].header("X-User") == "dave"
    assert nginx.get(headers=claim).status == 401
