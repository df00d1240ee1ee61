"""The demo: its story is right, and it leaves nothing behind."""

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
    wait_for(lambda: "until Ctrl-C" in process.output(), 60,
             "the demo's story ends")
    port = int(re.search(r"serving at http://127.0.0.1:(\d+)/",
                         process.output())[1])
    assert fetch(port, cookies={"uid": "alice"}).text == "gray"
    wait_for(lambda: '"GET / HTTP/1.1" 200 gray targeting_match:friends'
             in process.output().partition("as they come")[2],
             what="the request is shown")

    below = children(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.wait(20 * SLOW) == 0
    assert "nothing is left behind" in process.output()
    assert left_behind(folder) == []
    assert not [pid for pid in below if alive(pid)]
    with pytest.raises(OSError):
        fetch(port)
