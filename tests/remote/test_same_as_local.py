"""Each command says the same by a server as it does on the store's files."""

import json
import re
import subprocess

import pytest

from harness.build import GRAYCTL, GRAYD
from harness.store import HERE

LISTING = json.loads(subprocess.run([GRAYCTL, "__commands"], check=True,
                                    capture_output=True).stdout)
ROUTES = {c["name"]: c["route"] for c in LISTING["commands"]}

DOCUMENT = json.dumps({"variants": ["stable", "gray", "b"], "by": ["user"],
                       "rules": [{"name": "qa", "if": "user in @vip",
                                  "variant": "gray"}]}, indent=2)

LOG = "".join(
    f'time=2026-01-31T12:00:{i:02}+00:00 release=shop variant=stable '
    f'reason=default revision=1 attr.user="u{i}"\n' for i in range(30))

# What is done one after the other: words, and what comes on standard input.
# Each is run on both stores as text and, with --json, once more.
STEPS = [
    ("release ls",), ("list ls",), ("link ls",), ("log",),
    ("release create shop",), ("release create shop",),
    ("release create no/name",), ("release create other a b c",),
    ("release create one only",),
    ("list create vip",), ("list create office --kind ip",),
    ("list create legacy --live",), ("list create vip",),
    ("list create x --kind y",),
    ("list ls vip",), ("list add vip a b c --note x",), ("list add vip a d",),
    ("list add vip 10.0.0.0/8",), ("list add nosuch a",),
    ("list add office 10.1.2.3/8",), ("list add office 10.0.0.0/8 ::1",),
    ("list add vip é/ü%20 --ttl 7d",), ("list has vip é/ü%20",),
    ("list has vip a",), ("list has vip a zz b",), ("list has office 10.9.9.9",),
    ("list has legacy a",), ("list has nosuch a",),
    ("list ls vip",), ("list ls vip --limit 2",), ("list ls vip --limit 0",),
    ("list ls vip --limit 2 --after a",), ("list ls vip --after hex:",),
    ("list ls office",), ("list ls nosuch",), ("list ls legacy",),
    ("list rm vip b zz",), ("list rm vip zz",),
    ("list import vip", "x\ny\t+60\tnote\nbad\tbad\nz\tbad\n"),
    ("list import vip --strict", "x\ny\nbad\tbad\n"),
    ("list import vip --replace --max-change 10%", "only\n"),
    ("list import vip --replace --min 1", "a\nb\nc\nu1\nu2\n"),
    ("list import vip --csv id --csv-note n", "id,n\nu3,three\n"),
    ("list import vip --csv nosuch", "id,n\nu3,three\n"),
    ("list import vip --ttl 1h", "u9\n" + "u\tbad\n" * 15),
    ("list import vip --replace", ""), ("list import vip", "a\nb\nu1\nu2\n"),
    ("list export vip",), ("list export nosuch",), ("list export legacy",),
    ("release set shop", DOCUMENT), ("release set shop", DOCUMENT),
    ("release set shop", "{\n nonsense"), ("release set shop", "[]"),
    ("release set shop", ""), ("release set shop", "{}" + " " * (1 << 20)),
    ("release set shop", json.dumps(
        {"variants": ["a", "a"], "rules": [{"name": "x", "if": "y ==", "variant": "q"}]})),
    ("release set shop --dry-run", '{"variants": ["stable", "gray"]}'),
    ("release set new --dry-run", '{"variants": ["stable", "gray"]}'),
    ("release get shop",), ("release get nosuch",), ("release ls",),
    ("rule add shop bj gray city='BJ'",), ("rule add shop bj gray true",),
    ("rule add shop x gray=10,b=5 city='X' --by user --first",),
    ("rule add shop y gray true --before nosuch",),
    ("rule add shop y nosuch true",), ("rule add shop y gray user=='7'",),
    ("rule add shop all gray true",), ("rule add shop never gray user='7'",),
    ("rule add shop z gray city='Z' --dry-run",),
    ("rule ls shop",), ("rule ls nosuch",), ("rule mv shop bj --first",),
    ("rule mv shop bj --first",), ("rule mv shop bj --before qa",),
    ("rule mv shop bj",), ("rule mv shop nosuch",),
    ("rule rename shop bj beijing",), ("rule rename shop qa beijing",),
    ("rule rm shop never",), ("rule rm shop all",), ("rule rm shop nosuch",),
    ("weight shop gray=5 --by user",), ("weight shop gray=+5,b=0.125",),
    ("weight shop gray=+5 --dry-run",), ("weight shop gray=10",),
    ("weight shop gray=99 b=2",), ("weight shop gray=-50",),
    ("weight shop gray=150",), ("weight shop stable=5",),
    ("weight shop gray=20 --rule x",), ("weight nosuch gray=5",),
    ("weight shop gray=5 --if-revision 1",),
    ("promote shop b",), ("promote shop nosuch",), ("promote shop stable",),
    ("weight shop gray=30",),
    ("explain shop user=u1",), ("explain shop user=zz city=X nonsense=1",),
    ("explain shop",), ("explain nosuch",), ("explain shop user=é",),
    ("explain shop user=u1 --at 2026-01-31T12:00:00Z",),
    ("explain shop user=u1 --live legacy=yes",),
    ("explain --log", LOG.splitlines()[1]),
    ("explain other --log", LOG.splitlines()[1]),
    ("replay shop", LOG), ("replay shop", LOG + "nonsense\n" * 12),
    ("replay nosuch", LOG), ("replay other", LOG),
    ("off shop",), ("off shop --timeout 100ms",), ("off nosuch",),
    ("explain shop user=u1",), ("on shop",), ("off --all",), ("on --all",),
    ("release reshuffle shop",), ("release reshuffle nosuch",),
    ("link shop gray --ttl 1h",), ("link shop nosuch",), ("link nosuch gray",),
    ("link shop gray --host h.example --path /a?b=c --param tok",),
    ("link shop gray --host h.example --path x",), ("link ls",),
    ("link revoke 0123456789abcdef",), ("link rotate",),
    ("link revoke --all",), ("link ls",),
    ("list drop vip",), ("list drop nosuch",), ("list create gone",),
    ("list drop gone --force",), ("list purge",),
    ("release rm one",), ("release rm nosuch",), ("release rm other --force",),
    ("status",), ("log --limit 5",), ("log --limit 0",),
    ("log --release shop --limit 3",), ("log --list vip",),
]


def plain(text, place):
    """Without what is another each time: places, times, random texts."""
    text = text.replace(str(place.path), "STORE").replace('"grayd"', '"grayctl"')
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME", text)
    text = re.sub(r"\b[0-9a-f]{16}\b", "ID", text)
    text = re.sub(r"\b[A-Za-z0-9_-]{60,}\b", "TOKEN", text)
    text = re.sub(r'("salt": ?")[^"]*', r"\1SALT", text)
    text = re.sub(r"up to about [\d.]+%", "PART", text)
    text = re.sub(r'("moved_percent": ?)[\d.]+', r"\1PART", text)
    text = re.sub(r'("(elapsed_ms|file_bytes|used_bytes|readers)": ?)\d+', r"\1N", text)
    text = re.sub(r", [\d,]+ KiB, digest \w+|\"digest\":\"\w+\"", "DIGEST", text)
    return text


@pytest.fixture
def pair(make_store, grayd):
    """Two new stores: one is asked here, the other by a grayd."""
    here, there = make_store(), make_store()
    there.server = f"unix:{grayd(on=there).socket}"
    return here, there


def run(place, step, *options):
    words, data = step[0].split(" "), step[1] if len(step) > 1 else ""
    if words[-1] == "--log":
        words, data = words + [data], ""
    done = place.run(*words, *options, stdin=data, check=False)
    return done.code, plain(done.out, place), plain(done.err, place)


@pytest.mark.parametrize("option", [[], ["--json"], ["--quiet"]])
def test_every_command_says_the_same(pair, option):
    here, there = pair
    differ = []
    for step in STEPS:
        one, other = run(here, step, *option), run(there, step, *option)
        if one != other:
            differ.append((step[0], one, other))
    assert not differ
    done = [json.loads(subprocess.run(
        [GRAYCTL, "--store", place.path, "status", "--json"],
        capture_output=True, check=True).stdout) for place in pair]
    assert done[0]["store"]["revision"] == done[1]["store"]["revision"]


def test_what_stands_above_tries_every_command():
    tried = {name for step in STEPS for name in ROUTES
             if f"{step[0]} ".startswith(f"{name} ")}
    # told of elsewhere: tests/cli/test_backup_apply.py, test_watch_verb.py
    assert tried | {"apply", "watch"} >= {
        name for name, route in ROUTES.items() if route}


def test_each_command_has_a_request_or_is_about_the_machine():
    assert {name for name, route in ROUTES.items() if route == ""} == HERE
    assert {name for name, route in ROUTES.items() if route is None} == {
        "completion", "help"}


def test_each_request_is_one_that_grayd_has():
    known = subprocess.run([GRAYD, "--routes"], capture_output=True, text=True,
                           check=True).stdout
    known = {re.sub(r"\{\w+\}", "{}", line) for line in known.splitlines()}
    asked = {re.sub(r"\{\d\}", "{}", one.partition("?")[0])
             for route in ROUTES.values() if route for one in route.split("|")}
    assert asked <= known


@pytest.mark.parametrize("command", sorted(HERE))
def test_what_is_about_the_machine_says_where_to_run_it(command):
    arguments = ["x"] if command in ("backup", "restore") else []
    done = subprocess.run(
        [GRAYCTL, "--server", "http://127.0.0.1:1", command, *arguments],
        capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert command in done.stderr and "run it on the machine" in done.stderr
