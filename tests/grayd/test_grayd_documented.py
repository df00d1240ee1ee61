"""grayd's options are documented, and none other; its units are well."""

import re
import shutil
import subprocess

import pytest

from harness import REPOSITORY
from harness.build import GRAYD

DOC = (REPOSITORY / "docs/grayd.md").read_text()
MAN = (REPOSITORY / "man/grayd.8").read_text()
UNITS = REPOSITORY / "packaging/systemd"


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
