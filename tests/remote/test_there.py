"""What can go wrong between grayctl and a grayd, and who may do what."""

import json
import os
import pty
import select
import signal
import socket
import subprocess
import time

import pytest

from asking import Says, answer, ask, certificate
from harness.build import GRAYCTL, SLOW, sanitized
from harness.wait import port, wait_for

RELEASES = '{"revision": 1, "all_off": false, "releases": []}'
BUSY = json.dumps({"type": "about:blank", "title": "x", "status": 503,
                   "code": "in_use", "detail": "too many changes are waiting; try again"})


@pytest.fixture
def says(cleanup):
    def make(what):
        made = Says(what)
        cleanup.callback(made.stop)
        return made
    return make


# --- where it is

@pytest.mark.parametrize("server, said", [
    ("", "is no address"), ("gray.example.com", "is no address"),
    ("ftp://gray", "is no address"), ("http://", "has no host"),
    ("http:///x", "has no host"), ("http://a b", "is no address"),
    ("http://h/?x", "is no address"), ("unix:sock", "whole path"),
    ("http://user:secret@h", "$GRAY_USER")])
def test_what_is_no_address_is_told(folder, server, said):
    done = ask(folder, server, "status")
    assert done.code == 2 and said in done.err
    assert "secret" not in done.err


def test_a_store_and_a_server_do_not_go_together(folder):
    done = ask(folder, "unix:/x", "--store", folder, "status")
    assert done.code == 2 and "do not go together" in done.err


def test_a_store_that_is_named_counts_more_than_the_environment(store, monkeypatch):
    done = subprocess.run([GRAYCTL, "--store", store.path, "release", "ls"],
                          env={**sanitized(store.folder), "GRAY_SERVER": "unix:/no"},
                          capture_output=True, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("form", ["unix:{}", "unix://{}", "http+unix://{}"])
def test_a_socket_is_named_in_three_ways(grayd, form):
    d = grayd()
    path = d.socket if "+" not in form else d.socket.replace("/", "%2F")
    assert ask(d.folder, form.format(path), "release", "ls").code == 0


def test_a_server_that_is_not_there_is_named_with_the_remedy(folder):
    done = ask(folder, "unix:/nowhere/grayd.sock", "status")
    assert done.code == 70 and "unix:/nowhere/grayd.sock" in done.err
    assert "systemctl status grayd" in done.err
    url = f"http://127.0.0.1:{port()}"
    done = ask(folder, url, "status", "--json")
    assert done.code == 70 and done.out == ""
    error = json.loads(done.err)["error"]
    assert url in error["message"] and "refused" in error["message"]
    assert "--listen" in error["hint"]


def test_a_name_that_nobody_has_is_told(folder):
    done = ask(folder, "http://no.such.host.invalid", "status")
    assert done.code == 70 and "no such host" in done.err


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become somebody else")
def test_a_socket_of_another_group_is_a_question_of_permission(grayd):
    d = grayd()
    d.folder.chmod(0o755)
    done = subprocess.run([GRAYCTL, "--server", f"unix:{d.socket}", "release", "ls"],
                          user="nobody", group="nogroup", extra_groups=[],
                          env=sanitized(d.folder), capture_output=True, text=True,
                          check=False)
    assert done.returncode == 6 and "group" in done.stderr


# --- what is there

@pytest.mark.parametrize("status, body, kind, code, said", [
    (200, "<html>", "text/html", 70, "is no grayd"),
    (404, "<html>", "text/html", 70, "is no grayd"),
    (200, "{}x", "application/json", 70, "is no grayd"),
    (502, "<html>", "text/html", 70, "stands before grayd"),
    (504, "<html>", "text/html", 9, "stands before grayd"),
    (413, "<html>", "text/html", 5, "client_max_body_size"),
    (403, "<html>", "text/html", 6, "refuses this"),
    (401, "<html>", "text/html", 6, "needs a token"),
    (404, '{"code": "not_found", "detail": "there is nothing at this address"}',
     "application/problem+json", 8, "older than this grayctl"),
    (500, '{"code": "damaged", "detail": "a checksum", "hint": "do this"}',
     "application/problem+json", 8, "a checksum\n    do this"),
])
def test_other_answers_are_told_for_what_they_are(says, folder, status, body,
                                                  kind, code, said):
    server = says(answer(status, body, kind))
    done = ask(folder, server.url, "release", "ls")
    assert done.code == code and said in done.err, done


def test_a_redirection_is_not_followed_but_named(says, folder):
    server = says(answer(301, "", "text/html", "Location: https://elsewhere/"))
    done = ask(folder, server.url, "release", "ls", GRAY_TOKEN="x" * 43)
    assert done.code == 5 and "https://elsewhere/" in done.err


def test_a_password_that_is_wanted_is_asked_for(says, folder):
    server = says(answer(401, "", "text/html", 'WWW-Authenticate: Basic realm="x"'))
    done = ask(folder, server.url, "release", "ls")
    assert done.code == 6 and "$GRAY_USER and $GRAY_PASSWORD" in done.err


def test_a_busy_server_is_asked_again(says, folder):
    def busy(n):
        return answer(503, BUSY, "application/problem+json", "Retry-After: 1") \
            if n < 2 else answer(200, '{"changed": true, "revision": 7}')
    server = says(busy)
    done = ask(folder, server.url, "release", "rm", "shop")
    assert done.out == "removed release shop\n" and len(server.requests) == 3


def test_a_server_that_stays_busy_is_told(says, folder):
    server = says(answer(503, BUSY, "application/problem+json", "Retry-After: 1"))
    done = ask(folder, server.url, "--wait", "2s", "release", "rm", "shop")
    assert done.code == 4 and "too many changes" in done.err
    assert len(server.requests) in (2, 3)


def test_a_store_that_is_not_there_is_not_waited_for(says, folder):
    body = json.dumps({"code": "no_store", "detail": "no store in /x"})
    server = says(answer(503, body, "application/problem+json", "Retry-After: 1"))
    done = ask(folder, server.url, "release", "ls")
    assert done.code == 6 and len(server.requests) == 1


def test_a_server_that_says_nothing_is_not_waited_for_longer_than_told(says, folder):
    begun = time.monotonic()
    done = ask(folder, says(None).url, "--wait", "1s", "release", "ls")
    assert done.code == 9 and "within 1 seconds" in done.err
    assert "--wait" in done.err and time.monotonic() - begun < 20 * SLOW


def test_a_connection_that_does_not_come_about_has_changed_nothing(folder):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        done = ask(folder, url, "--wait", "1s", "release", "rm", "shop")
    assert done.code == 9 and "no connection with" in done.err
    assert "may have been made" not in done.err


def test_a_change_whose_answer_is_lost_may_have_been_made(says, folder):
    done = ask(folder, says(None).url, "--wait", "1s", "release", "rm", "shop")
    assert done.code == 9 and "may have been made" in done.err
    done = ask(folder, says(b"HTTP/1.1 200 OK\r\nContent-Le").url, "--wait", "2s",
               "release", "rm", "shop")
    assert done.code in (9, 70) and "may have been made" in done.err


def test_an_export_that_breaks_off_is_an_error(says, folder):
    server = says(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                  b"Content-Length: 100\r\n\r\na\nb\n")
    done = ask(folder, server.url, "--wait", "2s", "list", "export", "vip")
    assert done.code in (9, 70) and done.out == "a\nb\n" and done.err


def test_an_interrupt_ends_at_once(says, folder):
    server = says(None)
    process = subprocess.Popen([GRAYCTL, "--server", server.url, "status"],
                               env=sanitized(folder), stderr=subprocess.PIPE)
    wait_for(lambda: server.requests, 30, "it has asked")
    process.send_signal(signal.SIGINT)
    assert process.wait(10 * SLOW) == -signal.SIGINT
    process.stderr.close()


# --- what is sent

def test_a_request_says_who_asks_and_what_is_expected(says, folder):
    server = says(answer(200, '{"changed": true, "revision": 7}'))
    ask(folder, server.url + "/gray/", "--if-revision", "42", "list", "drop",
        "a/b é", "--force", GRAY_TOKEN="secret-token")
    request = server.requests[0].decode()
    assert request.startswith(
        "DELETE /gray/v1/lists/a%2Fb%20%C3%A9?force=true HTTP/1.1\r\n")
    assert 'If-Match: "42"\r\n' in request
    assert "Authorization: Bearer secret-token\r\n" in request
    assert "User-Agent: grayctl/" in request


def test_the_token_is_the_first_line_of_a_file(says, folder):
    server = says(answer(200, RELEASES))
    path = folder / "token"
    path.write_text("from-the-file\nmore\n")
    ask(folder, server.url, "--token-file", path, "release", "ls",
        GRAY_TOKEN="other", GRAY_USER="me", GRAY_PASSWORD="x")
    assert b"Bearer from-the-file\r\n" in server.requests[0]
    path.write_text("\n")
    done = ask(folder, server.url, "--token-file", path, "release", "ls")
    assert done.code == 2 and "holds no token" in done.err
    done = ask(folder, server.url, "--token-file", folder / "no", "release", "ls")
    assert done.code == 3 and str(folder / "no") in done.err


def test_a_name_and_password_are_sent_when_there_is_no_token(says, folder):
    server = says(answer(200, RELEASES))
    ask(folder, server.url, "release", "ls", GRAY_USER="me", GRAY_PASSWORD="x:y")
    assert b"Authorization: Basic bWU6eDp5\r\n" in server.requests[0]


def test_a_proxy_is_not_asked_for_the_loopback(says, folder):
    server = says(answer(200, RELEASES))
    proxy = f"http://127.0.0.1:{port()}"
    done = ask(folder, server.url, "release", "ls", http_proxy=proxy,
               all_proxy=proxy, https_proxy=proxy)
    assert done.code == 0


# --- tokens and scopes

@pytest.fixture
def tcp(grayd, store):
    store.run("release", "create", "shop")
    store.run("list", "create", "vip")
    return grayd(tcp=True, tokens={"ops": "admin", "data": "read,list:vip",
                                   "eyes": "read"})


def test_scopes_are_kept_and_the_one_that_is_missing_is_named(tcp, store):
    def by(token, *words):
        return ask(tcp.folder, f"http://127.0.0.1:{tcp.port}", *words,
                   GRAY_TOKEN=tcp.tokens[token])
    assert by("eyes", "release", "ls").code == 0
    assert by("data", "list", "add", "vip", "a").code == 0
    for words, scope in [(["weight", "shop", "gray=5", "--by", "user"], "release:shop"),
                         (["list", "drop", "vip"], "admin"),
                         (["off", "--all"], "admin")]:
        done = by("data", *words)
        assert done.code == 6 and f"scope {scope}" in done.err, done
        assert "'data'" in done.err
    done = by("eyes", "list", "add", "vip", "b")
    assert done.code == 6 and "list:vip" in done.err
    done = ask(tcp.folder, f"http://127.0.0.1:{tcp.port}", "list", "import", "vip",
               stdin="a-member\n" * 500_000, GRAY_TOKEN=tcp.tokens["eyes"])
    assert done.code == 6 and "list:vip" in done.err
    assert by("ops", "weight", "shop", "gray=5", "--by", "user").code == 0
    records = store.run("log", json=True)["records"]
    assert [r["user"] for r in records[:2]] == ["ops", "data"]


def test_a_token_that_is_missing_or_wrong_is_told(tcp):
    url = f"http://127.0.0.1:{tcp.port}"
    done = ask(tcp.folder, url, "release", "ls")
    assert done.code == 6 and "$GRAY_TOKEN" in done.err and url in done.err
    done = ask(tcp.folder, url, "release", "ls", GRAY_TOKEN="x" * 43)
    assert done.code == 6 and "does not know the token" in done.err


def test_completion_asks_the_server_and_is_silent_without_one(tcp, says, folder):
    url = f"http://127.0.0.1:{tcp.port}"
    done = ask(folder, url, "__complete", "release", "rm", "s",
               GRAY_TOKEN=tcp.tokens["eyes"])
    assert done.out == "shop\n"
    done = ask(folder, url, "__complete", "--server", url, "rule", "ls", "",
               GRAY_TOKEN=tcp.tokens["eyes"])
    assert done.out == "shop\n"
    begun = time.monotonic()
    done = ask(folder, says(None).url, "__complete", "release", "rm", "s")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert time.monotonic() - begun < 10 * SLOW
    done = ask(folder, "nonsense", "__complete", "release", "rm", "s")
    assert (done.code, done.out, done.err) == (0, "", "")


# --- behind nginx

TLS = """
server {
    listen 127.0.0.1:%tls% ssl;
    server_name localhost;
    ssl_certificate     %cert%;
    ssl_certificate_key %key%;
    client_max_body_size 1m;
    auth_basic           "gray";
    auth_basic_user_file %users%;

    location /gray/ {
        proxy_pass http://unix:%socket%:/;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Remote-User $remote_user;
        proxy_set_header Authorization "";
    }
}
"""


@pytest.fixture
def behind(gateway, grayd, store, folder):
    """A grayd behind nginx: (its https address, the certificate)."""
    store.run("release", "create", "shop")
    store.run("list", "create", "vip")
    d = grayd()
    cert, key = certificate(folder)
    users = folder / "users"
    users.write_text("alice:{PLAIN}pass word\n")
    os.chmod(d.socket, 0o666)
    d.folder.chmod(0o755)
    tls = port()
    gateway(TLS, None, module=False, tls=tls, cert=cert, key=key, users=users,
            socket=d.socket, allow=["client intended to send too large body",
                                    "user .* (was not found|: password mismatch)",
                                    "no user/password", "SSL_do_handshake"])
    return f"https://localhost:{tls}/gray", cert


ALICE = {"GRAY_USER": "alice", "GRAY_PASSWORD": "pass word"}


def test_behind_nginx_a_person_s_name_stands_in_the_audit(behind, folder, store):
    url, cert = behind
    done = ask(folder, url, "--ca", cert, "off", "shop", **ALICE)
    assert done.code == 0, done
    assert ask(folder, url, "list", "add", "vip", "a", GRAY_CA=str(cert),
               **ALICE).code == 0
    assert {r["user"] for r in store.run("log", json=True)["records"][:2]} == {"alice"}


def test_behind_nginx_what_is_refused_has_its_remedy(behind, folder):
    url, cert = behind
    done = ask(folder, url, "release", "ls", **ALICE)
    assert done.code == 70 and "--ca" in done.err and url in done.err
    done = ask(folder, url.replace("localhost", "127.0.0.1"), "--ca", cert,
               "release", "ls", **ALICE)
    assert done.code == 70 and "certificate" in done.err
    done = ask(folder, url, "--ca", cert, "release", "ls")
    assert done.code == 6 and "$GRAY_PASSWORD" in done.err
    done = ask(folder, url, "--ca", cert, "release", "ls", GRAY_USER="alice",
               GRAY_PASSWORD="wrong")
    assert done.code == 6
    done = ask(folder, url, "--ca", folder / "none.pem", "release", "ls", **ALICE)
    assert done.code == 70 and "--ca" in done.err
    done = ask(folder, url, "--ca", cert, "list", "import", "vip",
               stdin="x" * 40 + "\n" + "y" * 2_000_000, **ALICE)
    assert done.code == 5 and "client_max_body_size" in done.err
    done = ask(folder, url.replace("https", "http"), "release", "ls", **ALICE)
    assert done.code == 70


def test_tls_with_what_speaks_none_is_told(gateway, folder):
    plain = gateway("", "location / { return 200; }", module=False)
    done = ask(folder, f"https://127.0.0.1:{plain.port}", "release", "ls")
    assert done.code == 70 and "no TLS" in done.err


# --- large things

def test_a_slow_pipe_is_kept_until_it_is_complete(grayd, store):
    store.run("list", "create", "vip")
    d = grayd("--timeout", "1s")
    process = subprocess.Popen(
        [GRAYCTL, "--server", f"unix:{d.socket}", "list", "import", "vip"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=sanitized(d.folder))
    process.stdin.write(b"a\n")
    process.stdin.flush()
    time.sleep(1.5 * SLOW)  # longer than grayd waits for a request
    assert process.communicate(b"b\n", timeout=30 * SLOW)[0] == (
        b"added 2 members to vip: it has 2\n")


def test_members_that_are_no_utf8_go_one_at_a_time(grayd, store):
    store.run("list", "create", "vip")
    server = f"unix:{grayd().socket}"
    odd = os.fsdecode(b"odd-\xff")
    for words, code in [(["add", "vip", odd], 0), (["has", "vip", odd], 0),
                        (["add", "vip", odd, "b"], 5), (["rm", "vip", odd], 0),
                        (["has", "vip", odd], 1)]:
        done = subprocess.run([GRAYCTL, "--server", server, "list", *words],
                              env=sanitized(store.folder), capture_output=True,
                              check=False)
        assert done.returncode == code, (words, done)


def test_a_socket_that_takes_nothing_in_ends(folder):
    """An upload of which nothing is taken in."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        done = ask(folder, f"http://127.0.0.1:{listener.getsockname()[1]}",
                   "--wait", "2s", "list", "import", "vip",
                   stdin=b"a-member-of-the-list\n" * 2_000_000)
    assert done.code == 9


def test_what_comes_slowly_shows_progress_on_a_terminal(grayd, store):
    store.run("list", "create", "vip")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [GRAYCTL, "--server", f"unix:{grayd().socket}", "list", "import", "vip"],
        stdin=subprocess.PIPE, stdout=slave, stderr=slave,
        env={**sanitized(store.folder), "TERM": "xterm"})
    os.close(slave)
    shown = b""
    while b"KiB read" not in shown:
        process.stdin.write(b"a-member\n" * 5000)
        process.stdin.flush()
        if select.select([master], [], [], 0.05)[0]:
            shown += os.read(master, 4096)
        assert process.poll() is None
    process.stdin.close()
    while b"added 1 member to vip" not in shown:
        shown += os.read(master, 4096)
    assert b"\r\x1b[K" in shown and process.wait(30 * SLOW) == 0
    os.close(master)
