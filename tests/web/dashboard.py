"""A whole site with its dashboard: traffic, nginx, back ends, store, grayd."""

import http.client
import itertools
import threading
from contextlib import ExitStack

from harness import BUILD, Backend, Gateway, Grayd, Store, port, wait_for
from harness.build import SLOW

WEB = BUILD / "web"

HTTP = """
gray_store %store%;
gray_attribute device_id $http_x_device_id;
gray_attribute user $http_x_user;
upstream app_stable { server %stable%; keepalive 8; }
upstream app_gray { server %gray%; keepalive 8; }

upstream grayd { server unix:%socket%; }
server {
    listen 127.0.0.1:%page%;
    client_max_body_size 100m;
    location / {
        proxy_pass http://grayd;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Remote-User alice;
        proxy_request_buffering off;
        proxy_buffering off;
    }
}
"""

SERVER = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
}
"""

TOKENS = {"ops": "admin", "look": "read", "data": "list:testers"}


class Traffic:
    """Visitors, each with a device of its own, who come again and again."""

    def __init__(self, nginx, devices=500, per_second=150):
        self.nginx = nginx
        self.devices = [f"phone-{i}" for i in range(devices)]
        self.pause = 1 / per_second
        self.answers = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        connection = None
        for device in itertools.cycle(self.devices):
            if self._ending.wait(self.pause):
                break
            connection = connection or self.nginx.connect()
            try:
                self.answers.append(self.nginx.get(
                    headers={"X-Device-Id": device},
                    connection=connection).text)
            except (OSError, http.client.HTTPException) as error:
                self.answers.append(repr(error))
                connection.close()
                connection = None

    def stop(self):
        self._ending.set()
        self._thread.join(20 * SLOW)

    def next(self, count=120):
        """{answer: how often} of the next COUNT requests.

        The one that is under way was decided before, and does not count.
        """
        begin = len(self.answers) + 1
        wait_for(lambda: len(self.answers) >= begin + count, 30,
                 f"{count} requests more")
        some = self.answers[begin:begin + count]
        return {answer: some.count(answer) for answer in set(some)}

    def share(self, count=200):
        """The percentage of the next COUNT requests that is gray."""
        return 100 * self.next(count).get("gray", 0) / count


class Dashboard:
    """The site. It is the address that needs no token, behind nginx;
    `tcp` the one that does."""

    def __init__(self):
        self._stack = ExitStack()
        try:
            self._start()
        except Exception:
            self._stack.close()
            raise

    def _start(self):
        def keep(thing, end):
            self._stack.callback(end)
            return thing

        store = Store()
        self.store = keep(store, store.close)
        stable, gray = Backend("stable"), Backend("gray")
        self.stable = keep(stable, stable.stop)
        self.gray = keep(gray, gray.stop)
        grayd = Grayd(store, "--web", WEB, tcp=True, tokens=TOKENS)
        self.grayd = keep(grayd, grayd.close).start()
        page = port()
        nginx = Gateway(HTTP, SERVER, store=store, stable=stable, gray=gray,
                        socket=grayd.socket, page=page, workers=2)
        self.nginx = keep(nginx, nginx.close).start()
        fill(store)
        self.it = f"http://127.0.0.1:{page}/"
        self.tcp = f"http://127.0.0.1:{grayd.port}/"
        self.traffic = None

    def visitors(self, **options):
        self.traffic = Traffic(self.nginx, **options)
        self._stack.callback(self.traffic.stop)
        return self.traffic

    def close(self):
        self._stack.close()


def fill(store):
    store.run("release", "create", "shop")
    store.run("list", "create", "testers")
    store.run("rule", "add", "shop", "qa", "gray", "device_id in @testers")
    store.run("rule", "add", "shop", "user", "gray", "user = 'gray'")
    store.run("weight", "shop", "gray=0", "--by", "device_id")
