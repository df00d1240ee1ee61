"""Headers and cookies as large as they come, and bytes that none may hold.

What nginx refuses stays refused by nginx, with its own 400 or 414; all else
is decided.
"""

import pytest
from harness.faults import Ask, Watch, times

COOKIES = times(1000, 1000)

HTTP = """
gray_store %store%;
gray_attribute user $http_x_user $cookie_user $arg_user;
upstream app_stable { server %stable%; }
upstream app_gray { server %gray%; }
"""

SERVER = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
}
location /plain { proxy_pass http://app_stable; }
"""

ROOMY = HTTP + """
large_client_header_buffers 8 256k;
proxy_set_header Cookie "";
proxy_set_header X-User "";
"""

KB = 1024

# Name: (path, header lines)
HUGE = {
    "a header of 64 KB": ("/", [("X-User", "a" * 64 * KB)]),
    "a name of a header of 64 KB": ("/", [("X" * 64 * KB, "a")]),
    "1,000 headers": ("/", [(f"X-{i}", "a") for i in range(1000)]),
    "a cookie of 64 KB": ("/", [("Cookie", "user=" + "a" * 64 * KB)]),
    "1,000 cookies": ("/", [("Cookie", "; ".join(
        f"c{i}=v{i}" for i in range(COOKIES)))]),
    "1,000 cookies, one header each": ("/", [
        ("Cookie", f"c{i}=v{i}") for i in range(COOKIES)]),
    "a cookie without end": ("/", [("Cookie", "=;" * 16 * KB)]),
    "an argument of 64 KB": ("/?user=" + "a" * 64 * KB, []),
    "a path of 64 KB": ("/" + "a" * 64 * KB, []),
}


@pytest.fixture
def shop(gateway, store, stable, gray):
    def make(http):
        store.run("release", "create", "shop")
        store.run("rule", "add", "shop", "user", "gray",
                  "user = 'gray' or user starts 'gray-'")
        return gateway(http, SERVER, store=store, stable=stable, gray=gray)
    return make


def raw(path, headers):
    lines = [f"GET {path} HTTP/1.0", *(f"{n}: {v}" for n, v in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def status(answer):
    return int(answer.split(b" ", 2)[1])


def body(answer):
    return answer.partition(b"\r\n\r\n")[2].decode().strip()


def watched(nginx, store):
    return Watch(nginx, store,
                 [Ask("stable"), Ask("gray", headers={"X-User": "gray"})],
                 within=0, told=None, lines=0,
                 counted=lambda s: s["counts"]["shop"]["decisions"]
                 ["gray"]["targeting_match"])


@pytest.mark.parametrize("http", [HTTP, ROOMY], ids=["as it is", "roomy"])
def test_what_nginx_lets_in_is_decided_and_what_it_refuses_is_not(
        shop, store, http):
    nginx = shop(http)
    with watched(nginx, store) as w:
        for what, (path, headers) in list(HUGE.items()) * times(1, 20):
            plain = status(nginx.raw(raw("/plain" + path, headers)))
            answer = nginx.raw(raw(path, headers))
            assert status(answer) == plain, what
            assert plain in ((200,) if http is ROOMY else (200, 400, 414))
            if plain == 200:
                assert body(answer) == "stable", what
        w.go_on(10)
        w.switch()


@pytest.mark.parametrize("place", ["header", "cookie", "argument"])
def test_an_identity_of_64_kb_is_compared_whole(shop, place):
    nginx = shop(ROOMY)

    def ask(identity):
        headers = {"header": [("X-User", identity)],
                   "cookie": [("Cookie", f"user={identity}")]}
        return body(nginx.raw(raw(
            f"/?user={identity}" if place == "argument" else "/",
            headers.get(place, []))))
    assert ask("gray-" + "a" * 64 * KB) == "gray"
    assert ask("grey-" + "a" * 64 * KB) == "stable"
    assert ask("gray") == "gray"
    assert ask("gray" + "a" * 64 * KB) == "stable"


@pytest.mark.parametrize("join", ["; ", None], ids=["one header", "many"])
@pytest.mark.parametrize("where", [0, 500, 999])
def test_one_of_1000_cookies_is_found(shop, where, join):
    nginx = shop(ROOMY)
    cookies = [f"c{i}=v{i}" for i in range(COOKIES)]
    cookies[where] = "user=gray"
    lines = [("Cookie", join.join(cookies))] if join \
        else [("Cookie", cookie) for cookie in cookies]
    assert body(nginx.raw(raw("/", lines))) == "gray"


@pytest.mark.parametrize("request_line, header", [
    (b"GET / HTTP/1.0", b"X-User: gr\0ay"),
    (b"GET / HTTP/1.0", b"X-User: gray\0"),
    (b"GET / HTTP/1.0", b"Cookie: user=gray\0; a=b"),
    (b"GET / HTTP/1.0", b"X-\0User: gray"),
    (b"GET /\0 HTTP/1.0", b"X-User: gray"),
    (b"GET /?user=gray\0 HTTP/1.0", b"X: y"),
    (b"GET /%00 HTTP/1.0", b"X-User: gray"),
], ids=["header", "its end", "cookie", "name", "path", "argument", "escaped"])
def test_a_nul_is_nginx_s_to_refuse(shop, request_line, header):
    nginx = shop(HTTP)
    answer = nginx.raw(request_line + b"\r\n" + header + b"\r\n\r\n")
    assert status(answer) == 400


def test_an_escaped_nul_in_an_argument_is_three_characters(shop):
    nginx = shop(HTTP)
    assert body(nginx.raw(raw("/?user=gray%00", []))) == "stable"
    assert body(nginx.raw(raw("/?user=gray-%00", []))) == "gray"
