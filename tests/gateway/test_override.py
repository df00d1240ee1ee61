"""Signed overrides: who shows a good token gets its variant."""

import re
import time

import pytest
from harness import wait_for
from shop import GRAY, HTTP, NAMED, SEEN, UPSTREAMS, fill

HTTP = HTTP + "gray_override gray;"
UPSTREAMS = UPSTREAMS + f"add_header X-Seen {SEEN} always;"
FORMS = pytest.mark.parametrize("form", [UPSTREAMS, NAMED],
                                ids=["upstreams", "named"])


@pytest.fixture
def shop(gateway, store, stable, gray):
    """shop(form) is an nginx where everybody is on stable."""
    def make(form=UPSTREAMS, http=HTTP, **options):
        return gateway(http, form, store=fill(store), stable=stable, gray=gray,
                       **options)
    return make


def link(store, *options, variant="gray", release="shop"):
    return store.run("link", release, variant, *options, json=True)


def token(store, *options, **names):
    return link(store, *options, **names)["token"]


def cookie_of(response):
    """The name and value that Set-Cookie gives, as a dict."""
    name, _, value = response.header("Set-Cookie").partition(";")[0] \
        .partition("=")
    return {name: value}


def ignored(store, why):
    return store.run("status", json=True)["counts"]["shop"][f"override_{why}"]


# --- a good token


@FORMS
def test_a_link_is_answered_with_the_cookie_and_the_address_without_it(
        form, shop, store, stable, gray):
    nginx = shop(form)
    made = link(store, "--ttl", "1h")
    answer = nginx.get("/a%2Fb/?x=1&gray=" + made["token"] + "&y=%20")
    assert answer.status == 302
    assert answer.header("Location") == "/a%2Fb/?x=1&y=%20"
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Content-Length") == "0"
    assert not stable.requests and not gray.requests

    assert cookie_of(answer) == {"gray_shop": made["token"]}
    words = answer.header("Set-Cookie").split("; ")[1:]
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} < set(words)
    fields = dict(word.split("=") for word in words if "=" in word)
    assert 3590 <= int(fields["Max-Age"]) <= 3600
    at = time.strptime(fields["Expires"], "%a, %d %b %Y %H:%M:%S GMT")
    assert time.strftime("%Y-%m-%dT%H:%M:%SZ", at) == made["expires"]

    there = nginx.get(answer.header("Location"), cookies=cookie_of(answer))
    assert (there.status, there.text) == (200, "gray")
    assert gray.requests[0].path == "/a%2Fb/?x=1&y=%20"
    assert nginx.get().text == "stable"


def test_a_head_is_answered_in_the_same_way(shop, store):
    answer = shop().get("/?gray=" + token(store), method="HEAD")
    assert (answer.status, answer.header("Location")) == (302, "/")
    assert cookie_of(answer)


def test_the_reason_says_that_it_was_an_override(shop, store):
    nginx = shop()
    answer = nginx.get(cookies={"gray_shop": token(store)})
    assert answer.header("X-Seen") == "shop|gray|app_gray|override"


def test_an_override_can_keep_somebody_on_stable(shop, store):
    nginx = shop()
    stays = {"gray_shop": token(store, variant="stable")}
    assert nginx.get(headers=GRAY).text == "gray"
    assert nginx.get(headers=GRAY, cookies=stays).text == "stable"


@FORMS
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_another_method_goes_on_and_nobody_behind_sees_the_parameter(
        form, method, shop, store, gray):
    nginx = shop(form)
    answer = nginx.get("/a%2Fb?x=1&gray=" + token(store) + "&y=2",
                       method=method, body="the body")
    assert (answer.status, answer.text) == (200, "gray")
    assert answer.header("Set-Cookie") is None
    seen = gray.requests[0]
    assert (seen.method, seen.path) == (method, "/a%2Fb?x=1&y=2")
    assert seen.body == b"the body"
    assert b"gray=" not in seen.raw


def test_variables_of_the_address_do_not_show_the_parameter(
        shop, store, gray):
    nginx = shop("""
        set $early $request_uri;
        location / {
            gray shop stable=app_stable gray=app_gray;
            proxy_set_header X-Uri $request_uri;
            proxy_set_header X-Args "$is_args$args|$query_string|$arg_gray";
            proxy_pass http://$gray_upstream$uri$is_args$args;
        }
    """)
    nginx.get("/?gray=" + token(store), method="POST", body="")
    nginx.get("/?b=1&gray=" + token(store) + "&gray=x&a", method="POST",
              body="")
    first, second = gray.requests
    assert (first.path, first.header("X-Uri"), first.header("X-Args")) \
        == ("/", "/", "||")
    assert second.path == "/?b=1&a"
    assert second.header("X-Uri") == "/?b=1&a"
    assert second.header("X-Args") == "?b=1&a|b=1&a|"


@pytest.mark.parametrize("before, after", [
    ("/?gray=%s", "/"),
    ("/?gray=%s&a=1&b=2", "/?a=1&b=2"),
    ("/?b=2&a=1&gray=%s", "/?b=2&a=1"),
    ("/?b=%%41&&gray=%s&c", "/?b=%%41&&c"),
    ("/?a&gray=%s&gray=%s&gray&grays=1", "/?a&grays=1"),
    ("/x;y/../z?gray=%s", "/x;y/../z"),
    ("//evil.example.com/?gray=%s", "/.//evil.example.com/"),
    ("//evil.example.com?gray=%s&a", "/.//evil.example.com?a"),
    ("///evil.example.com/?gray=%s", "/.///evil.example.com/"),
    ("/\\evil.example.com/?gray=%s", "/./\\evil.example.com/"),
    ("/\\/evil.example.com/?gray=%s", "/./\\/evil.example.com/"),
])
def test_the_answer_leads_to_the_same_path_of_the_same_host(
        before, after, shop, store):
    nginx = shop()
    good = token(store)
    answer = raw(nginx, before.replace("%s", good).replace("%%", "%"))
    assert re.search(r"^Location: (.*)\r$", answer, re.M)[1] \
        == after.replace("%%", "%")


def raw(nginx, path, host="localhost"):
    return nginx.raw(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n"
                     "Connection: close\r\n\r\n".encode()).decode()


def test_an_absolute_request_line_leads_to_a_path(shop, store):
    nginx = shop()
    good = token(store)
    for line, path in [(f"http://evil.example.com/a?gray={good}", "/a"),
                       (f"http://evil.example.com?x=1&gray={good}", "/?x=1")]:
        answer = raw(nginx, line, host="evil.example.com")
        assert f"\r\nLocation: {path}\r\n" in answer


def test_the_parameter_decides_before_the_cookie(shop, store):
    nginx = shop()
    cookie = {"gray_shop": token(store)}
    answer = nginx.get("/?gray=" + token(store, variant="stable"),
                       cookies=cookie)
    assert answer.status == 302
    assert nginx.get("/", cookies=cookie_of(answer)).text == "stable"
    assert nginx.get("/?gray=nonsense", cookies=cookie).text == "gray"


def test_names_are_those_of_the_directive(shop, store):
    nginx = shop(http=HTTP.replace("gray_override gray;",
                                   "gray_override x-try cookie=which;"))
    made = link(store, "--host", "localhost")
    assert made["parameter"] == "x-try"
    assert f"/?x-try={made['token']}" in made["url"]
    answer = nginx.get("/?x-try=" + made["token"])
    assert cookie_of(answer) == {"which": made["token"]}
    assert nginx.get(cookies=cookie_of(answer)).text == "gray"
    assert nginx.get("/?gray=" + made["token"]).text == "stable"


def test_two_releases_of_one_host_have_a_cookie_each(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, """
        location / { gray shop stable=app_stable gray=app_gray;
                     proxy_pass http://$gray_upstream; }
        location /pay/ { gray pay stable=app_stable gray=app_gray;
                         proxy_pass http://$gray_upstream; }
    """, store=fill(store), stable=stable, gray=gray)
    store.run("release", "create", "pay")
    shop = nginx.get("/?gray=" + token(store))
    pay = nginx.get("/pay/?gray=" + token(store, release="pay"))
    assert set(cookie_of(shop)) == {"gray_shop"}
    assert set(cookie_of(pay)) == {"gray_pay"}
    assert nginx.get("/", cookies=cookie_of(pay)).text == "stable"
    both = {**cookie_of(shop), **cookie_of(pay)}
    assert nginx.get("/", cookies=both).text == "gray"
    assert nginx.get("/pay/", cookies=both).text == "gray"


def test_no_live_list_is_asked_for_an_override(shop, store, memcached):
    cache = memcached()
    nginx = shop(http=HTTP + "gray_memcached legacy %memcached%;",
                 memcached=cache)
    store.run("list", "create", "legacy", "--live")
    store.run("rule", "add", "shop", "live", "gray", "ip in @legacy")
    cache.suspend()
    started = time.monotonic()
    assert nginx.get(cookies={"gray_shop": token(store)}).text == "gray"
    assert nginx.get("/?gray=" + token(store)).status == 302
    assert time.monotonic() - started < 5
    counts = store.run("status", json=True)["live_counts"]["legacy"]
    assert counts["lookups"] == 0


def test_an_error_page_keeps_its_status(shop, store, stable):
    nginx = shop("""
        error_page 404 /lost;
        location = /page { return 404; }
        location / { gray shop stable=app_stable gray=app_gray;
                     proxy_pass http://$gray_upstream; }
    """)
    answer = nginx.get("/page?gray=" + token(store))
    assert (answer.status, answer.text) == (404, "gray")
    assert answer.header("Location") is None


def test_a_variable_that_is_read_early_has_the_override(shop, store):
    nginx = shop("""
        gray shop stable=app_stable gray=app_gray;
        location / { return 200 "$gray_variant $gray_reason\\n"; }
        location /if { if ($gray_variant = gray) { set $x 1; }
                       proxy_pass http://$gray_upstream; }
    """)
    cookie = {"gray_shop": token(store)}
    assert nginx.get(cookies=cookie).text == "gray override"
    assert nginx.get("/if", cookies=cookie).text == "gray"
    assert nginx.get("/if?gray=" + token(store)).status == 302


# --- one that is not


def test_the_kill_switch_wins(shop, store):
    nginx = shop()
    cookie = {"gray_shop": token(store)}
    store.run("off", "shop")
    answer = nginx.get(cookies=cookie)
    assert answer.header("X-Seen") == "shop|stable|app_stable|disabled"
    assert nginx.get("/?gray=" + token(store)).text == "stable"
    store.run("on", "shop")
    assert nginx.get(cookies=cookie).text == "gray"


def refused(nginx, store, bad, why, **options):
    """BAD is ignored, in the parameter and in the cookie, and counted."""
    before = ignored(store, why)
    answer = nginx.get(f"/?a=1&gray={bad}", **options)
    assert (answer.status, answer.text) == (200, "stable")
    assert answer.header("Set-Cookie") is None
    assert nginx.get(cookies={"gray_shop": bad}, **options).text == "stable"
    assert ignored(store, why) == before + 2


def test_a_token_that_expired_is_ignored(shop, store):
    nginx = shop()
    short = token(store, "--ttl", "1s")
    wait_for(lambda: nginx.get(cookies={"gray_shop": short}).text == "stable",
             what="the token expires")
    refused(nginx, store, short, "expired")


def test_a_token_of_another_host_is_ignored(shop, store):
    nginx = shop()
    bound = token(store, "--host", "Shop.Example.com:8443")
    refused(nginx, store, bound, "foreign", host="evil.example.com")
    for host in ("shop.example.com", "SHOP.example.com:8080"):
        answer = nginx.get("/?gray=" + bound, host=host)
        assert answer.status == 302


def test_a_token_of_another_release_is_ignored(shop, store):
    nginx = shop()
    store.run("release", "create", "pay")
    refused(nginx, store, token(store, release="pay"), "foreign")


def test_a_token_of_a_variant_that_is_gone_is_ignored(shop, store):
    nginx = shop()
    store.run("release", "set", "shop", "-", stdin="""
        {"variants": ["stable", "gray", "blue"], "default": "stable"}""")
    blue = token(store, variant="blue")
    store.run("release", "set", "shop", "-", stdin="""
        {"variants": ["stable", "gray"], "default": "stable"}""")
    refused(nginx, store, blue, "foreign")


def test_a_variant_that_nginx_does_not_map_gives_the_default(shop, store):
    nginx = shop()
    store.run("release", "set", "shop", "-", stdin="""
        {"variants": ["stable", "gray", "blue"], "default": "stable"}""")
    answer = nginx.get(cookies={"gray_shop": token(store, variant="blue")})
    assert answer.header("X-Seen") \
        == "shop|stable|app_stable|error:no_target"


def test_a_forged_token_is_ignored(shop, store, make_store):
    nginx = shop()
    good = token(store)
    flipped = good[:50] + ("A" if good[50] != "A" else "B") + good[51:]
    refused(nginx, store, flipped, "forged")

    elsewhere = make_store()
    elsewhere.run("release", "create", "shop")
    refused(nginx, store, token(elsewhere), "forged")


@pytest.mark.parametrize("bad", [
    "nonsense", "%41QAAAAE", "A" * 4000, "..", "1", "true"])
def test_what_is_no_token_is_ignored_and_goes_on_as_it_came(
        bad, shop, store, stable):
    nginx = shop()
    refused(nginx, store, bad, "malformed")
    assert stable.requests[0].path == f"/?a=1&gray={bad}"


def test_a_token_that_was_cut_is_ignored(shop, store):
    nginx = shop()
    good = token(store)
    for length in (1, 10, 40, 70):
        refused(nginx, store, good[:length], "malformed")
    for length in range(len(good) - 8, len(good)):
        assert nginx.get(f"/?gray={good[:length]}").text == "stable"
    assert nginx.get("/?gray=").text == "stable"
    assert nginx.get("/?gray").text == "stable"


def test_a_revoked_token_is_ignored_at_the_next_request(shop, store):
    nginx = shop(workers=2)
    made, other = link(store), link(store)
    cookie = {"gray_shop": made["token"]}
    assert nginx.get(cookies=cookie).text == "gray"
    store.run("link", "revoke", made["id"])
    for _ in range(4):
        assert nginx.get(cookies=cookie).text == "stable"
    refused(nginx, store, made["token"], "revoked")
    assert nginx.get(cookies={"gray_shop": other["token"]}).text == "gray"


def test_a_link_outlives_one_rotation_and_not_two(shop, store):
    nginx = shop()
    old = {"gray_shop": token(store)}
    store.run("link", "rotate")
    assert nginx.get(cookies=old).text == "gray"
    store.run("link", "rotate")
    refused(nginx, store, old["gray_shop"], "forged")
    assert nginx.get(cookies={"gray_shop": token(store)}).text == "gray"


def test_revoking_all_ends_every_link(shop, store):
    nginx = shop()
    old = {"gray_shop": token(store)}
    store.run("link", "rotate")
    new = {"gray_shop": token(store)}
    store.run("link", "revoke", "--all")
    assert nginx.get(cookies=old).text == "stable"
    assert nginx.get(cookies=new).text == "stable"
    assert nginx.get(cookies={"gray_shop": token(store)}).text == "gray"


def test_a_restore_does_not_bring_a_revoked_link_back(shop, store):
    nginx = shop()
    made = link(store)
    cookie = {"gray_shop": made["token"]}
    backup = store.folder / "backup"
    store.run("backup", backup)
    store.run("link", "revoke", made["id"])
    later = {"gray_shop": token(store)}
    store.run("restore", backup)
    wait_for(lambda: nginx.log_lines("restore") or
             nginx.get(cookies=later).text == "gray",
             what="the restored store is read")
    assert nginx.get(cookies=cookie).text == "stable"


# --- where nothing is configured


@pytest.mark.parametrize("server", [
    UPSTREAMS, UPSTREAMS.replace("gray shop", "gray_override off; gray shop")],
    ids=["without", "off"])
def test_without_the_directive_nothing_happens(server, shop, store, stable):
    http = HTTP if "off" in server else HTTP.replace("gray_override gray;", "")
    nginx = shop(server, http)
    made = link(store, "--param", "gray")
    answer = nginx.get("/?gray=" + made["token"],
                       cookies={"gray_shop": made["token"]})
    assert (answer.status, answer.text) == (200, "stable")
    assert stable.requests[0].path == "/?gray=" + made["token"]


def test_grayctl_says_when_nginx_takes_no_overrides(shop, store):
    shop(http=HTTP.replace("gray_override gray;", ""))
    said = store.run("link", "shop", "gray")
    assert 'add "gray_override gray;"' in said.err


def test_a_location_without_gray_is_left_alone(shop, store, stable):
    nginx = shop("location / { proxy_pass http://app_stable; }"
                 "location /g { gray shop stable gray=@gray;"
                 " proxy_pass http://app_stable; }"
                 "location @gray { proxy_pass http://app_gray; }")
    good = token(store, "--param", "gray")
    assert nginx.get("/?gray=" + good).status == 200
    assert stable.requests[0].path == "/?gray=" + good
    assert nginx.get("/g?gray=" + good).status == 302


@pytest.mark.parametrize("directive, why", [
    ("gray_override;", "number of arguments"),
    ("gray_override a b c;", "number of arguments"),
    ("gray_override a=b;", "is no name of a parameter"),
    ("gray_override '';", "is no name of a parameter"),
    ("gray_override gray cookie=;", "is no name of a parameter or cookie"),
    ("gray_override gray cookie=a.b;", "is no name of a parameter or cookie"),
    ("gray_override gray path=/;", 'unknown word "path=/"'),
    ("gray_override gray; gray_override gray;", "duplicate"),
])
def test_a_mistake_is_found_by_the_configuration_test(
        directive, why, gateway, store, stable, gray):
    nginx = gateway(HTTP.replace("gray_override gray;", directive), UPSTREAMS,
                    store=store, stable=stable, gray=gray, start=False)
    code, said = nginx.config_test()
    assert code != 0 and why in said
