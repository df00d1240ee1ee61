"""nginx with the gray module, in a folder of its own."""

import os
import re
import signal
import subprocess
from pathlib import Path

from . import client, process
from .build import (MODULE, NGINX, PRELOAD, SLOW, VALGRIND, sanitized,
                    sanitizer_reports, watched)
from .folder import make_folder, remove_folder
from .log import LogError, forbidden_lines
from .wait import listening, port as free_port, wait_for

TEMPLATE = """\
%load%
%user%
%env%
worker_processes %workers%;
pid %dir%/nginx.pid;
error_log %dir%/error.log %log_level%;
%main%

events {
    worker_connections 1024;
    %events%
}

http {
    access_log off;
    client_body_temp_path %dir%/temp/body;
    proxy_temp_path %dir%/temp/proxy;
    fastcgi_temp_path %dir%/temp/fastcgi;
    uwsgi_temp_path %dir%/temp/uwsgi;
    scgi_temp_path %dir%/temp/scgi;

    %http%

    %server%
}
"""

SERVER = """\
server {
    listen 127.0.0.1:%port%;

    %body%
    }
"""


class Gateway:
    """One nginx: master, workers, configuration, log.

    HTTP and SERVER are snippets for the http{} block and for its one
    server{} block, which listens on self.port; with SERVER None, HTTP holds
    the server blocks too. MAIN and EVENTS go to the outer level and into
    events{}. ENVIRONMENT is a dict of variables for nginx and its workers.

    In all of them %name% stands for the keyword argument `name`: a Backend
    or a Memcached gives its address, a Store its path, anything else its
    text. %port%, %dir% (the gateway's folder) and %module% always exist.
    """

    def __init__(self, http="", server="", *, main="", events="", workers=1,
                 module=True, log_level="info", allow=(), folder=None,
                 environment=None, **names):
        self.folder = Path(folder) if folder else make_folder("gray-nginx-")
        self.port = free_port()
        self.workers_wanted = workers
        self.allow = list(allow)
        self.module = module
        self.log_level = log_level
        self.environment = environment or {}
        self.names = names
        self.parts = {"http": http, "server": server, "main": main,
                      "events": events}
        self.master = None
        self._masters = set()
        self._seen = set()
        (self.folder / "temp").mkdir(exist_ok=True)
        self.write()

    # --- configuration

    @property
    def conf(self):
        return self.folder / "nginx.conf"

    @property
    def error_log(self):
        return self.folder / "error.log"

    def write(self, **parts):
        """Writes nginx.conf, with http=, server=, main=, events= replaced.

        workers= and any %name% may be given anew too. It takes effect with
        reload() or start().
        """
        self.workers_wanted = parts.pop("workers", self.workers_wanted)
        for name in list(parts):
            if name in self.parts:
                self.parts[name] = parts.pop(name)
        self.names.update(parts)
        self.conf.write_text(self._text())

    def _text(self):
        server = self.parts["server"]
        text = TEMPLATE.replace("%server%", "" if server is None else
                                SERVER.replace("%body%", server))
        for name in ("http", "main", "events"):
            text = text.replace(f"%{name}%", self.parts[name])

        root = os.geteuid() == 0
        values = {
            "load": f"load_module {MODULE};" if self.module else "",
            "user": "user www-data;" if root else "",
            # An upgrade passes on only the variables named here.
            "env": "".join(f"env {name}; " for name in {
                "LD_PRELOAD": "", "ASAN_OPTIONS": "", "UBSAN_OPTIONS": "",
                **self.environment}),
            "workers": self.workers_wanted, "log_level": self.log_level,
            "dir": self.folder, "port": self.port, "module": MODULE,
            **self.names,
        }
        return re.sub(r"%([a-z_0-9]+)%", lambda m: _value(values, m[1]), text)

    def config_test(self):
        """(exit code, text) of nginx -t; its mistakes stay out of error.log."""
        done = self._nginx("-t", log=self.folder / "config-test.log")
        return done.returncode, done.stderr.decode(errors="replace")

    def _nginx(self, *arguments, log=None):
        env = sanitized(self.folder)
        if PRELOAD:
            env["LD_PRELOAD"] = PRELOAD
        env.update(self.environment)
        command = [NGINX, "-p", f"{self.folder}/", "-c", str(self.conf),
                   "-e", str(log or self.error_log), *arguments]
        return subprocess.run(
            watched(command, self.folder), env=env, timeout=30 * SLOW,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, check=False)

    # --- life

    def start(self):
        """Starts nginx; returns when all workers are there and it listens."""
        done = self._nginx()
        if done.returncode != 0:
            raise AssertionError("\n".join(
                ["nginx did not start:", done.stderr.decode(errors="replace"),
                 *sanitizer_reports(self.folder)]))
        self._adopt_master()
        wait_for(lambda: len(self.workers()) == self.workers_wanted
                 and listening(("127.0.0.1", self.port))
                 if self.parts["server"] is not None
                 else len(self.workers()) == self.workers_wanted,
                 what=f"nginx starts\n{self.log()}")
        return self

    def _adopt_master(self):
        pid = wait_for(self._pid_in_file, what="nginx.pid is written")
        self.master = pid
        self._masters.add(pid)

    def _pid_in_file(self):
        try:
            return int((self.folder / "nginx.pid").read_text())
        except (OSError, ValueError):
            return None

    def workers(self, master=None):
        """The ids of the workers that take requests."""
        return self._by_title("worker process", master)

    def leaving_workers(self, master=None):
        """The ids of the workers that only finish what they have."""
        return self._by_title("worker process is shutting down", master)

    def _by_title(self, wanted, master):
        children = process.children(master or self.master)
        if VALGRIND:
            # It keeps the titles from the kernel: a worker is one that has
            # waited for requests.
            self._seen |= {pid for pid in children if process.waits(pid)}
            return [pid for pid in children if pid in self._seen] \
                if wanted == "worker process" else []
        return [pid for pid in children
                if process.title(pid).partition("nginx: ")[2] == wanted]

    def reload(self, wait_old=True, deadline=20):
        """HUP; returns when only new workers take requests.

        With WAIT_OLD also when the old ones are gone; without it they may
        still finish requests.
        """
        old = set(self.workers())
        process.send(self.master, signal.SIGHUP)
        wait_for(lambda: self._replaced(old), deadline,
                 "new workers take requests")
        if wait_old:
            wait_for(lambda: not any(map(process.alive, old)), deadline,
                     "the old workers are gone")

    def _replaced(self, old):
        now = set(self.workers())
        return len(now) == self.workers_wanted and not now & old

    def upgrade(self, quit_old=True, deadline=20):
        """USR2: a new master and its workers; returns the old master's id.

        With QUIT_OLD the old master is told to QUIT once the new workers
        are there, and waited for. Otherwise the caller ends it with
        signal(SIGQUIT, old).
        """
        old = self.master
        process.send(old, signal.SIGUSR2)
        wait_for(lambda: self._pid_in_file() not in (None, old), deadline,
                 "the new master writes nginx.pid")
        self._adopt_master()
        wait_for(lambda: len(self.workers()) == self.workers_wanted, deadline,
                 "the new workers are there")
        if quit_old:
            self.signal(signal.SIGQUIT, old)
            wait_for(lambda: not process.alive(old), deadline,
                     "the old master is gone")
        return old

    def signal(self, sig, pid=None):
        """Sends SIG to PID, or to the master."""
        process.send(pid or self.master, sig)

    def quit(self, deadline=20):
        """QUIT: ends when the requests at hand are answered."""
        self._end(signal.SIGQUIT, deadline)

    def stop(self, deadline=10):
        """TERM: ends at once."""
        self._end(signal.SIGTERM, deadline)

    def _end(self, sig, deadline):
        for master in sorted(self._masters):
            workers = process.children(master)
            for pid in workers:
                process.send(pid, signal.SIGCONT)
            process.stop(master, sig, deadline)
            for pid in workers:
                wait_for(lambda p=pid: not process.alive(p), deadline,
                         f"worker {pid} ends")
        self._masters.clear()

    def close(self):
        """Stops it, and fails when it left traces that no story may leave."""
        try:
            self.stop()
            self.check_log()
        finally:
            self._kill_rest()
            remove_folder(self.folder)

    def _kill_rest(self):
        for master in self._masters:
            for pid in [master, *process.children(master)]:
                process.send(pid, signal.SIGKILL)

    # --- log

    def log(self):
        """The text of error.log."""
        try:
            return self.error_log.read_text(errors="replace")
        except OSError:
            return ""

    def log_lines(self, pattern):
        """The lines of error.log that hold the regex PATTERN."""
        return [line for line in self.log().splitlines()
                if re.search(pattern, line)]

    def wait_for_log(self, pattern, deadline=10):
        return wait_for(lambda: self.log_lines(pattern), deadline,
                        f"error.log says {pattern}")

    def check_log(self):
        """Fails on [alert], [crit], [emerg] and on a sanitizer's report."""
        reports = sanitizer_reports(self.folder)
        if reports:
            raise LogError(reports[0])
        lines = forbidden_lines(self.error_log, self.allow)
        if lines:
            raise LogError("error.log holds\n" + "\n".join(lines))

    # --- requests

    def get(self, path="/", **options):
        """One request; see client.fetch for the options."""
        return client.fetch(self.port, path, **options)

    def raw(self, data, **options):
        """All bytes that come back for the bytes DATA."""
        return client.raw_request(self.port, data, **options)

    def connect(self, **options):
        """A kept connection for get(connection=…)."""
        return client.connect(self.port, **options)

    def socket(self, **options):
        return client.raw_socket(self.port, **options)


def _value(values, name):
    value = values.get(name)
    if value is None:
        raise AssertionError(f"%{name}% has no value: pass {name}=…")
    for attribute in ("address", "path"):
        if hasattr(value, attribute) and not isinstance(value, Path):
            return str(getattr(value, attribute))
    return str(value)
