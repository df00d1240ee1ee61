"""grayctl doctor: each line ok, or what to type."""

import json
import os
import socket

import pytest

from harness import MODULE, NGINX, port, wait_for

needs_module = pytest.mark.skipif(not MODULE.exists(), reason="the module is not built")

HTTP = """
    gray_store %store%;
    upstream app_stable { server 127.0.0.1:1; }
    upstream app_gray { server 127.0.0.1:2; }
"""
SERVER = """
    location / {
        gray shop stable=app_stable gray=app_gray;
        proxy_pass http://$gray_upstream;
    }
"""


def examine(store, conf=None, check=False):
    """{check: [findings]} of doctor, and its exit code."""
    words = ["doctor", "--json", "--nginx", NGINX]
    done = store.run(*words, *(["--conf", conf] if conf else []), check=check)
    told = json.loads(done.out)
    assert told["ok"] is (done.code == 0)
    found = {}
    for finding in told["checks"]:
        assert set(finding) == {"check", "state", "message", "hint"}
        found.setdefault(finding["check"], []).append(finding)
    return found, done.code


def states(found, check):
    return [finding["state"] for finding in found.get(check, [])]


@pytest.fixture
def shop(store):
    store.run("release", "create", "shop")
    return store


@needs_module
def test_a_sound_set_up_is_ok_in_every_line(shop, gateway):
    running = gateway(HTTP, SERVER, store=shop.path, workers=2)
    wait_for(lambda: shop.run("status", json=True)["nginx"], what="nginx publishes")
    found, code = examine(shop, running.conf)
    assert code == 0, found
    assert {state for check in found for state in states(found, check)} == {"ok"}
    assert "2 nginx workers" in found["running"][0]["message"]

    lines = shop.run("doctor", "--nginx", NGINX, "--conf", running.conf).out.splitlines()
    assert lines and all(line.startswith("ok    ") for line in lines)


def test_without_a_store_it_says_to_make_one(make_store):
    store = make_store(init=False)
    found, code = examine(store)
    assert code == 1
    assert states(found, "store") == ["fix"]
    assert "init" in found["store"][0]["hint"]


def test_an_nginx_without_the_module_is_told_what_to_add(shop, gateway):
    conf = gateway("", "location / { return 200; }", module=False, start=False).conf
    found, code = examine(shop, conf)
    assert code == 1
    assert "load_module modules/ngx_http_gray_module.so;" in found["module"][0]["hint"]
    assert f"gray_store {shop.path};" in found["gray_store"][0]["hint"]
    out = shop.run("doctor", "--conf", conf, "--nginx", NGINX, check=False).out
    assert "FIX " in out and "things to fix" in out


def test_a_broken_configuration_is_quoted(shop, gateway):
    conf = gateway("", "location / { retrun 200; }", module=False, start=False).conf
    found, _ = examine(shop, conf)
    assert 'unknown directive "retrun"' in found["configuration"][0]["message"]


def test_no_nginx_is_skipped(shop):
    done = shop.run("doctor", "--nginx", "/no/such/nginx", "--json", check=False)
    checks = {c["check"]: c["state"] for c in json.loads(done.out)["checks"]}
    assert checks["nginx"] == "skip" and checks["store"] == "ok"


@needs_module
def test_another_store_in_nginx_conf_is_named(shop, make_store, gateway):
    other = make_store()
    conf = gateway(HTTP, SERVER, store=other.path, start=False).conf
    found, _ = examine(shop, conf)
    assert str(other.path) in found["gray_store"][0]["message"]


@needs_module
@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_a_store_that_the_worker_cannot_read_is_found(shop, gateway):
    conf = gateway(HTTP, SERVER, store=shop.path, start=False).conf
    (shop.path / "data.mdb").chmod(0o600)
    found, code = examine(shop, conf)
    assert code == 1
    assert states(found, "access") == ["fix"]
    assert "www-data" in found["access"][0]["message"]
    assert "data.mdb" in found["access"][0]["message"]
    assert "chgrp" in found["access"][0]["hint"]

    (shop.path / "data.mdb").chmod(0o640)
    shop.path.chmod(0o700)
    found, _ = examine(shop, conf)
    assert "may not enter" in found["access"][0]["message"]
    assert "chmod 0750" in found["access"][0]["hint"]


@needs_module
@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_a_user_that_nginx_conf_does_not_name_is_found(shop, gateway):
    """Debian's own nginx.conf has it; a new one without runs as nobody."""
    conf = gateway(HTTP, SERVER, store=shop.path, start=False).conf
    conf.write_text(conf.read_text().replace("user www-data;", ""))
    found, _ = examine(shop, conf)
    assert "nobody may not enter" in found["access"][0]["message"]
    assert found["access"][0]["hint"].startswith("nginx.conf: user www-data;")


@needs_module
def test_each_live_list_is_asked(shop, gateway, memcached):
    shop.run("list", "create", "here", "--live")
    shop.run("list", "create", "down", "--live")
    shop.run("list", "create", "odd", "--live")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        conf = gateway(HTTP + """
            gray_memcached here %memcached%;
            gray_memcached down 127.0.0.1:%nobody%;
            gray_memcached odd 127.0.0.1:%silent%;
        """, SERVER, store=shop.path, memcached=memcached(), nobody=port(),
            silent=silent.getsockname()[1], start=False).conf
        found, _ = examine(shop, conf)
    assert states(found, "live") == ["ok", "fix", "fix"]
    assert "answers" in found["live"][0]["message"]
    assert "refused" in found["live"][1]["message"]
    assert "does not answer" in found["live"][2]["message"]


ADDRESS = [
    ("gray_attribute client $http_x_forwarded_for;", "any client can send"),
    ("gray_attribute client $http_x_real_ip $remote_addr;", "any client can send"),
    ("set_real_ip_from 0.0.0.0/0; real_ip_header X-Real-IP;", "trusts every address"),
    ("real_ip_header X-Forwarded-For;", "without set_real_ip_from"),
    ("set_real_ip_from 10.0.0.1; real_ip_header X-Forwarded-For;", "behind two proxies"),
    ("set_real_ip_from 10.0.0.1; real_ip_header X-Forwarded-For; real_ip_recursive on;", None),
]


@needs_module
@pytest.mark.parametrize("http, said", ADDRESS)
def test_a_client_that_can_choose_its_address_is_found(shop, gateway, http, said):
    conf = gateway(HTTP + http, SERVER, store=shop.path, start=False).conf
    found, _ = examine(shop, conf)
    finding = found["address"][0]
    assert finding["state"] == ("fix" if said else "ok")
    assert (said or "proxies named") in finding["message"]


@needs_module
def test_a_release_that_only_nginx_knows_is_named(store, gateway):
    running = gateway(HTTP, SERVER, store=store.path)
    wait_for(lambda: store.run("status", json=True)["nginx"], what="nginx publishes")
    found, code = examine(store, running.conf)
    assert code == 1
    assert "shop" in found["names"][0]["message"]
    assert found["names"][0]["hint"]
