"""What a client may not do: too large, too slow, too many, in two ways."""

import json
import socket
import time
from contextlib import closing

import pytest

from harness import wait_for
from harness.build import SANITIZED, SLOW
from harness.grayd import read_all

HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"
END = b"Connection: close\r\n\r\n"


@pytest.fixture
def shop(grayd, store):
    store.run("release", "create", "shop")
    store.run("list", "create", "vip")
    return grayd


def status(raw):
    assert raw.startswith(b"HTTP/1.1 "), raw[:100]
    return int(raw[9:12])


def post(d, headers, body=b"", path=b"/v1/releases/shop/off"):
    return d.raw(b"POST " + path + b" HTTP/1.1\r\n" + HOST + headers + b"\r\n"
                 + body)


# --- the length of a body

@pytest.mark.parametrize("headers", [
    b"Content-Length: 2\r\nContent-Length: 2\r\n",
    b"Content-Length: 2\r\nContent-Length: 3\r\n",
    b"Content-Length: 0\r\nContent-Length: 60\r\n",
    b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n",
    b"Content-Length: +2\r\n", b"Content-Length: -1\r\n",
    b"Content-Length: 2, 2\r\n", b"Content-Length: 0x2\r\n",
    b"Content-Length: 99999999999999999999999\r\n",
    b"Host: localhost\r\n",
])
def test_a_length_told_in_two_ways_is_refused_and_ends_the_connection(
        shop, headers):
    d = shop()
    smuggled = b"POST /v1/off HTTP/1.1\r\n" + HOST + b"\r\n"
    got = post(d, JSON + headers, b"{}" + smuggled)
    assert status(got) in (400, 413)
    assert b"HTTP/1.1 200" not in got
    releases = d.get("/v1/releases").json
    assert not releases["all_off"] and not releases["releases"][0]["off"]


@pytest.mark.parametrize("kind", [
    b"", b"Content-Type: text/plain\r\n",
    b"Content-Type: application/x-www-form-urlencoded\r\n",
    b"Content-Type: application/jsonx\r\n", b"Content-Type: json\r\n",
    b"Content-Type: multipart/form-data; boundary=x\r\n"])
def test_a_body_is_json_or_refused(shop, kind):
    d = shop()
    kind += b"Connection: close\r\n"
    assert status(post(d, kind + b"Content-Length: 2\r\n", b"{}")) == 415
    assert status(post(d, kind + b"Transfer-Encoding: chunked\r\n",
                       b"2\r\n{}\r\n0\r\n\r\n")) == 415
    assert not d.get("/v1/releases").json["releases"][0]["off"]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8",
                                  "Application/JSON",
                                  "application/merge-patch+json"])
def test_json_has_several_names(shop, kind):
    got = shop().post("/v1/releases/shop/off", body=b"{}",
                      headers={"Content-Type": kind})
    assert got.status == 200


def test_an_import_is_no_form(shop):
    got = shop().post("/v1/lists/vip/import", body=b"a=b", headers={
        "Content-Type": "application/x-www-form-urlencoded"})
    assert got.status == 415


def document(size):
    start = b'{"members": ["a"], "note": "'
    return start + b"x" * (size - len(start) - 2) + b'"}'


def test_a_json_body_has_a_mebibyte_and_no_more(shop):
    d = shop()
    path = "/v1/lists/vip/members"
    kind = {"Content-Type": "application/json"}
    assert d.post(path, body=document(1 << 20), headers=kind).status == 422
    got = post(d, JSON + b"Content-Length: 1048577\r\n", path=path.encode())
    assert status(got) == 413 and b"1048576 bytes" in got
    pieces = (document((1 << 20) + 1)[i:i + 4096]
              for i in range(0, (1 << 20) + 1, 4096))
    got = d.post(path, body=pieces, headers=kind)
    assert got.status == 413 and got.headers["connection"] == "close"
    assert d.get("/v1/lists/vip").json["count"] == 0


def test_a_body_that_nobody_asked_for_is_refused(shop):
    d = shop()
    assert status(post(d, JSON + b"Content-Length: 2\r\n", b"{}",
                       b"/v1/releases/shop/reshuffle")) == 413


def test_an_upload_has_its_limit(shop):
    d = shop("--upload-max", "1k")
    assert d.post("/v1/lists/vip/import", body=b"a\n" * 512).status == 200
    assert d.post("/v1/lists/vip/import", body=b"a\n" * 513).status == 413
    chunked = d.post("/v1/lists/vip/import", body=iter([b"b\n" * 513]))
    assert chunked.status == 413
    assert d.get("/v1/lists/vip").json["count"] == 1


def test_an_upload_that_has_nowhere_to_stand_is_503(shop):
    d = shop("--spool", "/nowhere")
    got = d.post("/v1/lists/vip/import", body=b"a\n")
    assert got.status == 503 and "/nowhere" in got.json["detail"]


def test_a_refused_client_keeps_its_connection(shop):
    d = shop()
    with closing(d.connection()) as connection:
        for _ in range(3):
            got = d.post("/v1/nothing", {"a": "b"}, connection=connection)
            assert got.status == 404
            assert got.headers.get("connection") != "close"


# --- the head

@pytest.mark.parametrize("line, code", [
    (b"GET /v1/status?" + b"a" * 9000 + b" HTTP/1.1", 400),
    (b"GET /" + b"a" * 60000 + b" HTTP/1.1", 414),
    (b"GET /v1/%zz HTTP/1.1", 400), (b"GET /v1/../v1/status HTTP/1.1", 400),
    (b"GET /v1/%2e%2e/x HTTP/1.1", 400), (b"GET v1 HTTP/1.1", 400),
    (b"GET http://localhost/v1/status HTTP/1.1", 400),
    (b"GET /v1/status?" + b"&".join(b"a%d=1" % i for i in range(40))
     + b" HTTP/1.1", 400),
    (b"GET " + b"/a" * 20 + b" HTTP/1.1", 400),
])
def test_an_address_is_bounded_and_well_formed(shop, line, code):
    got = shop().raw(line + b"\r\n" + HOST + END)
    assert status(got) == code


def test_a_head_is_bounded(shop):
    d = shop()
    line = b"GET /healthz HTTP/1.1\r\n" + HOST
    assert status(d.raw(line + b"X: " + b"y" * 8000 + b"\r\n" + END)) == 200
    assert status(d.raw(line + b"X: " + b"y" * 40000 + b"\r\n" + END)) == 431
    many = b"".join(b"X-%d: y\r\n" % i for i in range(3000))
    assert status(d.raw(line + many + END)) == 431


def test_a_request_without_a_host_is_refused(shop):
    assert status(shop().raw(b"GET /healthz HTTP/1.1\r\n" + END)) == 400


# --- time

def drip(sock, data, deadline):
    """Sends DATA a byte at a time; returns when the peer ends it."""
    end = time.monotonic() + deadline * SLOW
    sock.settimeout(0.05)
    for byte in data:
        try:
            sock.sendall(bytes([byte]))
            if sock.recv(1000) == b"":
                return True
        except TimeoutError:
            pass
        except OSError:
            return True
        if time.monotonic() > end:
            return False
    return False


@pytest.mark.parametrize("start, endless", [
    (b"", b"GET /" + b"a" * 5000),
    (b"GET /healthz HTTP/1.1\r\n" + HOST, b"X: " + b"y" * 5000),
    (b"POST /v1/off HTTP/1.1\r\n" + HOST + JSON
     + b"Content-Length: 9000\r\n\r\n", b"{" + b" " * 5000),
    (b"POST /v1/off HTTP/1.1\r\n" + HOST + JSON
     + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n" * 1000),
    (b"POST /v1/lists/vip/import HTTP/1.1\r\n" + HOST
     + b"Content-Length: 9000\r\n\r\n", b"a\n" * 4000),
], ids=["line", "head", "body", "chunks", "upload"])
def test_a_drip_of_bytes_ends(shop, start, endless):
    d = shop("--timeout", "500ms", "--idle", "1s")
    with d.open() as sock:
        sock.sendall(start)
        assert drip(sock, endless, 8), "still open"
    assert d.get("/v1/status").status == 200


def test_an_idle_connection_is_closed(shop):
    d = shop("--timeout", "300ms", "--idle", "1s")
    with d.open() as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
        start = time.monotonic()
        assert read_all(sock).endswith(b"ok\n")
        assert time.monotonic() - start > 0.9


def test_a_large_upload_may_take_longer_than_the_time_of_a_request(shop):
    d = shop("--timeout", "300ms")
    with d.open() as sock:
        sock.sendall(b"POST /v1/lists/vip/import HTTP/1.1\r\n" + HOST
                     + b"Content-Length: 1000000\r\n" + END)
        for i in range(20):
            sock.sendall(b"%07d\n" % i * 6250)
            time.sleep(0.06)  # the client's pace is what is tried
        assert status(read_all(sock)) == 200


# --- numbers

def test_connections_beyond_the_limit_wait_and_then_are_served(shop):
    d = shop("--connections", "4", "--threads", "1")
    idle = [d.open() for _ in range(4)]
    try:
        for sock in idle:
            sock.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
            assert b"200" in sock.recv(1000)
        with d.open() as late:
            late.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + END)
            late.settimeout(0.5)
            with pytest.raises(TimeoutError):
                late.recv(1)
            idle.pop().close()
            late.settimeout(20 * SLOW)
            assert status(read_all(late)) == 200
    finally:
        for sock in idle:
            sock.close()


STALLED = {
    "nothing": b"",
    "half a line": b"GET /v1/sta",
    "half a head": b"GET /v1/status HTTP/1.1\r\n" + HOST,
    "half a body": b"POST /v1/off HTTP/1.1\r\n" + HOST + JSON
                   + b"Content-Length: 1000\r\n\r\n{",
    "half an upload": b"POST /v1/lists/vip/import HTTP/1.1\r\n" + HOST
                      + b"Content-Length: 100000\r\n\r\na\n",
    "events": b"GET /v1/events HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("what", STALLED)
def test_500_stalled_clients_stop_nobody(shop, what):
    d = shop("--timeout", "3s", "--idle", "2s")
    before = d.memory()
    clients = [socket.socket(socket.AF_UNIX) for _ in range(500)]
    try:
        for sock in clients:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.settimeout(20 * SLOW)
            sock.connect(d.socket)
            sock.sendall(STALLED[what])
        assert d.get("/v1/status", timeout=5).status == 200
        assert d.post("/v1/releases/shop/off", timeout=5).status == 200
        assert SANITIZED or d.memory() - before < 40 * 1024
        if what != "events":
            for sock in clients:
                read_all(sock)
        assert d.get("/v1/status", timeout=5).status == 200
        start = time.monotonic()
        assert d.stop() == 0
        assert time.monotonic() - start < 1.5 * SLOW
    finally:
        for sock in clients:
            sock.close()


def test_500_listeners_that_do_not_read_cost_bounded_memory(shop, store):
    """Events are kept once for all, whoever is behind."""
    d = shop()
    clients = []
    try:
        for _ in range(500):
            sock = d.open()
            sock.sendall(STALLED["events"])
            clients.append(sock)
        before = d.memory()
        store.run("list", "create", "big")
        note = "n" * 200
        for i in range(150):
            assert d.put(f"/v1/lists/big/members/{i}", {"note": note}).status \
                == 200
        assert SANITIZED or d.memory() - before < 20 * 1024
        listener = d.events()
        d.put("/v1/lists/big/members/last")
        assert listener.next("change")[1]["verb"] == "list add"
        listener.close()
    finally:
        for sock in clients:
            sock.close()


# --- changes that wait

def test_a_full_queue_is_503_with_retry_after(shop):
    d = shop("--queue", "1", "--threads", "4")
    clients, answers = [], []
    body = json.dumps({"members": [f"m{i}" for i in range(900)]}).encode()
    request = (b"POST /v1/lists/vip/members HTTP/1.1\r\n" + HOST + JSON
               + b"Content-Length: %d\r\n" % len(body) + END + body)
    for _ in range(60):
        sock = d.open()
        sock.sendall(request[:-1])
        clients.append(sock)
    for sock in clients:
        sock.sendall(request[-1:])
    for sock in clients:
        answers.append(read_all(sock))
        sock.close()
    codes = [status(a) for a in answers]
    assert set(codes) == {200, 503}
    late = next(a for a in answers if status(a) == 503)
    assert b"Retry-After: 1\r\n" in late and b"problem+json" in late
    wait_for(lambda: d.put("/v1/lists/vip/members/x").status == 200, 5)
