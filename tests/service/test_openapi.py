"""The OpenAPI document, and the page that is drawn from it."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from matinee.query.knobs import KNOB_NAMES
from matinee.service import create_app, openapi
from matinee.service.methods import allow_of
from matinee.service.params import SearchParams
from matinee.settings import Settings

ME = "/v1/people/me"
TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


@pytest.fixture
def made(client):
    return client.get("/openapi.json").json()


def operations(made):
    return [(verb, path, item[verb]) for path, item in made["paths"].items() for verb in item]


def fits(made, schema, value, where=""):
    """Check a value against a schema of the document; every field has to be a documented one."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return fits(made, made["components"]["schemas"][name], value, f"{where}/{name}")
    if "anyOf" in schema:
        errors = []
        for option in schema["anyOf"]:
            try:
                return fits(made, option, value, where)
            except AssertionError as error:
                errors.append(str(error))
        raise AssertionError(f"{where}: {errors}")
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r}"
    if "const" in schema:
        assert value == schema["const"], f"{where}: {value!r}"
    kinds = schema.get("type", list(TYPES))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    assert any(isinstance(value, TYPES[kind]) for kind in kinds), f"{where}: {value!r:.80}"
    if isinstance(value, list):
        for place, one in enumerate(value):
            fits(made, schema.get("items", {}), one, f"{where}[{place}]")
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema.get("required", ())) <= set(value), f"{where}: {sorted(value)}"
        more = schema.get("additionalProperties", False)
        if more is False:
            unknown = set(value) - set(schema["properties"])
            assert not unknown, f"{where}: {unknown} is not documented"
        for name, one in value.items():
            fits(made, schema["properties"].get(name, {}), one, f"{where}.{name}")
    return None


def examples_of(content, known):
    schema = content.get("schema", {})
    for place in (content, schema):
        if "example" in place:
            yield place["example"]
        yield from (one["value"] for one in place.get("examples", {}) if isinstance(one, dict))
    name = schema.get("$ref", "").rpartition("/")[2]
    items = schema.get("items", {}).get("$ref", "").rpartition("/")[2]
    if "example" in known.get(name, {}):
        yield known[name]["example"]
    if "example" in known.get(items, {}):
        yield [known[items]["example"]]
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from examples_of({"schema": option}, known)


def test_every_operation_is_told_with_examples(made):
    known = made["components"]["schemas"]
    missing = []
    for verb, path, operation in operations(made):
        where = f"{verb} {path}"
        missing += [
            f"{where}: no {name}" for name in ("description", "tags") if name not in operation
        ]
        for parameter in operation.get("parameters", ()):
            if not parameter.get("description"):
                missing.append(f"{where}: {parameter['name']} is not described")
            if not {"example", "examples"} & (set(parameter) | set(parameter["schema"])):
                missing.append(f"{where}: {parameter['name']} has no example")
        bodies = operation.get("requestBody", {"content": {}})["content"].values()
        answers = [
            content for answer in operation["responses"].values()
            for content in answer.get("content", {}).values()
        ]  # fmt: skip
        for what, contents in (("body", bodies), ("answer", answers)):
            missing += [
                f"{where}: a {what} has no example: {content['schema']}"
                for content in contents
                if not list(examples_of(content, known))
            ]
    assert missing == []


def test_every_example_fits_its_schema(made):
    for name, schema in made["components"]["schemas"].items():
        if "example" in schema:
            fits(made, schema, schema["example"], name)
    for verb, path, operation in operations(made):
        for status, answer in operation["responses"].items():
            for content in answer.get("content", {}).values():
                for example in examples_of(content, made["components"]["schemas"]):
                    # What is sent event by event has a schema of each, and an example of all.
                    fits(made, content.get("schema", {}), example, f"{verb} {path} {status}")


def test_every_operation_may_fail_and_says_how(made):
    for verb, path, operation in operations(made):
        said = set(operation["responses"])
        if path == "/health/live":
            assert said == {"200"}
            continue
        assert {"429", "503"} <= said, path
        if "requestBody" in operation:
            assert {"413", "415", "422"} <= said, path
        if "{person}" in path:
            assert {"401", "403", "404"} <= said, path
        if verb != "get":
            assert "507" in said, path
        for status, answer in operation["responses"].items():
            if status[0] in "45":
                assert answer["description"], path
                assert list(answer["content"]) == ["application/problem+json"], path
    assert "HTTPValidationError" not in str(made)
    assert "x-shapes" not in str(made)


def test_who_asks_is_said_by_token_or_cookie(made, library, tmp_path):
    assert made["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert made["components"]["securitySchemes"]["session"]["in"] == "cookie"
    assert {} in made["security"]
    for _, path, operation in operations(made):
        assert (operation.get("security") == []) == path.startswith(("/health/", "/metrics")), path
    url = f"sqlite:///{tmp_path / 'on.db'}"
    app = create_app(library, settings=Settings(accounts="on", database_url=url))
    assert {} not in openapi.document(app)["security"]


ASKED = {"q": "asks language year genre like", "facets": True, "explain": True}


@pytest.mark.parametrize("asked", [{"q": "a"}, ASKED, ASKED | {"understand": False}])
def test_answers_of_a_search_have_the_documented_fields(client, made, asked):
    known = made["components"]["schemas"]
    answer = client.get("/v1/search", params=asked).json()
    optional = set() if asked.get("facets") else {"facets"}
    assert set(answer) == set(known["Results"]["properties"]) - optional
    optional = set() if asked.get("explain") else {"why"}
    assert set(answer["results"][0]) == set(known["Result"]["properties"]) - optional
    assert set(client.get("/v1/titles/tmdb:603").json()) == set(known["Title"]["properties"])
    fits(made, known["Results"], answer)
    fits(made, known["Parsed"], client.get("/v1/parse", params={"q": asked["q"]}).json())


ANSWERS = [
    ("put", "/ratings/{title_id}", {"rating": 4.5}),
    ("put", "/ratings/{title_id}", {"action": "like"}),
    ("post", "/ratings/bulk", {"ratings": [{"id": "tmdb:2", "rating": 2}]}),
    ("post", "/watches", {"id": "tmdb:603", "time": 5}),
    ("put", "/watchlist/{title_id}", None),
    ("put", "/hidden/{title_id}", None),
    ("get", "/ratings", None),
    ("get", "/ratings/{title_id}", None),
    ("get", "/ratings/{title_id}/changes", None),
    ("get", "/changes", None),
    ("get", "/watches", None),
    ("get", "/watchlist", None),
    ("get", "/hidden", None),
    ("get", "/imports", None),
    ("get", "/export.json", None),
    ("get", "/watchlist.radarr.json", None),
]


def test_answers_about_what_people_did_are_as_documented(client, made):
    for verb, path, body in ANSWERS:
        answer = client.request(verb, ME + path.format(title_id="tmdb:603"), json=body)
        assert answer.status_code == 200, (path, answer.text)
        said = made["paths"]["/v1/people/{person}" + path][verb]["responses"]["200"]
        fits(made, said["content"]["application/json"]["schema"], answer.json(), path)
        if path not in ("/export.json", "/watchlist.radarr.json"):
            assert {"library", "degraded"} <= set(answer.json())
        if "fields" in str(made["paths"]["/v1/people/{person}" + path][verb]["parameters"]):
            fewer = client.get(ME + path.format(title_id="tmdb:603") + "?fields=id").json()
            fits(made, said["content"]["application/json"]["schema"], fewer, path)


@pytest.mark.parametrize("name", sorted(SearchParams.model_fields))
def test_every_parameter_is_described_and_reaches_the_request(name):
    assert SearchParams.model_fields[name].description
    default, known = SearchParams(q="x").request(), {"q": "text", "filter": "filters"}
    taken = default.knobs if name in KNOB_NAMES else default
    assert name in ("offset", "fields") or hasattr(taken, known.get(name, name))


def test_a_405_names_all_methods_of_an_address(made):
    assert allow_of(made, f"{ME}/ratings/tmdb:603") == "DELETE, GET, PUT"
    assert allow_of(made, f"{ME}/ratings/bulk") == "POST"
    assert allow_of(made, "/v1/search") == "GET, POST"
    assert allow_of(made, "/nothing") is None
    assert allow_of(made, f"{ME}/ratings/") is None


def test_the_page_shows_every_operation_and_its_links_lead_somewhere(client, made):
    page = client.get("/docs").text
    for verb, path, _ in operations(made):
        assert f'<span class="verb">{verb.upper()}</span> <code>{path}</code>' in page
    for name in made["components"]["schemas"]:
        assert f'id="schema-{name}"' in page
    places = set(re.findall(r'id="([^"]+)"', page))
    for link in re.findall(r'href="#([^"]+)"', page):
        assert link in places, link


def test_the_addresses_to_try_answer(library, tmp_path):
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'store.db'}")
    app = create_app(library, settings=settings)
    with TestClient(app, base_url="http://localhost") as client:
        client.put(f"{ME}/ratings/tmdb:603", json={"rating": 4.5})
        for shown in openapi.operations(app.openapi()):
            # What is computed needs more than this library is.
            computed = re.search("recommend|predict|explain|why|similar", shown.path)
            if shown.verb == "GET" and f"{ME}/" in shown.example and not computed:
                answer = client.get(shown.example)
                assert answer.status_code == 200, (shown.example, answer.text)
