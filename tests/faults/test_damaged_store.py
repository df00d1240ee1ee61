"""A store that was cut, or whose bits changed, at rest and in use."""

import json
import os
import random

import pytest
from harness import wait_for
from harness.build import SANITIZED
from harness.faults import release_count, times
from shop import GRAY
from stored import (ASKS, AT_ONCE, DEFAULTS, EITHER, by_reason, check_is_clean,
                    decisions, kept_connections, running, stock)

PAGE = 4096


@pytest.fixture
def filled(store):
    """A store of some hundred pages, and a backup of it beside it."""
    stock(store)
    store.run("list", "import", "testers",
              stdin="".join(f"m{i}\n" for i in range(8000)))
    store.run("backup", store.folder / "copy")
    return store


def data(store):
    return store.path / "data.mdb"


def cut(store, size):
    os.truncate(data(store), size)


def flip(store, offset, mask=0xff):
    with open(data(store), "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ mask]))


def check_names_the_damage(store, *words):
    done = store.run("check", check=False)
    assert done.code in (1, 8), done
    assert any(word in done.err for word in words), done


def restored(store, nginx):
    """The remedy that the messages name."""
    store.run("restore", store.folder / "copy")
    wait_for(lambda: nginx.get(headers=GRAY).text == "gray", 20,
             "the restored store is used")
    check_is_clean(store)


@pytest.mark.parametrize("left", times(
    [0, 0.5, -1], [0, 1, PAGE, 2 * PAGE, 0.5, -PAGE, -1]))
def test_a_store_that_was_cut_is_refused_and_the_default_served(
        left, gateway, filled, stable, gray, watch):
    size = data(filled).stat().st_size
    cut(filled, int(size * left) if isinstance(left, float)
        else left if left >= 0 else size + left)
    nginx = running(gateway, filled, stable, gray)
    with watch(nginx, filled, DEFAULTS, within=AT_ONCE,
               counted=by_reason("error"), told=None) as w:
        w.switch()
        check_names_the_damage(filled, "data.mdb")
        for args in (["list", "add", "testers", "x"], ["status"],
                     ["explain", "shop"], ["list", "has", "testers", "m1"]):
            done = filled.run(*args, check=False)
            assert done.code == 8 and "check" in done.err, (args, done)
    assert len(nginx.log_lines("cannot be read: the store is damaged")) == 2
    restored(filled, nginx)


@pytest.mark.skipif(SANITIZED, reason="the sanitizer reports the signal")
@pytest.mark.parametrize("left", [0, 0.5])
def test_a_store_that_is_cut_in_use_costs_at_most_a_worker(
        left, gateway, filled, stable, gray, watch):
    nginx = running(gateway, filled, stable, gray,
                    server="add_header X-Worker $pid;",
                    allow=["exited on signal 7"])
    connections = kept_connections(nginx)
    size = data(filled).stat().st_size
    cut(filled, int(size * left) if isinstance(left, float) else left)

    lost = sum(ask_until_lost(nginx, connection)
               for connection in connections)
    wait_for(lambda: len(nginx.workers()) == 2
             and len(nginx.log_lines("exited on signal 7")) == lost,
             what="who died was replaced")

    with watch(nginx, filled, EITHER, within=AT_ONCE, counted=decisions,
               told=None, statuses=(200,)) as w:
        w.switch()
        check_names_the_damage(filled, "data.mdb")
    restored(filled, nginx)


def test_a_changed_release_is_not_used_and_the_one_before_is(
        gateway, filled, stable, gray, watch):
    nginx = running(gateway, filled, stable, gray)
    assert nginx.get(headers=GRAY).text == "gray"
    with watch(nginx, filled, ASKS, within=AT_ONCE, counted=decisions,
               told=None) as w:
        w.go_on()
        change_release(filled)
        filled.run("list", "add", "testers", "a-change-of-something-else")
        w.go_on()
        w.switch()
        check_names_the_damage(filled, "release shop", "release 'shop'")
    restored(filled, nginx)


def test_a_changed_release_that_was_never_read_gives_the_default(
        gateway, filled, stable, gray, watch):
    change_release(filled)
    nginx = running(gateway, filled, stable, gray)
    with watch(nginx, filled, DEFAULTS, within=AT_ONCE,
               counted=by_reason("error"), told=None) as w:
        w.switch()
        check_names_the_damage(filled, "release shop", "release 'shop'")
    assert 1 <= len(nginx.log_lines(r'\[error\].*release "shop"')) <= 2
    status = json.loads(filled.run("status", "--json", check=False).out)
    assert 1 <= release_count("damaged")(status) <= 2
    restored(filled, nginx)


def ask_until_lost(nginx, connection):
    """Asks one worker for all that is decided; true when it died of it."""
    try:
        for ask in ASKS * 2:
            answer = nginx.get(connection=connection, **ask.options)
            assert answer.status == 200
            assert answer.text in (*ask.variants, "stable")
    except OSError:
        return True
    finally:
        connection.close()
    return False


def change_release(store):
    """One letter in every copy of the document."""
    text = data(store).read_bytes()
    at = text.find(b"user = 'gray'")
    assert at >= 0
    while at >= 0:
        flip(store, at, 0x20)
        at = text.find(b"user = 'gray'", at + 1)


# Changing a few bits of any page; what reads it ends with an exit code.
@pytest.mark.parametrize("seed", range(times(1, 20)))
def test_whatever_bits_changed_at_rest_nothing_crashes_at_open(
        seed, gateway, filled, stable, gray):
    sound = data(filled).read_bytes()
    random.seed(seed)
    verdicts = set()
    for number in range(20):
        data(filled).write_bytes(sound)
        for _ in range(random.choice((1, 1, 8, 64))):
            page = random.randrange(len(sound) // PAGE)
            within = random.choice((32, PAGE))
            flip(filled, page * PAGE + random.randrange(within),
                 1 << random.randrange(8))
        done = filled.run("check", check=False)
        assert done.code in (0, 1, 8), done
        assert done.code == 0 or done.err.startswith("grayctl: "), done
        verdicts.add(done.code)
        for args in (["status"], ["off", "shop"], ["on", "shop"]):
            code = filled.run(*args, check=False).code
            assert code >= 0 or done.code != 0, (args, code)
    assert len(verdicts) > 1
    data(filled).write_bytes(sound)
    nginx = running(gateway, filled, stable, gray)
    assert nginx.get(headers=GRAY).text == "gray"
    check_is_clean(filled)


def test_a_page_of_garbage_at_rest_gives_the_default_or_the_right_variant(
        gateway, filled, stable, gray, watch):
    check = filled.run("check", check=False)
    assert check.code == 0
    with open(data(filled), "r+b") as file:
        file.seek(0)
        file.write(bytes(range(256)) * (2 * PAGE // 256))
    nginx = running(gateway, filled, stable, gray)
    with watch(nginx, filled, DEFAULTS, within=AT_ONCE,
               counted=by_reason("error"), told=None) as w:
        w.switch()
        check_names_the_damage(filled, "not an LMDB meta page")
    restored(filled, nginx)
