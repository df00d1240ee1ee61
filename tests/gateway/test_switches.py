"""The kill switch: everyone gets the default, at once, whatever else fails."""

import pytest
from harness import wait_for
from shop import GRAY, HTTP, NAMED, SEEN, UPSTREAMS, fill


@pytest.mark.parametrize("form", [UPSTREAMS, NAMED],
                         ids=["upstreams", "named"])
def test_off_and_on_are_in_force_at_the_next_request(
        form, gateway, store, stable, gray):
    nginx = gateway(HTTP, form, store=fill(store), stable=stable, gray=gray,
                    workers=2)
    for _ in range(5):
        assert nginx.get(headers=GRAY).text == "gray"
        store.run("off", "shop")
        assert nginx.get(headers=GRAY).text == "stable"
        store.run("on", "shop")


def test_off_says_that_every_worker_has_confirmed(
        gateway, store, stable, gray):
    gateway(HTTP, UPSTREAMS, store=fill(store), stable=stable, gray=gray,
            workers=4)
    assert "4/4 workers confirmed" in store.run("off", "shop").out
    assert "4/4 workers confirmed" in store.run("on", "shop").out


def test_off_says_why(gateway, store, stable, gray):
    server = UPSTREAMS + f"add_header X-Seen {SEEN};"
    nginx = gateway(HTTP, server, store=fill(store), stable=stable, gray=gray)
    store.run("off", "--all")
    assert nginx.get(headers=GRAY).header("X-Seen") \
        == "shop|stable|app_stable|disabled"


def test_off_needs_no_release_in_the_store(gateway, store, stable, gray):
    server = UPSTREAMS + f"add_header X-Seen {SEEN};"
    nginx = gateway(HTTP, server, store=store, stable=stable, gray=gray)
    store.run("off", "--all")
    assert nginx.get().header("X-Seen") == "shop|stable|app_stable|disabled"


def test_off_survives_a_restart_and_a_reload(gateway, store, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS, store=fill(store), stable=stable,
                    gray=gray)
    store.run("off", "shop")
    nginx.reload()
    assert nginx.get(headers=GRAY).text == "stable"
    nginx.stop()
    nginx.start()
    assert nginx.get(headers=GRAY).text == "stable"


def test_a_worker_that_only_finishes_requests_says_what_it_has_seen(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, UPSTREAMS, store=fill(store), stable=stable,
                    gray=gray)
    stable.hold()
    with nginx.socket() as s:
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        stable.wait_for_requests(1)
        nginx.reload(wait_old=False)
        store.run("off", "shop")
        newest = max(switch["generation"] for switch
                     in store.run("status", json=True)["switches"])
        wait_for(lambda: [worker["switches"] for worker in workers(store)
                          if worker["exiting"]] == [newest],
                 what="the old worker says what it has seen")
        stable.release()
        assert b"stable" in s.recv(65536)


def workers(store):
    return [worker for nginx in store.run("status", json=True)["nginx"]
            for worker in nginx["workers"]]
