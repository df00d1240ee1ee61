"""Every command and option is documented, and none other."""

import re

import pytest

from harness import REPOSITORY
from test_usage import grayctl, listing

DOC = (REPOSITORY / "docs/grayctl.md").read_text()
MAN = (REPOSITORY / "man/grayctl.1").read_text()

LISTING = listing()
COMMANDS = {c["name"]: c for c in LISTING["commands"]}
GLOBALS = {o["name"] for o in LISTING["options"]}


def options_of(command):
    return {o["name"] for o in COMMANDS[command]["options"]}


def sections():
    """{command: text} of the manual's ### headings in docs/grayctl.md."""
    found = {}
    for part in re.split(r"^### ", DOC, flags=re.M)[1:]:
        head, _, text = part.partition("\n")
        match = re.match(r"grayctl ([a-z][a-z ]*)$", head.strip("`"))
        if match:
            found[match[1]] = re.split(r"^## ", text, flags=re.M)[0]
    return found


SECTIONS = sections()


def test_each_command_has_a_section_and_each_section_a_command():
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_section_has_usage_and_options(command):
    text = SECTIONS[command]
    usage = f"grayctl {command} {COMMANDS[command]['arguments']}".strip()
    assert usage in text
    rows = set(re.findall(r"^\| `--([a-z-]+)[ `]", text, re.M))
    assert rows == options_of(command)


def test_the_options_of_every_command_are_documented():
    text = re.search(r"## Options of every command\n(.*?)\n## ", DOC, re.S)[1]
    assert set(re.findall(r"^\| `--([a-z-]+)[ `]", text, re.M)) == GLOBALS


def test_the_exit_codes_are_documented():
    text = re.search(r"## Exit codes\n(.*?)\n## ", DOC, re.S)[1]
    assert set(re.findall(r"^\| (\d+) \|", text, re.M)) == set(LISTING["exit_codes"])
    for code in LISTING["exit_codes"]:
        assert re.search(rf"^\.It {code}$", MAN, re.M), code


def man_commands():
    """{command: its options} of the .It Ic lines in the man page."""
    found = {}
    for words in re.findall(r'^\.It Ic (.*)$', MAN, re.M):
        name = re.match(r'"?([a-z][a-z ]*?)"?(?= (?:Ar|Op|Fl|Oo|Cm)\b|$)', words)
        found[name[1]] = words
    return found


def test_each_command_is_in_the_man_page():
    assert sorted(man_commands()) == sorted(COMMANDS)


def test_each_option_is_in_the_man_page():
    documented = set(re.findall(r"Fl -([a-z-]+)", MAN))
    every = set(GLOBALS).union(*(options_of(c) for c in COMMANDS))
    assert documented == every


@pytest.mark.parametrize("command", COMMANDS)
def test_completion_knows_each_option(command):
    out = grayctl("__complete", *command.split(), "--")[1].split()
    assert set(out) == {f"--{name}" for name in options_of(command) | GLOBALS}


def test_the_man_page_of_the_module_has_its_directives_and_variables():
    documented = (REPOSITORY / "docs/directives.md").read_text()
    page = (REPOSITORY / "man/nginx-gray.7").read_text()
    directives = set(re.findall(r"^## (gray\w*)$", documented, re.M))
    variables = set(re.findall(r"^\| `(\$gray_\w+)` \|", documented, re.M))
    assert set(re.findall(r"^\.It Ic (gray\w*)", page, re.M)) == directives
    assert set(re.findall(r"^\.It Va (\$\w+)", page, re.M)) == variables
