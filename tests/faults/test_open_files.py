"""Files stay open once, over any number of reloads and upgrades."""

import os
from pathlib import Path

import pytest
from harness import wait_for
from harness.faults import Ask, Watch, live_count, times
from shop import GRAY, HTTP, UPSTREAMS, fill

RELOADS = times(8, 1000)
UPGRADES = times(2, 50)

O_CLOEXEC = os.O_CLOEXEC
LIVE = HTTP + "gray_memcached legacy %memcached% timeout=1s;"


def files(pid):
    """{descriptor: what it is} of a process."""
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            pass
    return found


def closes_on_exec(pid, descriptor):
    text = Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text()
    flags = next(line.split()[1] for line in text.splitlines()
                 if line.startswith("flags:"))
    return bool(int(flags, 8) & O_CLOEXEC)


def connections_to(port):
    """The inodes of the TCP sockets whose other end is PORT."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return {line.split()[9] for line in lines
            if line.split()[2].endswith(f":{port:04X}")}


def of_the_module(pid, store, cache):
    """The descriptors that the module has opened in a worker."""
    sockets = {f"socket:[{inode}]" for inode in connections_to(cache.port)}
    return {number: what for number, what in files(pid).items()
            if str(store.path) in what or "inotify" in what
            or what in sockets}


@pytest.fixture
def nginx(gateway, store, stable, gray, memcached):
    fill(store)
    store.run("list", "create", "legacy", "--live")
    store.run("rule", "add", "shop", "legacy", "gray", "user in @legacy")
    cache = memcached()
    made = gateway(LIVE, UPSTREAMS, store=store, stable=stable, gray=gray,
                   memcached=cache, workers=2)
    made.cache = cache
    ask_all(made)
    return made


def ask_all(nginx):
    """Has every worker connect to memcached."""
    for i in range(10):
        assert nginx.get(headers={"X-User": f"u{i}"}).text == "stable"


def most(nginx):
    """How many files the master, and a worker at most, have open."""
    return (len(files(nginx.master)),
            max(len(files(pid)) for pid in nginx.workers()))


def watched(nginx, store):
    return Watch(nginx, store, [Ask("stable", headers={"X-User": "nobody"}),
                                Ask("gray", headers=GRAY)],
                 within=1, told=None, lines=0,
                 counted=live_count("connects"))


def fewer(nginx, before):
    # The master closes a worker's channel a moment after its end.
    wait_for(lambda: most(nginx) <= before
             and all(now <= was for now, was in zip(most(nginx), before)),
             what=f"no more than {before} files are open")


def test_every_file_of_the_module_is_closed_by_an_exec(nginx, store):
    found = 0
    for worker in nginx.workers():
        mine = of_the_module(worker, store, nginx.cache)
        found += len(mine)
        assert all(closes_on_exec(worker, number) for number in mine), mine
        names = " ".join(mine.values())
        for part in ("data.mdb", "lock.mdb", "namespace", "switches",
                     "inotify"):
            assert part in names
    assert any("socket" in what for worker in nginx.workers()
               for what in of_the_module(worker, store,
                                         nginx.cache).values())
    assert found >= 2 * 5


def test_nothing_of_the_module_is_open_in_the_master(nginx, store):
    assert of_the_module(nginx.master, store, nginx.cache) == {}
    assert str(store.path) not in Path(
        f"/proc/{nginx.master}/maps").read_text()


def test_reloads_open_no_more_files(nginx, store):
    nginx.reload()
    ask_all(nginx)
    before = most(nginx)
    with watched(nginx, store) as w:
        for number in range(RELOADS):
            nginx.reload()
            if number == RELOADS // 2:
                w.switch()
    ask_all(nginx)
    fewer(nginx, before)
    assert of_the_module(nginx.master, store, nginx.cache) == {}


def test_upgrades_pass_no_file_of_the_module_on(nginx, store):
    nginx.upgrade()
    ask_all(nginx)
    before = most(nginx)
    with watched(nginx, store) as w:
        for number in range(UPGRADES):
            nginx.upgrade()
            assert of_the_module(nginx.master, store, nginx.cache) == {}
            if number == UPGRADES // 2:
                w.switch()
    ask_all(nginx)
    fewer(nginx, before)
    for worker in nginx.workers():
        kinds = sorted(os.path.basename(what) for what in of_the_module(
            worker, store, nginx.cache).values() if "/" in what)
        assert len(kinds) == len(set(kinds)), kinds
