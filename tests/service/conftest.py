"""A small library in memory with the methods the service calls, so that its tests need no model."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from matinee.catalogue.title import Title
from matinee.errors import UnknownTitleError
from matinee.pipeline.results import Result, Results
from matinee.query.request import Knobs, SearchRequest, check_k
from matinee.service import create_app

TITLES = (
    Title(
        id="tmdb:603",
        ids=("tmdb:603", "imdb:tt0133093"),
        title="The Matrix",
        year=1999,
        overview="A programmer learns that his world is a simulation.",
        genres=("Action", "Science Fiction"),
        cast=("Keanu Reeves",),
        directors=("Lana Wachowski", "Lilly Wachowski"),
        countries=("US",),
        languages=("en",),
        runtime=136,
        certification="R",
        vote_average=8.2,
        vote_count=25_000,
    ),
    Title(id="tmdb:2", title="Topkapi", year=1964, genres=("Crime",), languages=("fr",)),
    Title(id="tmdb-tv:3", title="<b>Heist</b> & Co", kind="series", genres=("Drama",)),
    Title(id="imdb:tt4", title="ദൃശ്യം", original_title="Drishyam", languages=("ml",), year=2013),
    Title(id="local:a-film-with-nothing", title="A Film with Nothing"),
    *(Title(id=f"local:{i}", title=f"Film {i}", year=1950 + i) for i in range(40)),
)


class FakeLibrary:
    """Finds every title for any query, in one order."""

    version = "v0001"

    def __init__(self) -> None:
        self.degraded: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(TITLES)

    def search(self, text, k=10, *, method="hybrid", knobs=None, within=None):
        request = SearchRequest(text, k=k, method=method, knobs=knobs or Knobs())
        if text == "explode":
            raise RuntimeError("secret of the server")
        found = () if text == "nothing" else TITLES
        return self._answer(found[:k], request.text, method)

    def similar(self, title, k=10):
        check_k(k)
        film = self.title(title)
        return self._answer([t for t in TITLES if t is not film][:k], film.id, "similar")

    def title(self, title):
        for film in TITLES:
            if title == film.id or title in film.ids:
                return film
        raise UnknownTitleError("The library has no such title", where=title, cure="Search for it")

    def status(self):
        return {
            "library": self.version,
            "path": "/home/somebody/films",
            "titles": len(TITLES),
            "sources": {"fake": len(TITLES)},
        }

    def warm(self) -> None:
        pass

    def _answer(self, titles, query, method):
        parts = {"dense": 0.3, "lexical": 0.2, "title": 0.0}
        results = tuple(Result(t, 1 - i / 100, parts) for i, t in enumerate(titles))
        return Results(results, query, method, self.version, 1.5, self.degraded)


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture
def client(library):
    with TestClient(create_app(library), follow_redirects=False) as made:
        yield made
