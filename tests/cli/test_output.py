"""How grayctl prints: tables, colour, pipes, write errors."""

import json
import os
import subprocess
import threading

import pytest

from terminal import on_terminal
from harness import wait_for


def test_a_terminal_gets_colour_and_a_pipe_does_not(store):
    store.run("release", "create", "shop")
    assert "\x1b[" in on_terminal(store, "release", "ls")[1]
    assert "\x1b[" not in store.run("release", "ls").out


@pytest.mark.parametrize("args, env", [
    (["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})])
def test_colour_can_be_refused(store, args, env):
    store.run("release", "create", "shop")
    code, shown = on_terminal(store, "release", "ls", *args, env=env)
    assert code == 0 and "shop" in shown and "\x1b[" not in shown


def test_an_error_on_a_terminal_has_the_caret(store):
    store.run("release", "create", "shop")
    code, shown = on_terminal(store, "rule", "add", "shop", "a", "gray", "a &&",
                              "--no-color")
    assert code == 5
    assert "\n    a &&\n      ^\n" in shown


def test_json_is_indented_for_a_person_only(store):
    store.run("release", "create", "shop")
    assert store.run("release", "ls", "--json").out.count("\n") == 1
    assert on_terminal(store, "release", "ls", "--json")[1].count("\n") > 5


def test_tables_are_aligned_and_lines_end_without_spaces(store):
    store.run("release", "create", "a")
    store.run("release", "create", "a-long-name")
    lines = store.run("release", "ls").out.splitlines()
    column = lines[0].index("SWITCH")
    assert [line[column:column + 2] for line in lines[1:]] == ["on", "on"]
    assert all(line == line.rstrip() for line in lines)


def test_quiet_prints_only_what_was_asked_for(store):
    assert store.run("release", "create", "shop", "--quiet").out == ""
    assert "shop" in store.run("release", "ls", "--quiet").out
    done = store.run("release", "create", "shop", "--quiet", check=False)
    assert done.err.startswith("grayctl: ")


def test_a_reader_who_leaves_is_no_error(store):
    for i in range(200):
        store.run("release", "create", f"r{i}")
    process = store.start("release", "ls", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.wait(30) == 0
    with process.stderr:
        assert process.stderr.read() == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_output_that_cannot_be_written_is_an_error(store):
    store.run("release", "create", "shop")
    with open("/dev/full", "w", encoding="ascii") as full:
        process = store.start("release", "ls", stdout=full, stderr=subprocess.PIPE)
        said = process.communicate(timeout=30)[1].decode()
    assert process.returncode == 7
    assert "could not be written" in said and "No space left" in said


def test_json_errors_are_one_object_on_stderr(store):
    done = store.run("--json", "release", "get", "nosuch", check=False)
    assert done.out == ""
    error = json.loads(done.err)["error"]
    assert error["code"] == "not_found" and "nosuch" in error["message"]

    done = store.run("relase", "ls", "--json", check=False)
    assert json.loads(done.err)["error"]["code"] == "usage"


def import_slowly(store, seconds_over, show):
    """What an import shows while its input comes in drops."""
    read, write = os.pipe()
    shown = []

    def run():
        shown.append(show(read))

    thread = threading.Thread(target=run)
    thread.start()
    begun = wait_for(lambda: os.times().elapsed, what="a clock")
    wait_for(lambda: os.write(write, b"%d\n" % int(os.times().elapsed * 1000) * 500)
             and os.times().elapsed - begun > seconds_over, 30, "time passes")
    os.close(write)
    thread.join(30)
    os.close(read)
    return shown[0]


def test_a_long_import_shows_progress_on_a_terminal(store):
    store.run("list", "create", "testers")
    code, shown = import_slowly(store, 2.6, lambda read: on_terminal(
        store, "list", "import", "testers", stdin=read))
    assert code == 0
    assert " lines, " in shown and "per second" in shown
    assert "\r\x1b[Kadded " in shown


def test_a_quiet_import_shows_none(store):
    store.run("list", "create", "testers")
    code, shown = import_slowly(store, 2.6, lambda read: on_terminal(
        store, "list", "import", "testers", "--quiet", stdin=read))
    assert (code, shown) == (0, "")


def test_a_short_import_shows_none(store):
    store.run("list", "create", "testers")
    path = store.folder / "members"
    path.write_text("a\nb\n")
    shown = on_terminal(store, "list", "import", "testers", path)[1]
    assert shown == "added 2 members to testers: it has 2\n"
