"""The servers of a benchmark: back end, memcached, the nginx under test."""

import os
import random
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
START = 180  # seconds: a million identities are read then
MASK = 2 ** 64 - 1

NGINX_CONF = """\
{load}
{user}
worker_processes {workers};
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


def mixed(x):
    """As in identity.h."""
    x = x + 0x9e3779b97f4a7c15 & MASK
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9 & MASK
    x = (x ^ x >> 27) * 0x94d049bb133111eb & MASK
    return x ^ x >> 31


def device(i):
    """Identity number I, as in identity.h."""
    text = f"{mixed(2 * i):016x}{mixed(2 * i + 1):016x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20],
                     text[20:]))


def address(i):
    """Address number I, as in identity.h."""
    return f"10.{i // 65536 % 256}.{i // 256 % 256}.{i % 256}"


def free_port():
    """Below those that the kernel gives to connections, which may take the
    port before its server does."""
    for _ in range(1000):
        port = random.randrange(12000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise BenchError("no free port")


def wait_for(condition, what, seconds=DEADLINE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise BenchError(f"{what}: not within {seconds} s")


def listening(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def children(pid):
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()]


def program(name):
    """Where NAME is; the sbin folders are not on everyone's path."""
    found = shutil.which(name, path=os.environ.get("PATH", "")
                         + ":/usr/sbin:/sbin")
    if found is None:
        raise BenchError(f"{name} is not installed: apt-get install {name}")
    return found


def private_bytes(pid):
    """Memory that is the process's own, and what it shares with its like:
    (anonymous, shared). What is mapped from files is neither."""
    found = dict.fromkeys(("RssAnon", "RssShmem"), 0)
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        word, _, rest = line.partition(":")
        if word in found:
            found[word] = int(rest.split()[0]) * 1024
    return tuple(found.values())


def placed(cpu, real_time):
    """What a process does before it begins."""
    def place():
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})
        if real_time:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    return place


class Server:
    """A process of ours, stopped by its id."""

    def __init__(self, command, cpu=None, real_time=False):
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            preexec_fn=placed(cpu, real_time))

    def wait_ready(self, name):
        """Until it listens; what does not is stopped."""
        try:
            wait_for(self._ready, f"{name} starts", START)
        except BaseException:
            self.stop()
            raise

    def _ready(self):
        if self.process.poll() is not None:
            raise BenchError(f"ended at once: {self.complaints()[-300:]}")
        return listening(self.port)

    def complaints(self):
        return ""

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Nginx(Server):
    """One nginx, with one worker unless WORKERS says more. HTTP is what
    stands in http{}; PORT is one that it listens on. With UNDER, the words of
    a program that runs it, it is one process."""

    def __init__(self, folder, name, http, port, load="", cpu=None, under=(),
                 workers=1, real_time=False):
        self.folder = folder / name
        self.port = port
        self.folder.mkdir()
        self.folder.chmod(0o755)
        conf = self.folder / "nginx.conf"
        conf.write_text(NGINX_CONF.format(
            load=load, dir=self.folder, http=http, workers=workers,
            user="user www-data;" if ROOT else ""))
        command = [program("nginx"),
                   "-p", f"{self.folder}/", "-c", str(conf),
                   "-e", str(self.folder / "error.log")]
        test = subprocess.run([*command, "-t"], capture_output=True,
                              text=True, check=False)
        if test.returncode != 0:
            raise BenchError(test.stderr.strip())
        if under:
            command = [*under, *command, "-g", "master_process off;"]
        super().__init__(command, cpu, real_time)
        self.workers = []
        self.single, self.count = bool(under), workers
        self.wait_ready(f"nginx for {name}")
        self.worker = self.workers[0]

    def _ready(self):
        if not super()._ready():
            return False
        pid = self.process.pid
        self.workers = [pid] if self.single else children(pid)
        return len(self.workers) == self.count

    def complaints(self):
        """What stands in error.log."""
        return (self.folder / "error.log").read_text()


class Haproxy(Server):
    """One HAProxy of one thread, which is its worker."""

    def __init__(self, folder, name, text, port, cpu=None):
        self.port = port
        conf = folder / f"{name}.cfg"
        conf.write_text(text)
        command = [program("haproxy"), "-q", "-db", "-f", str(conf)]
        test = subprocess.run([*command, "-c"], capture_output=True,
                              text=True, check=False)
        if test.returncode != 0:
            raise BenchError(test.stderr.strip())
        super().__init__(command, cpu)
        self.worker = self.process.pid
        self.wait_ready(f"haproxy for {name}")


class Memcached(Server):
    def __init__(self, cpu=None):
        self.port = free_port()
        user = ["-u", "www-data"] if ROOT else []
        super().__init__(["memcached", "-l", "127.0.0.1", "-p",
                          str(self.port), "-U", "0", "-t", "1", "-m", "64",
                          "-c", "8192", *user], cpu)
        self.wait_ready("memcached")

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
    """A folder that the workers' user can enter, on a disk: large lists are
    made there."""
    folder = Path(tempfile.mkdtemp(prefix="gray-bench-",
                                   dir=os.environ.get("TMPDIR", "/var/tmp")))
    folder.chmod(0o755)
    return folder
