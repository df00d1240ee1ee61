"""memcached's connections break, in mid-reply or while idle."""

import itertools
import time

from harness.fake_memcached import FakeMemcached
from harness.faults import SLACK, times
from live import recovers


def test_resets_in_mid_reply_move_nobody(live, fake):
    live.start(fake, "timeout=500ms")
    assert live.variant("alice") == "gray"
    count = itertools.count()
    with live.watch(within=0.5, counted="resets", lines=5,
                    told="connection lost; connection closed") as w:
        # Every third reply: the second try is answered.
        fake.reply = lambda q: (q.hit()[:5], FakeMemcached.RESET) \
            if next(count) % 3 == 0 else None
        w.go_on(times(60, 2000))
        w.switch()
    assert {a.text for a in w.answers if "alice" in a.ask.path} \
        >= {"gray"}
    assert live.counts()["retries"] > 0


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
    assert len(live.complaints()) == 1


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
    for _ in range(times(5, 100)):
        assert live.variant("alice") == "gray"
        fake.drop()
    assert live.variant("alice") == "gray"
    assert live.counts()["breaker_opened"] == 0
    assert not live.complaints() or live.counts()["resets"] > 0
