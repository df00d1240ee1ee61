"""The benchmark's parts agree with each other."""

import json
import subprocess
import sys
import xml.etree.ElementTree as xml

import pytest

from harness import REPOSITORY

BENCH = REPOSITORY / "bench"


@pytest.fixture(name="servers")
def fixture_servers(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    import servers
    return servers


def compiled(tmp_path, name):
    program = tmp_path / name
    subprocess.run(["cc", "-O1", "-o", program, BENCH / f"{name}.c", "-lm"],
                   check=True)
    return program


def test_identities_are_the_same_in_c_and_in_python(tmp_path, servers):
    done = subprocess.run([compiled(tmp_path, "members"), "1000", " x"],
                          capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        f"{servers.device(i)} x" for i in range(1000)]


def run_of_growth():
    def size(members):
        return {"members": members, "cpu_us": 20.0, "cpu_us_spread": 1.0,
                "ratio": 1.05, "ratio_spread": 0.02, "lookup_ns": None,
                "import": {"seconds": members / 1e6, "bytes": members * 70}}

    return {"kind": "growth", "time": 0,
            "machine": {"cpu": "a CPU", "cores": 2, "kernel": "6"},
            "options": {"rounds": 15, "seconds": 1, "connections": 32},
            "sizes": [size(1000), size(10_000_000)]}


def test_a_report_puts_figures_into_a_document_and_draws_them(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(run_of_growth()))
    doc = tmp_path / "doc.md"
    doc.write_text("before\n<!-- bench: growth -->\nold\n<!-- end -->\nafter\n")

    for _ in range(2):
        subprocess.run([BENCH / "report", "--write", doc,
                        tmp_path / "run.json"], check=True)

    text = doc.read_text()
    assert text.startswith("before\n<!-- bench: growth -->\n")
    assert text.endswith("<!-- end -->\nafter\n")
    assert "old" not in text
    assert text.count("| 10,000,000 | 20.0 ± 1.0 | 1.05 ± 0.02 |") == 1
    assert "10⁷" in (tmp_path / "growth.svg").read_text()
    xml.parse(tmp_path / "growth.svg")


def test_every_run_has_its_place_in_the_document():
    text = (REPOSITORY / "docs/performance.md").read_text()
    for kind in ("table", "growth", "during-import", "commit"):
        assert text.count(f"<!-- bench: {kind} -->") == 1
