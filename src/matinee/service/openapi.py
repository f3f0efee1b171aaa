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

from matinee._version import __version__
from matinee.service import schemas
from matinee.service.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from fastapi import FastAPI

_PROBLEMS = {
    "404": "No title has that id.",
    "413": "The body is too long.",
    "422": "A parameter is missing, unknown or out of its bounds.",
    "503": "The library is not open, or a model that the method needs is missing.",
}
_SAID = {
    ("get", "/v1/search"): ("422", "503"),
    ("post", "/v1/search"): ("413", "422", "503"),
    ("get", "/v1/parse"): ("422", "503"),
    ("get", "/v1/titles/{title_id}"): ("404", "503"),
    ("get", "/v1/titles/{title_id}/similar"): ("404", "422", "503"),
    ("get", "/v1/status"): ("503",),
    ("get", "/health/ready"): ("503",),
    ("get", "/health/live"): (),
}
"""Which problems each operation may answer with."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the page shows it.

    Attributes:
        verb: GET or POST.
        path: with its parameters in braces.
        summary: what it does.
        parameters: name, type, default, whether required, and description of each.
        responses: status, description and schema of each.
        example: address to try it at.
        shape: schema of its body, empty where it has none.
        body: a body to try it with, as indented JSON.
        sample: an answer, as indented JSON.
    """

    verb: str
    path: str
    summary: str
    parameters: tuple[dict[str, Any], ...]
    responses: tuple[tuple[str, str, str], ...]
    example: str
    shape: str
    body: str
    sample: str


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the app, its errors as problems."""
    made = get_openapi(
        title="Matinee",
        version=__version__,
        description="Finds films by what you feel like watching.",
        routes=app.routes,
    )
    known = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        known.pop(name, None)
    known["Problem"] = schemas.Problem.model_json_schema()
    for name, schema in known.items():
        if "example" in schema and hasattr(schemas, name):
            # The framework drops what is null, which answers do not.
            schema["example"] = getattr(schemas, name).model_config["json_schema_extra"]["example"]
    for path, item in made["paths"].items():
        for verb, operation in item.items():
            operation["responses"].pop("422", None)
            for status in _SAID[verb, path]:
                operation["responses"][status] = {
                    "description": _PROBLEMS[status],
                    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
    return made


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
        elif isinstance(example, str):
            tried[parameter["name"]] = example
        parameters.append(_shown(parameter))
    shape = body = ""
    if "requestBody" in item:
        shape = _name_of(item["requestBody"]["content"]["application/json"]["schema"])
        body = _indented(known[shape]["example"])
    responses = []
    for status, answer in item["responses"].items():
        name = _name_of(next(iter(answer["content"].values()))["schema"])
        described = answer["description"] if name == "Problem" else "Success."
        responses.append((status, described, name))
    sample = known.get(responses[0][2], {}).get("example")
    return Operation(
        verb.upper(),
        path,
        item.get("description") or item["summary"],
        tuple(parameters),
        tuple(responses),
        address + (f"?{urlencode(tried)}" if tried else ""),
        shape,
        body,
        _indented(sample) if sample else "",
    )


def _example(parameter: dict[str, Any]) -> Any:
    """Return the first example of a parameter, None if it has none."""
    for example in parameter.get("examples", {}).values():
        return example["value"]
    return next(iter(parameter["schema"].get("examples", ())), None)


def _shown(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter as the page shows it."""
    schema = parameter["schema"]
    kind = schema.get("type", "string")
    if kind == "array":
        kind = f"{schema['items'].get('type', 'string')}, repeatable"
    default = schema.get("default")
    return {
        "name": parameter["name"],
        "type": kind,
        "default": "" if default is None else json.dumps(default).strip('"'),
        "required": parameter.get("required", False),
        "description": parameter.get("description", ""),
    }


def _name_of(schema: dict[str, Any]) -> str:
    reference: str = schema["$ref"]
    return reference.rpartition("/")[2]


def _indented(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
