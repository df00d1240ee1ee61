"""A decision is kept while nginx sends the request from place to place."""

from shop import GRAY, HTTP, PHONE, SEEN, UPSTREAMS, fill
from harness import wait_for

LOGGED = HTTP + f"log_format seen {SEEN};"
LOG = "access_log %dir%/access.log seen;"


def logged(nginx):
    """The one line of the access log."""
    log = nginx.folder / "access.log"
    wait_for(lambda: log.exists() and log.read_text(),
             what="the access log has a line")
    lines = log.read_text().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_a_decision_is_kept_over_an_internal_redirect(
        gateway, store, stable, gray):
    # The second location would decide otherwise: its arguments are gone.
    http = LOGGED + "gray_attribute version $arg_version;"
    store.run("release", "create", "shop")
    store.run("rule", "add", "shop", "v", "gray", "version = 'new'")
    nginx = gateway(http, LOG + """
        location / {
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
            proxy_intercept_errors on;
            error_page 404 /missing;
        }
        location /missing {
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
        }
        """, store=store, stable=stable, gray=gray)
    gray.answer = lambda request: None if request.path == "/missing" else (
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    assert nginx.get("/a?version=new").text == "gray"
    assert [request.path for request in gray.requests] \
        == ["/a?version=new", "/missing"]
    assert logged(nginx) == "shop|gray|app_gray|targeting_match:v"
    decisions = store.run("status", json=True)["counts"]["shop"]["decisions"]
    assert decisions["gray"]["targeting_match"] == 1
    assert decisions["stable"]["default"] == 0


def test_gray_down_is_answered_by_stable(gateway, store, stable, gray):
    nginx = gateway(LOGGED, LOG + """
        gray shop stable gray=@gray;
        location / { proxy_pass http://app_stable; }
        location @gray {
            error_page 502 503 504 = @stable;
            proxy_pass http://app_gray;
        }
        location @stable { proxy_pass http://app_stable; }
        """, store=fill(store), stable=stable, gray=gray)
    gray.stop()
    answer = nginx.get("/x?y", headers=GRAY, method="POST", body="kept")
    assert (answer.status, answer.text) == (200, "stable")
    assert stable.requests[-1].method == "POST"
    assert stable.requests[-1].body == b"kept"
    assert len(stable.requests) == 1
    assert logged(nginx).startswith("shop|gray|")


def test_a_server_s_gray_does_not_loop_in_its_named_locations(
        gateway, store, stable, gray):
    nginx = gateway(LOGGED, LOG + """
        gray shop stable=@stable gray=@gray;
        location / { }
        location @gray { proxy_pass http://app_gray; }
        location @stable { proxy_pass http://app_stable; }
        """, store=fill(store), stable=stable, gray=gray)
    assert nginx.get(headers=GRAY).text == "gray"
    assert logged(nginx) == "shop|gray|@gray|targeting_match:user"
    assert nginx.get().text == "stable"


def test_a_request_that_left_its_named_location_is_served_by_the_default(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, """
        location / {
            gray shop stable=app_stable gray=@gray;
            proxy_pass http://$gray_upstream;
        }
        location @gray {
            error_page 502 = /again;
            proxy_pass http://app_gray;
        }
        """, store=fill(store), stable=stable, gray=gray)
    gray.stop()
    answer = nginx.get("/first", headers=GRAY)
    assert (answer.status, answer.text) == (200, "stable")
    assert stable.requests[-1].path == "/again"


def test_the_log_in_a_named_location_shows_the_decision(
        gateway, store, stable, gray):
    nginx = gateway(LOGGED, LOG + """
        location / {
            gray shop stable gray=@gray;
            proxy_pass http://app_stable;
        }
        location @gray { proxy_pass http://app_gray; }
        """, store=fill(store), stable=stable, gray=gray)
    assert nginx.get(headers=GRAY).text == "gray"
    assert logged(nginx) == "shop|gray|@gray|targeting_match:user"


def test_the_target_is_looked_up_in_the_location_at_hand(
        gateway, store, stable, gray, backend):
    other = backend("other")
    http = HTTP + "upstream app_other { server %other%; }"
    nginx = gateway(http, """
        location / {
            gray shop stable=app_stable gray=app_gray;
            rewrite ^/go$ /there last;
            proxy_pass http://$gray_upstream;
            error_page 404 = /there;
            proxy_intercept_errors on;
        }
        location /there {
            gray shop stable=app_stable gray=app_other;
            proxy_pass http://$gray_upstream;
        }
        """, store=fill(store), stable=stable, gray=gray, other=other)
    assert nginx.get("/go", headers=GRAY).text == "other"
    gray.status = 404
    assert nginx.get("/x", headers=GRAY).text == "other"
    assert nginx.get("/go").text == "stable"


def test_a_second_release_is_decided_for_itself(
        gateway, store, stable, gray, backend):
    fill(store)
    store.run("release", "create", "cart")
    nginx = gateway(LOGGED, LOG + """
        location / {
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
            error_page 404 = /cart;
            proxy_intercept_errors on;
        }
        location /cart {
            gray cart stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
        }
        """, store=store, stable=stable, gray=gray)
    gray.status = 404
    assert nginx.get("/x", headers=GRAY).text == "stable"
    assert logged(nginx) == "cart|stable|app_stable|default"
    counts = store.run("status", json=True)["counts"]
    assert counts["shop"]["decisions"]["gray"]["targeting_match"] == 1
    assert counts["cart"]["decisions"]["stable"]["default"] == 1


def test_try_files_then_a_named_location_with_auth_request_decides(
        gateway, store, stable, gray, backend):
    auth = backend("auth")
    auth.answer = lambda request: (
        b"HTTP/1.1 204 No Content\r\nX-Account: %b\r\n\r\n"
        % (b"phone-42" if request.header("Authorization") else b"nobody"))
    http = HTTP.replace("gray_attribute device_id $http_x_device_id;",
                        "gray_attribute device_id $account;")
    fill(store)
    store.run("list", "add", "testers", "phone-42")
    nginx = gateway(http, """
        root %dir%/nothing;
        location / { try_files $uri @app; }
        location @app {
            auth_request /auth;
            auth_request_set $account $upstream_http_x_account;
            gray shop stable=app_stable gray=app_gray;
            proxy_pass http://$gray_upstream;
        }
        location = /auth {
            internal;
            proxy_pass http://%auth%;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
        }
        """, store=store, stable=stable, gray=gray, auth=auth)
    assert nginx.get(headers={"Authorization": "x"}).text == "gray"
    assert nginx.get().text == "stable"


def test_an_auth_request_beside_a_server_s_gray_keeps_nothing(
        gateway, store, stable, gray, backend):
    # The subrequest is decided too, before the identity exists.
    auth = backend("auth")
    auth.answer = lambda request: (
        b"HTTP/1.1 204 No Content\r\nX-Account: phone-42\r\n\r\n")
    http = HTTP.replace("gray_attribute device_id $http_x_device_id;",
                        "gray_attribute device_id $account;")
    fill(store)
    store.run("list", "add", "testers", "phone-42")
    nginx = gateway(http, """
        gray shop stable=app_stable gray=app_gray;
        location / {
            auth_request /auth;
            auth_request_set $account $upstream_http_x_account;
            proxy_pass http://$gray_upstream;
        }
        location = /auth {
            proxy_pass http://%auth%;
            proxy_set_header X-Variant $gray_variant;
        }
        """, store=store, stable=stable, gray=gray, auth=auth)
    assert nginx.get().text == "gray"
    assert auth.requests[-1].header("X-Variant") == "stable"


def test_try_files_serves_its_files_and_named_targets_the_rest(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, """
        location / {
            root %dir%/files;
            gray shop stable gray=@gray;
            try_files $uri =404;
        }
        location @gray { proxy_pass http://app_gray; }
        """, store=fill(store), stable=stable, gray=gray)
    (nginx.folder / "files").mkdir()
    (nginx.folder / "files" / "a.txt").write_text("a file")
    assert nginx.get("/a.txt").text == "a file"
    assert nginx.get("/a.txt", headers=GRAY).text == "gray"
    assert nginx.get("/b.txt", headers=GRAY).status == 404


def test_a_redirected_request_with_many_steps_is_never_refused(
        gateway, store, stable, gray):
    # nginx allows ten redirections; the named target would be one too many.
    steps = "".join(
        f"location = /s{i} {{ try_files /none /s{i + 1}; }}"
        for i in range(9))
    nginx = gateway(HTTP, steps + """
        location = /s9 {
            gray shop stable gray=@gray;
            proxy_pass http://app_stable;
        }
        location @gray { proxy_pass http://app_gray; }
        """, store=fill(store), stable=stable, gray=gray)
    assert nginx.get("/s0", headers=GRAY).status == 200
    assert nginx.get("/s2", headers=GRAY).text == "gray"


def test_an_identity_in_a_list_is_found_after_a_redirect(
        gateway, store, stable, gray):
    fill(store)
    store.run("list", "add", "testers", "phone-42")
    nginx = gateway(HTTP, UPSTREAMS + "rewrite ^/old/(.*)$ /new/$1;",
                    store=store, stable=stable, gray=gray)
    assert nginx.get("/old/a", headers=PHONE).text == "gray"
    assert gray.requests[-1].path == "/new/a"


FRONT_END = """
location / { gray shop stable=@stable gray=@gray; }
location @stable { root %%dir%%/stable; %s }
location @gray { root %%dir%%/gray; %s }
"""


def front_end(gateway, store, stable, gray, files=""):
    """A folder of static files for each variant."""
    nginx = gateway(HTTP, FRONT_END % (files, files), store=fill(store),
                    stable=stable, gray=gray)
    for variant in ("stable", "gray"):
        (nginx.folder / variant).mkdir()
        (nginx.folder / variant / "index.html").write_text(variant)
    return nginx


def test_the_index_of_a_named_location_is_of_its_variant(
        gateway, store, stable, gray):
    nginx = front_end(gateway, store, stable, gray)
    assert nginx.get("/", headers=GRAY).text == "gray"
    assert nginx.get("/").text == "stable"


def test_the_last_word_of_try_files_is_of_the_location_s_variant(
        gateway, store, stable, gray):
    nginx = front_end(gateway, store, stable, gray,
                      "try_files $uri /index.html;")
    assert nginx.get("/deep/link", headers=GRAY).text == "gray"
    assert nginx.get("/deep/link").text == "stable"


def test_a_redirection_in_a_circle_ends(gateway, store, stable, gray):
    nginx = front_end(gateway, store, stable, gray,
                      "try_files $uri /missing;")
    assert nginx.get("/deep/link", headers=GRAY).status == 404


def test_a_file_that_the_back_end_names_is_sent_by_the_gateway(
        gateway, store, stable, gray):
    nginx = gateway(HTTP, """
        gray shop stable gray=@gray;
        location / { proxy_pass http://app_stable; }
        location @gray { proxy_pass http://app_gray; }
        location /protected/ { internal; root %dir%; }
        """, store=fill(store), stable=stable, gray=gray)
    (nginx.folder / "protected").mkdir()
    (nginx.folder / "protected/a").write_text("the file")
    stable.headers = gray.headers = [("X-Accel-Redirect", "/protected/a")]
    assert nginx.get(headers=GRAY).text == "the file"
    assert nginx.get().text == "the file"
    assert len(gray.requests) == len(stable.requests) == 1
