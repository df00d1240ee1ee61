"""The demo: its story is right, and it leaves nothing behind."""

import json
import re
import signal
import socket
import subprocess

import pytest

from harness import BUILD, REPOSITORY, alive, fetch, sanitized, wait_for
from harness.build import SLOW
from harness.process import children


def heed_interrupts():
    """A shell that runs the tests in the background ignores SIGINT, and so
    would what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def demo(folder):
    """demo(…) starts tools/demo with its output in a file; ends it."""
    started = []

    def start(**env):
        out = open(folder / "out", "w+")
        process = subprocess.Popen(
            [REPOSITORY / "tools/demo"], stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=heed_interrupts,
            env={**sanitized(folder), "BUILD": str(BUILD),
                 "TMPDIR": str(folder), **env})
        process.output = (folder / "out").read_text
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(20)


def left_behind(folder):
    return [path.name for path in folder.glob("gray-demo.*")]


def dashboard(output):
    """The port and the token of the address that is printed."""
    found = re.search(r"http://127.0.0.1:(\d+)/#token=([\w-]+)", output)
    return int(found[1]), found[2]


def ask(port, token, path):
    got = fetch(port, path, headers={"Authorization": f"Bearer {token}"})
    assert got.status == 200, got
    return json.loads(got.text)


def shop_of(told):
    return [one for one in told["releases"] if one["name"] == "shop"][0]


def test_the_demo_tells_its_story_once(demo, folder):
    process = demo(DEMO_ONCE="1")
    assert process.wait(60 * SLOW) == 0, process.output()
    assert process.output().splitlines()[-1] == "The story is right."
    assert "\033" not in process.output()
    assert left_behind(folder) == []


def test_the_demo_names_another_port_when_one_is_taken(demo):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8080))
            taken.listen()
        except OSError:
            pass                # taken already, by somebody else
        process = demo(DEMO_ONCE="1")
        assert process.wait(60 * SLOW) == 0, process.output()
    assert re.search(r"Port 8080 is taken; \d+ it is", process.output())


def test_the_demo_serves_until_it_is_interrupted(demo, folder):
    process = demo()
    wait_for(lambda: "as they come" in process.output(), 60,
             "the demo's story ends")
    port = int(re.search(r"site itself is http://127.0.0.1:(\d+)/, until",
                         process.output())[1])
    api, token = dashboard(process.output())
    assert fetch(port, cookies={"uid": "alice"}).text == "gray"
    wait_for(lambda: '"GET / HTTP/1.1" 200 gray targeting_match:friends'
             in process.output().partition("as they come")[2],
             what="the request is shown")
    assert "device-" not in process.output().partition("as they come")[2]

    # the dashboard has something to show
    wait_for(lambda: all(v["requests"] for v in
                         shop_of(ask(api, token, "/v1/stats"))["variants"]),
             30, "traffic flows to both variants")
    release = shop_of(ask(api, token, "/v1/releases"))
    assert release["rules"] == 3
    assert {v["name"]: v["percent"] for v in release["variants"]} \
        == {"stable": 80, "gray": 20}
    lists = {one["name"]: one for one in
             ask(api, token, "/v1/lists")["lists"]}
    assert lists["testers"]["count"] == 21
    assert len(ask(api, token, "/v1/audit")["records"]) > 8
    status = ask(api, token, "/v1/status")
    assert len(status["nginx"][0]["workers"]) == 2
    assert fetch(api, "/v1/status").status == 401

    below = children(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.wait(20 * SLOW) == 0
    assert "nothing is left behind" in process.output()
    assert left_behind(folder) == []
    assert not [pid for pid in below if alive(pid)]
    for gone in (port, api):
        with pytest.raises(OSError):
            fetch(gone)


def test_gray_is_slower_and_fails_now_and_then(demo):
    """But never in the story: only for the traffic."""
    process = demo()
    wait_for(lambda: "as they come" in process.output(), 60)
    api, token = dashboard(process.output())

    def answers():
        return {name: one for name, one in
                ask(api, token, "/v1/status")["responses"]["shop"].items()}

    wait_for(lambda: answers()["gray"]["errors"] > 0, 60, "gray fails")
    wait_for(lambda: answers()["gray"]["p95_us"] > answers()["stable"]["p95_us"],
             60, "gray is slower")
    assert answers()["stable"]["errors"] == 0
    assert answers()["gray"]["error_rate"] < 0.2


def test_with_the_page_built_grayd_serves_it(demo, folder):
    """A build of its own with what stands for the page."""
    build = folder / "build"
    build.mkdir()
    for name in ("grayctl", "grayd", "ngx_http_gray_module.so"):
        (build / name).symlink_to(BUILD / name)
    process = demo(DEMO_ONCE="1", BUILD=str(build))
    assert process.wait(90 * SLOW) == 0, process.output()

    (build / "web").mkdir()
    (build / "web/index.html").write_text("<!doctype html><html>page</html>")
    process = demo(BUILD=str(build))
    wait_for(lambda: "as they come" in process.output(), 90)
    assert "was not built" not in process.output()
    assert "without charts" in process.output()
    api, _ = dashboard(process.output())
    assert "page" in fetch(api, "/").text
