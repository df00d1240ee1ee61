"""A TCP server in threads of this process, for protocols other than HTTP/1."""

import socketserver
import threading


class Loopback:
    """Listens on a loopback port; serve(SOCKET) talks on each connection."""

    def __init__(self, name):
        self.name = name
        self._server = _Server(("127.0.0.1", 0), self)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever,
                         kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def serve(self, connection):
        raise NotImplementedError


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address, owner):
        self.owner = owner
        super().__init__(address, _Handler)


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            self.server.owner.serve(self.request)
        except OSError:
            pass
