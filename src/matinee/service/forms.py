"""The search form: read from an address, and written back into one."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from matinee.errors import QueryError
from matinee.query.request import MAX_K, Knobs, check_k

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE_SIZE = 24
"""Divides by 2, 3, 4, 6 and 8: full rows in most widths of the grid."""
_KNOBS = Knobs()
_KNOB_NAMES = tuple(field.name for field in fields(Knobs))


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What the search page was asked for.

    Attributes:
        text: the query; may be empty.
        method: how to search.
        k: results of a page.
        page: pages shown, 1 or more; page 3 shows the results of the first three, so that an
            address alone restores what somebody had unfolded.
        knobs: how lists are made and fused.
    """

    text: str = ""
    method: str = "hybrid"
    k: int = PAGE_SIZE
    page: int = 1
    knobs: Knobs = _KNOBS

    @property
    def wanted(self) -> int:
        """Results to show."""
        return min(self.k * self.page, MAX_K)

    @property
    def tuned(self) -> bool:
        """Whether anything but the query differs from the default."""
        return replace(self, text="", page=1) != SearchForm()

    def url(self, *, page: int = 1) -> str:
        """Return the address that restores the form, defaults left out."""
        values: dict[str, object] = {"q": self.text}
        for name in ("method", "k"):
            if getattr(self, name) != SearchForm.__dataclass_fields__[name].default:
                values[name] = getattr(self, name)
        for name in _KNOB_NAMES:
            if getattr(self.knobs, name) != getattr(_KNOBS, name):
                values[name] = getattr(self.knobs, name)
        if page > 1:
            values["page"] = page
        return f"/search?{urlencode(values)}"


def read(values: Mapping[str, str]) -> SearchForm:
    """Read the form; an empty field means its default.

    Raises:
        QueryError: naming the field and its bounds.
    """
    k = _whole(values, "k", PAGE_SIZE)
    check_k(k)
    page = _whole(values, "page", 1)
    if not 1 <= page <= MAX_K:
        raise QueryError(f"page is {page!r:.40}", cure=f"Give a whole number from 1 to {MAX_K:,}")
    given = {
        name: _whole(values, name, 0) if name.endswith("_k") else _number(values, name)
        for name in _KNOB_NAMES
        if values.get(name, "").strip()
    }
    return SearchForm(
        values.get("q", ""),
        values.get("method") or "hybrid",
        k,
        page,
        Knobs(**given),  # type: ignore[arg-type]
    )


def _whole(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name, "").strip()
    try:
        # int() refuses more than 4,300 digits and takes underscores; neither is a form's business.
        return int(text[:20]) if text else default
    except ValueError:
        raise QueryError(f"{name} is {text[:40]!r}", cure="Give a whole number") from None


def _number(values: Mapping[str, str], name: str) -> float:
    text = values[name].strip()
    try:
        return float(text)
    except ValueError:
        raise QueryError(f"{name} is {text[:40]!r}", cure="Give a number") from None
