"""Shell completion: what can follow, and the scripts that ask."""

import shutil
import subprocess

import pytest

from harness import BUILD, REPOSITORY
from test_usage import COMMANDS

SCRIPTS = REPOSITORY / "packaging/completion"


@pytest.fixture
def shop(store):
    store.run("release", "create", "shop")
    store.run("release", "create", "search", "blue", "green")
    store.run("list", "create", "testers")
    store.run("list", "create", "legacy", "--live")
    store.run("rule", "add", "shop", "qa", "gray", "device_id in @testers or user = 'me'")
    return store


def follow(store, *words):
    return store.run("__complete", "--store", store.path, *words).out.split()


def test_command_words(shop):
    assert set(follow(shop, "")) == {name.split()[0] for name in COMMANDS}
    assert follow(shop, "rel") == ["release"]
    assert follow(shop, "rule", "r") == ["rm", "rename"]
    assert follow(shop, "help", "rule", "m") == ["mv"]
    assert follow(shop, "help", "che") == ["check"]


@pytest.mark.parametrize("words, expected", [
    (["release", "get", ""], ["search", "shop"]),
    (["off", "sh"], ["shop"]),
    (["log", "--release", "se"], ["search"]),
    (["rule", "rm", "shop", ""], ["qa"]),
    (["rule", "add", "search", "x", ""], ["blue", "green"]),
    (["rule", "add", "shop", "x", "gray", "true", "--before", ""], ["qa"]),
    (["weight", "search", ""], ["green="]),
    (["weight", "shop", "gray=5", "--rule", ""], ["qa"]),
    (["promote", "search", "g"], ["green"]),
    (["list", "add", "te"], ["testers"]),
    (["explain", "shop", ""], ["device_id=", "user="]),
    (["explain", "shop", "device_id=1", "u"], ["user="]),
    (["explain", "shop", "--live", ""], ["legacy=yes", "legacy=no", "legacy=unknown"]),
    (["list", "create", "x", "--kind", ""], ["string", "ip"]),
    (["list", "import", "testers", ""], [":files"]),
    (["backup", ""], [":dirs"]),
    (["init", "--group", ""], [":groups"]),
    (["completion", ""], ["bash", "zsh"]),
    (["rule", "add", "shop", "x", "gray", "tr", "--f"], ["--first"]),
    (["list", "import", "testers", "--m"], ["--min", "--max", "--max-change"]),
    (["list", "add", "testers", "--", "--t"], []),
    (["release", "rm", "nosuch", "nosuch", "nosuch"], []),
])
def test_what_can_follow(shop, words, expected):
    assert follow(shop, *words) == expected


@pytest.mark.parametrize("words", [
    [], [""], ["--"], ["--store"], ["nosuch", ""], ["rule", "add", ""],
    ["--store", "/nowhere", "release", "get", ""], ["explain", "nosuch", ""],
    ["list", "add", "x", "--ttl", ""], ["-x", ""],
])
def test_completion_never_fails(shop, words):
    done = shop.run("__complete", *words)
    assert done.code == 0 and done.err == ""


@pytest.mark.parametrize("shell, file", [("bash", "grayctl.bash"), ("zsh", "_grayctl")])
def test_the_program_prints_the_packaged_script(store, shell, file):
    assert store.run("completion", shell).out == (SCRIPTS / file).read_text()


def in_bash(store, line):
    """What bash offers for LINE, as its completion would."""
    script = f"""
        PATH={BUILD}:$PATH
        source {SCRIPTS}/grayctl.bash
        compopt() {{ :; }}
        COMP_WORDS=({line})
        COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
        _grayctl grayctl
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                          env={"GRAY_STORE": str(store.path), "PATH": "/usr/bin:/bin"},
                          timeout=60, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_offers_what_grayctl_says(shop):
    assert in_bash(shop, "grayctl release g") == ["get"]
    assert in_bash(shop, "grayctl explain shop dev") == ["device_id="]
    assert in_bash(shop, "grayctl explain shop device_id = 1 us") == ["user="]
    assert in_bash(shop, "grayctl explain shop device_id = 1") == []
    store = str(shop.path)
    assert in_bash(shop, f"grayctl --store = {store} release rm sh") == ["shop"]


def test_bash_completes_files_itself(shop):
    (shop.folder / "members.txt").write_text("")
    assert in_bash(shop, f"grayctl list import testers {shop.folder}/mem") == [
        f"{shop.folder}/members.txt"]


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh")
def test_the_zsh_script_has_no_syntax_error():
    subprocess.run(["zsh", "-n", str(SCRIPTS / "_grayctl")], check=True, timeout=60)
