"""What every fault must leave alone, watched while it lasts.

    with watch(nginx, store, [Ask("gray", "/?user=alice"), Ask("stable")],
               within=0.1, counted=live_count("timeouts"),
               told="timeout=; connection closed") as w:
        cache.suspend()
        w.go_on()
        w.switch()

Requests flow from the first line of the block to its last. At its end:

  - each was answered with 200 and by a variant that its Ask allows;
  - none took longer than WITHIN seconds, beside what an nginx without the
    module needed on the same machine at the same time;
  - COUNTED, a function of what `grayctl status --json` prints, has grown;
  - one line for each worker says TOLD, and the module has written no more
    than LINES for each worker;
  - `grayctl off` gave everybody the default while the fault lasted.

COUNTED and TOLD are None where there is nothing to count or to tell; the
others cannot be left out.
"""

import json
import os
import re
import threading
import time
from http.client import HTTPException

from .build import SLOW
from .gateway import Gateway
from .wait import wait_for

# Every loop of a fault in full, as `make faults` runs it.
FULL = os.environ.get("GRAY_FAULTS") == "full"

# What a machine may add by chance, in seconds.
SLACK = 0.25 * SLOW

# A complaint about the same thing may be repeated after so many seconds.
REPEATED = 10

_line = re.compile(r"\[(notice|warn|error)\].*gray: ")


def times(short, full):
    """How often to do it: SHORT in `make check`, FULL in `make faults`."""
    return full if FULL else short


class Ask:
    """A request, and the variants that may answer it: a name or a set."""

    def __init__(self, variants, path="/", **options):
        self.variants = {variants} if isinstance(variants, str) \
            else set(variants)
        self.path = path
        self.options = options

    def __repr__(self):
        return f"<{self.path} {self.options or ''}>"


class Answer:
    def __init__(self, ask, began, took, status, text):
        self.ask = ask
        self.began = began
        self.took = took
        self.status = status
        self.text = text

    def __repr__(self):
        return f"{self.ask} {self.status} {self.text!r} {self.took:.3f} s"


class Watch:
    """See above. NGINX is a Gateway or a list of them, on one STORE.

    DEFAULT is what answers everybody while the release is off; THREADS is
    how many requests are under way at once.
    """

    def __init__(self, nginx, store, asks, *, within, counted, told,
                 lines=3, release="shop", default="stable", threads=2,
                 statuses=(200,)):
        self.gateways = nginx if isinstance(nginx, list) else [nginx]
        self.store = store
        self.asks = asks
        self.within = within
        self.counted = counted
        self.told = told
        self.lines = lines
        self.release = release
        self.default = default
        self.statuses = statuses
        self.answers = []
        self.failures = []
        self._plain = None          # an nginx without the module
        self._machine = [0.0]       # what its requests take
        # Moments: off was called, had returned, on was called, had returned.
        self._off = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=[i],
                                          daemon=True)
                         for i in range(threads)]

    # --- the block

    def __enter__(self):
        self._before = self._count()
        self._logged = [len(nginx.log()) for nginx in self.gateways]
        self._workers = sum(nginx.workers_wanted for nginx in self.gateways)
        self._began = time.monotonic()
        self._start_plain()
        for thread in self._threads:
            thread.start()
        try:
            self.go_on(len(self.asks))
        except AssertionError:
            self._end()
            raise
        return self

    def go_on(self, requests=50, deadline=30):
        """Waits till so many more requests are answered."""
        wanted = self._done() + requests
        wait_for(lambda: self._done() >= wanted, deadline,
                 f"{requests} more requests are answered")

    def _done(self):
        return len(self.answers) + len(self.failures)

    def switch(self, requests=20, run=None):
        """The kill switch, as a person uses it while the fault lasts.

        RUN is the store's own run(), unless grayctl is hurt too.
        """
        run = run or self.store.run
        moments = [time.monotonic()]
        run("off", self.release)
        moments.append(time.monotonic())
        self.go_on(requests)
        moments.append(time.monotonic())
        run("on", self.release)
        moments.append(time.monotonic())
        self._off.append(moments)

    def __exit__(self, kind, *unused):
        self._end()
        if kind is None:
            self.check()

    def _end(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(30 * SLOW)
        if self._plain:
            self._plain.close()

    # --- requests

    def _run(self, number):
        i = number
        while not self._stop.is_set():
            nginx = self.gateways[i % len(self.gateways)]
            self._ask(nginx, self.asks[i // len(self.gateways)
                                       % len(self.asks)])
            self._ask_machine()
            i += 1

    def _ask(self, nginx, ask):
        began = time.monotonic()
        try:
            answer = nginx.get(ask.path, **ask.options)
        except (OSError, HTTPException) as error:
            self.failures.append(f"{ask}: {error!r}")
            return
        self.answers.append(Answer(ask, began, time.monotonic() - began,
                                   answer.status, answer.text))

    def _start_plain(self):
        backend = self.gateways[0].names.get(self.default)
        if hasattr(backend, "port"):
            self._plain = Gateway(
                "", "location / { proxy_pass http://%backend%; }",
                module=False, backend=backend).start()

    def _ask_machine(self):
        if self._plain:
            began = time.monotonic()
            self._plain.get()
            self._machine.append(time.monotonic() - began)

    # --- the claims

    def check(self):
        assert not self.failures, self.failures[:5]
        bad = [a for a in self.answers if a.status not in self.statuses]
        assert not bad, bad[:5]
        self._check_variants()
        self._check_latency()
        self._check_counter()
        self._check_log()

    def _check_variants(self):
        wrong = [a for a in self.answers
                 if a.status == 200 and a.text not in a.ask.variants
                 and not (a.text == self.default and self._may_be_off(a))]
        assert not wrong, wrong[:5]

        assert self._off, "the kill switch was not tried: call switch()"
        heedless = [a for a in self.answers
                    if a.status == 200 and a.text != self.default
                    and any(first <= a.began and a.began + a.took <= last
                            for _, first, last, _ in self._off)]
        assert not heedless, heedless[:5]

    def _may_be_off(self, answer):
        return any(answer.began <= last
                   and answer.began + answer.took >= first
                   for first, _, _, last in self._off)

    def _check_latency(self):
        slowest = max(self.answers, key=lambda a: a.took)
        machine = max(self._machine)
        # Where others want the processors too, chance adds more.
        busy = max(1, os.getloadavg()[0] / os.cpu_count())
        assert slowest.took <= self.within + SLACK * busy + 2 * machine, \
            f"{slowest}; nginx alone took up to {machine:.3f} s; " \
            f"{busy:.1f} processes wait for each processor"

    def _check_counter(self):
        if self.counted:
            after = self._count()
            assert after > self._before, \
                f"the counter was {self._before} and is {after}"

    def _count(self):
        if not self.counted:
            return 0
        status = self.store.run("status", "--json", check=False)
        return self.counted(json.loads(status.out))

    def _check_log(self):
        lines = [line for line in self.new_lines() if _line.search(line)]
        rounds = 1 + int((time.monotonic() - self._began) / REPEATED)
        text = "\n".join(lines[:20])
        assert len(lines) <= self.lines * self._workers * rounds, \
            f"{len(lines)} lines:\n{text}"
        assert len(lines) <= max(len(self.answers), self._workers), text
        if self.told:
            told = [line for line in lines if re.search(self.told, line)]
            assert 1 <= len(told) <= self._workers * rounds, \
                f"{len(told)} lines say {self.told} of\n{text}"

    def new_lines(self):
        """The lines of each error.log since the block began."""
        return [line for nginx, start in zip(self.gateways, self._logged)
                for line in nginx.log()[start:].splitlines()]


def live_count(name, live="legacy"):
    """COUNTED: a counter of a live list."""
    return lambda status: status["live_counts"].get(live, {}).get(name, 0)


def release_count(name, release="shop"):
    """COUNTED: a single counter of a release."""
    return lambda status: status["counts"].get(release, {}).get(name, 0)
