"""A store that is missing, made later, replaced, damaged or forbidden."""

import json
import os
import shutil

import pytest
from harness import wait_for
from shop import GRAY, HTTP, PHONE, SEEN, UPSTREAMS, fill

SERVER = UPSTREAMS + f"add_header X-Seen {SEEN};"
ERROR = "shop|stable|app_stable|error:store"


def running(gateway, store, stable, gray, **options):
    return gateway(HTTP, SERVER, store=store, stable=stable, gray=gray,
                   **options)


def test_a_missing_store_gives_the_default_and_one_line_a_worker(
        gateway, make_store, stable, gray):
    store = make_store(init=False)
    nginx = running(gateway, store, stable, gray, workers=2)
    for _ in range(20):
        answer = nginx.get(headers=GRAY)
        assert (answer.text, answer.header("X-Seen")) == ("stable", ERROR)
    assert len(nginx.log_lines(r"\[error\].*cannot be read")) == 2


def test_a_store_that_is_made_later_is_found(
        gateway, make_store, stable, gray):
    store = make_store(init=False)
    nginx = running(gateway, store, stable, gray, workers=2)
    assert nginx.get(headers=GRAY).text == "stable"
    store.init()
    fill(store)
    wait_for(lambda: [nginx.get(headers=GRAY).text for _ in range(10)]
             == ["gray"] * 10, what="every worker finds the store")
    wait_for(lambda: len(nginx.log_lines("can be read again")) == 2,
             what="both workers tell")
    wait_for(lambda: "2/2 workers confirmed" in store.run("off", "shop").out,
             what="both workers are known")


def test_a_replaced_store_is_noticed_within_seconds(
        gateway, make_store, stable, gray):
    store, other = fill(make_store()), fill(make_store())
    store.run("list", "add", "testers", "phone-42")
    nginx = running(gateway, store, stable, gray, workers=2)
    assert nginx.get(headers=PHONE).text == "gray"

    os.rename(store.path, store.folder / "old")
    os.rename(other.path, store.path)
    wait_for(lambda: [nginx.get(headers=PHONE).text for _ in range(10)]
             == ["stable"] * 10, what="every worker uses the other store")

    store.run("list", "add", "testers", "phone-42")
    assert nginx.get(headers=PHONE).text == "gray"
    wait_for(lambda: "2/2 workers confirmed" in store.run("off", "shop").out,
             what="both workers are known")


def test_a_restored_store_is_used_within_seconds(gateway, store, stable, gray):
    fill(store)
    nginx = running(gateway, store, stable, gray)
    store.run("backup", store.folder / "copy")
    store.run("list", "add", "testers", "phone-42")
    assert nginx.get(headers=PHONE).text == "gray"
    store.run("restore", store.folder / "copy")
    wait_for(lambda: nginx.get(headers=PHONE).text == "stable",
             what="the restored store is used")
    assert nginx.get(headers=GRAY).text == "gray"


def test_a_removed_store_gives_the_default_until_it_is_back(
        gateway, make_store, stable, gray):
    store = fill(make_store())
    nginx = running(gateway, store, stable, gray)
    assert nginx.get(headers=GRAY).text == "gray"
    shutil.rmtree(store.path)
    wait_for(lambda: nginx.get(headers=GRAY).header("X-Seen") == ERROR,
             what="the store is missed")
    fill_again(store)
    wait_for(lambda: nginx.get(headers=GRAY).text == "gray",
             what="the new store is used")


def fill_again(store):
    store.init()
    fill(store)


@pytest.mark.skipif(os.geteuid() != 0, reason="root sees every file")
@pytest.mark.parametrize("file", [".", "VERSION", "data.mdb", "lock.mdb"])
def test_a_store_that_workers_may_not_read_gives_the_default(
        file, gateway, store, stable, gray):
    fill(store)
    mode = (store.path / file).stat().st_mode
    (store.path / file).chmod(0o600)
    nginx = running(gateway, store, stable, gray)
    assert nginx.get(headers=GRAY).header("X-Seen") == ERROR
    assert len(nginx.log_lines(r"\[error\].*cannot be read")) == 1
    (store.path / file).chmod(mode & 0o7777)
    wait_for(lambda: nginx.get(headers=GRAY).text == "gray",
             what="the store is readable again")


@pytest.mark.skipif(os.geteuid() != 0, reason="root sees every file")
@pytest.mark.parametrize("file", ["switches", "counters.2"])
def test_without_a_shared_file_requests_are_decided(
        file, gateway, store, stable, gray):
    fill(store)
    (store.path / file).rename(store.path / "away")
    nginx = running(gateway, store, stable, gray)
    assert nginx.get(headers=GRAY).text == "gray"
    assert len(nginx.log_lines(f"{file}.* cannot be opened")) == 1
    (store.path / "away").rename(store.path / file)
    wait_for(lambda: "1/1 workers confirmed" in store.run(
        "off", "shop").out, what="the file is found")
    assert nginx.get(headers=GRAY).text == "stable"


def test_a_damaged_release_keeps_the_one_read_before(
        gateway, store, stable, gray):
    fill(store)
    nginx = running(gateway, store, stable, gray)
    assert nginx.get(headers=GRAY).text == "gray"
    damage(store, b"device_id in @testers", b"device_id in @TESTERS")
    store.run("list", "add", "testers", "new")
    for _ in range(3):
        assert nginx.get(headers=GRAY).text == "gray"


def test_a_damaged_release_at_start_gives_the_default(
        gateway, store, stable, gray):
    fill(store)
    damage(store, b"device_id in @testers", b"device_id in @TESTERS")
    nginx = running(gateway, store, stable, gray)
    for _ in range(3):
        assert nginx.get(headers=GRAY).header("X-Seen") == ERROR
    assert len(nginx.log_lines(r'\[error\].*release "shop"')) == 1
    status = json.loads(store.run("status", "--json", check=False).out)
    assert status["counts"]["shop"]["damaged"] == 1


def damage(store, text, other):
    data = (store.path / "data.mdb").read_bytes()
    assert text in data
    with open(store.path / "data.mdb", "r+b") as file:
        start = data.find(text)
        while start >= 0:
            file.seek(start)
            file.write(other)
            start = data.find(text, start + 1)


def test_a_store_replaced_while_a_live_list_is_asked_hurts_nobody(
        gateway, make_store, stable, gray, memcached):
    def legacy(store):
        store.run("release", "create", "shop")
        store.run("list", "create", "legacy", "--live")
        store.run("rule", "add", "shop", "legacy", "gray", "user in @legacy")
        return store

    store, other = legacy(make_store()), legacy(make_store())
    cache = memcached()
    cache.set("u1", "1")
    nginx = gateway(HTTP + "gray_memcached legacy %memcached% timeout=5s;",
                    SERVER, store=store, stable=stable, gray=gray,
                    memcached=cache)
    user = {"X-User": "u1"}
    assert nginx.get(headers=user).text == "gray"

    cache.suspend()
    with nginx.socket() as s:
        s.sendall(b"GET / HTTP/1.0\r\nX-User: u1\r\n\r\n")
        os.rename(store.path, store.folder / "old")
        os.rename(other.path, store.path)
        wait_for(lambda: "1/1 workers confirmed" in store.run(
            "on", "--all").out, what="the worker uses the other store")
        cache.resume()
        assert b"gray" in s.recv(65536)
    assert nginx.get(headers=user).text == "gray"
    assert nginx.get(headers={"X-User": "u2"}).text == "stable"
    assert store.run("status", json=True)["live_counts"]["legacy"]["hits"] >= 1
