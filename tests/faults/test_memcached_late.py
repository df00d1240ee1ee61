"""A reply that comes after its deadline is nobody's."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import wait_for
from harness.faults import times
from live import recovers


@pytest.mark.parametrize("meta", [True, False], ids=["mg", "get"])
def test_a_late_reply_is_never_taken_for_another_key_s(live, fake, meta):
    fake.meta = meta
    live.start(fake, "timeout=150ms")
    assert live.variant("alice") == "gray"

    for i in range(times(3, 30)):
        began = fake.connections
        fake.delay = 0.25
        assert live.variant("alice") == "stable"
        fake.delay = 0
        assert live.variant(f"user{i}") == "stable"
        assert fake.connections > began
        assert live.variant("alice") == "gray"
    assert live.counts()["timeouts"] == times(3, 30)
    assert live.counts()["protocol_errors"] == 0


@pytest.mark.parametrize("meta", [True, False], ids=["mg", "get"])
def test_late_hits_make_nobody_gray_who_is_not_listed(live, fake, meta):
    fake.meta = meta
    live.start(fake, "timeout=100ms")
    assert live.variant("alice") == "gray"

    def late(lookup):
        # Every hit comes too late, with other keys' lookups behind it.
        if lookup.key == "alice":
            time.sleep(0.15)
    with live.watch(within=0.1, counted="timeouts", lines=5,
                    told="timeout=; connection closed") as w:
        fake.reply = late
        w.go_on(times(60, 600))
        w.switch()
    assert not {a.text for a in w.answers if "bob" in a.ask.path} - {"stable"}
    fake.reply = None
    recovers(live)


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
