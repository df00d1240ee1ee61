"""grayctl watch --server: the same of a grayd."""

import subprocess

import pytest

from screen import DOWN, ENTER, Screen
from watching import HTTP, PHONE, SERVER, Lines, fill, variant_of
from harness import wait_for
from harness.build import GRAYCTL, SLOW


@pytest.fixture
def shop(store):
    return fill(store)


@pytest.fixture
def nginx(gateway, shop, stable, gray):
    made = gateway(HTTP, SERVER, store=shop, stable=stable, gray=gray,
                   workers=2)
    wait_for(lambda: [len(n["workers"]) for n in
                      shop.run("status", json=True)["nginx"]] == [2])
    return made


@pytest.fixture
def d(grayd, shop):
    return grayd(tcp=True, tokens={"ops": "read"})


class Asked:
    """What runs grayctl on a grayd's socket, or by TCP with a token."""

    def __init__(self, store, d, token=None):
        self.folder = store.folder
        self.server = f"http://127.0.0.1:{d.port}" if token \
            else f"unix:{d.socket}"
        self.env = store.environment()
        if token:
            self.env["GRAY_TOKEN"] = d.tokens.get(token, token)

    def command(self, *args):
        return [str(GRAYCTL), "--server", self.server, *map(str, args)]

    def start(self, *args, **options):
        return subprocess.Popen(self.command(*args), env=self.env, **options)


@pytest.fixture
def lines(cleanup, shop, d):
    def make(*args, token=None):
        made = Lines(Asked(shop, d, token), *args)
        cleanup.callback(made.close)
        return made
    return make


@pytest.fixture
def screen(cleanup, shop, d):
    def make(*args, **options):
        made = Screen(Asked(shop, d), "watch", *args, **options)
        cleanup.callback(made.close)
        return made
    return make


@pytest.mark.parametrize("token", [None, "ops"])
def test_each_request_is_counted_once_for_its_variant(
        nginx, gray, lines, token):
    watch = lines(token=token)
    watch.wait(lambda line: variant_of(line, "gray")["interval"])
    gray.status = 503
    for _ in range(5):
        nginx.get(headers=PHONE)
    gray.stop()
    for _ in range(5):
        nginx.get(headers=PHONE)
    for _ in range(30):
        nginx.get()
    watch.wait(lambda line: watch.sum("stable", "requests") == 30
               and watch.sum("gray", "requests") == 10)
    assert watch.sum("gray", "errors") == 10
    assert watch.sum("gray", "upstream_errors") == 10
    assert watch.sum("gray", "connect_errors") == 5
    assert watch.sum("gray", "upstream_requests") == 10
    assert watch.sum("stable", "errors") == 0
    last = watch.seen[-1]
    assert variant_of(last, "gray")["total"] == 10
    assert variant_of(last, "stable")["percent"] == 100
    assert last["workers"]["serving"] == 2 and last["trouble"] is None
    shop = [one for one in last["releases"] if one["name"] == "shop"][0]
    assert (shop["rules"], shop["off"], shop["running"]) == (1, False, True)
    # reasons are those of the status, which is read at another moment
    watch.wait(lambda line: sum(
        (variant_of(one, "gray")["interval"] or {"decisions": {}})
        ["decisions"].get("targeting_match", 0) for one in watch.seen) == 10)


def test_a_line_comes_each_second(nginx, lines):
    watch = lines()
    watch.wait(lambda line: line["seconds"] == 1)
    for _ in range(4):
        assert watch.next()["seconds"] <= 3 * SLOW


def test_a_change_is_shown_when_it_happens(nginx, shop, screen):
    shown = screen("--interval", "200ms")
    shown.shows(r"rule add shop/qa")
    shown.type(DOWN + ENTER)
    shown.shows(r"shop  on  1 rule")
    shop.run("off", "shop")
    shown.shows(r"shop  OFF")
    shown.shows(r"off shop")
    shop.run("on", "shop")
    shown.shows(r"shop  on")
    shop.run("weight", "shop", "gray=12.5", "--by", "device_id")
    shown.shows(r"gray +12\.5%")
    shop.run("off", "--all")
    shown.shows(r"shop  OFF")
    shown.type("q")
    assert shown.end() == 0
    assert shown.restored


def test_changes_are_lines_when_they_happen(shop, lines):
    watch = lines()
    assert watch.next()["changes"] == []
    watch.next()
    shop.run("off", "shop")
    found = watch.wait(lambda line: line["changes"])["changes"]
    assert [(c["verb"], c["subject"]) for c in found] == [("off", "shop")]


def test_a_grayd_that_is_away_is_said_and_found_again(nginx, shop, d, screen):
    shown = screen()
    shown.shows(r"2 workers")
    d.stop()
    shown.shows(r"! .*grayd|! .*connect|! .*answer")
    assert shown.shows(r"shop  on")
    d.start()
    shown.shows(lambda text: "! " not in text and "2 workers" in text)
    shop.run("off", "shop")
    shown.shows(r"shop  OFF")
    for _ in range(20):
        nginx.get("/search")

    def answered(_):
        row = shown.row_of("stable")
        return row and row[1] > "0"

    shown.shows(answered)


def test_a_restored_store_takes_the_old_one_s_place(
        nginx, shop, folder, lines):
    shop.run("backup", folder / "backup")
    shop.run("release", "create", "newer")
    watch = lines()
    watch.wait(lambda line: len(line["releases"]) == 3)
    shop.run("restore", folder / "backup")
    watch.wait(lambda line: len(line["releases"]) == 2
               and line["trouble"] is None)
    for _ in range(10):
        nginx.get()
    watch.wait(lambda line: watch.sum("stable", "requests") >= 10)


def test_whoever_may_not_look_is_told_at_once(shop, d):
    process = Asked(shop, d, "wrong").start(
        "watch", "--once", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True)
    out, err = process.communicate(timeout=60 * SLOW)
    assert process.returncode == 6 and "token" in err and out == ""


def test_a_release_that_is_not_there_is_told(shop, d):
    process = Asked(shop, d).start("watch", "nosuch", stderr=subprocess.PIPE,
                                   text=True)
    _, err = process.communicate(timeout=60 * SLOW)
    assert process.returncode == 3 and "no release 'nosuch'" in err
