"""memcached is killed: the default at once, and nothing to do afterwards."""

import time

from harness import wait_for
from harness.faults import times
from live import recovers

# What a request may cost beside the machine: nothing is waited for.
AT_ONCE = 0.05


def test_memcached_down_gives_the_default_and_recovers_by_itself(
        live, memcached):
    cache = memcached()
    cache.set("alice", "1")
    live.start(cache, "timeout=50ms", workers=2)
    assert live.variant("alice") == "gray"

    with live.watch(within=AT_ONCE, counted="refused",
                    told="failed 3 times in a row") as w:
        cache.kill()
        w.go_on(times(60, 1000))
        w.switch()
        wait_for(lambda: live.counts()["open_breakers"] == 2,
                 what="both breakers are open")
        assert live.reason("alice") == "error:live:legacy"
        assert set(live.many(["alice"] * 50)) == {"stable"}

    cache.start()
    cache.set("alice", "1")
    wait_for(lambda: set(live.many(["alice"] * 20)) == {"gray"}, 15,
             "both workers ask again")
    wait_for(lambda: live.counts()["open_breakers"] == 0,
             what="both breakers are closed")
    assert len(live.nginx.log_lines(r"\[notice\].*answers again after")) == 2


def test_a_dead_memcached_costs_one_line_and_three_tries(live, memcached):
    cache = memcached()
    cache.set("alice", "1")
    live.start(cache)
    assert live.variant("alice") == "gray"
    cache.kill()
    for _ in range(times(200, 5000)):
        assert live.variant("alice") == "stable"
    counts = live.counts()
    assert counts["refused"] > times(150, 4900)
    assert counts["breaker_opened"] == 1
    assert len(live.complaints()) <= 2


def test_a_dead_memcached_is_tried_ever_less_often(live, memcached):
    cache = memcached()
    live.start(cache)
    cache.kill()
    end = time.monotonic() + times(2, 20)
    while time.monotonic() < end:
        live.many(["alice"] * 20)
    # 100, 200, 400 ms … 5 s, each with jitter, after the first three.
    assert live.counts()["connects"] <= times(10, 14)


def test_probes_of_two_workers_are_not_in_step(live, memcached):
    cache = memcached()
    live.start(cache, workers=2)
    cache.kill()
    wait_for(lambda: live.many(["alice"] * 20)
             and live.counts()["open_breakers"] == 2,
             what="both breakers are open")
    began = live.counts()["connects"]
    moments = []

    def probed():
        now = live.counts()["connects"]
        if now > began + len(moments):
            moments.append(now)
        return len(moments) >= 4
    # Each is seen alone: two in step would be seen as one step of two.
    wait_for(probed, 10, "four probes, one by one")


def test_a_gateway_started_before_memcached_finds_it(live, memcached):
    cache = memcached()
    cache.kill()
    live.start(cache)
    assert set(live.many(["alice"] * 20)) == {"stable"}
    cache.start()
    cache.set("alice", "1")
    recovers(live)
