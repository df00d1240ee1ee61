"""grayctl on a terminal of its own: what it shows, typing, resizing."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from harness.build import SLOW, sanitized, sanitizer_reports

ENTER, ESCAPE, UP, DOWN = "\r", "\x1b", "\x1b[A", "\x1b[B"

PIECE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b[^\[]|[\r\n]|[^\x1b\r\n]+")


class Screen:
    """A process that draws with the few sequences that `watch` uses.

    lines is what the terminal shows now; raw is everything that it was sent.
    """

    def __init__(self, store, *args, width=100, height=30, env=None):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.folder = store.folder
        self.raw = ""
        self.pending = b""
        self.other = False
        self.lines = []
        self.row = self.column = 0
        self.resize(width, height)
        environment = {**sanitized(store.folder), "TERM": "xterm",
                       "LC_ALL": "C.UTF-8", **(env or {})}
        self.process = subprocess.Popen(
            store.command(*args), stdin=self.slave, stdout=self.slave,
            stderr=self.slave, env=environment, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    # --- what it shows

    @property
    def text(self):
        return "\n".join(self.lines)

    def _read(self):
        """Takes what came; false when nothing did for a moment."""
        if not select.select([self.master], [], [], 0.05)[0]:
            return False
        try:
            self.pending += os.read(self.master, 65536)
        except OSError:
            return False
        # a character or a sequence may have come in part
        text = self.pending.decode(errors="ignore")
        cut = re.search(r"\x1b(\[[?0-9;]*)?$", text)
        text = text[:cut.start()] if cut else text
        self.pending = self.pending[len(text.encode()):]
        self.raw += text
        for piece in PIECE.finditer(text):
            self._take(piece)
        return True

    def _take(self, piece):
        argument, final = piece[1], piece[2]
        if piece[0] == "\n":
            self.row += 1
        elif piece[0] == "\r" or final == "H":
            self.column = 0
            self.row = self.row if piece[0] == "\r" else 0
        elif final == "K":
            self._set(self._line()[:self.column])
        elif final == "J":
            self.lines = [] if argument == "2" else self.lines[:self.row]
        elif final in ("h", "l") and argument == "?1049":
            self.other = final == "h"
            self.lines, self.row, self.column = [], 0, 0
        elif final is None and not piece[0].startswith("\x1b"):
            line = self._line().ljust(self.column)
            self._set(line[:self.column] + piece[0]
                      + line[self.column + len(piece[0]):])
            self.column += len(piece[0])

    def _line(self):
        return self.lines[self.row] if self.row < len(self.lines) else ""

    def _set(self, line):
        self.lines += [""] * (self.row + 1 - len(self.lines))
        self.lines[self.row] = line

    def shows(self, what, deadline=30):
        """Waits until the screen holds WHAT: a regex, or what a function of
        its text finds. Returns the match, or what the function gave."""
        end = time.monotonic() + deadline * SLOW
        find = what if callable(what) else re.compile(what).search
        while True:
            self._read()
            found = find(self.text)
            if found:
                return found
            assert time.monotonic() < end, \
                f"{what} is not there:\n{self.text}\n{self.raw[-2000:]!r}"
            assert self.process.poll() is None, f"it ended:\n{self.raw}"

    def row_of(self, variant):
        """The figures in the row of a variant, or None."""
        for line in self.lines:
            words = line.split()
            if words[:1] == [variant] and len(words) > 4:
                return words[1:]
        return None

    # --- what a person does

    def type(self, keys):
        os.write(self.master, keys.encode())

    def resize(self, width, height):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", height, width, 0, 0))

    def end(self, deadline=30):
        """Waits for its end; returns its exit code."""
        end = time.monotonic() + deadline * SLOW
        while self.process.poll() is None:
            self._read()
            assert time.monotonic() < end, "it does not end"
        while self._read():
            pass
        reports = sanitizer_reports(self.folder)
        assert not reports, reports[0]
        return self.process.returncode

    @property
    def restored(self):
        """Whether the terminal is as it was before."""
        return not self.other and self.raw.endswith("\x1b[?25h\x1b[?1049l") \
            and termios.tcgetattr(self.slave) == self.before

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)
