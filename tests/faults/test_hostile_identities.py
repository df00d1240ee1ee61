"""Identities that are no memcached key, whatever a client sends."""

import pytest
from harness.faults import Ask, Watch, live_count, times

HOSTILE = {
    "CR LF and a command": "/a%0d%0aset%20alice%200%200%201%0d%0a1",
    "a space": "/a%20b",
    "a tab": "/a%09b",
    "DEL": "/a%7fb",
    "LF": "/a%0a",
    "300 bytes": "/" + "a" * 300,
    "251 bytes": "/" + "a" * 250,
}

URI = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
}
"""


def start(live, fake):
    live.start(fake, server=URI, condition="path in @legacy",
               more="gray_attribute path $uri;")


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_identity_is_never_sent(live, fake, what):
    start(live, fake)
    asks = [Ask("stable", HOSTILE[what])]
    with Watch(live.nginx, live.store, asks, within=0,
               counted=live_count("bad_keys"),
               told="cannot be a memcached key") as w:
        w.go_on(times(10, 500))
        w.switch()
    assert fake.lookups == []
    assert fake.connections == 0
    assert live.counts()["bad_keys"] >= times(10, 500)


def test_utf8_and_250_bytes_are_identities_like_any_other(live, fake):
    fake.values["/灰度"] = "1"
    fake.values["/" + "a" * 249] = "1"
    start(live, fake)
    assert live.nginx.get("/%e7%81%b0%e5%ba%a6").text == "gray"
    assert live.nginx.get("/" + "a" * 249).text == "gray"
    assert live.counts()["bad_keys"] == 0


# NUL is refused by nginx before the module is asked.
@pytest.mark.parametrize("path", [b"/a%00b", b"/a\0b"])
def test_a_nul_in_the_path_is_nginx_s_to_refuse(live, fake, path):
    start(live, fake)
    answer = live.nginx.raw(b"GET %b HTTP/1.0\r\n\r\n" % path)
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert fake.lookups == []


# A header may hold bytes that a path cannot.
HEADERS = {
    "every byte but NUL, CR and LF": bytes(range(1, 10)) + b"\x0b\x0c"
    + bytes(range(14, 256)),
    "DEL": b"a\x7fb",
    "300 bytes": b"a" * 300,
    "8,000 bytes": b"a" * 8000,
    "a command": b"alice v k O1 mg bob",
    "a tab": b"a\tb",
}


@pytest.mark.parametrize("what", HEADERS)
def test_a_hostile_header_is_never_sent(live, fake, what):
    live.start(fake)
    answer = live.nginx.raw(b"GET / HTTP/1.0\r\nX-Uid: %b\r\n\r\n"
                            % HEADERS[what])
    assert b" 200 " in answer.split(b"\r\n")[0]
    assert answer.endswith(b"\r\n\r\nstable\n")
    assert fake.lookups == []


@pytest.mark.parametrize("identity", [
    b"\xff\xfe", b"\xc3\x28", "灰度".encode(), b"!", b"~" * 250],
    ids=["no UTF-8", "half a character", "two characters", "the first byte",
         "250 bytes"])
def test_other_bytes_are_sent_as_they_are(live, fake, identity):
    fake.values[identity.decode("utf-8", "surrogateescape")] = "1"
    live.start(fake)
    answer = live.nginx.raw(b"GET / HTTP/1.0\r\nX-Uid: %b\r\n\r\n" % identity)
    assert answer.endswith(b"\r\n\r\ngray\n")
    assert len(fake.lookups) == 1
