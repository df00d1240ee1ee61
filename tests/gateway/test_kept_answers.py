"""A worker keeps what the store's lists answered, until it may differ."""

import shop
from harness import wait_for


def start(gateway, store, stable, gray):
    shop.fill(store)
    return gateway(shop.HTTP, shop.UPSTREAMS, store=store, stable=stable,
                   gray=gray)


def variants(nginx, times=3):
    return {nginx.get(headers=shop.PHONE).text for _ in range(times)}


def test_a_kept_answer_gives_way_to_every_change(
        gateway, store, stable, gray):
    nginx = start(gateway, store, stable, gray)
    for _ in range(5):
        assert variants(nginx) == {"stable"}
        store.run("list", "add", "testers", "phone-42")
        assert variants(nginx) == {"gray"}
        store.run("list", "rm", "testers", "phone-42")


def test_a_kept_answer_gives_way_to_a_replaced_list(
        gateway, store, stable, gray):
    nginx = start(gateway, store, stable, gray)
    assert variants(nginx) == {"stable"}
    store.run("list", "import", "testers", "--replace", stdin="phone-42\n")
    assert variants(nginx) == {"gray"}
    store.run("list", "import", "testers", "--replace", stdin="phone-43\n")
    assert variants(nginx) == {"stable"}


def test_a_kept_answer_ends_when_the_member_expires(
        gateway, store, stable, gray):
    nginx = start(gateway, store, stable, gray)
    store.run("list", "add", "testers", "phone-42", "--ttl", "2s")
    assert nginx.get(headers=shop.PHONE).text == "gray"
    wait_for(lambda: nginx.get(headers=shop.PHONE).text == "stable",
             what="the member expires")
    store.run("list", "add", "testers", "phone-42")
    assert variants(nginx) == {"gray"}


def test_a_change_of_another_list_leaves_the_answer_right(
        gateway, store, stable, gray):
    nginx = start(gateway, store, stable, gray)
    store.run("list", "create", "others")
    store.run("list", "add", "testers", "phone-42")
    for i in range(5):
        store.run("list", "add", "others", f"phone-{i}")
        assert variants(nginx, 2) == {"gray"}


def test_a_wider_block_is_found_when_the_narrower_one_expires(
        gateway, store, stable, gray):
    store.run("release", "create", "shop")
    store.run("list", "create", "office", "--kind", "ip")
    store.run("rule", "add", "shop", "office", "gray", "ip in @office")
    store.run("list", "add", "office", "127.0.0.9", "--ttl", "2s")
    store.run("list", "add", "office", "127.0.0.0/24")
    nginx = gateway(shop.HTTP, shop.UPSTREAMS, store=store, stable=stable,
                    gray=gray)

    def ask(source):
        return nginx.get(source=source).text

    assert ask("127.0.0.9") == "gray"
    store.run("list", "add", "office", "127.0.1.9", "--ttl", "2s")
    assert ask("127.0.1.9") == "gray"
    wait_for(lambda: ask("127.0.1.9") == "stable", what="it expires")
    assert ask("127.0.0.9") == "gray"


def test_more_identities_than_are_kept_are_answered_right(
        gateway, store, stable, gray):
    shop.fill(store)
    store.run("list", "import", "testers",
              stdin="".join(f"id-{i}\n" for i in range(0, 3000, 3)))
    nginx = gateway(shop.HTTP, 'location / { gray shop stable gray; '
                    'return 200 $gray_variant; }', store=store,
                    stable=stable, gray=gray)
    connection = nginx.connect()
    for _ in range(2):
        for i in range(3000):
            answer = nginx.get(headers={"X-Device-Id": f"id-{i}"},
                               connection=connection)
            assert answer.text == ("gray" if i % 3 == 0 else "stable"), i
    connection.close()
