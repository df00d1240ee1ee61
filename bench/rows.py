"""What is compared: each row is a configuration and the ids sent to it."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from servers import (BENCH, LUA_MODULES, ROOT, BenchError, Memcached, Nginx,
                     address, device, free_port, make_folder,
                     remove_folder)

BUILD = Path(os.environ.get("GRAY_BUILD", BENCH.parent / "build")).resolve()
MODULE = BUILD / "ngx_http_gray_module.so"
GRAYCTL = BUILD / "grayctl"

# Keys in memcached, and the numbers that ids for it are drawn from: 5 %.
LIVE_MEMBERS = 5000
LIVE_IDS = 100000

LIVE_ANSWERS = ("gray", "stable")

UPSTREAMS = """
    upstream app_stable {{ server 127.0.0.1:{stable}; keepalive 64;
                           keepalive_requests 100000000; }}
    upstream app_gray {{ server 127.0.0.1:{gray}; keepalive 64;
                         keepalive_requests 100000000; }}
"""

PROXY = """proxy_http_version 1.1;
            proxy_set_header Connection "";"""

SERVER = """
    {before}
    server {{
        listen 127.0.0.1:{port};
        {proxy}
        {body}
    }}
"""

LUA_BODY = """
        set $bench_memcached {memcached};
        set $bench_pool {pool};
        location / {{ content_by_lua_file {recipe}; }}
        location @stable {{ proxy_pass http://app_stable; }}
        location @gray {{ proxy_pass http://app_gray; }}
"""

GRAY_BODY = """
        location / {{
            gray {release} stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
        }}
"""

GRAY_BEFORE = """
    gray_store {store};
    gray_attribute device_id $http_x_device_id;
    gray_attribute claimed $http_x_real_ip;
"""


@dataclass
class Row:
    """One line of the table."""
    name: str
    server: str          # the configuration
    ids: str             # the key of Bench.ids
    # what requests of the first and the last of these ids answer
    expected: tuple = ("stable", "stable")
    rounds: list = field(default_factory=list)


ROWS = [
    Row("plain proxy_pass", "plain", "others"),
    Row("proxy_pass http://$variable", "variable", "others"),
    Row("gray, no rule", "none", "others"),
    Row("gray, list, not a member", "list", "others"),
    Row("gray, list, member", "list", "members",
        expected=("gray", "gray")),
    Row("gray, live list", "live", "live", expected=LIVE_ANSWERS),
    Row("lua + memcached, as written", "lua", "live", expected=LIVE_ANSWERS),
    Row("lua + memcached, pooled", "lua-pool", "live", expected=LIVE_ANSWERS),
]

GRAY_SERVERS = {
    "none": "nobody",
    "list": "listed",
    "live": "live",
}


class Bench:
    """Everything that runs; close() ends it."""

    def __init__(self, members, cpus):
        """MEMBERS of the embedded list; CPUS: (of the worker, of others)."""
        self.members = members
        self.cpu, self.other_cpu = cpus
        self.under = ()
        self.folder = make_folder()
        self.running = []
        self.servers = {}
        self.skipped = {}
        self.ids = {"others": (members, members), "members": (0, members),
                    "live": (0, LIVE_IDS)}

    def start(self, wanted):
        """Starts what the rows in WANTED need; what cannot be had is named
        in self.skipped."""
        self._start_backend()
        self.memcached = self._keep(Memcached(self.other_cpu))
        self.memcached.load(address(i) for i in range(LIVE_MEMBERS))
        makers = {"plain": self._plain, "variable": self._variable,
                  "lua": lambda: self._lua("lua", 0),
                  "lua-pool": lambda: self._lua("lua-pool", 64)}
        for name in dict.fromkeys(row.server for row in wanted):
            try:
                makers.get(name, lambda n=name: self._gray(n))()
            except (BenchError, OSError) as error:
                self.skipped[name] = str(error)

    def close(self):
        for server in reversed(self.running):
            server.stop()
        remove_folder(self.folder)

    def _keep(self, server):
        self.running.append(server)
        return server

    def _start_backend(self):
        self.ports = {"stable": free_port(), "gray": free_port()}
        http = "\n".join(
            f"    server {{ listen 127.0.0.1:{port};"
            f" location / {{ return 200 {name}; }} }}"
            for name, port in self.ports.items())
        self._keep(Nginx(self.folder, "backend", http, self.ports["gray"],
                         cpu=self.other_cpu))

    def _gateway(self, name, body, before="", load=""):
        port = free_port()
        http = (UPSTREAMS.format(**self.ports)
                + SERVER.format(before=before, port=port, proxy=PROXY,
                                body=body))
        self.servers[name] = self._keep(
            Nginx(self.folder, name, http, port, load, self.cpu,
                  [word.format(name=name) for word in self.under]))

    def _plain(self):
        self._gateway("plain",
                      "location / { proxy_pass http://app_stable; }")

    def _variable(self):
        self._gateway(
            "variable", "location / { proxy_pass http://$target; }",
            before="map $http_x_none $target { default app_stable; }")

    def _lua(self, name, pool):
        modules = [LUA_MODULES / f"{module}.so"
                   for module in ("ndk_http_module", "ngx_http_lua_module")]
        if not modules[1].exists():
            raise BenchError(
                "install it: apt-get install libnginx-mod-http-lua")
        # The workers' user may not be able to enter this checkout.
        recipe = self.folder / "recipe.lua"
        recipe.write_bytes((BENCH / "recipe.lua").read_bytes())
        self._gateway(
            name, LUA_BODY.format(memcached=self.memcached.port, pool=pool,
                                  recipe=recipe),
            before="lua_package_path '/usr/share/lua/5.1/?.lua;;';",
            load="\n".join(f"load_module {path};" for path in modules))

    def _gray(self, name):
        if not MODULE.exists() or not GRAYCTL.exists():
            raise BenchError(f"{MODULE} or {GRAYCTL} is missing: run make")
        store = self.folder / "store"
        if not store.exists():
            self._make_store(store)
        before = GRAY_BEFORE.format(store=store)
        if name == "live":
            before += (f"    gray_memcached legacy 127.0.0.1:"
                       f"{self.memcached.port} timeout=1s;\n")
        self._gateway(name, GRAY_BODY.format(release=GRAY_SERVERS[name]),
                      before, load=f"load_module {MODULE};")

    def _make_store(self, store):
        members = self.folder / "members"
        with members.open("w") as file:
            file.writelines(device(i) + "\n" for i in range(self.members))

        group = ["--group", "www-data"] if ROOT else []
        for command in [
            ["init", *group],
            ["release", "create", "nobody"],
            ["list", "create", "testers"],
            ["list", "import", "testers", str(members)],
            ["release", "create", "listed"],
            ["rule", "add", "listed", "qa", "gray", "device_id in @testers"],
            ["list", "create", "legacy", "--live"],
            ["release", "create", "live"],
            ["rule", "add", "live", "qa", "gray", "claimed in @legacy"],
        ]:
            done = subprocess.run([GRAYCTL, "--store", store, *command],
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise BenchError(
                    f"grayctl {' '.join(command)}: {done.stderr.strip()}")
