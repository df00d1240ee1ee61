"""memcached answers with anything but what was asked for."""

import random
import time

import pytest
from harness import wait_for
from harness.fake_memcached import FakeMemcached
from harness.faults import FULL, SLACK, times
from live import recovers

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
    assert 1 <= len(live.complaints()) <= 2

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


@pytest.mark.parametrize("meta", [True, False], ids=["mg", "get"])
def test_garbage_moves_nobody_and_opens_the_breaker(live, fake, meta):
    fake.meta = meta
    live.start(fake, "timeout=200ms")
    assert live.variant("alice") == "gray"
    garbage = GARBAGE if meta else CLASSIC_GARBAGE
    kinds = [garbage[what] for what in garbage if what != "a second reply"]
    with live.watch(within=0.2, counted="protocol_errors", lines=5,
                    told="garbage reply.*; connection closed") as w:
        fake.reply = lambda q: kinds[len(fake.lookups) % len(kinds)](q)
        w.go_on(times(60, 2000))
        w.switch()
    assert live.counts()["breaker_opened"] >= 1
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
    assert len(live.complaints()) == 1


def test_a_server_that_only_refuses_opens_the_breaker(live, fake):
    live.start(fake)
    fake.reply = lambda q: b"SERVER_ERROR busy\r\n"
    for _ in range(10):
        assert live.variant("alice") == "stable"
    assert live.counts()["breaker_opened"] >= 1
    fake.reply = None
    recovers(live)


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
    for _ in range(times(10, 300)):
        for user, variant in zip(users, live.many(users, threads=20)):
            seen[user.rstrip("0123456789")].add(variant)
    assert seen == {"member": {"gray", "stable"}, "other": {"stable"}}

    fake.reply = None
    recovers(live, "member0")
    wait_for(lambda: set(live.many(users[::2])) == {"gray"}, 15,
             "every member is gray again")


def test_a_breaker_that_flaps_is_told_once_in_a_while(live, fake):
    live.start(fake, "timeout=200ms")
    assert live.variant("alice") == "gray"
    fake.reply = lambda q: b"nonsense\r\n" if len(fake.lookups) % 5 else None
    wait_for(lambda: live.variant("bob") == "stable"
             and live.counts()["breaker_opened"] >= times(4, 20), 60,
             "the breaker opens time and again")
    rounds = times(1, 6)
    assert len(live.complaints()) <= 2 * rounds
    assert len(live.nginx.log_lines("answers again after")) <= rounds
    fake.reply = None
    recovers(live)


@pytest.mark.skipif(not FULL, reason="takes ten seconds: make faults")
def test_a_breaker_that_flapped_and_stays_open_is_told(live, fake):
    live.start(fake, "timeout=200ms")
    fake.reply = lambda _: b"nonsense\r\n"
    wait_for(lambda: live.variant("bob") == "stable"
             and live.counts()["breaker_opened"] >= 2, 20,
             "the breaker has opened a second time")
    fake.stop()
    wait_for(lambda: live.variant("bob") == "stable"
             and len(live.nginx.log_lines("it is not asked until")) == 2, 30,
             "what was kept back is told")
