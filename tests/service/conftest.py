"""A small library in memory with the methods the service calls, so that its tests need no model."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from matinee.catalogue.title import Title
from matinee.errors import LibraryError, ModelError, UnknownTitleError
from matinee.pipeline.explain import Reason
from matinee.pipeline.recognise import Match, Recognised
from matinee.pipeline.results import PictureSeen, Result, Results, SeenTitle
from matinee.query.conditions import Condition, Understood
from matinee.query.request import SearchRequest, check_k
from matinee.query.tagger import Slot
from matinee.service import create_app
from matinee.settings import Settings

if TYPE_CHECKING:
    from matinee.types import Picture

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


CONDITIONS = (
    Condition(field="language", values=("ml",), label="Malayalam", words="malayalam"),
    Condition(field="year", low=2021, label="2021 or later", words="after 2020"),
    Condition(field="genre", values=("Thriller",), hard=False, label="Thriller", words="thriller"),
    Condition(field="genre", values=("Horror",), negated=True, label="not <Horror>", words="x"),
    Condition(
        field="like", values=("imdb:tt4",), hard=False, label="like Drishyam", words="like drishyam"
    ),
)
"""What the fake reads from a query that begins with "asks"; each at the word of its field."""
FACETS = {
    "genre": {"Drama": 9, "Crime": 8, "Horror": 7, "War": 6, "Music": 5, "Family": 4, "Sport": 3},
    "language": {"ml": 20, "fr": 2},
    "country": {"IN": 45},
    "kind": {"film": 44, "series": 1},
    "certification": {"R": 3, "TV-MA": 2, "PG-13": 4, "Not Rated": 1},
    "decade": {"1960": 1, "1990": 1, "2010": 1},
}
WHY = (
    Reason("dense", 0.3, {"rank": 1, "score": 0.5}),
    Reason("lexical", 0.2, {"rank": 2, "score": 9.0, "words": {"heist": 4.0, "<i>": 2.0}}),
    Reason("wishes", 0.1, {"fulfilled": {"genre:Thriller": 1.0}}),
)


class FakeTable:
    """Finds the rows of titles."""

    def find(self, identifier):
        return next((i for i, t in enumerate(TITLES) if identifier in (t.id, *t.ids)), None)

    def __len__(self) -> int:
        return len(TITLES)


class FakeLibrary:
    """Finds every title for any query, in one order; notes the requests it was asked."""

    version = "v0001"
    created = "2026-01-01T00:00:00Z"
    engine = SimpleNamespace(catalogue=FakeTable(), taste=None)

    def __init__(self) -> None:
        self.degraded: tuple[str, ...] = ()
        self.requests: list[SearchRequest] = []

    def __len__(self) -> int:
        return len(TITLES)

    def search(self, text, k=10):
        return self.answer(SearchRequest(text, k=k))

    def answer(self, request):
        self.requests.append(request)
        text = request.text
        if text == "explode":
            raise RuntimeError("secret of the server")
        if request.method == "ce":
            raise ModelError("The model x is not here", where="/secret", cure="Pull it")
        understood = Understood(text, (), text)
        if request.understand:
            understood = self._counted(self.parse(text), request)
        strict = text.endswith("nothing") and any(c.hard for c in understood.conditions)
        found = () if text == "nothing" or strict else TITLES
        if request.filters:
            found = found[:7]
        return self._answer(found[: request.k], request, understood)

    def parse(self, text):
        if not text.startswith("asks"):
            return Understood(text, (), text)
        return Understood(text, tuple(c for c in CONDITIONS if c.field in text), "the rest")

    def slots(self, text):
        return (Slot("Plot", 0, 4, 0.75),) if text.startswith("asks") else ()

    def _counted(self, read, request):
        kept = []
        for condition in read.conditions:
            if condition.key in request.hard or condition.key in request.soft:
                condition = condition.with_hard(condition.key in request.hard)
            if condition.key not in request.without:
                kept.append(condition)
        return Understood(read.text, tuple(kept), read.rest)

    def similar(self, title, k=10):
        check_k(k)
        film = self.title(title)
        others = [t for t in TITLES if t is not film][:k]
        results = tuple(Result(t, 0.6, {"dense": 0.6}) for t in others)
        return Results(results, film.id, "similar", self.version, 1.5, self.degraded)

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

    def _answer(self, titles, request, understood):
        parts = {"dense": 0.3, "lexical": 0.2, "title": 0.0, "wishes": 0.1}
        why = WHY if request.explain else None
        results = tuple(Result(t, 1 - i / 100, parts, why) for i, t in enumerate(titles))
        return Results(
            results,
            request.text,
            request.method,
            self.version,
            1.5,
            self.degraded,
            understood,
            FACETS if request.facets else None,
        )


class SeeingLibrary(FakeLibrary):
    """Looks at pictures as well, and takes each for the poster of one title.

    Attributes:
        failure: what a search by picture raises.
        recognised: id of that title; None for no match, "unknown" where there are no posters.
        shown: the picture it was shown last.
    """

    engine = SimpleNamespace(
        catalogue=FakeTable(), taste=None, pictures=SimpleNamespace(route="embedding", share=0.5)
    )

    def __init__(self) -> None:
        super().__init__()
        self.failure: Exception | None = None
        self.recognised: str | None = "tmdb:603"
        self.shown: Picture | None = None

    def answer(self, request):
        found = super().answer(request)
        if request.picture is None:
            return found
        if self.failure is not None:
            raise self.failure
        asked = request.picture
        route = asked.route or "embedding"
        described = route != "embedding"
        film = self._poster_of()
        seen = PictureSeen(
            route=route,
            model="clip" if route != "caption" else None,
            caption=(asked.caption or "a <red> balloon") if described else None,
            captioner="blip" if described and not asked.caption else None,
            share=0.5 if asked.share is None else asked.share,
            joined=asked.join,
            recognised=film and SeenTitle(film.id, film.title, film.year, 0.97),
        )
        return replace(found, picture=seen)

    def recognise(self, picture, k=5):
        self.shown = picture
        if self.recognised == "unknown":
            raise LibraryError("This library knows no posters", cure="Build it")
        film = self._poster_of()
        return Recognised((Match(film, 0.97),) if film else (), self.version, 1.0)

    def _poster_of(self):
        return next((film for film in TITLES if film.id == self.recognised), None)


@pytest.fixture
def seeing() -> SeeingLibrary:
    return SeeingLibrary()


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture
def settings(tmp_path) -> Settings:
    # Without this the tests would write into the store of whoever runs them.
    return Settings(database_url=f"sqlite:///{tmp_path / 'store.db'}")


@pytest.fixture
def client(library, settings):
    app = create_app(library, settings=settings)
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as made:
        yield made
