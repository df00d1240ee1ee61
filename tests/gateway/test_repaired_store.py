"""A store that is repaired while nginx decides by it."""

import subprocess
import threading
from pathlib import Path

from harness import wait_for
from harness.build import DAMAGE
from shop import GRAY, HTTP, PHONE, UPSTREAMS, fill

BIG = [f"phone-{i}" for i in range(3000)]


def damage(store, kind, name="", number=0):
    subprocess.run([DAMAGE, store.path, kind, name, str(number)], check=True)


def wait_until_used(nginx, index):
    """Requests go on until each worker has an index of this folder mapped."""
    def used():
        assert nginx.get(headers=PHONE).text == "gray"
        return all(any(f"{index}/" in line and "(deleted)" not in line for line
                       in Path(f"/proc/{pid}/maps").read_text().splitlines())
                   for pid in nginx.workers())
    wait_for(used, 20, "the index is used")


def test_requests_are_decided_right_while_the_store_is_repaired(
        gateway, store, stable, gray):
    fill(store)
    store.run("list", "import", "testers", stdin="\n".join(BIG))
    nginx = gateway(HTTP, UPSTREAMS, store=store, stable=stable, gray=gray)
    assert nginx.get(headers=PHONE).text == "gray"

    answers, stop = [], threading.Event()

    def ask():
        connection = nginx.connect()
        while not stop.is_set():
            answers.append((nginx.get(headers=PHONE, connection=connection).text,
                            nginx.get(headers=GRAY, connection=connection).text,
                            nginx.get(headers={"X-Device-Id": "phone-x"},
                                      connection=connection).text))
        connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(3):
            damage(store, "header-count", "testers", 7)
            damage(store, "nobodys-members", "", 4000)
            damage(store, "no-name", "testers")
            assert store.run("check", check=False).code == 1
            told = store.run("check", "--repair", json=True)
            assert told["ok"] and len(told["repaired"]) >= 3
    finally:
        stop.set()
        asking.join()
    assert set(answers) == {("gray", "gray", "stable")}


def test_an_index_that_was_wrong_is_used_no_more_when_it_was_repaired(
        gateway, store, stable, gray):
    fill(store)
    store.run("list", "import", "testers", stdin="\n".join(BIG))
    nginx = gateway(HTTP, UPSTREAMS, store=store, stable=stable, gray=gray)
    assert nginx.get(headers=PHONE).text == "gray"
    wait_until_used(nginx, store.path / "index")
    (index,) = (store.path / "index").iterdir()
    with open(index, "r+b") as data:
        data.seek(4096)
        data.write(bytes(index.stat().st_size - 4096))
    assert nginx.get(headers=PHONE).text == "stable"
    assert store.run("check", check=False).code == 1
    store.run("check", "--repair")
    wait_for(lambda: nginx.get(headers=PHONE).text == "gray", 20,
             "the repaired index is used")
    wait_until_used(nginx, store.path / "index")


def test_the_index_of_a_restored_store_is_used_at_once(gateway, store, stable, gray):
    fill(store)
    store.run("list", "import", "testers", stdin="\n".join(BIG))
    store.run("backup", store.folder / "copy")
    nginx = gateway(HTTP, UPSTREAMS, store=store, stable=stable, gray=gray)
    wait_until_used(nginx, store.path / "index")
    store.run("list", "add", "testers", "phone-x")
    store.run("restore", store.folder / "copy")
    wait_until_used(nginx, store.path / "index")
    assert nginx.get(headers={"X-Device-Id": "phone-x"}).text == "stable"
