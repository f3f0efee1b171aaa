"""OMDb: plots and more by the id of IMDb, or by title and year. It needs a key of one's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from matinee.errors import InputError, SourceError
from matinee.ingest.asking.tries import RefusedError
from matinee.ingest.enrich.hosted import Hosted
from matinee.ingest.enrich.matching import doubt
from matinee.ingest.enrich.outcome import Doubtful, Found, Missing, Outcome, Provenance
from matinee.ingest.enrich.records import object_of, text_of, title_of
from matinee.ingest.posters.manners import Manners
from matinee.ingest.text import clean

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.catalogue.title import Title
    from matinee.ingest.enrich.answers import Answer
    from matinee.ingest.enrich.asking import Asker, Asking

HOST = "https://www.omdbapi.com/"
LICENCE = "CC BY-NC 4.0"
ATTRIBUTION = (
    "From OMDb (https://www.omdbapi.com), CC BY-NC 4.0: not for commercial use. OMDb is not "
    "endorsed by or affiliated with IMDb."
)
MANNERS = Manners(connections=1, rate=4.0, burst=1, failures=12, redirects=0, limit=1_000_000)
"""A free key has 1,000 requests a day and no stated rate; four a second spend it in four minutes.
Twelve failures in a row are three titles tried in full: by then it is the host."""
_ABSENT = ("not found", "incorrect imdb id", "error getting data", "conversion from string")
"""What OMDb says of an id or a title that it does not have."""
_LIMIT = "limit"
_REFUSED = (_LIMIT, "api key")
_NOTES = re.compile(r"\s*\([^()]*\)")
_KINDS = {"film": "movie", "series": "series"}


class Omdb(Hosted):
    """Asks OMDb, by id where a title has one of IMDb, else by title and year.

    Args:
        cache: folder where answers are kept.
        key: from https://www.omdbapi.com/apikey.aspx; it is sent, and shown nowhere.
        asking: how the host is asked.
        host: address of the API.
        trust_ids: take what has the right id whatever its name.

    Raises:
        InputError: the key is not one.
    """

    name = "omdb"
    attribution = ATTRIBUTION
    needs = ("overview",)
    fields = (
        "overview",
        "year",
        "release_date",
        "genres",
        "cast",
        "directors",
        "writers",
        "countries",
        "languages",
        "runtime",
        "certification",
        "vote_average",
        "vote_count",
    )

    def __init__(
        self,
        cache: Path,
        key: str,
        asking: Asking,
        *,
        host: str = HOST,
        manners: Manners = MANNERS,
        trust_ids: bool = False,
    ) -> None:
        if not key or not key.isascii() or not key.isalnum():
            raise InputError(
                "The key for OMDb is no key: it has letters and digits alone",
                cure="Set MATINEE_OMDB_KEY to one from https://www.omdbapi.com/apikey.aspx",
            )
        super().__init__(
            cache / "enrich" / self.name,
            asking,
            manners=manners,
            api=host,
            keys={"apikey": key},
        )
        self._trust_ids = trust_ids

    def _one(self, asker: Asker, title: Title) -> Outcome:
        number = next((i.removeprefix("imdb:") for i in title.ids if i.startswith("imdb:")), None)
        if number is None and title.year is None:
            return Missing("it has neither an id of IMDb nor a year to be asked by")
        question = {"i": number} if number else {"t": title.title, "y": str(title.year)}
        if not number:
            question["type"] = _KINDS[title.kind]
        url = f"{self._api}?{urlencode({**question, 'plot': 'full', 'r': 'json'})}"
        answer = asker.ask(url, _check)
        found = object_of(answer.body)
        if text_of(found, "Response") != "True":
            return Missing(clean(text_of(found, "Error"), limit=100) or "OMDb has no such title")
        told = text_of(found, "imdbID")
        if number and told != number:
            return Doubtful(f"it has the id {told[:20]!r}", url, clean(text_of(found, "Title")))
        theirs = title_of(_record(found), self.name)
        if theirs is None:
            kind = clean(text_of(found, "Type"), limit=20) or "nothing"
            return Doubtful(f"OMDb calls it a {kind}", url, clean(text_of(found, "Title")))
        by_id = number is not None
        reason = doubt(title, theirs, by_id=by_id, trust_ids=self._trust_ids)
        if reason is not None:
            return Doubtful(reason, url, theirs.title, theirs.year)
        return Found(theirs, Provenance(self.name, url, answer.asked, LICENCE))

    def _refused(self, error: RefusedError) -> SourceError:
        try:
            said = text_of(object_of(error.body), "Error")[:100]
        except ValueError:
            said = ""
        if _LIMIT in said.casefold():
            return SourceError(
                "The key's requests for today are spent",
                where=f"OMDb answers {error.status}: {said}",
                cure="Run the command again tomorrow: what was answered is kept",
            )
        return SourceError(
            "OMDb refuses the key" if "key" in said.casefold() else "OMDb refuses to answer",
            where=f"it answers {error.status}" + (f": {said}" if said else ""),
            cure="See that MATINEE_OMDB_KEY is right and was activated by the mail OMDb sent",
        )


def _check(answer: Answer) -> None:
    """Refuse an answer that is not OMDb's, or says that OMDb is in trouble."""
    found = object_of(answer.body)
    said = text_of(found, "Response")
    if said == "True":
        return
    error = text_of(found, "Error")
    if said == "False" and any(mark in error.casefold() for mark in _REFUSED):
        raise RefusedError(answer.status, answer.body)
    if said != "False" or not any(mark in error.casefold() for mark in _ABSENT):
        raise ValueError(f"OMDb says {error[:100]!r}")


def _record(found: dict[str, Any]) -> dict[str, Any]:
    """Return an object of OMDb under our names."""
    genres = text_of(found, "Genre")
    return {
        "title": found.get("Title"),
        "kind": found.get("Type") or "movie",
        "year": _first_year(text_of(found, "Year")),
        "release_date": found.get("Released"),
        "overview": found.get("Plot"),
        "genres": genres,
        "cast": found.get("Actors"),
        "directors": _NOTES.sub("", text_of(found, "Director")),
        # "Bryan Cranston (uncredited)", "Mario Puzo (screenplay by)".
        "writers": _NOTES.sub("", text_of(found, "Writer")),
        "countries": found.get("Country"),
        "languages": found.get("Language"),
        "runtime": found.get("Runtime"),
        "certification": _certification(text_of(found, "Rated")),
        "vote_average": found.get("imdbRating"),
        "vote_count": found.get("imdbVotes"),
    }


def _first_year(text: str) -> str | None:
    """Return the year in which a series began: OMDb writes "2011–2019"."""
    told = re.match(r"\d{4}", text)
    return told[0] if told else None


def _certification(text: str) -> str | None:
    return None if text.casefold() in {"not rated", "unrated", "n/a"} else text or None
