"""The examples for those who come from elsewhere, and their guides."""

import re

import pytest

from harness import REPOSITORY
from published import example, example_commands, readme_blocks, run_example


def language_has(store, condition):
    """Whether conditions like this one can be written."""
    store.run("release", "create", "probe")
    added = store.run("rule", "add", "probe", "probe", "gray", condition,
                      check=False)
    store.run("release", "rm", "probe")
    return added.code == 0


def skip_without(store, condition):
    if not language_has(store, condition):
        pytest.skip(f"the language has no {condition}")


def typed_in(guide):
    """All lines of its sh blocks, and the commands in its tables."""
    text = (REPOSITORY / "docs" / guide).read_text()
    return "\n".join(readme_blocks(f"docs/{guide}", "sh")
                     + re.findall(r"`(grayctl [^`]*)`", text))


# --- the nginx + Lua + memcached recipe

def lua_recipe(gateway, store, memcached, stable, gray):
    cache = memcached()
    nginx = run_example("lua-recipe.conf", gateway, store, memcached=cache,
                        stable=stable, gray=gray)
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


def test_the_lua_guide_shows_the_example():
    guide = (REPOSITORY / "docs/migrating-from-lua.md").read_text()
    assert example_commands("lua-recipe.conf") in guide
    assert "gray shop stable=@server gray=@server_test;" in guide


# --- ABTestingGateway

ABTG = "migrating-from-abtestinggateway.md"
ABTG_CONF = "from-abtestinggateway.conf"
OFFICE = {"203.0.113.0/24": "127.0.1.0/24"}


class Policies:
    """The example's nginx, with the rules of SECTIONS of the guide."""

    def __init__(self, gateway, store, backends, sections):
        once, *_ = readme_blocks(f"docs/{ABTG}", "sh")
        store.shell(once.replace("grayctl init\n", ""))
        for commands in sections:
            store.shell(commands)
        stable, beta1, beta2 = backends
        self.nginx = gateway(example(ABTG_CONF), None, store=store,
                             stable=stable, gray=beta1, third=beta2)

    def get(self, uid=None, **options):
        headers = {"X-Uid": str(uid)} if uid is not None else {}
        return self.nginx.get(headers=headers, **options).text


@pytest.fixture
def policies(gateway, store, backend):
    """policies(HEADING…): the sh blocks below these headings of the guide."""
    def make(*headings, block=0):
        text = (REPOSITORY / "docs" / ABTG).read_text()
        backends = [backend(name) for name in ("stable", "beta1", "beta2")]
        return Policies(gateway, store, backends, [
            re.findall(r"```sh\n(.*?)```", section(text, heading),
                       re.DOTALL)[block] for heading in headings])
    return make


def section(text, heading):
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text,
                     re.DOTALL | re.MULTILINE)[1]


def test_an_iprange_is_a_list_of_blocks(policies, store):
    policies("iprange")
    for ip, variant in (("203.0.112.255", "stable"), ("203.0.113.0", "beta1"),
                        ("203.0.113.255", "beta1"), ("203.0.114.0", "stable")):
        said = store.run("explain", "shop", f"ip={ip}", json=True)
        assert said["variant"] == variant


def test_a_uidappoint_is_a_list(policies):
    there = policies("uidappoint")
    assert there.get(1234) == there.get(653) == "beta2"
    assert there.get(1235) == there.get() == "stable"


def test_a_uidrange_has_both_ends(policies, store):
    skip_without(store, "uid >= 1000 and uid <= 2000")
    there = policies("uidrange")
    assert there.get(1000) == there.get(1500) == there.get(2000) == "beta1"
    assert there.get(999) == there.get(2001) == there.get("x") == "stable"


def test_a_uidsuffix_is_a_share(policies):
    there = policies("uidsuffix")
    seen = [there.get(uid) for uid in range(200)]
    assert 10 <= seen.count("beta1") <= 30
    assert 10 <= seen.count("beta2") <= 30
    assert there.get() == "stable"


def test_a_uidsuffix_may_keep_the_very_same_users(policies, store):
    skip_without(store, "uid ends '1'")
    there = policies("uidsuffix", block=1)
    assert there.get(1) == there.get(4711) == "beta1"
    assert there.get(33) == "beta2"
    assert there.get(10) == there.get() == "stable"


def test_a_group_s_policies_are_asked_in_their_order(gateway, store, backend):
    skip_without(store, "uid >= 1000 and uid <= 2000")
    nginx = run_example(ABTG_CONF, gateway, store, stable=backend("stable"),
                        gray=backend("beta1"), third=backend("beta2"))
    store.run("list", "add", "office", "127.0.1.0/24")

    def get(uid, source="127.0.0.1", **headers):
        return nginx.get(headers={"X-Uid": uid, **headers},
                         source=source).text

    assert get("1234", source="127.0.1.1") == "beta1"
    assert get("1234") == "beta2"
    assert get("1235") == "beta1"
    others = [get(str(uid)) for uid in range(3000, 3100)]
    assert 10 <= others.count("beta2") <= 30 and "beta1" not in others
    assert nginx.get(headers={"X-Real-IP": "203.0.113.7"}).text == "stable"


def test_the_abtestinggateway_guide_shows_the_example_s_commands():
    typed = typed_in(ABTG)
    for line in example_commands(ABTG_CONF).splitlines():
        if "weight" not in line and "203.0.113.0/24" not in line:
            assert line in typed


# --- ingress-nginx

INGRESS = "migrating-from-ingress-nginx.md"
INGRESS_CONF = "from-ingress-nginx.conf"


def canary(gateway, store, stable, gray):
    """get(header, cookie, user): the variant."""
    nginx = run_example(INGRESS_CONF, gateway, store, stable=stable, gray=gray)

    def get(header=None, cookie=None, user=None):
        headers = {"X-Canary": header} if header else {}
        cookies = {"canary": cookie, "uid": user}
        return nginx.get(headers=headers, cookies={
            name: value for name, value in cookies.items() if value}).text

    return get


def test_the_header_is_before_the_cookie_and_the_cookie_before_the_weight(
        gateway, store, stable, gray):
    get = canary(gateway, store, stable, gray)
    users = [f"u{number}" for number in range(100)]
    drawn = [get(user=user) for user in users]
    assert 10 <= drawn.count("gray") <= 30
    for user in (users[drawn.index("gray")], users[drawn.index("stable")]):
        assert get("always", "never", user) == "gray"
        assert get("never", "always", user) == "stable"
        assert get(None, "always", user) == "gray"
        assert get(None, "never", user) == "stable"
        assert get("other", "always", user) == "gray"
        assert get("other", "other", user) == get(user=user)


def test_weight_0_is_nobody_and_100_is_everybody(
        gateway, store, stable, gray):
    get = canary(gateway, store, stable, gray)
    for weight, variant in ((0, "stable"), (100, "gray")):
        store.run("weight", "shop", f"canary={weight}")
        assert {get(user=f"u{number}") for number in range(50)} == {variant}
        assert get("always") == "gray" and get("never") == "stable"


@pytest.mark.parametrize("name", ["header-value", "header-pattern"])
def test_a_header_s_value_or_pattern_takes_the_place_of_always_and_never(
        name, gateway, store, stable, gray):
    [command] = [line for line in re.findall(
        r"`(grayctl [^`]*)`", (REPOSITORY / "docs" / INGRESS).read_text())
        if f" {name} " in line]
    skip_without(store, command.split('"')[1].replace("header", "x"))
    get = canary(gateway, store, stable, gray)
    store.run("weight", "shop", "canary=0")
    store.run("rule", "rm", "shop", "header-always")
    store.run("rule", "rm", "shop", "header-never")
    store.shell(command)
    store.run("rule", "mv", "shop", name, "--first")
    assert get("v2") == "gray"
    assert get("always") == get("never") == get("v1") == "stable"
    assert get("v1", "always") == get("v2", "never") == "gray"


def test_the_dice_of_ingress_nginx_can_be_had(gateway, store, stable, gray):
    conf = example(INGRESS_CONF) + "gray_attribute request $request_id;"
    store.shell(example_commands(INGRESS_CONF))
    nginx = gateway(conf, None, store=store, stable=stable, gray=gray)
    store.shell("grayctl weight shop canary=50 --by request")
    answers = [nginx.get(cookies={"uid": "alice"}).text for _ in range(40)]
    assert set(answers) == {"stable", "gray"}


def test_the_ingress_nginx_guide_shows_the_example_s_commands():
    typed = typed_in(INGRESS)
    for line in example_commands(INGRESS_CONF).splitlines():
        assert line in typed
