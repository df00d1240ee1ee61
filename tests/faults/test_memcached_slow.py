"""memcached's replies come a byte at a time."""

from harness.faults import SLACK, times


def test_replies_that_drip_cost_one_deadline(live, fake):
    live.start(fake, "timeout=100ms")
    assert live.variant("alice") == "gray"
    with live.watch(within=0.1, counted="timeouts", lines=5,
                    told="timeout=; connection closed") as w:
        fake.drip = 0.05
        w.go_on(times(30, 300))
        w.switch()


def test_one_byte_at_a_time_does_not_renew_the_deadline(live, fake):
    live.start(fake, "timeout=200ms")
    fake.drip = 0.05
    variant, took = live.timed("alice")
    assert variant == "stable"
    assert took < 0.2 + SLACK
    assert live.counts()["timeouts"] == 1
    assert len(live.complaints()) == 1


def test_one_byte_at_a_time_is_read_right_when_in_time(live, fake):
    live.start(fake, "timeout=5s")
    fake.drip = 0.001
    for meta in (True, False):
        fake.meta = meta
        fake.drop()
        for _ in range(times(1, 20)):
            assert live.variant("alice") == "gray"
            assert live.variant("bob") == "stable"
