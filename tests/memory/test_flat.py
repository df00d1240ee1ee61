"""A worker's memory, files and readers' slots stay as they are."""

import os
import re
from pathlib import Path

import pytest
from harness import ports, wait_for
from harness.faults import times

REQUESTS = times(50_000, 1_000_000)

# Each round begins with a change. What a worker keeps of lists' answers, 2 MB,
# is filled by requests after some ten changes.
ROUNDS = times(20, 50)
WARM_UP = 10
EACH = REQUESTS // ROUNDS

# On a connection that is kept, and of requests with one each.
BATCH = 100
SINGLE = 20

# What a worker may have more at the end, in KiB.
GROWTH = 1024

HTTP = """
gray_store %store%;
gray_attribute user $arg_user;
gray_attribute ip $arg_ip;
gray_attribute version $arg_version;
gray_memcached legacy %cache% timeout=20ms;
gray_memcached kept %cache% timeout=20ms cache=1s;
gray_override gray;
keepalive_requests 1000000;
upstream app_stable { server 127.0.0.1:%stable%; keepalive 4; }
upstream app_gray { server 127.0.0.1:%gray%; keepalive 4; }
server { listen 127.0.0.1:%stable%; location / { return 200 stable; } }
server { listen 127.0.0.1:%gray%; location / { return 200 gray; } }
"""

SERVER = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_pass http://$gray_upstream;
    add_header X-Gray-Reason $gray_reason;
}
location /named/ {
    gray shop stable gray=@gray;
    return 200 stable;
}
location @gray { return 200 gray; }
"""

RULES = {
    "office": "ip in @office",
    "testers": "user in @testers",
    "kept": "user in @kept",
    "legacy": "user in @legacy and not user = '0'",
    "new": "version >= v2.1 or user matches '^vip-[0-9]+$'",
}

ANSWER = re.compile(rb"HTTP/1\.1 (\d+) .*?\r\nContent-Length: (\d+)\r\n"
                    rb".*?\r\n\r\n", re.DOTALL)


class Worker:
    """What /proc and the store say of one worker."""

    def __init__(self, nginx, store):
        [self.pid] = nginx.workers()
        self.store = store

    def memory(self):
        """Its own memory, in KiB."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+) kB", text)[1])

    def files(self):
        """Its open files, without connections to clients and back ends."""
        return sorted(name for name in map(self._target, self._numbers())
                      if name and not name.startswith("socket:"))

    def sockets(self):
        return sum(name.startswith("socket:") for name in
                   filter(None, map(self._target, self._numbers())))

    def readers(self):
        status = self.store.run("status", json=True)["store"]
        return status["readers"], status["stale_readers"]

    def _numbers(self):
        return os.listdir(f"/proc/{self.pid}/fd")

    def _target(self, number):
        try:
            return os.readlink(f"/proc/{self.pid}/fd/{number}")
        except OSError:
            return None


class Traffic:
    """Requests of all kinds, in an order that is always the same."""

    def __init__(self, nginx, tokens):
        self.nginx = nginx
        self.tokens = tokens
        self.sent = 0
        self.codes = {}

    def go_on(self, count):
        """COUNT requests, many on each connection and some on their own."""
        end = self.sent + count
        while self.sent < end:
            with self.nginx.socket(timeout=30) as s:
                for _ in range(min(9, (end - self.sent) // BATCH) or 1):
                    self._answers(s, self._requests(BATCH))
            for request in self._requests(SINGLE):
                close = request.replace(b"\r\n\r\n",
                                        b"\r\nConnection: close\r\n\r\n")
                self._note(self.nginx.raw(close, timeout=30))

    def _answers(self, s, requests):
        s.sendall(b"".join(requests))
        text = b""
        while self._count(text) < len(requests):
            part = s.recv(65536)
            assert part, text[-500:]
            text += part
        self._note(text)

    @staticmethod
    def _count(text):
        """How many whole answers TEXT begins with."""
        return sum(match.end() + int(match[2]) <= len(text)
                   for match in ANSWER.finditer(text))

    def _note(self, text):
        for match in ANSWER.finditer(text):
            self.codes[match[1]] = self.codes.get(match[1], 0) + 1

    def _requests(self, count):
        self.sent += count
        return [self._request(n) for n in range(self.sent - count, self.sent)]

    def _request(self, n):
        path = "/named/" if n % 3 == 0 else "/"
        path += f"?user={self._user(n)}&version=v{n % 4}.{n % 11}"
        if n % 4 == 0:
            path += f"&ip=10.{n % 20}.{n % 256}.1"
        if n % 50 == 0:
            path += "&gray=" + self.tokens[n // 50 % len(self.tokens)]
        header = b""
        if n % 7 == 0:
            token = self.tokens[n // 7 % len(self.tokens)]
            header = b"Cookie: a=b; gray_shop=%b\r\n" % token.encode()
        return b"GET %b HTTP/1.1\r\nHost: localhost\r\n%b\r\n" % (
            path.encode(), header)

    @staticmethod
    def _user(n):
        """Members, those who are not, a few often and most of them once."""
        return f"vip-{n}" if n % 13 == 0 else n % 10 if n % 2 else n


class Changes:
    """What is done to the store and to memcached before a round."""

    def __init__(self, store, cache):
        self.store = store
        self.cache = cache

    def __call__(self, round_):
        run = self.store.run
        run("weight", "shop", f"gray={round_ % 10}")
        run("list", "add", "testers", f"guest-{round_}")
        if round_ % 2:
            run("rule", "rm", "shop", "new")
        elif round_:
            run("rule", "add", "shop", "new", "gray", RULES["new"])
        run("off" if round_ % 5 == 3 else "on", "shop")
        self.cache.set(str(round_), "1")
        self.cache.delete(str(round_ - 3))
        if round_ % 4 == 3:
            self.cache.restart()


@pytest.fixture
def shop(store):
    for name in ("legacy", "kept"):
        store.run("list", "create", name, "--live")
    store.run("list", "create", "testers")
    store.run("list", "create", "office", "--kind", "ip")
    store.run("list", "add", "office", "10.1.0.0/16")
    store.run("list", "import", "testers", "-", stdin="".join(
        f"{n}\n" for n in range(0, 20_000, 7)))
    store.run("release", "create", "shop")
    for name, condition in RULES.items():
        store.run("rule", "add", "shop", name, "gray", condition)
    store.run("weight", "shop", "gray=5", "--by", "user")
    return store


def test_a_workers_memory_files_and_readers_stay_as_they_are(
        gateway, shop, memcached):
    stable, gray = ports(2)
    cache = memcached()
    nginx = gateway(HTTP, SERVER, store=shop, cache=cache, stable=stable,
                    gray=gray, log_level="warn")
    tokens = [shop.run("link", "shop", "gray", json=True)["token"], "x" * 90,
              shop.run("link", "shop", "stable", "--ttl", "1s",
                       json=True)["token"]]
    worker, traffic = Worker(nginx, shop), Traffic(nginx, tokens)
    change = Changes(shop, cache)

    seen = []
    for number in range(ROUNDS):
        change(number)
        traffic.go_on(EACH // 2)
        cache.suspend()
        traffic.go_on(min(EACH // 4, 2000))
        cache.resume()
        traffic.go_on(EACH - EACH // 2 - min(EACH // 4, 2000))
        seen.append((worker.memory(), worker.files(), worker.readers()))

    assert traffic.sent >= REQUESTS
    assert set(traffic.codes) <= {b"200", b"302"}, traffic.codes
    counts = shop.run("status", json=True)["live_counts"]["legacy"]
    assert counts["timeouts"] > 0 and counts["hits"] > 0, counts

    print(f"{REQUESTS} requests: RssAnon {[s[0] for s in seen]} KiB")
    memory, files, readers = seen[WARM_UP - 1]
    assert seen[-1][0] <= memory + GROWTH, [s[0] for s in seen]
    assert seen[-1][1] == files
    assert max(s[2] for s in seen) <= readers
    wait_for(lambda: worker.sockets() <= 40, what="the connections are gone")
