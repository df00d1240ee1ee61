"""grayctl list import and export: streams, guards, crashes."""

import gzip
import json
import os
import signal
import subprocess
import threading

import pytest

from harness import wait_for

BIG = 200_000


@pytest.fixture
def testers(store):
    store.run("list", "create", "testers")
    return store


def exported(store, name="testers"):
    return store.run("list", "export", name).out.splitlines()


def count(store, name="testers"):
    for line in store.run("list", "ls", json=True)["lists"]:
        if line["name"] == name:
            return line["count"]
    return None


def test_what_export_writes_import_reads_back(testers):
    text = ("#comment\n\na\nb\t\tnote with spaces\nc\t2099-01-01T00:00:00Z\n"
            "d\t2099-01-01T00:00:00Z\tnote\n\\#hash\n\\\\#x\n北京\r\n")
    testers.run("list", "import", "testers", stdin=text)
    first = testers.run("list", "export", "testers").out
    testers.run("list", "create", "copy")
    testers.run("list", "import", "copy", stdin=first)
    assert testers.run("list", "export", "copy").out == first
    assert count(testers) == 7


def test_export_as_json_is_one_object_a_line(testers):
    testers.run("list", "import", "testers",
                stdin="\\#hash\nd\t2099-01-01T00:00:00Z\tnote\n")
    out = testers.run("list", "export", "testers", "--json").out
    assert [json.loads(line) for line in out.splitlines()] == [
        {"member": "#hash", "expires": None, "note": None},
        {"member": "d", "expires": "2099-01-01T00:00:00Z", "note": "note"}]


def test_two_hundred_thousand_lines_come_back(testers):
    lines = sorted(f"user-{i}" for i in range(BIG))
    path = testers.folder / "members"
    path.write_text("\n".join(lines) + "\n")
    told = testers.run("list", "import", "testers", path, "--replace", json=True)
    assert (told["lines"], told["after"], told["bad"]) == (BIG, BIG, 0)
    assert exported(testers) == lines
    assert testers.run("check").code == 0


def test_a_plain_import_adds(testers):
    testers.run("list", "add", "testers", "a")
    done = testers.run("list", "import", "testers", "-", stdin="a\nb\n")
    assert done.out == "added 1 member to testers: it has 2\n"


def test_replace_swaps_the_whole_list(testers):
    testers.run("list", "add", "testers", "a", "b")
    done = testers.run("list", "import", "testers", "--replace", stdin="b\nc\nd\n")
    assert done.out == "replaced testers: 3 members now, 2 before\n"
    assert exported(testers) == ["b", "c", "d"]


def test_who_replaces_a_list_again_and_again_does_not_fill_the_disk(testers):
    path = testers.folder / "members"
    path.write_text("\n".join(f"user-{i}" for i in range(50_000)) + "\n")
    sizes = []
    for _ in range(6):
        testers.run("list", "import", "testers", path, "--replace")
        sizes.append((testers.path / "data.mdb").stat().st_size)
    # Two lists while one is made, and LMDB's own pages.
    assert sizes[-1] <= sizes[0] * 2.2, sizes
    assert sizes[-1] <= sizes[1] * 1.1, sizes
    assert len(list((testers.path / "index").iterdir())) == 1


@pytest.mark.parametrize("guard", [["--min", "3"], ["--max", "1"], ["--max-change", "20%"],
                                   ["--max-change=50"]])
def test_a_guard_refuses_a_bad_feed(testers, guard):
    testers.run("list", "add", "testers", *"abcdefgh")
    done = testers.run("list", "import", "testers", "--replace", *guard,
                       stdin="a\nb\n", check=False)
    assert done.code == 4
    assert guard[0].split("=")[0].lstrip("-") in done.err
    assert len(exported(testers)) == 8


def test_guards_need_replace(testers):
    done = testers.run("list", "import", "testers", "--min", "1", stdin="a\n", check=False)
    assert done.code == 2 and "--replace" in done.err


def test_bad_lines_are_told_with_their_number_and_left_out(testers):
    text = "a\n" + "x" * 300 + "\nb\nc\tnonsense\n"
    done = testers.run("list", "import", "testers", stdin=text)
    assert exported(testers) == ["a", "b"]
    assert "line:2: " in done.err and "line:4: " in done.err
    assert "2 lines left out" in done.out


def test_only_the_first_bad_lines_are_told(testers):
    text = "".join(f"{'x' * 300}\n" for _ in range(25)) + "good\n"
    done = testers.run("list", "import", "testers", stdin=text)
    assert "and 15 more bad lines" in done.err
    told = testers.run("list", "import", "testers", "--json", stdin=text)
    told = json.loads(told.out)
    assert told["bad"] == 25 and len(told["bad_lines"]) == 10
    assert set(told["bad_lines"][0]) == {"line", "message", "hint"}


def test_strict_refuses_bad_lines(testers):
    text = "a\n" + "x" * 300 + "\n"
    done = testers.run("list", "import", "testers", "--replace", "--strict",
                       stdin=text, check=False)
    assert done.code == 5
    assert exported(testers) == []


def test_a_time_to_live_is_for_lines_without_one(testers):
    testers.run("list", "import", "testers", "--ttl", "1h",
                stdin="a\nb\t2099-01-01T00:00:00Z\n")
    a, b = testers.run("list", "ls", "testers", json=True)["members"]
    assert b["expires"] == "2099-01-01T00:00:00Z"
    assert a["expires"] is not None and a["expires"] < b["expires"]


def test_an_import_into_no_list_or_from_no_file_is_refused(testers):
    assert testers.run("list", "import", "testes", stdin="a\n", check=False).code == 3
    assert testers.run("list", "import", "testers", "/no/file", check=False).code == 3
    done = testers.run("list", "import", "testers", testers.folder, check=False)
    assert done.code == 5 and "folder" in done.err


def feed(process, stop):
    """Writes members until told to stop, or the reader is gone."""
    try:
        for i in range(100_000):
            process.stdin.write(b"".join(b"member-%d-%d\n" % (i, k) for k in range(500)))
            if stop.is_set():
                return
    except (BrokenPipeError, ValueError):
        pass


def endless_import(store, *options):
    """An import of an endless feed."""
    process = store.start("list", "import", "testers", *options,
                          bufsize=0, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    stop = threading.Event()
    feeder = threading.Thread(target=feed, args=(process, stop))
    feeder.start()
    return process, stop, feeder


def has_read(process):
    """The bytes that a process has read so far."""
    with open(f"/proc/{process.pid}/io", encoding="ascii") as io:
        return int(io.readline().split()[1])


def end(process, stop, feeder):
    stop.set()
    process.wait(30)
    feeder.join(30)
    process.stdin.close()
    with process.stderr:
        return process.stderr.read().decode()


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_import_that_is_stopped_leaves_the_old_list(testers, kill):
    testers.run("list", "add", "testers", "a", "b")
    process, stop, feeder = endless_import(testers, "--replace")
    wait_for(lambda: has_read(process) > 1_000_000, 30, "a good part is read")
    process.send_signal(kill)
    said = end(process, stop, feeder)

    assert process.returncode == -kill
    assert kill == signal.SIGKILL or "the list is as it was" in said
    assert exported(testers) == ["a", "b"]
    assert testers.run("check").code == 0
    testers.run("list", "purge")
    assert testers.run("status", json=True)["store"]["garbage_lists"] == 0


def test_a_plain_import_that_is_killed_keeps_what_was_committed(testers):
    testers.run("list", "add", "testers", "a")
    size = testers.path / "data.mdb"
    before = size.stat().st_size
    process, stop, feeder = endless_import(testers)
    wait_for(lambda: size.stat().st_size > before + 1_000_000, 30, "members are written")
    process.send_signal(signal.SIGKILL)
    end(process, stop, feeder)
    assert testers.run("check").code == 0
    assert count(testers) == len(exported(testers)) > 1


def test_an_import_into_an_empty_list_is_all_or_nothing(testers):
    process, stop, feeder = endless_import(testers)
    wait_for(lambda: has_read(process) > 1_000_000, 30, "a good part is read")
    process.send_signal(signal.SIGTERM)
    end(process, stop, feeder)
    assert exported(testers) == []


@pytest.mark.parametrize("options", [[], ["--replace"]])
def test_strict_changes_nothing_in_a_list_that_has_members(testers, options):
    testers.run("list", "add", "testers", "old")
    text = "".join(f"u{i}\n" for i in range(50_000)) + "x" * 300 + "\n"
    done = testers.run("list", "import", "testers", "--strict", *options,
                       stdin=text, check=False)
    assert done.code == 5 and "line 50001" in done.err
    assert exported(testers) == ["old"]


def test_gzip_is_read_from_a_file_and_from_a_pipe(testers):
    path = testers.folder / "members"
    path.write_bytes(gzip.compress(b"a\nb\n"))
    assert "2 members" in testers.run("list", "import", "testers", path).out
    with path.open("rb") as file:
        process = testers.start("list", "import", "testers", "--replace", stdin=file,
                                stdout=subprocess.DEVNULL)
        assert process.wait(30) == 0
    assert exported(testers) == ["a", "b"]


def test_gzip_that_is_cut_short_changes_nothing(testers):
    testers.run("list", "add", "testers", "old")
    path = testers.folder / "members.gz"
    path.write_bytes(gzip.compress("".join(f"u{i}\n" for i in range(9000)).encode())[:-9])
    for options in ([], ["--replace"]):
        done = testers.run("list", "import", "testers", path, *options, check=False)
        assert done.code == 5 and "cut short" in done.err
        assert exported(testers) == ["old"]


def test_columns_of_a_csv_file_are_imported(testers):
    text = ('name,user_id,until,why\r\n"Ann ""A"", jr.",a1,2099-01-01T00:00:00Z,"she, too"\r\n'
            'Bob,b2,,\r\nonly one field\r\n')
    done = testers.run("list", "import", "testers", "--csv", "user_id",
                       "--csv-expiry", "until", "--csv-note", "why", stdin=text)
    assert "line:4: " in done.err and "1 line left out" in done.out
    assert exported(testers) == ["a1\t2099-01-01T00:00:00Z\tshe, too", "b2"]


def test_a_csv_column_that_is_not_there_is_told_with_those_that_are(testers):
    done = testers.run("list", "import", "testers", "--csv", "id", stdin="user,name\na,b\n",
                       check=False)
    assert done.code == 5
    assert "'id'" in done.err and "'user', 'name'" in done.err


def test_columns_of_a_csv_file_need_the_one_of_the_identities(testers):
    done = testers.run("list", "import", "testers", "--csv-note", "n", stdin="", check=False)
    assert done.code == 2 and "--csv COLUMN" in done.err


def test_two_grayctl_at_once_lose_nothing(testers):
    def adder(name):
        return [testers.start("list", "import", "testers", stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL), name]

    running = [adder(name) for name in ("a", "b")]
    for process, name in running:
        process.stdin.write("".join(f"{name}{i}\n" for i in range(50_000)).encode())
        process.stdin.close()
    for i in range(20):
        testers.run("list", "add", "testers", f"c{i}")
    for process, _ in running:
        assert process.wait(60) == 0

    assert count(testers) == 100_020
    assert testers.run("check").code == 0


def test_readers_see_the_old_list_or_the_new(testers):
    old = [f"old{i}" for i in range(1000)]
    new = [f"new{i}" for i in range(1000)]
    testers.run("list", "import", "testers", stdin="\n".join(old))
    process = testers.start("list", "import", "testers", "--replace",
                            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    process.stdin.write("\n".join(new).encode())
    process.stdin.flush()
    assert exported(testers) == sorted(old)
    process.stdin.close()
    assert process.wait(30) == 0
    assert exported(testers) == sorted(new)


def test_an_export_to_a_reader_that_leaves_is_no_error(testers):
    path = testers.folder / "members"
    path.write_text("".join(f"user-{i}\n" for i in range(BIG)))
    testers.run("list", "import", "testers", path)

    for more in ([], ["--json"]):
        process = testers.start("list", "export", "testers", *more,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 0
        assert process.stderr.read() == b""
        process.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_an_export_to_a_full_disk_is_an_error(testers):
    testers.run("list", "import", "testers", stdin="".join(f"u{i}\n" for i in range(10_000)))
    with open("/dev/full", "w", encoding="ascii") as full:
        process = testers.start("list", "export", "testers", stdout=full,
                                stderr=subprocess.PIPE)
        said = process.communicate(timeout=30)[1].decode()
    assert process.returncode != 0
    assert said.startswith("grayctl: ")
