"""grayctl watch: what happens, while it happens."""

import json
import os
import re
import signal
import subprocess
import threading
import time

import pytest

from screen import DOWN, ENTER, ESCAPE, Screen
from watching import HTTP, PHONE, SERVER, Lines, fill, variant_of
from harness import wait_for
from harness.build import SANITIZED, SLOW


@pytest.fixture
def shop(store):
    return fill(store)


@pytest.fixture
def nginx(gateway, shop, stable, gray):
    return gateway(HTTP, SERVER, store=shop, stable=stable, gray=gray,
                   workers=2)


@pytest.fixture
def screen(cleanup, shop):
    def make(*args, **options):
        made = Screen(shop, "watch", *args, **options)
        cleanup.callback(made.close)
        return made
    return make


@pytest.fixture
def lines(cleanup, shop):
    def make(*args):
        made = Lines(shop, *args)
        cleanup.callback(made.close)
        return made
    return make


@pytest.fixture
def traffic(cleanup, nginx):
    """traffic(): some 50 requests a second, a third of them gray."""
    ended = threading.Event()

    def run():
        n = 0
        while not ended.wait(0.02):
            n += 1
            try:
                nginx.get(headers=PHONE if n % 3 == 0 else {})
            except OSError:
                pass

    def make():
        thread = threading.Thread(target=run)
        thread.start()
        cleanup.callback(thread.join)
        cleanup.callback(ended.set)
    return make


# --- figures

def test_each_request_is_counted_once_for_its_variant(nginx, gray, lines):
    watch = lines()
    watch.wait(lambda line: variant_of(line, "gray")["interval"])
    gray.status = 503
    for _ in range(5):
        nginx.get(headers=PHONE)
    gray.status = 200
    gray.delay = 0.03
    for _ in range(15):
        nginx.get(headers=PHONE)
    for _ in range(40):
        nginx.get()
    watch.wait(lambda line: watch.sum("stable", "requests") == 40
               and watch.sum("gray", "requests") == 20)
    assert watch.sum("gray", "errors") == 5
    assert watch.sum("gray", "upstream_errors") == 5
    assert watch.sum("stable", "errors") == 0
    assert sum((variant_of(line, "gray")["interval"] or
                {"decisions": {"targeting_match": 0}})
               ["decisions"]["targeting_match"] for line in watch.seen) == 20
    slow = [variant_of(line, "gray")["interval"] for line in watch.seen
            if (variant_of(line, "gray")["interval"] or {}).get("p95_us")]
    assert 28_000 < slow[-1]["p95_us"] < 1_000_000 * SLOW
    assert 28_000 < slow[-1]["upstream_p95_us"] < 1_000_000 * SLOW
    assert variant_of(watch.seen[-1], "gray")["total"] == 20


def test_a_server_that_is_gone_and_a_client_that_leaves(nginx, gray, lines):
    watch = lines("shop")
    watch.wait(lambda line: variant_of(line, "gray")["interval"])
    gray.hold()
    with nginx.socket() as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n"
                     b"X-Device-Id: phone-42\r\n\r\n")
        gray.wait_for_requests(1)
    watch.wait(lambda line: watch.sum("gray", "gone") == 1)
    gray.stop()
    assert nginx.get(headers=PHONE).status == 502
    watch.wait(lambda line: watch.sum("gray", "connect_errors") == 1)
    assert watch.sum("gray", "errors") == 1
    assert {one["name"] for line in watch.seen
            for one in line["releases"]} == {"shop"}


def test_a_rate_is_that_of_the_traffic(nginx, traffic, screen):
    traffic()
    shown = screen()

    def both(_):
        stable, gray = shown.row_of("stable"), shown.row_of("gray")
        if stable and gray and stable[1] > "0" and gray[1] > "0":
            return float(stable[1]), float(gray[1])
        return None

    # of the release that is first, which is `search`, nothing is asked
    shown.type("j" + ENTER)
    shown.shows(r"shop  on")
    stable, gray = shown.shows(both)
    assert 5 / SLOW < stable + gray < 60
    assert 1 < stable / gray < 4
    assert shown.row_of("gray")[2] == "0%"
    assert re.search(r"[▁▂▃▄▅▆▇█]", shown.text)


def test_counts_go_on_when_a_worker_is_killed(nginx, lines):
    nginx.allow.append(r"worker process \d+ exited on signal 9")
    watch = lines()
    watch.wait(lambda line: line["workers"]["serving"] == 2
               and variant_of(line, "stable")["interval"])
    for _ in range(20):
        nginx.get()
    victim = nginx.workers()[0]
    nginx.signal(signal.SIGKILL, victim)
    wait_for(lambda: victim not in nginx.workers()
             and len(nginx.workers()) == 2)
    for _ in range(20):
        nginx.get()
    watch.wait(lambda line: watch.sum("stable", "requests") == 40)
    watch.wait(lambda line: line["workers"]["serving"] == 2)


def test_counters_made_anew_are_a_new_start_and_no_rate(
        nginx, shop, lines):
    for _ in range(50):
        nginx.get()
    watch = lines()
    watch.wait(lambda line: variant_of(line, "stable")["total"] == 50)
    nginx.stop()
    os.remove(shop.path / "counters.2")
    watch.wait(lambda line: not line["workers"]["known"])
    shop.init()
    nginx.start()
    watch.wait(lambda line: line["workers"]["serving"] == 2)
    for _ in range(7):
        nginx.get()
    watch.wait(lambda line: variant_of(line, "stable")["total"] == 7)
    for line in watch.seen:
        found = variant_of(line, "stable")
        for number in (found["interval"] or {"requests": 0}).values():
            assert not isinstance(number, int) or 0 <= number < 1e9


# --- what changes

def test_a_switch_and_a_weight_are_seen_as_they_change(nginx, shop, screen):
    shown = screen("shop")
    shown.shows(r"shop  on  1 rule")
    shown.shows(r"changes")
    shop.run("off", "shop")
    shown.shows(r"shop  OFF")
    shown.shows(r"off shop")
    shop.run("on", "shop")
    shown.shows(r"shop  on")
    shop.run("weight", "shop", "gray=12.5", "--by", "device_id")
    shown.shows(r"gray +12\.5%")
    shop.run("off", "--all")
    shown.shows(r"shop  OFF")


def test_of_one_release_the_reasons_are_shown(nginx, traffic, shop, screen):
    traffic()
    shown = screen("shop", height=40)
    shown.shows(r"RULES +SPLIT +DEFAULT +OVERRIDE +OFF +ERROR")
    shown.shows(r"gray +[0-9.]*[1-9][0-9.]* +0 +0 +0 +0 +0")
    shop.run("off", "shop")
    shown.shows(r"stable +0 +0 +0 +0 +[0-9.]*[1-9][0-9.]* +0")


def test_a_restored_store_takes_the_old_one_s_place(
        nginx, traffic, shop, folder, lines):
    shop.run("backup", folder / "backup")
    shop.run("release", "create", "newer")
    traffic()
    watch = lines()
    watch.wait(lambda line: {r["name"] for r in line["releases"]}
               == {"newer", "search", "shop"}
               and watch.sum("stable", "requests") > 5)
    shop.run("restore", folder / "backup")
    last = watch.wait(lambda line: {r["name"] for r in line["releases"]}
                      == {"search", "shop"})
    assert last["trouble"] is None
    before = watch.sum("stable", "requests")
    watch.wait(lambda line: watch.sum("stable", "requests") > before + 5)
    most = max(variant_of(line, "stable")["interval"]["requests"]
               for line in watch.seen[1:]
               if variant_of(line, "stable")["interval"])
    assert most < 1000


def test_a_store_that_goes_away_is_said_and_found_again(shop, screen):
    shown = screen()
    shown.shows(r"search  on")
    os.rename(shop.path, shop.folder / "elsewhere")
    shown.shows(r"! .*store")
    assert shown.shows(r"search  on")
    os.rename(shop.folder / "elsewhere", shop.path)
    shown.shows(lambda text: "! no" in text and text.count("!") == 1)


def test_a_stopped_nginx_is_said_with_how_long_it_is(nginx, screen):
    shown = screen("--interval", "200ms")
    shown.shows(r"2 workers")
    nginx.stop()
    shown.shows(r"! no worker for [1-9] s")
    nginx.start()
    shown.shows(r"2 workers")
    assert "no worker" not in shown.text


# --- the terminal

@pytest.mark.parametrize("keys", ["q", "\x03", "\x04"])
def test_a_key_ends_it_and_the_terminal_is_as_it_was(shop, screen, keys):
    shown = screen()
    shown.shows(r"shop  on")
    assert shown.other and not shown.restored
    shown.type(keys)
    assert shown.end() == 0
    assert shown.restored


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_and_the_terminal_is_as_it_was(shop, screen, sig):
    shown = screen()
    shown.shows(r"shop  on")
    shown.process.send_signal(sig)
    assert shown.end() == 0
    assert shown.restored


def test_no_line_is_longer_than_a_terminal_that_changes_its_size(
        nginx, shop, screen):
    shown = screen(width=120, height=40)
    shown.shows(r"UP95")
    for width, height in ((60, 12), (30, 6), (12, 3), (200, 50), (80, 24)):
        shown.resize(width, height)
        mark = len(shown.raw)
        shown.shows(lambda text: "\x1b[H" in shown.raw[mark:])
        shown.shows(lambda text: max(map(len, text.split("\n"))) <= width
                    and len(shown.lines) <= height)
    shown.shows(r"P99")


def test_releases_are_chosen_opened_and_left_by_keys(shop, screen):
    shown = screen()
    shown.shows(r"> search")
    shown.type(DOWN)
    shown.shows(r"> shop")
    shown.type(ENTER)
    shown.shows(lambda text: "RULES" in text and "search" not in text)
    shown.type("\t")
    shown.shows(lambda text: "search  on" in text and "shop  on" not in text)
    shown.type(ESCAPE)
    shown.shows(r"> search")
    shown.type("?")
    shown.shows(r"Ctrl-C +end")
    shown.type("x")
    shown.shows(r"> search")


def test_ascii_and_no_colour_are_heeded(nginx, traffic, screen):
    traffic()
    shown = screen(env={"LC_ALL": "C", "NO_COLOR": "1"})
    shown.type("j" + ENTER)
    shown.shows(r"requests/s.*#")
    assert shown.raw.isascii()
    assert not re.search(r"\x1b\[[0-9;]*m", shown.raw)
    shown = screen()
    shown.shows(r"shop  on")
    assert "\x1b[32m" in shown.raw


def test_what_others_wrote_cannot_command_the_terminal(shop, screen):
    document = shop.run("release", "get", "shop", json=True)
    document = document.get("document", document)
    document["note"] = "\x1b]0;owned\x07\x1b[2J"
    shop.run("release", "set", "shop", stdin=json.dumps(document))
    shown = screen("shop")
    shown.shows(r"note")
    assert "\x1b]" not in shown.raw and "\x07" not in shown.raw


# --- lines

def test_without_a_terminal_there_are_lines(nginx, shop):
    done = shop.run("watch", "--once", "--interval", "200ms")
    assert re.match(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d  revision \d+  2 workers",
                    done.out)
    assert re.search(r"^shop +on +stable +100% +0 +- +- +0 +- +- +-$",
                     done.out, re.M)
    assert "\x1b" not in done.out
    done = shop.run("watch", "shop", "--count", "3", "--interval", "100ms")
    assert done.out.count("RELEASE") == 3 and "search" not in done.out


def test_json_is_one_object_a_line_also_on_a_terminal(shop, screen):
    shown = screen("--json", "--count", "2", "--interval", "100ms", width=500)
    assert shown.end() == 0
    objects = [json.loads(line) for line in shown.raw.split("\r\n") if line]
    assert len(objects) == 2
    assert objects[0]["revision"] == objects[1]["revision"] > 0


def test_a_change_is_a_line_when_it_happens(nginx, shop, lines):
    watch = lines()
    assert watch.next()["changes"] == []
    shop.run("off", "shop")
    found = watch.wait(lambda line: line["changes"])["changes"]
    assert [c["verb"] for c in found] == ["off"]
    assert found[0]["subject"] == "shop"
    assert watch.wait(lambda line: not line["changes"])


def test_a_reader_who_leaves_ends_it(shop):
    process = shop.start("watch", "--interval", "100ms",
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(30 * SLOW) == 0
    with process.stderr:
        assert process.stderr.read() == b""


@pytest.mark.parametrize("args, code, words", [
    (["nosuch"], 3, "there is no release 'nosuch'"),
    (["--interval", "1ms"], 2, "not between 100ms and 1h"),
    (["--interval", "2d"], 2, "not between 100ms and 1h"),
    (["--interval", "x"], 2, "--interval"),
    (["a", "b"], 2, "one argument too many"),
])
def test_what_was_mistyped_is_said(shop, args, code, words):
    done = shop.run("watch", *args, check=False)
    assert done.code == code and words in done.err


def test_without_a_store_it_does_not_begin(make_store):
    done = make_store(init=False).run("watch", "--once", check=False)
    assert done.code == 6 and "store init" in done.err


@pytest.mark.skipif(SANITIZED, reason="costs more under a sanitizer")
def test_watching_twenty_releases_costs_next_to_nothing(
        shop, gateway, stable, gray, screen):
    names = [f"r{i}" for i in range(18)]
    for name in names:
        shop.run("release", "create", name)
    gateway(HTTP, SERVER + "".join(
        f"location /{name} {{ gray {name} stable=app_stable gray=app_gray; "
        "proxy_pass http://$gray_upstream; }" for name in names),
        store=shop, stable=stable, gray=gray)
    shown = screen()
    shown.shows(r"1 worker")

    def cpu():
        with open(f"/proc/{shown.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    first, start = cpu(), time.monotonic()
    shown.shows(lambda text: time.monotonic() - start > 5)
    part = (cpu() - first) / (time.monotonic() - start)
    assert part < 0.02, f"{part * 100:.1f} % of a core"
