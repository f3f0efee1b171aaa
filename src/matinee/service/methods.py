"""Which methods an address knows: what the header Allow of a 405 says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def allow_of(document: Mapping[str, Any], path: str) -> str | None:
    """Return the methods of an address for the header Allow, None where it is not of the API.

    The framework names those of the first route that fits, which is one method as a rule. Where an
    address is both fixed and an example of a pattern, as ``ratings/bulk`` is of
    ``ratings/{title_id}``, the fixed one is meant.

    Args:
        document: the OpenAPI document.
        path: decoded, without the query.

    >>> paths = {"/a/{x}": {"get": {}, "delete": {}}, "/a/b": {"post": {}}}
    >>> allow_of({"paths": paths}, "/a/c"), allow_of({"paths": paths}, "/a/b")
    ('DELETE, GET', 'POST')
    """
    parts = path.split("/")
    found: dict[int, set[str]] = {}
    for template, item in document["paths"].items():
        free = _free(template.split("/"), parts)
        if free is not None:
            found.setdefault(free, set()).update(verb.upper() for verb in item)
    return ", ".join(sorted(found[min(found)])) if found else None


def _free(template: list[str], parts: list[str]) -> int | None:
    """Return how many parts of a path a template leaves open, None where it does not fit."""
    if len(template) != len(parts):
        return None
    pairs = list(zip(template, parts, strict=True))
    if any(one != part and not (one.startswith("{") and part) for one, part in pairs):
        return None
    return sum(one.startswith("{") for one in template)
