"""A client that sends what it is told and nothing else."""

import http.client
import socket

from .build import SLOW


class Response:
    """An answer: status, headers (a list of pairs), body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode(errors="replace").strip()

    def header(self, name, default=None):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return default

    def __repr__(self):
        return f"<{self.status} {self.text[:60]!r}>"


def fetch(port, path="/", *, method="GET", headers=None, cookies=None,
          body=None, host="localhost", source="127.0.0.1", timeout=10,
          connection=None):
    """One request. SOURCE is the client's address, any of 127.0.0.0/8.

    HEADERS is a dict or a list of pairs; COOKIES a dict. A CONNECTION from
    connect() is kept open and may be used again.
    """
    kept = connection is not None
    if not kept:
        connection = connect(port, source=source, timeout=timeout)

    pairs = list(headers.items()) if isinstance(headers, dict) \
        else list(headers or [])
    if cookies:
        pairs.append(("Cookie",
                      "; ".join(f"{k}={v}" for k, v in cookies.items())))
    if body is not None:
        body = body.encode() if isinstance(body, str) else body
        pairs.append(("Content-Length", str(len(body))))
    if not kept:
        pairs.append(("Connection", "close"))

    try:
        connection.putrequest(method, path, skip_host=True,
                              skip_accept_encoding=True)
        connection.putheader("Host", host)
        for name, value in pairs:
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Response(answer.status, answer.getheaders(), answer.read())
    finally:
        if not kept:
            connection.close()


def connect(port, source="127.0.0.1", timeout=10):
    """A connection for several fetch() calls; the caller closes it."""
    return http.client.HTTPConnection("127.0.0.1", port,
                                      timeout=timeout * SLOW,
                                      source_address=(source, 0))


def raw_socket(port, source="127.0.0.1", timeout=10):
    """A TCP connection to the gateway; the caller closes it."""
    return socket.create_connection(("127.0.0.1", port), timeout * SLOW,
                                    source_address=(source, 0))


def raw_request(port, data, source="127.0.0.1", timeout=10):
    """Sends the bytes DATA, returns all that comes until the end of file."""
    with raw_socket(port, source, timeout) as s:
        s.sendall(data)
        parts = []
        while True:
            try:
                part = s.recv(65536)
            except ConnectionResetError:
                break
            if not part:
                break
            parts.append(part)
    return b"".join(parts)
