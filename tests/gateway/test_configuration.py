"""Every mistake is found by nginx -t, which names the word at fault."""

import os

import pytest

HTTP = """
gray_store %dir%/store;
upstream app_stable { server 127.0.0.1:1; }
upstream app_gray { server 127.0.0.1:2; }
"""

SHOP = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
}
"""


def told(gateway, http, server):
    nginx = gateway(http, server, start=False)
    code, text = nginx.config_test()
    assert code != 0, text
    return next(line for line in text.splitlines() if "[emerg]" in line)


def in_http(*directives):
    return HTTP + "\n".join(directives), SHOP


def in_location(*directives):
    return HTTP, "location / {" + "\n".join(directives) + "}"


MISTAKES = {
    "a target that is nothing": (
        in_location("gray shop stable=app_stable gray=app_gry;"),
        ['"app_gry"', '"gray shop"', "upstream block"]),
    "a target that only a proxy_pass names": (
        in_location("gray shop stable=app_stable gray=127.0.0.1:5002;",
                    "proxy_pass http://127.0.0.1:5002;"),
        ['"127.0.0.1:5002"', "upstream block"]),
    "a named location that is not there": (
        in_location("gray shop stable gray=@grey;"),
        ['"@grey"', "named location of this server"]),
    "a bare variant beside an upstream": (
        in_location("gray shop stable gray=app_gray;"),
        ['"stable"', '"gray=app_gray"', '"stable=UPSTREAM"']),
    "a variant twice": (
        in_location("gray shop stable=app_stable stable=app_gray;"),
        ['duplicate variant "stable"']),
    "no target after the equals sign": (
        in_location("gray shop stable=app_stable gray=;"),
        ['"gray="']),
    "no name after the at sign": (
        in_location("gray shop stable gray=@;"),
        ['"gray=@"']),
    "a bad variant": (
        in_location("gray shop stable=app_stable gr/ay=app_gray;"),
        ['invalid variant name "gr/ay"']),
    "an option where a variant stands": (
        in_location("gray shop stable=app_stable =app_gray;"),
        ['invalid variant name ""']),
    "a bad release": (
        in_location("gray sh@p stable=app_stable gray=app_gray;"),
        ['invalid release name "sh@p"']),
    "a release without variants": (
        in_location("gray shop;"),
        ['release "shop" has no variants']),
    "a release twice in a location": (
        in_location("gray shop stable=app_stable gray=app_gray;",
                    "gray cart stable=app_stable gray=app_gray;"),
        ['"gray" directive is duplicate']),
    "variants after off": (
        in_location("gray off stable=app_stable;"),
        ['"gray off"', '"stable=app_stable"']),
    "seventeen variants": (
        in_location("gray shop " + " ".join(
            f"v{i}=app_gray" for i in range(17)) + ";"),
        ["too many variants", '"v16"']),
    "gray without a store": (
        (HTTP.replace("gray_store", "#"), SHOP),
        ['"gray shop" needs a store', "gray_store"]),
    "two stores": (
        in_http("gray_store %dir%/other;"),
        ['"gray_store" directive is duplicate']),
    "an empty store": (
        (HTTP.replace("gray_store %dir%/store", 'gray_store ""'), SHOP),
        ["no folder"]),
    "an attribute that is a word of the language": (
        in_http("gray_attribute not $http_x_user;"),
        ['attribute "not"', "rule language"]),
    "an attribute with a bad name": (
        in_http("gray_attribute x-user $http_x_user;"),
        ['invalid attribute name "x-user"']),
    "an attribute twice": (
        in_http("gray_attribute user $http_x_user;",
                "gray_attribute user $cookie_uid;"),
        ['duplicate attribute "user"']),
    "ip twice": (
        in_http("gray_attribute ip $http_x_user;",
                "gray_attribute ip $remote_addr;"),
        ['duplicate attribute "ip"']),
    "an attribute that is no variable": (
        in_http("gray_attribute user cookie_uid;"),
        ['"cookie_uid"', '"user"', "no variable"]),
    "an attribute that is a text with a variable": (
        in_http("gray_attribute user u-$cookie_uid;"),
        ['"u-$cookie_uid"', "no variable"]),
    "an attribute that is a capture": (
        in_http("gray_attribute user $1;"),
        ['"$1"', "no variable"]),
    "an attribute that is a decision": (
        in_http("gray_attribute user $gray_variant;"),
        ['"$gray_variant"', "decision"]),
    "an attribute of an unknown variable": (
        in_http("gray_attribute user $no_such_thing;"),
        ['unknown "no_such_thing" variable']),
    "an attribute without a variable": (
        in_http("gray_attribute user;"),
        ["gray_attribute"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named(mistake, gateway):
    (http, server), words = MISTAKES[mistake]
    line = told(gateway, http, server)
    for word in words:
        assert word in line
    assert "nginx.conf:" in line or "unknown" in line


def test_a_late_error_names_the_line_of_the_directive(gateway):
    nginx = gateway(HTTP, "location / { gray shop stable gray=@grey; }",
                    start=False)
    line = told(gateway, HTTP, "location / { gray shop stable gray=@grey; }")
    number = int(line.rpartition("nginx.conf:")[2])
    assert "gray shop" in nginx.conf.read_text().splitlines()[number - 1]


def test_a_target_may_stand_after_its_use(gateway):
    nginx = gateway("gray_store %dir%/store;", SHOP + """
        location /n/ { gray cart stable gray=@late; }
        location @late { return 204; }
        }
        upstream app_stable { server 127.0.0.1:1; }
        upstream app_gray { server 127.0.0.1:2; }
        server {
        """, start=False)
    code, text = nginx.config_test()
    assert code == 0, text


def test_a_store_that_is_not_there_is_a_warning(gateway):
    nginx = gateway(HTTP, SHOP, start=False)
    code, text = nginx.config_test()
    assert code == 0
    assert "[warn]" in text and "grayctl init" in text
    assert str(nginx.folder / "store") in text


def test_a_store_of_a_newer_schema_is_refused(gateway, store):
    (store.path / "VERSION").write_text("nginx-gray store, schema 999\n")
    nginx = gateway(HTTP.replace("%dir%/store", "%store%"), SHOP, store=store,
                    start=False)
    code, text = nginx.config_test()
    assert code != 0
    assert "schema 999" in text and str(store.path) in text


@pytest.mark.skipif(os.geteuid() != 0, reason="workers run as this user")
@pytest.mark.parametrize("file, mode", [
    (".", 0o700), ("VERSION", 0o600), ("data.mdb", 0o600),
    ("lock.mdb", 0o640), ("switches", 0o600), ("counters.2", 0o640)])
def test_a_file_that_the_workers_user_cannot_use_is_a_warning(
        file, mode, gateway, store):
    (store.path / file).chmod(mode)
    nginx = gateway(HTTP.replace("%dir%/store", "%store%"), SHOP, store=store,
                    start=False)
    code, text = nginx.config_test()
    assert code == 0
    line = next(line for line in text.splitlines() if "[warn]" in line)
    assert str(store.path / file).rstrip(".") in line
    assert '"www-data"' in line


def test_a_store_that_workers_can_use_gives_no_warning(gateway, store):
    nginx = gateway(HTTP.replace("%dir%/store", "%store%"), SHOP, store=store,
                    start=False)
    code, text = nginx.config_test()
    assert code == 0
    assert "[warn]" not in text


def test_without_a_gray_directive_nothing_is_opened(gateway, store, stable):
    nginx = gateway(HTTP.replace("%dir%/store", "%store%"),
                    "location / { proxy_pass http://%stable%; }",
                    store=store, stable=stable)
    assert nginx.get().text == "stable"
    maps = [open(f"/proc/{pid}/maps").read() for pid in nginx.workers()]
    assert all(str(store.path) not in text for text in maps)
