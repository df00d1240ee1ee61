"""What grayctl says to what was mistyped, and its help."""

import json
import subprocess

import pytest

from harness.build import GRAYCTL


def grayctl(*args, env=None):
    done = subprocess.run([str(GRAYCTL), *args], capture_output=True, text=True,
                          timeout=60, check=False, env=env)
    return done.returncode, done.stdout, done.stderr


def listing():
    return json.loads(grayctl("__commands")[1])


COMMANDS = [c["name"] for c in listing()["commands"]]
GROUPS = sorted({name.split()[0] for name in COMMANDS if " " in name})


@pytest.mark.parametrize("words, suggestion", [
    ("relase create shop", "grayctl release"),
    ("lst", "grayctl list"),
    ("list delete x", "grayctl list rm"),
    ("list remove x", "grayctl list rm"),
    ("list imprt x", "grayctl list import"),
    ("release list", "grayctl release ls"),
    ("rule new shop", "grayctl rule"),
    ("disable shop", "grayctl off"),
    ("stauts", "grayctl status"),
    ("list add x y --tttl 1h", "--ttl"),
    ("release ls --jsn", "--json"),
    ("help lst", "grayctl help list"),
])
def test_the_nearest_word_is_suggested(words, suggestion):
    code, out, err = grayctl(*words.split())
    assert code == 2 and out == ""
    assert suggestion in err


@pytest.mark.parametrize("words, said", [
    ("release create", "release create: NAME is missing"),
    ("rule add shop qa", "rule add: VARIANT is missing"),
    ("release ls extra", "'extra' is one argument too many"),
    ("log shop", "it takes options only: grayctl help log"),
    ("list add", "list add: NAME is missing"),
    ("list add x", "list add: MEMBER is missing"),
    ("--store", "--store needs a value"),
    ("list ls --limit many", "'many' is not a whole number"),
    ("list ls --limit -1", "'-1' is not a whole number"),
    ("list import x --max-change lots", "'lots' is not a percentage"),
    ("release ls --json=yes", "--json takes no value"),
    ("release ls -x", "unknown option '-x'"),
    ("--ttl 1h list add x y", "options of 'list add' stand after it"),
    ("release ls --ttl 1h", "'list add' has one"),
    ("frobnicate", "unknown command 'frobnicate'"),
    ("list frobnicate", "unknown command 'list frobnicate'"),
    ("completion fish", "no completion for 'fish'"),
])
def test_a_usage_error_names_the_word_and_the_remedy(words, said):
    code, out, err = grayctl(*words.split())
    assert code == 2 and out == ""
    assert err.startswith("grayctl: ")
    assert said in err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name):
    for words in ([*name.split(), "--help"], ["help", *name.split()],
                  ["-h", *name.split()]):
        code, out, err = grayctl(*words)
        assert code == 0 and err == ""
        assert f"grayctl {name}" in out and "Usage:" in out and "--store DIR" in out


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_has_help(group):
    shown = {grayctl(*words)[1] for words in (
        ["help", group], [group, "help"], [group, "--help"])}
    assert len(shown) == 1
    text = shown.pop()
    for name in COMMANDS:
        assert (f"\n    {name}" in text) == f"{name} ".startswith(f"{group} ")


def test_a_group_alone_shows_its_commands_and_fails():
    code, out, err = grayctl("list")
    assert code == 2 and out == "" and "list import" in err


def test_no_words_show_the_help_and_fail():
    code, out, err = grayctl()
    assert code == 2 and out == "" and "The first minutes" in err
    assert grayctl("help") == (0, err, "")
    assert grayctl("--help") == (0, err, "")


def test_the_whole_help_fits_a_terminal():
    assert max(len(line) for line in grayctl("help")[1].splitlines()) <= 100


def test_the_version_is_printed_anywhere():
    code, out, _ = grayctl("list", "add", "--version")
    assert code == 0 and out.startswith("grayctl (nginx-gray) ")
    assert json.loads(grayctl("--version", "--json")[1])["version"] in out


def test_options_stand_anywhere_and_take_both_forms(store):
    path = str(store.path)
    for words in (["--store", path, "release", "ls"], ["release", "--store", path, "ls"],
                  ["release", "ls", f"--store={path}"], [f"--store={path}", "release", "ls"]):
        code, out, _ = grayctl(*words, "--json")
        assert code == 0 and json.loads(out)["releases"] == []


def test_hidden_commands_are_not_shown():
    assert "__" not in grayctl("help")[1]
    assert not [name for name in COMMANDS if name.startswith("_")]
