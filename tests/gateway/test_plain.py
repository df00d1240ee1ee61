"""The module loaded, and the smallest decision."""

BOTH = """
gray_store %store%;
upstream app_stable { server %stable%; }
upstream app_gray { server %gray%; }
"""

SHOP = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
}
"""


def test_the_module_loaded_and_unused_changes_nothing(gateway, stable):
    nginx = gateway("", "location / { proxy_pass http://%stable%; }",
                    stable=stable)
    assert nginx.get().text == "stable"


def test_a_device_in_a_list_is_gray_at_its_next_request(
        gateway, store, stable, gray):
    device = "gray_attribute device_id $http_x_device_id;"
    nginx = gateway(BOTH + device, SHOP, store=store, stable=stable,
                    gray=gray, workers=2)
    phone = {"X-Device-Id": "phone-42"}

    store.run("release", "create", "shop")
    store.run("list", "create", "testers")
    store.run("rule", "add", "shop", "qa", "gray", "device_id in @testers")
    assert nginx.get(headers=phone).text == "stable"

    store.run("list", "add", "testers", "phone-42")
    assert nginx.get(headers=phone).text == "gray"
    assert nginx.get().text == "stable"
