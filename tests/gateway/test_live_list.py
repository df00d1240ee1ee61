"""A live list: who stands in memcached is gray at the next request."""

import pytest
from harness import wait_for
from harness.fake_memcached import FakeMemcached
from live import Live


@pytest.fixture
def live(gateway, store, stable, gray):
    return Live(gateway, store, stable, gray)


@pytest.fixture
def fake(cleanup):
    made = FakeMemcached()
    cleanup.callback(made.stop)
    return made


def test_set_makes_gray_and_delete_stable_at_the_next_request(
        live, memcached):
    cache = memcached()
    live.start(cache)
    for _ in range(20):
        assert live.variant("alice") == "stable"
        cache.set("alice", "1")
        assert live.variant("alice") == "gray"
        assert live.variant("bob") == "stable"
        cache.delete("alice")
    assert live.variant("alice") == "stable"


def test_every_worker_sees_a_set_and_a_delete_at_once(live, memcached):
    for workers in (2, 4):
        cache = memcached()
        if live.nginx:
            live.nginx.write(workers=workers, memcached=cache)
            live.nginx.reload()
        else:
            live.start(cache, workers=workers)
        cache.set("alice", "1")
        assert set(live.many(["alice"] * 100)) == {"gray"}
        cache.delete("alice")
        assert set(live.many(["alice"] * 100)) == {"stable"}


def test_the_reason_names_the_rule(live, memcached):
    cache = memcached()
    cache.set("alice", "1")
    live.start(cache)
    assert live.reason("alice") == "targeting_match:members"
    assert live.reason("bob") == "default"


def test_only_the_configured_value_counts(live, memcached):
    cache = memcached()
    live.start(cache, "value=gray prefix=shop:")
    cache.set("shop:alice", "gray")
    cache.set("shop:bob", "1")
    cache.set("shop:carol", "grayish")
    cache.set("dave", "gray")
    assert live.variant("alice") == "gray"
    for user in ("bob", "carol", "dave"):
        assert live.variant(user) == "stable"
    assert live.counts()["other_values"] == 2
    assert live.counts()["misses"] == 1


def test_a_mapped_ipv4_address_is_asked_as_the_ipv4_address(live, memcached):
    cache = memcached()
    live.start(cache)
    cache.set("192.168.2.20")
    assert live.variant("::ffff:192.168.2.20") == "gray"
    assert live.variant("::ffff:192.168.2.21") == "stable"


def test_a_long_value_is_not_the_value(live, memcached):
    cache = memcached()
    live.start(cache)
    cache.set("alice", "1" * 100_000)
    assert live.variant("alice") == "stable"
    cache.set("alice", "1")
    assert live.variant("alice") == "gray"
    assert live.counts()["protocol_errors"] == 0


def test_with_cache_a_change_is_seen_within_a_second(live, memcached):
    cache = memcached()
    live.start(cache, "cache=1s")
    cache.set("alice", "1")
    assert live.variant("alice") == "gray"
    cache.delete("alice")
    assert live.variant("alice") == "gray"
    wait_for(lambda: live.variant("alice") == "stable", 1.5,
             "the cached answer ends")
    assert live.counts()["cached"] > 0
    assert live.counts()["sent"] == 2


def test_an_ipv6_address_and_a_unix_socket_are_asked(
        live, memcached, folder):
    folder.chmod(0o777)
    cache = memcached(path=folder / "memcached.sock")
    live.start(cache)
    cache.set("alice", "1")
    assert live.variant("alice") == "gray"

    cache = memcached(arguments=["-l", "::1"])
    cache.set("bob", "1")
    live.nginx.write(memcached=f"[::1]:{cache.port}")
    live.nginx.reload()
    assert live.variant("bob") == "gray"
    assert live.variant("alice") == "stable"


def test_localhost_is_found_at_either_of_its_addresses(live, memcached):
    cache = memcached()
    cache.set("alice", "1")
    live.start(f"localhost:{cache.port}")
    wait_for(lambda: live.variant("alice") == "gray", 2, "alice is gray")


def test_a_1_4_server_is_asked_with_get(live, fake):
    fake.meta = False
    fake.values["alice"] = "1"
    live.start(fake)
    assert live.variant("alice") == "gray"
    assert live.variant("bob") == "stable"
    assert [lookup.line for lookup in fake.lookups] \
        == [b"get alice", b"get bob"]
    assert fake.connections == 1


def test_a_server_that_hangs_up_on_meta_is_asked_with_get(live, fake):
    fake.meta = "close"
    fake.values["alice"] = "1"
    live.start(fake)
    assert live.variant("alice") == "gray"
    assert live.variant("bob") == "stable"
    assert live.counts()["breaker_opened"] == 0


def test_a_server_that_does_not_name_its_misses_is_asked_with_get(live, fake):
    fake.naming = False
    fake.values["alice"] = "1"
    live.start(fake)
    assert live.variant("alice") == "gray"
    assert live.variant("bob") == "stable"
    assert not any(lookup.meta for lookup in fake.lookups)


def test_a_modern_server_is_asked_with_meta_commands(live, fake):
    live.start(fake)
    live.variant("alice")
    assert fake.lookups[0].line == b"mg alice v k O1"


def test_requests_share_one_connection(live, fake):
    live.start(fake, "timeout=5s")
    assert set(live.many([f"user{i}" for i in range(200)])) == {"stable"}
    assert fake.connections == 1
    assert sorted(fake.keys) == sorted(f"user{i}" for i in range(200))


def test_two_lists_are_asked_at_once_under_one_deadline(live, fake, cleanup):
    other = FakeMemcached()
    cleanup.callback(other.stop)
    fake.hold()
    other.hold()
    live.start(fake, "timeout=1s", other=other,
               condition="user in @legacy or user in @second",
               lists=("legacy", "second"),
               more="gray_memcached second %other% timeout=1s;")

    variant, took = live.timed("alice")
    assert variant == "stable"
    assert took < 1.5
    assert fake.keys == other.keys == ["alice"]
    assert live.reason("alice") == "error:live:legacy"

    other.values["alice"] = "1"
    fake.release()
    other.release()
    wait_for(lambda: live.variant("alice") == "gray", 10, "alice is gray")


@pytest.mark.parametrize("words, complaint", [
    ("a/b 127.0.0.1:1", 'bad list name "a/b"'),
    ("legacy 127.0.0.1:99999", 'bad address "127.0.0.1:99999"'),
    ("legacy 127.0.0.1:x", 'bad address "127.0.0.1:x"'),
    ("legacy unix:", 'bad address "unix:"'),
    ("legacy 127.0.0.1 timeout=0", 'bad time in "timeout=0"'),
    ("legacy 127.0.0.1 timeout=6s", 'bad time in "timeout=6s"'),
    ("legacy 127.0.0.1 timeout=", 'bad time in "timeout="'),
    ("legacy 127.0.0.1 timeout=fast", 'bad time in "timeout=fast"'),
    ("legacy 127.0.0.1 cache=2m", 'bad time in "cache=2m"'),
    ("legacy 127.0.0.1 value=", 'bad "value="'),
    ("legacy 127.0.0.1 'prefix=a b'", 'bad "prefix=a b"'),
    (f"legacy 127.0.0.1 prefix={'p' * 201}", 'bad "prefix=ppp'),
    ("legacy 127.0.0.1 cache=1s cache=2s", '"cache=2s" is the second cache='),
    ("legacy 127.0.0.1 retries=3", 'unknown option "retries=3"'),
    ("legacy 127.0.0.1; gray_memcached legacy 127.0.0.2",
     'the list "legacy" is there twice'),
])
def test_a_configuration_mistake_is_named(gateway, store, words, complaint):
    nginx = gateway(f"gray_store %store%; gray_memcached {words};",
                    "location / { return 204; }", store=store, start=False)
    code, text = nginx.config_test()
    assert code != 0
    assert complaint in text
