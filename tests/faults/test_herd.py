"""Everybody asks for one key at once: memcached is asked once."""

import pytest
from harness import wait_for
from harness.faults import times
from http2 import Http2

HERD = """
server {
    listen 127.0.0.1:%port% http2;

    location / {
        gray shop stable gray=@gray;
        empty_gif;
    }

    location @gray {
        return 200 gray;
    }
}
"""

CONNECTIONS = times(20, 100)
HERD_SIZE = 100 * CONNECTIONS


@pytest.mark.parametrize("workers", [1, 2])
def test_a_herd_for_one_key_is_one_lookup_for_each_worker(
        live, fake, cleanup, workers):
    live.start(fake, "timeout=5s", server=None, more=HERD, workers=workers,
               events="")
    fake.hold()
    clients = []
    for _ in range(CONNECTIONS):
        client = Http2(live.nginx)
        cleanup.callback(client.close)
        clients.append((client, [client.get("/?user=alice")
                                 for _ in range(100)]))
    wait_for(lambda: live.counts()["lookups"] == HERD_SIZE, 60,
             "the herd has asked")
    # Of each worker the first is on its way, and one more waits for all
    # the others.
    busy = fake.connections
    assert 1 <= busy <= workers
    assert fake.keys == ["alice"] * busy
    fake.release()
    for client, streams in clients:
        assert {client.wait(stream) for stream in streams} == {"gray"}
    assert len(fake.keys) <= 2 * busy
    assert live.counts()["joined"] >= HERD_SIZE - 2 * busy
    assert not live.complaints()
