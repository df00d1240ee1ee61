"""What the README shows works as it stands there."""

import shlex

import pytest

from published import http_block, readme_blocks


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_s_configuration_and_commands_work(
        name, gateway, make_store, stable, gray):
    store = make_store(init=False)
    commands = [shlex.split(line)[1:]
                for block in readme_blocks(name, "sh")
                for line in block.splitlines()
                if line.startswith("grayctl ")]
    assert commands[0] == ["init"] and commands[-1][0] == "explain"

    store.init()
    said = [store.run(*command).out for command in commands[1:]]
    assert "gray" in said[-1] and "targeting_match:qa" in said[-1]

    conf = http_block(readme_blocks(name, "nginx")[0])
    nginx = gateway(conf, None, store=store, stable=stable, gray=gray)
    assert nginx.get(headers={"X-Device-Id": "phone-42"}).text == "gray"
    assert nginx.get(cookies={"device_id": "phone-42"}).text == "gray"
    assert nginx.get(headers={"X-Device-Id": "phone-43"}).text == "stable"
    assert nginx.get().text == "stable"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_s_configuration_is_ten_lines(name):
    block = readme_blocks(name, "nginx")[0]
    assert len(block.splitlines()) <= 10


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_s_workers_can_read_the_store(name):
    """nginx's own default is nobody, who may not."""
    block = readme_blocks(name, "nginx")[0]
    assert block.splitlines()[0] == "user www-data;"


def test_both_readmes_show_the_same_code():
    for language in ("sh", "nginx"):
        english = readme_blocks("README.md", language)
        chinese = readme_blocks("README.zh-CN.md", language)
        assert [_code(block) for block in english] \
            == [_code(block) for block in chinese]


def _code(block):
    """A block without its comments, which are in the reader's language."""
    return [line.partition("#")[0].rstrip() for line in block.splitlines()]
