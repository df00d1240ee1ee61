"""Each file of examples/ is explained, listed and run."""

import re
from pathlib import Path

import pytest

from harness import REPOSITORY
from published import example_commands, example_text

EXAMPLES = sorted(path.name for path in (REPOSITORY / "examples").glob("*.conf"))


def comment(name):
    """The comment at the top of an example, as one line."""
    head = example_text(name).split("\n\n", 1)[0]
    return " ".join(line.lstrip("# ") for line in head.splitlines())


def test_every_example_is_run():
    stories = "".join(path.read_text() for path in
                      Path(__file__).parents[1].glob("*/test_*.py"))
    assert set(re.findall(r'"([\w-]+\.conf)"', stories)) >= set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_says_when_to_use_it_and_what_it_trusts(name):
    assert " Use it " in comment(name)
    assert " It trusts: " in comment(name)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_in_the_table(name):
    table = (REPOSITORY / "examples/README.md").read_text()
    assert len(re.findall(rf"^\| \[{name}\]\({name}\) \|", table,
                          re.MULTILINE)) == 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_example_is_long(name):
    assert len(example_text(name).splitlines()) <= 80


def test_the_commands_of_an_example_are_found():
    assert example_commands("lua-recipe.conf").startswith(
        "grayctl release create shop\n")
