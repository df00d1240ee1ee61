"""Tokens on the page, and what it loads."""

import re

import pytest

from harness.build import SANITIZED

pytestmark = pytest.mark.skipif(SANITIZED, reason="nothing of it is in C")

DENIED = "status of 401"
REFUSED = "status of 403"


@pytest.fixture
def tcp(browser, site):
    """The page by TCP, without a token yet."""
    browser.forget(site.tcp)
    return browser


def use(page, token):
    page.write("textbox", "Token", token)
    page.click("button", "Use it")


def test_by_tcp_the_page_asks_for_a_token(tcp, site):
    tcp.expect(DENIED)
    tcp.open(site.tcp)
    tcp.find("dialog", "A token is needed")
    use(tcp, "nobody-s")
    tcp.see("This token is not known to grayd.")
    assert not tcp.has("link", "shop")
    use(tcp, site.grayd.tokens["look"])
    tcp.find("link", "shop")
    tcp.see("live")
    assert not tcp.has("dialog")
    assert tcp.find("heading", "Releases")


def test_a_token_in_the_address_is_taken_out_of_it_and_kept_for_the_tab(
        tcp, site):
    token = site.grayd.tokens["ops"]
    tcp.open(f"{site.tcp}#token={token}")
    tcp.find("link", "shop")
    assert token not in tcp.driver.current_url
    assert token not in tcp.run("return document.documentElement.outerHTML")
    assert tcp.run("return Object.values(localStorage).join()").find(token) < 0
    tcp.driver.refresh()
    tcp.find("link", "shop")
    tcp.see("live")

    tcp.expect(DENIED)
    tcp.begin_tab()
    tcp.open(site.tcp)
    tcp.find("dialog", "A token is needed")


def test_a_broken_token_in_the_address_is_asked_for_again(tcp, site):
    tcp.expect(DENIED)
    tcp.open(f"{site.tcp}#token=%zz")
    tcp.find("dialog", "A token is needed")


def test_what_a_token_may_not_do_is_explained(tcp, site):
    tcp.open(f"{site.tcp}#token={site.grayd.tokens['data']}")
    tcp.find("link", "shop")
    tcp.open_here("#/releases/shop")
    with tcp.expecting(REFUSED):
        tcp.click("button", "Turn off")
        tcp.see("The token lacks a scope: release:shop is needed.")
    tcp.until(lambda: not tcp.find("button", "Turn off").is_enabled(),
              "the button is off")
    assert "release:shop" in tcp.find("button", "Turn off") \
        .get_attribute("title")

    # what it may do it does, in its name
    tcp.open_here("#/lists/testers")
    tcp.write("textbox", "Members", "phone-token")
    tcp.click("button", "Add")
    tcp.see("Added 1")
    tcp.until(lambda: "data" in tcp.find("table", "Audit").text,
              "the audit names the token")


def test_an_import_and_an_export_send_the_token(tcp, site, folder):
    tcp.open(f"{site.tcp}#token={site.grayd.tokens['data']}")
    tcp.find("link", "shop")
    tcp.open_here("#/lists/testers")
    file = folder / "members.txt"
    file.write_text("phone-in-file\n")
    tcp.find("button", "Import")
    tcp.driver.find_element("css selector", "input[type=file]") \
        .send_keys(str(file))
    tcp.click("button", "Import")
    tcp.see("Added 1")
    tcp.downloads(folder)
    tcp.click("link", "Export as a file")
    tcp.see("The file was saved.")
    saved = folder / "testers.txt"
    tcp.until(saved.exists, "the file is there")
    assert "phone-in-file\n" in saved.read_text()


# --- what the page loads

def test_nothing_is_asked_of_another_server(page, site):
    for address in ("#/", "#/releases/shop", "#/lists/testers", "#/links",
                    "#/audit"):
        page.open(site.it + address)
        page.find("heading")
        page.see("live")
        asked = page.requests()
        assert len(asked) > 10
        assert not [one for one in asked if not one.startswith(site.it)]


def test_the_policy_stops_what_the_page_did_not_bring(page, site):
    page.open(site.it)
    page.find("heading", "Releases")
    page.run("""
        window.ran = [];
        const tries = [
            () => document.body.insertAdjacentHTML('beforeend',
                '<img src="x.png" onerror="ran.push(1)">'),
            () => document.body.append(Object.assign(
                document.createElement('img'),
                { src: 'http://127.0.0.1:9/x.png' })),
            () => document.body.append(Object.assign(
                document.createElement('script'), { text: 'ran.push(2)' })),
            () => setTimeout('ran.push(3)', 0),
            () => fetch('http://127.0.0.1:9/').catch(() => {}),
            () => document.body.setAttribute('style', 'color: red'),
        ];
        for (const one of tries) { try { one(); } catch (e) {} }
    """)
    page.expect("Content Security Policy|'script-src' was not|Trusted")
    policy = re.compile("violates the following Content|requires 'Trusted")
    page.until(lambda: len([one for one in page.everything()
                            if policy.search(one)]) >= 6, "all is reported")
    assert page.run("return ran") == []
