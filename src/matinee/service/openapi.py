"""The OpenAPI document, and what the page at /docs draws from it.

The page is ours: the usual Swagger page loads 1.5 MB of script from another host and needs inline
script and style, both of which the content security policy forbids.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from matinee._version import __version__
from matinee.pipeline.results import TITLE_FIELDS
from matinee.service import schemas
from matinee.service.problems import MEANINGS, MEDIA_TYPE

if TYPE_CHECKING:
    from fastapi import FastAPI

_OPEN = ("/health/", "/metrics")
"""Beginnings of the paths that need no caller."""
_SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of an account; `matinee user token NAME` makes one.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "matinee_session",
        "description": "What signing in at /login gives a browser.",
    },
}
_BOUNDS = frozenset(("pattern", "minimum", "maximum", "minLength", "maxLength", "enum", "format"))
"""Of a part of an address: one that breaks them is refused, not looked for."""
_ANY_OF: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
"""One of the two; neither is needed on a machine without accounts."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the page shows it.

    Attributes:
        verb: GET, POST, PUT, PATCH or DELETE.
        path: with its parameters in braces.
        summary: what it does.
        parameters: name, type, default, whether required, and description of each.
        responses: status, description and schema of each.
        example: address to try it at.
        shapes: schemas of its body; empty where it has none.
        language: media type of its body.
        body: a body to try it with, as indented JSON; empty where there is no example.
        sample: an answer: indented JSON, or text.
    """

    verb: str
    path: str
    summary: str
    parameters: tuple[dict[str, Any], ...]
    responses: tuple[tuple[str, str, str], ...]
    example: str
    shapes: tuple[str, ...]
    language: str
    body: str
    sample: str


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the app, its errors as problems.

    What the framework cannot know is put in here: the problems each operation may answer with,
    how to say who asks, the bodies that are read by msgspec, and examples with their nulls.
    """
    made = get_openapi(
        title="Matinee",
        version=__version__,
        description="Finds films by what you feel like watching. The conventions of all of it "
        "(pages, fields, ETags, problems, keys against doing a thing twice) are in "
        "docs/reference/api.md.",
        routes=app.routes,
    )
    components = made.setdefault("components", {})
    components["securitySchemes"] = _SECURITY
    known = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        known.pop(name, None)
    known["Problem"] = schemas.Problem.model_json_schema()
    for item in made["paths"].values():
        for operation in item.values():
            known.update(operation.pop("x-shapes", {}))
    examples = _examples(BaseModel)
    for name, schema in known.items():
        if "example" in schema and name in examples:
            # The framework drops what is null, which answers do not.
            schema["example"] = examples[name]
    settings = getattr(app.state, "settings", None)
    needed = settings is not None and settings.accounts == "on"
    made["security"] = [*_ANY_OF] if needed else [*_ANY_OF, {}]
    # Routes are in the order in which they are looked through, which is none for a reader.
    made["paths"] = dict(sorted(made["paths"].items()))
    for path, item in made["paths"].items():
        for verb, operation in item.items():
            _complete(verb, path, operation)
            if "200" in operation["responses"]:
                _shorten(operation, known)
    return made


def statuses_of(verb: str, path: str, operation: dict[str, Any]) -> set[str]:
    """Return which problems an operation may answer with, by what it takes.

    Others, if there are any, are for the route to say: ``responses=problems.also(410)``.
    """
    if path.startswith("/health/live"):
        return set()
    said = {"421", "429", "503"}
    if not path.startswith(_OPEN):
        said |= {"401", "403"}
    if verb != "get":
        said |= {"409", "507"}
    if "requestBody" in operation:
        # A body may name people and titles, as an address may.
        said |= {"400", "404", "413", "415", "422"}
    for parameter in operation.get("parameters", ()):
        said.add("404")
        if parameter["in"] == "query":
            said |= {"414", "422"}
        elif parameter["in"] != "path" or _is_bounded(parameter["schema"]):
            said.add("422")
    return said


def _shorten(operation: dict[str, Any], known: dict[str, Any]) -> None:
    """Say of the items of an operation that takes ``fields`` that only their id is certain."""
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    for content in operation.get("requestBody", {"content": {}})["content"].values():
        for shape in _names_in(content["schema"]):
            names |= set(known[shape].get("properties", ()))
    content = operation["responses"]["200"].get("content", {})
    answer: dict[str, Any] = next(iter(content.values()), {})
    for frame in _names_in(answer.get("schema", {})) if "fields" in names else ():
        if "id" in known[frame].get("properties", {}):
            # A title by itself; what is around its facts stays certain.
            sure = [name for name in known[frame]["required"] if name not in TITLE_FIELDS]
            known[frame]["required"] = ["id", *sure]
        for item in _names_in(known[frame].get("properties", {}).get("results", {})):
            if "id" in known[item]["properties"]:
                known[item]["required"] = ["id"]


def _is_bounded(schema: dict[str, Any]) -> bool:
    return schema.get("type") != "string" or bool(_BOUNDS.intersection(schema))


def _complete(verb: str, path: str, operation: dict[str, Any]) -> None:
    """Put in what the framework leaves out of an operation."""
    if path.startswith(_OPEN):
        operation["security"] = []
    answers = operation["responses"]
    answers.pop("422", None)
    for status in sorted(statuses_of(verb, path, operation) | _errors_in(answers)):
        answers[status] = {
            "description": MEANINGS[status][0],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    operation["responses"] = dict(sorted(answers.items()))
    for parameter in operation.get("parameters", ()):
        example = _example(parameter)
        if example is None:
            schema = parameter["schema"]
            example = schema.get("default", next(iter(schema.get("enum", ())), None))
        if example is not None and "examples" not in parameter:
            parameter["example"] = example


def _errors_in(answers: dict[str, Any]) -> set[str]:
    return {status for status in answers if status[0] in "45"}


def _examples(base: type[BaseModel]) -> dict[str, Any]:
    """Return the examples of the service's models by name."""
    found: dict[str, Any] = {}
    for model in base.__subclasses__():
        found |= _examples(model)
        if model.__module__.startswith("matinee.service"):
            extra = model.model_config.get("json_schema_extra")
            shape: dict[str, Any] = {}
            if callable(extra):
                extra(shape)  # type: ignore[call-arg]
            elif extra is not None:
                shape = dict(extra)
            if "example" in shape:
                found[model.__name__] = shape["example"]
    return found


def operations(made: dict[str, Any]) -> tuple[Operation, ...]:
    """Return the operations of a document, in its order."""
    return tuple(
        _operation(verb, path, operation, made)
        for path, item in made["paths"].items()
        for verb, operation in item.items()
    )


def _operation(verb: str, path: str, item: dict[str, Any], made: dict[str, Any]) -> Operation:
    known = made["components"]["schemas"]
    parameters, tried, address = [], {}, path
    for parameter in item.get("parameters", ()):
        example = _example(parameter)
        if parameter["in"] == "path":
            address = address.replace("{" + parameter["name"] + "}", quote(str(example), safe=":"))
        elif isinstance(example, str) and example and _worth_trying(parameter):
            tried[parameter["name"]] = example
        parameters.append(_shown(parameter))
    body, language = "", "application/json"
    content: dict[str, Any]
    shapes: tuple[str, ...] = ()
    if "requestBody" in item:
        language, content = next(iter(item["requestBody"]["content"].items()))
        shapes = _names_in(content["schema"])
        body = _sample(content, known)
    responses, sample = [], ""
    for status, answer in item["responses"].items():
        content = next(iter(answer.get("content", {}).values()), {})
        names = _names_in(content.get("schema", {}))
        described = answer["description"] if status[0] in "45" else "Success."
        responses.append((status, described, next(iter(names), "")))
        if status[0] == "2" and not sample:
            sample = _sample(content, known)
    return Operation(
        verb.upper(),
        path,
        item.get("description") or item["summary"],
        tuple(parameters),
        tuple(responses),
        address + (f"?{urlencode(tried)}" if tried else ""),
        shapes,
        language,
        body,
        sample,
    )


def _example(parameter: dict[str, Any]) -> Any:
    """Return the first example of a parameter, None if it has none."""
    for example in parameter.get("examples", {}).values():
        return example["value"]
    schema = parameter["schema"]
    known = parameter.get("example", schema.get("example"))
    return next(iter(schema.get("examples", ())), None) if known is None else known


def _worth_trying(parameter: dict[str, Any]) -> bool:
    """Tell whether a query without the parameter's example would be a poor one to try."""
    return parameter["in"] == "query" and "example" not in parameter


def _shown(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter as the page shows it."""
    schema = parameter["schema"]
    kinds = [one.get("type", "string") for one in schema.get("anyOf", (schema,))]
    kind = " or ".join(name for name in kinds if name != "null")
    if kind == "array":
        kind = f"{schema['items'].get('type', 'string')}, repeatable"
    if parameter["in"] in ("header", "cookie"):
        kind += f", {parameter['in']}"
    default = schema.get("default")
    return {
        "name": parameter["name"],
        "type": kind,
        "default": "" if default is None else json.dumps(default).strip('"'),
        "required": parameter.get("required", False),
        "description": parameter.get("description", ""),
    }


def _names_in(schema: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the schemas that a schema refers to, in its order."""
    names: dict[str, None] = {}
    if "$ref" in schema:
        names[schema["$ref"].rpartition("/")[2]] = None
    inside = [schema["items"]] if "items" in schema else []
    for inner in (*inside, *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        names |= dict.fromkeys(_names_in(inner))
    return tuple(names)


def _sample(content: dict[str, Any], known: dict[str, Any]) -> str:
    """Return the example of a body or an answer, empty where it has none."""
    schema = content.get("schema", {})
    for example in (content.get("example"), schema.get("example")):
        if example is not None:
            return example if isinstance(example, str) else _indented(example)
    for name in _names_in(schema):
        if "example" in known.get(name, {}):
            example = known[name]["example"]
            return _indented([example] if schema.get("type") == "array" else example)
    return ""


def _indented(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
