"""Subrequests and mirrors use the main request's decision."""

from shop import GRAY, HTTP, SEEN, UPSTREAMS, fill
from harness import wait_for


def test_included_parts_have_the_page_s_decision(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, """
        location / {
            gray shop stable=app_stable gray=app_gray;
            ssi on;
            ssi_types text/plain;
            proxy_pass http://$gray_upstream;
        }
        location /part/ {
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
        }
        """, store=fill(store), stable=stable, gray=gray)
    for backend, headers in ((stable, {}), (gray, GRAY)):
        backend.answer = page
        assert nginx.get("/page", headers=headers).text \
            == f"part of {backend.name} and part of {backend.name}"
    decisions = store.run("status", json=True)["counts"]["shop"]["decisions"]
    assert decisions["stable"]["default"] == 1
    assert decisions["gray"]["targeting_match"] == 1


def page(request):
    """A page with two parts, or a part that names its back end."""
    name = b"gray" if request.header("X-User") == "gray" else b"stable"
    body = b"part of " + name if request.path.startswith("/part/") else (
        b'<!--# include virtual="/part/1" --> and '
        b'<!--# include virtual="/part/2" -->')
    return (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body))


def test_an_included_part_may_go_to_a_named_location(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, """
        location / {
            ssi on;
            ssi_types text/plain;
            proxy_pass http://app_stable;
        }
        location /part/ {
            gray shop stable gray=@gray;
            proxy_pass http://app_stable;
        }
        location @gray { proxy_pass http://app_gray; }
        """, store=fill(store), stable=stable, gray=gray)
    stable.answer = page
    assert nginx.get("/page", headers=GRAY).text == "gray\n and gray"
    assert nginx.get("/page").text == "part of stable and part of stable"


def test_a_part_that_is_asked_for_live_is_waited_for(
        gateway, store, stable, gray, memcached):
    cache = memcached()
    cache.set("u1", "1")
    store.run("release", "create", "shop")
    store.run("list", "create", "legacy", "--live")
    store.run("rule", "add", "shop", "legacy", "gray", "user in @legacy")
    nginx = gateway(HTTP + "gray_memcached legacy %memcached%;", """
        location / {
            ssi on;
            ssi_types text/plain;
            proxy_pass http://app_stable;
        }
        location /part/ {
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
        }
        """, store=store, stable=stable, gray=gray, memcached=cache)
    stable.answer = page
    assert nginx.get("/page", headers={"X-User": "u1"}).text \
        == "gray\n and gray"
    assert nginx.get("/page", headers={"X-User": "u2"}).text \
        == "part of stable and part of stable"


def test_a_mirror_gets_the_request_once_and_hurts_nobody(
        gateway, store, stable, gray, backend):
    copy = backend("copy")
    nginx = gateway(HTTP, UPSTREAMS.replace(
        "gray shop", "mirror /mirror; gray shop") + """
        location = /mirror {
            internal;
            proxy_pass http://%copy%$request_uri;
            proxy_set_header X-Variant $gray_variant;
        }
        """, store=fill(store), stable=stable, gray=gray, copy=copy)
    answer = nginx.get("/a?b", headers=GRAY, method="POST", body="body")
    assert answer.text == "gray"
    assert gray.requests[-1].body == b"body"
    copy.wait_for_requests(1)
    assert [request.path for request in copy.requests] == ["/a?b"]
    assert copy.requests[0].body == b"body"


def test_a_mirror_to_gray_runs_beside_the_stable_answer(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, """
        location / {
            gray shop stable=app_stable gray=app_gray;
            mirror /mirror;
            proxy_pass http://$gray_upstream;
        }
        location = /mirror {
            internal;
            proxy_pass http://app_gray$request_uri;
        }
        """, store=fill(store), stable=stable, gray=gray)
    assert nginx.get("/a").text == "stable"
    gray.wait_for_requests(1)
    assert gray.requests[0].path == "/a"


def test_what_an_addition_adds_is_decided_alike(gateway, store, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS.replace(
        "gray shop", "add_after_body /after; addition_types text/plain; "
        "gray shop") + """
        location /after {
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
        }
        """, store=fill(store), stable=stable, gray=gray)
    assert nginx.get(headers=GRAY).text == "gray\ngray"
    assert nginx.get().text == "stable\nstable"


def test_a_logged_subrequest_shows_the_decision(gateway, store, stable, gray):
    http = HTTP + f'log_format seen "$uri {SEEN[1:]};'
    nginx = gateway(http, UPSTREAMS.replace(
        "gray shop", "add_after_body /after; addition_types text/plain; "
        "gray shop") + """
        access_log %dir%/access.log seen;
        log_subrequest on;
        location /after { proxy_pass http://app_stable; }
        """, store=fill(store), stable=stable, gray=gray)
    assert nginx.get("/a", headers=GRAY).text == "gray\nstable"
    log = nginx.folder / "access.log"
    wait_for(lambda: len(log.read_text().splitlines()) == 2,
             what="two lines in the access log")
    assert sorted(log.read_text().splitlines()) == [
        "/a shop|gray|app_gray|targeting_match:user",
        "/after shop|gray|app_gray|targeting_match:user"]
