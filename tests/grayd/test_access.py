"""Who may do what: tokens and scopes, Host, Origin, the socket's mode."""

import grp
import os
import stat

import pytest

from harness import wait_for
from harness.build import GRAYD

TOKENS = {"ops": "admin", "look": "read", "data": "list:vip",
          "web": "release:shop", "any": "read,list:*"}

# Every kind of request: what it is to a path, and who may make it.
READS = ["/v1/status", "/v1/releases", "/v1/releases/shop",
         "/v1/releases/shop/rules", "/v1/lists", "/v1/lists/vip",
         "/v1/lists/vip/members", "/v1/lists/vip/members/a",
         "/v1/lists/vip/export", "/v1/links", "/v1/audit", "/v1/stats",
         "/v1/stats/history", "/metrics"]

CHANGES = [
    ("PUT", "/v1/releases/shop", {}, {"ops", "web"}),
    ("PATCH", "/v1/releases/shop/weight", {}, {"ops", "web"}),
    ("POST", "/v1/releases/shop/promote", {}, {"ops", "web"}),
    ("POST", "/v1/releases/shop/reshuffle", None, {"ops", "web"}),
    ("POST", "/v1/releases/shop/off", {}, {"ops", "web"}),
    ("POST", "/v1/releases/shop/on", {}, {"ops", "web"}),
    ("POST", "/v1/releases/shop/rules", {}, {"ops", "web"}),
    ("PATCH", "/v1/releases/shop/rules/qa", {}, {"ops", "web"}),
    ("DELETE", "/v1/releases/shop/rules/qa", None, {"ops", "web"}),
    ("POST", "/v1/releases/shop/explain", {}, set(TOKENS)),
    ("POST", "/v1/releases/shop/replay", b"{}\n", set(TOKENS)),
    ("POST", "/v1/releases/other", {}, {"ops"}),
    ("PUT", "/v1/releases/other", {}, {"ops"}),
    ("PATCH", "/v1/releases/other/weight", {}, {"ops"}),
    ("DELETE", "/v1/releases/shop2", None, {"ops"}),
    ("POST", "/v1/off", {}, {"ops"}),
    ("POST", "/v1/on", {}, {"ops"}),
    ("POST", "/v1/lists/vip/members", {}, {"ops", "data", "any"}),
    ("DELETE", "/v1/lists/vip/members", {}, {"ops", "data", "any"}),
    ("PUT", "/v1/lists/vip/members/a", {}, {"ops", "data", "any"}),
    ("DELETE", "/v1/lists/vip/members/a", None, {"ops", "data", "any"}),
    ("POST", "/v1/lists/vip/import", b"a\n", {"ops", "data", "any"}),
    ("POST", "/v1/lists/office/members", {}, {"ops", "any"}),
    ("POST", "/v1/lists/office/import", b"a\n", {"ops", "any"}),
    ("POST", "/v1/lists/vip", {}, {"ops"}),
    ("DELETE", "/v1/lists/vip2", None, {"ops"}),
    ("POST", "/v1/purge", None, {"ops"}),
    ("POST", "/v1/apply", b"", {"ops"}),
    ("POST", "/v1/links", {}, {"ops"}),
    ("POST", "/v1/links/rotate", None, {"ops"}),
    ("POST", "/v1/links/revoke-all", None, {"ops"}),
    ("DELETE", "/v1/links/x", None, {"ops"}),
]


@pytest.fixture
def tcp(grayd, store):
    store.run("release", "create", "shop")
    store.run("list", "create", "vip")
    return grayd(tcp=True, tokens=TOKENS)


def test_by_tcp_everything_but_healthz_needs_a_token(tcp):
    assert tcp.get("/healthz", tcp=True).status == 200
    for path in READS + ["/v1/events"]:
        got = tcp.get(path, tcp=True)
        assert got.status == 401, path
        assert got.headers["www-authenticate"] == "Bearer"
        assert got.json["code"] == "permission"
    for method, path, body, _ in CHANGES:
        kind = {"body": body} if isinstance(body, bytes) else {"json": body}
        assert tcp.ask(method, path, tcp=True, **kind).status == 401, path


@pytest.mark.parametrize("token", TOKENS)
def test_every_token_may_look(tcp, token):
    for path in READS:
        assert tcp.get(path, token=token).status == 200, path


def test_a_token_changes_what_its_scopes_name_and_nothing_else(tcp):
    wrong = []
    for method, path, body, allowed in CHANGES:
        kind = {"body": body} if isinstance(body, bytes) else {"json": body}
        for token in sorted(TOKENS, key=lambda name: name in allowed):
            status = tcp.ask(method, path, token=token, **kind).status
            if (status == 403) == (token in allowed) or status == 401:
                wrong.append((token, method, path, status))
    assert not wrong


def test_every_route_is_among_those_of_the_above(tcp):
    import subprocess
    routes = subprocess.run([GRAYD, "--routes"], capture_output=True,
                            text=True, check=True).stdout.split("\n")
    changing = {r for r in routes if r and not r.startswith("GET ")}

    def general(method, path):
        words = path.split("/")
        for i, name in ((3, words[2][:-1] if len(words) > 2 else ""),):
            if len(words) > i and words[2] in ("releases", "lists") or (
                    len(words) > i and words[2] == "links"
                    and words[3] not in ("rotate", "revoke-all")):
                words[3] = "{%s}" % name
        if len(words) > 5:
            words[5] = {"rules": "{rule}", "members": "{identity}"}[words[4]]
        return f"{method} {'/'.join(words)}"

    asked = {general(m, p) for m, p, _, _ in CHANGES}
    assert changing == asked


@pytest.mark.parametrize("value", [
    "Bearer", "Bearer ", "Bearer x", "Basic eA==", "", "bearer\tx",
    "Bearer " + "x" * 5000])
def test_a_token_that_nobody_has_is_refused(tcp, value):
    got = tcp.get("/v1/status", tcp=True, headers={"Authorization": value})
    assert got.status == 401


def test_two_authorizations_are_refused(tcp):
    got = tcp.raw(b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n"
                  b"Authorization: Bearer x\r\nAuthorization: Bearer y\r\n\r\n",
                  tcp=True)
    assert got.startswith(b"HTTP/1.1 400")


def test_the_audit_has_the_token_s_name(tcp):
    tcp.put("/v1/lists/vip/members/a", token="data",
            headers={"X-Remote-User": "root"})
    record = tcp.get("/v1/audit?limit=1").json["records"][0]
    assert record["user"] == "data"


def test_the_token_file_is_read_again_when_it_changed(tcp):
    old = tcp.tokens["look"]
    tcp.write_tokens({"look": "read"})
    wait_for(lambda: tcp.get("/v1/status", token=old).status == 401, 5)
    assert tcp.get("/v1/status", token="look").status == 200


def test_a_bad_token_file_is_told_once_and_the_old_tokens_stay(tcp):
    good = tcp.token_file.read_text()
    tcp.token_file.write_text("look read nonsense\n")
    wait_for(lambda: "the tokens stay as they were" in tcp.log(), 5)
    assert "line 1" in tcp.log() and "64 hexadecimal" in tcp.log()
    assert tcp.get("/v1/status", token="look").status == 200

    tcp.token_file.unlink()
    wait_for(lambda: tcp.log().count("the tokens stay") == 2, 5)
    assert tcp.get("/v1/status", token="look").status == 200
    tcp.token_file.write_text(good)
    assert tcp.get("/v1/status", token="look").status == 200


# --- where a request comes from

@pytest.mark.parametrize("host, status", [
    ("localhost", 200), ("LOCALHOST:1", 200), ("127.0.0.1", 200),
    ("[::1]:80", 200), ("gray.example", 200), ("gray.example:443", 200),
    ("evil.example", 421), ("localhost.evil.example", 421), ("", 421),
    ("127.0.0.1.evil.example", 421), ("gray.example.", 421)])
def test_only_its_own_names_are_answered_by_tcp(grayd, host, status):
    d = grayd("--host", "gray.example", tcp=True, tokens=TOKENS)
    for path in ("/v1/status", "/healthz"):
        got = d.get(path, token="ops", headers={"Host": host})
        assert got.status == status


@pytest.mark.parametrize("headers, status", [
    ({}, 200),
    ({"Origin": "http://localhost"}, 200),
    ({"Origin": "https://page.example"}, 200),
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "http://localhost:81"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": ""}, 403),
    ({"Sec-Fetch-Site": "same-origin"}, 200),
    ({"Sec-Fetch-Site": "none"}, 200),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
])
@pytest.mark.parametrize("way", ["socket", "tcp"])
def test_a_page_of_another_site_changes_nothing(grayd, store, way, headers,
                                                status):
    store.run("release", "create", "shop")
    d = grayd("--origin", "https://page.example", tcp=True, tokens=TOKENS)
    token = "ops" if way == "tcp" else None
    headers = headers | {"Host": "localhost"}
    assert d.post("/v1/releases/shop/off", token=token, headers=headers).status \
        == status
    assert d.get("/v1/status", token=token, headers=headers).status == 200


# --- the sockets

def test_the_socket_is_of_the_store_s_group_and_of_nobody_else(grayd, store):
    d = grayd()
    st = os.stat(d.socket)
    assert stat.S_IMODE(st.st_mode) == 0o660
    assert st.st_gid == os.stat(store.path).st_gid
    if os.geteuid() == 0:
        assert st.st_gid == grp.getgrnam("www-data").gr_gid


def failure(d):
    """How a grayd that does not start ends."""
    d.start(wait=False)
    assert d.process.wait(20) == 2
    return d.log()


@pytest.mark.parametrize("address", [
    "0.0.0.0:0", "[::]:0", ":0", "127.evil.example:0", "192.0.2.1:0"])
def test_others_are_not_listened_for_without_tokens(grayd, address):
    said = failure(grayd("--listen", address, start=False))
    assert "there is no token file" in said and "--new-token" in said


def test_with_tokens_any_address_will_do(grayd):
    d = grayd("--listen", "0.0.0.0:0", tokens=TOKENS)
    assert d.get("/healthz").status == 200


@pytest.mark.parametrize("lines, words", [
    ("ops admin\n", "not 2 words"),
    (f"ops root {'0' * 64}\n", "unknown scope 'root'"),
    (f"o/s admin {'0' * 64}\n", "no name of a token"),
    (f"ops admin, {'0' * 63}\n", "hexadecimal"),
    ("x" * 2000, "too long")])
def test_a_bad_token_file_at_the_start_is_refused(grayd, lines, words):
    d = grayd(tokens={}, start=False)
    d.token_file.write_text(lines)
    said = failure(d)
    assert words in said and "line 1" in said


def test_a_token_file_that_everybody_may_write_is_refused(grayd):
    d = grayd(tokens=TOKENS, start=False)
    d.token_file.chmod(0o666)
    assert "chmod 0640" in failure(d)


def test_a_token_file_that_is_not_there_is_refused(grayd):
    d = grayd("--tokens", "/nowhere/tokens", start=False)
    assert "/nowhere/tokens cannot be read" in failure(d)
