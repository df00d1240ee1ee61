"""What an nginx answers over real HTTP is what the oracle decides.

Each release has two locations: one that waits for live lists, and one that
answers in the rewrite phase, too early for them. The memcached of the list
`legacy` runs; that of `blocked` does not.
"""

import ipaddress
import json
import os
import random
import time

import pytest

import decision
import generate
import values
from condition import Request
from harness import wait

SEED = int(os.environ.get("GRAY_ORACLE_SEED") or 20_260_101)
RELEASES = 20
REQUESTS = 100   # to each release
OFF = "d3"       # its kill switch is on

HTTP = """
gray_store %store%;
gray_memcached legacy %memcached% timeout=5s;
gray_memcached blocked 127.0.0.1:%nobody%;
""" + "\n".join(f"gray_attribute {name} $http_x_{name};"
                for name in generate.ATTRIBUTES)

SERVER = """
add_header X-Gray-Variant $gray_variant;
add_header X-Gray-Reason $gray_reason;
"""

LOCATIONS = """
location = /%name% { gray %name% %variants%; empty_gif; }
location = /early/%name% { gray %name% %variants%; return 200; }
"""


class Release:
    """A document, where nginx.conf sends its variants, and requests."""

    def __init__(self, rng, name):
        self.maker = generate.Maker(rng, name, plain=True)
        self.name = name
        self.oracle = decision.Release(name, self.maker.document)
        self.targets = self._targets(rng)
        self.requests = [self.maker.attributes() for _ in range(REQUESTS)]

    def _targets(self, rng):
        """Other defaults, variants without a target, and unknown ones."""
        variants = list(self.maker.document["variants"])
        rng.shuffle(variants)
        return rng.choice([variants, variants, variants[:2],
                           ["elsewhere", *variants]])

    def locations(self):
        return LOCATIONS.replace("%name%", self.name) \
            .replace("%variants%", " ".join(self.targets))

    def expected(self, attributes, lists, early):
        """(variant, reason)"""
        answers = {test: lists.answer(*test, attributes, early)
                   for test in self.maker.tests}
        made = decision.decide(
            self.oracle, Request(attributes, answers, int(time.time())),
            self.targets[0], off=self.name == OFF)
        if made.variant not in self.targets:
            return self.targets[0], "error:no_target"
        return made.variant, made.reason


class Lists:
    """Members: some of the values that requests have where a list is asked."""

    def __init__(self, rng, releases):
        self.members = {name: set() for name in generate.LISTS}
        for release in releases:
            for name, attribute in sorted(release.maker.tests):
                for attributes in release.requests:
                    if attribute in attributes and rng.random() < 0.2:
                        self._add(rng, name, attributes[attribute])

    def _add(self, rng, name, value):
        kind = generate.LISTS[name]
        if kind == "ip":
            found = values.address(value)
            if found is not None:
                self.members[name].add(block_around(rng, found))
        elif kind == "live":
            self.members[name].add(memcached_key(value) or b"none")
        elif imported(value):
            self.members[name].add(value)

    def write(self, folder):
        """As `grayctl apply` reads them."""
        for name, kind in generate.LISTS.items():
            suffix = {"string": "list"}.get(kind, kind)
            lines = [] if kind == "live" else sorted(self.members[name])
            (folder / f"{name}.{suffix}").write_bytes(
                b"".join(line + b"\n" for line in lines))

    def answer(self, name, attribute, attributes, early):
        value = attributes.get(attribute, b"")
        if generate.LISTS[name] == "ip":
            return yes_or_no(in_a_block(self.members[name], value))
        if generate.LISTS[name] == "string":
            return yes_or_no(value in self.members[name])
        return "early" if early else self._live_answer(name, value)

    def _live_answer(self, name, value):
        key = memcached_key(value)
        if key is not None and name == "blocked":
            return "live"
        return yes_or_no(key in self.members[name])


def yes_or_no(truth):
    return "yes" if truth else "no"


def imported(value):
    """Whether a string list takes it as it stands: no comment, no block."""
    return 0 < len(value) <= 255 and value[:1] not in (b"#", b"\\") \
        and b"/" not in value


def memcached_key(value):
    """The key that stands for it, or None where it can be none."""
    prefix, mapped = value[:7], value[7:]
    if prefix.lower() == b"::ffff:" and b":" not in mapped \
            and values.address(mapped) is not None:
        return mapped
    return value if 0 < len(value) <= 250 and b" " not in value else None


def block_around(rng, address):
    """A block, or the address alone, in its canonical text."""
    mapped = address >> 32 == 0xffff
    made = ipaddress.IPv4Address(address & values.MASK) if mapped \
        else ipaddress.IPv6Address(address)
    bits = made.max_prefixlen - rng.choice([0, 0, 1, 8])
    return str(ipaddress.ip_network((made, bits), strict=False)).encode()


def in_a_block(blocks, value):
    found = values.address(value)
    return found is not None and any(
        values.within(found, values.block(one)) for one in blocks)


def apply(store, folder, releases, lists):
    for name in ("releases", "lists"):
        (folder / name).mkdir()
    for release in releases:
        (folder / "releases" / f"{release.name}.json").write_text(
            json.dumps(release.maker.document))
    lists.write(folder / "lists")
    store.run("apply", folder)
    store.run("off", OFF)


@pytest.fixture
def world(gateway, store, memcached, folder):
    """(nginx, releases, lists)"""
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    releases = [Release(rng, f"d{i}") for i in range(RELEASES)]
    lists = Lists(rng, releases)
    apply(store, folder, releases, lists)
    cache = memcached()
    for key in lists.members["legacy"]:
        cache.set(key)
    server = SERVER + "".join(release.locations() for release in releases)
    nginx = gateway(HTTP, server, store=store, memcached=cache,
                    nobody=wait.port())
    return nginx, releases, lists


def ask(nginx, connection, path, attributes):
    """(variant, reason)"""
    headers = {f"X-{name.title().replace('_', '-')}": value
               for name, value in attributes.items()}
    answer = nginx.get(path, headers=headers, connection=connection)
    assert answer.status == 200, answer
    return answer.header("X-Gray-Variant"), answer.header("X-Gray-Reason")


@pytest.mark.parametrize("early", [False, True], ids=["waits", "early"])
def test_nginx_decides_what_the_oracle_decides(world, early):
    nginx, releases, lists = world
    connection = nginx.connect()
    for release in releases:
        path = f"/early/{release.name}" if early else f"/{release.name}"
        for attributes in release.requests:
            expected = release.expected(attributes, lists, early)
            found = ask(nginx, connection, path, attributes)
            assert found == expected, json.dumps(
                [release.maker.document, release.targets, str(attributes)],
                indent=1, ensure_ascii=False)
    connection.close()
