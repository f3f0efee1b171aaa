"""What people did, to take elsewhere: as JSON, for Letterboxd, for feed readers and for Radarr."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import time
from email.utils import formatdate
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from matinee.interaction import NO_TIME, Action
from matinee.service import done_schemas as schemas
from matinee.service.etags import tagged
from matinee.service.routes import events
from matinee.service.routes.history import told
from matinee.service.views import title_url
from matinee.service.whose import Theirs, Whose, framed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from matinee.catalogue.title import Title
    from matinee.deeds import Deed
    from matinee.store.records import Listed

router = APIRouter(tags=["people"])

_PIECE = 500
"""Rows that are read and sent at once; some 50 kB."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell of a spreadsheet begins with that it takes for a formula (OWASP, CSV Injection)."""
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""
COLUMNS = ("Title", "Year", "Directors", "imdbID", "tmdbID", "Rating", "WatchedDate", "Rewatch")
"""Of those that Letterboxd reads, the ones there is something for."""
_CSV = (
    "Title,Year,Directors,imdbID,tmdbID,Rating,WatchedDate,Rewatch\r\n"
    'The Matrix,1999,"Lana Wachowski, Lilly Wachowski",tt0133093,603,4.5,2024-05-01,false\r\n'
)
_RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Watchlist of default</title>...</channel></rss>"""
_encode = msgspec.json.Encoder().encode


def _of_type(media_type: str, example: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string"}, "example": example}}
    return {200: {"description": "Successful Response", "content": content}}


@router.get("/v1/people/{person}/export.json", response_model=schemas.Export)
def export_json(request: Request, theirs: Theirs) -> Response:
    """Export all that is kept of what somebody did."""
    lines = _everything(request, theirs)
    return _attached(lines, "application/json", f"matinee-{theirs.person.name}.json")


@router.get(
    "/v1/people/{person}/export.csv",
    response_class=StreamingResponse,
    responses=_of_type("text/csv", _CSV),
)
def export_csv(theirs: Theirs) -> Response:
    """Export watches and ratings as a file that Letterboxd can import.

    A row is a viewing with its day, or a rating of what nobody said was watched. A text that a
    spreadsheet would take for a formula begins with an apostrophe.
    """
    return _attached(_table(theirs), "text/csv", f"matinee-{theirs.person.name}.csv")


@router.get(
    "/v1/people/{person}/watchlist.rss",
    response_class=Response,
    responses=_of_type("application/rss+xml", _RSS),
)
def watchlist_rss(request: Request, theirs: Theirs) -> Response:
    """Export the watchlist as a feed (RSS 2.0), which Radarr reads as well."""
    base = (request.app.state.settings.public_url or str(request.base_url)).rstrip("/")
    name = f"Watchlist of {theirs.person.name}"
    items = [_feed_item(base, row, title) for row, title in _watchlist(theirs)]
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>\n'
        f"<title>{_xml(name)}</title><link>{_xml(base)}/</link>"
        f"<description>{_xml(name)} at Matinee</description>\n"
        + "".join(items)
        + "</channel></rss>\n"
    )
    return tagged(request, body.encode(), "application/rss+xml")


@router.get("/v1/people/{person}/watchlist.radarr.json", response_model=list[schemas.RadarrItem])
def watchlist_radarr(request: Request, theirs: Theirs) -> Response:
    """Export the films of the watchlist as a list that Radarr imports.

    It does as a list of either kind: "StevenLu Custom" goes by imdb_id, "Custom Lists" by id.
    Series are left out, and films that neither IMDb nor TMDb have.
    """
    items = []
    for _, title in _watchlist(theirs):
        if title.kind != "film":
            continue
        imdb, tmdb = _number(title, "imdb"), _number(title, "tmdb")
        if not imdb and not tmdb:
            continue
        item: dict[str, Any] = {"title": title.title, "year": title.year}
        if imdb:
            item["imdb_id"] = imdb
        if tmdb.isdecimal():
            item |= {"id": int(tmdb), "tmdb_id": int(tmdb)}
        items.append(item)
    return tagged(request, _encode(items))


def plain(text: str) -> str:
    """Return a text as a spreadsheet shows it, and does not compute it.

    >>> plain("=1+1"), plain("-30-"), plain("M*A*S*H")
    ("'=1+1", "'-30-", 'M*A*S*H')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _attached(pieces: Iterator[bytes], media_type: str, name: str) -> Response:
    # What cannot be read at all is told by the status, so the first piece is made before it.
    first = next(pieces)
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "private, no-store",
    }
    return StreamingResponse(_again(first, pieces), headers=headers, media_type=media_type)


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _everything(request: Request, theirs: Whose) -> Iterator[bytes]:
    history, key = theirs.store.history, theirs.person.key
    head = {"person": theirs.person.name, "exported": int(time.time())}
    frame = _encode(framed(request, theirs.library, head))
    parts: tuple[tuple[str, Iterator[Any], Callable[[Any], dict[str, Any]]], ...] = (
        ("ratings", _opinions(theirs), lambda r: {**told(r[0]), "recorded": r[1]}),
        ("watches", iter(history.watches(key)), _watch),
        ("watchlist", iter(history.watchlist(key)), lambda row: {"added": row.added}),
        ("hidden", iter(history.hidden(key)), lambda row: {"added": row.added}),
        ("changes", _changes(theirs), _change),
    )
    yield frame[:-1]
    for name, rows, tell in parts:
        yield from _array(name, (_encode(_named(theirs, row) | tell(row)) for row in rows))
    names = ("key", "source", "entries", "created", "undone")
    batches = history.batches(key)
    yield from _array("imports", (_encode({n: getattr(b, n) for n in names}) for b in batches))
    yield from _array("events", (_encode(events.told(event)) for event in _events(theirs)))
    yield b"}"


def _array(name: str, entries: Iterable[bytes]) -> Iterator[bytes]:
    rest = iter(entries)
    yield b',"%s":[' % name.encode() + b",".join(islice(rest, _PIECE))
    while piece := list(islice(rest, _PIECE)):
        yield b"," + b",".join(piece)
    yield b"]"


def _named(theirs: Whose, row: Any) -> dict[str, Any]:
    """Return the title of a row, an opinion with its time among them, by id, name and year."""
    title_id = (row[0] if isinstance(row, tuple) else row).title
    title = theirs.known(title_id)
    if title is None:
        return {"id": title_id, "title": None, "year": None}
    return {"id": title.id, "title": title.title, "year": title.year}


def _watch(deed: Deed) -> dict[str, Any]:
    values = told(deed)
    return {"action": values["action"], "time": values["time"]}


def _change(change: Any) -> dict[str, Any]:
    return {
        "sequence": change.sequence,
        "action": change.action,
        "rating": change.stars,
        "time": None if change.time == NO_TIME else change.time,
        "recorded": change.recorded,
        "import": change.batch,
    }


def _opinions(theirs: Whose) -> Iterator[tuple[Deed, int]]:
    after: str | None = None
    while rows := theirs.store.history.opinions(theirs.person.key, limit=_PIECE, after=after):
        yield from rows
        after = rows[-1][0].title


def _changes(theirs: Whose) -> Iterator[Any]:
    after = 0
    while rows := theirs.store.history.changes(theirs.person.key, limit=_PIECE, after=after):
        yield from rows
        after = rows[-1].sequence


def _events(theirs: Whose) -> Iterator[Any]:
    after = 0
    while rows := theirs.store.events.read(person=theirs.person.key, limit=_PIECE, after=after):
        yield from rows
        after = rows[-1].sequence


def _table(theirs: Whose) -> Iterator[bytes]:
    stars = {deed.title: deed.stars for deed, _ in _opinions(theirs)}
    rows: list[tuple[str, Deed | None]] = [
        (deed.title, deed) for deed in theirs.store.history.watches(theirs.person.key)
    ]
    watched = {title for title, _ in rows}
    rows += [(title, None) for title, given in stars.items() if given and title not in watched]
    yield _lines([COLUMNS])
    for start in range(0, len(rows), _PIECE):
        yield _lines(
            _row(theirs, title, deed, stars.get(title))
            for title, deed in rows[start : start + _PIECE]
        )


def _row(theirs: Whose, title_id: str, watch: Deed | None, stars: float | None) -> list[str]:
    title = theirs.known(title_id)
    day = again = ""
    if watch is not None:
        again = "true" if watch.action is Action.REWATCH else "false"
        if watch.time != NO_TIME:
            day = _day(watch.time)
    given = f"{stars:g}" if stars else ""
    if title is None:
        space, _, number = title_id.partition(":")
        ids = {space: number}
        return ["", "", "", ids.get("imdb", ""), ids.get("tmdb", ""), given, day, again]
    return [
        plain(title.title),
        "" if title.year is None else str(title.year),
        plain(", ".join(title.directors)),
        plain(_number(title, "imdb")),
        plain(_number(title, "tmdb")),
        given,
        day,
        again,
    ]


def _day(seconds: int) -> str:
    """Return the day of a moment in UTC, nothing where no calendar has it."""
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _watchlist(theirs: Whose) -> Iterator[tuple[Listed, Title]]:
    for row in theirs.store.history.watchlist(theirs.person.key):
        title = theirs.known(row.title)
        if title is not None:
            yield row, title


def _feed_item(base: str, row: Listed, title: Title) -> str:
    name = title.title if title.year is None else f"{title.title} ({title.year})"
    return (
        f"<item><title>{_xml(name)}</title><link>{_xml(base + title_url(title))}</link>"
        f'<guid isPermaLink="false">{_xml(title.id)}</guid>'
        f"<pubDate>{formatdate(row.added, usegmt=True)}</pubDate>"
        f"<description>{_xml(title.overview or '')}</description></item>\n"
    )


def _xml(text: str) -> str:
    return escape(_UNPRINTABLE.sub("", text))


def _number(title: Title, space: str) -> str:
    """Return what a namespace knows a title by, nothing where it does not."""
    found = (one.partition(":") for one in (title.id, *title.ids))
    return next((value for name, _, value in found if name == space), "")
