"""The examples about what serves a request: back ends, caches, files."""

from harness.fastcgi import FastCgi
from harness.grpc import Grpc, message, text_of
from harness.upgraded import Upgraded
from http2 import Http2
from published import run_example

ALICE = {"cookies": {"uid": "alice"}}


def test_each_of_three_variants_has_its_share(
        gateway, store, stable, gray, backend):
    nginx = run_example("three-variants.conf", gateway, store, stable=stable,
                        gray=gray, third=backend("third"))

    def variants():
        return [nginx.get(headers={"X-Device-Id": f"d{device}"}).text
                for device in range(200)]

    before = variants()
    assert 25 <= before.count("gray") <= 55
    assert 25 <= before.count("third") <= 55

    store.run("weight", "shop", "a=50")
    moved = {pair for pair in zip(before, variants()) if pair[0] != pair[1]}
    assert moved == {("stable", "gray")}


def test_each_variant_has_its_own_pages_in_the_cache(
        gateway, store, stable, gray):
    nginx = run_example("proxy-cache.conf", gateway, store, stable=stable,
                        gray=gray)
    for _ in range(3):
        assert nginx.get("/page").text == "stable"
        assert nginx.get("/page", **ALICE).text == "gray"
    assert len(stable.requests) == len(gray.requests) == 1
    store.run("off", "shop")
    assert nginx.get("/page", **ALICE).text == "stable"
    assert len(stable.requests) == 1


def gray_down(gateway, store, stable, gray):
    return run_example("gray-down.conf", gateway, store,
                       {"proxy_read_timeout 5s": "proxy_read_timeout 300ms"},
                       stable=stable, gray=gray)


def same_request_at_stable(nginx, stable):
    stable.clear()
    answer = nginx.get("/cart?n=1", method="PUT", body="kept", **ALICE)
    assert (answer.status, answer.text) == (200, "stable")
    [request] = stable.requests
    assert request.method == "PUT" and request.path == "/cart?n=1"
    assert request.body == b"kept"


def test_when_gray_is_down_the_same_request_is_answered_by_stable(
        gateway, store, stable, gray):
    nginx = gray_down(gateway, store, stable, gray)
    assert nginx.get(**ALICE).text == "gray"
    gray.stop()
    same_request_at_stable(nginx, stable)


def test_when_gray_hangs_or_ends_in_mid_answer_stable_answers(
        gateway, store, stable, gray):
    nginx = gray_down(gateway, store, stable, gray)
    gray.answer = lambda request: b"HTTP/1.1 200 OK\r\nX-Cut"
    same_request_at_stable(nginx, stable)
    gray.answer = lambda request: b""
    same_request_at_stable(nginx, stable)
    gray.hold()
    same_request_at_stable(nginx, stable)


def test_the_gray_application_s_own_errors_go_to_the_client(
        gateway, store, stable, gray):
    nginx = gray_down(gateway, store, stable, gray)
    for status in (404, 500, 502, 503, 504):
        gray.status = status
        answer = nginx.get(**ALICE)
        assert (answer.status, answer.text) == (status, "gray")
    assert stable.requests == []


def test_stable_s_own_errors_are_not_tried_again(
        gateway, store, stable, gray):
    nginx = gray_down(gateway, store, stable, gray)
    stable.answer = lambda request: b""
    assert nginx.get().status == 502
    assert len(stable.requests) == 1 and gray.requests == []
    gray.stop()
    stable.clear()
    assert nginx.get(**ALICE).status == 502
    assert len(stable.requests) == 1


def test_each_variant_has_its_own_scripts(gateway, store, serve):
    stable, gray = serve(FastCgi, "stable"), serve(FastCgi, "gray")
    nginx = run_example("fastcgi.conf", gateway, store, stable=stable,
                        gray=gray)
    assert nginx.get("/a.php").text == "stable"
    answer = nginx.get("/a.php?x=1", method="POST", body="kept", **ALICE)
    assert answer.text == "gray"
    [params] = gray.params
    assert params["SCRIPT_FILENAME"] == f"{nginx.folder}/shop/gray/a.php"
    assert params["REQUEST_METHOD"] == "POST"
    assert params["QUERY_STRING"] == "x=1"
    assert gray.bodies == [b"kept"]
    [params] = stable.params
    assert params["SCRIPT_FILENAME"] == f"{nginx.folder}/shop/stable/a.php"


def test_each_variant_has_its_own_files(gateway, store):
    nginx = run_example("static-roots.conf", gateway, store)
    for variant in ("stable", "gray"):
        folder = nginx.folder / "shop" / variant / "shoes"
        folder.mkdir(parents=True)
        (folder / "red.html").write_text(f"{variant} shoes")
        (folder.parent / "index.html").write_text(f"{variant} front page")
        (folder.parent / f"{variant}.js").write_text(f"{variant} script")
    for variant, client in (("stable", {}), ("gray", ALICE)):
        assert nginx.get("/", **client).text == f"{variant} front page"
        assert nginx.get("/shoes/red.html", **client).text \
            == f"{variant} shoes"
        assert nginx.get(f"/{variant}.js", **client).status == 200
    assert nginx.get("/gray.js").status == 404
    assert nginx.get("/stable.js", **ALICE).status == 404


class WebSocket:
    """A client; lines instead of frames, which nginx does not look at."""

    def __init__(self, nginx, user):
        self.socket = nginx.socket()
        self.stream = self.socket.makefile("rb")
        self.socket.sendall(
            b"GET /live HTTP/1.1\r\nHost: localhost\r\n"
            b"Cookie: uid=%b\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\n\r\n" % user.encode())
        self.status = int(self.stream.readline().split()[1])
        for _ in iter(self.stream.readline, b"\r\n"):
            pass

    def say(self, text):
        self.socket.sendall(text.encode() + b"\n")
        return self.stream.readline().decode().strip()


def test_a_websocket_goes_to_its_variant_and_stays_there(
        gateway, store, serve, cleanup):
    nginx = run_example("websocket.conf", gateway, store,
                        stable=serve(Upgraded, "stable"),
                        gray=serve(Upgraded, "gray"))

    def connect(user):
        made = WebSocket(nginx, user)
        cleanup.callback(made.socket.close)
        assert made.status == 101
        return made

    alice, nobody = connect("alice"), connect("nobody")
    assert alice.say("hello") == "gray hello"
    assert nobody.say("hello") == "stable hello"
    store.run("off", "shop")
    assert alice.say("still here") == "gray still here"
    assert connect("alice").say("again") == "stable again"
    assert nginx.get().status == 426


def test_each_grpc_call_goes_to_its_variant(gateway, store, serve, cleanup):
    stable, gray = serve(Grpc, "stable"), serve(Grpc, "gray")
    nginx = run_example("grpc.conf", gateway, store, stable=stable, gray=gray)
    client = Http2(nginx)
    cleanup.callback(client.close)

    def call(user):
        stream = client.send("POST", "/shop.Cart/Add", [
            ("content-type", "application/grpc"), ("te", "trailers"),
            ("x-user", user)], message("a shoe"))
        answer = text_of(client.wait_bytes(stream))
        assert client.trailers[stream]["grpc-status"] == "0"
        return answer

    assert call("alice") == "gray a shoe"
    assert call("nobody") == "stable a shoe"
    assert call("alice") == "gray a shoe"
    assert gray.calls == ["/shop.Cart/Add"] * 2
