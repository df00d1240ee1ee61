"""A real memcached, and what a person types to it over telnet."""

import os
import signal
import socket
import subprocess
from pathlib import Path

from . import process
from .build import SLOW
from .wait import listening, port as free_port, wait_for

PROGRAM = "/usr/bin/memcached"


class Memcached:
    """One memcached process on a loopback port or, with PATH, a socket."""

    def __init__(self, path=None, arguments=()):
        self.path = str(path) if path else None
        self.port = None if path else free_port()
        self.arguments = list(arguments)
        self.process = None
        self.start()

    @property
    def address(self):
        """As gray_memcached takes it."""
        return f"unix:{self.path}" if self.path else f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        """Starts it, empty, on the same address."""
        if self.path:
            Path(self.path).unlink(missing_ok=True)
            where = ["-s", self.path, "-a", "777"]
        else:
            where = ["-l", "127.0.0.1", "-p", str(self.port), "-U", "0"]
        user = ["-u", "www-data"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [PROGRAM, "-m", "64", *where, *user, *self.arguments],
            stdin=subprocess.DEVNULL)
        wait_for(self._answers, what="memcached answers")

    def stop(self):
        """Ends it in an orderly way."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait(10 * SLOW)

    def kill(self):
        self.process.kill()
        self.process.wait(10 * SLOW)

    def restart(self):
        """As a crash: all keys are lost."""
        self.kill()
        self.start()

    def suspend(self):
        """SIGSTOP: connections are accepted, nothing is answered."""
        self.process.send_signal(signal.SIGSTOP)
        wait_for(lambda: process.state(self.pid) in "tT",
                 what="memcached is stopped")

    def resume(self):
        self.process.send_signal(signal.SIGCONT)
        wait_for(lambda: process.state(self.pid) not in "tT",
                 what="memcached goes on")

    def set(self, key, value="1", seconds=0):
        """set KEY 0 SECONDS 1, and the value on a line of its own."""
        key = _bytes(key)
        value = _bytes(value)
        self._expect(b"set %b 0 %d %d\r\n%b\r\n"
                     % (key, seconds, len(value), value), b"STORED")

    def get(self, key):
        """The value, or None."""
        lines = self.type(b"get %b\r\n" % _bytes(key), b"END\r\n")
        if lines == b"END\r\n":
            return None
        return lines.split(b"\r\n", 1)[1].rpartition(b"\r\nEND")[0].decode()

    def delete(self, key):
        """True when there was such a key."""
        return self.type(b"delete %b\r\n" % _bytes(key)) == b"DELETED\r\n"

    def stats(self):
        """The answer of `stats` as a dict of strings."""
        lines = self.type(b"stats\r\n", b"END\r\n").decode().splitlines()
        return dict(line.split(" ", 2)[1:] for line in lines
                    if line.startswith("STAT"))

    def type(self, data, end=b"\r\n"):
        """Sends DATA, returns what comes up to END."""
        with self._connect() as s:
            s.sendall(data)
            answer = b""
            while not answer.endswith(end):
                part = s.recv(65536)
                if not part or answer.startswith(b"ERROR"):
                    break
                answer += part
        return answer

    def _expect(self, data, word):
        answer = self.type(data)
        if not answer.startswith(word):
            raise AssertionError(f"memcached: {data!r} -> {answer!r}")

    def _connect(self):
        if self.path:
            s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            s.settimeout(10 * SLOW)
            s.connect(self.path)
            return s
        return socket.create_connection(("127.0.0.1", self.port), 10 * SLOW)

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError("memcached ended at its start")
        return listening(self.path or ("127.0.0.1", self.port))


def _bytes(text):
    return text if isinstance(text, bytes) else str(text).encode()
