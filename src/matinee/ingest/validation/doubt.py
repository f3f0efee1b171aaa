"""Rules of doubt: what a catalogue may hold, and what is likely a fault of the data."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matinee.ingest.validation.contract import SAID
from matinee.ingest.validation.rule import Hit, Rule, Seen, keys_of, matching, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matinee.ingest.validation.rule import Part

BRIEF = 4
"""Minutes; what is no longer than that is a short, or its length was told in hours."""
FALLBACK_DAYS = (dt.date(1899, 12, 30), dt.date(1900, 1, 1), dt.date(1970, 1, 1))
"""Day 0 of a spreadsheet, the least date of many databases, day 0 of Unix."""
BULK = 5
"""Films that share such a day before it is said: few were released on one of them."""

_PEOPLE = ("cast", "directors", "writers")
_SUFFIX = r"^(?:(?:[Jj]r|[Ss]r|[JS]R\.|II|III|IV|Ph\.? ?D|M\.?D|Esq)\.?)$"
"""JR without a dot is a director of that name."""
# What matinee.ingest.repair could not read again, for bytes of it are lost.
_MISREAD = (
    r"[ÃÂ][\x{80}-\x{9f}\x{a1}-\x{aa}\x{ac}-\x{b6}\x{b8}-\x{ba}\x{bc}-\x{bf}]"
    r"|[ÄÅ][\x{80}-\x{9f}\x{a1}-\x{aa}]|[a-z]Ã|[a-z]Å[ \-]|â€|[a-z]Â[ .,’]|\x{fffd}"
)
_MARKUP = r"(?i)<(?:/[a-z][a-z0-9]*|(?:br|p|hr)\s*/?)>|<a\s+href|&(?:#x?[0-9a-f]+|[a-z][a-z0-9]+);"
_PICTURE = (
    r"^(?:https?://[^/\s]+/\S+|/?[^\s<>:]*[^\s<>:/]\.(?i:jpe?g|png|webp|gif|avif|svg|bmp|tiff?))$"
)
_NO_PICTURE = r"(?:(?i:null|<na>|n/a)|[^A-Za-z](?i:nan|nat|none|undefined)|/t/p/\w+/?)$"


def same_name() -> Callable[[Part], Iterator[Hit]]:
    """Return what finds rows whose title, year and kind a row before them has, under another id."""
    seen = Seen()

    def find(part: Part) -> Iterator[Hit]:
        title = pc.utf8_lower(part.column("title"))
        year, kind = part.column("year"), part.column("kind")
        # Without a year a shared name says nothing.
        told = np.flatnonzero(pc.and_(year.is_valid(), title.is_valid()).to_numpy(False))
        if not len(told):
            return
        rows = pa.array(told)
        columns = (column.take(rows).to_pylist() for column in (title, year, kind))
        met = told[seen.again(keys_of(list(zip(*columns, strict=True))))]
        if len(met):
            yield Hit("title", met, part.column("title").take(pa.array(met)))

    return find


def _picture(part: Part) -> Iterator[Hit]:
    def bad(values: pa.Array) -> pa.Array:
        fits = pc.match_substring_regex(values, _PICTURE)
        return pc.or_(pc.invert(fits), pc.match_substring_regex(values, _NO_PICTURE))

    return part.where(("poster_path",), bad)


def _fallback(part: Part) -> Iterator[Hit]:
    days = pa.array(FALLBACK_DAYS, pa.date32())
    return part.where(("release_date",), lambda values: pc.is_in(values, days))


def _future(part: Part) -> Iterator[Hit]:
    return part.where(("year",), lambda values: pc.greater(values, part.this_year))


def _brief(part: Part) -> Iterator[Hit]:
    runtime = part.column("runtime")
    within = pc.and_(pc.less_equal(runtime, BRIEF), pc.greater(runtime, 0))
    short = pc.fill_null(within, False)
    film = pc.fill_null(pc.equal(part.column("kind"), "film"), False)
    found = pc.and_(short, film).to_numpy(zero_copy_only=False).copy()
    if found.any():
        for name in ("genres", "keywords"):
            entries = part.entries(name)
            if len(entries.values):
                told = pc.match_substring_regex(entries.values, r"(?i)\bshorts?\b")
                found[entries.rows[told.to_numpy(zero_copy_only=False)[entries.codes]]] = False
    yield from part.hits("runtime", found)


_SOURCE = "Correct it in the source, if it is wrong there"
_ENRICH = "matinee enrich fills what other sources know"


def doubt() -> tuple[Rule, ...]:
    """Return the rules of doubt; those that remember rows are new each time."""

    def should(
        name: str,
        demand: str,
        find: Callable[[Part], Iterator[Hit]],
        cure: str = _SOURCE,
        least: int = 1,
    ) -> Rule:
        return Rule(name, "warning", demand, cure, find, least)

    return (
        should(
            "same-name",
            "No two ids have one title, year and kind",
            same_name(),
            "If they are one, give both rows a shared id; else nothing: films do share names",
        ),
        should(
            "years-agree",
            "year is that of release_date where both are known",
            _years_agree,
            "Correct the wrong one in the source; of several sources each may be right for itself",
        ),
        should(
            "misread-letters",
            "No text holds letters read in the wrong encoding",
            matching(SAID, _MISREAD, lambda entries: entries.strange),
            "Bytes were lost before Matinee read it: take the text from its first source, as UTF-8",
        ),
        should(
            "markup",
            "No text holds tags or entities of HTML",
            matching(SAID, _MARKUP, lambda entries: entries.marked),
            "Write the text plain in the source",
        ),
        should(
            "lone-suffix",
            "No name is a suffix alone, such as Jr.",
            matching(_PEOPLE, _SUFFIX),
            "A name was split at its comma: separate names by | or ;, or write them as a JSON list",
        ),
        should(
            "poster-path",
            "poster_path is a path or an address of a picture",
            _picture,
            "Leave it empty where there is no poster",
        ),
        should(
            "fallback-day",
            "release_date is no day that programs write for none: 1899-12-30, 1900-01-01, "
            "1970-01-01",
            _fallback,
            "Leave release_date empty where it is not known",
            BULK,
        ),
        should("future-year", "year has begun", _future, "Nothing, if the film is announced"),
        should(
            "brief-film",
            f"A film of {BRIEF} minutes or less has a genre or keyword with the word short",
            _brief,
            "Write runtime in minutes, not hours; give a short the genre Short",
        ),
        should("no-overview", "A title has an overview", missing("overview"), _ENRICH),
        should("no-genres", "A title has genres", missing("genres"), _ENRICH),
        should("no-year", "A title has a year", missing("year"), _ENRICH),
        should(
            "no-votes",
            "A title has votes",
            missing("vote_count"),
            "Without votes it is ranked as one nobody knows; nothing else is lost",
        ),
    )


def _years_agree(part: Part) -> Iterator[Hit]:
    year, day = part.column("year"), part.column("release_date")
    differ = pc.not_equal(year.cast(pa.int64()), pc.year(day))
    yield from part.hits("year", pc.fill_null(differ, False).to_numpy(zero_copy_only=False))
