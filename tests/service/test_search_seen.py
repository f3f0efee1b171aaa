"""Searching with what one has seen or hidden out of sight, and for what is like some films."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from matinee.deeds import Deed
from matinee.errors import QueryError, UnknownTitleError
from matinee.interaction import Action
from matinee.query.filters import parse_search_filter
from matinee.query.request import SearchRequest
from matinee.service import create_app
from matinee.service.ages import seen_by, suitable
from matinee.service.forms import SearchForm
from matinee.service.seeds import MAX_FILMS, read_films, with_films
from matinee.settings import Settings
from matinee.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee import Library

HERE = "http://127.0.0.1:7860"
PART = {"X-Matinee-Fragment": "results"}
HEAT, FARGO, MATRIX = "tmdb:949", "tmdb:275", "tmdb:603"
QUERIES = (
    {"q": "the matrix"},
    {"q": "heat", "sort": "votes"},
    {"q": "crime in the city", "page": "3"},
    {"q": "like Heat", "method": "mmr"},
    {"q": "science fiction after 1990", "top_up": "true", "k": "100"},
    {"filter": "genre:Crime", "sort": "rating", "k": "100"},
    {"q": "crime", "method": "lexical"},
    {"q": "a robot", "understand": "false", "fusion": "rrf"},
    {"films": "Heat, Fargo"},
)


@pytest.fixture(scope="module")
def client(demo: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The client of somebody who has seen every other crime film, and hidden one."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('seen') / 'store.db'}")
    app = create_app(demo, settings=Settings(rate_limit=0), store=store)
    key = store.accounts.ensure("default").key
    found = demo.answer(SearchRequest("", k=200, filters=(parse_search_filter("genre:Crime"),)))
    seen = {result.title.id for result in found.results[::2]} | {HEAT, MATRIX}
    store.history.rate(key, [Deed(title, Action.WATCH) for title in sorted(seen)]).result()
    store.history.hide(key, FARGO).result()
    with TestClient(app, base_url=HERE, follow_redirects=False) as made:
        made.seen = seen - {FARGO}  # type: ignore[attr-defined]
        yield made
    store.close()


@pytest.fixture(autouse=True)
def _as_everybody(client: TestClient) -> Iterator[None]:
    yield
    client.cookies.clear()


def cards(text: str) -> list[str]:
    found = re.findall(r'<h3 class="card-title"><a href="/title/([^"]+)"', text)
    return [html.unescape(each) for each in found]


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_what_is_seen_or_hidden_never_appears(client: TestClient, query: dict[str, str]) -> None:
    seen: set[str] = client.seen  # type: ignore[attr-defined]
    text = client.get("/search", params=query, headers=PART).text
    found = cards(text)
    assert found
    assert not {*found} & (seen | {FARGO})
    assert len(found) == len(set(found))
    assert f"<h2>{len(found)} title" in text
    shown = cards(client.get("/search", params=query | {"seen": "show"}, headers=PART).text)
    assert FARGO not in shown
    # What is not liked by its films comes back.
    assert {*shown} & seen


def test_counts_of_the_facets_are_of_what_is_in_sight(client: TestClient, demo: Library) -> None:
    def dramas(**more: str) -> int:
        text = client.get("/search", params={"filter": "kind:film", **more}, headers=PART).text
        found = re.search(r'class="what">Drama</span> <span class="number">([\d,]+)<', text)
        assert found
        return int(found[1].replace(",", ""))

    engine = demo.engine
    rows = {engine.catalogue.find(each) for each in (*client.seen, FARGO)}  # type: ignore[attr-defined]
    hidden = {engine.catalogue.find(FARGO)}
    for away, more in ((rows, {}), (hidden, {"seen": "show"})):
        request = SearchRequest(
            "", filters=(parse_search_filter("kind:film"),), facets=True, exclude=away
        )
        facets = demo.answer(request).facets
        assert facets is not None
        assert dramas(**more) == facets["genre"]["Drama"]
    assert dramas() < dramas(seen="show")


def test_the_switch_says_what_holds_and_the_address_overrides_the_look(client: TestClient) -> None:
    def switch(path: str) -> str:
        return re.search(r'<input name="seen" type="checkbox"[^>]*>', client.get(path).text)[0]  # type: ignore[index]

    assert "checked" in switch("/search?q=a")
    assert 'data-default="hide"' in switch("/search?q=a")
    assert "checked" not in switch("/search?q=a&seen=show")
    # Without a script the plain field says it, and the switch after it has the last word.
    assert "checked" in switch("/search?q=a&seen=show&seen=hide")
    client.cookies.set("matinee_look", "seen=show")
    assert "checked" not in switch("/search?q=a")
    assert "checked" in switch("/search?q=a&seen=hide")
    assert HEAT in cards(client.get("/search?q=heat").text)
    assert HEAT not in cards(client.get("/search?q=heat&seen=hide").text)
    assert "Give show or hide" in client.get("/search?q=a&seen=maybe").text


def test_a_title_asked_for_by_name_is_told_to_be_left_out(client: TestClient) -> None:
    text = client.get("/search?q=fargo").text
    assert "1 hidden title of that name is left out" in text
    assert 'href="/you#hidden"' in text
    text = client.get("/search?q=the+matrix").text
    assert "1 title of that name is left out" in text
    assert 'href="/search?q=the+matrix&amp;seen=show"' in text
    assert "is left out" not in client.get("/search?q=the+matrix&seen=show").text
    assert "is left out" not in client.get("/search?q=a+quiet+village").text


def test_offers_count_what_would_be_in_sight(client: TestClient, demo: Library) -> None:
    text = client.get("/search", params={"q": "heat", "filter": ["year:1890..1891"]}).text
    assert "Nothing found" in text
    count = int(re.search(r"without 1890 to 1891: (\d+) title", html.unescape(text))[1])  # type: ignore[index]
    assert count == len(cards(client.get("/search?q=heat").text))


# Films to resemble


def test_films_are_chips_that_travel_in_the_address(client: TestClient, demo: Library) -> None:
    text = client.get("/search", params={"films": "Heat, fargo", "q": "night"}, headers=PART).text
    assert re.findall(r'data-chip="([^"]+)"', text) == [f"like:{HEAT}", f"like:{FARGO}"]
    assert f'<input type="hidden" name="filter" value="like:{HEAT}" form="search">' in text
    address = html.unescape(re.search(r'data-address="([^"]+)"', text)[1])  # type: ignore[index]
    assert address == f"/search?q=night&filter=like:{HEAT}&filter=like:{FARGO}"
    again = client.get(address, headers=PART).text
    assert cards(again) == cards(text)
    assert "like Heat" in again
    assert f'href="/search?q=night&amp;filter=like:{FARGO}"' in again


def test_films_change_the_answer_and_are_not_in_it(demo: Library) -> None:
    like = parse_search_filter
    plain = [r.title.id for r in demo.answer(SearchRequest("night"))]
    near = demo.answer(SearchRequest("night", filters=(like("like:Heat"), like(f"like:{FARGO}"))))
    assert [r.title.id for r in near] != plain
    assert not {HEAT, FARGO} & {r.title.id for r in near}
    assert all("like" in r.parts for r in near)
    alone = demo.answer(SearchRequest("", filters=(like("like:Heat"),)))
    words = demo.answer(SearchRequest("like Heat"))
    assert [r.title.id for r in alone] == [r.title.id for r in words]
    plain_words = demo.answer(SearchRequest("", filters=(like("like:Heat"),), understand=False))
    assert [r.title.id for r in plain_words] == [r.title.id for r in alone]
    with pytest.raises(UnknownTitleError):
        demo.answer(SearchRequest("night", filters=(like("like:no such film at all"),)))
    with pytest.raises(QueryError, match="turned round"):
        like("-like:Heat")
    with pytest.raises(QueryError):
        like("like: ")


def test_unknown_films_are_explained_in_place_and_nothing_is_lost(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "night", "films": "Heat, Qwxzy Plugh"})
    assert answer.status_code == 404
    assert "Qwxzy Plugh" in answer.text
    assert 'name="films" type="text" value="Heat, Qwxzy Plugh"' in answer.text
    assert '<details class="advanced" open>' in answer.text
    assert 'value="night"' in answer.text


def test_names_may_hold_commas(demo: Library) -> None:
    comma = next(t for t in demo.engine.catalogue if "," in t.title and t.title.count(",") < 3)
    text = f"Heat, {comma.title}, {FARGO}\n{MATRIX}"
    assert [film.id for film in read_films(demo, text)] == [HEAT, comma.id, FARGO, MATRIX]
    titles = [t.id for t in list(demo.engine.catalogue)[: MAX_FILMS + 1]]
    with pytest.raises(QueryError, match="films to resemble"):
        with_films(demo, SearchForm(films=",".join(titles)))


def test_a_child_cannot_ask_for_the_like_of_what_does_not_suit(demo: Library) -> None:
    child = seen_by(demo, 6)
    fit = next(t for t in demo.engine.catalogue if suitable(demo, t, 6))
    assert [film.id for film in read_films(child, fit.title)] == [fit.id]
    told: list[Any] = []
    for name in ("The Matrix", MATRIX, "The Matrx", "no such film"):
        for ask in (
            lambda: read_films(child, name),  # noqa: B023
            lambda: child.answer(SearchRequest("a", filters=(_like(name),))),  # noqa: B023
        ):
            with pytest.raises(UnknownTitleError) as raised:
                ask()
            told.append((raised.value.what, raised.value.cure))
    assert len(set(told)) == 1


def _like(name: str) -> Any:
    return parse_search_filter(f"like:{name}")


# The same for programs


def test_programs_leave_titles_out_by_id(client: TestClient, demo: Library) -> None:
    first = [r["id"] for r in client.get("/v1/search", params={"q": "heist"}).json()["results"]]
    left = client.get("/v1/search", params={"q": "heist", "exclude": [*first[:3], "tmdb:0"]}).json()
    ids = [result["id"] for result in left["results"]]
    assert not {*first[:3]} & {*ids}
    assert len(ids) == 10
    body = {"q": "heist", "exclude": first[:3]}
    assert [r["id"] for r in client.post("/v1/search", json=body).json()["results"]] == ids
    assert [r.title.id for r in demo.search("heist", exclude=first[:3])] == ids
    like = client.get("/v1/search", params={"filter": "like:Heat", "k": 3})
    assert like.status_code == 200
    assert HEAT not in [result["id"] for result in like.json()["results"]]
