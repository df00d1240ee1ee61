"""The servers of a benchmark: back end, memcached, the nginx under test."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

BENCH = Path(__file__).resolve().parent
LUA_MODULES = Path("/usr/lib/nginx/modules")
ROOT = os.geteuid() == 0
DEADLINE = 20

NGINX_CONF = """\
{load}
{user}
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/error.log warn;
daemon off;
worker_rlimit_nofile 8192;

events {{
    worker_connections 4096;
}}

http {{
    access_log off;
    keepalive_requests 100000000;
    keepalive_timeout 600;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;

{http}
}}
"""


class BenchError(Exception):
    """Something could not be set up; the text says what."""


def device(i):
    """Identity number I, as in ids.lua."""
    return f"{i * 2654435761 % 2 ** 32:08x}-device-{i:020d}"


def address(i):
    return f"10.{i // 65536 % 256}.{i // 256 % 256}.{i % 256}"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, what):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise BenchError(f"{what}: not within {DEADLINE} s")


def listening(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def children(pid):
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()]


def cpu_seconds(pid):
    """CPU time of a process of one thread: nanoseconds where the kernel
    counts them, else its clock's ticks."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except (OSError, ValueError, IndexError):
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


class Server:
    """A process of ours, stopped by its id."""

    def __init__(self, command, cpu=None):
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            preexec_fn=None if cpu is None
            else lambda: os.sched_setaffinity(0, {cpu}))

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Nginx(Server):
    """One nginx with one worker. HTTP is what stands in http{}; PORT is one
    that it listens on. With UNDER, the words of a program that runs it, it is
    one process."""

    def __init__(self, folder, name, http, port, load="", cpu=None, under=()):
        self.folder = folder / name
        self.port = port
        self.folder.mkdir()
        self.folder.chmod(0o755)
        conf = self.folder / "nginx.conf"
        conf.write_text(NGINX_CONF.format(
            load=load, dir=self.folder, http=http,
            user="user www-data;" if ROOT else ""))
        command = [shutil.which("nginx", path=os.environ.get("PATH", "")
                                + ":/usr/sbin"),
                   "-p", f"{self.folder}/", "-c", str(conf),
                   "-e", str(self.folder / "error.log")]
        test = subprocess.run([*command, "-t"], capture_output=True,
                              text=True, check=False)
        if test.returncode != 0:
            raise BenchError(test.stderr.strip())
        if under:
            command = [*under, *command, "-g", "master_process off;"]
        super().__init__(command, cpu)
        wait_for(self._ready, f"nginx for {name} starts, see {conf}")
        self.worker = wait_for(lambda: self._worker(under),
                               f"the worker of {name} starts")

    def _ready(self):
        if self.process.poll() is not None:
            raise BenchError((self.folder / "error.log").read_text())
        return listening(self.port)

    def _worker(self, single):
        pid = self.process.pid
        return pid if single else next(iter(children(pid)), None)

    def cpu_seconds(self):
        return cpu_seconds(self.worker)

    def complaints(self):
        """What stands in error.log."""
        return (self.folder / "error.log").read_text()


class Memcached(Server):
    def __init__(self, cpu=None):
        self.port = free_port()
        user = ["-u", "www-data"] if ROOT else []
        super().__init__(["memcached", "-l", "127.0.0.1", "-p",
                          str(self.port), "-U", "0", "-t", "1", "-m", "64",
                          "-c", "8192", *user], cpu)
        wait_for(lambda: listening(self.port), "memcached starts")

    def load(self, keys):
        """Sets each key to 1."""
        text = b"".join(b"set %b 0 0 1 noreply\r\n1\r\n" % key.encode()
                        for key in keys)
        with socket.create_connection(("127.0.0.1", self.port), DEADLINE) as s:
            s.sendall(text + b"version\r\n")
            if not s.recv(100).startswith(b"VERSION"):
                raise BenchError("memcached did not take the keys")


def remove_folder(folder):
    shutil.rmtree(folder, ignore_errors=True)


def make_folder():
    """A folder that the workers' user can enter."""
    folder = Path(tempfile.mkdtemp(prefix="gray-bench-"))
    folder.chmod(0o755)
    return folder
