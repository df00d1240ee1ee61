"""One decision for several services: the edge decides, the tiers follow.

Three gateways with a store each. An application answers its own name and what
the next service said, and passes X-Gray-Variant and X-User on.
"""

from harness import fetch
from published import run_example

SERVICES = ("web", "orders", "payments")


class Tiers:
    """gateways: by service. get(): a client's request at the edge."""

    def __init__(self, gateway, make_store, backend):
        self.gateways = {}
        self.stores = {}
        for service in reversed(SERVICES):
            below = next(iter(reversed(self.gateways.values())), None)
            store = make_store()
            apps = {variant: backend(f"{service}-{variant}")
                    for variant in ("stable", "gray")}
            for app in apps.values():
                app.answer = answering(app, below)
            name = "edge.conf" if service == "web" else "lower-tiers.conf"
            self.stores[service] = store
            self.gateways[service] = run_example(name, gateway, store, **apps)

    def get(self, user, **headers):
        return self.gateways["web"].get(
            cookies={"uid": user},
            headers={"X-User": user, **headers}).text

    def ask(self, service, source, **headers):
        return self.gateways[service].get(headers=headers, source=source).text


def answering(app, below):
    def answer(request):
        said = [app.name]
        if below:
            passed = {name: request.header(name)
                      for name in ("X-Gray-Variant", "X-User")}
            said.append(fetch(below.port, headers=passed).text)
        text = " ".join(said).encode()
        return (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b"
                % (len(text), text))
    return answer


GRAY = "web-gray orders-gray payments-gray"
STABLE = "web-stable orders-stable payments-stable"


def test_three_services_agree_with_the_edge(gateway, make_store, backend):
    tiers = Tiers(gateway, make_store, backend)
    assert tiers.get("alice") == GRAY
    assert tiers.get("dave") == STABLE


def test_what_the_edge_decided_is_over_a_lower_tier_s_own_rules(
        gateway, make_store, backend):
    tiers = Tiers(gateway, make_store, backend)
    assert tiers.get("carol") == STABLE


def test_a_lower_tier_decides_by_itself_when_nobody_did(
        gateway, make_store, backend):
    tiers = Tiers(gateway, make_store, backend)
    for source in ("127.0.0.1", "127.0.0.9"):
        assert tiers.ask("payments", source, **{"X-User": "carol"}) \
            == "payments-gray"
        assert tiers.ask("payments", source, **{"X-User": "alice"}) \
            == "payments-stable"


def test_a_client_cannot_carry_a_version_in(gateway, make_store, backend):
    tiers = Tiers(gateway, make_store, backend)
    carried = {"X-Gray-Variant": "gray"}
    assert tiers.get("dave", **carried) == STABLE
    assert tiers.ask("payments", "127.0.0.9", **carried) == "payments-stable"
    assert tiers.ask("payments", "127.0.0.1", **carried) == "payments-gray"


def test_a_version_that_nobody_knows_is_no_version(
        gateway, make_store, backend):
    tiers = Tiers(gateway, make_store, backend)
    nonsense = {"X-Gray-Variant": "purple", "X-User": "carol"}
    assert tiers.ask("payments", "127.0.0.1", **nonsense) == "payments-gray"


def test_a_lower_tier_s_kill_switch_is_over_the_edge(
        gateway, make_store, backend):
    tiers = Tiers(gateway, make_store, backend)
    tiers.stores["orders"].run("off", "shop")
    assert tiers.get("alice") == "web-gray orders-stable payments-stable"
