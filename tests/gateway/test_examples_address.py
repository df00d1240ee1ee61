"""The examples that go by the client's address."""

from published import example, run_example


def office(store):
    """A release that sends one client's address to gray."""
    store.run("release", "create", "shop")
    store.run("list", "create", "office", "--kind", "ip")
    store.run("list", "add", "office", "203.0.113.7")
    store.run("rule", "add", "shop", "office", "gray", "ip in @office")


def behind_two_proxies(gateway, store, stable, gray):
    office(store)
    return gateway(example("behind-two-proxies.conf"), None, store=store,
                   stable=stable, gray=gray)


def test_the_client_behind_two_proxies_is_found(gateway, store, stable, gray):
    nginx = behind_two_proxies(gateway, store, stable, gray)
    chain = {"X-Forwarded-For": "203.0.113.7, 10.0.0.1"}
    assert nginx.get(headers=chain).text == "gray"
    chain = {"X-Forwarded-For": "203.0.113.8, 10.0.0.1"}
    assert nginx.get(headers=chain).text == "stable"


def test_an_address_the_client_wrote_itself_is_not_believed(
        gateway, store, stable, gray):
    nginx = behind_two_proxies(gateway, store, stable, gray)
    chain = {"X-Forwarded-For": "203.0.113.7, 198.51.100.1, 10.0.0.1"}
    assert nginx.get(headers=chain).text == "stable"


def test_headers_from_an_untrusted_address_are_not_believed(
        gateway, store, stable, gray):
    nginx = behind_two_proxies(gateway, store, stable, gray)
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        answer = nginx.get(headers={name: "203.0.113.7"}, source="127.0.0.9")
        assert answer.text == "stable"


def test_a_mapped_ipv4_address_is_the_ipv4_address(
        gateway, store, stable, gray):
    nginx = behind_two_proxies(gateway, store, stable, gray)
    chain = {"X-Forwarded-For": "::ffff:203.0.113.7, 10.0.0.1"}
    assert nginx.get(headers=chain).text == "gray"


def behind_a_cdn(gateway, store, stable, gray):
    return run_example("behind-a-cdn.conf", gateway, store,
                       {"198.51.100.0/24": "127.0.0.1"},
                       stable=stable, gray=gray)


def test_the_client_behind_a_cdn_is_found(gateway, store, stable, gray):
    nginx = behind_a_cdn(gateway, store, stable, gray)
    client = {"X-Forwarded-For": "203.0.113.7"}
    assert nginx.get(headers=client).text == "gray"
    assert nginx.get(headers=client, source="127.0.0.9").text == "stable"
    assert nginx.get(cookies={"uid": "alice"}).text == "gray"


def test_what_a_cdn_keeps_does_not_mix_the_variants(
        gateway, store, stable, gray):
    nginx = behind_a_cdn(gateway, store, stable, gray)
    for backend in (stable, gray):
        backend.headers = [("Cache-Control", "public, max-age=600"),
                           ("CDN-Cache-Control", "max-age=600"),
                           ("Surrogate-Control", "max-age=600"),
                           ("Expires", "Thu, 01 Jan 2037 00:00:00 GMT"),
                           ("Vary", "Accept-Encoding")]
    for user, status in (("alice", 200), ("nobody", 200), ("alice", 404)):
        gray.status = status
        answer = nginx.get(cookies={"uid": user})
        kept = [pair for pair in answer.headers if "Control" in pair[0]
                or pair[0] in ("Expires", "Vary")]
        assert kept == [("Vary", "Accept-Encoding"),
                        ("Cache-Control", "private"), ("Vary", "Cookie")]


def test_what_has_no_variants_is_kept_by_a_cdn_as_before(
        gateway, store, stable, gray):
    nginx = behind_a_cdn(gateway, store, stable, gray)
    stable.headers = [("Cache-Control", "public, max-age=600")]
    answer = nginx.get("/assets/logo.svg", cookies={"uid": "alice"})
    assert answer.text == "stable"
    assert answer.header("Cache-Control") == "public, max-age=600"


def test_a_share_of_one_city_is_gray(gateway, store, stable, gray):
    nginx = run_example("share-of-a-city.conf", gateway, store,
                        {"203.0.113.0/24": "127.0.1.0/24",
                         "198.51.100.0/24": "127.0.2.0/24"},
                        stable=stable, gray=gray)

    def gray_devices(source):
        return [device for device in range(100) if nginx.get(
            headers={"X-Device-Id": f"d{device}"}, source=source).text
            == "gray"]

    beijing = gray_devices("127.0.1.5")
    assert 10 <= len(beijing) <= 30
    assert gray_devices("127.0.1.6") == beijing
    assert gray_devices("127.0.2.5") == []
    assert gray_devices("127.0.0.1") == []
