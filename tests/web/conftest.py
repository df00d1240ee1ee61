"""One Chromium for all stories of the dashboard, a site for each file."""

import os

import pytest

from dashboard import Dashboard
from harness.browser import Browser, missing


@pytest.fixture(scope="session")
def chromium():
    reason = missing()
    if reason and not os.environ.get("CI"):
        pytest.skip(reason)
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def site():
    made = Dashboard()
    yield made
    made.close()


@pytest.fixture
def browser(chromium):
    """A fresh tab; whatever stands in the console in the end is a fault."""
    chromium.begin()
    chromium.theme("light")
    chromium.language("en-US")
    yield chromium
    chromium.check()


@pytest.fixture
def page(browser, site):
    """The dashboard, behind nginx, opened for the first time."""
    browser.forget(site.it)
    browser.open(site.it)
    return browser
