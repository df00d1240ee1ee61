"""memcached restarts and has lost its keys: nobody is listed, and it is told.
"""

from harness import wait_for
from harness.faults import times
from live import recovers

TOLD = r"\[notice\].*(connected again to memcached|answers again)"


def test_a_restart_empties_the_list_and_is_told(live, memcached):
    cache = memcached()
    cache.set("alice", "1")
    live.start(cache, "timeout=100ms")
    assert live.variant("alice") == "gray"

    with live.watch(within=0.1, counted="misses", lines=4 * times(1, 5),
                    told=None) as w:
        for _ in range(times(1, 5)):
            cache.restart()
            wait_for(lambda: live.reason("alice") == "default", 10,
                     "memcached is asked again")
            w.go_on(20)
        w.switch()
    assert live.nginx.log_lines(TOLD)
    assert live.variant("alice") == "stable"

    cache.set("alice", "1")
    recovers(live, deadline=1)


def test_a_restart_between_two_requests_is_told_once(live, memcached):
    cache = memcached()
    cache.set("alice", "1")
    live.start(cache, "timeout=2s")
    assert live.variant("alice") == "gray"
    before = live.counts()["misses"]
    cache.restart()
    for _ in range(20):
        assert live.variant("alice") == "stable"
    assert live.counts()["misses"] == before + 20
    assert len(live.nginx.log_lines(TOLD)) == 1
    assert not live.complaints()
