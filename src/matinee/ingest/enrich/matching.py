"""Whether what a source found is the title that was asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from matinee.catalogue.words import fold, words

if TYPE_CHECKING:
    from matinee.catalogue.title import Title

YEARS_APART = 1
"""A film of a festival in December is of the next year to those who count by cinemas."""
_ARTICLES = frozenset(("the", "a", "an"))
_LAST = re.compile(r"(.+), (The|A|An)", re.IGNORECASE)


def plain_title(text: str) -> str:
    """Return a title as it is compared: words without accents, case and articles.

    >>> plain_title("Matrix, The"), plain_title("Amélie & Nino"), plain_title("M*A*S*H")
    ('matrix', 'amelie and nino', 'm a s h')
    """
    if turned := _LAST.fullmatch(text.strip()):
        text = turned[1]
    found = words(text.replace("&", " and "))
    if len(found) > 1 and found[0] in _ARTICLES:
        found = found[1:]
    # A title without a letter ("…") is compared as it is.
    return " ".join(found) or fold(text).strip()


def plain_titles(title: Title) -> set[str]:
    """Return the names of a title as they are compared."""
    return {plain_title(name) for name in (title.title, title.original_title) if name}


def doubt(ours: Title, theirs: Title, *, by_id: bool, trust_ids: bool = False) -> str | None:
    """Return why two may not be one title, None where there is no doubt.

    They are one if they are of one kind, share a name as it is compared and their years are at most
    :data:`YEARS_APART` apart; where no id was asked for, both must have a year.

    Args:
        ours: what was asked for.
        theirs: what was found.
        by_id: it was asked for by an id that it has.
        trust_ids: then names may differ.
    """
    if ours.kind != theirs.kind:
        return f"it is a {theirs.kind}, not a {ours.kind}"
    if ours.year is None or theirs.year is None:
        if not by_id:
            return "one of them has no year"
    elif abs(ours.year - theirs.year) > YEARS_APART:
        return f"it is of {theirs.year}, not of {ours.year}"
    same_name = plain_titles(ours) & plain_titles(theirs)
    if not same_name and not (by_id and trust_ids):
        return "it has another name"
    return None
