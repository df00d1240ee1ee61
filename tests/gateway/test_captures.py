"""An attribute may come from a regex map, which must leave no trace."""

from shop import HTTP, fill

# Evaluating the attribute runs regexes with captures, numbered and named.
MAP = HTTP.replace("gray_attribute user $http_x_user;", """
map $http_x_user $mapped {
    default "";
    "~^(?<part>[^-]*)-(.*)-(.*)$" $3;
}
gray_attribute user $mapped;
""")

LONG = {"X-User": "a" * 300 + "-" + "b" * 300 + "-gray"}
OTHER = {"X-User": "x-y-z"}


def test_captures_of_the_location_are_kept(gateway, store, stable, gray):
    nginx = gateway(MAP, """
        location ~ ^/(one|two)/(?<rest>.*)$ {
            gray shop stable=app_stable gray=app_gray;
            proxy_set_header X-Captures "$1|$2|$rest|$gray_variant|$1|$2";
            proxy_pass http://$gray_upstream/$1/x/$2$is_args$args;
        }""", store=fill(store), stable=stable, gray=gray)
    for backend, headers in ((gray, LONG), (stable, OTHER), (stable, {})):
        assert nginx.get("/two/a/b?c=d", headers=headers).text == backend.name
        request = backend.requests[-1]
        assert request.path == "/two/x/a/b?c=d"
        assert request.header("X-Captures") \
            == f"two|a/b|a/b|{backend.name}|two|a/b"


def test_captures_are_kept_when_a_variable_is_read_within_a_string(
        gateway, store, stable, gray):
    nginx = gateway(MAP, """
        location ~ ^/(one|two)/(?<part>.*)$ {
            gray shop stable=app_stable gray=app_gray;
            return 200 "$1|$2|$part|$gray_variant|$1|$2|$part|$gray_reason";
        }""", store=fill(store), stable=stable, gray=gray)
    assert nginx.get("/two/a/b", headers=LONG).text \
        == "two|a/b|a/b|gray|two|a/b|a/b|targeting_match:user"
    assert nginx.get("/two/a/b", headers=OTHER).text \
        == "two|a/b|a/b|stable|two|a/b|a/b|default"
    assert nginx.get("/two/a/b").text \
        == "two|a/b|a/b|stable|two|a/b|a/b|default"


def test_values_that_stand_before_the_variable_do_not_change(
        gateway, store, stable, gray):
    http = MAP + """
    map $http_x_user $twice { volatile; "~(?<part>a*)" "$part$part"; }
    gray_attribute twice $twice;
    """
    fill(store)
    store.run("rule", "add", "shop", "twice", "gray", "twice = 'no'",
              "--first")
    nginx = gateway(http, """
        location ~ ^/(?<part>.*)$ {
            gray shop stable=app_stable gray=app_gray;
            return 200 "$request_id|$part|$gray_variant|$part|$request_id";
        }""", store=store, stable=stable, gray=gray)
    for headers, variant in ((LONG, "gray"), (OTHER, "stable")):
        first, before, seen, after, last = nginx.get(
            "/path", headers=headers).text.split("|")
        assert (before, seen, after) == ("path", variant, "path")
        assert first == last


def test_an_attribute_s_value_is_the_one_that_goes_on(
        gateway, store, stable, gray):
    http = HTTP + "gray_attribute request $request_id;"
    fill(store)
    store.run("rule", "add", "shop", "request", "gray", "request = 'x'",
              "--first")
    nginx = gateway(http, """
        location / {
            gray shop stable=app_stable gray=app_gray;
            proxy_set_header X-Id $request_id;
            add_header X-Id $request_id;
            proxy_pass http://$gray_upstream;
        }""", store=store, stable=stable, gray=gray)
    answer = nginx.get()
    assert answer.header("X-Id") == stable.requests[-1].header("X-Id")


def test_a_rewrite_s_captures_are_kept(gateway, store, stable, gray):
    nginx = gateway(MAP, """
        location /old/ {
            gray shop stable=app_stable gray=app_gray;
            rewrite ^/old/(.*)/(.*)$ /new/$2/$gray_variant/$1 break;
            proxy_pass http://$gray_upstream;
        }""", store=fill(store), stable=stable, gray=gray)
    assert nginx.get("/old/a/b", headers=LONG).text == "gray"
    assert gray.requests[-1].path == "/new/b/gray/a"
    assert nginx.get("/old/a/b", headers=OTHER).text == "stable"
    assert stable.requests[-1].path == "/new/b/stable/a"


def test_a_proxied_uri_in_a_named_location_is_intact(
        gateway, store, stable, gray):
    nginx = gateway(MAP, """
        location /shop/ {
            gray shop stable gray=@gray;
            proxy_pass http://app_stable/;
        }
        location @gray { proxy_pass http://app_gray; }
        """, store=fill(store), stable=stable, gray=gray)
    nginx.get("/shop/a%2Fb//c?x=%20", headers=OTHER)
    assert stable.requests[-1].path == "/a%2Fb//c?x=%20" \
        or stable.requests[-1].path == "/a/b/c?x=%20"
    nginx.get("/shop/a%2Fb//c?x=%20", headers=LONG)
    assert gray.requests[-1].path == "/shop/a%2Fb//c?x=%20"


def test_an_attribute_that_needs_a_decision_is_absent(
        gateway, store, stable, gray):
    http = HTTP + """
    map $gray_variant $circle { default "round $gray_variant"; }
    gray_attribute circle $circle;
    """
    fill(store)
    store.run("rule", "add", "shop", "circle", "gray",
              "circle = 'round stable'", "--first")
    nginx = gateway(http, """
        location / {
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
        }""", store=store, stable=stable, gray=gray)
    assert nginx.get().text == "stable"
