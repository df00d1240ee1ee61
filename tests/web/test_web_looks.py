"""Every page, in both themes and languages, for every eye and finger."""

import re
import shutil

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from dashboard import texts
from harness import BUILD
from harness.browser import PHONE
from harness.build import SANITIZED

pytestmark = pytest.mark.skipif(SANITIZED, reason="nothing of it is in C")

# name: address, and a (role, name) that is there when it is drawn
PAGES = {
    "overview": ("#/", ("link", "shop")),
    "release": ("#/releases/shop", ("button", "Turn off")),
    "lists": ("#/lists", ("link", "testers")),
    "list": ("#/lists/testers", ("button", "Remove phone-7")),
    "links": ("#/links", ("button", re.compile("^Revoke link"))),
    "audit": ("#/audit", ("DisclosureTriangle", re.compile("gray"))),
    "nowhere": ("#/nowhere", ("heading", "There is no such page")),
}


@pytest.fixture(scope="module", autouse=True)
def filled(site):
    """Something of everything, long names among it."""
    run = site.store.run
    run("list", "create", "office-addresses", "--kind", "ip")
    run("list", "create", "legacy", "--live")
    run("list", "add", "testers", "phone-7", "--note", "of the QA team")
    run("list", "add", "testers", "x" * 255, "--ttl", "1h")
    run("rule", "add", "shop", "beijing", "gray=10",
        "city = 'BJ' and app_version >= v8.0.47 and device_id not in @testers")
    run("weight", "shop", "gray=20")
    run("release", "create", "checkout-of-a-long-name", "stable", "a", "b")
    run("weight", "checkout-of-a-long-name", "a=33.333", "b=12.5",
        "--by", "device_id")
    run("off", "checkout-of-a-long-name")
    run("link", "shop", "gray", "--ttl", "2h")
    site.gray.answer = failing(site.gray)
    site.visitors(per_second=300).next(900)


def failing(backend):
    """Every fourth answer of BACKEND is an error."""
    def answer(_):
        if len(backend.requests) % 4:
            return None
        return (b"HTTP/1.1 500 Scripted\r\nContent-Length: 5\r\n\r\ngray\n")
    return answer


def go(page, site, name):
    address, (role, thing) = PAGES[name]
    page.open(site.it + address)
    page.find(role, thing)
    if name in ("overview", "release"):
        page.until(lambda: re.search(r"stable( default)?\s.*\d", page.text()),
                   "figures")
    return page


def unfold(page):
    """Opens what is folded."""
    page.run("document.querySelectorAll('details')"
             ".forEach(one => { one.open = true; })")


# --- accessibility

@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_fault_in_either_theme(page, site, name):
    go(page, site, name)
    page.shoot(name)
    page.theme("dark")
    page.shoot(f"{name}-dark")
    unfold(page)
    assert page.axe("color-contrast") == []
    page.theme("light")
    assert page.axe() == []


def test_axe_finds_no_fault_in_questions_answers_and_forms(page, site):
    go(page, site, "release")
    page.write("spinbutton", "gray", "30")
    page.click("button", re.compile("^Change the weights"))
    page.find("dialog")
    assert page.axe() == []
    page.click("button", "Cancel")
    page.write("textbox", "device_id", "phone-7")
    page.click("button", "Explain")
    page.see("It gets gray")
    assert page.axe() == []

    page.expect("status of 401")
    page.forget(site.tcp)
    page.open(site.tcp)
    page.find("dialog", "A token is needed")
    assert page.axe() == []


@pytest.mark.parametrize("name, theme", [
    ("overview", "dark"), ("release", "light"), ("list", "dark")])
def test_what_the_keyboard_is_at_can_be_seen(page, site, name, theme):
    page.theme(theme)
    go(page, site, name)
    for step in (page.press, page.press_shifted):
        seen = 0
        for _ in range(100):
            step(Keys.TAB)
            what, fault = page.run(FOCUS)
            if what == "BODY":
                break
            assert not fault, f"{what} {fault}"
            seen += 1
        assert seen > 8


# What has the focus, and whether it is marked and nothing stands before it.
FOCUS = """
const e = document.activeElement;
const s = getComputedStyle(e);
const box = e.getBoundingClientRect();
const top = document.elementFromPoint(box.x + Math.min(box.width / 2, 20),
    Math.min(box.y + box.height / 2, innerHeight - 2));
const free = e.contains(top) || (top && top.contains(e));
const marked = (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1)
    || s.boxShadow !== 'none';
return [e === document.body ? 'BODY' : e.outerHTML.slice(0, 120),
    marked ? free ? '' : 'is hidden behind another' : 'has no mark'];
"""


# --- narrow, dark, Chinese

@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_a_phone(page, site, name):
    page.size(PHONE)
    go(page, site, name)
    page.shoot(f"{name}-phone")
    for _ in range(2):
        unfold(page)
        assert page.overflow() == []
        page.click("button", "中文") if page.has("button", "中文") else None
        page.find("button", "English")


def test_a_browser_in_chinese_sees_a_page_in_chinese(page, site):
    page.language("zh-CN")
    page.forget(site.it)
    page.open(site.it)
    page.find("link", "shop")
    assert page.run("return document.documentElement.lang") == "zh-CN"
    assert page.find("button", "English")
    page.shoot("chinese-overview")
    page.open(site.it + "#/releases/shop")
    page.find("slider", "gray")
    english = {en for en, zh in texts().values() if zh != en}
    assert not english & set(re.split(r"[\n\t]", page.text()))
    page.shoot("chinese-release")

    page.click("button", "English")
    assert page.find("link", "Releases")
    page.driver.refresh()
    assert page.find("link", "Releases")


def test_colours_follow_the_person_or_the_choice(page, site):
    def background():
        return page.run(
            "return getComputedStyle(document.body).backgroundColor")
    page.open(site.it)
    light = background()
    page.theme("dark")
    dark = background()
    assert light != dark
    chosen = Select(page.find("combobox", "Colours"))
    chosen.select_by_value("light")
    assert background() == light
    page.driver.refresh()
    page.find("link", "shop")
    assert background() == light


# --- without charts

def test_without_uplot_the_figures_are_still_there(browser, grayd, folder):
    shutil.copytree(BUILD / "web", folder / "web")
    for file in (folder / "web").glob("uPlot.*"):
        file.unlink()
    d = grayd("--web", folder / "web", tcp=True, tokens={"ops": "admin"})
    d.store.run("release", "create", "shop")
    browser.expect("status of 404|uPlot")
    browser.open(f"http://127.0.0.1:{d.port}/#token={d.tokens['ops']}")
    browser.click("link", "shop")
    browser.find("table", "Requests per second")
    browser.find("button", "Turn off")
