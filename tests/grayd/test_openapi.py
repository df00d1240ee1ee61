"""docs/openapi.yaml describes what grayd has, and nothing else."""

import re
import subprocess

import pytest
import yaml

from harness import REPOSITORY
from harness.build import GRAYD

SPEC = yaml.safe_load((REPOSITORY / "docs/openapi.yaml").read_text())
METHODS = {"get", "put", "post", "patch", "delete"}
OPERATIONS = {f"{method.upper()} {path}": (path, item, item[method])
              for path, item in SPEC["paths"].items()
              for method in item if method in METHODS}


def resolved(thing):
    while "$ref" in thing:
        found = SPEC
        for name in thing["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        thing = found
    return thing


def every(thing):
    """All objects in THING."""
    if isinstance(thing, dict):
        yield thing
        thing = list(thing.values())
    for child in thing if isinstance(thing, list) else []:
        yield from every(child)


def test_each_route_is_described_and_nothing_else():
    out = subprocess.run([GRAYD, "--routes"], capture_output=True, text=True,
                         check=True, timeout=20).stdout
    assert sorted(OPERATIONS) == sorted(out.split("\n")[:-1])


def test_each_reference_leads_somewhere_and_each_component_is_used():
    used = {ref["$ref"] for ref in every(SPEC) if "$ref" in ref}
    for ref in used:
        resolved({"$ref": ref})
    made = {f"#/components/{kind}/{name}"
            for kind, items in SPEC["components"].items()
            if kind != "securitySchemes" for name in items}
    assert made == used


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_parameters_of_a_path_are_those_that_it_names(operation):
    path, item, described = OPERATIONS[operation]
    parameters = [resolved(p) for p in item.get("parameters", [])
                  + described.get("parameters", [])]
    assert [p["name"] for p in parameters if p["in"] == "path"] \
        == re.findall(r"\{(\w+)\}", path)
    assert described["summary"] and described["tags"][0] in {
        tag["name"] for tag in SPEC["tags"]}


@pytest.fixture
def filled(grayd, store):
    store.run("release", "create", "shop")
    store.run("rule", "add", "shop", "qa", "gray", "device_id = '7'")
    store.run("list", "create", "vip")
    store.run("list", "add", "vip", "a")
    return grayd()


NAMES = {"{release}": "shop", "{rule}": "qa", "{list}": "vip",
         "{identity}": "a", "{link}": "x"}


@pytest.mark.parametrize("operation", [o for o in OPERATIONS
                                       if o.startswith("GET")
                                       and o != "GET /v1/events"])
def test_what_is_asked_for_answers_as_it_is_described(filled, operation):
    path, _, described = OPERATIONS[operation]
    if path == "/*":
        path = "/nothing.html"
    for name, value in NAMES.items():
        path = path.replace(name, value)
    got = filled.get(path)
    answer = resolved(described["responses"].get(
        str(got.status), described["responses"].get("default", {})))
    kind = got.headers["content-type"].split(";")[0]
    assert kind in answer["content"], got
    schema = resolved(answer["content"][kind]["schema"])
    for name in schema.get("required", []):
        assert name in got.json
    assert ("ETag" in answer.get("headers", {})) == ("etag" in got.headers)


@pytest.mark.parametrize("operation", [
    o for o, (_, _, described) in OPERATIONS.items()
    if "application/json" in resolved(
        described.get("requestBody", {})).get("content", {})
    and o != "PUT /v1/releases/{release}"])
def test_the_members_of_a_body_are_those_that_are_read(filled, operation):
    """Each that is described is known; another is refused."""
    path, _, described = OPERATIONS[operation]
    schema = resolved(described["requestBody"])["content"][
        "application/json"]["schema"]
    for name, value in NAMES.items():
        path = path.replace(name, value)
    method = operation.split()[0]
    assert schema["additionalProperties"] is False
    unknown = filled.ask(method, path, {"nonsense": 1})
    assert unknown.status == 422 and unknown.json["place"] == "nonsense"
    for name in schema["properties"]:
        # of a type that nothing takes: told by name, not as unknown
        got = filled.ask(method, path, {name: {"x": {"y": 1}}})
        assert "no such member" not in got.body.decode(), name
