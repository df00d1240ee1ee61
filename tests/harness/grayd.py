"""grayd on a store, and clients of it by its unix socket and by TCP."""

import http.client
import json as json_module
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from . import process
from .build import GRAYD, SLOW, sanitized, sanitizer_reports
from .folder import make_folder, remove_folder
from .wait import port as free_port, wait_for


class Answer:
    """What grayd answered: status, headers, body, and json where it is any."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {k.lower(): v for k, v in headers}
        self.body = body

    @property
    def json(self):
        return json_module.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Connection(http.client.HTTPConnection):
    """HTTP over a unix socket, or over TCP when PATH is a (host, port)."""

    def __init__(self, address, timeout=20):
        super().__init__("localhost", timeout=timeout * SLOW)
        self.address = address

    def connect(self):
        self.sock = connected(self.address, self.timeout)


def connected(address, timeout=20):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    sock.connect(address)
    return sock


class Grayd:
    """One grayd; OPTIONS are its flags, such as "--queue", 2.

    TOKENS is {name: scopes}: they are made, stand in a token file, and
    self.tokens has their texts. With TCP it listens on 127.0.0.1:self.port
    too. PASSED are listening sockets that it gets as systemd gives them.
    """

    def __init__(self, store, *options, tcp=False, tokens=None, passed=(),
                 environment=None, user=None):
        self.store = store
        self.folder = make_folder("grayd-")
        self.socket = str(self.folder / "grayd.sock")
        self.port = free_port() if tcp else None
        self.token_file = self.folder / "tokens"
        self.tokens = {}
        self.options = list(options)
        self.passed = list(passed)
        self.environment = environment or {}
        self.user = user
        self.process = None
        self.told = None
        self.notify = None
        if tokens is not None:
            self.write_tokens(tokens)

    # --- its life

    def command(self):
        words = [GRAYD, "--store", self.store.path, "--config", "/dev/null",
                 "--spool", self.folder, "--web", ""]
        if not self.passed:
            words += ["--socket", self.socket]
            if self.port:
                words += ["--listen", f"127.0.0.1:{self.port}"]
        if self.token_file.exists():
            words += ["--tokens", self.token_file]
        return [str(word) for word in words + self.options]

    def start(self, wait=True):
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = self.folder / "notify"
        path.unlink(missing_ok=True)
        self.notify.bind(str(path))
        self.notify.settimeout(20 * SLOW)
        env = sanitized(self.folder)
        env["NOTIFY_SOCKET"] = str(path)
        env.update(self.environment)
        command, options = self.command(), {}
        if self.passed:
            fds = [s.fileno() for s in self.passed]
            command, options = passing(command, fds), {"pass_fds": fds}
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, user=self.user, group=self.user, **options)
        if wait:
            wait_for(self.says_ready, 20, "grayd is ready")
        return self

    def says_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"grayd ended: {self.log()}")
        return self.notified("READY=1")

    def notified(self, word):
        """Whether WORD is the next that systemd is told; waits shortly."""
        self.notify.settimeout(0.2)
        try:
            return word in self.notify.recv(4096).decode()
        except TimeoutError:
            return False

    @property
    def pid(self):
        return self.process.pid

    def stop(self, sig=signal.SIGTERM, deadline=10):
        """Ends it; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(deadline * SLOW)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"grayd does not end: {self.log()}") \
                    from None
        return self.process.returncode

    def close(self):
        try:
            if self.process and process.alive(self.pid):
                assert self.stop() == 0, self.log()
            reports = sanitizer_reports(self.folder)
            assert not reports, reports[0]
        finally:
            if self.process and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.notify:
                self.notify.close()
            remove_folder(self.folder)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    # --- tokens

    def write_tokens(self, tokens):
        """Makes tokens, and the file that has them all."""
        lines = ["# made by a test\n"]
        for name, scopes in tokens.items():
            done = subprocess.run([GRAYD, "--new-token", name, scopes],
                                  capture_output=True, text=True, check=True,
                                  timeout=20 * SLOW)
            self.tokens[name] = done.stdout.strip()
            lines.append(done.stderr.splitlines()[-1] + "\n")
        self.token_file.write_text("".join(lines))

    # --- asking

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def connection(self, tcp=False, timeout=20):
        """One that stays open for several ask(); the caller closes it."""
        return Connection(self.address if tcp else self.socket, timeout)

    def ask(self, method, path, json=None, *, body=None, headers=None,
            token=None, tcp=None, connection=None, timeout=20):
        """One request; with TOKEN, the name of one, by TCP."""
        tcp = token is not None if tcp is None else tcp
        kept = connection is not None
        connection = connection or self.connection(tcp, timeout)
        headers = dict(headers or {})
        if token is not None:
            text = self.tokens.get(token, token)
            headers["Authorization"] = f"Bearer {text}"
        if json is not None:
            body = json_module.dumps(json).encode()
            headers.setdefault("Content-Type", "application/json")
        try:
            send(connection, method, path, body, headers)
            got = connection.getresponse()
            return Answer(got.status, got.getheaders(), got.read())
        finally:
            if not kept:
                connection.close()

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, json=None, **options):
        return self.ask("POST", path, json, **options)

    def put(self, path, json=None, **options):
        return self.ask("PUT", path, json, **options)

    def patch(self, path, json=None, **options):
        return self.ask("PATCH", path, json, **options)

    def delete(self, path, json=None, **options):
        return self.ask("DELETE", path, json, **options)

    def raw(self, data, tcp=False, timeout=20):
        """Sends bytes; returns everything up to the end of the connection."""
        with self.open(tcp, timeout) as sock:
            sock.sendall(data)
            return read_all(sock)

    def open(self, tcp=False, timeout=20):
        """A bare connection; the caller closes it."""
        return connected(self.address if tcp else self.socket,
                         timeout * SLOW)

    def events(self, last=None):
        """An Events on /v1/events; the caller closes it."""
        return Events(self, last)

    def memory(self):
        """Its own memory in KiB: not the store's mapped file."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^RssAnon:\s+(\d+)", status, re.M)[1])

    def cpu(self):
        """Seconds of processor time that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2]
        return sum(map(int, fields.split()[11:13])) / os.sysconf("SC_CLK_TCK")


class Events:
    """A listener of server-sent events."""

    def __init__(self, grayd, last=None):
        self.connection = grayd.connection()
        headers = {} if last is None else {"Last-Event-ID": last}
        self.connection.request("GET", "/v1/events", headers=headers)
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200

    def next(self, *kinds):
        """The next (kind, data, id) whose kind is one of KINDS, or any."""
        found = {}
        end = time.monotonic() + 20 * SLOW
        for line in self.answer:
            name, _, text = line.decode().rstrip("\n").partition(": ")
            if name in ("event", "data", "id"):
                found[name] = text
            elif name == "" and found:
                if not kinds or found["event"] in kinds:
                    return (found["event"], json_module.loads(found["data"]),
                            found.get("id"))
                found = {}
                assert time.monotonic() < end, f"no {kinds}"
        raise EOFError("the events end")

    def close(self):
        self.connection.close()


def send(connection, method, path, body, headers):
    try:
        connection.request(method, path, body=body, headers=headers)
    except BrokenPipeError:
        pass  # refused before all was sent: the answer is there


def read_all(sock):
    data = b""
    try:
        while piece := sock.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return data


def passing(command, fds):
    """COMMAND with FDS as systemd passes them: from 3 on, LISTEN_PID right."""
    moves = " ".join(f"{3 + i}<&{fd}" for i, fd in enumerate(fds))
    return ["bash", "-c", f'LISTEN_PID=$$ LISTEN_FDS={len(fds)} exec "$@" '
            f"{moves}", "sh", *command]
