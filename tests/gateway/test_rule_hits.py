"""How often each rule of a release decided."""

import json
import os
import signal

import pytest

from figures import STATUS, page
from harness import alive, wait_for
from shop import GRAY, HTTP, PHONE, UPSTREAMS, fill


@pytest.fixture
def shop(gateway, store, stable, gray):
    def make(**options):
        return gateway(options.pop("http", HTTP), UPSTREAMS + STATUS,
                       store=fill(store), stable=stable, gray=gray, **options)
    return make


def told(store):
    """{rule: hits} as grayctl has it, in the rules' order."""
    return {rule["name"]: rule["hits"] for rule in
            store.run("rule", "ls", "shop", json=True)["rules"]}


def counted(store, **hits):
    """Waits until the rules have these hits."""
    wait_for(lambda: told(store) == hits,
             what=f"the hits are {hits}")


def send(nginx, count, **headers):
    for _ in range(count):
        nginx.get(**headers)


def test_each_rule_counts_what_it_decided(shop, store):
    nginx = shop()
    store.run("list", "add", "testers", "phone-42")
    send(nginx, 3, headers=GRAY)
    send(nginx, 2, headers=PHONE)
    send(nginx, 4)
    counted(store, qa=2, user=3)


def test_before_a_worker_has_loaded_a_rule_nothing_is_known(shop, store):
    nginx = shop()
    assert told(store) == {"qa": None, "user": None}
    assert [line.split()[3] for line in
            store.run("rule", "ls", "shop").out.splitlines()[1:3]] == ["-", "-"]
    nginx.get()
    counted(store, qa=0, user=0)


def test_two_workers_count_together(shop, store):
    nginx = shop(workers=2)
    send(nginx, 40, headers=GRAY)
    counted(store, qa=0, user=40)


def test_a_rule_that_is_moved_keeps_its_count(shop, store):
    nginx = shop(workers=2)
    send(nginx, 5, headers=GRAY)
    counted(store, qa=0, user=5)
    store.run("rule", "mv", "shop", "user", "--first")
    send(nginx, 5, headers=GRAY)
    counted(store, user=10, qa=0)
    assert list(told(store)) == ["user", "qa"]


def test_a_rule_with_a_split_counts_for_whom_it_divides(shop, store):
    nginx = shop()
    store.run("rule", "add", "shop", "half", "gray=50", "user starts 'u'",
              "--by", "user")
    for i in range(20):
        nginx.get(headers={"X-User": f"u{i}"})
    counted(store, qa=0, user=0, half=20)


def test_a_renamed_rule_begins_at_nought_without_a_request(shop, store):
    nginx = shop()
    send(nginx, 2, headers=GRAY)
    counted(store, qa=0, user=2)
    store.run("rule", "rename", "shop", "user", "friend")
    counted(store, qa=0, friend=0)
    send(nginx, 1, headers=GRAY)
    counted(store, qa=0, friend=1)
    assert {one["name"] for one in page(nginx)["releases"][0]["rules"]} \
        == {"qa", "friend"}


def test_a_rule_that_was_removed_begins_anew(shop, store):
    nginx = shop()
    send(nginx, 2, headers=GRAY)
    store.run("rule", "rm", "shop", "user")
    send(nginx, 2, headers=GRAY)
    store.run("rule", "add", "shop", "user", "gray", "user = 'gray'")
    send(nginx, 1, headers=GRAY)
    counted(store, qa=0, user=1)


def test_a_release_that_was_removed_begins_anew(shop, store):
    nginx = shop()
    send(nginx, 2, headers=GRAY)
    store.run("release", "rm", "shop", "--force")
    nginx.allow.append("the store has no release")
    assert nginx.get(headers=GRAY).text == "stable"
    store.run("release", "create", "shop")
    store.run("rule", "add", "shop", "user", "gray", "user = 'gray'")
    send(nginx, 1, headers=GRAY)
    counted(store, user=1)


def test_counts_go_on_over_a_reload(shop, store):
    nginx = shop(workers=2)
    send(nginx, 3, headers=GRAY)
    nginx.reload()
    send(nginx, 3, headers=GRAY)
    counted(store, qa=0, user=6)


def test_counts_go_on_when_a_worker_is_killed(shop, store):
    nginx = shop(workers=2, allow=["exited on signal 9"])
    send(nginx, 10, headers=GRAY)
    counted(store, qa=0, user=10)
    for victim in nginx.workers():
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: not alive(victim) and len(nginx.workers()) == 2,
                 what="another worker is there")
    send(nginx, 10, headers=GRAY)
    counted(store, qa=0, user=20)


def test_a_worker_that_drains_counts_for_the_rules_that_are_left(
        shop, store, gray):
    nginx = shop()
    with nginx.socket() as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        send(nginx, 1, headers=GRAY)
        old, = nginx.workers()
        nginx.reload(wait_old=False)
        store.run("rule", "rm", "shop", "qa")
        send(nginx, 1, headers=GRAY)
        counted(store, user=2)
        s.sendall(b"X-User: gray\r\n\r\n")
        gray.wait_for_requests(3)
        counted(store, user=3)
    wait_for(lambda: not alive(old), what="the old worker ends")


def test_the_kill_switch_hits_no_rule(shop, store):
    nginx = shop()
    send(nginx, 1, headers=GRAY)
    store.run("off", "shop")
    send(nginx, 3, headers=GRAY)
    store.run("on", "shop")
    send(nginx, 1, headers=GRAY)
    counted(store, qa=0, user=2)


def test_an_override_hits_no_rule(shop, store):
    nginx = shop(http=HTTP + "gray_override gray;")
    token = store.run("link", "shop", "gray", json=True)["token"]
    send(nginx, 1, headers=GRAY)
    send(nginx, 3, headers=GRAY, cookies={"gray_shop": token})
    counted(store, qa=0, user=1)


def test_a_rule_that_cannot_be_known_has_no_hit(shop, store):
    nginx = shop(http=HTTP + "gray_memcached cache 127.0.0.1:1 timeout=5s;",
                 allow=["gray"])
    store.run("list", "create", "cache", "--live")
    store.run("rule", "add", "shop", "held", "stable", "user in @cache",
              "--first")
    send(nginx, 2, headers=GRAY)
    counted(store, held=0, qa=0, user=0)


def test_metrics_and_the_page_have_them_too(shop, store):
    nginx = shop()
    send(nginx, 3, headers=GRAY)
    counted(store, qa=0, user=3)
    text = nginx.get("/figures").text
    assert 'gray_rule_hits_total{release="shop",rule="user"} 3\n' in text
    assert 'gray_rule_hits_total{release="shop",rule="qa"} 0\n' in text
    assert "gray_rules_uncounted 0\n" in text
    found = page(nginx)
    assert found["releases"][0]["rules"] \
        == [{"name": "qa", "hits": 0}, {"name": "user", "hits": 3}]
    assert found["rules_uncounted"] == 0


def test_counters_made_anew_begin_with_what_comes(shop, store):
    nginx = shop()
    send(nginx, 2, headers=GRAY)
    (store.path / "counters.2").unlink()
    assert told(store) == {"qa": None, "user": None}
    store.init()
    nginx.reload()
    send(nginx, 1, headers=GRAY)
    counted(store, qa=0, user=1)


def test_a_restored_store_counts_its_rules(shop, store, folder):
    nginx = shop()
    store.run("backup", folder / "backup")
    store.run("rule", "add", "shop", "late", "gray", "user = 'late'")
    send(nginx, 2, headers=GRAY)
    counted(store, qa=0, user=2, late=0)
    store.run("restore", folder / "backup")
    send(nginx, 1, headers=GRAY)
    wait_for(lambda: told(store)["user"], what="rules are counted again")
    assert set(told(store)) == {"qa", "user"}


def test_rules_past_the_limit_are_told_of(shop, store, tmp_path):
    document = {"variants": ["stable", "gray"], "default": "stable", "rules": [
        {"name": f"rule-{i}", "if": f"user = 'u{i}'", "variant": "gray"}
        for i in range(4099)]}
    nginx = shop(allow=["no room for the hits of 3 rules"])
    store.run("release", "set", "shop", "-", stdin=json.dumps(document))
    nginx.get(headers={"X-User": "u4098"})
    wait_for(lambda: told(store)["rule-0"] == 0, what="rules are counted")
    assert nginx.get(headers={"X-User": "u4098"}).text == "gray"
    hits = told(store)
    assert list(hits.values()).count(None) == 3
    nginx.wait_for_log('no room for the hits of 3 rules of release "shop"')
    assert "the hits of 3 rules are not counted" in store.run("status").out
    assert page(nginx)["rules_uncounted"] == 3
