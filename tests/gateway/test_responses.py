"""What became of the requests, by variant."""

import os
import signal
import socket
import threading

from figures import STATUS, classes, counted, figures
from harness import alive, wait_for
from harness.wait import port
from shop import GRAY, HTTP, NAMED, UPSTREAMS, fill


def make(gateway, store, stable, gray, server=UPSTREAMS, **options):
    return gateway(options.pop("http", HTTP), server + STATUS,
                   store=fill(store), stable=stable, gray=gray, **options)


def test_each_class_is_counted_for_its_variant(gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray)
    for status in (200, 204, 302, 404, 503):
        gray.status = status
        nginx.get(headers=GRAY)
    nginx.get()
    found = counted(nginx, "gray", 5)
    assert classes(found) == {"2xx": 2, "3xx": 1, "4xx": 1, "5xx": 1}
    assert found["upstream_errors"] == found["errors"] == 1
    assert found["hidden"] == found["connect_errors"] == 0
    assert classes(counted(nginx, "stable", 1)) == {"2xx": 1}


def test_a_client_that_goes_away_is_499(gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray)
    gray.hold()
    with nginx.socket() as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-User: gray\r\n\r\n")
        gray.wait_for_requests(1)
    found = counted(nginx, "gray", 1)
    assert classes(found) == {"499": 1}
    assert found["errors"] == found["upstream_errors"] == 0
    assert found["revisions"][0]["gone"] == 1


def test_a_server_that_refuses_is_a_connect_error(
        gateway, store, stable, gray):
    gray.stop()
    nginx = make(gateway, store, stable, gray)
    assert nginx.get(headers=GRAY).status == 502
    found = counted(nginx, "gray", 1)
    assert classes(found) == {"5xx": 1}
    assert found["connect_errors"] == found["upstream_errors"] == 1
    assert found["errors"] == 1 and found["hidden"] == 0
    assert found["upstream"]["count"] == 1


def test_a_server_that_hangs_up_after_the_request_did_connect(
        gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray)
    gray.answer = lambda request: b""
    assert nginx.get(headers=GRAY).status == 502
    found = counted(nginx, "gray", 1)
    assert found["upstream_errors"] == 1 and found["connect_errors"] == 0


def test_an_answer_that_is_cut_off_is_an_error_of_its_variant(
        gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray)
    gray.answer = lambda request: (
        b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    nginx.raw(b"GET / HTTP/1.0\r\nX-User: gray\r\n\r\n")
    found = counted(nginx, "gray", 1)
    assert classes(found) == {"2xx": 1}
    assert found["errors"] == found["upstream_errors"] == 1


FALLBACK = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
    proxy_intercept_errors on;
    error_page 404 500 502 = @fallback;
}
location @fallback { proxy_pass http://app_stable; }
"""


def test_an_error_hidden_by_error_page_counts_for_who_made_it(
        gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray, FALLBACK)
    gray.status = 500
    assert nginx.get(headers=GRAY).text == "stable"
    found = counted(nginx, "gray", 1)
    assert classes(found) == {"5xx": 1}
    assert found["errors"] == found["hidden"] == found["upstream_errors"] == 1
    assert found["sent"] == 0 and found["received"] > 0
    # Stable answered, but nobody was sent to it.
    assert figures(nginx, "stable")["requests"] == 0


def test_the_fallback_answer_is_not_grays(gateway, store, stable, gray):
    """Neither its time nor its errors."""
    nginx = make(gateway, store, stable, gray, FALLBACK)
    gray.status = 404
    stable.status = 503
    stable.delay = 0.3
    assert nginx.get(headers=GRAY).status == 503
    found = counted(nginx, "gray", 1)
    assert classes(found) == {"4xx": 1}
    assert found["errors"] == found["upstream_errors"] == 0
    assert found["request"]["sum_us"] < 250_000
    assert found["upstream"]["count"] == 1
    assert found["upstream"]["sum_us"] < 250_000


def test_a_fallback_that_inherits_gray_is_not_grays_either(
        gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray, """
        gray shop stable=app_stable gray=app_gray;
        proxy_intercept_errors on;
        error_page 500 = @fallback;
        location / { proxy_pass http://$gray_upstream; }
        location @fallback { proxy_pass http://app_stable; }
        """)
    gray.status = 500
    assert nginx.get(headers=GRAY).text == "stable"
    found = counted(nginx, "gray", 1)
    assert classes(found) == {"5xx": 1} and found["hidden"] == 1
    assert found["upstream_errors"] == 1


def test_a_fallback_of_a_named_target_is_not_grays(
        gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray, """
        location / {
            gray shop stable gray=@gray;
            proxy_pass http://app_stable;
        }
        location @gray {
            proxy_pass http://app_gray;
            proxy_intercept_errors on;
            error_page 500 = @stable;
        }
        location @stable { proxy_pass http://app_stable; }
        """)
    gray.status = 500
    assert nginx.get(headers=GRAY).text == "stable"
    assert classes(counted(nginx, "gray", 1)) == {"5xx": 1}


def test_a_fallback_by_return_is_not_grays(gateway, store, stable, gray):
    """It never comes to the phase where variants are entered."""
    nginx = make(gateway, store, stable, gray, """
        location / {
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
            error_page 502 = @sorry;
        }
        location @sorry { return 200 "sorry"; }
        """)
    gray.stop()
    assert nginx.get(headers=GRAY).text == "sorry"
    found = counted(nginx, "gray", 1)
    assert classes(found) == {"5xx": 1}
    assert found["errors"] == found["hidden"] == 1


def test_with_recursive_error_pages_the_first_one_ends_its_part(
        gateway, store, stable, gray):
    """What a second error_page hides is the fallback's, and so nobody's."""
    nginx = make(gateway, store, stable, gray, """
        recursive_error_pages on;
        proxy_intercept_errors on;
        location / {
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
            error_page 502 503 = @fallback;
        }
        location @fallback {
            proxy_pass http://app_stable;
            error_page 503 = @sorry;
        }
        location @sorry { return 200 "sorry"; }
        """)
    gray.stop()
    stable.status = 503
    assert nginx.get(headers=GRAY).text == "sorry"
    found = counted(nginx, "gray", 1)
    assert classes(found) == {"5xx": 1}
    assert found["errors"] == found["hidden"] == 1
    assert found["upstream_errors"] == found["connect_errors"] == 1
    assert found["upstream"]["count"] == 1
    assert figures(nginx, "stable")["requests"] == 0


def test_a_variant_decided_after_an_error_page_ends_at_the_next_one(
        gateway, store, stable, gray):
    """`return 418` as a way to go elsewhere: recursive_error_pages it needs."""
    nginx = make(gateway, store, stable, gray, """
        recursive_error_pages on;
        proxy_intercept_errors on;
        location / { error_page 418 = @decide; return 418; }
        location @decide {
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
            error_page 503 = @fallback;
        }
        location @fallback { proxy_pass http://app_stable; }
        """)
    gray.status = 503
    stable.status = 404
    assert nginx.get(headers=GRAY).status == 404
    found = counted(nginx, "gray", 1)
    assert classes(found) == {"5xx": 1}
    assert found["errors"] == found["hidden"] == 1
    assert figures(nginx, "stable")["requests"] == 0


def test_a_page_for_errors_hides_nothing(gateway, store, stable, gray, folder):
    """The usual error_page: the client sees the status."""
    (folder / "50x.html").write_text("sorry")
    nginx = make(gateway, store, stable, gray, """
        location / {
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
        }
        error_page 500 502 503 504 /50x.html;
        location = /50x.html { root %root%; }
        """, root=folder)
    gray.stop()
    assert nginx.get(headers=GRAY).status == 502
    found = counted(nginx, "gray", 1)
    assert classes(found) == {"5xx": 1}
    assert found["errors"] == 1 and found["hidden"] == 0


def test_a_static_variant_that_falls_back_answered_nothing(
        gateway, store, stable, gray, folder):
    nginx = make(gateway, store, stable, gray, """
        location / {
            gray shop stable gray=@gray;
            proxy_pass http://app_stable;
        }
        location @gray { root %root%; error_page 404 = @stable; }
        location @stable { proxy_pass http://app_stable; }
        """, root=folder, allow=["No such file"])
    assert nginx.get("/missing", headers=GRAY).text == "stable"
    found = counted(nginx, "gray", 1)
    assert classes(found) == {"none": 1}
    assert found["upstream"]["count"] == 0


def test_an_error_hidden_by_the_next_server_counts_for_its_variant(
        gateway, store, stable, gray, backend):
    bad = backend("bad")
    bad.status = 503
    nginx = make(gateway, store, stable, gray, UPSTREAMS, bad=bad,
                 dead=port(), http="""
        gray_store %store%;
        gray_attribute user $http_x_user;
        upstream app_stable { server %stable%; }
        upstream app_gray {
            server %bad% max_fails=0;
            server 127.0.0.1:%dead% max_fails=0;
            server %gray% max_fails=0;
        }
        proxy_next_upstream error http_503;
        """.replace("gray_attribute user",
                    "gray_attribute device_id $http_x_device_id;\n"
                    "gray_attribute user"))
    for _ in range(3):
        assert nginx.get(headers=GRAY).text == "gray"
    found = counted(nginx, "gray", 3)
    assert classes(found) == {"2xx": 3}
    assert found["upstream_errors"] >= 2
    assert found["connect_errors"] >= 1
    assert found["errors"] == found["hidden"] >= 1
    assert found["revisions"][0]["errors"] == found["errors"]


def test_where_the_application_sends_a_request_is_its_own_answer(
        gateway, store, stable, gray, folder):
    """X-Accel-Redirect is no fallback."""
    (folder / "report").write_text("report")
    nginx = make(gateway, store, stable, gray, UPSTREAMS + """
        location /files/ { internal; alias %root%/; }
        """, root=folder, allow=["No such file"])
    gray.headers = [("X-Accel-Redirect", "/files/report")]
    assert nginx.get(headers=GRAY).text == "report"
    gray.headers = [("X-Accel-Redirect", "/files/missing")]
    assert nginx.get(headers=GRAY).status == 404
    found = counted(nginx, "gray", 2)
    assert classes(found) == {"2xx": 1, "4xx": 1}
    assert found["sent"] > 0 and found["errors"] == 0


def test_bytes_are_those_of_bytes_sent_and_request_length(
        gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray)
    request = (b"POST / HTTP/1.0\r\nX-User: gray\r\nContent-Length: 5\r\n\r\n"
               b"12345")
    answer = nginx.raw(request)
    found = counted(nginx, "gray", 1)
    assert found["sent"] == len(answer)
    assert found["received"] == len(request)


def test_a_slow_backend_is_seen_in_the_right_bucket(
        gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray)
    gray.delay = 0.2
    nginx.get(headers=GRAY)
    nginx.get()
    slow = counted(nginx, "gray", 1)
    fast = counted(nginx, "stable", 1)
    for times in ("request", "upstream"):
        assert 190_000 <= slow[times]["sum_us"] < 2_000_000
        # A bucket is a sixteenth wide.
        assert abs(slow[times]["p50_us"] - slow[times]["sum_us"]) \
            <= slow[times]["sum_us"] / 16 + 1
    assert fast["request"]["p99_us"] < 190_000
    # Microseconds, not milliseconds.
    assert fast["request"]["sum_us"] > 0


def test_named_locations_are_counted_as_upstreams_are(
        gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray, NAMED)
    gray.status = 500
    nginx.get(headers=GRAY)
    nginx.get()
    assert classes(counted(nginx, "gray", 1)) == {"5xx": 1}
    assert classes(counted(nginx, "stable", 1)) == {"2xx": 1}


def test_subrequests_are_not_counted(gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray, UPSTREAMS + """
        location = /guarded {
            auth_request /auth;
            proxy_pass http://app_stable;
        }
        location = /auth {
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
        }
        """)
    assert nginx.get("/guarded", headers=GRAY).text == "stable"
    nginx.get(headers=GRAY)
    found = counted(nginx, "gray", 1)
    assert sum(found["decisions"].values()) == 2


def test_a_response_counts_for_the_revision_that_decided(
        gateway, store, stable, gray):
    """However late it comes."""
    nginx = make(gateway, store, stable, gray)
    old = store.run("release", "ls", json=True)["releases"][0]["revision"]
    gray.hold()
    answers = []
    slow = threading.Thread(
        target=lambda: answers.append(nginx.get(headers=GRAY)))
    slow.start()
    gray.wait_for_requests(1)
    new = store.run("rule", "rename", "shop", "qa", "testers",
                    json=True)["revision"]
    gray.status = 500
    gray.release()
    slow.join(20)
    gray.status = 200
    nginx.get(headers=GRAY)
    revisions = {one["revision"]: one
                 for one in counted(nginx, "gray", 2)["revisions"]}
    assert set(revisions) == {old, new}
    assert revisions[old]["errors"] == 1 and revisions[old]["requests"] == 1
    assert revisions[new]["errors"] == 0 and revisions[new]["requests"] == 1


def test_counts_go_on_over_a_reload_while_old_workers_drain(
        gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray, workers=2)
    nginx.get(headers=GRAY)
    gray.hold()
    slow = threading.Thread(target=lambda: nginx.get(headers=GRAY))
    slow.start()
    gray.wait_for_requests(2)
    nginx.reload(wait_old=False)
    nginx.get()
    assert figures(nginx, "gray")["requests"] == 1
    gray.release()
    slow.join(20)
    assert classes(counted(nginx, "gray", 2)) == {"2xx": 2}
    counted(nginx, "stable", 1)


def test_counts_go_on_when_a_worker_is_killed(gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray, allow=["exited on signal 9"])
    nginx.get(headers=GRAY)
    counted(nginx, "gray", 1)
    victim = nginx.workers()[0]
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: not alive(victim) and nginx.workers(),
             what="another worker is there")
    nginx.get(headers=GRAY)
    assert classes(counted(nginx, "gray", 2)) == {"2xx": 2}


def test_a_request_without_a_decision_counts_nowhere(
        gateway, store, stable, gray):
    nginx = make(gateway, store, stable, gray, UPSTREAMS + """
        location = /plain { return 204; }
        """)
    nginx.get("/plain")
    with socket.create_connection(("127.0.0.1", nginx.port)) as s:
        s.sendall(b"garbage\r\n\r\n")
        s.recv(1000)
    nginx.get()
    counted(nginx, "stable", 1)
    assert figures(nginx, "gray")["requests"] == 0


def test_more_variants_than_there_is_room_for_are_told_of(
        gateway, store, stable, gray):
    """Decisions are as ever; the log, the figures and status say so."""
    releases = [f"r{i}" for i in range(66)]
    nginx = make(gateway, store, stable, gray, "".join(
        f"location /{name} {{ gray {name} stable gray; "
        f"proxy_pass http://app_stable; }}\n" for name in releases),
        allow=["has no room for the responses"])
    store.run("release", "create", releases[-1])
    line, = nginx.log_lines("has no room for the responses")
    assert "of 4 variants" in line and releases[-1] in line
    nginx.get(f"/{releases[-1]}")
    wait_for(lambda: "gray_responses_lost_total 1\n"
             in nginx.get("/figures").text, what="a response is lost")
    found = figures(nginx, "stable", releases[-1])
    assert found["decisions"]["default"] == 1 and "requests" not in found
    remarks = store.run("status", json=True)["remarks"]
    assert any("128" in one["message"] + one["hint"] for one in remarks)
