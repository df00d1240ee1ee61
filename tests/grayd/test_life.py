"""How grayd starts, sees the store come and go, and ends."""

import os
import signal
import socket
import stat
import subprocess
import threading
import time
from contextlib import closing
from http.client import HTTPException

import pytest

from harness import alive, port, wait_for
from harness.build import GRAYD, SLOW
from harness.grayd import read_all


def test_systemd_is_told_when_it_is_ready_and_when_it_stops(grayd):
    d = grayd()  # start() waits for READY=1
    d.process.send_signal(signal.SIGTERM)
    wait_for(lambda: d.notified("STOPPING=1"), 5)
    assert d.stop() == 0
    assert not os.path.exists(d.socket)


def test_it_says_where_it_listens(grayd):
    d = grayd()
    assert f"listens on {d.socket}" in d.log()


def test_sigint_ends_it_as_well(grayd):
    assert grayd().stop(signal.SIGINT) == 0


# --- sockets

def test_a_socket_that_a_killed_grayd_left_is_replaced(grayd):
    d = grayd()
    d.stop(signal.SIGKILL)
    assert os.path.exists(d.socket)
    d.start()
    assert d.get("/healthz").status == 200


def test_a_socket_that_somebody_listens_on_is_left_alone(grayd):
    first = grayd()
    second = grayd("--socket", first.socket, start=False)
    second.start(wait=False)
    assert second.process.wait(20) == 2
    assert "in use" in second.log()
    assert first.get("/healthz").status == 200


def test_the_socket_s_folder_is_made_when_it_is_not_there(grayd, folder):
    """/run/gray is gone after each start of the machine."""
    d = grayd("--socket", str(folder / "run" / "grayd.sock"), start=False)
    d.socket = str(folder / "run" / "grayd.sock")
    d.start()
    assert stat.S_IMODE(os.stat(folder / "run").st_mode) == 0o755
    assert d.get("/healthz").status == 200


def test_a_socket_s_folder_that_cannot_be_made_is_told(grayd, folder):
    path = str(folder / "no" / "such" / "grayd.sock")
    d = grayd("--socket", path, start=False)
    d.start(wait=False)
    assert d.process.wait(20) == 2
    assert path in d.log() and "--socket" in d.log()


@pytest.mark.parametrize("option, value, said", [
    ("--threads", "x", "a whole number is wanted, from 1 to 64"),
    ("--upload-max", "1", "from 1k to 1024g"),
    ("--timeout", "2h", "from 100ms to 1h"),
])
def test_a_number_out_of_bounds_is_told_with_them(grayd, option, value, said):
    d = grayd(option, value, start=False)
    d.start(wait=False)
    assert d.process.wait(20) == 2
    assert f"'{value}'" in d.log() and said in d.log()


def test_a_file_in_the_socket_s_place_is_left_alone(grayd):
    d = grayd(start=False)
    with open(d.socket, "w") as file:
        file.write("precious")
    d.start(wait=False)
    assert d.process.wait(20) == 2
    with open(d.socket) as file:
        assert file.read() == "precious"


def test_systemd_s_sockets_are_used_and_not_removed(grayd, folder):
    path = str(folder / "given.sock")
    number = port()
    with socket.socket(socket.AF_UNIX) as unix, socket.socket() as tcp:
        unix.bind(path)
        unix.listen(16)
        tcp.bind(("127.0.0.1", number))
        tcp.listen(16)
        # blocking, as systemd passes them
        d = grayd(passed=[unix, tcp], tokens={"ops": "admin"})
        d.socket, d.port = path, number
        for _ in range(10):
            assert d.get("/v1/status").status == 200
            assert d.get("/v1/status", tcp=True).status == 401
            assert d.get("/v1/status", token="ops").status == 200
        # a connection that stays open keeps nobody waiting
        with closing(d.connection()) as kept:
            assert d.get("/healthz", connection=kept).status == 200
            assert d.get("/healthz", timeout=5).status == 200
        assert d.stop() == 0
        assert os.path.exists(path)


def test_without_any_socket_it_does_not_start(grayd):
    d = grayd("--socket", "", start=False)
    d.start(wait=False)
    assert d.process.wait(20) == 2
    assert "--socket or --listen" in d.log()


# --- options

@pytest.mark.parametrize("options, words", [
    (["--nonsense", "1"], "no option 'nonsense'"),
    (["--threads", "0"], "threads '0'"), (["--threads", "1x"], "1x"),
    (["--idle", "5"], "idle '5'"), (["--upload-max", "5t"], "upload-max"),
    (["word"], "unexpected word 'word'"), (["--queue"], "needs a value"),
    (["--listen", "127.0.0.1:x"], "is no address"),
    (["--listen", "127.0.0.1"], "no port")])
def test_a_bad_option_is_named(grayd, options, words):
    d = grayd(*options, start=False)
    d.start(wait=False)
    assert d.process.wait(20) == 2
    assert words in d.log()


def test_options_come_from_a_file_and_flags_go_over_it(grayd, folder):
    file = folder / "grayd.conf"
    file.write_text("# ours\nqueue 7\nsocket /nowhere/x\nhost a.example\n")
    d = grayd("--config", file, start=False)
    command = d.command()
    del command[command.index("--config"):command.index("--config") + 2]
    d.command = lambda: command
    assert d.start().get("/healthz").status == 200

    assert d.stop() == 0
    file.write_text("queue 7\n\nquue 8\n")
    d.start(wait=False)
    assert d.process.wait(20) == 2
    assert "line 3" in d.log() and "no option 'quue'" in d.log()


def test_it_says_its_version_options_and_routes():
    for word, said in (("--version", "grayd (nginx-gray)"),
                       ("--help", "--upload-max BYTES"),
                       ("--routes", "PATCH /v1/releases/{release}/weight")):
        out = subprocess.run([GRAYD, word], capture_output=True, text=True,
                             check=True, timeout=20)
        assert said in out.stdout


@pytest.mark.parametrize("words", [[], ["x"], ["x y", "admin"],
                                   ["x", "root"], ["x", "list:"], ["x", ""]])
def test_a_token_is_not_made_from_bad_words(words):
    done = subprocess.run([GRAYD, "--new-token", *words], capture_output=True,
                          check=False, timeout=20)
    assert done.returncode == 2 and done.stdout == b""


# --- the store

def test_a_store_that_is_not_there_yet_is_found_when_it_is(
        grayd, make_store):
    store = make_store(init=False)
    d = grayd(on=store)
    assert d.get("/healthz").status == 200
    got = d.get("/v1/releases")
    assert got.status == 503 and got.json["code"] == "no_store"
    assert d.put("/v1/releases/shop", {"variants": ["a", "b"]}).status == 503
    store.init()
    wait_for(lambda: d.get("/v1/releases").status == 200, 5)
    assert d.put("/v1/releases/shop", {"variants": ["a", "b"]}).status == 200


def test_a_restored_store_takes_the_old_one_s_place(grayd, store, folder):
    store.run("release", "create", "old")
    store.run("backup", folder / "backup")
    store.run("release", "create", "new")
    d = grayd()
    events = d.events()
    assert len(d.get("/v1/releases").json["releases"]) == 2
    store.run("restore", folder / "backup")
    wait_for(lambda: [r["name"] for r in
                      d.get("/v1/releases").json["releases"]] == ["old"], 5)
    assert d.post("/v1/releases/newer").status == 201
    kinds = [events.next("change", "reset")[0] for _ in range(2)]
    assert "reset" in kinds
    events.close()


def test_clients_and_grayctl_write_beside_each_other(grayd, store):
    store.run("list", "create", "vip")
    d = grayd()
    failed = []

    def write(name):
        for i in range(40):
            got = d.put(f"/v1/lists/vip/members/{name}{i}")
            if got.status != 200:
                failed.append(got)

    threads = [threading.Thread(target=write, args=(n,)) for n in "ab"]
    for thread in threads:
        thread.start()
    for i in range(10):
        store.run("list", "add", "vip", f"c{i}")
    for thread in threads:
        thread.join()
    assert not failed
    assert d.get("/v1/lists/vip").json["count"] == 90
    # each change has its revision, and nobody's was lost
    records = d.get("/v1/audit?limit=1000").json["records"]
    assert [r["sequence"] for r in records] == list(range(len(records), 0, -1))


def test_kill_9_during_writes_leaves_the_store_at_a_commit(grayd, store):
    store.run("list", "create", "vip")
    d = grayd()
    for turn in range(3):
        done = []

        def write():
            try:
                for i in range(100000):
                    assert d.put(f"/v1/lists/vip/members/{turn}-{i}").status \
                        == 200
                    done.append(i)
            except (OSError, HTTPException):
                pass  # killed in the midst of an answer

        thread = threading.Thread(target=write)
        thread.start()
        wait_for(lambda: len(done) > 20, 20)
        d.stop(signal.SIGKILL)
        thread.join()
        assert store.run("doctor", check=False).code in (0, 1)
        count = sum(line.startswith(f"{turn}-") for line in
                    store.run("list", "export", "vip").out.splitlines())
        assert count in (len(done), len(done) + 1)
        d.start()
        assert d.get("/v1/lists/vip").status == 200


# --- the end

def test_sigterm_ends_within_a_second_whoever_is_connected(grayd, store):
    d = grayd()
    listeners = [d.events() for _ in range(20)]
    stalled = [d.open() for _ in range(20)]
    for sock in stalled[:10]:
        sock.sendall(b"GET /v1/sta")
    start = time.monotonic()
    assert d.stop() == 0
    assert time.monotonic() - start < 1 * SLOW
    for listener in listeners:
        with pytest.raises(EOFError):
            while True:
                listener.next()
        listener.close()
    for sock in stalled:
        assert read_all(sock) == b""
        sock.close()


def test_a_request_that_runs_is_answered_before_the_end(grayd, store):
    store.run("release", "create", "shop")
    store.run("list", "create", "vip")
    d = grayd()
    lines = "".join(f"member-{i}\n" for i in range(3000))
    answers = []

    def write():
        try:
            for _ in range(500):
                answers.append(d.post("/v1/lists/vip/import?replace=true",
                                      body=lines.encode()).status)
        except FileNotFoundError:
            pass  # a request that was not begun: there is no socket
        except Exception as e:
            answers.append(e)

    thread = threading.Thread(target=write)
    thread.start()
    wait_for(lambda: len(answers) > 2, 10)
    assert d.stop() == 0
    thread.join()
    assert set(answers) <= {200, 503}


def test_its_files_are_private(grayd):
    d = grayd()
    assert stat.S_ISSOCK(os.stat(d.socket).st_mode)
    assert alive(d.pid)
    for fd in os.listdir(f"/proc/{d.pid}/fd"):
        try:
            info = open(f"/proc/{d.pid}/fdinfo/{fd}").read()
        except FileNotFoundError:
            continue  # it looked at something for a moment
        flags = int(info.split("flags:")[1].split()[0], 8)
        if int(fd) > 2:
            assert flags & os.O_CLOEXEC, os.readlink(f"/proc/{d.pid}/fd/{fd}")
