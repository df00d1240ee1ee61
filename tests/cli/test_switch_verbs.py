"""grayctl off and on."""

import json
import re
import signal

import pytest

from harness import MODULE, process, wait_for

HTTP = """
    gray_store %store%;
    upstream app_stable { server 127.0.0.1:1; }
    upstream app_gray { server 127.0.0.1:2; }
"""
SERVER = """
    location / {
        gray shop stable=app_stable gray=app_gray;
        proxy_pass http://$gray_upstream;
    }
"""


def test_off_is_state_and_not_part_of_the_document(store):
    store.run("release", "create", "shop")
    before = store.run("release", "get", "shop").out
    out = store.run("off", "shop").out
    assert out.startswith("shop is off: everyone gets the default\n")
    assert "no nginx worker uses this store now" in out
    assert store.run("release", "get", "shop").out == before
    assert "off" in store.run("release", "ls").out
    assert "as it was" in store.run("off", "shop").out
    assert store.run("on", "shop").out.startswith("shop is on: ")


def test_all_is_one_switch_over_the_others(store):
    store.run("release", "create", "a")
    store.run("release", "create", "b")
    store.run("off", "a")
    assert store.run("off", "--all").out.startswith("every release is off")
    assert store.run("release", "ls", json=True)["all_off"] is True
    assert store.run("explain", "b", json=True)["reason"] == "disabled"
    store.run("on", "--all")
    assert store.run("explain", "b", json=True)["reason"] == "default"
    assert store.run("explain", "a", json=True)["reason"] == "disabled"


def test_a_release_or_all_must_be_named(store):
    store.run("release", "create", "shop")
    assert "RELEASE is missing" in store.run("off", check=False).err
    done = store.run("off", "shop", "--all", check=False)
    assert done.code == 2 and "do not go together" in done.err


def test_an_unknown_release_is_not_found(store):
    store.run("release", "create", "shop")
    done = store.run("off", "shp", check=False)
    assert done.code == 3 and "shp" in done.err


def test_off_as_json_says_who_confirmed(store):
    store.run("release", "create", "shop")
    told = store.run("off", "shop", json=True)
    assert told["release"] == "shop" and told["off"] and told["changed"]
    assert (told["workers"], told["confirmed"], told["silent"]) == (0, 0, [])
    assert store.run("off", "--all", json=True)["release"] is None


def test_off_works_with_a_damaged_store(store):
    store.run("release", "create", "shop")
    (store.path / "data.mdb").write_bytes(b"nonsense" * 4096)
    done = store.run("off", "shop")
    assert done.out.startswith("shop is off")
    assert "the switch is set" in done.err
    assert json.loads(store.run("off", "--all", "--json").out)["audited"] is False


def test_status_shows_what_is_off(store):
    store.run("release", "create", "shop")
    store.run("off", "shop")
    assert "kill switch: shop is off since " in store.run("status").out
    switches = store.run("status", json=True)["switches"]
    assert [s["release"] for s in switches if s["off"]] == ["shop"]


@pytest.fixture
def running(store, gateway):
    """A store that four workers use."""
    if not MODULE.exists():
        pytest.skip("the module is not built")
    store.run("release", "create", "shop")
    started = gateway(HTTP, SERVER, store=store.path, workers=4)
    wait_for(lambda: [len(n["workers"]) for n in store.run("status", json=True)["nginx"]] == [4],
             what="four workers have said that they are there")
    return started


def test_off_returns_when_every_worker_has_confirmed(store, running):
    out = store.run("off", "shop").out
    assert re.search(r"^4/4 workers confirmed, \d+ ms$", out, re.M), out
    told = store.run("on", "shop", json=True)
    assert (told["workers"], told["confirmed"], told["silent"]) == (4, 4, [])


def test_a_worker_that_hangs_is_named(store, running):
    hung = running.workers()[0]
    running.signal(signal.SIGSTOP, hung)
    try:
        wait_for(lambda: process.state(hung) == "T", what="the worker is stopped")
        done = store.run("off", "shop", "--timeout", "300ms", check=False)
    finally:
        running.signal(signal.SIGCONT, hung)
    assert done.code == 9
    assert "3/4 workers confirmed" in done.out
    assert str(hung) in done.err
    assert store.run("explain", "shop", json=True)["reason"] == "disabled"


def test_a_release_that_nginx_names_is_removed_only_by_force(store, running):
    done = store.run("release", "rm", "shop", check=False)
    assert done.code == 4 and "--force" in done.err
    store.run("release", "rm", "shop", "--force")


def test_status_shows_what_runs(store, running):
    told = store.run("status", json=True)["nginx"][0]
    assert told["workers_configured"] == 4 and told["releases"] == {"shop": ["stable", "gray"]}
    out = store.run("status").out
    assert f"master {told['master']}" in out and "4/4" in out
