"""grayd's options are documented, and none other; its units are well."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import Grayd, REPOSITORY, wait_for
from harness.build import GRAYD

DOC = (REPOSITORY / "docs/grayd.md").read_text()
MAN = (REPOSITORY / "man/grayd.8").read_text()
UNITS = REPOSITORY / "packaging/systemd"
SHOP = {"variants": ["stable", "gray"], "default": "stable"}


def options():
    """{name: (value, default)} as --help has them."""
    out = subprocess.run([GRAYD, "--help"], capture_output=True, text=True,
                         check=True, timeout=20).stdout
    found = {}
    for name, value, words in re.findall(r"^  --([a-z-]+) ([A-Z:]+) +(.*)$",
                                         out, re.M):
        default = re.search(r" \(([^ ]+)\)$", words)
        found[name] = (value, default[1] if default else "")
    del found["config"], found["new-token"]
    return found


def test_each_option_has_a_row_with_its_default():
    rows = re.findall(
        r"^\| `--([a-z-]+) ([A-Z:]+)` \|\s*`?([^|`]*?)`?\s*\|", DOC, re.M)
    assert {name: (value, default.strip()) for name, value, default in rows} \
        == options()


def test_each_option_is_in_the_man_page():
    items = re.findall(r"^\.It Fl -([a-z-]+) Ar (.*)$", MAN, re.M)
    assert {name: value for name, value in items} \
        == {name: value for name, (value, _) in options().items()}


def test_the_routes_of_the_examples_exist():
    from test_openapi import OPERATIONS
    paths = {re.sub(r"\{\w+\}", "X", o.split()[1]) for o in OPERATIONS}
    block = re.search(r"^json=.*?```", DOC, re.M | re.S)[0]
    for path in re.findall(r"^api '?([\w/-]+)", block, re.M):
        words = ["", "v1", *path.split("/")]
        if words[2] in ("releases", "lists") and len(words) > 3:
            words[3] = "X"
        if len(words) > 5:
            words[5] = "X"
        assert "/".join(words) in paths, path


@pytest.mark.skipif(not shutil.which("systemd-analyze"),
                    reason="no systemd here")
def test_systemd_understands_the_units(folder):
    for unit in ("grayd.service", "grayd.socket"):
        text = (UNITS / unit).read_text()
        text = re.sub(r"@sbindir@/grayd", str(GRAYD), text)
        (folder / unit).write_text(text.replace("@datadir@", "/usr/share"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", folder / "grayd.service",
         folder / "grayd.socket"],
        capture_output=True, text=True, check=False, timeout=60)
    ours = [line for line in done.stderr.splitlines() if "grayd" in line]
    assert not ours, ours


def setting(unit, name):
    return re.findall(rf"^{name}=(.*)$", (UNITS / unit).read_text(), re.M)


def test_the_service_does_not_take_the_socket_with_it_when_it_ends():
    socket = Path(setting("grayd.socket", "ListenStream")[0])
    (runtime,) = setting("grayd.service", "RuntimeDirectory")
    assert socket.parent == Path("/run") / runtime
    assert setting("grayd.service", "RuntimeDirectoryPreserve") == ["yes"]


class Sandboxed(Grayd):
    """In FOLDER, which stands for /var, it may write WRITABLE alone, each a
    mount of its own, as systemd does it."""

    def __init__(self, store, folder, writable):
        super().__init__(store)
        self.mounts = (
            "mount --make-rprivate / && mount --bind {0} {0} && "
            "mount --bind {1} {1} && mount -o remount,bind,ro {0} && "
            'exec "$@"').format(folder, writable)

    def command(self):
        return ["unshare", "--mount", "sh", "-c", self.mounts, "sh",
                *super().command()]


def can_mount():
    return subprocess.run(
        ["unshare", "--mount", "mount", "--make-rprivate", "/"],
        capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="nothing can be mounted here")
def test_the_service_may_write_a_store_that_was_restored(
        folder, make_store, cleanup):
    store = make_store(init=False)
    store.path = folder / "lib/gray"
    store.path.parent.mkdir()
    store.init()
    (writable,) = setting("grayd.service", "ReadWritePaths")
    assert options()["store"][1] == "/var/lib/gray"
    d = Sandboxed(store, folder, folder / Path(writable).relative_to("/var"))
    cleanup.callback(d.close)
    d.start()
    assert d.put("/v1/releases/shop", SHOP).status == 200
    store.run("backup", folder / "kept")
    store.run("restore", folder / "kept")
    wait_for(lambda: d.put("/v1/releases/shop", SHOP).status == 200, 30,
             "grayd writes the restored store")
