"""A list of a thousand members or more is answered by its index, and rightly
so whatever becomes of the list and of the file."""

import os
import random
import re
import shutil
from pathlib import Path

import pytest
import shop
from harness import Store, wait_for
from harness.build import SANITIZED
from test_lifecycle import Traffic

MEMBERS = 5000
LENGTHS = (8, 12, 16, 19, 20, 24, 25, 28, 30, 32)


def device(number):
    return f"device-{number:08d}"


def text(numbers):
    return "".join(device(number) + "\n" for number in numbers)


def fill(store, count=MEMBERS):
    shop.fill(store)
    store.run("list", "import", "testers", stdin=text(range(count)))
    return store


@pytest.fixture(name="nginx")
def fixture_nginx(gateway, store, stable, gray):
    return gateway(shop.HTTP, shop.UPSTREAMS, store=fill(store),
                   stable=stable, gray=gray)


def ask(nginx, number):
    return nginx.get(headers={"X-Device-Id": device(number)}).text


def mapped(nginx):
    """The indexes that the worker maps, without those of deleted files."""
    maps = Path(f"/proc/{nginx.workers()[0]}/maps").read_text()
    return set(re.findall(r"(/\S+/index/[0-9a-f]{16})$", maps, re.M))


def files(store):
    return {str(path) for path in (store.path / "index").iterdir()}


def answers_right(nginx, members=MEMBERS):
    numbers = random.Random(1).sample(range(2 * members), 40)
    return [number for number in [0, members - 1, members, *numbers]
            if ask(nginx, number) != ("gray" if number < members
                                      else "stable")] == []


def test_members_are_gray_and_others_are_not(nginx, store):
    assert answers_right(nginx)
    assert mapped(nginx) == files(store) != set()


def test_each_change_of_a_member_is_seen_by_the_next_request(nginx, store):
    for number in (MEMBERS + 1, MEMBERS + 2):
        assert ask(nginx, number) == "stable"
        store.run("list", "add", "testers", device(number))
        assert ask(nginx, number) == "gray"
        assert ask(nginx, number) == "gray"
        store.run("list", "rm", "testers", device(number))
        assert ask(nginx, number) == "stable"
        assert ask(nginx, number) == "stable"
    assert mapped(nginx) == files(store) != set()


def test_a_replaced_list_is_asked_in_its_new_index(nginx, store):
    assert ask(nginx, 1) == "gray"
    old = mapped(nginx)
    store.run("list", "import", "testers", "--replace",
              stdin=text(range(2, 2 * MEMBERS)))
    # Its reader had the old one open: whoever closes a deleted file frees it.
    assert files(store) > old
    assert ask(nginx, 1) == "stable"
    assert ask(nginx, 2 * MEMBERS - 1) == "gray"
    new = mapped(nginx)
    assert len(new) == 1 and not new & old and files(store) == new | old
    store.run("list", "add", "testers", "one")
    assert files(store) == new


def test_a_member_that_expires_is_gray_until_then(nginx, store):
    number = MEMBERS + 7
    store.run("list", "add", "testers", device(number), "--ttl", "2s")
    assert ask(nginx, number) == "gray"
    wait_for(lambda: ask(nginx, number) == "stable",
             what="the member expires")
    assert mapped(nginx) == files(store) != set()


def test_a_list_that_grows_past_a_thousand_gets_an_index(
        gateway, store, stable, gray):
    nginx = gateway(shop.HTTP, shop.UPSTREAMS, store=fill(store, 990),
                    stable=stable, gray=gray)
    assert answers_right(nginx, 990)
    assert mapped(nginx) == set()
    store.run("list", "import", "testers", stdin=text(range(990, 1200)))
    assert answers_right(nginx, 1200)
    assert mapped(nginx) == files(store) != set()


def test_every_block_of_an_ip_list_is_found(gateway, store, stable, gray):
    blocks = [f"{20 + i}.0.0.0/{length}" for i, length in enumerate(LENGTHS)]
    singles = [f"172.16.{i // 250}.{i % 250 + 1}" for i in range(2000)]
    store.run("release", "create", "shop")
    store.run("list", "create", "offices", "--kind", "ip")
    store.run("list", "import", "offices",
              stdin="\n".join([*blocks, *singles, "2001:db8:7::/48"]) + "\n")
    store.run("rule", "add", "shop", "office", "gray", "claimed in @offices")
    nginx = gateway(shop.HTTP + "gray_attribute claimed $http_x_real_ip;",
                    shop.UPSTREAMS, store=store, stable=stable, gray=gray)

    def variant(address):
        return nginx.get(headers={"X-Real-IP": address}).text

    for address, expected in {
            "20.255.0.1": "gray", "21.15.0.1": "gray", "21.16.0.1": "stable",
            "28.0.0.3": "gray", "28.0.0.4": "stable", "29.0.0.0": "gray",
            "172.16.3.77": "gray", "172.16.9.77": "stable",
            "::ffff:172.16.3.77": "gray", "2001:db8:7:1::1": "gray",
            "2001:db8:8::1": "stable", "nobody": "stable"}.items():
        assert variant(address) == expected, address
    assert mapped(nginx) == files(store) != set()


def truncate(path):
    os.truncate(path, 100)


def scribble(path):
    with open(path, "r+b") as file:
        file.write(b"\xff" * 256)


@pytest.mark.parametrize("harm", [os.unlink, truncate, scribble])
def test_what_becomes_of_the_file_changes_no_answer(
        gateway, store, stable, gray, harm):
    fill(store)
    for path in files(store):
        harm(path)
    nginx = gateway(shop.HTTP, shop.UPSTREAMS, store=store, stable=stable,
                    gray=gray)
    assert answers_right(nginx)
    store.run("list", "add", "testers", device(MEMBERS))
    assert ask(nginx, MEMBERS) == "gray"
    assert ask(nginx, MEMBERS + 1) == "stable"


def test_a_file_deleted_under_a_worker_changes_no_answer(nginx, store):
    assert answers_right(nginx)
    shutil.rmtree(store.path / "index")
    assert answers_right(nginx)
    store.run("list", "add", "testers", device(MEMBERS))
    assert ask(nginx, MEMBERS) == "gray"
    store.run("list", "rm", "testers", device(MEMBERS))
    assert answers_right(nginx)


def test_the_index_of_another_store_is_not_trusted(
        gateway, store, stable, gray):
    fill(store)
    other = Store()
    try:
        fill(other, 3000)
        for mine, foreign in zip(sorted(files(store)), sorted(files(other))):
            Path(mine).write_bytes(Path(foreign).read_bytes())
    finally:
        other.close()
    nginx = gateway(shop.HTTP, shop.UPSTREAMS, store=store, stable=stable,
                    gray=gray)
    assert answers_right(nginx)


def test_answers_stay_right_over_reloads_and_changes(nginx, store):
    with Traffic(nginx) as traffic:
        for number in range(MEMBERS, MEMBERS + 5):
            store.run("list", "add", "testers", device(number))
            nginx.reload()
            assert ask(nginx, number) == "gray"
    assert traffic.wrong == []
    assert mapped(nginx) == files(store) != set()


def test_a_release_that_changes_leaves_one_mapping_behind(nginx, store):
    for weight in range(1, 6):
        store.run("weight", "shop", f"gray={weight}", "--by", "device_id")
        assert ask(nginx, 1) == "gray"
    maps = Path(f"/proc/{nginx.workers()[0]}/maps").read_text()
    assert len(re.findall(r"/index/", maps)) == 1


def private_memory(pid):
    """Kilobytes that are the process's own."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status).group(1))


@pytest.mark.skipif(SANITIZED, reason="the sanitizer keeps what was freed")
def test_a_worker_s_own_memory_does_not_grow_with_a_list(
        gateway, store, stable, gray):
    count = 300_000
    nginx = gateway(shop.HTTP, shop.UPSTREAMS, store=shop.fill(store),
                    stable=stable, gray=gray)

    def use(members):
        for number in range(0, 2 * members, max(1, members // 500)):
            ask(nginx, number)
        return private_memory(nginx.workers()[0])

    before = use(1000)
    store.run("list", "import", "testers", stdin=text(range(count)),
              timeout=120)
    assert ask(nginx, count - 1) == "gray"
    assert use(count) - before < 1024
    assert mapped(nginx) == files(store) != set()
