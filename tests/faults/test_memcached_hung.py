"""memcached takes connections and says nothing."""

from harness import wait_for
from harness.fake_memcached import FakeMemcached
from harness.faults import SLACK, SLOW, times
from live import recovers


def test_memcached_hung_costs_one_deadline_and_then_nothing(live, memcached):
    cache = memcached()
    cache.set("alice", "1")
    live.start(cache, "timeout=100ms", workers=2)
    assert live.variant("alice") == "gray"

    with live.watch(within=0.1, counted="timeouts",
                    told="timeout=; connection closed") as w:
        cache.suspend()
        w.go_on(times(60, 1000))
        w.switch()
        wait_for(lambda: live.counts()["open_breakers"] == 2,
                 what="both breakers are open")
        began = len(w.answers)
        w.go_on(times(40, 400))
        late = [a for a in w.answers[began:] if a.took >= 0.09 * SLOW]
    # A hung server is as dead as a killed one: nobody waits for its probes.
    assert len(late) <= len(w.answers[began:]) // 10, late

    cache.resume()
    recovers(live)


def test_a_hung_memcached_s_connection_is_closed(live, fake):
    live.start(fake, "timeout=100ms")
    assert live.variant("alice") == "gray"
    assert fake.connections == 1
    fake.reply = lambda _: FakeMemcached.SILENCE
    variant, took = live.timed("alice")
    assert variant == "stable"
    assert took < 0.1 + SLACK
    fake.reply = None
    assert live.variant("alice") == "gray"
    assert fake.connections == 2


def test_the_deadline_is_50_ms_unless_said_otherwise(live, memcached):
    cache = memcached()
    cache.set("alice", "1")
    live.start(cache, "")
    assert live.variant("alice") == "gray"
    cache.suspend()
    times_taken = [live.timed("alice") for _ in range(10)]
    assert {variant for variant, _ in times_taken} == {"stable"}
    assert max(took for _, took in times_taken) < 0.05 + SLACK
    assert min(took for _, took in times_taken[:1]) >= 0.04


def test_a_reply_of_a_slow_key_delays_only_those_behind_it(live, fake):
    live.start(fake, "timeout=150ms")
    fake.reply = lambda q: FakeMemcached.SILENCE if q.key == "slow" else None
    users = ["slow", *["alice"] * 10]
    variants = live.many(users)
    assert variants[0] == "stable"
    assert live.counts()["breaker_opened"] == 0
    recovers(live)
