"""Waiting for a condition, and free ports."""

import socket
import time

from .build import SLOW

# Port numbers given out by this run; never given twice, since the kernel
# may offer a port again before its first user listens.
_given = set()


def wait_for(condition, deadline=10, what="the condition"):
    """Returns the first true value of CONDITION(); fails after DEADLINE s."""
    end = time.monotonic() + deadline * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {deadline} s")
        time.sleep(0.005)


def port():
    """A free TCP port on loopback."""
    for _ in range(1000):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            number = s.getsockname()[1]
        if number not in _given:
            _given.add(number)
            return number
    raise AssertionError("no free port on loopback")


def ports(count):
    """COUNT different free TCP ports on loopback."""
    return [port() for _ in range(count)]


def listening(address):
    """Whether a connection to (HOST, PORT) or a unix path is accepted."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(1)
        try:
            s.connect(address)
        except OSError:
            return False
    return True
