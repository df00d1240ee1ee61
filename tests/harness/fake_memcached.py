"""A memcached that does what it is told, above all what none should do."""

import ctypes
import queue
import socket
import struct
import threading
import time

from .wait import port as free_port, wait_for

PROBE = "nginx-gray-probe"


class Lookup:
    """One `get` or `mg` as it came over the wire."""

    def __init__(self, line, connection):
        words = line.decode("utf-8", "surrogateescape").split(" ")
        self.line = line
        self.connection = connection
        self.meta = words[0] == "mg"
        self.key = words[1] if len(words) > 1 else ""
        self.opaque = next((word[1:] for word in words[2:]
                            if word.startswith("O")), None)
        self.probe = self.key.endswith(PROBE)

    def hit(self, value="1", key=None, opaque=None):
        """The reply of an honest server that has the key."""
        key = _bytes(self.key if key is None else key)
        value = _bytes(value)
        if not self.meta:
            return b"VALUE %b 0 %d\r\n%b\r\nEND\r\n" % (key, len(value), value)
        return b"VA %d k%b O%b\r\n%b\r\n" % (
            len(value), key, _bytes(opaque or self.opaque), value)

    def miss(self, key=None, opaque=None):
        """The reply of an honest server that has not."""
        if not self.meta:
            return b"END\r\n"
        return b"EN k%b O%b\r\n" % (_bytes(self.key if key is None else key),
                                    _bytes(opaque or self.opaque))

    def __repr__(self):
        return f"<{self.line!r}>"


class FakeMemcached:
    """A scriptable server in threads of this process.

    Set at any time:
      values    a dict of its members
      meta      False: `mg` is answered ERROR, as memcached 1.4 does;
                "close": the connection is closed, as some proxies do
      naming    False: a meta miss is a bare EN
      delay     seconds before each reply to a lookup
      drip      seconds between any two bytes of a reply
      reply     a function of the Lookup giving the reply's bytes, RESET,
                CLOSE, SILENCE, or None for the honest one; a reply that is
                a tuple (bytes, RESET or CLOSE) sends the bytes first
      honest_probe  False: reply, delay and drip hold for probes too
    Read: lookups (a list of Lookup, without the probes), probes and
    connections (their numbers).
    """

    RESET = object()
    CLOSE = object()
    SILENCE = object()

    def __init__(self, meta=True):
        self.port = free_port()
        self.values = {}
        self.meta = meta
        self.naming = True
        self.delay = 0
        self.drip = 0
        self.reply = None
        self.honest_probe = True
        self.lookups = []
        self.probes = 0
        self.connections = 0
        self._gate = threading.Event()
        self._gate.set()
        self._open = set()
        self._listener = None
        self.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def keys(self):
        """The keys that were asked for, in order."""
        return [lookup.key for lookup in self.lookups]

    def start(self):
        """Listens (again, on the same port, after stop)."""
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(128)
        threading.Thread(target=self._accept, args=[self._listener],
                         daemon=True).start()

    def stop(self):
        """Refuses connections, and drops those that are open."""
        self.release()
        listener, self._listener = self._listener, None
        if listener:
            _shut(listener)
            listener.close()
        self.drop()

    def drop(self):
        """Closes the open connections."""
        for s in list(self._open):
            _shut(s)

    def hold(self):
        """Keeps every lookup from now on waiting for release()."""
        self._gate.clear()

    def release(self):
        self._gate.set()

    def clear(self):
        self.lookups = []

    def wait_for_lookups(self, count, deadline=10):
        """Waits till COUNT lookups have come; returns them."""
        wait_for(lambda: len(self.lookups) >= count, deadline,
                 f"{count} lookups at the fake memcached")
        return self.lookups[:count]

    # --- the server's threads

    def _accept(self, listener):
        while True:
            try:
                s, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[s, self.connections],
                             daemon=True).start()

    def _serve(self, s, number):
        """Reads; another thread answers, so that what is held is seen."""
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open.add(s)
        asked = queue.Queue()
        threading.Thread(target=self._write, args=[s, asked],
                         daemon=True).start()
        rest = b""
        try:
            while True:
                part = s.recv(65536)
                if not part:
                    break
                *lines, rest = (rest + part).split(b"\r\n")
                looked = [Lookup(line, number) for line in lines]
                self.lookups += [one for one in looked if not one.probe]
                asked.put(looked)
        except OSError:
            pass
        asked.put(None)

    def _write(self, s, asked):
        try:
            while (looked := asked.get()) is not None:
                if not self._answer_all(s, looked):
                    break
        except OSError:
            pass
        finally:
            self._open.discard(s)
            s.close()

    def _answer_all(self, s, looked):
        """Answers in as few writes as the script allows."""
        ready = b""
        for lookup in looked:
            data, end = self._answer(lookup)
            if self.drip and not self._honest(lookup):
                _drip(s, ready + data, self.drip)
                ready = b""
            else:
                ready += data
            if end:
                s.sendall(ready)
                _end(s, end)
                return False
        s.sendall(ready)
        return True

    def _honest(self, lookup):
        return lookup.probe and self.honest_probe

    def _answer(self, lookup):
        """(bytes, None, RESET or CLOSE) for one lookup."""
        if lookup.probe:
            self.probes += 1
        if lookup.meta and self.meta is not True:
            return (b"", self.CLOSE) if self.meta == "close" \
                else (b"ERROR\r\n", None)
        if self._honest(lookup):
            return self._truth(lookup), None

        self._gate.wait(60)
        if self.delay:
            time.sleep(self.delay)
        data = self.reply(lookup) if self.reply else None
        if data is None:
            return self._truth(lookup), None
        if data is self.SILENCE:
            return b"", None
        if data in (self.RESET, self.CLOSE):
            return b"", data
        return data if isinstance(data, tuple) else (data, None)

    def _truth(self, lookup):
        if lookup.key in self.values:
            return lookup.hit(self.values[lookup.key])
        if lookup.meta and not self.naming:
            return b"EN\r\n"
        return lookup.miss()


def _bytes(text):
    return text if isinstance(text, bytes) \
        else str(text).encode("utf-8", "surrogateescape")


def _drip(s, data, pause):
    for i in range(len(data)):
        s.sendall(data[i:i + 1])
        time.sleep(pause)


def _end(s, end):
    if end is FakeMemcached.RESET:
        # connect() to no address makes the kernel send the reset at once,
        # though another thread still reads.
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
        _unconnect(s)
    else:
        _shut(s)


def _unconnect(s):
    no_address = struct.pack("=H14x", socket.AF_UNSPEC)
    ctypes.CDLL(None).connect(s.fileno(), no_address, len(no_address))


def _shut(s):
    try:
        s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
