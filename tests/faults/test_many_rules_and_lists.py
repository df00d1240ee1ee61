"""10,000 rules over 1,000 lists: a decision costs what the rules it reads do.

`make faults` prints the figures of docs/performance.md.
"""

import json
from pathlib import Path

import pytest
from harness.faults import FULL, Ask, Watch, times

LISTS = 1000
SIZES = [10, 100, 1000, 10_000]
REQUESTS = times(100, 1000)

HTTP = """
gray_store %store%;
gray_attribute user $http_x_user;
upstream app_stable { server %stable%; }
upstream app_gray { server %gray%; }
"""

# A proxied location for people, and a bare one for measuring.
SERVER = "\n".join(f"""
location /{name}/ {{
    gray {name} stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
}}
location = /{name} {{ gray {name} stable gray=@gray; empty_gif; }}
""" for name in ["none", *(f"r{size}" for size in SIZES)]) + """
location @gray { empty_gif; }
"""

NOBODY = {"X-User": "nobody"}
FIRST = {"X-User": "member-0"}
LAST = {"X-User": "last"}


def document(rules):
    """Rule i asks for list i; the last one is for one user alone."""
    listed = [{"name": f"r{i}", "if": f"user in @l{i % LISTS}",
               "variant": "gray"} for i in range(rules - 1)]
    last = {"name": "last", "if": "user = 'last'", "variant": "gray"}
    return json.dumps({"rules": [*listed, last]}, separators=(",", ":"))


@pytest.fixture
def wanted(folder):
    """A folder for `grayctl apply` with the lists and releases."""
    (folder / "lists").mkdir()
    (folder / "releases").mkdir()
    for i in range(LISTS):
        (folder / f"lists/l{i}.list").write_text(f"member-{i}\n")
    for size in SIZES:
        (folder / f"releases/r{size}.json").write_text(document(size))
    (folder / "releases/none.json").write_text("{}")
    return folder


def cpu(nginx):
    """What the worker has run so far, in seconds."""
    worker, = nginx.workers()
    return int(Path(f"/proc/{worker}/schedstat").read_text().split()[0]) / 1e9


def cost(nginx, path, user):
    """Seconds of CPU for one request, the least of three rounds.

    USER(i) is the user of the i-th.
    """
    connection = nginx.connect()
    rounds = []
    for number in range(3):
        began = cpu(nginx)
        for i in range(REQUESTS):
            assert nginx.get(
                path, headers={"X-User": user(number * REQUESTS + i)},
                connection=connection).status == 200
        rounds.append((cpu(nginx) - began) / REQUESTS)
    connection.close()
    return min(rounds)


# Who asks: somebody who is on no list, and whose answers the worker keeps;
# somebody else each time; the one whom the first rule is about.
USERS = {
    "same": lambda _: "nobody",
    "other": lambda i: f"nobody-{i}",
    "first": lambda _: "member-0",
}


def show(base, costs):
    """The rows of docs/performance.md."""
    print(f"\nwithout a rule a request costs {base * 1e6:.1f} us; beside that")
    for size in SIZES:
        same, other, first = (
            max(0, costs[who][size] * 1e6) for who in USERS)
        print(f"| {size:,} | {same:.1f} | {same / size * 1e3:.0f} | "
              f"{other:.0f} | {first:.1f} |")


def test_a_decision_costs_what_the_rules_it_reads_do(
        gateway, store, stable, gray, wanted, capsys):
    store.run("apply", wanted)
    nginx = gateway(HTTP, SERVER, store=store, stable=stable, gray=gray,
                    log_level="warn")
    base = cost(nginx, "/none", USERS["same"])
    costs = {who: {size: cost(nginx, f"/r{size}", user) - base
                   for size in SIZES} for who, user in USERS.items()}
    if FULL:
        with capsys.disabled():
            show(base, costs)

    # As many times the rules, so many times the cost, and no more than a
    # half above it: caches are left behind on the way.
    for who in ("same", "other"):
        assert costs[who][10_000] <= 10 * 1.5 * costs[who][1000], costs
    # Of 10,000 rules the first is read alone.
    assert costs["first"][10_000] <= costs["same"][10_000] / 4, costs


def test_rules_and_lists_are_put_while_requests_are_decided(
        gateway, store, stable, gray, wanted):
    store.run("release", "create", "r10000")
    store.run("rule", "add", "r10000", "last", "gray", "user = 'last'")
    nginx = gateway(HTTP, SERVER, store=store, stable=stable, gray=gray,
                    workers=2)
    asks = [Ask("stable", "/r10000/", headers=NOBODY),
            Ask("gray", "/r10000/", headers=LAST),
            Ask({"stable", "gray"}, "/r10000/", headers=FIRST)]
    # The first worker, if it is asked, tells of rules whose hits have no room.
    with Watch(nginx, store, asks, within=0.1, told=None, lines=1,
               release="r10000",
               counted=lambda s: s["counts"]["r10000"]["decisions"]
               ["gray"]["targeting_match"]) as w:
        store.run("apply", wanted)
        assert nginx.get("/r10000/", headers=FIRST).text == "gray"
        w.go_on(30)
        w.switch()
    for i in (0, 1, LISTS - 1):
        assert nginx.get("/r10000/", headers={"X-User": f"member-{i}"}) \
            .text == "gray"
    assert store.run("check").code == 0


@pytest.mark.parametrize("many, problem", [
    (10_001, "10000|10,000"), (40_000, "")])
def test_more_than_the_limit_is_refused_and_changes_nothing(
        store, many, problem):
    store.run("release", "create", "shop")
    before = store.run("release", "get", "shop").out
    rules = [{"name": f"r{i}", "if": "user = 'a'", "variant": "gray"}
             for i in range(many)]
    done = store.run("release", "set", "shop", "-", check=False,
                     stdin=json.dumps({"rules": rules}))
    assert done.code == 5, done
    assert any(word in done.err for word in problem.split("|")), done.err
    assert store.run("release", "get", "shop").out == before
