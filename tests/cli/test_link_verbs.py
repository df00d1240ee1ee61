"""grayctl link: what it prints, refuses and remembers."""

import re
import shutil
import subprocess
import time

import pytest


@pytest.fixture
def shop(store):
    store.run("release", "create", "shop")
    return store


def test_a_link_says_id_expiry_token_and_address(shop):
    out = shop.run("link", "shop", "gray", "--ttl", "2h",
                   "--host", "shop.example.com").out
    said = dict(line.split(None, 1) for line in out.splitlines())
    assert re.fullmatch("[0-9a-f]{16}", said["link"])
    assert said["for"] == "gray of shop, at shop.example.com"
    assert re.fullmatch("[A-Za-z0-9_-]{80,}", said["token"])
    assert said["url"] == f"https://shop.example.com/?gray={said['token']}"


def test_the_address_is_made_of_the_options(shop):
    made = shop.run("link", "shop", "gray", "--host", "h:8080", "--scheme",
                    "http", "--path", "/a?b=1", "--param", "try", json=True)
    assert made["url"] == f"http://h:8080/a?b=1&try={made['token']}"
    assert (made["host"], made["parameter"]) == ("h", "try")


def test_quiet_prints_the_address_alone_or_the_token(shop):
    out = shop.run("link", "shop", "gray", "--host", "h", "--quiet").out
    assert re.fullmatch(r"https://h/\?gray=[A-Za-z0-9_-]+\n", out)
    out = shop.run("link", "shop", "gray", "--quiet").out
    assert re.fullmatch(r"[A-Za-z0-9_-]+\n", out)


def test_a_link_lives_two_hours_unless_told(shop):
    for options, seconds in [((), 7200), (("--ttl", "30m"), 1800)]:
        made = shop.run("link", "shop", "gray", *options, json=True)
        ends = time.mktime(time.strptime(made["expires"],
                                         "%Y-%m-%dT%H:%M:%SZ"))
        begins = time.mktime(time.strptime(made["made"],
                                           "%Y-%m-%dT%H:%M:%SZ"))
        assert ends - begins == seconds


@pytest.mark.parametrize("words, code, said", [
    (["shop"], 2, "VARIANT is missing"),
    (["nosuch", "gray"], 3, "no release 'nosuch'"),
    (["shop", "blue"], 3, "has no variant 'blue'"),
    (["shop", "gray", "--qr"], 2, "--host shop.example.com"),
    (["shop", "gray", "--path", "/"], 2, "--host shop.example.com"),
    (["shop", "gray", "--host", "a b"], 5, "'a b' is no host"),
    (["shop", "gray", "--host", "h", "--path", "x"], 5, "'x' is no path"),
    (["shop", "gray", "--host", "h", "--scheme", "ftp"], 5, "'ftp'"),
    (["shop", "gray", "--ttl", "0s"], 2, "is not a time"),
    (["shop", "gray", "--ttl", "366d"], 5, "from 1s to 365d"),
    (["shop", "gray", "--host", "h", "--param", "a&b"], 5, "'a&b'"),
    (["revoke"], 2, "LINK is missing"),
    (["revoke", "x", "--all"], 2, "do not go together"),
    (["revoke", "0123456789abcdef"], 3, "no link '0123456789abcdef'"),
    (["rotate", "x"], 2, "one argument too many"),
])
def test_mistakes_are_told_and_nothing_is_made(shop, words, code, said):
    done = shop.run("link", *words, check=False)
    assert done.code == code and said in done.err
    assert shop.run("link", "ls", json=True)["links"] == []


def test_ls_shows_who_made_which_link_and_its_state(shop):
    one = shop.run("link", "shop", "gray", "--ttl", "1h", json=True)
    two = shop.run("link", "shop", "stable", "--ttl", "2h", "--host", "h",
                   json=True)
    shop.run("link", "revoke", one["id"])
    links = shop.run("link", "ls", json=True)["links"]
    assert [(x["id"], x["state"]) for x in links] \
        == [(one["id"], "revoked"), (two["id"], "valid")]
    assert links[1]["user"] and links[1]["host"] == "h"

    shop.run("link", "revoke", "--all")
    out = shop.run("link", "ls").out
    assert out.count("key replaced") == 2 and "any" in out


def test_no_token_is_kept_or_told_again(shop):
    made = shop.run("link", "shop", "gray", json=True)
    for words in (["link", "ls"], ["log"]):
        assert made["token"] not in shop.run(*words, "--json").out
    assert made["token"].encode() not in (shop.path / "data.mdb").read_bytes()


def test_the_audit_names_links_and_keys(shop):
    made = shop.run("link", "shop", "gray", json=True)
    shop.run("link", "revoke", made["token"])
    shop.run("link", "rotate")
    records = shop.run("log", json=True)["records"]
    assert [r["verb"] for r in records[:3]] \
        == ["link rotate", "link revoke", "link"]
    assert records[1]["after"] == {"id": made["id"]}
    assert records[2]["after"]["id"] == made["id"]


def test_a_release_may_be_called_like_a_command(shop):
    shop.run("release", "create", "ls")
    assert shop.run("link", "--json", "--", "ls", "gray").code == 0
    assert shop.run("link", "ls", json=True)["links"][0]["release"] == "ls"


def test_help_and_completion_know_the_longer_commands(shop):
    assert "link revoke LINK|--all" in shop.run("link", "--help").out
    assert "Usage: grayctl link rotate" in shop.run("help", "link", "rotate").out
    follow = shop.run("__complete", "--store", shop.path, "link", "").out.split()
    assert follow == ["ls", "revoke", "rotate", "shop"]
    made = shop.run("link", "shop", "gray", json=True)
    follow = shop.run("__complete", "--store", shop.path, "link", "revoke", "")
    assert follow.out.split() == [made["id"]]


def pixels(out):
    """The rows of the QR code in OUT: true where it is light."""
    rows = []
    for line in out.splitlines():
        if re.fullmatch("[█▀▄ ]{20,}", line):
            rows += [[c in "█▀" for c in line], [c in "█▄" for c in line]]
    return rows


def test_a_qr_code_has_its_three_corners_and_its_margin(shop):
    rows = pixels(shop.run("link", "shop", "gray", "--host", "h", "--qr").out)
    size = len(rows[0])
    assert len(rows) - size in (0, 1)
    assert all(all(row) for row in rows[:4])
    for y, x in ((4, 4), (4, size - 11), (size - 11, 4)):
        assert not any(rows[y][x:x + 7])
        assert rows[y + 1][x:x + 7] == [False] + [True] * 5 + [False]


@pytest.mark.skipif(not shutil.which("zbarimg"), reason="no zbarimg")
def test_a_camera_reads_the_address(shop, folder):
    out = shop.run("link", "shop", "gray", "--host", "h", "--qr").out
    rows, scale = pixels(out), 6
    data = b"".join(bytes(255 * light for light in row for _ in range(scale))
                    * scale for row in rows)
    (folder / "code.pgm").write_bytes(
        b"P5 %d %d 255\n" % (len(rows[0]) * scale, len(rows) * scale) + data)
    read = subprocess.run(["zbarimg", "-q", "--raw", folder / "code.pgm"],
                          capture_output=True, text=True, check=True)
    assert f"url      {read.stdout.strip()}\n" in out
