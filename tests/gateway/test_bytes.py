"""Added to a site at weight 0, gray changes no byte of anything."""

import re

import pytest
from shop import HTTP, fill

# What the rules of the story read, so that attributes are evaluated.
READ = """
gray_attribute mapped $mapped;
gray_attribute id $request_id;
map $http_x_device_id $mapped { "~^(?<first>.)(.*)$" $2; }
"""

# The same site without gray and, in both forms, with it.
SITE = """
add_header X-Id $request_method$uri$is_args$args$http_x_device_id;
location / {
    %s
    proxy_pass http://%s;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
}
location /strip/ {
    %s
    proxy_pass http://app_stable/inner/;
    proxy_cookie_path /inner/ /strip/;
}
location ~ ^/re/(?<first>[^/]+)/(.*)$ {
    %s
    proxy_set_header X-Captures "$1|$2|$first";
    proxy_pass http://app_stable/$2/$first$is_args$args;
}
location /files/ {
    %s
    root %%dir%%;
    index index.html;
    autoindex on;
}
location /return {
    %s
    return 302 /elsewhere;
}
location @gray { proxy_pass http://app_gray; }
"""

# nginx makes no proxy_redirect of its own where proxy_pass has a variable.
UPSTREAMS = """gray shop stable=app_stable gray=app_gray;
    proxy_redirect http://$gray_upstream/ /;"""
NAMED = "gray shop stable gray=@gray;"
PLAIN = SITE % ("", "app_stable", "", "", "", "")
WITH = {
    "upstreams": SITE % (UPSTREAMS, "$gray_upstream", NAMED, NAMED, NAMED,
                         UPSTREAMS),
    "named": SITE % (NAMED, "app_stable", NAMED, NAMED, NAMED, NAMED),
    "server": NAMED + PLAIN,
}

HEAD = b"Host: example.org\r\nX-Device-Id: phone-42\r\nCookie: a=b; c=d\r\n"

REQUESTS = [
    b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /a%20b//c/../d?x=%2F&y=+ HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET http://example.org/absolute HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"HEAD /head HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /old HTTP/1.0\r\n\r\n",
    b"POST /p HTTP/1.1\r\n" + HEAD + b"Content-Length: 5\r\n\r\nhello",
    b"PUT /c HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n0\r\n\r\n",
    b"POST /e HTTP/1.1\r\n" + HEAD
    + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
    b"OPTIONS * HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"DELETE /strip/x%2Fy/?z HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /strip/moved HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /moved HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /re/one/two/three?q HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /files/a.txt HTTP/1.1\r\n" + HEAD + b"Range: bytes=1-2\r\n\r\n",
    b"GET /files/ HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /files/none HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /files HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /return HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /status/404 HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /status/500 HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"BAD\r\n\r\n",
    b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
]


def reply(request):
    if "moved" in request.path:
        return (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
                b"Location: http://app_stable/inner/to\r\n"
                b"Set-Cookie: a=b; path=/inner/\r\n\r\n")
    if request.path.startswith("/status/"):
        return (b"HTTP/1.1 %b Scripted\r\nContent-Length: 2\r\n\r\nno"
                % request.path[8:11].encode())
    return None


def answers(nginx, stable):
    """What the client and the back end see of each request."""
    files = nginx.folder / "files"
    files.mkdir()
    (files / "a.txt").write_text("abcdef")
    seen = []
    for request in REQUESTS:
        stable.clear()
        data = nginx.raw(request.replace(
            b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
            if b"HTTP/1.1\r\n" in request else request)
        seen.append((request, stamped(data, nginx),
                     [stamped(one.raw, nginx) for one in stable.requests]))
    return seen


def stamped(data, nginx):
    """Without what differs from run to run: times and this gateway's port."""
    data = re.sub(rb"(Date|Last-Modified|ETag): [^\r]*", rb"\1: -", data)
    data = re.sub(rb"\d\d-\w{3}-\d{4} \d\d:\d\d", b"-", data)
    return data.replace(str(nginx.port).encode(), b"PORT")


@pytest.mark.parametrize("form", WITH)
def test_a_release_that_sends_nobody_to_gray_changes_no_byte(
        form, gateway, store, stable, gray):
    fill(store)
    store.run("rule", "add", "shop", "map", "gray", "mapped = 'nobody'")
    store.run("rule", "add", "shop", "id", "gray", "id = 'nobody'")
    stable.answer = reply
    http = HTTP + READ
    plain = answers(gateway(http, PLAIN, store=store, stable=stable,
                            gray=gray), stable)
    with_gray = answers(gateway(http, WITH[form], store=store, stable=stable,
                                gray=gray), stable)
    for one, other in zip(plain, with_gray):
        assert other == one
    assert gray.requests == []


def test_a_split_at_weight_0_changes_no_byte(gateway, store, stable, gray):
    store.run("release", "set", "shop", stdin="""
        {"variants": ["stable", "gray"], "default": "stable", "rules": [],
         "by": ["device_id", "ip"], "split": {"gray": 0}}""")
    stable.answer = reply
    plain = answers(gateway(HTTP, PLAIN, store=store, stable=stable,
                            gray=gray), stable)
    with_gray = answers(gateway(HTTP, WITH["upstreams"], store=store,
                                stable=stable, gray=gray), stable)
    for one, other in zip(plain, with_gray):
        assert other == one
