"""grayctl on a server, with an environment of its own, and bad servers."""

import os
import subprocess
import threading

from harness.build import GRAYCTL, SLOW, sanitized
from harness.loopback import Loopback
from harness.store import Result


def ask(folder, server, *words, stdin=b"", timeout=60, **environment):
    """grayctl --server SERVER WORDS…; GRAY_TOKEN=… and others may be given."""
    env = {**sanitized(folder), **environment}
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run([str(GRAYCTL), "--server", server, *map(str, words)],
                          input=data, env=env, timeout=timeout * SLOW,
                          capture_output=True, check=False)
    return Result(done.returncode, done.stdout.decode(errors="replace"),
                  done.stderr.decode(errors="replace"))


class Says(Loopback):
    """A server that says the same to each request, or what a function says of
    how many there were before; None: nothing, until it is stopped.

    self.requests has what it was sent.
    """

    def __init__(self, answer):
        self.answer = answer if callable(answer) else lambda n: answer
        self.requests = []
        self.stopped = threading.Event()
        super().__init__("says")

    @property
    def url(self):
        return f"http://{self.address}"

    def serve(self, connection):
        while True:
            request = receive(connection)
            if not request:
                return
            self.requests.append(request)
            answer = self.answer(len(self.requests) - 1)
            if answer is None:
                self.stopped.wait(60 * SLOW)
                return
            connection.sendall(answer)

    def stop(self):
        self.stopped.set()
        super().stop()


def receive(connection):
    """One request, with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        if name.lower() == b"expect":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(status, body="", kind="application/json", *headers):
    """An HTTP answer."""
    data = body.encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}",
             f"Content-Length: {len(data)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def certificate(folder, name="localhost"):
    """(certificate, key) of an authority of its own, for NAME."""
    files = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
         "-keyout", files[1], "-out", files[0]],
        check=True, capture_output=True, timeout=60 * SLOW)
    os.chmod(files[1], 0o644)
    return files
