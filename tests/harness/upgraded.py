"""A back end that takes the Upgrade and answers each line with its name."""

from .loopback import Loopback

SWITCHING = (b"HTTP/1.1 101 Switching Protocols\r\n"
             b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
REFUSED = (b"HTTP/1.1 426 Upgrade Required\r\n"
           b"Content-Length: 0\r\nConnection: close\r\n\r\n")


class Upgraded(Loopback):
    def serve(self, connection):
        with connection.makefile("rb") as stream:
            head = b"".join(iter(stream.readline, b"\r\n")).lower()
            asked = b"upgrade: websocket" in head \
                and b"connection: upgrade" in head
            connection.sendall(SWITCHING if asked else REFUSED)
            if asked:
                for line in stream:
                    connection.sendall(self.name.encode() + b" " + line)
