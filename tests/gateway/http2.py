"""HTTP/2 over plain TCP, as a client that knows the server speaks it."""

import h2.config
import h2.connection
import h2.events


class Http2:
    """One connection; a stream for each request.

    trailers: by stream, a dict.
    """

    def __init__(self, nginx):
        self.socket = nginx.socket()
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.bodies = {}
        self.trailers = {}
        self.ended = set()
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def get(self, path, now=True):
        return self.send("GET", path, now=now)

    def send(self, method, path, headers=(), body=None, now=True):
        """Sends a request; returns its stream, for wait().

        With NOW false it goes out at the next flush().
        """
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, [
            (":method", method), (":path", path), (":scheme", "http"),
            (":authority", "localhost"), *headers], end_stream=body is None)
        if body is not None:
            self.h2.send_data(stream, body, end_stream=True)
        if now:
            self.flush()
        return stream

    def reset(self, stream):
        self.h2.reset_stream(stream)
        self.flush()

    def wait(self, stream):
        """The body of a stream's answer, as a text."""
        return self.wait_bytes(stream).decode().strip()

    def wait_bytes(self, stream):
        while stream not in self.ended:
            data = self.socket.recv(65536)
            assert data, "the connection was closed"
            for event in self.h2.receive_data(data):
                self._take(event)
            self.flush()
        return self.bodies[stream]

    def _take(self, event):
        if isinstance(event, h2.events.DataReceived):
            self.bodies.setdefault(event.stream_id, b"")
            self.bodies[event.stream_id] += event.data
        elif isinstance(event, h2.events.TrailersReceived):
            self.trailers[event.stream_id] = dict(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            self.ended.add(event.stream_id)

    def close(self):
        self.socket.close()
