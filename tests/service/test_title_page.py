"""The page of a title: why it suits somebody, what was foretold, and what is like it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from matinee.deeds import Deed
from matinee.explain.wording import _BASE
from matinee.interaction import Action
from matinee.pipeline.person import person_of
from matinee.pipeline.recommend import predict
from matinee.service import create_app
from matinee.service.look import Look
from matinee.service.marks import marks_of
from matinee.service.routes import acts
from matinee.service.title_page import WHATEVER_THEY_DID, hundred, yours
from matinee.service.viewer import Viewer
from matinee.settings import Settings
from matinee.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee import Library
    from matinee.service.title_page import Part
    from matinee.store import Store

HERE = "http://127.0.0.1:7860"
FRAGMENT = {"X-Matinee-Fragment": "why"}
FILM = "/title/tmdb:500"
HEAT, FARGO, MATRIX = "tmdb:949", "tmdb:275", "tmdb:603"
HERS = [(HEAT, 5.0), ("tmdb:769", 4.5), ("tmdb:680", 4.0), (FARGO, 5.0), (MATRIX, 1.0)]


@pytest.fixture
def client(demo: Library, tmp_path: Path) -> Iterator[TestClient]:
    """The client of the one person of a machine, who has done nothing."""
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    app = create_app(demo, settings=Settings(rate_limit=0), store=store)
    there = {context.path for context in iter_route_contexts(app.routes)}
    if "/acts" not in there:
        app.include_router(acts.router)
    with TestClient(app, base_url=HERE, follow_redirects=False) as made:
        yield made
    store.close()


@pytest.fixture
def store(client: TestClient) -> Store:
    made: Store = client.app.state.store  # type: ignore[attr-defined]
    return made


@pytest.fixture
def me(client: TestClient, store: Store) -> int:
    """Somebody with a taste."""
    key = store.accounts.ensure("default").key
    rate(store, key, *HERS)
    return key


def rate(store: Store, key: int, *given: tuple[str, float]) -> None:
    deeds = [Deed(title, Action.RATING, stars) for title, stars in given]
    store.history.rate(key, deeds).result()


def parts_of(text: str, which: str) -> list[int]:
    found = re.search(rf"<ul[^>]*data-{which}>(.*?)</ul>", text, re.DOTALL)
    return [int(n) for n in re.findall(r'data-percent="(\d+)"', found[1])] if found else []


def linked(text: str) -> set[str]:
    why = re.search(r'<section class="because".*?</section>', text, re.DOTALL)
    assert why
    return {html.unescape(each) for each in re.findall(r'href="/title/([^"]+)"', why[0])}


# What the page says


def test_it_says_why_in_shares_that_total_one_hundred(client: TestClient, me: int) -> None:
    text = client.get(FILM).text
    assert sum(parts_of(text, "for")) == 100
    assert linked(text)
    assert linked(text) <= {title for title, _ in HERS}
    assert "Against it: takes back" in text
    assert re.search(r"Without <a [^>]+>[^<]+</a> it would", text)


def test_each_title_it_rests_on_can_be_ignored_or_unliked(client: TestClient, me: int) -> None:
    text = client.get(FILM).text
    for where, more in (("/you/ignore", ""), ("/acts", 'name="act" value="less"')):
        forms = re.findall(rf'<form action="{where}" method="post">(.*?)</form>', text, re.DOTALL)
        theirs = {re.search(r'name="title" value="([^"]+)"', form)[1] for form in forms}  # type: ignore[index]
        assert theirs == linked(text)
        assert all(more in form and f'name="next" value="{FILM}"' in form for form in forms)


def test_less_like_a_film_counts_at_the_next_load(client: TestClient, me: int) -> None:
    before = client.get(FILM, headers=FRAGMENT).text
    data = {"title": FARGO, "act": "less", "next": FILM}
    answer = client.post("/acts", data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, FILM)
    after = client.get(FILM, headers=FRAGMENT).text
    assert "you asked for less like it" in after
    assert "you asked for less like it" not in before
    assert parts_of(after, "for") != parts_of(before, "for")


def test_an_opinion_taken_back_is_none_at_the_next_load(client: TestClient, me: int) -> None:
    assert FARGO in linked(client.get(FILM).text)
    before = client.get(FILM).text
    assert FARGO in linked(before)
    client.post("/acts", data={"title": FARGO, "act": "unrate", "next": FILM})
    text = client.get(FILM).text
    assert sum(parts_of(text, "for")) == 100
    assert text.count("you gave it 5 stars") == before.count("you gave it 5 stars") - 1


def test_a_hidden_title_is_named_on_no_page_of_another(
    client: TestClient, me: int, store: Store
) -> None:
    store.history.hide(me, HEAT).result()
    text = client.get(FILM).text
    assert HEAT not in linked(text)
    assert ">Heat<" not in text
    assert "A title you have hidden." in text
    assert 'href="/you#hidden"' in text


def test_a_film_is_no_reason_for_itself(client: TestClient, me: int) -> None:
    text = client.get("/title/" + HEAT).text
    assert HEAT not in linked(text)
    assert "You know it already" in text


def test_somebody_new_is_told_what_is_needed(client: TestClient) -> None:
    text = client.get(FILM).text
    assert "Nothing is known of your taste" in text
    assert 'href="/start"' in text
    assert len(linked(text)) == 3
    assert not parts_of(text, "for")


def test_the_part_is_that_of_the_page(client: TestClient, me: int) -> None:
    whole, part = client.get(FILM), client.get(FILM, headers=FRAGMENT)
    assert part.text.strip() in whole.text
    assert "<html" not in part.text
    assert "x-matinee-fragment" in whole.headers["vary"].lower()


# What was foretold


def test_nothing_is_foretold_before_it_is_rated(client: TestClient, me: int, demo: Library) -> None:
    pages = [FILM, "/title/tmdb:680", "/", "/search?q=crime", "/search?q=crime&seen=show"]
    rated = {"/title/tmdb:680"}
    for path in pages:
        assert ("Foretold" in client.get(path).text) is (path in rated), path
    store = client.app.state.store  # type: ignore[attr-defined]
    store.history.rate(me, [Deed("tmdb:500", Action.LIKE)]).result()
    assert "Foretold" not in client.get(FILM).text
    rate(store, me, ("tmdb:500", 2.0))
    told = re.search(r"Foretold: ([\d.]+)", client.get(FILM).text)
    assert told
    honest = person_of(demo.engine, [Deed(t, Action.RATING, s) for t, s in HERS])
    row = demo.engine.catalogue.find("tmdb:500")
    assert row is not None
    stars = predict(demo.engine, np.array([row]), honest)[0].stars
    assert told[1] == f"{stars:.1f}"
    client.post("/acts", data={"title": "tmdb:500", "act": "unrate"})
    assert "Foretold" not in client.get(FILM).text


# More like it


def test_what_is_seen_or_hidden_is_not_among_those_like_it(
    client: TestClient, me: int, store: Store
) -> None:
    def alike() -> list[str]:
        more = client.get(FILM).text.split('id="alike"')[1]
        return re.findall(r'<h3 class="card-title"><a href="/title/([^"]+)"', more)

    first = alike()
    assert len(first) == 12
    store.history.rate(me, [Deed(first[0], Action.WATCH)]).result()
    store.history.hide(me, first[1]).result()
    later = alike()
    assert len(later) == 12
    assert not {first[0], first[1]} & set(later)
    client.cookies.set("matinee_look", "seen=show")
    assert first[0] in alike()
    assert first[1] not in alike()
    assert "data-hide-seen" not in client.get(FILM).text


# Properties


def viewer(library: Library, deeds: list[Deed]) -> Viewer:
    person = person_of(library.engine, deeds)
    known: Any = type("K", (), {"person": person, "degraded": "", "reading": None})()
    who: Any = type("P", (), {"key": 0})()
    caller: Any = type("C", (), {"max_age": None})()
    marks = marks_of(None, library, who, known)  # type: ignore[arg-type]
    return Viewer(library, library, None, caller, known, marks, Look())  # type: ignore[arg-type]


def test_shares_total_one_hundred_for_many_titles_and_people(demo: Library) -> None:
    catalogue, rng, taste = demo.engine.catalogue, np.random.default_rng(5), demo.engine.taste
    assert taste is not None
    # Of what nobody has seen a model of people has nothing to say.
    known = taste.rows[(taste.totals.people >= 20) & (taste.rows >= 0)]
    doubtful = 0
    for size in (1, 3, 8, 25, 60):
        rows = rng.choice(known, size, replace=False).tolist()
        stars = rng.integers(1, 11, size).tolist()
        deeds = [
            Deed(catalogue.title(row).id, Action.RATING, half / 2)
            for row, half in zip(rows, stars, strict=True)
        ]
        theirs = {deed.title for deed in deeds}
        seen = viewer(demo, deeds)
        for row in [*rng.choice(known, 8, replace=False).tolist(), rows[0]]:
            film = catalogue.title(row)
            told = yours(seen, film, ()).because
            if told is None:
                assert size == 1
                continue
            parts: list[Part] = [*told.parts, *(told.against if told.doubtful else ())]
            assert sum(part.percent for part in parts) == 100
            assert told.doubtful or told.taken < 100
            named = {p.film.id for p in (*told.parts, *told.against) if p.film is not None}
            assert named <= theirs - {film.id}
            assert told.otherwise is None or told.otherwise.film.id in named
            starts = [part.start for part in told.parts]
            assert starts == [0, *np.cumsum([p.percent for p in told.parts]).tolist()][:-1]
            doubtful += told.doubtful
    assert doubtful


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=30))
def test_whole_percent_total_one_hundred_and_keep_the_order(sizes: list[int]) -> None:
    found = hundred(sizes)
    assert sum(found) == 100
    exact = [100 * size / sum(sizes) for size in sizes]
    assert all(abs(a - b) < 1 for a, b in zip(found, exact, strict=True))
    ranked = sorted(zip(sizes, found, strict=True))
    assert all(a[1] <= b[1] or a[0] == b[0] for a, b in pairwise(ranked))


def test_a_library_without_taste_and_a_title_newer_than_it_say_so(demo: Library) -> None:
    seen = viewer(demo, [Deed(HEAT, Action.RATING, 5.0)])
    film = demo.title(FARGO)
    assert yours(seen, film, ()).lack is None
    untrained = SimpleNamespace(items=np.full(len(demo), -1))
    for taste, lack in ((None, "taste"), (untrained, "newer")):
        other = SimpleNamespace(engine=replace(demo.engine, taste=taste))
        assert yours(replace(seen, whole=other), film, ()).lack == lack
    assert yours(viewer(demo, []), film, ()).lack == "nobody"


def test_all_that_rests_on_no_title_is_known_to_translators() -> None:
    assert set(WHATEVER_THEY_DID) == {text for pair in _BASE.values() for text in pair}
