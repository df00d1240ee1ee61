"""Configurations that people copy, run as they are published.

An example or a block of the README is a whole nginx.conf. Its http block is
run with only the addresses and folders exchanged: those of the back ends,
memcached, the store and the port. The commands in its comment are run as they
stand.
"""

import re

from harness import REPOSITORY

EXCHANGED = {
    "/var/lib/gray": "%store%",
    "/var/cache/nginx-shop": "%dir%/cache",
    "/srv/shop": "%dir%/shop",
    "include fastcgi_params": "include /etc/nginx/fastcgi_params",
    "127.0.0.1:11211": "%memcached%",
    "127.0.0.1:5001": "%stable%",
    "127.0.0.1:5002": "%gray%",
    "127.0.0.1:5003": "%third%",
    "listen 8080": "listen 127.0.0.1:%port%",
}


def example_text(name):
    return (REPOSITORY / "examples" / name).read_text()


def example(name, exchanged=None):
    """The http block of examples/NAME.

    EXCHANGED, a dict, replaces more: a network by one of loopback, say.
    """
    return http_block(example_text(name), exchanged)


def example_commands(name):
    """What the comment of examples/NAME says to type, but for `init`."""
    lines = re.findall(r"^#     (.*)\n", example_text(name), re.MULTILINE)
    return "".join(f"{line}\n" for line in lines if line != "grayctl init")


def run_example(name, gateway, store, exchanged=None, **options):
    """Types the commands of examples/NAME, and starts it."""
    store.shell(example_commands(name))
    return gateway(example(name, exchanged), None, store=store, **options)


def readme_block(name, language):
    """The first code block of LANGUAGE in a Markdown file."""
    text = (REPOSITORY / name).read_text()
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)[1]


def readme_blocks(name, language):
    text = (REPOSITORY / name).read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def http_block(text, exchanged=None):
    """What stands between the braces of http { }, addresses as %names%."""
    assert "load_module modules/ngx_http_gray_module.so;" in text
    inside = re.search(r"^http \{(.*)^\}", text, re.DOTALL | re.MULTILINE)[1]
    for published, name in {**EXCHANGED, **(exchanged or {})}.items():
        inside = inside.replace(published, name)
    return inside
