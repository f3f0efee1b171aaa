"""How the value of a setting is read: from the text of a variable or from what TOML holds.

Each function here makes a reader: it takes what was written and returns the value, or raises
``ValueError`` with what would do instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def text(value: object) -> str:
    """Return a text as it is."""
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def folder(value: object) -> Path:
    """Return a path, with ``~`` for the user's home."""
    return Path(text(value)).expanduser()


def long_text(least: int) -> Callable[[object], str]:
    """Make a reader of a secret that is too long to guess."""

    def read(value: object) -> str:
        if not isinstance(value, str) or len(value) < least:
            raise ValueError(f"a text of at least {least} characters")
        return value

    return read


def whole(low: int, high: int) -> Callable[[object], int]:
    """Make a reader of whole numbers within bounds."""

    def read(value: object) -> int:
        try:
            # True is an int to Python and a mistake in a file; 1.5 must not become 1.
            number = int(value) if isinstance(value, str | int) and value is not True else None
        except ValueError:
            number = None
        if number is None or value is False or not low <= number <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return number

    return read


def number(low: float, high: float) -> Callable[[object], float]:
    """Make a reader of numbers within bounds."""

    def read(value: object) -> float:
        try:
            found = None if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            found = None
        if found is None or not low <= found <= high:  # nan is within no bounds
            raise ValueError(f"a number from {low:g} to {high:g}")
        return found

    return read


def choice(*names: str) -> Callable[[object], str]:
    """Make a reader of one of a few names, in any case."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value.lower() not in names:
            raise ValueError("one of " + ", ".join(names))
        return value.lower()

    return read


def several(each: Callable[[str], T]) -> Callable[[object], tuple[T, ...]]:
    """Make a reader of a list: a TOML array, or a text with commas between."""

    def read(value: object) -> tuple[T, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError("a list of texts (in a variable: with commas between)")
        return tuple(each(part.strip()) for part in parts if part.strip())

    return read


def origin(value: str) -> str:
    """Return an origin as browsers send it: scheme, host and port, and no path."""
    if (bare := _site(value)) is None or bare != value.lower():
        raise ValueError("origins such as https://films.example.org, without a path or *")
    return bare


def web_address(value: object) -> str:
    """Return the address of a site, without a slash at its end."""
    if not isinstance(value, str) or (bare := _site(value.rstrip("/"))) is None:
        raise ValueError("an address such as https://films.example.org")
    return bare


def web_folder(value: object) -> str:
    """Return the address of a site or of a folder on it, without a slash at its end.

    >>> web_folder("https://Image.tmdb.org/t/p/")
    'https://image.tmdb.org/t/p'
    """
    from urllib.parse import urlsplit

    if isinstance(value, str) and len(parts := value.rstrip("/").split("/", 3)) >= 3:
        bare = _site("/".join(parts[:3]))
        path = "/".join(("", *parts[3:]))
        if bare is not None and path == urlsplit(path).path and "//" not in path:
            return bare + path
    raise ValueError("an address such as https://posters.example.org/large")


def _site(value: str) -> str | None:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value)
        whole = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:  # half an IPv6 address, or a port that is none
        return None
    more = parts.path or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or not whole or more:
        return None
    return f"{parts.scheme}://{parts.netloc}".lower()


def network(value: str) -> str:
    """Return an address or a network of addresses, as ``10.0.0.1`` or ``10.0.0.0/8``."""
    import ipaddress

    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError("addresses or networks such as 10.0.0.1 or 10.0.0.0/8") from None
    return value
