"""Age limits: what does not suit is, on every route, as if it were not in the library."""

from __future__ import annotations

import html
import importlib
import pkgutil
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, unquote_plus

import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from matinee.catalogue.certification import certificate_age
from matinee.catalogue.title import Title
from matinee.deeds import Deed
from matinee.errors import UnknownTitleError
from matinee.interaction import Action
from matinee.pipeline.person import person_of
from matinee.pipeline.results import Result, Results
from matinee.query.request import MAX_K, SearchRequest
from matinee.service import create_app, routes
from matinee.service.ages import (
    Suited,
    bounded,
    seen_by,
    suitable,
    suitable_rows,
    suited_person,
)
from matinee.settings import Settings
from matinee.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee import Library

AGE = 6
ADULT = ("tmdb:603", "tmdb:550", "tmdb:680")
"""The Matrix, Fight Club, Pulp Fiction."""
ADULT_NAMES = ("The Matrix", "Fight Club", "Pulp Fiction")
_ID = re.compile(r"\b[a-z][a-z0-9-]*:[A-Za-z0-9_-]+")
_TELLING = 12
"""Letters from which on a name does not stand in a text by chance."""

QUERIES = (
    "thriller",
    "a film for children",
    "like The Matrix",
    "like 'Pulp Fiction', but funny",
    "Fight Club",
    "fight clb",
    "violent crime, not for children",
    "Keanu Reeves",
)
_SEARCHES = [
    {"q": query, "k": "100", "facets": "true", "explain": "true", **more}
    for query in QUERIES
    for more in ({}, {"top_up": "true"}, {"method": "lexical"}, {"understand": "false"})
] + [
    {"filter": "title:tmdb:603"},
    {"filter": "age:17.."},
    {"q": "crime", "filter": ["-age:..6", "genre:Crime"], "sort": "rating"},
    {"q": "like The Matrix", "hard": "like:tmdb:603"},
]
_PAGES = [{"q": query, "page": "4"} for query in QUERIES] + [
    {"q": "crime", "filter": "age:17.."},
    {"q": "like The Matrix", "without": "like:tmdb:603"},
]
_WISHES: list[dict[str, Any]] = [
    {"k": "200"},
    {"k": "50", "max_age": "18"},
    {"k": "20", "explain": "true"},
    {"k": "50", "include_seen": "true"},
]
_NAMED = [
    {"input_text": name, "top_k": "50"} for name in (*ADULT_NAMES, "crime", "like The Matrix")
]

GETS: dict[str, list[dict[str, Any]]] = {
    "/": [{}, {"seed": "3"}, {"skip": "1"}],
    "/about": [{}],
    "/admin": [{}],
    "/admin/jobs": [{}],
    "/favicon.ico": [{}],
    "/health/live": [{}],
    "/health/ready": [{}],
    "/insights": [{}],
    "/map": [{}, *({"region": n, "page": p} for n in range(24) for p in (1, 2))],
    "/login": [{}, {"next": "/search"}],
    "/metrics": [{}],
    "/movies/recommendations": [
        {"user_id": user, "limit": "50", "use_context": "true"} for user in ("kim", "1", "42")
    ],
    "/pick": [{}, *({"seed": str(n)} for n in range(4)), {"seed": "1", "under": "100"}],
    "/poster/{title_id}": [{}],
    "/poster/{title_id}.svg": [{}],
    "/search": _PAGES,
    "/start": [{}, *({"q": query} for query in QUERIES)],
    "/static/{digest}/{name}": [{}],
    "/title-or-prompt": _NAMED,
    "/title/{title_id}": [{}],
    "/tonight": [{}],
    "/tonight/{code}": [{}],
    "/tonight/{code}/add": [{}],
    "/tonight/{code}/poster/{title_id}": [{}],
    "/tonight/{code}/poster/{title_id}.svg": [{}],
    "/user_recommend/{user_id}": [{"top_k": "50"}],
    "/v1/events": [{}],
    "/v1/experiments": [{}],
    "/v1/experiments/{name}": [{}],
    "/v1/experiments/{name}/report": [{}],
    "/v1/insights": [{}],
    "/v1/jobs": [{}],
    "/v1/jobs/{key}": [{}],
    "/v1/jobs/{key}/events": [{}],
    "/v1/library": [{}],
    "/v1/library/versions": [{}],
    "/v1/library/versions/{name}": [{}],
    "/v1/map": [{}],
    "/v1/me": [{}],
    "/v1/parse": [{"q": query} for query in QUERIES],
    "/v1/people": [{}],
    "/v1/people/{person}/changes": [{"fields": "title"}, {}],
    "/v1/people/{person}/explain/{title_id}": [{}],
    "/v1/people/{person}/export.csv": [{}],
    "/v1/people/{person}/export.json": [{}],
    "/v1/people/{person}/hidden": [{}],
    "/v1/people/{person}/imports": [{}],
    "/v1/people/{person}/predict": [{"title": list(ADULT)}, {"title": "suitable"}],
    "/v1/people/{person}/ratings": [{}],
    "/v1/people/{person}/ratings/{title_id}": [{}],
    "/v1/people/{person}/ratings/{title_id}/changes": [{}],
    "/v1/people/{person}/recommendations": _WISHES,
    "/v1/people/{person}/tokens": [{}],
    "/v1/people/{person}/watches": [{}],
    "/v1/people/{person}/watchlist": [{}],
    "/v1/people/{person}/watchlist.radarr.json": [{}],
    "/v1/people/{person}/watchlist.rss": [{}],
    "/v1/search": _SEARCHES,
    "/v1/status": [{}],
    "/v1/titles/{title_id}": [{}],
    "/v1/titles/{title_id}/similar": [{"k": "50"}],
    "/v1/trained/{user}/recommendations": _WISHES,
    "/you": [
        {"show": part} for part in ("watchlist", "ratings", "seen", "hidden", "taste", "settings")
    ],
    "/you/delete": [{}],
}
"""What every route is asked; one that is not here fails the test, and is to be added."""
OF_NO_LIBRARY = ("/docs", "/openapi.json", "/picture/{name}", "/search/picture")
"""These have examples, the same whatever is in the library, or what somebody gave themselves; what
is found by that is in test_pictures_library.py."""
NOT_FOR_CHILDREN = {
    "/admin",
    "/admin/jobs",
    "/metrics",
    "/v1/events",
    "/v1/experiments",
    "/v1/experiments/{name}",
    "/v1/experiments/{name}/report",
    "/v1/jobs",
    "/v1/jobs/{key}",
    "/v1/jobs/{key}/events",
    "/v1/people",
    "/v1/trained/{user}/recommendations",
}
"""These answer administrators alone."""
OWN_DEEDS = re.compile(
    r"/v1/people/(me|kim)/(ratings|changes|watches|watchlist|hidden|export\.(json|csv))"
)
"""What somebody did is theirs to read and take back. Of a title that does not suit them it says the
id they once gave, and nothing else, as of one that has left the library."""
IN_PATH: dict[str, tuple[str, ...]] = {
    "title_id": (*ADULT, "imdb:tt0133093", "suitable"),
    "person": ("me", "kim"),
    "user_id": ("kim", "me", "1", "42"),
    "user": ("1", "42"),
    "name": ("matinee.css", "v0001"),
    "digest": ("x",),
    "key": ("1", "2"),
    "code": ("abcde-fghjk-mnpqr-stvwx",),
}


@pytest.fixture(scope="module")
def household(demo: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The client of a child who did things with titles for adults before there was a limit."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('ages') / 'store.db'}")
    kim = store.accounts.create("kim", max_age=AGE).result()
    known = [title for title in ADULT if demo.canonical_id(title)]
    fit = next(title.id for title in _titles(demo) if suitable(demo, title, AGE))
    liked = [Deed(title, Action.RATING, 5.0) for title in (*known, fit)]
    store.history.rate(kim.key, liked).result()
    store.history.rate(kim.key, [Deed(title, Action.WATCH) for title in known]).result()
    store.history.hide(kim.key, known[0]).result()
    for title in (*known, fit):
        store.history.add_to_watchlist(kim.key, title).result()
    store.history.import_batch(kim.key, "list.csv", "0" * 64, liked).result()
    code = IN_PATH["code"][0]
    store.nights.create(kim.key, seed="0", code=code, called="kim").result()
    _, secret = store.tokens.create("kim").result()
    app = create_app(demo, settings=Settings(rate_limit=0), store=store)
    there = {context.path for context in iter_route_contexts(app.routes)}
    for module in pkgutil.iter_modules(routes.__path__, f"{routes.__name__}."):
        router = getattr(importlib.import_module(module.name), "router", None)
        if router is not None and not {route.path for route in router.routes} <= there:
            app.include_router(router)
    with TestClient(app, base_url="http://films.example", follow_redirects=False) as client:
        client.headers["authorization"] = f"Bearer {secret}"
        yield client
    store.close()


@pytest.fixture(scope="module")
def unfit(demo: Library) -> tuple[set[str], set[str]]:
    """Ids, and telling names, of what does not suit the child."""
    fit = {t.id for t in _titles(demo) if suitable(demo, t, AGE)}
    fit_names = {t.title for t in _titles(demo) if t.id in fit}
    others = [t for t in _titles(demo) if t.id not in fit]
    assert len(fit) > 20
    assert len(others) > 500
    ids = {name for title in others for name in (title.id, *title.ids)}
    names = {t.title for t in others if len(t.title) >= _TELLING}
    names |= {t.original_title for t in others if t.original_title and len(t.original_title) > 11}
    return ids, {name for name in names if not any(name in other for other in fit_names)}


def _titles(library: Library) -> list[Title]:
    return list(library.engine.catalogue)


def requests_of(app: Any, demo: Library) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return route, path and parameters of everything that is to be asked."""
    fit = next(title.id for title in _titles(demo) if suitable(demo, title, AGE))
    for context in iter_route_contexts(app.routes):
        if "GET" not in (context.methods or ()) or context.path in OF_NO_LIBRARY:
            continue
        assert context.path in GETS, f"add {context.path} to GETS, with what it is to be asked"
        paths = [context.path]
        for name in re.findall(r"\{(\w+)\}", context.path):
            values = [fit if value == "suitable" else value for value in IN_PATH[name]]
            paths = [path.replace(f"{{{name}}}", quote(v)) for path in paths for v in values]
        for path in paths:
            for query in GETS[context.path]:
                query = {name: fit if v == "suitable" else v for name, v in query.items()}
                yield context.path, path, query


def told(text: str) -> str:
    """Return what an answer says, without the example that errors give."""
    text = unquote(html.unescape(text.replace("\\/", "/").replace('\\"', '"')))
    return text.replace("such as tmdb:603", "")


def met(answer: Any, unfit: tuple[set[str], set[str]], asked: str) -> set[str]:
    """Return what an answer says that it must not."""
    ids, names = unfit
    said = told(answer.text)
    found = {name for name in _ID.findall(said) if name in ids} | {n for n in names if n in said}
    # What is asked for may be repeated: it tells nothing that was not known.
    asked = unquote_plus(asked)
    return {name for name in found if name not in asked}


def test_on_no_route_does_a_child_meet_what_does_not_suit(
    household: TestClient, demo: Library, unfit: tuple[set[str], set[str]]
) -> None:
    answered: set[str] = set()
    wrong: dict[str, set[str]] = {}
    for route, path, query in requests_of(household.app, demo):
        answer = household.get(path, params=query)
        address = str(answer.request.url)
        seen = met(answer, unfit, address)
        if OWN_DEEDS.match(path):
            seen -= {*ADULT}
        if seen:
            wrong[address] = seen
        assert answer.status_code < 500, address
        if answer.status_code == 200:
            answered.add(route)
    assert "\n".join(f"{address}: {sorted(seen)}" for address, seen in wrong.items()) == ""
    # Not for want of answers.
    there = {context.path for context in iter_route_contexts(household.app.routes)}
    assert there & GETS.keys() - answered == there & NOT_FOR_CHILDREN


def test_of_what_they_did_with_it_they_read_the_id_they_gave_and_no_more(household: TestClient):
    for what in ("ratings", "watches", "watchlist", "hidden"):
        items = household.get(f"/v1/people/me/{what}").json()["results"]
        theirs = [item for item in items if item["id"] in ADULT]
        assert theirs
        assert all(item["missing"] and "title" not in item for item in theirs)


@pytest.mark.parametrize("title", [*ADULT, "imdb:tt0133093"])
def test_by_id_it_is_not_there_just_as_one_that_does_not_exist(household: TestClient, title: str):
    for path in ("/v1/titles/{}", "/v1/titles/{}/similar", "/title/{}", "/poster/{}.svg"):
        theirs = household.get(path.format(title))
        none = household.get(path.format("tmdb:999999999"))
        assert theirs.status_code == none.status_code == 404
        said = [told(answer.text) for answer in (theirs, none)]
        assert said[0].replace(title, "X") == said[1].replace("tmdb:999999999", "X")


def test_searches_in_a_body_are_bounded_too(
    household: TestClient, unfit: tuple[set[str], set[str]]
) -> None:
    for query in QUERIES:
        body = {"q": query, "k": 100, "facets": True, "explain": True, "top_up": True}
        answer = household.post("/v1/search", json=body)
        assert answer.status_code == 200
        assert not met(answer, unfit, query)
        assert answer.json()["results"]


# The helpers


def test_a_limit_is_a_filter_that_stays(demo: Library) -> None:
    request = SearchRequest("crime", k=50, top_up=True)
    assert bounded(request, None) is request
    ages = [certificate_age(r.title.certification) for r in demo.answer(bounded(request, 13))]
    assert ages
    assert all(age is not None and age <= 13 for age in ages)


@pytest.mark.parametrize(
    ("certification", "max_age", "fits"),
    [
        ("G", 0, True),
        ("PG", 7, False),
        ("PG", 8, True),
        ("PG-13", 12, False),
        ("R", 17, True),
        ("Not Rated", 21, False),
        (None, 21, False),
        (None, None, True),
        ("R", None, True),
    ],
)
def test_what_suits(certification: str | None, max_age: int | None, fits: bool) -> None:
    title = Title(id="tmdb:1", title="A Film", certification=certification)
    assert suitable(None, title, max_age) is fits  # type: ignore[arg-type]


def test_titles_and_rows_agree(demo: Library) -> None:
    for age in (0, 6, 13, 17, 21):
        rows = suitable_rows(demo, age)
        assert [suitable(demo, title, age) for title in _titles(demo)] == rows.tolist()
        assert len(Suited(demo, age)) == int(rows.sum())


def test_what_was_done_with_it_does_not_count(demo: Library) -> None:
    fit = next(t.id for t in _titles(demo) if suitable(demo, t, AGE))
    did = [Deed(title, Action.RATING, 4.0) for title in (ADULT[0], fit, ADULT[1])]
    person = person_of(demo.engine, (*did, Deed("tmdb:999999999", Action.LIKE)), skip_unknown=True)
    assert suited_person(demo, person, None) is person
    suited = suited_person(demo, person, AGE)
    assert [demo.engine.catalogue.title(row).id for row in suited.rows.tolist()] == [fit]
    assert len(suited.history.items) <= 1
    assert len(person.history.items) > len(suited.history.items)


def test_without_a_limit_it_is_the_library_itself(demo: Library) -> None:
    assert seen_by(demo, None) is demo
    assert suitable(demo, "tmdb:603", None)
    assert not suitable(demo, "tmdb:603", 12)
    assert not suitable(demo, "tmdb:999999999", 12)
    assert not suitable(demo, "tmdb:999999999", None)


def test_a_name_does_not_reveal_a_title(demo: Library) -> None:
    for name in ("The Matrix", "the matrx", "tmdb:603"):
        with pytest.raises(UnknownTitleError) as raised:
            Suited(demo, AGE).title(name)
        assert "Closest" not in str(raised.value)


def test_no_condition_names_what_is_not_there(demo: Library) -> None:
    text = "like The Matrix, animated, before 2000"
    whole, part = demo.parse(text), Suited(demo, AGE).parse(text)
    assert "like" in {c.field for c in whole.conditions}
    assert "like" not in {c.field for c in part.conditions}
    assert "year" in {c.field for c in part.conditions}


class Ladder:
    """Titles alike in a row; of every ten the last suits small children."""

    def __init__(self, size: int) -> None:
        self.titles = [
            Title(id=f"tmdb:{n}", title=f"Film {n}", certification="R" if n % 10 else "G")
            for n in range(size)
        ]
        self.asked: list[int] = []

    def title(self, title: str) -> Title:
        return self.titles[int(title.partition(":")[2])]

    def similar(self, title: str, k: int = 10) -> Results:
        self.asked.append(k)
        others = [t for t in self.titles if t.id != title][:k]
        found = tuple(Result(t, 0.5, {}, also=tuple(self.titles[:11])) for t in others)
        return Results(found, title, "similar", "v0001", 1.0)


@given(size=st.integers(1, 3_000), k=st.integers(1, MAX_K))
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_of_titles_alike_as_many_suit_as_there_are(size: int, k: int) -> None:
    library: Any = Ladder(size)
    found = Suited(library, AGE).similar("tmdb:0", k)
    reach = library.titles[1 : MAX_K + 1]
    fit = [title for title in reach if suitable(library, title, AGE)]
    assert [result.title for result in found] == fit[:k]
    assert all(suitable(library, t, AGE) for result in found for t in result.also)


def test_titles_alike_are_full_where_they_can_be(household: TestClient, demo: Library) -> None:
    fit = next(t.id for t in _titles(demo) if suitable(demo, t, AGE))
    whole = len(demo.similar(fit, 5))
    answer = household.get(f"/v1/titles/{fit}/similar?k=5").json()
    assert len(answer["results"]) == whole == 5


def test_a_poster_is_for_one_persons_cache(household: TestClient, demo: Library) -> None:
    fit = next(t.id for t in _titles(demo) if suitable(demo, t, AGE))
    answer = household.get(f"/poster/{fit}.svg")
    assert "private" in answer.headers["cache-control"]
    assert "public" not in answer.headers["cache-control"]
    assert {"Cookie", "Authorization"} <= set(answer.headers["vary"].replace(" ", "").split(","))
