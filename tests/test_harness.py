"""The harness itself: what the stories rely on."""

import os
import signal

import pytest

from harness import LogError, Gateway, alive, wait_for

PROXY = """
location / {
    proxy_pass http://%stable%;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
}
"""


def plain(gateway, stable, **options):
    return gateway("", PROXY, module=False, stable=stable, **options)


def test_a_back_end_keeps_the_bytes_it_was_sent(gateway, stable):
    nginx = plain(gateway, stable)
    answer = nginx.get("/a?b=c", headers={"X-One": "1"}, method="POST",
                       body="hello")
    assert (answer.status, answer.text) == (200, "stable")
    assert stable.requests[0].line == "POST /a?b=c HTTP/1.1"
    assert stable.requests[0].header("X-One") == "1"
    assert stable.requests[0].raw.endswith(b"\r\n\r\nhello")


def test_a_back_end_answers_what_the_story_wants(gateway, stable):
    nginx = plain(gateway, stable)
    stable.status = 418
    stable.headers = [("X-Two", "2")]
    answer = nginx.get()
    assert (answer.status, answer.header("X-Two")) == (418, "2")


def test_the_source_address_is_any_of_loopback(gateway):
    nginx = gateway("", "return 200 $remote_addr;", module=False)
    assert nginx.get(source="127.9.8.7").text == "127.9.8.7"


def test_reload_returns_with_new_workers_only(gateway, stable):
    nginx = plain(gateway, stable, workers=2)
    old = nginx.workers()
    nginx.write(server='return 200 "new";')
    nginx.reload()
    assert len(nginx.workers()) == 2
    assert not set(old) & set(nginx.workers())
    assert nginx.get().text == "new"


def test_reload_leaves_old_workers_to_finish(gateway, stable):
    nginx = plain(gateway, stable)
    old = nginx.workers()[0]
    stable.hold()
    with nginx.socket() as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        stable.wait_for_requests(1)
        nginx.reload(wait_old=False)
        assert nginx.leaving_workers() == [old]
        stable.release()
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    wait_for(lambda: not alive(old), what="the old worker ends")


def test_upgrade_gives_a_new_master(gateway, stable):
    nginx = plain(gateway, stable, workers=2)
    before = nginx.master
    assert nginx.upgrade() == before
    assert nginx.master != before
    assert nginx.get().text == "stable"


def test_a_killed_worker_is_replaced(gateway, stable):
    nginx = plain(gateway, stable, allow=["exited on signal 9"])
    pid = nginx.workers()[0]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: nginx.workers() not in ([], [pid]), what="a new worker")


def test_a_crit_line_fails_the_story():
    nginx = Gateway("", 'root /nonexistent; error_log %dir%/error.log;',
                    module=False).start()
    nginx.error_log.open("a").write("1 [crit] something bad\n")
    with pytest.raises(LogError, match="something bad"):
        nginx.close()


def test_config_test_names_the_mistake(gateway):
    nginx = gateway("nonsense on;", "", module=False, start=False)
    code, text = nginx.config_test()
    assert code == 1
    assert 'unknown directive "nonsense"' in text


def test_memcached_holds_what_is_typed(memcached):
    cache = memcached()
    cache.set("192.168.2.20", "1")
    assert cache.get("192.168.2.20") == "1"
    assert cache.delete("192.168.2.20")
    assert cache.get("192.168.2.20") is None
    cache.restart()
    cache.suspend()
    cache.resume()
    assert cache.get("a") is None


def test_memcached_listens_on_a_unix_socket(memcached, folder):
    folder.chmod(0o777)
    cache = memcached(path=folder / "cache.sock")
    cache.set("a", "b")
    assert cache.get("a") == "b"
