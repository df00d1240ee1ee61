"""grayctl killed with -9, at any moment of what it writes."""

import json
import random
import signal
import subprocess
import threading
import time

import pytest
from harness.faults import times
from stored import (ASKS, AT_ONCE, check_audit, check_is_clean, decisions,
                    members, running, stock, strace)

KILLS = times(25, 1000)
IMPORTED = times(1000, 3000)

# Every way in which a program's bytes reach the disk, or it says "done".
WRITES = ["pwrite64", "writev", "write", "fdatasync", "fsync", "ftruncate",
          "fallocate", "rename", "renameat2", "link", "unlink"]


class State:
    """What the store holds of what the verbs below change."""

    def __init__(self, store):
        self.members = frozenset(members(store))
        cart = store.run("release", "get", "cart", json=True)["document"]
        self.rules = [rule["name"] for rule in cart["rules"]]
        self.weight = cart.get("split", {}).get("gray", 0)
        self.note = cart.get("note")
        record = store.run("log", "--limit", 1, json=True)["records"][0]
        self.verb = record["verb"]
        self.revision = record["revision"]

    @classmethod
    def settled(cls, store):
        """A writer that dies after its commit and before it tells the others
        leaves that to the next one; a change of nothing is enough."""
        store.run("list", "add", "testers", "phone-42")
        return cls(store)

    def held(self):
        return self.members, self.rules, self.weight, self.note


class Verb:
    """A command, what it reads, and whether a state is the one after it."""

    def __init__(self, args, stdin="", partly=None, **after):
        self.args = args
        self.stdin = stdin.encode()
        self.after = after
        self.partly = partly
        self.name = " ".join(args[:2] if args[0] != "weight" else args[:1])
        if "--replace" in args:
            self.name += " --replace"

    def done(self, before, now):
        wanted = {"members": before.members, "rules": before.rules,
                  "weight": before.weight, "note": before.note, **self.after}
        return now.held() == tuple(wanted.values())

    def half_done(self, before, now):
        """A plain import adds in transactions, each of them whole."""
        return self.partly and before.members <= now.members \
            and now.members - before.members <= self.partly \
            and now.held()[1:] == before.held()[1:]


def verbs(number, before):
    """The verbs that can follow the state BEFORE."""
    new = [f"m{number}-{i}" for i in range(random.randint(1, 5))]
    many = [f"i{number}-{i}" for i in range(IMPORTED)]
    lines = "".join(f"{name}\n" for name in many)
    rules = before.rules
    weight = round((before.weight + 0.5) % 90, 3)

    yield Verb(["list", "add", "testers", *new],
               members=before.members | set(new))
    yield Verb(["list", "import", "testers"], lines, partly=set(many),
               members=before.members | set(many))
    yield Verb(["list", "import", "testers", "--replace"],
               lines + "phone-42\n",
               members=frozenset([*many, "phone-42"]))
    yield Verb(["rule", "add", "cart", f"r{number}", "gray",
                f"user = 'u{number}'"], rules=[*rules, f"r{number}"])
    yield Verb(["weight", "cart", f"gray={weight}", "--by", "user"],
               weight=weight)
    yield Verb(["release", "set", "cart"],
               json.dumps({"rules": [], "note": f"n{number}"}),
               rules=[], weight=0, note=f"n{number}")
    if rules:
        yield Verb(["rule", "rm", "cart", rules[-1]], rules=rules[:-1])
    if len(before.members) > 1:
        gone = next(name for name in before.members if name != "phone-42")
        yield Verb(["list", "rm", "testers", gone],
                   members=before.members - {gone})


def run_and_kill(store, verb, seconds):
    """Kills it after so long; returns whether it had said that it is done."""
    process = store.start(*verb.args, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        said, _ = process.communicate(verb.stdin, timeout=60)
    finally:
        timer.cancel()
    assert process.returncode in (0, -signal.SIGKILL)
    return said.endswith(b"\n"), process.returncode != 0


def judge(store, verb, before, acknowledged):
    """The store is at a commit, and its audit tells of that one."""
    seen, now = State(store), State.settled(store)
    assert seen.held() == now.held() \
        or (not acknowledged
            and (seen.held() == before.held() or verb.partly)), \
        f"{verb.args}: neither before nor after"
    if now.revision == before.revision:
        assert now.held() == before.held(), f"{verb.args}: changed unseen"
        assert not acknowledged, f"{verb.args}: lost"
        return False
    assert verb.done(before, now) \
        or (verb.half_done(before, now) and not acknowledged), \
        f"{verb.args}: half done: {now.held()[1:]} after {before.held()[1:]}"
    assert now.verb == verb.name
    assert now.revision == before.revision + 1 or verb.partly
    return True


def test_whatever_moment_a_writer_is_killed_the_store_is_at_a_commit(
        gateway, store, stable, gray, watch):
    nginx = running(gateway, stock(store), stable, gray)
    random.seed(9)
    typical = {}
    killed = changed = 0
    with watch(nginx, store, ASKS, within=AT_ONCE, counted=decisions,
               told=None) as w:
        for number in range(KILLS):
            if number == KILLS // 2:
                w.switch()
            before = State(store)
            verb = random.choice(list(verbs(number, before)))
            if verb.name not in typical:
                start = time.monotonic()
                acknowledged, _ = run_and_kill(store, verb, 30)
                typical[verb.name] = time.monotonic() - start
                assert acknowledged
            else:
                limit = 1.3 * typical[verb.name]
                acknowledged, kill = run_and_kill(
                    store, verb, random.uniform(0.1 * limit, limit))
                killed += kill
            changed += judge(store, verb, before, acknowledged)
            if number % 50 == 9:
                check_is_clean(store)
    assert killed > KILLS / 10 and changed > KILLS / 10
    check_is_clean(store)
    check_audit(store)


def kill_at_each(store, call, which):
    """Kills at the first such system call, at the second, … till there is
    none; returns how many there were."""
    for number in range(1, 1000):
        before = State(store)
        choice = list(verbs(f"{call}{number}", before))
        verb = choice[which % len(choice)]
        done = strace(store, f"{call}:signal=KILL:when={number}",
                      *verb.args, stdin=verb.stdin)
        judge(store, verb, before, done.stdout.endswith(b"\n"))
        if done.returncode == 0:
            return number - 1
        assert done.returncode == -signal.SIGKILL, done.stderr
    raise AssertionError(f"{call} a thousand times")


@pytest.mark.parametrize("which", range(times(2, 8)))
def test_a_writer_killed_before_each_of_its_system_calls_leaves_a_commit(
        which, gateway, store, stable, gray, watch):
    nginx = running(gateway, stock(store), stable, gray)
    store.run("rule", "add", "cart", "first", "gray", "user = 'u'")
    store.run("list", "add", "testers", "one", "two")
    random.seed(which)
    with watch(nginx, store, ASKS, within=AT_ONCE, counted=decisions,
               told=None) as w:
        w.switch()
        kills = sum(kill_at_each(store, call, which) for call in WRITES)
    assert kills >= 4       # two writes, one sync and "done", at the least
    check_is_clean(store)
    check_audit(store)


class Adder:
    """Adds members of its own without a pause; every add must succeed."""

    def __init__(self, store):
        self.store = store
        self.added = []
        self.failed = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def _run(self):
        while not self._stop.is_set():
            name = f"own-{len(self.added)}"
            done = self.store.run("list", "add", "others", name, check=False)
            if done.code == 0:
                self.added.append(name)
            else:
                self.failed.append(done)

    def __exit__(self, *unused):
        self._stop.set()
        self._thread.join(60)


def test_a_killed_writer_stops_no_other_writer(
        gateway, store, stable, gray, watch):
    nginx = running(gateway, stock(store), stable, gray)
    store.run("list", "create", "others")
    random.seed(3)
    before = State(store)
    with watch(nginx, store, ASKS, within=AT_ONCE, counted=decisions,
               told=None) as w, Adder(store) as adder:
        for number in range(KILLS // 2):
            verb = random.choice(list(verbs(number, before))[:6])
            run_and_kill(store, verb, random.uniform(0.001, 0.02))
            if number == 5:
                w.switch()
    assert adder.failed == []
    assert len(adder.added) > KILLS / 20
    assert set(members(store, "others")) == set(adder.added)
    check_is_clean(store)
    check_audit(store)
