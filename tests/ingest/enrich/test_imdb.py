"""IMDb's files, written here as IMDb writes them."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from matinee.catalogue.title import Title
from matinee.errors import SourceError
from matinee.ingest.enrich import Doubtful, Found, ImdbFiles, Missing, enrich

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres"
BASICS = (
    HEAD.replace(" ", "\t")
    + """
tt0113277\tmovie\tHeat\tHeat\t0\t1995\t\\N\t170\tAction,Crime,Sci-Fi
tt0047478\tmovie\tSeven Samurai\tShichinin no samurai\t0\t1954\t\\N\t207\tAction,Drama
tt0903747\ttvSeries\tBreaking Bad\tBreaking Bad\t0\t2008\t2013\t45\tCrime
tt0000010\tmovie\tTwins\tTwins\t0\t2001\t\\N\t\\N\t\\N
tt0000011\tshort\tTwins\tTwins\t0\t2001\t\\N\t10\tShort
tt0000012\tmovie\tTwins\tTwins\t0\t2002\t\\N\t90\tDrama
tt0000020\ttvEpisode\tPilot\tPilot\t0\t1999\t\\N\t40\tDrama
tt0000030\tmovie\t"Quoted, ""so\t"Quoted, ""so\t0\t1990\t\\N\t80\tDrama
tt0000040\tmovie\tCut short
"""
)
RATINGS = "tconst\taverageRating\tnumVotes\ntt0113277\t8.3\t745123\ntt0000012\t5.5\t10\n"
CREW = "tconst\tdirectors\twriters\ntt0113277\tnm0000520\tnm0000520,nm9\ntt0000012\t\\N\t\\N\n"
NAMES = "nconst\tprimaryName\tbirthYear\nnm0000520\tMichael Mann\t1943\nnm1\tSomeone\t\\N\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "imdb"
    made.mkdir()
    with gzip.open(made / "title.basics.tsv.gz", "wt", encoding="utf-8") as stream:
        stream.write(BASICS)
    (made / "title.ratings.tsv").write_text(RATINGS)
    (made / "title.crew.tsv").write_text(CREW)
    (made / "name.basics.tsv").write_text(NAMES)
    (made / "title.akas.tsv").write_text("titleId\tordering\n")
    (made / "README").write_text("not a table")
    return made


def film(title: str, year: int | None, *ids: str, **more: Any) -> Title:
    known = ids or ("local:x",)
    return Title(id=known[0], ids=known, title=title, year=year, **more)


def one(source: ImdbFiles, title: Title) -> Found | Doubtful | Missing:
    ((_, outcome),) = source.find([title])
    return outcome


def test_by_id(folder: Path) -> None:
    got = one(ImdbFiles([folder]), film("Heat", None, "tmdb:949", "imdb:tt0113277"))
    assert isinstance(got, Found)
    told = got.title
    assert (told.year, told.runtime) == (1995, 170)
    assert told.genres == ("Action", "Crime", "Science Fiction")
    assert told.directors == ("Michael Mann",)
    assert told.writers == ("Michael Mann",)  # nobody knows nm9
    assert (told.vote_average, told.vote_count) == (8.3, 745_123)
    assert told.overview is None
    assert got.provenance.url == "https://www.imdb.com/title/tt0113277/"
    assert got.provenance.licence == "IMDb non-commercial"


def test_by_name_and_year(folder: Path) -> None:
    source = ImdbFiles([folder])
    for name in ("Seven Samurai", "Shichinin no Samurai"):
        got = one(source, film(name, 1955))
        assert isinstance(got, Found)
        assert got.title.original_title == "Shichinin no samurai"
    assert isinstance(one(source, film("Breaking Bad", 2008, kind="series")), Found)
    assert isinstance(one(source, film("Breaking Bad", 2008)), Missing)
    assert isinstance(one(source, film("Seven Samurai", 1960)), Missing)
    assert isinstance(one(source, film("Heat", None)), Missing)
    # Quotes are letters in these files.
    assert isinstance(one(source, film('"Quoted, ""so', 1990)), Found)


def test_several_of_one_name(folder: Path) -> None:
    source = ImdbFiles([folder])
    got = one(source, film("Twins", 2001))
    assert isinstance(got, Doubtful)
    assert "2 titles fit: tt0000010, tt0000011" in got.reason
    exact = one(source, film("Twins", 2002))
    assert isinstance(exact, Found)
    assert exact.title.runtime == 90


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        (film("Heat", 1986, "imdb:tt0113277"), "it is of 1995, not of 1986"),
        (film("Hitze", 1995, "imdb:tt0113277"), "it has another name"),
        (film("Pilot", 1999, "imdb:tt0000020"), "it is a tvEpisode"),
        (film("Heat", 1995, "imdb:tt0113277", kind="series"), "it is a film, not a series"),
    ],
)
def test_what_is_in_doubt_is_not_used(folder: Path, title: Title, reason: str) -> None:
    got = one(ImdbFiles([folder]), title)
    assert isinstance(got, Doubtful)
    assert got.reason == reason


def test_ids_that_are_trusted_or_unknown(folder: Path) -> None:
    trusting = ImdbFiles([folder], trust_ids=True)
    assert isinstance(one(trusting, film("Hitze", 1995, "imdb:tt0113277")), Found)
    assert isinstance(one(trusting, film("Heat", 1995, "imdb:tt7777777")), Missing)
    assert isinstance(one(trusting, film("Cut short", 1995, "imdb:tt0000040")), Missing)


def test_one_file_is_enough(folder: Path) -> None:
    made = enrich([film("Heat", 1995)], ImdbFiles([folder / "title.basics.tsv.gz"]))
    assert made.filled == {"runtime": 1, "genres": 1}
    assert made.requests == 0


def test_files_that_will_not_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"title\.basics is not among"):
        ImdbFiles([folder / "title.ratings.tsv"])
    with pytest.raises(SourceError, match="none of IMDb's"):
        ImdbFiles([folder / "title.akas.tsv"])
    with pytest.raises(SourceError, match="no such file"):
        ImdbFiles([tmp_path / "nowhere"])
    with pytest.raises(SourceError, match="no files were given"):
        ImdbFiles([])
    whole = (folder / "title.basics.tsv.gz").read_bytes()
    (folder / "title.basics.tsv.gz").write_bytes(whole[:-20])
    with pytest.raises(SourceError, match="cut short or damaged"):
        list(ImdbFiles([folder / "title.basics.tsv.gz"]).find([film("Heat", 1995)]))


@pytest.mark.extra
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    head, first = BASICS.splitlines()[:2]
    path = tmp_path / "title.basics.tsv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write(f"{head}\n{first}\n")
        for n in range(1, 150_001):
            stream.write(
                f"tt{n + 1_000_000:07d}\tmovie\tFilm {n}\tFilm {n}\t0\t1995\t\\N\t90\tDrama\n"
            )
    size = path.stat().st_size
    source = ImdbFiles([path])
    titles = [film("Heat", 1995), film("Heat", 1995, "imdb:tt0113277")]
    tracemalloc.start()
    try:
        assert all(isinstance(got, Found) for _, got in source.find(titles))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 8_000_000
    assert peak < 4_000_000
