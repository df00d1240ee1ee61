"""Waiting for a condition, and free ports."""

import os
import random
import socket
import time

from .build import SLOW

# pytest-xdist runs the tests in processes gw0, gw1, …
_JOB = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
_JOBS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))

# Port numbers of this process, and those given out, each once: it may be free
# until its first user listens.
_OURS = range(20000 + _JOB, 32768, _JOBS)
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
    """A free TCP port on loopback.

    None that the kernel gives to connections, nor one that another process
    of this run takes.
    """
    for number in random.sample(_OURS, len(_OURS)):
        if number in _given:
            continue
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", number))
            except OSError:
                continue
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
