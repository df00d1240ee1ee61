"""A gateway whose release `shop` gives gray to a live list's members."""

import time
from concurrent.futures import ThreadPoolExecutor

from harness import wait_for
from harness.build import SLOW, VALGRIND

CONF = """
gray_store %store%;
gray_attribute user $http_x_uid $arg_user;
gray_memcached legacy %memcached% %options%;
upstream app_stable { server %stable%; }
upstream app_gray { server %gray%; }
%more%
"""

LOCATION = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
    add_header X-Gray-Reason $gray_reason;
}
"""


class Live:
    """The fixtures a live list's story is told with."""

    def __init__(self, gateway, store, stable, gray):
        self._gateway = gateway
        self.store = store
        self.backends = {"stable": stable, "gray": gray}
        self.nginx = None

    def start(self, memcached, options="", server=LOCATION,
              condition="user in @legacy", lists=("legacy",), more="",
              **gateway_options):
        """Starts the gateway; MEMCACHED may be a server or an address."""
        if VALGRIND and "timeout=" not in options:
            options += " timeout=2s"
        self.store.run("release", "create", "shop")
        for name in lists:
            self.store.run("list", "create", name, "--live")
        self.store.run("rule", "add", "shop", "members", "gray", condition)
        self.nginx = self._gateway(
            CONF.replace("%more%", more), server, store=self.store, memcached=memcached,
            options=options, **self.backends, **gateway_options)
        return self.nginx

    def variant(self, user):
        """Which back end answers a user."""
        answer = self.nginx.get(f"/?user={user}")
        assert answer.status == 200, answer
        return answer.text

    def reason(self, user):
        return self.nginx.get(f"/?user={user}").header("X-Gray-Reason")

    def timed(self, user):
        """(variant, seconds)"""
        began = time.monotonic()
        return self.variant(user), time.monotonic() - began

    def counts(self, name="legacy"):
        """What `grayctl status` says of a live list."""
        return self.store.run("status", json=True)["live_counts"][name]

    def many(self, users, threads=50):
        """The variants of many users at once, in their order."""
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(self.variant, users))


def seconds(text):
    """A deadline that a build with sanitizers can keep: 0.2 -> "200ms"."""
    return f"{int(text * 1000 * SLOW)}ms"


def recovers(live, user="alice", deadline=15):
    wait_for(lambda: live.variant(user) == "gray", deadline,
             f"{user} is gray again")
