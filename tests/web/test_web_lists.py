"""Lists on the page, and who is served what by them."""

import re

import pytest

from harness.build import SANITIZED

pytestmark = pytest.mark.skipif(SANITIZED, reason="nothing of it is in C")

# What runs, hides or turns where it is not shown as text.
HOSTILE = [
    "<img src=x onerror=\"document.title='owned'\">",
    "\"><script>document.title='owned'</script>",
    "'><svg onload=\"document.title='owned'\">",
    "javascript:document.title='owned'",
    "&lt;b&gt;bold&lt;/b&gt;",
    "{{constructor.constructor('document.title=1')()}}",
    "__proto__",
    "../../v1/off",
    "x" * 250,
]
UNSEEN = {"user\u202egnp.exe": "user\\u{202e}gnp.exe",
          "a\u0085b": "a\\u{0085}b",
          "zero\u200bwidth": "zero\\u{200b}width"}


@pytest.fixture
def testers(page, site):
    page.open(site.it + "#/lists/testers")
    page.find("heading", "testers")
    return page


def variant(site, device):
    return site.nginx.get(headers={"X-Device-Id": device}).text


def test_a_list_is_imported_from_a_file_with_progress(
        testers, site, folder):
    file = folder / "members.txt"
    file.write_text("".join(f"device-{i:07}\n" for i in range(200_000)))
    testers.slow_upload(1_500_000)
    assert variant(site, "device-0123456") == "stable"
    chooser = testers.driver.find_element("css selector", "input[type=file]")
    chooser.send_keys(str(file))
    testers.click("button", "Import")
    testers.see(re.compile(r"[\d.]+ (K|M)iB of 2\.9 MiB sent"))
    assert testers.find("progressbar", "What was sent")
    testers.shoot("list-import")
    testers.see("Added 200,000", 60)
    assert variant(site, "device-0123456") == "gray"
    testers.see("200,000 members")
    testers.wait_gone("progressbar")


def test_an_import_that_is_stopped_leaves_a_list_that_is_replaced(
        testers, site, folder):
    site.store.run("list", "add", "testers", "old-one")
    file = folder / "members.txt"
    file.write_text("".join(f"other-{i:07}\n" for i in range(200_000)))
    testers.slow_upload(500_000)
    testers.driver.find_element("css selector", "input[type=file]") \
        .send_keys(str(file))
    testers.click("checkbox", "Replace the whole list, in one step")
    testers.click("button", "Import")
    testers.see(re.compile("iB sent"))
    testers.click("button", "Stop")
    testers.see("The import was stopped.")
    assert variant(site, "old-one") == "gray"
    assert variant(site, "other-0000001") == "stable"


def test_bad_lines_of_a_file_are_shown(testers, site, folder):
    file = folder / "members.txt"
    file.write_text("good-one\n" + "y" * 300 + "\n")
    testers.driver.find_element("css selector", "input[type=file]") \
        .send_keys(str(file))
    testers.click("button", "Import")
    testers.see("1 bad line was left out")
    assert "255" in testers.find("table", "Bad lines").text


def test_a_member_is_added_searched_and_removed(testers, site):
    testers.write("searchbox", "Member", "phone-new")
    testers.click("button", "Is it a member?")
    testers.see("phone-new is not a member.")

    testers.write("textbox", "Members", "phone-new\nphone-newer")
    testers.click("button", "Add")
    testers.see("Added 2")
    assert variant(site, "phone-new") == variant(site, "phone-newer") == "gray"
    testers.click("button", "Is it a member?")
    testers.see("phone-new is a member.")


def test_a_list_leads_to_the_releases_that_use_it(testers):
    testers.click("link", re.compile("^shop"))
    testers.find("heading", "shop")
    testers.find("button", "Turn off")


def test_members_are_paged_and_removed(page, site):
    site.store.run("list", "create", "paged")
    site.grayd.post("/v1/lists/paged/import", body=b"".join(
        b"m-%03d\n" % i for i in range(120)),
        headers={"Content-Type": "text/plain"})
    page.open(site.it + "#/lists/paged")
    page.see("m-000")
    page.click("button", "Next page")
    page.see("m-099")
    assert "m-000" not in page.text()
    page.click("button", "Remove m-077")
    page.find("dialog", "Remove m-077?")
    page.click("button", "Remove")
    page.see("m-077 was removed.")
    assert not site.grayd.get("/v1/lists/paged/members/m-077").json["listed"]
    page.click("button", "Page before")
    page.see("m-000")


def test_a_list_is_made_and_dropped(page, site):
    page.open(site.it + "#/lists")
    page.write("textbox", "Name", "friends")
    page.click("button", "New list")
    page.click("link", "friends")
    page.click("button", "Drop the list")
    page.find("dialog", "Drop the list friends?")
    page.click("button", "Drop the list")
    page.see("testers")
    page.wait_gone("link", "friends")
    assert site.grayd.get("/v1/lists/friends").status == 404


def test_what_strangers_wrote_is_shown_as_text_and_nothing_of_it_runs(
        page, site):
    site.store.run("list", "create", "hostile")
    members = HOSTILE + list(UNSEEN)
    assert site.grayd.post("/v1/lists/hostile/members", {
        "members": members, "note": HOSTILE[0]}).status == 200
    site.store.run("rule", "add", "shop", "odd", "gray",
                   "device_id = '<script>document.title=1</script>'")
    document = site.store.run("release", "get", "shop", json=True)
    document = document.get("document", document)
    document["note"] = HOSTILE[0]
    answer = site.grayd.put("/v1/releases/shop", document,
                            headers={"X-Remote-User": HOSTILE[2]})
    assert answer.status == 200, answer

    seen = {}
    for address in ("#/lists/hostile", "#/releases/shop", "#/", "#/audit",
                    "#/audit?list=hostile"):
        page.open(site.it + address)
        page.find("heading")
        page.until(lambda: page.run(
            "return document.querySelectorAll('tbody tr').length"), address)
        for summary in page.driver.find_elements("css selector", "summary"):
            summary.click()
        seen[address] = page.text()
        assert page.run(NOTHING_RAN) == []

    listed = seen["#/lists/hostile"]
    for member in HOSTILE:
        assert member in listed
    for member, shown in UNSEEN.items():
        assert member not in listed and shown in listed
    assert HOSTILE[0] in seen["#/releases/shop"]
    assert HOSTILE[0] in seen["#/"]
    assert HOSTILE[2] in seen["#/audit"]

    # asked for, and given to explain
    page.open(site.it + "#/lists/hostile")
    for member in (HOSTILE[0], HOSTILE[7]):
        page.write("searchbox", "Member", member)
        page.click("button", "Is it a member?")
        page.see(f"{member} is a member.")
    page.open(site.it + "#/releases/shop")
    page.write("textbox", "device_id", HOSTILE[0])
    page.click("button", "Explain")
    page.see("It gets")
    assert page.run(NOTHING_RAN) == []
    site.store.run("rule", "rm", "shop", "odd")


NOTHING_RAN = """
const faults = [...document.querySelectorAll('img, iframe, object, embed,'
    + ' script:not([src])')].map(e => e.outerHTML);
for (const e of document.querySelectorAll('*')) {
    for (const a of e.attributes) {
        if (a.name.startsWith('on') || /^javascript:/i.test(a.value)) {
            faults.push(`${e.tagName} ${a.name}=${a.value}`);
        }
    }
}
if (document.title.includes('owned')) { faults.push(document.title); }
return faults;
"""
