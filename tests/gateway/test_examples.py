"""Each file of examples/ does what its comment says."""

from harness import REPOSITORY
from published import example

RUN_HERE = {"behind-two-proxies.conf", "lua-recipe.conf"}


def test_every_example_is_run():
    files = {path.name for path in (REPOSITORY / "examples").glob("*.conf")}
    assert files == RUN_HERE


def office(store):
    """A release that sends one client's address to gray."""
    store.run("release", "create", "shop")
    store.run("list", "create", "office", "--kind", "ip")
    store.run("list", "add", "office", "203.0.113.7")
    store.run("rule", "add", "shop", "office", "gray", "ip in @office")


def behind_two_proxies(gateway, store, stable, gray):
    office(store)
    return gateway(example("behind-two-proxies.conf"), None, store=store,
                   stable=stable, gray=gray)


def test_the_client_behind_two_proxies_is_found(gateway, store, stable, gray):
    nginx = behind_two_proxies(gateway, store, stable, gray)
    chain = {"X-Forwarded-For": "203.0.113.7, 10.0.0.1"}
    assert nginx.get(headers=chain).text == "gray"
    chain = {"X-Forwarded-For": "203.0.113.8, 10.0.0.1"}
    assert nginx.get(headers=chain).text == "stable"


def test_an_address_the_client_wrote_itself_is_not_believed(
        gateway, store, stable, gray):
    nginx = behind_two_proxies(gateway, store, stable, gray)
    chain = {"X-Forwarded-For": "203.0.113.7, 198.51.100.1, 10.0.0.1"}
    assert nginx.get(headers=chain).text == "stable"


def test_headers_from_an_untrusted_address_are_not_believed(
        gateway, store, stable, gray):
    nginx = behind_two_proxies(gateway, store, stable, gray)
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        answer = nginx.get(headers={name: "203.0.113.7"}, source="127.0.0.9")
        assert answer.text == "stable"


def test_a_mapped_ipv4_address_is_the_ipv4_address(
        gateway, store, stable, gray):
    nginx = behind_two_proxies(gateway, store, stable, gray)
    chain = {"X-Forwarded-For": "::ffff:203.0.113.7, 10.0.0.1"}
    assert nginx.get(headers=chain).text == "gray"


def lua_recipe(gateway, store, memcached, stable, gray):
    store.run("release", "create", "shop")
    store.run("list", "create", "legacy", "--live")
    store.run("rule", "add", "shop", "legacy", "gray", "ip in @legacy")
    cache = memcached()
    nginx = gateway(example("lua-recipe.conf"), None, store=store,
                    memcached=cache, stable=stable, gray=gray)
    return nginx, cache


def test_the_lua_recipe_s_keys_work_as_they_are(
        gateway, store, memcached, stable, gray):
    nginx, cache = lua_recipe(gateway, store, memcached, stable, gray)
    client = {"source": "127.0.0.20"}
    assert nginx.get(**client).text == "stable"
    cache.set("127.0.0.20", "1")
    assert nginx.get(**client).text == "gray"
    assert nginx.get(source="127.0.0.21").text == "stable"
    cache.set("127.0.0.20", "0")
    assert nginx.get(**client).text == "stable"
    cache.set("127.0.0.20", "1")
    cache.delete("127.0.0.20")
    assert nginx.get(**client).text == "stable"


def test_the_lua_recipe_s_hole_is_closed(
        gateway, store, memcached, stable, gray):
    nginx, cache = lua_recipe(gateway, store, memcached, stable, gray)
    cache.set("192.168.2.20", "1")
    for name in ("X-Real-IP", "X-Forwarded-For"):
        assert nginx.get(headers={name: "192.168.2.20"}).text == "stable"


def test_the_migration_guide_shows_the_example(folder):
    guide = (REPOSITORY / "docs/migrating-from-lua.md").read_text()
    conf = (REPOSITORY / "examples/lua-recipe.conf").read_text()
    for line in ("gray shop stable=@server gray=@server_test;",
                 "grayctl rule add shop legacy gray 'ip in @legacy'",
                 "grayctl list create legacy --live"):
        assert line in guide and line in conf
