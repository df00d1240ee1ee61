"""A store under faults: a gateway that reads it, and what it must hold.

The release `shop` is decided as in the stories, and nothing that a fault does
to `cart` or to other members changes it:

    X-User: gray            gray, by a rule
    X-Device-Id: phone-42   gray, as a member of `testers`
    X-Device-Id: phone-0    stable, as no member
"""

import json
import subprocess

from harness import wait_for
from harness.faults import Ask
from shop import GRAY, HTTP, PHONE, UPSTREAMS, fill

STRANGER = {"X-Device-Id": "phone-0"}

ASKS = [Ask("gray", headers=GRAY), Ask("gray", headers=PHONE),
        Ask("stable", headers=STRANGER), Ask("stable")]

# When the store cannot be read: the default.
DEFAULTS = [Ask("stable", headers=GRAY), Ask("stable", headers=PHONE),
            Ask("stable")]

# Either, while a worker may or may not have noticed.
EITHER = [Ask({"gray", "stable"}, headers=GRAY),
          Ask({"gray", "stable"}, headers=PHONE), Ask("stable")]

# Nothing waits for the store; an answer takes what a machine costs that is
# at imports and syncs.
AT_ONCE = 0.5


def stock(store):
    """The releases and lists that the faults work on."""
    fill(store)
    store.run("list", "add", "testers", "phone-42")
    store.run("release", "create", "cart")
    return store


def running(gateway, store, stable, gray, *, server="", **options):
    options.setdefault("workers", 2)
    return gateway(HTTP, UPSTREAMS + server, store=store, stable=stable,
                   gray=gray, **options)


def kept_connections(nginx, master=None):
    """A connection to each worker of MASTER; it says X-Worker: $pid."""
    found = {}

    def one():
        connection = nginx.connect()
        pid = int(nginx.get(connection=connection).header("X-Worker"))
        if pid in nginx.workers(master) and pid not in found:
            found[pid] = connection
        else:
            connection.close()
        return len(found) == len(nginx.workers(master))

    wait_for(one, what="a connection to each worker")
    return list(found.values())


def decisions(status):
    """COUNTED: all decisions of shop."""
    counts = status["counts"].get("shop", {}).get("decisions", {})
    return sum(sum(reasons.values()) for reasons in counts.values())


def by_reason(reason):
    """COUNTED: the decisions of shop with this reason."""
    def count(status):
        counts = status["counts"].get("shop", {}).get("decisions", {})
        return sum(reasons.get(reason, 0) for reasons in counts.values())
    return count


def members(store, name="testers"):
    return store.run("list", "export", name).out.splitlines()


def check_is_clean(store):
    told = store.run("check", json=True, timeout=600)
    assert told["ok"] and told["problems"] == []


def check_audit(store):
    """Each revision has one record, and the newest is the store's."""
    revisions = [record["revision"] for record
                 in store.run("log", "--limit", 0, json=True)["records"]]
    newest = store.run("status", json=True)["store"]["revision"]
    assert revisions == list(range(newest, newest - len(revisions), -1))


def injected(store):
    """How many faults the last strace() brought about."""
    return (store.folder / "strace").read_text().count("(INJECTED)")


def refused(store, code, *args, **options):
    """A command that ends with this exit code; returns its error."""
    done = store.run(*args, "--json", check=False, **options)
    assert done.code == code, f"{args}: {done}"
    error = json.loads(done.err)["error"]
    assert error["message"] and done.out == ""
    return error


def strace(store, expression, *args, file=None, stdin=b"", timeout=60):
    """grayctl with faults injected into its system calls, or only into those
    on FILE.

    Returns the CompletedProcess; its stdout is grayctl's own.
    """
    calls = expression.partition(":")[0]
    path = ["-P", str(file)] if file else []
    return subprocess.run(
        ["strace", "-f", "-qq", "-o", str(store.folder / "strace"), *path,
         "-e", f"trace={calls}", "-e", f"inject={expression}",
         *store.command(*args)], input=stdin, env=store.environment(),
        capture_output=True, timeout=timeout, check=False)
