"""The page of a release: what is changed there reaches real requests."""

import re

import pytest
from selenium.webdriver.common.keys import Keys

from harness.build import SANITIZED

slow = pytest.mark.skipif(SANITIZED, reason="one story tells the way")

# As a browser says it.
CONFLICT = "status of 412"


@pytest.fixture(scope="module", autouse=True)
def visitors(site):
    return site.visitors()


@pytest.fixture
def shop(page, site):
    """The release's page, when it knows how many requests there are."""
    site.store.run("on", "shop")
    site.store.run("weight", "shop", "gray=0")
    page.open(site.it + "#/releases/shop")
    page.until(lambda: re.search(
        r"stable\s+[1-9]", page.find("table", "Requests per second").text),
        "the figures are there", 30)
    return page


def changed(percent):
    """What the page says when it has done so."""
    return re.compile(f"Changed: .*gray {percent} %")


def weigh(page, percent):
    page.write("spinbutton", "gray", str(percent))
    page.click("button", re.compile("^Change the weights"))


def test_a_weight_that_is_changed_on_the_page_moves_real_requests(
        shop, site):
    assert site.traffic.share(60) == 0
    weigh(shop, 30)
    asked = shop.find("dialog", "Change the weights of shop?").text
    assert "30 % move" in asked
    about, of = map(float, re.search(
        r"about ([\d.]+) of ([\d.]+) requests per second", asked).groups())
    assert 0 < about < of and abs(about - 0.3 * of) < 0.6

    shop.click("button", "Change now")
    shop.see(changed(30))
    assert 20 < site.traffic.share() < 40
    assert shop.has("image", "stable 70 %, gray 30 %")

    shop.click("button", "Turn off")
    shop.see(re.compile(r"It is off\. 2/2 workers confirmed, \d+ ms"))
    assert site.traffic.next(100) == {"stable": 100}


@slow
def test_a_change_that_is_not_confirmed_is_not_made(shop, site):
    weigh(shop, 30)
    shop.click("button", "Cancel")
    shop.wait_gone("dialog")
    weigh(shop, 40)
    shop.find("dialog")
    shop.press(Keys.ESCAPE)
    shop.wait_gone("dialog")
    assert site.traffic.share(60) == 0
    shop.click("button", "Undo")
    assert shop.find("slider", "gray").get_attribute("value") == "0"


@slow
def test_off_is_the_biggest_button_and_on_asks(shop, site):
    site.store.run("weight", "shop", "gray=50")
    shop.see("gray 50 %")
    sizes = {button.text: button.size["width"] * button.size["height"]
             for button in shop.driver.find_elements("tag name", "button")}
    assert max(sizes, key=sizes.get) == "Turn off"

    shop.click("button", "Turn off")
    shop.see("2/2 workers confirmed")
    assert site.traffic.next(100) == {"stable": 100}
    assert site.store.run("status", json=True)["releases"][0]["off"]

    shop.click("button", "Turn on")
    asked = shop.find("dialog", "Turn shop on?")
    assert re.search(r"for [\d.]+ requests per second", asked.text)
    shop.click("button", "Turn on")
    shop.see(re.compile(r"It is on\. 2/2 workers confirmed"))
    assert 35 < site.traffic.share() < 65


@slow
def test_the_whole_way_by_the_keyboard(shop, site):
    shop.tab_to("slider", "gray")
    shop.press(*[Keys.ARROW_RIGHT] * 40)
    shop.tab_to("button", re.compile("^Change the weights"))
    shop.press(Keys.ENTER)
    shop.find("dialog")
    assert shop.focused() == ("button", "Cancel")
    shop.tab_to("button", "Change now")
    shop.press(Keys.ENTER)
    shop.see(changed(20))
    assert 10 < site.traffic.share() < 30
    assert shop.focused()[1].startswith("Change the weights")


@slow
def test_what_somebody_else_changed_meanwhile_is_not_overwritten(shop, site):
    weigh(shop, 30)
    shop.find("dialog")
    site.store.run("weight", "shop", "gray=7")
    with shop.expecting(CONFLICT):
        shop.click("button", "Change now")
        shop.see("It was changed meanwhile; your change was not made.")
    said = shop.see(re.compile("The last change is by .*")).group()
    assert "weight" in said
    shop.see("gray 7 %")
    line = site.store.run("release", "ls", json=True)["releases"][0]
    assert [one["percent"] for one in line["variants"]] == [93, 7]
    # once more, having seen it
    shop.click("button", re.compile("^Change the weights"))
    shop.click("button", "Change now")
    shop.see(changed(30))


@slow
def test_what_others_change_is_shown_by_itself(shop, site):
    site.store.run("weight", "shop", "gray=12")
    shop.see("gray 12 %")
    site.store.run("off", "shop")
    assert shop.find("button", "Turn on")
    site.store.run("on", "shop")
    assert shop.find("button", "Turn off")


@slow
def test_explain_shows_the_path_to_the_decision(shop, site):
    site.store.run("list", "add", "testers", "phone-of-qa")
    shop.write("textbox", "device_id", "phone-of-qa")
    shop.click("button", "Explain")
    shop.see("It gets gray: targeting_match:qa")
    path = shop.find("table", "The path of the decision").text
    assert re.search(r"device_id in @testers\s+yes", path)

    shop.write("textbox", "device_id", "phone-1")
    shop.click("button", "Explain")
    shop.see(re.compile(r"It gets stable: split:device_id:\d+"))
    shop.see(re.compile(r"device_id falls into bucket [\d,]+"))
    shop.shoot("explain")


@slow
def test_a_rule_is_added_where_its_condition_is_right(shop, site):
    shop.click("DisclosureTriangle", "Add a rule")
    shop.write("textbox", "Name", "beijing")
    shop.write("textbox", "Condition", "city == 'BJ'")
    with shop.expecting("status of 422"):
        shop.click("button", "Add a rule")
        shop.see("Column 6")
        shop.see("The condition is wrong.")
    shop.write("textbox", "Condition", "device_id = 'phone-bj'")
    shop.click("button", "Only try")
    shop.see("What would change:")
    phone = {"X-Device-Id": "phone-bj"}
    assert site.nginx.get(headers=phone).text == "stable"
    shop.click("button", "Add a rule")
    shop.see("The rule was added.")
    assert site.nginx.get(headers=phone).text == "gray"
    shop.click("button", "Remove beijing")
    shop.find("dialog", "Remove the rule beijing?")
    shop.click("button", "Remove")
    shop.wait_gone("button", "Remove beijing")
    assert site.nginx.get(headers=phone).text == "stable"


@slow
def test_the_audit_says_who_changed_what(shop, site):
    weigh(shop, 25)
    shop.click("button", "Change now")
    shop.see(changed(25))
    shop.open(site.it + "#/audit?release=shop")
    shop.see("weight")
    shop.see(re.compile(r"alice.*weight"))
    shop.click("DisclosureTriangle", re.compile("25"))
    shop.see(re.compile(r"\+ .*\"gray\": 25"))
    shop.see(re.compile(r"- .*\"gray\": 0"))


@slow
def test_hits_are_counted_by_what_decided(shop, site):
    def says(table, pattern):
        return re.search(pattern, " ".join(
            shop.find("table", table).text.split()))

    site.store.run("weight", "shop", "gray=50")
    shop.until(lambda: says("Decided by", r"weights [\d,]+ \([\d.]+/s\)"),
               "decisions are counted", 30)
    site.store.run("list", "add", "testers", "phone-hit")
    for _ in range(5):
        site.nginx.get(headers={"X-Device-Id": "phone-hit"})
    shop.until(lambda: says("Rules", r"qa device_id in @testers gray [1-9]"),
               "hits are shown", 30)
