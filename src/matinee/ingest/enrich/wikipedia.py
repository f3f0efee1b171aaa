"""Wikipedia: the first lines of the article on a title, through the REST API for page summaries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from matinee.catalogue.words import words
from matinee.errors import InputError, SourceError
from matinee.ingest.enrich.hosted import Hosted
from matinee.ingest.enrich.matching import doubt, plain_title
from matinee.ingest.enrich.outcome import Doubtful, Found, Missing, Outcome, Provenance
from matinee.ingest.enrich.records import object_of, text_of, title_of
from matinee.ingest.posters.manners import Manners
from matinee.ingest.text import clean

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.catalogue.title import Title
    from matinee.ingest.asking.tries import RefusedError
    from matinee.ingest.enrich.answers import Answer
    from matinee.ingest.enrich.asking import Asker, Asking
    from matinee.types import Kind

HOST = "https://en.wikipedia.org"
API = "/api/rest_v1/page/summary/"
LICENCE = "CC BY-SA 4.0"
ATTRIBUTION = (
    "From Wikipedia, by its authors, CC BY-SA 4.0 "
    "(https://creativecommons.org/licenses/by-sa/4.0/): keep the address of the article beside the "
    "text, and pass the text on under the same licence."
)
MANNERS = Manners(connections=1, rate=2.0, burst=1, failures=12, redirects=3, limit=1_000_000)
"""Wikimedia asks for one request after the other and gives no figure for those who say who they
are (mediawiki.org, Wikimedia APIs/Rate limits, 2026): two a second are a reader who clicks fast."""
MAX_TITLE = 255
"""Bytes of a title of MediaWiki; a longer one is refused."""

_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+/[!#-;=?-~]{1,2000}")
"""An address of the web in ASCII, without quotes, blanks and angle brackets."""
_FORBIDDEN = frozenset("#<>[]|{}")
"""Characters that no page can have in its title."""
_QUALIFIER = re.compile(r"\s*\([^()]*\)$")
_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")
_BY = re.compile(r"\bby ([^,;.]+)")
_FILM = re.compile(r"\b(film|movie|documentary|anime film|short)\b", re.IGNORECASE)
_SERIES = re.compile(
    r"\b(television|tv|web|streaming|anime|drama|comedy|animated|mini)[\s-]*(?:\w+[\s-]){0,3}"
    r"(series|miniseries|serial|show|sitcom|programme|program)\b|\b(sitcom|miniseries)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(soundtrack|film series|franchise|novel|album|song|book|video game|film festival|"
    r"fictional|character|trilogy|list of|play)\b",
    re.IGNORECASE,
)
"""An article on something that has a film, but is none."""


class Wikipedia(Hosted):
    """Asks the English Wikipedia for the article that a title must have.

    Tried are the title alone, then with "(1995 film)" and "(film)", or "(1995 TV series)" and
    "(TV series)", until one is an article on a film or series of that name and year. A page that
    lists meanings is none. Where the article names a director whom the title does not have, it is
    in doubt.

    Args:
        cache: folder where answers are kept.
        asking: how the host is asked; its agent must have a contact, as Wikimedia's policy has it.
        host: address of the wiki.
    """

    name = "wikipedia"
    attribution = ATTRIBUTION
    fields = ("overview",)
    needs = ("overview",)

    def __init__(
        self,
        cache: Path,
        asking: Asking,
        *,
        host: str = HOST,
        manners: Manners = MANNERS,
    ) -> None:
        if "; " not in asking.agent:
            raise InputError(
                "Wikipedia wants to know who asks, and no contact was given",
                where="https://foundation.wikimedia.org/wiki/Policy:User-Agent_policy",
                cure="Give an address of mail or of a web page with --contact or MATINEE_CONTACT",
            )
        super().__init__(
            cache / "enrich" / self.name, asking, manners=manners, api=host.rstrip("/") + API
        )

    def _one(self, asker: Asker, title: Title) -> Outcome:
        if title.year is None:
            return Missing("it has no year to tell it from others of its name")
        doubtful: Doubtful | None = None
        for name in _pages(title.title, title.year, title.kind):
            answer = asker.ask(self._api + quote(name.replace(" ", "_"), safe=""), _check)
            if answer.status != 200:
                continue
            found = object_of(answer.body)
            if text_of(found, "type") != "standard":
                continue  # a page of meanings, the main page, or one without a text
            outcome = self._judge(title, found, answer)
            if isinstance(outcome, Found):
                return outcome
            doubtful = doubtful or outcome
        return doubtful or Missing("there is no article of that name on such a title")

    def _judge(self, ours: Title, found: dict[str, Any], answer: Answer) -> Found | Doubtful | None:
        """Return what an article says; None if it is on something else altogether."""
        page = text_of(found, "title") or text_of(_inside(found, "titles"), "normalized")
        description, extract = text_of(found, "description"), text_of(found, "extract")
        kind = _kind_of(description, extract)
        if kind is None or not extract.strip():
            return None
        url = _address(text_of(_inside(found, "content_urls", "desktop"), "page")) or answer.final
        told = _YEAR.search(description) or _YEAR.search(_qualifier(page)) or _YEAR.search(extract)
        record = {
            "title": _QUALIFIER.sub("", page),
            "year": told[1] if told else None,
            "overview": extract,
        }
        theirs = title_of(record, self.name, kind=kind)
        if theirs is None:
            return None
        # The whole title may end in brackets of its own.
        if plain_title(page) == plain_title(ours.title):
            record["title"] = page
            theirs = title_of(record, self.name, kind=kind) or theirs
        reason = doubt(ours, theirs, by_id=False) or _other_director(ours, description)
        if reason is not None:
            return Doubtful(reason, url, theirs.title, theirs.year)
        return Found(theirs, Provenance(self.name, url, answer.asked, LICENCE))

    def _refused(self, error: RefusedError) -> SourceError:
        return SourceError(
            "Wikipedia refuses to answer",
            where=f"it answers {error.status}",
            cure="See that --contact is an address by which you can be reached",
        )


def _pages(title: str, year: int, kind: Kind) -> list[str]:
    """Return the names that the article may have, the likeliest first."""
    if set(title) & _FORBIDDEN:
        return []
    what = "film" if kind == "film" else "TV series"
    names = [title, f"{title} ({year} {what})", f"{title} ({what})"]
    return [name for name in names if len(name.encode()) <= MAX_TITLE]


def _check(answer: Answer) -> None:
    if answer.status == 200:
        object_of(answer.body)


def _inside(found: dict[str, Any], *keys: str) -> dict[str, Any]:
    for key in keys:
        value = found.get(key)
        found = value if isinstance(value, dict) else {}
    return found


def _address(url: str) -> str:
    """Return the address of an article, empty where it is none that may stand in a link."""
    return url if _ADDRESS.fullmatch(url) else ""


def _qualifier(page: str) -> str:
    told = _QUALIFIER.search(page)
    return told[0] if told else ""


def _kind_of(description: str, extract: str) -> Kind | None:
    """Return what an article is on, None where it is on no film or series.

    >>> _kind_of("1995 film by Michael Mann", ""), _kind_of("Type of energy transfer", "")
    ('film', None)
    >>> _kind_of("American television series (2008–2013)", ""), _kind_of("Album of the film", "")
    ('series', None)
    """
    # The description is made to tell things apart; the text is asked where it is silent. What comes
    # first counts: "film based on a novel" is a film, "soundtrack album of the film" is none.
    told = description or extract.split(". ")[0]
    kinds: tuple[tuple[re.Pattern[str], Kind | None], ...] = (
        (_OTHER, None),
        (_SERIES, "series"),
        (_FILM, "film"),
    )
    places = [
        (match.start(), n) for n, (mark, _) in enumerate(kinds) if (match := mark.search(told))
    ]
    return kinds[min(places)[1]][1] if places else None


def _other_director(ours: Title, description: str) -> str | None:
    """Return a doubt where the description names a director and ours are others."""
    told = _BY.search(clean(description))
    if told is None or not ours.directors:
        return None
    said = set(words(told[1]))
    surnames = {found[-1] for name in ours.directors if (found := words(name))}
    if said & surnames:
        return None
    return f"it is by {told[1][:60]}, not by {ours.directors[0]}"
