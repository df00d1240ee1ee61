"""The shipped log formats: what nginx writes, grayctl reads back."""

import json

import pytest

from harness.wait import wait_for
from published import run_example

FORMATS = ["gray.log", "gray.json"]

# Ids as clients send them: with what the log must escape, and without any.
CLIENTS = [
    {"cookies": {"uid": "7"}},
    {"cookies": {"uid": "8"}, "headers": {"X-Device-Id": "phone-42"}},
    {"headers": {"X-Uid": 'a "b" \\c'}},
    {"headers": {"X-Uid": "né"}},
    {"headers": {"X-Uid": "-"}},
    {"headers": {"X-Uid": "x release=other attr.user=y"}},
    {},
]


@pytest.fixture
def logged(gateway, store, stable, gray, folder):
    """logged(CLIENTS) gives the lines of each log, {name: [line]}."""
    folder.chmod(0o777)
    nginx = run_example("log-format.conf", gateway, store, stable=stable,
                        gray=gray, exchanged={"/var/log/nginx": str(folder)})
    sent = []

    def lines(name):
        return (folder / name).read_text(errors="surrogateescape").splitlines()

    def send(clients):
        for client in clients:
            sent.append(nginx.get(**client).text)
        return {name: wait_for(lambda n=name: len(lines(n)) == len(sent)
                               and lines(n), what=f"{name} is written")
                for name in FORMATS}

    send.nginx = nginx
    send.folder = folder
    return send


@pytest.mark.parametrize("name", FORMATS)
def test_every_logged_decision_is_the_same_when_it_is_made_again(
        name, logged, store):
    lines = logged(CLIENTS)[name]
    told = [store.run("explain", "shop", "--log", line, json=True)
            for line in lines]
    # In text "-" is what was not there.
    same = [i for i, t in enumerate(told) if t["same"]]
    assert set(range(len(CLIENTS))) - set(same) <= (
        {4} if name == "gray.log" else set())
    assert told[1]["reason"] == "targeting_match:qa"
    assert told[0]["recorded"]["revision"] == told[0]["revision"]


def test_the_json_log_is_json(logged):
    lines = [json.loads(line) for line in logged(CLIENTS)["gray.json"]]
    assert lines[2]["attr.user"] == 'a "b" \\c'
    assert lines[6]["attr.user"] == ""
    assert lines[0]["attr.ip"] == "127.0.0.1"


@pytest.mark.parametrize("name", FORMATS)
def test_what_changed_since_is_found_in_the_log(name, logged, store):
    logged([{"cookies": {"uid": str(n)}} for n in range(50)])
    log = logged.folder / name
    before = store.run("replay", "shop", log, json=True)
    assert (before["requests"], before["changed"], before["bad"]) == (50, 0, 0)
    store.run("weight", "shop", "gray=100")
    after = store.run("replay", "shop", log, json=True)
    assert [(c["from"], c["to"]) for c in after["changes"]] == [("stable", "gray")]
    share = {v["variant"]: v for v in before["variants"]}
    assert after["changed"] == share["stable"]["before"]


def test_a_request_that_was_refused_has_no_decision(logged, store):
    logged.nginx.raw(b"GARBAGE\r\n\r\n")
    wait_for(lambda: (logged.folder / "gray.log").read_text(),
             what="the log is written")
    told = store.run("replay", "shop", logged.folder / "gray.log", json=True)
    assert (told["requests"], told["undecided"], told["bad"]) == (0, 1, 0)


def test_the_first_variable_that_is_there_is_logged(logged):
    lines = logged([{"cookies": {"uid": "a"}, "headers": {"X-Uid": "b"}},
                    {"headers": {"X-Uid": "b"}}])["gray.json"]
    assert [json.loads(line)["attr.user"] for line in lines] == ["a", "b"]
