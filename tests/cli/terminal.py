"""grayctl on a terminal: a pty that keeps what it is shown."""

import os
import pty
import subprocess

from harness.build import sanitized


def on_terminal(store, *args, env=None, stdin=None):
    """(exit code, what the terminal got) of grayctl ARGS…"""
    master, slave = pty.openpty()
    environment = {**sanitized(store.folder), "TERM": "xterm", **(env or {})}
    if "NO_COLOR" not in (env or {}):
        environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        store.command(*args),
        stdin=stdin or slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)

    got = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        got += part
    os.close(master)
    return process.wait(60), got.decode().replace("\r\n", "\n")
