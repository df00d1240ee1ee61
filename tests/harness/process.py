"""Processes as /proc shows them."""

import os
import signal
from pathlib import Path

from .wait import wait_for


def state(pid):
    """R, S, D, T, Z … as in proc(5), or None when there is no process."""
    stat = _stat(pid)
    return stat[0] if stat else None


def alive(pid):
    """Whether PID runs; one that nobody has waited for (Z) does not."""
    return state(pid) not in (None, "Z", "X")


def children(pid):
    """The living children of PID, in the order of their ids."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            stat = _stat(int(entry))
            if stat and int(stat[1]) == pid and stat[0] not in "ZX":
                found.append(int(entry))
    return sorted(found)


def waits(pid):
    """Whether PID waits for events."""
    try:
        return "epoll_wait" in Path(f"/proc/{pid}/wchan").read_text()
    except OSError:
        return False


def title(pid):
    """The command line of PID, as a process sets it."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return line.replace(b"\0", b" ").decode(errors="replace").strip()


def stop(pid, sig=signal.SIGTERM, deadline=10):
    """Signals PID and waits for its end; SIGKILL when it does not come."""
    if not alive(pid):
        return
    send(pid, signal.SIGCONT)
    send(pid, sig)
    try:
        wait_for(lambda: not alive(pid), deadline, f"process {pid} ends")
    except AssertionError:
        send(pid, signal.SIGKILL)
        raise


def send(pid, sig):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass


def _stat(pid):
    """The fields of /proc/PID/stat after the name, or None."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()
