"""The demo library: what it promises to hold, that it is our own, and that it answers well."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import pytest

import matinee
from matinee import demo as files
from matinee.catalogue.document import encoder_text
from matinee.catalogue.table import TitleTable
from matinee.encode import bundled_folder
from matinee.encode.onnx_text import OnnxTextEncoder
from matinee.encode.vector_log import VectorLog, document_keys
from matinee.ingest import read_catalogue
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matinee import Library
    from matinee.catalogue.title import Title


@pytest.fixture(scope="module")
def titles() -> list[Title]:
    # strict: the bundled catalogue must not hold one bad value.
    return list(TitleTable(read_catalogue([files.TITLES], strict=True).table))


def test_there_are_enough_of_all_kinds(titles: list[Title]) -> None:
    kinds = Counter(title.kind for title in titles)
    assert kinds["film"] >= 1000
    assert kinds["series"] >= 30
    first = Counter(title.languages[0] for title in titles)
    assert len(first) >= 30
    assert all(first[code] >= 12 for code in ("ml", "ta", "hi", "ko", "ja", "fr", "es"))
    anime = [t for t in titles if t.languages[0] == "ja" and "Animation" in t.genres]
    assert len(anime) >= 12
    decades = {title.year // 10 for title in titles if title.year}
    assert decades >= set(range(192, 203))


def test_every_title_has_what_a_page_shows(titles: list[Title]) -> None:
    assert len({title.id for title in titles}) == len(titles)
    for title in titles:
        assert title.year, title.title
        assert title.genres, title.title
        assert title.languages, title.title
        assert title.countries, title.title
        assert 20 <= len((title.overview or "").split()) <= 45, title.title
        if title.kind == "film":
            assert title.directors, title.title


def shingles(text: str, size: int = 6) -> set[str]:
    words = re.findall(r"[a-z0-9']+", text.lower())
    return {" ".join(words[i : i + size]) for i in range(len(words) - size + 1)}


def test_loglines_are_our_own(titles: list[Title], data: Path) -> None:
    """No six words in a row stand in the overview or tagline of any public catalogue at hand."""
    table = pq.read_table(
        data / "catalogue/titles_29876.parquet", columns=["tmdb_id", "overview", "tagline"]
    )
    public = {f"tmdb:{row['tmdb_id']}": row for row in table.to_pylist()}
    for title in titles:
        if row := public.get(title.id):
            theirs = f"{row['overview'] or ''} . {row['tagline'] or ''}"
            assert not shingles(title.overview or "") & shingles(theirs), title.title


@pytest.mark.extra
def test_shipped_vectors_are_those_a_rebuild_makes(titles: list[Title]) -> None:
    encoder = OnnxTextEncoder.from_folder(bundled_folder())
    shipped = VectorLog(files.VECTORS, encoder.spec.dimension).read()
    texts = [encoder_text(title) for title in titles]
    keys = document_keys(encoder.spec, texts)
    assert list(shipped) == keys
    # Every fifth is enough to notice another model or another document, and takes seconds.
    chosen = list(range(0, len(texts), 5))
    made = encoder.encode_documents([texts[i] for i in chosen])
    kept = np.stack([shipped[keys[i]] for i in chosen]).astype(np.float32)
    assert np.einsum("nd,nd->n", made, kept).min() > 0.999


def test_building_with_another_encoder_leaves_the_shipped_vectors_alone(tmp_path: Path) -> None:
    before = files.VECTORS.read_bytes()
    (tmp_path / "films.csv").write_text("title\nHeat\n")
    matinee.build([tmp_path / "films.csv"], tmp_path / "library", encoder=HashingEncoder())
    assert files.VECTORS.read_bytes() == before


def test_the_demo_is_built_without_encoding(tmp_path: Path) -> None:
    assert matinee.build([files.TITLES], tmp_path).encoded == 0


def test_ratings_are_of_these_titles(titles: list[Title]) -> None:
    ratings = pq.read_table(files.RATINGS)
    assert ratings.num_rows > 20_000
    assert set(ratings["title"].unique().to_pylist()) <= {title.id for title in titles}
    stars = ratings["half_stars"].to_numpy()
    assert stars.min() >= 1
    assert stars.max() <= 10


def has(*genres: str) -> Callable[[Title], bool]:
    return lambda title: bool(set(genres) & set(title.genres))


def speaks(language: str) -> Callable[[Title], bool]:
    return lambda title: language in title.languages


def words(pattern: str) -> Callable[[Title], bool]:
    def test(title: Title) -> bool:
        text = f"{title.title} {title.overview} {' '.join(title.keywords)}"
        return re.search(pattern, text, re.IGNORECASE) is not None

    return test


def both(*tests: Callable[[Title], bool]) -> Callable[[Title], bool]:
    return lambda title: all(test(title) for test in tests)


EXAMPLES = {
    "smart heist thriller set in Europe": (words("heist|robber|thie|steal|burglar"), 3),
    "lonely space survival drama": (words("space|orbit|mars|moon|astronaut"), 4),
    "neo-noir crime with witty dialogue": (has("Crime", "Mystery", "Thriller"), 4),
    "cozy holiday romcom": (words("christmas|holiday|new year"), 4),
    "malayalam thriller": (both(speaks("ml"), has("Thriller", "Crime", "Mystery")), 4),
    "slow-burn sci-fi about isolation in space": (words("space|orbit|moon|planet|ship"), 4),
    "Indian Malayalam investigative thriller after 2020": (speaks("ml"), 4),
    "like 'Drishyam', tight family crime with twists": (has("Crime", "Thriller", "Mystery"), 3),
    "anime coming-of-age with music and friendship": (both(speaks("ja"), has("Animation")), 3),
    "Tamil neo-noir crime in Chennai": (both(speaks("ta"), has("Crime", "Thriller")), 4),
    "French heist comedy 2000s": (both(speaks("fr"), has("Comedy", "Crime")), 3),
}


@pytest.mark.parametrize("query", EXAMPLES)
def test_example_queries_have_sensible_top_fives(demo: Library, query: str) -> None:
    fits, least = EXAMPLES[query]
    top = [result.title for result in demo.search(query, 5)]
    assert sum(map(fits, top)) >= least, [f"{t.title} ({t.year})" for t in top]
