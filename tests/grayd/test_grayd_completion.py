"""Shell completion of grayd."""

import re
import shutil
import subprocess

import pytest

from harness import BUILD, REPOSITORY
from harness.build import GRAYD

SCRIPTS = REPOSITORY / "packaging/completion"


def in_bash(line):
    """What bash offers for LINE."""
    script = f"""
        PATH={BUILD}:$PATH
        source {SCRIPTS}/grayd.bash
        compopt() {{ :; }}
        COMP_WORDS=({line})
        COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
        _grayd grayd
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True,
                          text=True, timeout=60, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_every_option_is_offered():
    out = subprocess.run([GRAYD, "--help"], capture_output=True, text=True,
                         check=True, timeout=20).stdout
    options = set(re.findall(r"--[a-z-]+", out))
    assert len(options) > 15
    assert set(in_bash("grayd --")) == options
    assert in_bash("grayd --up") == ["--upload-max"]
    assert in_bash("grayd --threads 2 --li") == ["--listen"]


def test_folders_and_files_are_offered_where_they_belong(folder):
    (folder / "web").mkdir()
    (folder / "tokens").write_text("")
    assert in_bash(f"grayd --web {folder}/") == [f"{folder}/web"]
    assert in_bash(f"grayd --tokens {folder}/to") == [f"{folder}/tokens"]
    assert in_bash("grayd --queue 1") == []


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh")
def test_the_zsh_script_has_no_syntax_error():
    subprocess.run(["zsh", "-n", str(SCRIPTS / "_grayd")], check=True,
                   timeout=60)
