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
    "422": "A parameter is missing or out of its bounds.",
    "503": "The library is not open.",
}
_SAID = {
    "/v1/search": ("422", "503"),
    "/v1/titles/{title_id}": ("404", "503"),
    "/v1/titles/{title_id}/similar": ("404", "422", "503"),
    "/v1/status": ("503",),
    "/health/ready": ("503",),
    "/health/live": (),
}
"""Which problems each path may answer with."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the page shows it.

    Attributes:
        path: with its parameters in braces.
        summary: what it does.
        parameters: name, place, type, default, whether required, and description of each.
        responses: status, description and schema of each.
        example: address to try it at.
        sample: an answer, as indented JSON.
    """

    path: str
    summary: str
    parameters: tuple[dict[str, Any], ...]
    responses: tuple[tuple[str, str, str], ...]
    example: str
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
    for path, operations in made["paths"].items():
        answers = operations["get"]["responses"]
        answers.pop("422", None)
        for status in _SAID[path]:
            answers[status] = {
                "description": _PROBLEMS[status],
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
    return made


def operations(made: dict[str, Any]) -> tuple[Operation, ...]:
    """Return the operations of a document, in its order."""
    return tuple(_operation(path, item["get"], made) for path, item in made["paths"].items())


def _operation(path: str, item: dict[str, Any], made: dict[str, Any]) -> Operation:
    parameters, tried, address = [], {}, path
    for parameter in item.get("parameters", ()):
        schema = parameter["schema"]
        example = next((e["value"] for e in parameter.get("examples", {}).values()), None)
        if parameter["in"] == "path":
            address = address.replace("{" + parameter["name"] + "}", quote(str(example), safe=":"))
        elif example is not None:
            tried[parameter["name"]] = example
        parameters.append(
            {
                "name": parameter["name"],
                "place": parameter["in"],
                "type": schema.get("type", "string"),
                "default": schema.get("default"),
                "required": parameter.get("required", False),
                "description": parameter.get("description", ""),
            }
        )
    responses = []
    for status, answer in item["responses"].items():
        schema = next(iter(answer["content"].values()))["schema"]
        name = schema["$ref"].rpartition("/")[2]
        described = answer["description"] if name == "Problem" else "Success."
        responses.append((status, described, name))
    shape = made["components"]["schemas"].get(responses[0][2], {})
    sample = shape.get("example")
    return Operation(
        path,
        item.get("description") or item["summary"],
        tuple(parameters),
        tuple(responses),
        address + (f"?{urlencode(tried)}" if tried else ""),
        json.dumps(sample, indent=2, ensure_ascii=False) if sample else "",
    )
