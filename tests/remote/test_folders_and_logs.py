"""What comes as an archive or a log: apply, replay and purge of the API."""

import gzip
import io
import json
import re
import subprocess
import tarfile
import time

import pytest

from harness.build import GRAYCTL, SANITIZED, SLOW, sanitized

MILLION = 1_000_000


@pytest.fixture
def d(grayd, store):
    store.run("release", "create", "shop")
    store.run("list", "create", "vip")
    return grayd()


def packed(files, form=tarfile.GNU_FORMAT):
    """A tar archive of {name: text}."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def spool(d):
    return [path for path in d.folder.iterdir() if "apply" in path.name]


FILES = {"./releases/shop.json": '{"variants": ["stable", "gray"]}',
         "./lists/vip.list": "a\nb\n", "./lists/office.ip": "10.0.0.0/8\n"}


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT,
                                  tarfile.PAX_FORMAT])
def test_an_archive_of_any_tar_is_applied(d, form):
    tried = d.post("/v1/apply?dry_run=true", body=packed(FILES, form))
    assert tried.status == 200 and len(tried.json["changes"]) == 2
    got = d.post("/v1/apply", body=packed(FILES, form))
    assert got.json["changed"] and got.json["changes"] == tried.json["changes"]
    assert d.get("/v1/lists/office").json["count"] == 1
    assert not d.post("/v1/apply", body=packed(FILES, form)).json["changed"]
    assert not spool(d)


def test_problems_of_an_archive_are_all_told_and_name_the_folder(d):
    before = d.get("/v1/status").json["store"]["digest"]
    files = {**FILES, "releases/x.json": "nonsense", "lists/y": "a",
             "lists/z.ip": "no address\n"}
    got = d.post("/v1/apply?folder=my/folder", body=packed(files))
    assert got.status == 422 and len(got.json["errors"]) == 3, got
    assert got.json["detail"] == "my/folder has 3 problems; nothing was changed"
    assert "grayd-apply" not in got.body.decode() and not spool(d)
    assert d.get("/v1/status").json["store"]["digest"] == before


@pytest.mark.parametrize("body", [b"", b"nonsense" * 200, packed(FILES)[:700]])
def test_what_is_no_archive_is_refused(d, body):
    got = d.post("/v1/apply", body=body)
    assert got.status == 422 and "archive" in got.json["detail"] and not spool(d)


def test_an_archive_without_the_two_folders_empties_no_store(d):
    got = d.post("/v1/apply", body=packed({"README": "x"}))
    assert got.status == 422 and "neither releases/ nor lists/" in got.json["detail"]
    assert d.get("/v1/releases/shop").status == 200


def test_an_archive_is_applied_to_the_revision_that_was_read(d):
    got = d.post("/v1/apply", body=packed(FILES), headers={"If-Match": '"1"'})
    assert got.status == 412


@pytest.mark.parametrize("first, status", [
    (b"{}\n", 200), (b'{"live": {"x": "yes"}}\n', 200), (b"{}", 200),
    (b"", 400), (b"nonsense\n", 400), (b"[]\n", 400), (b'{"x": 1}\n', 422),
    (b'{"live": {"x": "perhaps"}}\n', 422), (b'{"document": 1}\n', 422),
    (b'{"document": "nonsense"}\n', 422), (b" " * (5 << 20), 400)],
    ids=range(11))
def test_the_question_of_a_replay_is_its_first_line(d, first, status):
    got = d.post("/v1/releases/shop/replay", body=first)
    assert got.status == status, got
    if status == 200:
        assert got.json["requests"] == 0


def test_a_replay_counts_the_lines_of_the_log(d):
    line = ("time=2026-01-31T12:00:00+00:00 release=shop variant=gray "
            "reason=default revision=1\n")
    got = d.post("/v1/releases/shop/replay",
                 body=("{}\n" + line * 3 + "x\n" * 200).encode()).json
    assert (got["requests"], got["changed"], got["bad"]) == (3, 3, 200)
    assert got["bad_lines"][0]["line"] == 4 and len(got["bad_lines"]) == 100


def test_what_has_expired_is_purged(d):
    d.put("/v1/lists/vip/members/a", {"ttl": 1})
    end = time.monotonic() + 30 * SLOW
    while d.get("/v1/lists/vip/members/a").json["listed"]:
        assert time.monotonic() < end
    assert d.post("/v1/purge").json["purged"] >= 0
    assert d.get("/v1/lists/vip").json["count"] == 0


# --- what it costs

def resident(process):
    """The most KiB that it had in memory so far; 0 once it has ended."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return int((re.search(r"^VmHWM:\s+(\d+)", status.read(), re.M) or "00")[1])


def measured(server, folder, *words, stdin):
    """(seconds, largest resident size in KiB, output) of a grayctl."""
    begun, largest = time.monotonic(), 0
    process = subprocess.Popen([GRAYCTL, "--server", server, *words],
                               stdin=stdin, stdout=subprocess.PIPE,
                               env=sanitized(folder))
    while process.poll() is None:
        largest = max(largest, resident(process))
        time.sleep(0.005)
    seconds = time.monotonic() - begun
    assert process.returncode == 0
    with process.stdout:
        return seconds, largest, process.stdout.read().decode()


@pytest.mark.skipif(SANITIZED, reason="a sanitizer takes its own")
def test_a_million_members_go_in_and_out_with_little_memory(grayd, store, folder):
    store.run("list", "create", "vip")
    d = grayd()
    server, path = f"unix:{d.socket}", folder / "members"
    path.write_text("".join(f"device-{i:08}\n" for i in range(MILLION)))
    with open(path, "rb") as file:
        seconds, largest, said = measured(server, folder, "list", "import", "vip",
                                          stdin=file)
    assert said == "added 1,000,000 members to vip: it has 1,000,000\n"
    assert seconds < 30 * SLOW and largest < 40_000 and d.memory() < 60_000
    with gzip.open(folder / "packed", "wb") as out:
        out.write(path.read_bytes())
    with open(folder / "packed", "rb") as file:
        cat = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
        _, largest, said = measured(server, folder, "list", "import", "vip",
                                    "--replace", stdin=cat.stdout)
        cat.stdout.close()
        cat.wait()
    assert largest < 40_000 and said.startswith("replaced vip: 1,000,000 members")
    with open(folder / "out", "wb") as out:
        process = subprocess.Popen([GRAYCTL, "--server", server, "list", "export", "vip"],
                                   stdout=out, env=sanitized(folder))
        assert process.wait(120 * SLOW) == 0
    assert (folder / "out").read_bytes() == path.read_bytes()
    assert json.loads(d.get("/v1/lists/vip").body)["count"] == MILLION
