"""Everybody asks for one key at once: memcached is asked once."""

import pytest
from harness import port, wait_for
from harness.client import raw_socket
from harness.faults import Ask, Watch, live_count, times
from http2 import Http2

HERD = """
server {
    listen 127.0.0.1:%herd% http2;

    location / {
        gray shop stable gray=@gray;
        empty_gif;
    }

    location @gray {
        return 200 gray;
    }
}
"""

# Others, who have nothing to do with memcached.
CALM = """
location / {
    gray calm stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
}
"""

CONNECTIONS = times(20, 100)
HERD_SIZE = 100 * CONNECTIONS


class Entrance:
    """Where the herd comes in."""

    def __init__(self):
        self.port = port()

    def socket(self):
        return raw_socket(self.port, timeout=60)


@pytest.fixture
def come(cleanup):
    """come(entrance) is a connection of the herd's."""
    def connect(entrance):
        client = Http2(entrance)
        cleanup.callback(client.close)
        return client
    return connect


def watched(live):
    live.store.run("release", "create", "calm")
    live.store.run("rule", "add", "calm", "gray", "gray", "user = 'gray'")
    return Watch(live.nginx, live.store,
                 [Ask("stable"), Ask("gray", "/?user=gray")], release="calm",
                 within=times(1, 5), counted=live_count("joined"), told=None,
                 lines=0)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_herd_for_one_key_is_one_lookup_for_each_worker(
        live, fake, come, workers):
    entrance = Entrance()
    live.start(fake, "timeout=5s", server=CALM, more=HERD,
               herd=entrance.port, workers=workers)
    fake.hold()
    with watched(live) as w:
        clients = [come(entrance) for _ in range(CONNECTIONS)]
        herd = [(client, [client.get("/?user=alice", now=False)
                          for _ in range(100)]) for client in clients]
        for client in clients:
            client.flush()
        wait_for(lambda: live.counts()["lookups"] == HERD_SIZE, 60,
                 "the herd has asked")
        # Of each worker the first is on its way, and one more waits for all
        # the others.
        wait_for(lambda: 0 < live.counts()["connects"]
                 == live.counts()["sent"] == len(fake.keys), 10,
                 "each worker that was asked has asked")
        busy = fake.connections
        assert 1 <= busy <= workers
        assert fake.keys == ["alice"] * busy

        live.store.run("off", "shop")
        late = come(entrance)
        assert late.wait_bytes(late.get("/?user=alice")).startswith(b"GIF")
        live.store.run("on", "shop")
        w.switch()

        fake.release()
        for client, streams in herd:
            assert {client.wait(stream) for stream in streams} == {"gray"}
    assert len(fake.keys) <= 2 * busy
    assert live.counts()["joined"] >= HERD_SIZE - 2 * busy
    assert not live.complaints()
