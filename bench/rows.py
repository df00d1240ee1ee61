"""What is compared: each row is a configuration and the ids sent to it."""

import os
import shutil
from dataclasses import dataclass, field

import configs
from servers import (BENCH, LUA_MODULES, BenchError, Haproxy, Memcached,
                     Nginx, address, free_port, make_folder, remove_folder)
from store import MODULE, RELEASE, Store, write_members

# One in SHARE of the ids that are drawn from is a member, as in draw.h.
SHARE = 20

MAP_MEMBERS = 100_000
LIVE_MEMBERS = 5_000

# Bytes on disk for each member while a list is made, with its text file.
ROOM = 300


@dataclass
class Row:
    """One line of the table."""
    name: str
    server: str           # the configuration
    members: int          # of its list, or of the one whose ids it is sent
    ids: str = "uniform"  # uniform, zipf: with members; members; others
    expect: str = "checked"
    rounds: list = field(default_factory=list)
    bases: list = field(default_factory=list)  # plain, beside each round

    @property
    def span(self):
        """The first and the last number that it is sent."""
        first = self.members if self.ids == "others" else 0
        last = self.members * (1 if self.ids == "members" else SHARE) - 1
        return first, last

    @property
    def expected(self):
        """What the first and the last of its ids are answered."""
        if self.expect == "any":
            return "stable", "gray"
        return tuple(
            "gray" if self.expect == "checked" and number < self.members
            else "stable" for number in self.span)


def size_name(count):
    return (f"{count // 1_000_000} M" if count % 1_000_000 == 0
            else f"{count:,}")


def list_rows(server, count):
    name = f"gray, list of {size_name(count)}, "
    return [Row(name + "others", server, count, "others"),
            Row(name + "members", server, count, "members"),
            Row(name + "5 % members", server, count, "uniform"),
            Row(name + "Zipf", server, count, "zipf")]


def make_rows(members, big):
    """The table for an ordinary list of MEMBERS and, unless 0, a BIG one."""
    size = size_name(members)
    return [
        Row("plain proxy_pass", "plain", members, expect="stable"),
        Row("proxy_pass http://$variable", "variable", members,
            expect="stable"),
        Row("split_clients", "split_clients", members, expect="any"),
        Row(f"map of {size_name(MAP_MEMBERS)}", "map", MAP_MEMBERS),
        Row(f"Lua shared dict of {size}", "lua-dict", members),
        Row("Lua + memcached, as written", "lua", LIVE_MEMBERS),
        Row("Lua + memcached, pooled", "lua-pool", LIVE_MEMBERS),
        Row("HAProxy, no map", "haproxy", members, expect="stable"),
        Row(f"HAProxy, map of {size}", "haproxy-map", members),
        Row("gray, weight 0", "none", members, expect="stable"),
        Row("gray, split", "split", members, expect="any"),
        *list_rows("list", members),
        *(list_rows("big", big) if big else []),
        Row("gray, live list in memcached", "live", LIVE_MEMBERS),
    ]


ROWS = make_rows(1_000_000, 10_000_000)


class Bench:
    """Everything that runs; close() ends it."""

    def __init__(self, members, cpus, big=10_000_000):
        """MEMBERS of the lists; CPUS: (of the worker, of others)."""
        self.sizes = {"list": members, "big": big}
        self.members = members
        self.cpu, self.other_cpu = cpus
        self.under = ()
        self.workers = 1
        self.real_time = False   # of clients and back ends
        self.more = ""           # directives beside `gray`
        self.folder = make_folder()
        self.running = []
        self.servers = {}
        self.stores = {}
        self.skipped = {}
        self.imports = []

    def start(self, wanted, told=lambda what: None):
        """Starts what the rows in WANTED need; what cannot be had is named
        in self.skipped. TOLD hears what is being started."""
        self._start_backend()
        names = dict.fromkeys(row.server for row in wanted)
        if {"lua", "lua-pool", "live"} & set(names):
            self.memcached = self._keep(Memcached(self.other_cpu))
            self.memcached.load(address(i) for i in range(LIVE_MEMBERS))
        for name in names:
            told(name)
            try:
                self._maker(name)()
            except (BenchError, OSError) as error:
                self.skipped[name] = str(error)

    def close(self):
        for store in self.stores.values():
            store.stop_import()
        for server in reversed(self.running):
            server.stop()
        remove_folder(self.folder)

    def _keep(self, server):
        self.running.append(server)
        return server

    def _maker(self, name):
        """What starts the configuration NAME. "list:N" has a list of N."""
        kind, _, size = name.partition(":")
        makers = {
            "plain": lambda: self._gateway(name, configs.PLAIN),
            "unused": lambda: self._gateway(
                name, configs.PLAIN, load=f"load_module {MODULE};"),
            "variable": lambda: self._target(name, configs.VARIABLE),
            "split_clients": lambda: self._target(name,
                                                  configs.SPLIT_CLIENTS),
            "map": lambda: self._map(name),
            "lua-dict": lambda: self._lua_dict(name),
            "lua": lambda: self._lua_memcached(name, 0),
            "lua-pool": lambda: self._lua_memcached(name, 64),
            "haproxy": lambda: self._haproxy(name, configs.HAPROXY_PLAIN),
            "haproxy-map": lambda: self._haproxy_map(name),
            "none": lambda: self._gray_small(name, "nobody"),
            "split": lambda: self._gray_small(name, "split"),
            "live": lambda: self._gray_small(
                name, "live", configs.GRAY_LIVE.format(
                    memcached=self.memcached.port)),
        }
        return makers.get(kind, lambda: self._gray_list(
            name, int(size or self.sizes[kind])))

    def _start_backend(self):
        self.ports = {"stable": free_port(), "gray": free_port()}
        http = "".join(configs.BACKEND.format(port=port, name=name)
                       for name, port in self.ports.items())
        self._keep(Nginx(self.folder, "backend", http, self.ports["gray"],
                         cpu=self.other_cpu, real_time=self.real_time))

    def _gateway(self, name, body, before="", load=""):
        port = free_port()
        http = (configs.UPSTREAMS.format(**self.ports)
                + configs.SERVER.format(before=before, port=port, body=body))
        self.servers[name] = self._keep(
            Nginx(self.folder, name, http, port, load, self.cpu,
                  [word.format(name=name) for word in self.under],
                  self.workers))

    def _target(self, name, before):
        self._gateway(name, configs.TARGET, before)

    def _members(self, name, count, after=""):
        path = self.folder / f"{name}.members"
        write_members(path, count, after)
        return path

    def _map(self, name):
        members = self._members(name, MAP_MEMBERS, after=" app_gray;")
        self._target(name, configs.MAP.format(buckets=4 * MAP_MEMBERS,
                                              members=members))

    def _haproxy(self, name, choice):
        port = free_port()
        text = configs.HAPROXY.format(port=port, choice=choice, **self.ports)
        self.servers[name] = self._keep(
            Haproxy(self.folder, name, text, port, self.cpu))

    def _haproxy_map(self, name):
        members = self._members(name, self.members, after=" app_gray")
        self._haproxy(name, configs.HAPROXY_MAP.format(members=members))
        members.unlink()

    def _lua(self, name, body, before):
        modules = [LUA_MODULES / f"{module}.so"
                   for module in ("ndk_http_module", "ngx_http_lua_module")]
        if not modules[1].exists():
            raise BenchError(
                "install it: apt-get install libnginx-mod-http-lua")
        self._gateway(name, body, before,
                      "\n".join(f"load_module {path};" for path in modules))

    def _lua_dict(self, name):
        members = self._members(name, self.members)
        megabytes = 16 + self.members * 192 // 2 ** 20
        self._lua(name, configs.LUA_DICT_BODY,
                  configs.LUA_DICT.format(lua=configs.LUA, members=members,
                                          megabytes=megabytes))
        members.unlink()

    def _lua_memcached(self, name, pool):
        # The workers' user may not be able to enter this checkout.
        recipe = self.folder / "recipe.lua"
        recipe.write_bytes((BENCH / "recipe.lua").read_bytes())
        self._lua(name, configs.LUA_MEMCACHED_BODY.format(
            memcached=self.memcached.port, pool=pool, recipe=recipe),
            configs.LUA)

    def _gray_small(self, name, release, more=""):
        if "small" not in self.stores:
            store = Store(self.folder / "store-small")
            store.make_small()
            self.stores["small"] = store
        self._gray(name, self.stores["small"], release, more)

    def _gray_list(self, name, count):
        need = count * ROOM
        free = shutil.disk_usage(self.folder).free
        if free < need:
            raise BenchError(f"needs {need >> 20} MiB in {self.folder.parent},"
                             f" there are {free >> 20}: set TMPDIR")
        store = Store(self.folder / f"store-{count}")
        self.stores[name] = store
        store.make_list()
        self.imports.append(store.import_list(count))
        self._gray(name, store, RELEASE)

    def _gray(self, name, store, release, more=""):
        self._gateway(
            name, configs.GRAY_BODY.format(release=release, more=self.more),
            configs.GRAY.format(store=store.folder) + more,
            f"load_module {MODULE};")


def cpus(no_pin):
    """The worker has a CPU of its own where there are two."""
    allowed = sorted(os.sched_getaffinity(0))
    if no_pin or len(allowed) < 2:
        return None, None
    return allowed[0], allowed[1]
