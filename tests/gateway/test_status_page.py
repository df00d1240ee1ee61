"""The page of gray_status, as people and as Prometheus read it."""

import json
import re
import shutil

import pytest

from figures import STATUS, counted, page
from harness import REPOSITORY, wait_for
from harness.prometheus import Prometheus, promtool
from shop import GRAY, HTTP, UPSTREAMS, fill

RULES = REPOSITORY / "packaging/prometheus/nginx-gray.rules.yml"
DASHBOARD = REPOSITORY / "packaging/grafana/nginx-gray.json"
METRICS = (REPOSITORY / "docs/metrics.md").read_text()
JSON = {"Accept": "application/json"}
ONLY_STATUS = "gray_store %store%;"


@pytest.fixture
def nginx(gateway, store, stable, gray):
    return gateway(HTTP, UPSTREAMS + STATUS, store=fill(store), stable=stable,
                   gray=gray)


def values(text):
    """{series: value} of the text."""
    return dict(line.rsplit(" ", 1) for line in text.splitlines()
                if not line.startswith("#"))


def names(text):
    return set(re.findall(r"^# TYPE (\S+)", text, re.M))


def test_text_is_what_prometheus_asks_for(nginx):
    answer = nginx.get("/figures", headers={
        "Accept": "application/openmetrics-text;version=1.0.0,"
                  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"})
    assert answer.status == 200
    assert answer.header("Content-Type") \
        == "text/plain; version=0.0.4; charset=utf-8"
    found = values(answer.text)
    assert found["gray_store_up"] == "1"
    assert found['gray_workers{state="ok"}'] == "1"
    assert float(found["gray_store_file_bytes"]) > 4096


def test_json_is_for_who_asks_for_it(nginx, store):
    answer = nginx.get("/figures", headers=JSON)
    assert answer.header("Content-Type") == "application/json"
    found = json.loads(answer.text)
    assert found["store_up"] is True and found["nginx"]
    assert found["revision"] == store.run("status", json=True)["store"][
        "revision"]
    assert [one["pid"] for one in found["workers"]] == nginx.workers()


def test_head_has_the_length_and_no_body(nginx):
    text = nginx.get("/figures").body
    answer = nginx.get("/figures", method="HEAD")
    assert answer.status == 200 and answer.body == b""
    assert abs(int(answer.header("Content-Length")) - len(text)) < 100


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(nginx, method):
    assert nginx.get("/figures", method=method, body="x").status == 405


def test_the_page_itself_is_not_decided_on(gateway, store, stable, gray):
    nginx = gateway(HTTP, "gray shop stable=app_stable gray=app_gray;"
                    + STATUS, store=fill(store), stable=stable, gray=gray)
    nginx.get("/figures")
    release, = page(nginx)["releases"]
    for variant in release["variants"]:
        assert sum(variant["decisions"].values()) == 0


def test_an_nginx_without_releases_can_serve_it(
        nginx, gateway, store):
    nginx.get(headers=GRAY)
    other = gateway(ONLY_STATUS, STATUS, store=store)
    assert counted(other, "gray", 1)["requests"] == 1


def test_it_needs_a_store(gateway):
    nginx = gateway("", STATUS, start=False)
    code, text = nginx.config_test()
    assert code != 0 and '"gray_status" needs a store' in text
    assert "nginx.conf:" in text


def test_it_takes_no_word_and_stands_in_a_location(gateway, store):
    for server in ("location = /figures { gray_status on; }", "gray_status;"):
        nginx = gateway(ONLY_STATUS, server, store=store, start=False)
        assert nginx.config_test()[0] != 0
    nginx = gateway(ONLY_STATUS, "location / { gray_status; gray_status; }",
                    store=store, start=False)
    assert "duplicate" in nginx.config_test()[1]


def test_a_store_that_is_gone_is_told_of(nginx, store):
    shutil.rmtree(store.path)
    wait_for(lambda: values(nginx.get("/figures").text).get("gray_store_up")
             == "0", what="the page says that the store is gone")
    text = nginx.get("/figures").text
    assert "gray_build_info" in text and "gray_store_revision" not in text
    assert page(nginx)["store_up"] is False
    nginx.allow.append("gray")


def test_without_counters_there_is_what_nginx_knows(
        gateway, store, stable, gray):
    fill(store)
    (store.path / "counters.2").unlink()
    nginx = gateway(HTTP, UPSTREAMS + STATUS, store=store, stable=stable,
                    gray=gray)
    nginx.get(headers=GRAY)
    found = values(nginx.get("/figures").text)
    assert found["gray_store_up"] == "1"
    assert not any(name.startswith("gray_decisions") for name in found)
    assert "releases" not in page(nginx)


def test_a_store_made_after_nginx_is_seen(gateway, make_store, stable, gray):
    store = make_store(init=False)
    nginx = gateway(HTTP, UPSTREAMS + STATUS, store=store, stable=stable,
                    gray=gray)
    assert values(nginx.get("/figures").text)["gray_store_up"] == "0"
    store.init()
    wait_for(lambda: values(nginx.get("/figures").text)["gray_store_up"]
             == "1", what="the store is seen")


def test_figures_go_on_after_a_reload(nginx):
    nginx.get(headers=GRAY)
    counted(nginx, "gray", 1)
    nginx.reload()
    nginx.get(headers=GRAY)
    counted(nginx, "gray", 2)
    assert 'gray_decisions_total{release="shop",variant="gray",' \
        'reason="targeting_match"} 2' in nginx.get("/figures").text


def test_grayctl_status_shows_the_same(nginx, store, gray):
    nginx.get(headers=GRAY)
    gray.status = 503
    nginx.get(headers=GRAY)
    found = counted(nginx, "gray", 2)
    told = store.run("status", json=True)["responses"]["shop"]["gray"]
    assert told["requests"] == 2 and told["error_rate"] == 0.5
    assert told["p95_us"] == found["request"]["p95_us"]
    assert told["classes"] == found["classes"]
    line, = [line for line in store.run("status").out.splitlines()
             if re.match(r"shop +gray ", line)]
    assert "50.0 %" in line and "ms" in line


def test_nothing_of_a_client_is_in_a_series(nginx):
    for i in range(20):
        nginx.get(f"/path-{i}", headers={"X-User": f"user-{i}"})
    before = set(values(nginx.get("/figures").text))
    for i in range(20, 40):
        nginx.get(f"/path-{i}", headers={"X-User": f"user-{i}"})
    after = values(nginx.get("/figures").text)
    assert set(after) == before
    assert not re.search("path-|user-", "".join(after))


# --- the documentation


def test_each_metric_is_documented_and_each_documented_one_served(nginx):
    rows = re.findall(r"^\| `(gray_\w+)` \| (\w+) \| ([^|]*)\|", METRICS, re.M)
    text = nginx.get("/figures").text
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)", text, re.M))
    documented = {name: kind for name, kind, _ in rows}
    # The size in use is grayd's to tell.
    assert documented.pop("gray_store_used_bytes") == "gauge"
    assert documented == types
    for name, _, labels in rows:
        served = {label for line in values(text) if re.match(name + r"\W", line)
                  for label in re.findall(r'[{,](\w+)="', line)} - {"le"}
        if served:
            assert set(re.findall(r"`(\w+)`", labels)) == served, name


def test_each_event_is_documented(nginx):
    text = nginx.get("/figures").text
    for label in re.findall(r'(?:event|reason|class|state)="(\w+)"', text):
        assert f"`{label}`" in METRICS \
            or re.fullmatch("[1-5]xx", label), label


# --- Prometheus


def test_promtool_has_no_complaint(nginx):
    nginx.get(headers=GRAY)
    counted(nginx, "gray", 1)
    assert promtool("check", "metrics", stdin=nginx.get("/figures").text
                    + "\n") == (0, "")


def test_promtool_finds_the_alerts_good():
    code, text = promtool("check", "rules", RULES)
    assert code == 0, text


def test_a_gray_that_fails_raises_the_alert(folder):
    series = "\n".join(
        f"""      - series: '{name}{{job="gray",release="shop",variant="{variant}"{more}}}'
        values: '0+{rise}x60'"""
        for name, variant, more, rise in (
            ("gray_responses_total", "gray", ',class="2xx"', 90),
            ("gray_responses_total", "gray", ',class="5xx"', 10),
            ("gray_errors_total", "gray", "", 10),
            ("gray_responses_total", "stable", ',class="2xx"', 1000),
            ("gray_errors_total", "stable", "", 1)))
    test = folder / "test.yml"
    test.write_text(f"""
rule_files: ["{RULES}"]
tests:
  - interval: 15s
    input_series:
{series}
      - series: 'gray_store_up{{job="gray"}}'
        values: '1x60'
    alert_rule_test:
      - eval_time: 1m
        alertname: GrayErrorRateAboveStable
      - eval_time: 10m
        alertname: GrayStoreDown
      - eval_time: 10m
        alertname: GrayErrorRateAboveStable
        exp_alerts:
          - exp_labels: {{severity: critical, job: gray, release: shop}}
            exp_annotations:
              summary: gray of shop fails more than stable
              description: >
                10% of gray's requests fail, more than
                twice stable's part. "grayctl off shop" gives
                everyone the default at once.
""")
    code, text = promtool("test", "rules", test)
    assert code == 0, text


def queries(panels):
    for panel in panels:
        yield from (target["expr"] for target in panel.get("targets", ()))
        yield from queries(panel.get("panels", ()))


def test_prometheus_scrapes_it_and_every_query_answers(nginx, cleanup):
    """The dashboard's too: each is one that this Prometheus understands."""
    gray_requests = 7
    for _ in range(gray_requests):
        nginx.get(headers=GRAY)
    counted(nginx, "gray", gray_requests)
    prometheus = Prometheus(nginx.port, "/figures", RULES)
    cleanup.callback(prometheus.stop)

    prometheus.wait_for('up{job="gray"}', 1)
    prometheus.wait_for('sum(gray_responses_total{variant="gray"})',
                        gray_requests)
    labels = prometheus.wait_for(
        'gray_decisions_total{variant="gray",reason="targeting_match"}',
        gray_requests)
    assert labels["release"] == "shop"
    prometheus.wait_for(
        'gray_request_duration_seconds_bucket{variant="gray",le="+Inf"}',
        gray_requests)

    targets = prometheus.get("/api/v1/targets")["activeTargets"]
    assert [one["lastError"] for one in targets] == [""]
    groups = prometheus.get("/api/v1/rules")["groups"]
    assert not [rule["lastError"] for group in groups
                for rule in group["rules"] if rule.get("lastError")]

    served = names(nginx.get("/figures").text) | {"gray_store_used_bytes"}
    dashboard = json.loads(DASHBOARD.read_text())
    found = list(queries(dashboard["panels"]))
    assert len(found) > 8
    for query in found:
        query = query.replace("$__rate_interval", "1m").replace(
            "$release", ".*").replace("$job", ".*")
        prometheus.query(query)
        for name in re.findall(r"\bgray_\w+", query):
            assert re.sub("_(bucket|sum|count)$", "", name) in served, name
