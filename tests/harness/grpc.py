"""A gRPC server of one method: it answers its name and what it was sent.

HTTP/2 over plain TCP, as grpc_pass grpc:// speaks it. A message is a flag, its
length in four bytes, and its text.
"""

import struct

import h2.config
import h2.connection
import h2.events

from .loopback import Loopback


class Grpc(Loopback):
    """calls: the paths that were called."""

    def __init__(self, name):
        self.calls = []
        super().__init__(name)

    def serve(self, connection):
        config = h2.config.H2Configuration(client_side=False,
                                           header_encoding="utf-8")
        http2 = h2.connection.H2Connection(config)
        http2.initiate_connection()
        bodies = {}
        while True:
            connection.sendall(http2.data_to_send())
            data = connection.recv(65536)
            if not data:
                return
            for event in http2.receive_data(data):
                self._take(http2, event, bodies)

    def _take(self, http2, event, bodies):
        if isinstance(event, h2.events.RequestReceived):
            self.calls.append(dict(event.headers)[":path"])
            bodies[event.stream_id] = b""
        elif isinstance(event, h2.events.DataReceived):
            bodies[event.stream_id] += event.data
            http2.acknowledge_received_data(event.flow_controlled_length,
                                            event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self._answer(http2, event.stream_id, bodies.pop(event.stream_id))

    def _answer(self, http2, stream, body):
        http2.send_headers(stream, [(":status", "200"),
                                    ("content-type", "application/grpc")])
        http2.send_data(stream, message(f"{self.name} {text_of(body)}"))
        http2.send_headers(stream, [("grpc-status", "0")], end_stream=True)


def message(text):
    return struct.pack(">BI", 0, len(text.encode())) + text.encode()


def text_of(data):
    """The text of the one message in DATA."""
    flag, length = struct.unpack(">BI", data[:5])
    assert (flag, length) == (0, len(data) - 5)
    return data[5:].decode()
