"""What the page says, and does not do, while grayd is away or silent."""

import re
import signal
import time

import pytest

from harness import process
from harness.build import SANITIZED, SLOW

pytestmark = pytest.mark.skipif(SANITIZED, reason="nothing of it is in C")

# As a browser says that nobody answered, or nginx for it.
NOBODY = "Failed to load resource|ERR_INCOMPLETE_CHUNKED_ENCODING"

# What changes something on a release's page.
CONTROLS = ["Turn off", "Promote", "Reshuffle", "Remove the release"]


@pytest.fixture(scope="module", autouse=True)
def visitors(site):
    return site.visitors()


@pytest.fixture
def shop(page, site):
    site.store.run("weight", "shop", "gray=50")
    page.open(site.it + "#/releases/shop")
    page.see("live")
    page.until(lambda: enabled(page) == CONTROLS, "the controls can be used")
    yield page
    if site.grayd.process.poll() is not None:
        site.grayd.start()


def enabled(page):
    return [name for name in CONTROLS
            if page.find("button", name).is_enabled()]


def figures(page):
    """How figures look: colours and what lies over them."""
    return page.run("""
        const looks = [];
        for (let e = arguments[0]; e; e = e.parentElement) {
            const s = getComputedStyle(e);
            looks.push(s.color, s.opacity, s.filter);
        }
        return looks.join();""",
        page.find("cell", re.compile(r"^[\d.]+$")))


@pytest.mark.parametrize("way", ["it", "tcp"])
def test_when_grayd_is_killed_the_page_says_so_and_comes_back_by_itself(
        shop, site, way):
    if way == "tcp":
        shop.open(site.tcp + "#token=" + site.grayd.tokens["ops"])
        shop.see("live")
        shop.open_here("#/releases/shop")
        shop.until(lambda: enabled(shop) == CONTROLS, "the controls")
    fresh = figures(shop)
    shop.expect(NOBODY)
    site.grayd.process.kill()
    site.grayd.process.wait()
    shop.see(re.compile(r"grayd is away; it was last heard at \d\d:\d\d:\d\d"))
    shop.see(re.compile(r"Figures are as of \d\d:\d\d:\d\d"))
    assert enabled(shop) == []
    assert figures(shop) != fresh
    if way == "it":
        shop.shoot("stale")

    # routing does not notice
    assert set(site.traffic.next()) == {"stable", "gray"}
    site.store.run("weight", "shop", "gray=23")

    site.grayd.start()
    shop.see("Connected again at", 40)
    shop.see("gray 23 %")
    shop.until(lambda: enabled(shop) == CONTROLS, "the controls are back")
    assert figures(shop) == fresh
    assert "grayd is away" not in shop.text()


def test_when_grayd_is_silent_the_page_says_since_when(shop, site):
    fresh = figures(shop)
    process.send(site.grayd.pid, signal.SIGSTOP)
    try:
        shop.see(re.compile(
            r"grayd has been silent since \d\d:\d\d:\d\d|grayd is away"), 30)
        assert enabled(shop) == [] and figures(shop) != fresh
        assert "Turn off" in shop.names("button")
    finally:
        process.send(site.grayd.pid, signal.SIGCONT)
    shop.until(lambda: enabled(shop) == CONTROLS, "the controls are back", 40)
    assert figures(shop) == fresh


def test_a_page_that_is_opened_while_grayd_is_away_waits_for_it(page, site):
    page.open(site.it)
    page.expect(NOBODY)
    site.grayd.process.kill()
    site.grayd.process.wait()
    page.open_here("#/releases/shop")
    page.see("grayd")
    assert page.has("status", None)
    site.grayd.start()
    page.see("Connected again", 40)
    page.find("button", "Turn off")


def test_pages_that_were_left_hold_no_connection(page, site):
    """A browser keeps what was left, and has six connections for all."""
    for _ in range(8):
        begin = time.monotonic()
        page.open(site.it)
        page.see("live")
        assert time.monotonic() - begin < 20 * SLOW
