"""What the stories of `watch` share: an nginx, and its JSON lines."""

import json
import subprocess
import time

from harness.build import SLOW

HTTP = """
gray_store %store%;
gray_attribute device_id $http_x_device_id;
upstream app_stable { server %stable%; }
upstream app_gray { server %gray%; }
"""

SERVER = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
}
location /search {
    gray search stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
}
"""

PHONE = {"X-Device-Id": "phone-42"}


def fill(store):
    store.run("release", "create", "shop")
    store.run("release", "create", "search")
    store.run("list", "create", "testers")
    store.run("list", "add", "testers", "phone-42")
    store.run("rule", "add", "shop", "qa", "gray", "device_id in @testers")
    return store


class Lines:
    """`watch --json` in the background."""

    def __init__(self, store, *args):
        self.process = store.start(
            "watch", "--json", "--interval", "200ms", *args,
            stdout=subprocess.PIPE, text=True)
        self.seen = []

    def next(self):
        self.seen.append(json.loads(self.process.stdout.readline()))
        return self.seen[-1]

    def wait(self, condition, deadline=30):
        end = time.monotonic() + deadline * SLOW
        while not condition(self.next()):
            assert time.monotonic() < end, self.seen[-1]
        return self.seen[-1]

    def sum(self, variant, member, release="shop"):
        """Of all lines so far; a function of the interval, or its member."""
        total = 0
        for line in self.seen:
            found = variant_of(line, variant, release)
            if found and found["interval"]:
                total += found["interval"][member]
        return total

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def variant_of(line, variant, release="shop"):
    for one in line["releases"]:
        for found in one["variants"]:
            if one["name"] == release and found["name"] == variant:
                return found
    return None
