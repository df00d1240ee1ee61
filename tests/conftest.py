"""The fixtures of every story. See harness/ for what they give."""

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import (  # noqa: E402
    Backend, Gateway, Grayd, Memcached, Store, make_folder, remove_folder)


@pytest.fixture
def cleanup():
    """An ExitStack: what a test started last is stopped first."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def folder():
    """An empty temporary folder that any user can enter."""
    path = make_folder()
    yield path
    remove_folder(path)


@pytest.fixture
def backend(cleanup):
    """backend("name") starts a back end."""
    def make(name, **options):
        made = Backend(name, **options)
        cleanup.callback(made.stop)
        return made
    return make


@pytest.fixture
def stable(backend):
    return backend("stable")


@pytest.fixture
def gray(backend):
    return backend("gray")


@pytest.fixture
def serve(cleanup):
    """serve(Grpc, "name") starts a server that speaks something else."""
    def make(kind, name):
        made = kind(name)
        cleanup.callback(made.stop)
        return made
    return make


@pytest.fixture
def memcached(cleanup):
    """memcached() starts one."""
    def make(**options):
        made = Memcached(**options)
        # An orderly end would take it a second, and there is nothing to lose.
        cleanup.callback(made.kill)
        return made
    return make


@pytest.fixture
def make_store(cleanup):
    """make_store() makes a store; init=False leaves the folder out."""
    def make(**options):
        made = Store(**options)
        cleanup.callback(made.close)
        return made
    return make


@pytest.fixture
def store(make_store):
    """An empty store."""
    return make_store()


@pytest.fixture
def grayd(cleanup, store):
    """grayd(…) starts one on the store; start=False only prepares it."""
    def make(*options, on=None, start=True, **more):
        made = Grayd(on or store, *options, **more)
        cleanup.callback(made.close)
        return made.start() if start else made
    return make


@pytest.fixture
def gateway(cleanup, request):
    """gateway(http, server, …) starts nginx; start=False only writes it."""
    request.node.gateways = []

    def make(http="", server="", *, start=True, **options):
        made = Gateway(http, server, **options)
        request.node.gateways.append(made)
        cleanup.callback(made.close)
        return made.start() if start else made
    return make


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed story shows the end of each gateway's error.log."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed:
        for made in getattr(item, "gateways", []):
            report.sections.append(
                (f"error.log of port {made.port}",
                 "\n".join(made.log().splitlines()[-40:])))
