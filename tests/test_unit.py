"""Every unit test program is one item here; a failure shows its output."""

import subprocess

import pytest

from harness import BUILD, REPOSITORY, sanitized
from harness.build import SLOW, sanitizer_reports, watched

PROGRAMS = sorted(BUILD / path.relative_to(REPOSITORY).with_suffix("")
                  for path in REPOSITORY.glob("tests/unit/*/test_*.c"))


@pytest.mark.parametrize(
    "program", PROGRAMS,
    ids=[f"{path.parent.name}/{path.name}" for path in PROGRAMS])
def test_unit(program, folder):
    assert program.exists(), "not built: run make check-unit"
    # Children of a test leave what was its; AddressSanitizer tells them apart.
    done = subprocess.run(watched([program], folder, leaks=False), cwd=folder,
                          env=sanitized(folder, leaks=True),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120 * SLOW,
                          check=False)
    output = done.stdout.decode(errors="replace")
    reports = sanitizer_reports(folder)
    if reports:
        pytest.fail("\n".join([output, *reports]), pytrace=False)
    if done.returncode != 0:
        pytest.fail(f"exit code {done.returncode}\n{output}", pytrace=False)
