"""What memcached may do wrong, and that no request is hurt by it."""

import itertools
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import wait_for
from harness.build import SLOW
from harness.fake_memcached import FakeMemcached
from http2 import Http2
from live import Live

# A request's own cost on a busy machine, beside the deadline.
SLACK = 0.25 * SLOW

# How long the random story is told; more of it for a night's run.
STRESS = int(os.environ.get("GRAY_STRESS") or 1)


@pytest.fixture
def live(gateway, store, stable, gray):
    return Live(gateway, store, stable, gray)


@pytest.fixture
def fake(cleanup):
    made = FakeMemcached()
    made.values["alice"] = "1"
    cleanup.callback(made.stop)
    return made


def complaints(live):
    """The warnings about the live list."""
    return live.nginx.log_lines(r"\[warn\].*live list")


def recovers(live, user="alice", deadline=15):
    wait_for(lambda: live.variant(user) == "gray", deadline,
             f"{user} is gray again")


def test_memcached_down_gives_the_default_and_recovers_by_itself(
        live, memcached):
    cache = memcached()
    cache.set("alice", "1")
    live.start(cache)
    assert live.variant("alice") == "gray"

    cache.kill()
    for _ in range(200):
        assert live.variant("alice") == "stable"
    counts = live.counts()
    assert counts["refused"] > 150
    assert counts["breaker_opened"] == 1
    assert counts["open_breakers"] == 1
    assert len(complaints(live)) <= 2
    assert live.reason("alice") == "error:live:legacy"

    cache.start()
    cache.set("alice", "1")
    recovers(live)
    assert live.counts()["open_breakers"] == 0
    assert live.nginx.log_lines(r"\[notice\].*answers again after")


def test_a_dead_memcached_is_tried_ever_less_often(live, memcached):
    cache = memcached()
    live.start(cache)
    cache.kill()
    end = time.monotonic() + 2
    while time.monotonic() < end:
        live.many(["alice"] * 20)
    # 100, 200, 400 and 800 ms, each with jitter, after the first three.
    assert live.counts()["connects"] <= 10


def test_a_gateway_started_before_memcached_finds_it(live, memcached):
    cache = memcached()
    cache.kill()
    live.start(cache)
    assert set(live.many(["alice"] * 20)) == {"stable"}
    cache.start()
    cache.set("alice", "1")
    recovers(live)


def test_memcached_hung_costs_one_deadline_and_then_nothing(live, memcached):
    cache = memcached()
    cache.set("alice", "1")
    live.start(cache, "timeout=100ms")
    assert live.variant("alice") == "gray"

    cache.suspend()
    times = [live.timed("alice") for _ in range(20)]
    assert {variant for variant, _ in times} == {"stable"}
    assert max(took for _, took in times) < 0.1 + SLACK
    assert sum(took >= 0.09 for _, took in times) <= 4
    assert live.counts()["timeouts"] >= 1
    assert live.counts()["breaker_opened"] >= 1
    assert len(complaints(live)) <= 2

    cache.resume()
    recovers(live)


def test_one_byte_at_a_time_does_not_renew_the_deadline(live, fake):
    live.start(fake, "timeout=200ms")
    fake.drip = 0.05
    variant, took = live.timed("alice")
    assert variant == "stable"
    assert took < 0.2 + SLACK
    assert live.counts()["timeouts"] == 1
    assert len(complaints(live)) == 1


def test_one_byte_at_a_time_is_read_right_when_in_time(live, fake):
    live.start(fake, "timeout=5s")
    fake.drip = 0.001
    for meta in (True, False):
        fake.meta = meta
        fake.drop()
        assert live.variant("alice") == "gray"
        assert live.variant("bob") == "stable"


# The reply to a lookup of any user, in place of the honest one. Each says
# or could be taken to say that the user is a member.
GARBAGE = {
    "another key": lambda q: q.hit(key="mallory"),
    "another key's miss": lambda q: q.miss(key="mallory") if q.meta
    else q.hit(key="mallory"),
    "another opaque": lambda q: q.hit(opaque="4000000000"),
    "no opaque": lambda q: b"VA 1 k%b\r\n1\r\n" % q.key.encode(),
    "no key": lambda q: b"VA 1 O%b\r\n1\r\n" % q.opaque.encode(),
    "a length of 10^18": lambda q: b"VA 1000000000000000000 k%b O%b\r\n1\r\n"
    % (q.key.encode(), q.opaque.encode()),
    "a length that is too short": lambda q: b"VA 1 k%b O%b\r\n1111\r\n"
    % (q.key.encode(), q.opaque.encode()),
    "a second reply": lambda q: q.hit() + q.hit(),
    "data after the end": lambda q: q.miss() + b"1\r\n",
    "no CRLF": lambda q: q.hit().replace(b"\r\n", b"\n"),
    "no line at all": lambda q: b"1" * 5000,
    "HTTP": lambda q: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "binary": lambda q: bytes(range(256)),
    "an empty line": lambda q: b"\r\n" + q.hit(),
    "the other protocol": lambda q: b"END\r\n",
    "an unknown command": lambda q: b"ERROR\r\n",
}


@pytest.mark.parametrize("what", GARBAGE)
def test_a_garbage_reply_is_refused(live, fake, what):
    live.start(fake, "timeout=1s")
    assert live.variant("alice") == "gray"
    fake.reply = GARBAGE[what]
    # A first reply may be right and its rest be wrong: that is for the next.
    variants = [live.timed("bob")]
    variants.append(live.timed("carol"))
    if "second reply" not in what:
        assert {variant for variant, _ in variants} == {"stable"}
    assert all(took < 1 + SLACK for _, took in variants)
    assert live.counts()["protocol_errors"] >= 1
    assert 1 <= len(complaints(live)) <= 2

    fake.reply = None
    recovers(live)


CLASSIC_GARBAGE = {
    "another key": lambda q: q.hit(key="mallory"),
    "no END": lambda q: q.hit().replace(b"END", b"EMD"),
    "a length of 10^18":
    lambda q: b"VALUE %b 0 1000000000000000000\r\n1\r\n" % q.key.encode(),
    "data after END": lambda q: q.miss() + q.hit(key="carol"),
    "two values": lambda q: q.hit().replace(b"END", b"VALUE bob 0 1"),
    "meta": lambda q: b"VA 1 kbob O1\r\n1\r\n",
}


@pytest.mark.parametrize("what", CLASSIC_GARBAGE)
def test_a_garbage_reply_to_get_is_refused(live, fake, what):
    fake.meta = False
    live.start(fake, "timeout=1s")
    assert live.variant("alice") == "gray"
    fake.reply = CLASSIC_GARBAGE[what]
    assert live.variant("bob") == "stable"
    assert live.variant("carol") == "stable"
    assert live.counts()["protocol_errors"] >= 1
    fake.reply = None
    recovers(live)


def test_a_refused_lookup_leaves_the_connection_to_the_others(live, fake):
    live.start(fake)
    fake.reply = lambda q: b"SERVER_ERROR out of memory\r\n" \
        if q.key == "bob" else None
    for _ in range(5):
        assert live.variant("bob") == "stable"
        assert live.variant("alice") == "gray"
    assert fake.connections == 1
    assert live.counts()["protocol_errors"] == 5
    assert len(complaints(live)) == 1


def test_a_server_that_only_refuses_opens_the_breaker(live, fake):
    live.start(fake)
    fake.reply = lambda q: b"SERVER_ERROR busy\r\n"
    for _ in range(10):
        assert live.variant("alice") == "stable"
    assert live.counts()["breaker_opened"] >= 1
    fake.reply = None
    recovers(live)


def test_a_reset_in_mid_reply_is_tried_once_more(live, fake):
    live.start(fake, "timeout=2s")
    once = itertools.count()
    fake.reply = lambda q: (q.hit()[:5], FakeMemcached.RESET) \
        if next(once) == 0 else None
    assert live.variant("alice") == "gray"
    assert fake.keys == ["alice", "alice"]
    counts = live.counts()
    assert counts["resets"] == 1
    assert counts["retries"] == 1
    assert len(complaints(live)) == 1


def test_a_lookup_is_tried_twice_and_no_more(live, fake):
    live.start(fake, "timeout=2s")
    fake.reply = lambda q: (q.hit()[:-3], FakeMemcached.RESET)
    variant, took = live.timed("alice")
    assert variant == "stable"
    assert took < 1 + SLACK
    assert fake.keys == ["alice", "alice"]
    fake.reply = None
    recovers(live)


def test_a_retry_has_no_deadline_of_its_own(live, fake):
    live.start(fake, "timeout=400ms")

    def late_reset(_):
        time.sleep(0.2)
        return FakeMemcached.RESET
    replies = iter([late_reset])
    fake.reply = lambda q: next(replies, lambda _: FakeMemcached.SILENCE)(q)
    variant, took = live.timed("alice")
    assert variant == "stable"
    assert took < 0.4 + SLACK
    assert fake.keys == ["alice", "alice"]


def test_a_connection_closed_while_idle_hurts_nobody(live, fake):
    live.start(fake, "timeout=2s")
    for _ in range(5):
        assert live.variant("alice") == "gray"
        fake.drop()
    assert live.variant("alice") == "gray"
    assert live.counts()["breaker_opened"] == 0
    assert not complaints(live) or live.counts()["resets"] > 0


def test_a_restart_empties_the_list_and_is_told(live, memcached):
    cache = memcached()
    cache.set("alice", "1")
    live.start(cache)
    assert live.variant("alice") == "gray"
    before = live.counts()["misses"]

    cache.restart()
    wait_for(lambda: live.reason("alice") == "default", 10,
             "memcached is asked again")
    assert live.variant("alice") == "stable"
    assert live.counts()["misses"] > before
    assert live.nginx.log_lines(
        r"\[notice\].*(connected again to memcached|answers again)")


@pytest.mark.parametrize("meta", [True, False])
def test_a_late_reply_is_never_taken_for_another_key_s(live, fake, meta):
    fake.meta = meta
    live.start(fake, "timeout=150ms")
    assert live.variant("alice") == "gray"

    for i in range(3):
        began = fake.connections
        fake.delay = 0.25
        assert live.variant("alice") == "stable"
        fake.delay = 0
        assert live.variant(f"user{i}") == "stable"
        assert fake.connections > began
        assert live.variant("alice") == "gray"
    assert live.counts()["timeouts"] == 3
    assert live.counts()["protocol_errors"] == 0


def test_a_reply_of_a_slow_key_delays_only_those_behind_it(live, fake):
    live.start(fake, "timeout=150ms")
    fake.reply = lambda q: FakeMemcached.SILENCE if q.key == "slow" else None
    users = ["slow", *["alice"] * 10]
    variants = live.many(users)
    assert variants[0] == "stable"
    assert live.counts()["breaker_opened"] == 0
    recovers(live)


HOSTILE = {
    "CR LF and a command": "/a%0d%0aset%20alice%200%200%201%0d%0a1",
    "a space": "/a%20b",
    "a tab": "/a%09b",
    "DEL": "/a%7fb",
    "LF": "/a%0a",
    "300 bytes": "/" + "a" * 300,
    "251 bytes": "/" + "a" * 250,
}

URI = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
}
"""


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_identity_is_never_sent(live, fake, what):
    live.start(fake, server=URI, condition="path in @legacy",
               more="gray_attribute path $uri;")
    answer = live.nginx.get(HOSTILE[what])
    assert answer.status == 200
    assert answer.text == "stable"
    assert fake.lookups == []
    assert fake.connections == 0
    assert live.counts()["bad_keys"] == 1
    for _ in range(5):
        live.nginx.get(HOSTILE[what])
    assert len(complaints(live)) == 1


def test_utf8_and_250_bytes_are_identities_like_any_other(live, fake):
    fake.values["/灰度"] = "1"
    fake.values["/" + "a" * 249] = "1"
    live.start(fake, server=URI, condition="path in @legacy",
               more="gray_attribute path $uri;")
    assert live.nginx.get("/%e7%81%b0%e5%ba%a6").text == "gray"
    assert live.nginx.get("/" + "a" * 249).text == "gray"
    assert live.counts()["bad_keys"] == 0


HERD = """
server {
    listen 127.0.0.1:%port% http2;

    location / {
        gray shop stable gray=@gray;
        empty_gif;
    }

    location @gray {
        return 200 gray;
    }
}
"""


def test_a_herd_of_2000_for_one_key_costs_two_lookups(live, fake, cleanup):
    live.start(fake, "timeout=5s", server=None, more=HERD)
    fake.hold()
    clients = []
    for _ in range(20):
        client = Http2(live.nginx)
        cleanup.callback(client.close)
        clients.append((client, [client.get("/?user=alice")
                                 for _ in range(100)]))
    wait_for(lambda: live.counts()["lookups"] == 2000, 20,
             "the herd has asked")
    assert fake.keys == ["alice"]
    fake.release()
    for client, streams in clients:
        assert {client.wait(stream) for stream in streams} == {"gray"}
    assert fake.keys == ["alice", "alice"]
    assert live.counts()["joined"] == 1998


def test_what_was_sent_before_a_delete_does_not_answer_after_it(live, fake):
    live.start(fake, "timeout=5s")
    first_sent = []

    def reply(lookup):
        if not first_sent:
            # Answered from before the delete, and not yet read.
            first_sent.append(lookup)
            while not deleted:
                time.sleep(0.005)
            return lookup.hit()
        return None

    deleted = []
    fake.reply = reply
    with ThreadPoolExecutor(2) as pool:
        before = pool.submit(live.variant, "alice")
        fake.wait_for_lookups(1)
        del fake.values["alice"]
        after = pool.submit(live.variant, "alice")
        wait_for(lambda: live.counts()["lookups"] == 2, what="both have asked")
        deleted.append(True)
        assert before.result(10) == "gray"
        assert after.result(10) == "stable"


def mischief(seed):
    """Replies of a server that is right most of the time."""
    dice = random.Random(seed)
    wrong = [q for name, q in GARBAGE.items() if name != "a second reply"]

    def reply(lookup):
        throw = dice.random()
        if throw < 0.90 or not lookup.meta:
            return None
        if throw < 0.92:
            return FakeMemcached.RESET
        if throw < 0.94:
            return (lookup.hit()[:dice.randrange(12)], FakeMemcached.CLOSE)
        if throw < 0.95:
            return FakeMemcached.SILENCE
        if throw < 0.96:
            time.sleep(0.15)
            return None
        return dice.choice(wrong)(lookup)
    return reply


def test_no_mischief_makes_anybody_gray_who_is_not_listed(live, fake):
    fake.values = {f"member{i}": "1" for i in range(20)}
    live.start(fake, "timeout=100ms", workers=2)
    fake.reply = mischief(1)
    users = [f"{kind}{i}" for i in range(20) for kind in ("member", "other")]
    seen = {"member": set(), "other": set()}
    for _ in range(10 * STRESS):
        for user, variant in zip(users, live.many(users, threads=20)):
            seen[user.rstrip("0123456789")].add(variant)
    assert seen == {"member": {"gray", "stable"}, "other": {"stable"}}

    fake.reply = None
    recovers(live, "member0")
    wait_for(lambda: set(live.many(users[::2])) == {"gray"}, 15,
             "every member is gray again")
