"""What most stories begin with: a release `shop`, and who is gray.

Gray is who sends `X-User: gray`, or is in the list `testers` by device id.
"""

HTTP = """
gray_store %store%;
gray_attribute user $http_x_user;
gray_attribute device_id $http_x_device_id;
upstream app_stable { server %stable%; }
upstream app_gray { server %gray%; }
"""

UPSTREAMS = """
location / {
    gray shop stable=app_stable gray=app_gray;
    proxy_pass http://$gray_upstream;
}
"""

NAMED = """
location / {
    gray shop stable gray=@gray;
    proxy_pass http://app_stable;
}
location @gray { proxy_pass http://app_gray; }
"""

GRAY = {"X-User": "gray"}
PHONE = {"X-Device-Id": "phone-42"}

# What a story asks of the variables, in one answer.
SEEN = '"$gray_release|$gray_variant|$gray_upstream|$gray_reason"'


def fill(store):
    store.run("release", "create", "shop")
    store.run("list", "create", "testers")
    store.run("rule", "add", "shop", "qa", "gray", "device_id in @testers")
    store.run("rule", "add", "shop", "user", "gray", "user = 'gray'")
    return store
