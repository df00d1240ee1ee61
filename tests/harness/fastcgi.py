"""A FastCGI responder: as much of the protocol as nginx speaks.

Records and names are those of the FastCGI 1.0 specification.
"""

import struct

from .loopback import Loopback

BEGIN_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
HEADER = struct.Struct(">BBHHBx")


class FastCgi(Loopback):
    """Answers its name; params (dicts) and bodies are those of the requests."""

    def __init__(self, name):
        self.params = []
        self.bodies = []
        super().__init__(name)

    def serve(self, connection):
        with connection.makefile("rb") as stream:
            streams = {PARAMS: b"", STDIN: b""}
            kind, length = None, None
            while (kind, length) != (STDIN, 0):
                _, kind, number, length, padding = HEADER.unpack(
                    stream.read(HEADER.size))
                content = stream.read(length + padding)[:length]
                if kind != BEGIN_REQUEST:
                    streams[kind] += content
        self.params.append(dict(pairs(streams[PARAMS])))
        self.bodies.append(streams[STDIN])
        text = f"Content-Type: text/plain\r\n\r\n{self.name}\n".encode()
        connection.sendall(record(STDOUT, number, text)
                           + record(STDOUT, number, b"")
                           + record(END_REQUEST, number, bytes(8)))


def record(kind, number, content):
    return HEADER.pack(1, kind, number, len(content), 0) + content


def pairs(data):
    """The name-value pairs of a PARAMS stream."""
    while data:
        name, data = length_of(data)
        value, data = length_of(data)
        yield data[:name].decode(), data[name:name + value].decode()
        data = data[name + value:]


def length_of(data):
    """A length of one byte, or of four when the first bit is set."""
    if data[0] < 0x80:
        return data[0], data[1:]
    return struct.unpack(">I", data[:4])[0] & 0x7fffffff, data[4:]
