"""`make web`: what the dashboard is made of, and what is served where it is
not there."""

import gzip
import json
import os
import re
import subprocess

import pytest

from dashboard import SOURCE, WEB, texts
from harness import BUILD, REPOSITORY, fetch
from harness.build import SLOW

OWN = sorted(path for kind in ("html", "css", "js", "svg")
             for path in SOURCE.rglob(f"*.{kind}"))


def names(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")
            if path.is_file()}


# --- the files

def test_the_folder_has_the_source_as_it_is_and_uplot():
    own = {str(path.relative_to(SOURCE)) for path in OWN}
    assert names(WEB) == own | {"uPlot.js", "uPlot.css", "uPlot.LICENSE"}
    for name in own:
        assert (WEB / name).read_bytes() == (SOURCE / name).read_bytes()
    uplot = BUILD / "npm/node_modules/uplot"
    assert (WEB / "uPlot.js").read_bytes() \
        == (uplot / "dist/uPlot.iife.min.js").read_bytes()
    assert "Copyright" in (WEB / "uPlot.LICENSE").read_text()


def test_all_of_it_is_less_than_150_kilobytes(grayd):
    """As a browser gets it."""
    d = grayd("--web", WEB)
    size = sum(len(d.get(f"/{name}", headers={"Accept-Encoding": "gzip"}).body)
               for name in names(WEB))
    assert 30_000 < size < 150_000


def test_nothing_in_it_names_another_server():
    for path in OWN:
        for address in re.findall(r"https?:[^\s'\"`<>)]*", path.read_text()):
            assert address.startswith((
                "http://www.w3.org/", "http://$")), (path, address)


@pytest.mark.parametrize("folder", ["web", "tests/web"])
def test_the_lock_file_names_no_registry_and_every_content(folder):
    text = (REPOSITORY / folder / "package-lock.json").read_text()
    assert "://" not in text.replace("https://opencollective.com", "")
    packages = json.loads(text)["packages"]
    wanted = json.loads((REPOSITORY / folder / "package.json").read_text())
    for name, version in wanted["dependencies"].items():
        assert re.fullmatch(r"[\d.]+", version), f"{name} is not pinned"
        assert packages[f"node_modules/{name}"]["version"] == version
    assert wanted["private"] and "scripts" not in wanted
    for name, package in packages.items():
        assert name == "" or package["integrity"].startswith("sha512-")
        assert not package.get("hasInstallScript")


def test_node_finds_no_fault_in_any_script():
    checks = [subprocess.Popen(["node", "--check", path], text=True,
                               stderr=subprocess.PIPE)
              for path in OWN if path.suffix == ".js"]
    for check in checks:
        _, said = check.communicate(timeout=60 * SLOW)
        assert check.returncode == 0, said


# --- words

def values(text):
    """The {names} that a text has; the form for many, where it has forms."""
    return set(re.findall(r"\{(\w+)\}", text.split("~")[-1]))


def test_every_text_is_there_in_both_languages():
    chinese = re.compile("[\u4e00-\u9fff]")
    for key, (en, zh) in texts().items():
        assert en and zh, key
        assert values(en) == values(zh), key
        assert not chinese.search(en), key
        assert chinese.search(zh) or zh == en, key


def test_every_text_that_is_asked_for_is_there_and_none_is_left_over():
    en = texts()
    code = "".join(path.read_text() for path in OWN
                   if path.parent.name in ("js", "pages"))
    asked = set(re.findall(r"\btx?\('([^']+)'", code)
                + re.findall(r"\bw\('[^']*', '([^']+)'", code))
    assert asked - set(en) == set()
    begun = tuple(re.findall(r"`([a-z]+\.(?:[a-z]+\.)?)\$\{", code))
    ended = tuple(re.findall(r"`\$\{\w+\}(\.[a-z]+)`", code))
    left = [key for key in en
            if not re.search(rf"(?<!\w){re.escape(key)}[:'`]", code)
            and not key.startswith(begun)
            and not key.endswith(ended)]
    assert left == []


# --- making it

NEEDED = ["bash", "env", "cat", "chmod", "cmp", "cp", "diff", "dirname", "find",
          "mkdir", "mv", "rm", "sh", "tail", "touch"]


@pytest.fixture
def bare(folder):
    """bare(npm="a script", …) runs tools/web where npm is that or nothing."""
    programs = folder / "bin"
    programs.mkdir()
    for name in NEEDED:
        found = next(path for path in ("/usr/bin", "/bin")
                     if os.path.exists(f"{path}/{name}"))
        (programs / name).symlink_to(f"{found}/{name}")

    def run(*options, npm=None):
        (programs / "npm").unlink(missing_ok=True)
        if npm:
            (programs / "npm").write_text(f"#!/bin/sh\n{npm}\n")
            (programs / "npm").chmod(0o755)
        return subprocess.run(
            [REPOSITORY / "tools/web", *options, folder / "build"],
            env={"PATH": str(programs)}, capture_output=True, text=True,
            timeout=60 * SLOW, check=False)
    return run


# Fails, and says what npm says when nobody answers.
FAILS = """
[ "$1" = ci ] || { echo http://registry.example/; exit; }
echo "npm ERR! code ECONNREFUSED" >&2
exit 1
"""

# Does what npm does with the lock file: fetches uPlot.
FETCHES = """
[ "$1" = ci ] || exit 3
mkdir -p node_modules/uplot/dist
for name in LICENSE dist/uPlot.iife.min.js dist/uPlot.min.css; do
    echo "of uPlot" >node_modules/uplot/$name
done
echo "$*" >>../asked
"""


def test_without_npm_there_is_a_dashboard_without_charts(bare, folder):
    done = bare("--try")
    assert done.returncode == 0, done.stderr
    assert "apt-get install npm" in done.stdout
    made = names(folder / "build/web")
    assert "index.html" in made and "uPlot.js" not in made


def test_a_registry_that_is_not_reached_is_told_with_the_remedy(bare, folder):
    done = bare(npm=FAILS)
    assert done.returncode == 1
    assert "ECONNREFUSED" in done.stderr
    assert "http://registry.example/" in done.stderr
    assert "npm config set registry" in done.stderr
    done = bare("--try", npm=FAILS)
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1 and "no charts" in done.stdout
    assert "index.html" in names(folder / "build/web")


def test_npm_runs_once_and_writes_nothing_into_the_source(bare, folder):
    before = names(SOURCE)
    for _ in range(3):
        assert bare(npm=FETCHES).returncode == 0
    asked = (folder / "build/asked").read_text().splitlines()
    assert len(asked) == 1 and "--ignore-scripts" in asked[0]
    assert names(SOURCE) == before

    # another lock file than the one that was followed
    (folder / "build/npm/package-lock.json").write_text("{}")
    assert bare(npm=FETCHES).returncode == 0
    assert len((folder / "build/asked").read_text().splitlines()) == 2


def test_a_file_that_is_gone_from_the_source_goes_from_the_folder(
        bare, folder):
    bare(npm=FETCHES)
    (folder / "build/web/js/old.js").write_text("")
    bare(npm=FETCHES)
    assert "js/old.js" not in names(folder / "build/web")


def make(*words):
    done = subprocess.run(
        ["make", "-s", "-o", "all", "-o", "web-try", f"BUILD={BUILD}", *words],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
        timeout=60 * SLOW)
    assert done.returncode == 0, done.stderr


def test_the_links_of_the_installed_documents_hold(folder):
    make("install", f"DESTDIR={folder}", "WEB=no")
    top = folder / "usr/local/share/doc/nginx-gray"
    pages = sorted(top.rglob("*.md"))
    assert len(pages) > 20
    # CONTRIBUTING is about the source
    missing = [f"{page.name}: {link}" for page in pages
               for link in re.findall(r"\]\(([^)#]+)", page.read_text())
               if "://" not in link and not (page.parent / link).exists()]
    assert all("CONTRIBUTING" in one for one in missing), missing


def test_the_dashboard_is_installed_and_removed(folder):
    share = folder / "usr/local/share/nginx-gray"
    make("install", f"DESTDIR={folder}")
    assert names(share / "web") == names(WEB)
    assert (share / "web/index.html").stat().st_mode & 0o777 == 0o644
    make("uninstall", f"DESTDIR={folder}")
    assert not share.exists()
    make("install", f"DESTDIR={folder}", "WEB=no")
    assert not share.exists()


# --- serving it

def test_what_is_served_is_what_is_in_the_folder(grayd):
    d = grayd("--web", WEB)
    page = d.get("/")
    assert page.status == 200
    assert page.body == (WEB / "index.html").read_bytes()
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    for name in names(WEB) - {"uPlot.LICENSE"}:
        got = d.get(f"/{name}")
        assert got.status == 200 and got.body == (WEB / name).read_bytes()
        assert d.get(f"/{name}", headers={
            "If-None-Match": got.headers["etag"]}).status == 304
    for name in ("uPlot.LICENSE", "package.json", ".npmrc", "js", "js/"):
        assert d.get(f"/{name}").status == 404
    for name in ("../grayd.sock", "js/../../x", "%2e%2e/grayd.sock"):
        assert d.get(f"/{name}").status == 400


@pytest.mark.parametrize("accept, packed", [
    ("gzip, deflate, br", True), ("gzip", True), ("gzip;q=0", False),
    ("br", False), ("identity", False), (None, False)])
def test_whoever_unpacks_gzip_gets_it(grayd, accept, packed):
    d = grayd("--web", WEB)
    headers = {"Accept-Encoding": accept} if accept else {}
    got = d.get("/uPlot.js", headers=headers)
    assert (got.headers.get("content-encoding") == "gzip") == packed
    assert got.headers["vary"] == "Accept-Encoding"
    plain = (WEB / "uPlot.js").read_bytes()
    assert (gzip.decompress(got.body) if packed else got.body) == plain
    again = d.get("/uPlot.js", headers=headers | {
        "If-None-Match": got.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    other = d.get("/uPlot.js", headers={
        "If-None-Match": got.headers["etag"],
        "Accept-Encoding": "" if packed else "gzip"})
    assert other.status == 200


@pytest.mark.parametrize("web", ["", "/nowhere", "empty"])
def test_without_the_folder_a_page_says_so_and_the_api_answers(
        grayd, folder, web):
    (folder / "empty").mkdir()
    d = grayd("--web", folder / web if web == "empty" else web)
    got = d.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert got.status == 404
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    assert "content-security-policy" not in got.headers
    assert b"without its dashboard" in got.body and b"--web" in got.body
    assert "--web" in d.get("/").json["detail"]
    assert d.get("/v1/status").status == 200
    assert ("no dashboard" in d.log()) == (web != "")


def test_without_uplot_the_log_says_that_charts_are_missing(grayd, bare,
                                                            folder):
    bare("--try")
    d = grayd("--web", folder / "build/web")
    assert d.get("/").status == 200
    assert "no charts" in d.log() and "make web" in d.log()


def test_the_files_need_no_token_and_the_api_does(grayd):
    d = grayd("--web", WEB, tcp=True, tokens={"ops": "admin"})
    assert fetch(d.port, "/").status == 200
    assert fetch(d.port, "/v1/status").status == 401
