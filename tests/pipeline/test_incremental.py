"""A build over a changed catalogue ends as one from nothing, at the price of the change."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from matinee.assembly import build_library, open_library
from matinee.catalogue.document import encoder_text
from matinee.deeds import Deed
from matinee.encode import bundled_folder
from matinee.encode.onnx_text import OnnxTextEncoder
from matinee.ingest import read_catalogue
from matinee.interaction import Action
from matinee.pipeline.build import build as bare_build
from matinee.pipeline.carry import keep_ids
from matinee.pipeline.person import person_of
from matinee.testing import ColourEncoder, HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from matinee import Library
    from matinee.catalogue.title import Title
    from matinee.pipeline.build import BuildReport

Film = dict[str, Any]
PLACES = ("harbour", "lighthouse", "garden", "station", "desert", "opera")
PEOPLE = ("thief", "detective", "matchmaker", "pianist", "nurse", "sailor")
QUERIES = ("a thief by the harbour", "pianist", "film 3", "crime of 1983", "director 2", "nurse")


def film(number: int) -> Film:
    """Return a film: every third known to TMDb, to IMDb, and to nobody."""
    known: list[Film] = [{"tmdb_id": number + 1}, {"imdb_id": f"tt{number + 1:07}"}, {}]
    return {
        "title": f"Film {number}",
        "year": 1980 + number % 7,
        "overview": f"A {PEOPLE[number % 6]} is seen in the {PLACES[number // 6 % 6]}.",
        "genres": [("Crime", "Romance", "Comedy")[number % 3]],
        "directors": [f"Director {number % 4}"],
        "vote_average": 5.0 + number % 4,
        "vote_count": 10 * number,
        **known[number % 3],
    }


def write(path: Path, films: Sequence[Mapping[str, object]]) -> Path:
    path.write_text("\n".join(map(json.dumps, films)) + "\n", encoding="utf-8")
    return path


def texts(library: Library) -> set[str]:
    return {encoder_text(title) for title in library.engine.catalogue}


def ranked(library: Library) -> list[list[tuple[str, float]]]:
    """Return ids and scores of all queries, in every method without a model, and of like titles."""
    found = []
    for query in QUERIES:
        for method in ("hybrid", "retrieval", "lexical"):
            answer = library.search(query, k=10, method=method)
            found.append([(each.title.id, each.score) for each in answer])
    alike = (library.similar(title.id, 5) for title in library.engine.catalogue)
    return found + [[(each.title.id, each.score) for each in one] for one in alike]


def build(films: Path, root: Path, **given: Any) -> BuildReport:
    return build_library([films], root, **({"encoder": HashingEncoder()} | given))


def add(films: list[Film], draw: Callable[[int], int]) -> None:
    films.insert(draw(len(films) + 1), film(100 + draw(50)))


def remove(films: list[Film], draw: Callable[[int], int]) -> None:
    if len(films) > 1:
        del films[draw(len(films))]


def rewrite(films: list[Film], draw: Callable[[int], int]) -> None:
    films[draw(len(films))]["overview"] = f"Story {draw(1000)} of a {PEOPLE[draw(6)]}."


def vote(films: list[Film], draw: Callable[[int], int]) -> None:
    films[draw(len(films))]["vote_count"] = draw(10_000)


def reorder(films: list[Film], draw: Callable[[int], int]) -> None:
    films.insert(draw(len(films)), films.pop(draw(len(films))))


def join(films: list[Film], draw: Callable[[int], int]) -> None:
    """Say of two films, one of them of TMDb, that IMDb has them as one."""
    imdb = [each for each in films if "imdb_id" in each and "tmdb_id" not in each]
    tmdb = [each for each in films if "tmdb_id" in each and "imdb_id" not in each]
    if imdb and tmdb:
        tmdb[draw(len(tmdb))]["imdb_id"] = imdb[draw(len(imdb))]["imdb_id"]


def number(films: list[Film], draw: Callable[[int], int]) -> None:
    """Give a film that IMDb has the number of TMDb as well."""
    imdb = [each for each in films if "imdb_id" in each and "tmdb_id" not in each]
    if imdb:
        imdb[draw(len(imdb))]["tmdb_id"] = 500_000 + draw(1000)


EDITS = (add, remove, rewrite, vote, reorder, join, number)


def edited(films: list[Film], rng: np.random.Generator) -> list[Film]:
    changed = [dict(each) for each in films]
    for edit in rng.choice(len(EDITS), rng.integers(1, 6)):
        EDITS[edit](changed, lambda size: int(rng.integers(size)))
    # Two rows of one name, year and no id would be told apart by what else is there; see below.
    return list({(each["title"], each["year"]): each for each in changed}.values())


@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(n, marks=pytest.mark.extra) for n in range(4, 40))]
)
def test_any_edits_end_as_a_build_from_nothing(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    films = [film(n) for n in range(rng.integers(1, 13))]
    source, root = write(tmp_path / "films.jsonl", films), tmp_path / "grown"
    build(source, root)
    for _ in range(2):
        known = texts(open_library(root, encoder=HashingEncoder()))
        films = edited(films, rng)
        write(source, films)
        encoder = HashingEncoder()
        grown = build(source, root, encoder=encoder)
        grown_library = open_library(root, encoder=encoder)
        # What was encoded are the texts that were not known, each once, and nothing else.
        assert sorted(encoder.encoded) == sorted(texts(grown_library) - known)
        assert grown.encoded == len(encoder.encoded)
    full = build(source, tmp_path / "full")
    # Size and SHA-256 of every file: titles, vectors, keys, and all the indexes.
    assert grown.manifest.files == full.manifest.files
    full_library = open_library(tmp_path / "full", encoder=HashingEncoder())
    assert ranked(grown_library) == ranked(full_library)


class Drawn:
    """Posters in memory, by title."""

    name = "drawn"
    unused = 0

    def __init__(self, posters: Mapping[str, bytes]) -> None:
        self._posters = posters

    def posters(self, titles: Sequence[Title]) -> Iterator[tuple[int, bytes]]:
        for position, title in enumerate(titles):
            if title.title in self._posters:
                yield position, self._posters[title.title]


def picture(seed: int) -> bytes:
    """Return a poster with something to be recognised by, a PNG."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 255, (6, 4, 3), np.uint8)
    data = io.BytesIO()
    Image.fromarray(np.kron(blocks, np.ones((20, 20, 1), np.uint8))).save(data, "PNG")
    return data.getvalue()


def test_posters_too(tmp_path: Path) -> None:
    films = [film(n) for n in range(8)]
    posters = {f"Film {n}": picture(n) for n in range(6)}
    source = write(tmp_path / "films.jsonl", films)
    given: dict[str, Any] = {"posters": [Drawn(posters)]}
    build(source, tmp_path / "grown", picture_encoder=ColourEncoder(), **given)

    # One is new, one has another, two have swapped theirs, one has none any more, one is gone.
    posters |= {"Film 7": picture(7), "Film 0": picture(50)}
    posters["Film 1"], posters["Film 2"] = posters["Film 2"], posters["Film 1"]
    del posters["Film 3"], films[4]
    films.reverse()
    films[0]["overview"] = "Another story."
    write(source, films)
    given = {"posters": [Drawn(posters)]}
    eyes = ColourEncoder()
    grown = build(source, tmp_path / "grown", picture_encoder=eyes, **given)
    full = build(source, tmp_path / "full", picture_encoder=ColourEncoder(), **given)
    assert grown.pictures is not None
    assert (grown.pictures.encoded, grown.pictures.texts_encoded, grown.encoded) == (2, 1, 1)
    assert grown.manifest.files == full.manifest.files


EMMA: Film = {
    "title": "Emma",
    "year": 1996,
    "overview": "A matchmaker misjudges every heart but one.",
    "directors": ["Douglas McGrath"],
}
OTHER: Film = EMMA | {
    "overview": "Made for television: a young woman of Highbury.",
    "directors": ["Diarmuid Lawrence"],
}
THIRD: Film = EMMA | {"overview": "A parrot learns to sing.", "directors": ["Ada Lovelace"]}


class Emmas:
    """A library of films called Emma, built again and again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, *films: Film) -> Library:
        source = write(self._folder / "films.jsonl", films)
        build(source, self._folder / "library")
        return open_library(self._folder / "library", encoder=HashingEncoder())


def ids(library: Library) -> dict[str, str]:
    """Return the id of each film by its director."""
    return {title.directors[0]: title.id for title in library.engine.catalogue}


@pytest.fixture
def emmas(tmp_path: Path) -> Emmas:
    return Emmas(tmp_path)


def test_films_of_one_name_keep_their_ids_whatever_the_order(emmas: Emmas) -> None:
    first = ids(emmas(EMMA, OTHER))
    assert len(set(first.values())) == 2
    assert ids(emmas(OTHER, EMMA)) == first
    changed = ids(emmas(THIRD, OTHER, EMMA))
    assert changed.items() > first.items()
    assert len(set(changed.values())) == 3
    # Texts and votes are corrected; what else is known tells which is which.
    assert ids(emmas(OTHER | {"vote_count": 5}, EMMA | {"overview": "A comedy."})) == first


@pytest.mark.parametrize("order", [(EMMA, OTHER), (OTHER, EMMA)])
def test_an_id_never_passes_to_another_film_of_that_name(
    emmas: Emmas, order: tuple[Film, Film]
) -> None:
    first = ids(emmas(*order))
    left = ids(emmas(order[1]))
    assert left.items() < first.items()
    gone = first[order[0]["directors"][0]]
    newcomer = emmas(order[1], THIRD)
    assert ids(newcomer).items() > left.items()
    assert newcomer.engine.catalogue.find(gone) is None or gone in left.values()


def test_a_film_that_gets_a_namesake_keeps_its_id(emmas: Emmas) -> None:
    first = ids(emmas(EMMA))
    assert set(first.values()) == {"local:emma-1996"}
    both = ids(emmas(OTHER, EMMA))
    assert both.items() > first.items()
    # When the film is gone its id goes with it, for as long as the next version remembers.
    assert "local:emma-1996" not in ids(emmas(OTHER)).values()


def test_one_film_of_a_name_is_that_film_however_it_is_edited(emmas: Emmas) -> None:
    first = emmas(EMMA)
    edited = emmas(EMMA | {"overview": "Quite another text.", "directors": ["D. McGrath"]})
    assert [t.id for t in first.engine.catalogue] == [t.id for t in edited.engine.catalogue]


@pytest.mark.extra
def test_a_film_that_gains_a_shared_id_is_found_by_the_one_it_had(emmas: Emmas) -> None:
    emmas(EMMA, film(2))
    known = EMMA | {"imdb_id": "tt0116191"}
    for _ in range(2):  # the second time it is known by both
        library = emmas(film(2), known)
        row = library.engine.catalogue.find("local:emma-1996")
        assert row is not None
        title = library.engine.catalogue.title(row)
        assert (title.id, title.ids) == ("imdb:tt0116191", ("imdb:tt0116191", "local:emma-1996"))
    # Somebody else of that name does not get the id, nor a title that the facts tell apart.
    library = emmas(OTHER, film(2), known)
    assert library.engine.catalogue.find("local:emma-1996") == 2
    assert library.engine.catalogue.title(0).id != "local:emma-1996"


def test_a_shared_id_of_another_film_takes_nothing_over(emmas: Emmas) -> None:
    emmas(EMMA)
    library = emmas(OTHER | {"imdb_id": "tt0118308"})
    assert library.engine.catalogue.find("local:emma-1996") is None


def test_ids_that_catalogues_tell_are_theirs(emmas: Emmas) -> None:
    emmas(EMMA | {"id": "emma"}, OTHER | {"id": 2})
    library = emmas(OTHER | {"id": "emma"}, EMMA | {"id": 2})
    assert ids(library) == {"Diarmuid Lawrence": "local:emma", "Douglas McGrath": "local:2"}


def test_a_damaged_live_version_is_no_reason_not_to_build(emmas: Emmas, tmp_path: Path) -> None:
    emmas(EMMA)
    (tmp_path / "library" / "v0001" / "catalogue.parquet").write_bytes(b"PAR1")
    assert set(ids(emmas(EMMA)).values()) == {"local:emma-1996"}


def test_a_history_follows_titles_through_builds(emmas: Emmas) -> None:
    before = ids(emmas(EMMA, OTHER, film(2), film(1)))
    said = [
        Deed(title, Action.LIKE, None, 1)
        for title in (before["Douglas McGrath"], "local:film-2-1982", "imdb:tt0000002")
    ]
    numbered = film(1) | {"tmdb_id": 77}  # its id is TMDb's now, IMDb's is another of its names
    library = emmas(numbered, THIRD, OTHER, EMMA, film(2) | {"imdb_id": "tt0000099"})
    found = person_of(library.engine, said, skip_unknown=True)
    assert found.notes == ()
    assert [library.engine.catalogue.title(row).directors[0] for row in found.rows] == [
        "Douglas McGrath",
        "Director 2",
        "Director 1",
    ]


def any_emma(rng: np.random.Generator) -> Film:
    """Return a film that shares name and year with many, and perhaps an id."""
    story = ("A match is made.", "A parrot sings at dawn.", "Nobody knows.")[rng.integers(3)]
    own = ("local:emma-1996", "local:emma-1996-2", "7", "emma-2")[rng.integers(4)]
    facts: list[tuple[float, Film]] = [
        (0.7, {"directors": [("Ada", "Ben", "Cy")[rng.integers(3)]]}),
        (0.5, {"overview": story}),
        (0.3, {"imdb_id": f"tt{rng.integers(1, 6):07}"}),
        (0.1, {"id": own}),
        (0.2, {"kind": "series"}),
    ]
    found: Film = {"title": "Emma" if rng.random() < 0.8 else "Emma 2", "year": 1996}
    for share, more in facts:
        found |= more if rng.random() < share else {}
    return found


def test_an_id_stands_in_one_row_and_nothing_but_ids_is_changed(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    changed = 0
    for _ in range(25):
        films = [any_emma(rng) for _ in range(rng.integers(1, 8))]
        before = read_catalogue([write(tmp_path / "films.jsonl", films)]).table
        for _ in range(3):
            kept = [each if rng.random() < 0.8 else any_emma(rng) for each in films]
            films = [kept[i] for i in rng.permutation(len(kept))[: rng.integers(1, 9)]]
            plain = read_catalogue([write(tmp_path / "films.jsonl", films)]).table
            after = keep_ids(before, plain)
            told = after["ids"].to_pylist()
            every = [each for known in told for each in known]
            assert len(every) == len(set(every))
            assert [known[0] for known in told] == after["id"].to_pylist()
            rest = [table.drop_columns(["id", "ids"]) for table in (after, plain)]
            assert rest[0].equals(rest[1])
            assert after.schema.equals(plain.schema)
            # Built once more, all is as it was.
            assert keep_ids(after, plain)["ids"].to_pylist() == told
            changed += told != plain["ids"].to_pylist()
            before = after
    assert changed


@pytest.mark.extra
def test_with_the_bundled_encoder(demo: Library, tmp_path: Path) -> None:
    """The same with a model, on 200 titles of which 40 are changed and 20 new."""
    table = demo.engine.catalogue.table.slice(0, 220)
    encoder = OnnxTextEncoder.from_folder(bundled_folder(), threads=1)
    # Without what ships with the demo library, whose vectors are known.
    pq.write_table(table.slice(0, 200), tmp_path / "first.parquet")
    assert (
        bare_build([tmp_path / "first.parquet"], tmp_path / "grown", encoder=encoder).encoded == 200
    )
    rows = table.to_pylist()
    for row in rows[:40]:
        row["overview"] = f"{row['overview']} Nothing is as it was."
    order = np.random.default_rng(0).permutation(len(rows)).tolist()
    changed = tmp_path / "changed.parquet"
    pq.write_table(pa.Table.from_pylist([rows[i] for i in order], table.schema), changed)
    grown = bare_build([changed], tmp_path / "grown", encoder=encoder)
    full = bare_build([changed], tmp_path / "full", encoder=encoder)
    assert (grown.encoded, full.encoded) == (60, 220)

    assert grown.manifest.files == full.manifest.files
    libraries = [open_library(tmp_path / name, encoder=encoder) for name in ("grown", "full")]
    ours, theirs = map(ranked, libraries)
    assert ours == theirs
