"""Stores with lists of any size, made by grayctl alone."""

import os
import subprocess
import threading
import time
from pathlib import Path

from servers import BENCH, ROOT, BenchError, placed, private_bytes

BUILD = Path(os.environ.get("GRAY_BUILD", BENCH.parent / "build")).resolve()
MODULE = BUILD / "ngx_http_gray_module.so"
GRAYCTL = BUILD / "grayctl"

LIST = "testers"
RELEASE = "listed"


def tool(name):
    """A program that bench.mk builds."""
    path = BUILD / "bench" / name
    if not path.exists():
        raise BenchError(f"{path} is missing: run make bench-tools")
    return path


def write_members(path, count, after=""):
    """The device ids of the numbers below COUNT, one a line, AFTER each."""
    with path.open("wb") as file:
        subprocess.run([tool("members"), str(count), after], stdout=file,
                       check=True)
        os.fsync(file.fileno())


class Memory(threading.Thread):
    """The most that a process held of its own, looked at all the while. What
    it maps from files is the page cache's."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most = pid, 0
        self.start()

    def run(self):
        try:
            while memory := sum(private_bytes(self.pid)):
                self.most = max(self.most, memory)
                time.sleep(0.01)
        except OSError:
            pass  # it has ended


class Store:
    """A store in a folder that is not there yet."""

    def __init__(self, folder):
        if not MODULE.exists() or not GRAYCTL.exists():
            raise BenchError(f"{MODULE} or {GRAYCTL} is missing: run make")
        self.folder = folder
        self.importer = None
        self.grayctl("init", *(["--group", "www-data"] if ROOT else []))

    def command(self, *words):
        return [str(GRAYCTL), "--store", str(self.folder), *words]

    def grayctl(self, *words):
        done = subprocess.run(self.command(*words), capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise BenchError(
                f"grayctl {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def make_small(self):
        """The releases that need no large list."""
        for words in [
            "release create nobody",
            "weight nobody gray=0 --by device_id",
            "release create split",
            "weight split gray=20 --by device_id",
            "list create legacy --live",
            "release create live",
        ]:
            self.grayctl(*words.split())
        self.grayctl("rule", "add", "live", "qa", "gray",
                     "claimed in @legacy")

    def make_list(self):
        self.grayctl("release", "create", RELEASE)
        self.grayctl("list", "create", LIST)
        self.grayctl("rule", "add", RELEASE, "qa", "gray",
                     f"device_id in @{LIST}")

    def start_import(self, members, nice=0, cpu=None):
        """Begins to import the file MEMBERS; finish_import() ends it."""
        def place():
            placed(cpu, False)()
            os.nice(nice)

        self.began, self.ended = time.monotonic(), None
        self.importer = subprocess.Popen(
            self.command("list", "import", LIST, str(members), "--replace",
                         "--quiet"), stderr=subprocess.PIPE, text=True,
            stdout=subprocess.DEVNULL, preexec_fn=place)
        self.memory = Memory(self.importer.pid)

    def importing(self):
        """Whether the import still runs."""
        if os.waitid(os.P_PID, self.importer.pid,
                     os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return True
        self.ended = self.ended or time.monotonic()
        return False

    def stop_import(self):
        """Ends an import that nobody waits for any more."""
        if self.importer is not None and self.importer.returncode is None:
            self.importer.kill()
            self.importer.wait()

    def finish_import(self):
        """Waits, and returns the figures of the import."""
        _, status, used = os.wait4(self.importer.pid, 0)
        seconds = (self.ended or time.monotonic()) - self.began
        self.importer.returncode = os.waitstatus_to_exitcode(status)
        self.memory.join()
        said = self.importer.stderr.read()
        self.importer.stderr.close()
        if self.importer.returncode != 0:
            raise BenchError(f"grayctl list import: {said.strip()}")
        return {"seconds": seconds, "memory": self.memory.most,
                "cpu": used.ru_utime + used.ru_stime,
                "bytes": self.bytes_on_disk()}

    def import_list(self, count):
        """Fills the list with the numbers below COUNT."""
        members = self.folder.with_suffix(".members")
        write_members(members, count)
        try:
            self.start_import(members)
            return {"members": count, **self.finish_import()}
        finally:
            members.unlink()

    def bytes_on_disk(self):
        return sum(path.stat().st_blocks * 512
                   for path in self.folder.rglob("*") if path.is_file())
