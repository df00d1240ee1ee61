"""Conditions in a running nginx: what unit tests show of the core, once."""

from datetime import datetime, timedelta, timezone

from harness import wait_for
from shop import SEEN

CONF = """
gray_store %store%;
gray_attribute user $http_x_user;
gray_attribute app $http_x_app;
gray_attribute agent $http_x_agent;
upstream app_stable { server %stable%; }
upstream app_gray { server %gray%; }
"""

LOCATION = """
location / {
    gray shop stable=app_stable gray=app_gray;
    add_header Seen %seen%;
    proxy_pass http://$gray_upstream;
}
"""


def running(gateway, store, stable, gray, condition):
    store.run("release", "create", "shop")
    store.run("rule", "add", "shop", "qa", "gray", condition)
    return gateway(CONF, LOCATION.replace("%seen%", SEEN), store=store,
                   stable=stable, gray=gray)


def test_a_version_a_set_and_a_text_decide(gateway, store, stable, gray):
    nginx = running(gateway, store, stable, gray,
                    "app >= v8.0.47 and user not in ['eve', 'bob'] "
                    "and agent contains 'iPhone'")
    phone = {"X-App": "8.0.100", "X-User": "alice", "X-Agent": "an iPhone"}
    assert nginx.get(headers=phone).text == "gray"
    assert nginx.get(headers={**phone, "X-App": "8.0.9"}).text == "stable"
    assert nginx.get(headers={**phone, "X-App": "junk"}).text == "stable"
    assert nginx.get(headers={**phone, "X-User": "bob"}).text == "stable"
    assert nginx.get(headers={**phone, "X-Agent": "iPad"}).text == "stable"


def test_a_rule_begins_and_ends_at_its_time(gateway, store, stable, gray):
    now = datetime.now(timezone.utc).replace(microsecond=0)
    hour = timedelta(hours=1)
    nginx = running(
        gateway, store, stable, gray,
        f"now >= {(now - hour).isoformat()} "
        f"and now < {(now + hour).isoformat()}")
    assert nginx.get().text == "gray"
    store.run("rule", "rm", "shop", "qa")
    store.run("rule", "add", "shop", "later", "gray",
              f"now >= {(now + hour).isoformat()}")
    assert nginx.get().text == "stable"


def test_a_hostile_header_is_unknown_counted_and_nobody_is_gray(
        gateway, store, stable, gray):
    nginx = running(gateway, store, stable, gray,
                    "agent matches '^(a|aa)+$'")
    assert nginx.get(headers={"X-Agent": "aaaa"}).text == "gray"
    assert nginx.get(headers={"X-Agent": "b"}).text == "stable"
    answer = nginx.get(headers={"X-Agent": "a" * 2000 + "!"})
    assert answer.text == "stable"
    assert answer.header("Seen").endswith("error:regex:qa")
    wait_for(lambda: store.run("status", json=True)["counts"]["shop"]["regex"]
             == 1, 5, "the regex is counted")
    nginx.get(headers={"X-Agent": "a" * 2000 + "!"})
    assert len(nginx.log_lines("went past its limit")) == 1
