"""Debian's Prometheus, and promtool."""

import json
import subprocess
import urllib.parse

from .build import SLOW
from .client import fetch
from .folder import make_folder, remove_folder
from .wait import port as free_port, wait_for

CONFIG = """\
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [{rules}]
scrape_configs:
  - job_name: gray
    metrics_path: {path}
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""


class Prometheus:
    """A server that scrapes PATH of PORT each second."""

    def __init__(self, port, path, rules=""):
        self.folder = make_folder("gray-prometheus-")
        self.port = free_port()
        config = self.folder / "prometheus.yml"
        config.write_text(CONFIG.format(port=port, path=path, rules=rules))
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={config}",
                 f"--storage.tsdb.path={self.folder / 'data'}",
                 f"--web.listen-address=127.0.0.1:{self.port}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(self._ready, 30, "prometheus is ready")

    def _ready(self):
        assert self.process.poll() is None, \
            (self.folder / "log").read_text(errors="replace")
        try:
            return fetch(self.port, "/-/ready").status == 200
        except OSError:
            return False

    def query(self, text):
        """The result of a query: a list of {"metric", "value"}."""
        answer = json.loads(fetch(
            self.port, "/api/v1/query?"
            + urllib.parse.urlencode({"query": text})).text)
        assert answer["status"] == "success", answer
        return answer["data"]["result"]

    def wait_for(self, text, value):
        """Waits till TEXT gives one series of VALUE; returns its labels."""
        def there():
            found = self.query(text)
            return found if [float(one["value"][1]) for one in found] \
                == [value] else None
        return wait_for(there, 30, f"{text} is {value}")[0]["metric"]

    def get(self, path):
        return json.loads(fetch(self.port, path).text)["data"]

    def stop(self):
        self.process.terminate()
        self.process.wait(20 * SLOW)
        remove_folder(self.folder)


def promtool(*arguments, stdin=""):
    """(exit code, all that it said)."""
    done = subprocess.run(["promtool", *map(str, arguments)], input=stdin,
                          timeout=60 * SLOW, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout
