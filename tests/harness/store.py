"""A store in a folder of its own, and grayctl on it."""

import json as json_module
import os
import subprocess

from .build import GRAYCTL, SLOW, sanitized, sanitizer_reports
from .folder import make_folder, remove_folder

GROUP = "www-data" if os.geteuid() == 0 else None

# Commands about the files of the machine, which no server does.
HERE = {"init", "check", "doctor", "backup", "restore", "migrate"}


class Result:
    """How a command ended: code, out, err."""

    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err

    def __repr__(self):
        return f"<exit {self.code}: {self.out!r} {self.err!r}>"


class Store:
    """A temporary store; made by `grayctl init` unless INIT is false."""

    def __init__(self, init=True, grayctl=GRAYCTL):
        self.folder = make_folder("gray-store-")
        self.server = None  # an address: commands go there
        self.grayctl = grayctl
        self.path = self.folder / "store"
        if init:
            self.init()

    def init(self, *arguments):
        group = ["--group", GROUP] if GROUP else []
        return self.run("init", *group, *arguments)

    def run(self, *args, check=True, json=False, stdin=None, timeout=60,
            user=None):
        """grayctl --store PATH ARGS…

        Fails when the exit code is not 0, unless CHECK is false. With JSON
        the parsed output is returned instead of a Result. USER runs it as
        somebody else.
        """
        command = self.command(*args)
        if json:
            command.append("--json")
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(command, input=data or b"", user=user,
                              group=user, extra_groups=[] if user else None,
                              env=self.environment(), timeout=timeout
                              * SLOW, capture_output=True, check=False)
        result = Result(done.returncode, done.stdout.decode(errors="replace"),
                        done.stderr.decode(errors="replace"))
        self.check_sanitizer()
        if check and result.code != 0:
            raise AssertionError(f"{' '.join(command[3:])}: {result}")
        return json_module.loads(result.out) if json else result

    def shell(self, script):
        """Runs the lines of SCRIPT as a person types them: `grayctl …`."""
        env = self.environment()
        env["PATH"] = f"{GRAYCTL.parent}:{env['PATH']}"
        if self.server:
            env["GRAY_SERVER"] = self.server
        else:
            env["GRAY_STORE"] = str(self.path)
        done = subprocess.run(["sh", "-eu"], input=script.encode(), env=env,
                              timeout=60 * SLOW, check=False,
                              capture_output=True)
        self.check_sanitizer()
        if done.returncode != 0:
            raise AssertionError(f"{script}\n{done.stderr.decode()}")

    def start(self, *args, **options):
        """The same in the background; returns the Popen."""
        return subprocess.Popen(self.command(*args), env=self.environment(),
                                **options)

    def command(self, *args):
        """What run() and start() run."""
        place = ["--store", self.path]
        if self.server and args[0] not in HERE:
            place = ["--server", self.server]
        return [str(word) for word in (self.grayctl, *place, *args)]

    def environment(self):
        return sanitized(self.folder)

    def check_sanitizer(self):
        reports = sanitizer_reports(self.folder)
        assert not reports, reports[0]

    def close(self):
        try:
            self.check_sanitizer()
        finally:
            remove_folder(self.folder)
