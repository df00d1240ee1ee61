"""A back end that answers its own name and keeps what it was sent."""

import socket
import socketserver
import threading
import time

from .wait import port as free_port, wait_for


class Request:
    """One request as it came over the wire."""

    def __init__(self, head, body):
        self.raw = head + body
        self.body = body
        lines = head.decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.method, self.path = (lines[0].split(" ") + ["", ""])[:2]
        self.headers = [(name, value.lstrip(" "))
                        for name, _, value in
                        (line.partition(":") for line in lines[1:] if line)]

    def header(self, name, default=None):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return default

    def __repr__(self):
        return f"<{self.line}>"


class Backend:
    """An HTTP/1.1 server in threads of this process.

    Set at any time:
      status    the code of every answer (200)
      delay     seconds before each answer
      headers   more headers, a list of pairs
      body      the text of the answer (the name)
      answer    a function of the Request giving the raw bytes of the whole
                answer, b"" to close without one, None for the usual one
    Read: requests, a list of Request; clear() empties it.
    """

    def __init__(self, name, port=None):
        self.name = name
        self.port = port or free_port()
        self.status = 200
        self.delay = 0
        self.headers = []
        self.body = name
        self.answer = None
        self.requests = []
        self._gate = threading.Event()
        self._gate.set()
        self._server = None
        self.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        """Listens (again, on the same port, after stop)."""
        self._server = _Server(("127.0.0.1", self.port), self)
        thread = threading.Thread(target=self._server.serve_forever,
                                  kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()

    def stop(self):
        """Refuses connections, and drops those that are open."""
        self.release()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server.drop()
            self._server = None

    def hold(self):
        """Keeps every request from now on waiting for release()."""
        self._gate.clear()

    def release(self):
        self._gate.set()

    def clear(self):
        self.requests = []

    def wait_for_requests(self, count, deadline=10):
        """Waits till COUNT requests have come; returns them."""
        wait_for(lambda: len(self.requests) >= count, deadline,
                 f"{count} requests at {self.name}")
        return self.requests[:count]

    def reply(self, request):
        """The bytes that answer REQUEST; called by the server's threads."""
        self.requests.append(request)
        self._gate.wait(60)
        if self.delay:
            time.sleep(self.delay)
        if self.answer:
            data = self.answer(request)
            if data is not None:
                return data
        body = f"{self.body}\n".encode()
        lines = [f"HTTP/1.1 {self.status} Scripted",
                 "Content-Type: text/plain",
                 f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        return head if request.method == "HEAD" else head + body


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, address, backend):
        self.backend = backend
        self.open = set()
        super().__init__(address, _Handler)

    def drop(self):
        for s in list(self.open):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        self.server.open.add(self.connection)
        try:
            while self._one():
                pass
        except OSError:
            pass
        finally:
            self.server.open.discard(self.connection)

    def _one(self):
        """Answers one request; false at the end of the connection."""
        head = self._head()
        if not head:
            return False
        request = Request(head, b"")
        request.body = self._body(request)
        request.raw += request.body
        answer = self.server.backend.reply(request)
        self.wfile.write(answer)
        return bool(answer) \
            and request.line.endswith("HTTP/1.1") \
            and (request.header("Connection") or "").lower() != "close"

    def _head(self):
        lines = []
        while True:
            line = self.rfile.readline(1 << 20)
            if not line:
                return b""
            lines.append(line)
            if line in (b"\r\n", b"\n"):
                return b"".join(lines)

    def _body(self, request):
        length = request.header("Content-Length")
        if length:
            return self.rfile.read(int(length))
        if (request.header("Transfer-Encoding") or "").lower() == "chunked":
            return self._chunks()
        return b""

    def _chunks(self):
        parts = []
        while True:
            line = self.rfile.readline()
            size = int(line.split(b";")[0] or b"0", 16)
            parts += [line, self.rfile.read(size + 2)]
            if size == 0:
                return b"".join(parts)
