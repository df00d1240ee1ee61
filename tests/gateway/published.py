"""Configurations that people copy, run as they are published.

An example or a block of the README is a whole nginx.conf. Its http block is
run with only the addresses exchanged: those of the back ends, memcached, the
store and the port.
"""

import re

from harness import REPOSITORY


def example(name):
    """The http block of examples/NAME."""
    return http_block((REPOSITORY / "examples" / name).read_text())


def readme_block(name, language):
    """The first code block of LANGUAGE in a Markdown file."""
    text = (REPOSITORY / name).read_text()
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)[1]


def readme_blocks(name, language):
    text = (REPOSITORY / name).read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def http_block(text):
    """What stands between the braces of http { }, addresses as %names%."""
    assert "load_module modules/ngx_http_gray_module.so;" in text
    inside = re.search(r"^http \{(.*)^\}", text, re.DOTALL | re.MULTILINE)[1]
    for published, name in (("/var/lib/gray", "%store%"),
                            ("127.0.0.1:11211", "%memcached%"),
                            ("127.0.0.1:5001", "%stable%"),
                            ("127.0.0.1:5002", "%gray%"),
                            ("listen 8080", "listen 127.0.0.1:%port%")):
        inside = inside.replace(published, name)
    return inside
