"""What the faults are told with; see harness/faults.py for watch()."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "gateway"))

from harness.fake_memcached import FakeMemcached        # noqa: E402
from harness.faults import Ask, Watch, live_count       # noqa: E402
from live import Live                                   # noqa: E402


@pytest.fixture
def watch():
    """with watch(nginx, store, asks, within=…, counted=…, told=…) as w:"""
    return Watch


class Listed(Live):
    """A gateway with a live list of which alice may be a member.

    dora is in a list of the store: no fault of memcached may move her, and
    bob is in none.
    """

    def start(self, memcached, options="timeout=2s",
              condition="user in @legacy", **others):
        self.store.run("list", "create", "testers")
        self.store.run("list", "add", "testers", "dora")
        return super().start(memcached, options,
                             condition=f"{condition} or user in @testers",
                             **others)

    def watch(self, *, counted, **claims):
        """A watch over all three; COUNTED names the live list's counter."""
        asks = [Ask({"stable", "gray"}, "/?user=alice"),
                Ask("stable", "/?user=bob"), Ask("gray", "/?user=dora")]
        return Watch(self.nginx, self.store, asks,
                     counted=live_count(counted), **claims)

    def complaints(self):
        """The warnings about the live list."""
        return self.nginx.log_lines(r"\[warn\].*live list")


@pytest.fixture
def live(gateway, store, stable, gray):
    return Listed(gateway, store, stable, gray)


@pytest.fixture
def fake(cleanup):
    """A memcached that does as it is told, with one member, alice."""
    made = FakeMemcached()
    made.values["alice"] = "1"
    cleanup.callback(made.stop)
    return made
