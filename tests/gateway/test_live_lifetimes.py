"""Requests, workers and connections that end while memcached is asked."""

import signal
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import process, wait_for
from harness.build import SLOW
from harness.fake_memcached import FakeMemcached
from http2 import Http2
from live import LOCATION, Live


@pytest.fixture
def live(gateway, store, stable, gray):
    return Live(gateway, store, stable, gray)


@pytest.fixture
def fake(cleanup):
    made = FakeMemcached()
    made.values["alice"] = "1"
    cleanup.callback(made.stop)
    return made


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as made:
        yield made


def waiting(live, fake, pool, user="alice"):
    """A request that waits for its lookup."""
    fake.hold()
    future = pool.submit(live.variant, user)
    fake.wait_for_lookups(len(fake.lookups) + 1)
    return future


def test_a_reload_does_not_turn_a_waiting_member_stable(live, fake, pool):
    live.start(fake, "timeout=5s")
    request = waiting(live, fake, pool)
    live.nginx.reload(wait_old=False)
    assert live.nginx.leaving_workers()
    fake.release()
    assert request.result(10) == "gray"
    wait_for(lambda: not live.nginx.leaving_workers(), 10,
             "the old worker ends")
    assert live.variant("alice") == "gray"


def test_an_upgrade_does_not_turn_a_waiting_member_stable(live, fake, pool):
    live.start(fake, "timeout=5s")
    request = waiting(live, fake, pool)
    old = live.nginx.upgrade(quit_old=False)
    live.nginx.signal(signal.SIGQUIT, old)
    live.nginx.wait_for_log("gracefully shutting down")
    fake.release()
    assert request.result(10) == "gray"
    wait_for(lambda: not process.alive(old), 10, "the old master ends")
    assert live.variant("alice") == "gray"


def test_an_exiting_worker_stays_for_a_lookup_that_times_out(
        live, fake, pool):
    live.start(fake, "timeout=1s")
    request = waiting(live, fake, pool)
    live.nginx.reload(wait_old=False)
    assert request.result(10) == "stable"
    wait_for(lambda: not live.nginx.leaving_workers(), 10,
             "the old worker ends")


def test_an_exiting_worker_stays_for_a_lookup_that_waits_for_a_connection(
        live, fake, pool):
    live.start(fake, "timeout=2s")
    fake.honest_probe = False
    fake.hold()
    request = pool.submit(live.variant, "alice")
    wait_for(lambda: fake.probes == 1, what="the probe has come")
    live.nginx.reload(wait_old=False)
    fake.release()
    assert request.result(10) == "gray"
    wait_for(lambda: not live.nginx.leaving_workers(), 10,
             "the old worker ends")


def test_reloads_with_idle_connections_and_open_breakers_leave_nothing(
        live, fake):
    live.start(fake, more="gray_memcached dead 127.0.0.1:1 timeout=1s;",
               condition="user in @legacy or user in @dead",
               lists=("legacy", "dead"))
    for _ in range(10):
        assert live.variant("alice") == "gray"
        assert live.variant("bob") == "stable"
        live.nginx.reload()
    live.nginx.quit()
    assert not live.nginx.log_lines("open socket")


def test_a_shutdown_timeout_ends_a_lookup_in_flight(live, fake, pool):
    live.start(fake, "timeout=5s", main="worker_shutdown_timeout 500ms;")
    fake.hold()
    client = live.nginx.socket()
    client.sendall(b"GET /?user=alice HTTP/1.1\r\nHost: h\r\n\r\n")
    fake.wait_for_lookups(1)
    live.nginx.reload(wait_old=False)
    wait_for(lambda: not live.nginx.leaving_workers(), 3,
             "the old worker ends")
    client.close()
    fake.release()
    assert live.variant("alice") == "gray"


def test_a_worker_that_is_quit_ends_while_nobody_waits(live, fake):
    live.start(fake, "timeout=5s")
    live.variant("alice")
    live.nginx.quit(5)


def test_a_client_that_aborts_while_waiting_hurts_nobody(live, fake, pool):
    live.start(fake, "timeout=5s")
    fake.hold()
    clients = []
    for i in range(20):
        client = live.nginx.socket()
        client.sendall(b"GET /?user=u%d HTTP/1.1\r\nHost: h\r\n\r\n" % i)
        clients.append(client)
    fake.wait_for_lookups(20)
    for client in clients[:10]:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack("ii", 1, 0))
        client.close()
    other = pool.submit(live.variant, "alice")
    fake.wait_for_lookups(21)
    live.nginx.wait_for_log("prematurely closed")
    fake.release()
    assert other.result(10) == "gray"
    for client in clients[10:]:
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        client.close()
    assert live.variant("alice") == "gray"


SERVER = """
server {
    listen 127.0.0.1:%port% http2;
    """ + LOCATION + """
}
"""


def http2(live, fake, cleanup, options="timeout=5s"):
    # Newer servers prefer `http2 on;` and say so, which is no fault.
    live.start(fake, options, server=None, more=SERVER)
    client = wait_for(lambda: Http2(live.nginx))
    cleanup.callback(client.close)
    return client


def test_an_http2_reset_while_waiting_hurts_nobody(live, fake, cleanup):
    client = http2(live, fake, cleanup)
    fake.hold()
    streams = [client.get(f"/?user=u{i}") for i in range(20)]
    last = client.get("/?user=alice")
    fake.wait_for_lookups(21)
    for stream in streams[::2]:
        client.reset(stream)
    fake.release()
    assert client.wait(last) == "gray"
    for stream in streams[1::2]:
        assert client.wait(stream) == "stable"
    assert live.counts()["misses"] == 20


def test_an_http2_client_that_goes_while_waiting_hurts_nobody(
        live, fake, cleanup):
    client = http2(live, fake, cleanup)
    fake.hold()
    for i in range(20):
        client.get(f"/?user=u{i}")
    fake.wait_for_lookups(20)
    client.close()
    fake.release()
    second = Http2(live.nginx)
    cleanup.callback(second.close)
    assert second.wait(second.get("/?user=alice")) == "gray"


def test_streams_reset_before_their_lookup_is_sent_hurt_nobody(
        live, fake, cleanup):
    client = http2(live, fake, cleanup)
    fake.honest_probe = False
    fake.hold()
    streams = [client.get("/?user=alice") for _ in range(10)]
    wait_for(lambda: fake.probes == 1, what="the probe has come")
    for stream in streams:
        client.reset(stream)
    fake.release()
    assert client.wait(client.get("/?user=alice")) == "gray"


@pytest.mark.parametrize("events", ["", "accept_mutex on;"])
def test_a_stalled_worker_does_not_blame_memcached(
        live, fake, pool, events):
    live.start(fake, "timeout=500ms", events=events)
    request = waiting(live, fake, pool)
    worker, = live.nginx.workers()
    process.send(worker, signal.SIGSTOP)
    wait_for(lambda: process.state(worker) in "tT", what="the worker stops")
    fake.release()
    time.sleep(0.6 * SLOW)      # the deadline passes; nothing tells of it
    process.send(worker, signal.SIGCONT)
    assert request.result(10) == "gray"
    assert live.counts()["timeouts"] == 0


@pytest.mark.parametrize("events", [
    "accept_mutex on;", "multi_accept on;", "use epoll;"])
def test_every_way_of_waiting_for_events_works(
        live, memcached, events):
    cache = memcached()
    live.start(cache, events=events, workers=2)
    for _ in range(5):
        cache.set("alice", "1")
        assert set(live.many(["alice"] * 40)) == {"gray"}
        cache.delete("alice")
        assert set(live.many(["alice"] * 40)) == {"stable"}
    cache.restart()
    cache.set("alice", "1")
    wait_for(lambda: live.variant("alice") == "gray", 10, "alice is gray")
