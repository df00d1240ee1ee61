"""Debian's Chromium without a window, and what a person does with a page.

What stands on a page is found as assistive technology finds it: by its role
and its name, out of Chromium's own accessibility tree.
"""

import base64
import importlib.util
import re
import shutil
import signal
import time
from contextlib import contextmanager
from pathlib import Path

from . import process
from .build import BUILD, SLOW
from .folder import make_folder, remove_folder
from .wait import port as free_port, wait_for

SCREENSHOTS = BUILD / "screenshots"
AXE = BUILD / "npm-tests/node_modules/axe-core/axe.min.js"

# Nothing but the loopback has a name: no request can leave the machine.
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update",
    "--disable-default-apps", "--disable-extensions", "--disable-sync",
    "--disable-breakpad", "--mute-audio", "--hide-scrollbars",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-features=Translate,MediaRouter,OptimizationHints,"
    "AutofillServerCommunication,CertificateTransparencyComponentUpdater",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, "
    "EXCLUDE localhost",
    "--window-size=1280,900",
]

WIDE = (1280, 900)
PHONE = (375, 812)


def missing():
    """Why no Chromium can run here, or None."""
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            return f"there is no {program}: tools/setup check"
    if not importlib.util.find_spec("selenium"):
        return "there is no python3-selenium: tools/setup check"
    return None


class Browser:
    """One Chromium with one page.

    A story that brings an error about says so with expect(); any other that
    the page or the policy reports in the console fails it, see check().
    """

    def __init__(self):
        from selenium.webdriver import Chrome, ChromeOptions
        from selenium.webdriver.chrome.service import Service
        self.folder = make_folder("gray-browser-")
        self.expected = []
        self.errors = []
        self.said = []
        options = ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ARGUMENTS:
            options.add_argument(argument)
        options.add_argument(f"--user-data-dir={self.folder}/profile")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        options.set_capability("unhandledPromptBehavior", "ignore")
        service = Service(shutil.which("chromedriver"), port=free_port(),
                          log_path=str(self.folder / "log"))
        try:
            self.driver = Chrome(service=service, options=options)
        except Exception as error:
            log = (self.folder / "log").read_text(errors="replace")
            remove_folder(self.folder)
            raise AssertionError(f"no Chromium: {error}\n{log}") from None
        self.driver.set_script_timeout(60 * SLOW)
        self.driver.set_page_load_timeout(60 * SLOW)

    def close(self):
        """Ends Chromium and chromedriver, and what is left of them."""
        started = family(self.driver.service.process.pid)
        try:
            self.driver.quit()
        finally:
            for pid in started:
                if "chrom" in process.title(pid):
                    process.send(pid, signal.SIGKILL)
            remove_folder(self.folder)

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def run(self, script, *arguments):
        """What the JavaScript `return`s."""
        return self.driver.execute_script(script, *arguments)

    # --- the page

    def begin(self):
        """A new tab in which nothing is kept of those before."""
        self.begin_tab()
        self.cdp("Network.clearBrowserCache")
        self.size(WIDE)
        self.expected = []
        self.errors = []
        self.said = []
        self.driver.get_log("browser")

    def begin_tab(self):
        """Another tab in place of the one that is open."""
        old = self.driver.window_handles
        self.driver.switch_to.new_window("tab")
        new = self.driver.current_window_handle
        for handle in old:
            self.driver.switch_to.window(handle)
            self.driver.close()
        self.driver.switch_to.window(new)

    def open(self, address):
        """Loads a page anew, even where only the part after # differs."""
        self.driver.get("about:blank")
        self.driver.get(address)

    def open_here(self, fragment):
        """Follows a link to another part of the page that is open."""
        self.run("location.hash = arguments[0]", fragment)

    def downloads(self, folder):
        """Where what is saved goes."""
        self.cdp("Browser.setDownloadBehavior", behavior="allow",
                 downloadPath=str(folder))

    def size(self, size):
        width, height = size
        self.cdp("Emulation.setDeviceMetricsOverride", width=width,
                 height=height, deviceScaleFactor=1, mobile=width < 500)

    def theme(self, name):
        """What the person prefers, "light" or "dark"; and nothing moves."""
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": name},
            {"name": "prefers-reduced-motion", "value": "reduce"}])

    def language(self, name):
        """The person's language, such as "zh-CN"; for pages loaded later."""
        agent = self.run("return navigator.userAgent")
        self.cdp("Emulation.setUserAgentOverride", userAgent=agent,
                 acceptLanguage=name)

    def forget(self, address):
        """Empties what pages of this origin have kept."""
        origin = re.match(r"https?://[^/]+", address)[0]
        self.cdp("Storage.clearDataForOrigin", origin=origin,
                 storageTypes="all")

    def slow_upload(self, bytes_per_second):
        """What this tab sends takes its time."""
        self.cdp("Network.enable")
        self.cdp("Network.emulateNetworkConditions", offline=False, latency=0,
                 downloadThroughput=-1, uploadThroughput=bytes_per_second)

    # --- finding

    def all(self, role, name=None):
        """[(name, node)] with this role; NAME is a text or a compiled regex.

        A node is for element(). What is hidden is not found.
        """
        root = self.cdp("DOM.getDocument", depth=0)["root"]["nodeId"]
        found = self.cdp("Accessibility.queryAXTree", nodeId=root,
                         role=role)["nodes"]
        named = [(one.get("name", {}).get("value", ""),
                  one.get("backendDOMNodeId"))
                 for one in found if not one["ignored"]]
        return [(text, node) for text, node in named if says(text, name)]

    def names(self, role):
        return [name for name, _ in self.all(role)]

    def element(self, node):
        """The WebElement of a node."""
        held = self.cdp("DOM.resolveNode", backendNodeId=node)["object"]
        self.cdp("Runtime.callFunctionOn", objectId=held["objectId"],
                 functionDeclaration="function() { window.grayFound = this; }")
        return self.run("return window.grayFound")

    def find(self, role, name=None, deadline=30, index=0):
        """The element of that role and name; waits for it."""
        def look():
            try:
                found = self.all(role, name)
                return found[index:] and self.element(found[index][1])
            except driver_error():
                return None
        return self._wait(look, deadline, f"a {role} {shown(name)}")

    def has(self, role, name=None):
        try:
            return bool(self.all(role, name))
        except driver_error():
            return False

    def wait_gone(self, role, name=None, deadline=30):
        self._wait(lambda: not self.has(role, name), deadline,
                   f"no {role} {shown(name)} any more")

    def text(self):
        """What can be read on the page."""
        return self.run("return document.body ? document.body.innerText : ''")

    def see(self, text, deadline=30):
        """Waits till the page says TEXT, or what a compiled regex finds."""
        def look():
            page = self.text()
            return text.search(page) if hasattr(text, "search") \
                else text in page
        return self._wait(look, deadline, f"the page says {shown(text)}")

    def until(self, condition, what, deadline=30):
        """Waits for CONDITION(), and goes on when the page is redrawn."""
        def look():
            try:
                return condition()
            except driver_error():
                return None
        return self._wait(look, deadline, what)

    def _wait(self, condition, deadline, what):
        def look():
            # each look costs the browser more than the waiting
            return condition() or time.sleep(0.03)
        try:
            return wait_for(look, deadline, what)
        except AssertionError as error:
            self.shoot("failed")
            raise AssertionError(f"{error}\n--- the page says\n{self.text()}"
                                 f"\n--- console\n{self.console()}") from None

    # --- doing

    def click(self, role, name=None, deadline=30, index=0):
        """Presses the button; again when the page was redrawn meanwhile."""
        end = time.monotonic() + deadline * SLOW
        while True:
            element = self.find(role, name, deadline, index)
            try:
                # not at the edge, where something may stand before it
                self.run("arguments[0].scrollIntoView({block: 'center'})",
                         element)
                element.click()
                return element
            except driver_error():
                if time.monotonic() > end:
                    raise

    def write(self, role, name, text):
        """Puts TEXT in place of what stands in a field."""
        from selenium.webdriver.common.keys import Keys
        element = self.find(role, name)
        element.send_keys(Keys.CONTROL + "a")
        element.send_keys(Keys.DELETE, text)
        return element

    def press(self, *keys):
        from selenium.webdriver import ActionChains
        chain = ActionChains(self.driver)
        for key in keys:
            chain.send_keys(key)
        chain.perform()

    def press_shifted(self, key):
        from selenium.webdriver import ActionChains
        from selenium.webdriver.common.keys import Keys
        ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(key) \
            .key_up(Keys.SHIFT).perform()

    def focused(self):
        """(role, name) of what has the keyboard."""
        element = self.driver.switch_to.active_element
        return element.aria_role, element.accessible_name

    def tab_to(self, role, name=None, most=80):
        """Goes there by the tabulator alone; the keys that it took."""
        from selenium.webdriver.common.keys import Keys
        passed = []
        for count in range(most):
            self.press(Keys.TAB)
            at = self.focused()
            if at[0] == role and says(at[1], name):
                return count + 1
            passed.append(at)
        raise AssertionError(f"the tabulator does not reach a {role} "
                             f"{shown(name)}; it passed {passed}")

    # --- looking

    def shoot(self, name):
        """A picture of the whole page, build/screenshots/NAME.png."""
        SCREENSHOTS.mkdir(exist_ok=True)
        at = self.run("const y = scrollY; scrollTo(0, 0); return y")
        width, height = self.run(
            "const e = document.documentElement;"
            "return [e.clientWidth, Math.max(e.clientHeight,"
            " Math.min(e.scrollHeight, 6000))]")
        taken = self.cdp("Page.captureScreenshot", format="png",
                         captureBeyondViewport=True, clip={
                             "x": 0, "y": 0, "width": width,
                             "height": height, "scale": 1})
        self.run("scrollTo(0, arguments[0])", at)
        path = Path(SCREENSHOTS / f"{name}.png")
        path.write_bytes(base64.b64decode(taken["data"]))
        return path

    def requests(self):
        """The address of all that the page has loaded."""
        return self.run("return performance.getEntriesByType('resource')"
                        ".concat(performance.getEntriesByType('navigation'))"
                        ".map(e => e.name)")

    def overflow(self):
        """What is wider than the page can show without scrolling."""
        return self.run(OVERFLOW)

    def axe(self, *rules):
        """What axe-core finds, all or by some rules: ["rule: what", …]."""
        if not self.run("return Boolean(window.axe)"):
            self.run(AXE.read_text())
        found = self.driver.execute_async_script(RUN_AXE, rules)
        assert "violations" in found, found
        return [f"{one['id']}: {one['help']}: {node['html'][:200]} "
                f"({'; '.join(c['message'] for c in node['any'])[:200]})"
                for one in found["violations"] for node in one["nodes"]]

    # --- errors

    def expect(self, pattern):
        """Errors in the console that the regex PATTERN finds are no fault."""
        self.expected.append(pattern)

    @contextmanager
    def expecting(self, pattern):
        """The same, for what happens meanwhile."""
        self.check()
        self.expected.append(pattern)
        yield
        self.check()
        self.expected.remove(pattern)

    def console(self):
        """Errors so far that nobody expected."""
        for entry in self.driver.get_log("browser"):
            if entry["level"] == "SEVERE":
                self.said.append(entry["message"])
                if not any(re.search(one, entry["message"])
                           for one in self.expected):
                    self.errors.append(entry["message"])
        return self.errors

    def everything(self):
        """Errors so far, the expected ones too."""
        self.console()
        return self.said

    def check(self):
        found = self.console()
        assert not found, "the console has\n" + "\n".join(found)


def driver_error():
    from selenium.common.exceptions import WebDriverException
    return WebDriverException


def says(text, wanted):
    if wanted is None:
        return True
    return bool(wanted.search(text)) if hasattr(wanted, "search") \
        else text == wanted


def shown(wanted):
    return "" if wanted is None else repr(getattr(wanted, "pattern", wanted))


def family(pid):
    """PID's children, theirs, and so on."""
    found = process.children(pid)
    for one in list(found):
        found += family(one)
    return found


RUN_AXE = """
const [rules, done] = arguments;
axe.run(document, {
    preload: false,
    resultTypes: ['violations'],
    runOnly: rules.length > 0 ? { type: 'rule', values: rules } : [
        'wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
        'best-practice'],
}).then(done, error => done({ failed: String(error) }));
"""

OVERFLOW = """
const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth <= width) { return []; }
return [...document.body.querySelectorAll('*')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.right > width + 1;
}).map(e => `${e.tagName} ${e.className} ${e.getBoundingClientRect().right} `
    + (e.textContent || '').slice(0, 60)).slice(0, 20);
"""
