"""IMDb's files for non-commercial use, as the user has them: no network, and no plots in them.

``title.basics.tsv.gz`` (names, years, lengths, genres), ``title.ratings.tsv.gz``,
``title.crew.tsv.gz`` and ``name.basics.tsv.gz``, packed or not, from https://datasets.imdbws.com.
Each is read once, a line at a time; what is held grows with the titles asked for, not with IMDb.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from matinee.errors import SourceError
from matinee.ingest.enrich.matching import YEARS_APART, doubt, plain_title, plain_titles
from matinee.ingest.enrich.outcome import Doubtful, Found, Missing, Outcome, Provenance
from matinee.ingest.enrich.records import title_of
from matinee.ingest.files import lines_of, open_text
from matinee.ingest.text import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from matinee.catalogue.title import Title

Row: TypeAlias = "dict[str, str]"

LICENCE = "IMDb non-commercial"
ATTRIBUTION = (
    "Information courtesy of IMDb (https://www.imdb.com). Used with permission: for personal and "
    "non-commercial use alone, see https://developer.imdb.com/non-commercial-datasets/."
)
ADDRESS = "https://datasets.imdbws.com/"
TABLES: dict[str, tuple[str, ...]] = {
    "title.basics": (
        "tconst",
        "titleType",
        "primaryTitle",
        "originalTitle",
        "startYear",
        "runtimeMinutes",
        "genres",
    ),
    "title.ratings": ("tconst", "averageRating", "numVotes"),
    "title.crew": ("tconst", "directors", "writers"),
    "name.basics": ("nconst", "primaryName"),
}
"""The columns by which each file is known, the first one its key."""
CANDIDATES = 20
"""Titles of one name and about one year that are held; with more, all are in doubt anyway."""
_NOTHING = "\\N"
_OF_NO_KIND = frozenset(("tvEpisode", "videoGame"))


class ImdbFiles:
    """Looks titles up in IMDb's files, by id, else by name and year where that fits one alone.

    Args:
        paths: the files, or a folder that has them. ``title.basics`` must be among them.
        trust_ids: take what has the right id whatever its name.

    Raises:
        SourceError: there is no such file, or none is one of IMDb's.
    """

    name = "imdb"
    attribution = ATTRIBUTION
    fields = (
        "original_title",
        "year",
        "genres",
        "directors",
        "writers",
        "runtime",
        "vote_average",
        "vote_count",
    )
    needs = fields
    requests = 0

    def __init__(self, paths: Sequence[Path], *, trust_ids: bool = False) -> None:
        self._files = _recognise(paths)
        self._trust_ids = trust_ids

    def find(self, titles: Sequence[Title]) -> Iterator[tuple[int, Outcome]]:
        """Yield what the files say of each title, in order, when all have been read.

        Raises:
            SourceError: a file is damaged, or not UTF-8.
        """
        numbers = [_number(title) for title in titles]
        wanted = {number for number in numbers if number is not None}
        unnumbered = [
            title
            for title, number in zip(titles, numbers, strict=True)
            if number is None and title.year is not None
        ]
        basics, namesakes = self._basics(wanted, unnumbered)
        known = basics.keys() | {row["tconst"] for rows in namesakes.values() for row in rows}
        ratings = self._table("title.ratings", known)
        crew = self._table("title.crew", known)
        people = self._table(
            "name.basics",
            {n for row in crew.values() for n in _listed(row["directors"] + "," + row["writers"])},
        )

        def theirs(row: Row) -> Title | None:
            return _title(row, ratings, crew, people)

        for position, (title, number) in enumerate(zip(titles, numbers, strict=True)):
            if number is not None:
                row = basics.get(number)
                yield position, self._by_id(title, row, None if row is None else theirs(row))
            elif title.year is None:
                yield position, Missing("it has neither an id of IMDb nor a year to be found by")
            else:
                rows = {
                    row["tconst"]: row
                    for name in plain_titles(title)
                    for row in namesakes.get(name, ())
                }
                fitting = [(row, found) for row in rows.values() if (found := theirs(row))]
                yield position, self._by_name(title, fitting)

    def _by_id(self, ours: Title, row: Row | None, theirs: Title | None) -> Outcome:
        if row is None:
            return Missing("IMDb's file has no title of that id")
        url = f"https://www.imdb.com/title/{row['tconst']}/"
        if theirs is None:
            year = int(row["startYear"]) if row["startYear"].isdecimal() else None
            return Doubtful(
                f"it is a {clean(row['titleType'], limit=20)}",
                url,
                clean(row["primaryTitle"]),
                year,
            )
        reason = doubt(ours, theirs, by_id=True, trust_ids=self._trust_ids)
        if reason is not None:
            return Doubtful(reason, url, theirs.title, theirs.year)
        return Found(theirs, self._provenance(url))

    def _by_name(self, ours: Title, fitting: Sequence[tuple[Row, Title]]) -> Outcome:
        sure = [(row, t) for row, t in fitting if doubt(ours, t, by_id=False) is None]
        if not sure:
            return Missing("IMDb's file has no title of that name and year")
        best = [(row, t) for row, t in sure if t.year == ours.year] or sure
        row, theirs = best[0]
        url = f"https://www.imdb.com/title/{row['tconst']}/"
        if len(best) > 1:
            numbers = ", ".join(row["tconst"] for row, _ in best[:5])
            return Doubtful(f"{len(best)} titles fit: {numbers}", url, theirs.title, theirs.year)
        return Found(theirs, self._provenance(url))

    def _provenance(self, url: str) -> Provenance:
        made = self._files["title.basics"].stat().st_mtime
        day = dt.datetime.fromtimestamp(made, tz=dt.UTC).date().isoformat()
        return Provenance(self.name, url, day, LICENCE)

    def _basics(
        self, wanted: Collection[str], unnumbered: Sequence[Title]
    ) -> tuple[dict[str, Row], dict[str, list[Row]]]:
        """Return the rows of the ids, and those that share a name and about a year."""
        found: dict[str, Row] = {}
        namesakes: dict[str, list[Row]] = defaultdict(list)
        names = {name for title in unnumbered for name in plain_titles(title)}
        years = {
            str(title.year + apart)
            for title in unnumbered
            if title.year is not None
            for apart in range(-YEARS_APART, YEARS_APART + 1)
        }
        for row in _rows(self._files["title.basics"], "title.basics", wanted, years):
            if row["tconst"] in wanted:
                found[row["tconst"]] = row
            if row["startYear"] in years and row["titleType"] not in _OF_NO_KIND:
                own = {plain_title(row["primaryTitle"]), plain_title(row["originalTitle"])}
                for name in own & names:
                    if len(namesakes[name]) < CANDIDATES:
                        namesakes[name].append(row)
        return found, namesakes

    def _table(self, table: str, keys: Collection[str]) -> dict[str, Row]:
        """Return the rows of a file by key; none where it was not given."""
        path = self._files.get(table)
        if path is None or not keys:
            return {}
        return {row[TABLES[table][0]]: row for row in _rows(path, table, keys)}


def _recognise(paths: Sequence[Path]) -> dict[str, Path]:
    """Return the files by the table they hold, known by their columns."""
    found: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise SourceError("there is no such file", where=str(path), cure="Check the path")
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        for file in inside:
            if not file.is_file() or (path.is_dir() and ".tsv" not in file.suffixes):
                continue
            with open_text(file) as text:
                header = set(next(lines_of(file, text), "").rstrip("\r\n").split("\t"))
            for table, columns in TABLES.items():
                if set(columns) <= header:
                    found.setdefault(table, file)
                    break
            else:
                if not path.is_dir():
                    raise SourceError(
                        "the file is none of IMDb's that are read",
                        where=str(file),
                        cure=f"Give {', '.join(TABLES)} (.tsv or .tsv.gz) from {ADDRESS}",
                    )
    if "title.basics" not in found:
        raise SourceError(
            "IMDb's title.basics is not among the files",
            where=", ".join(map(str, paths)) or "no files were given",
            cure=f"Download title.basics.tsv.gz from {ADDRESS} and give it with --files",
        )
    return found


def _rows(
    path: Path, table: str, keys: Collection[str], years: Collection[str] = ()
) -> Iterator[Row]:
    """Yield the rows of a file with one of the keys, which stand first, or of one of the years."""
    with open_text(path) as text:
        lines = lines_of(path, text)
        header = next(lines).rstrip("\r\n").split("\t")
        places = [(name, header.index(name)) for name in TABLES[table]]
        if header[0] != TABLES[table][0]:
            raise SourceError(
                f"the first column is {header[0]!r:.40}",
                where=str(path),
                cure=f"It must be {TABLES[table][0]}, as IMDb has it",
            )
        year = header.index("startYear") if years else 0
        for line in lines:
            named = line.partition("\t")[0] in keys
            if not named and not years:
                continue
            cells = line.rstrip("\r\n").split("\t")
            if len(cells) != len(header):  # a row that is cut short tells nothing
                continue
            # Most rows are of another year, which is cheaper to see than their name.
            if named or cells[year] in years:
                yield {name: cells[place] for name, place in places}


def _number(title: Title) -> str | None:
    return next((i.removeprefix("imdb:") for i in title.ids if i.startswith("imdb:")), None)


def _listed(cell: str) -> list[str]:
    return [each for each in cell.split(",") if each and each != _NOTHING]


def _title(
    row: Row,
    ratings: Mapping[str, Row],
    crew: Mapping[str, Row],
    people: Mapping[str, Row],
) -> Title | None:
    rated, made = ratings.get(row["tconst"], {}), crew.get(row["tconst"], {})

    def names(role: str) -> list[str]:
        told = (people.get(number, {}).get("primaryName") for number in _listed(made.get(role, "")))
        return [name for name in told if name and name != _NOTHING]

    # A film may be called "\N" to nobody's harm; all else so written is absent.
    cells = {key: None if value == _NOTHING else value for key, value in (row | rated).items()}
    return title_of(
        {
            "title": cells["primaryTitle"],
            "original_title": cells["originalTitle"],
            "kind": cells["titleType"] or "unknown",
            "year": cells["startYear"],
            "runtime": cells["runtimeMinutes"],
            "genres": _listed(row["genres"]),
            "directors": names("directors"),
            "writers": names("writers"),
            "vote_average": cells.get("averageRating"),
            "vote_count": cells.get("numVotes"),
        },
        ImdbFiles.name,
    )
