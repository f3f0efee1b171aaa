"""The page for somebody new: what it asks about, and how that follows the picks."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from starlette.testclient import TestClient

from matinee.deeds import Deed
from matinee.errors import QueryError
from matinee.interaction import Action
from matinee.pipeline.person import person_of
from matinee.service import create_app
from matinee.service.routes import acts, start
from matinee.service.sessions import CSRF_FIELD
from matinee.service.starting import KEPT, SIZE, STORIES, Passed, grid_for, picks_of, read_passed
from matinee.settings import Settings
from matinee.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee import Library
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.person import Person

PART = {"X-Matinee-Fragment": "start"}
HEAT, SPIRITED, MATRIX = "tmdb:949", "tmdb:129", "tmdb:603"
PASSWORD = "correct horse"  # noqa: S105 -- of nobody


def liking(engine: Engine, *ids: str) -> Person:
    return person_of(engine, [Deed(one, Action.LIKE) for one in ids])


def nobody(engine: Engine, *rows: int) -> np.ndarray:
    barred = np.zeros(len(engine.catalogue), np.bool_)
    barred[list(rows)] = True
    return barred


@pytest.fixture
def client(demo: Library, tmp_path: Path) -> Iterator[TestClient]:
    with _client(demo, f"sqlite:///{tmp_path / 'store.db'}") as made:
        yield made


def _client(demo: Library, url: str) -> TestClient:
    app = create_app(demo, settings=Settings(database_url=url, rate_limit=0))
    there = {getattr(route, "path", "") for route in app.routes}
    for router in (acts.router, start.router):
        if not {route.path for route in router.routes} <= there:
            app.include_router(router)
    return TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False)


def offered(page: str) -> list[str]:
    """Return the ids of the films of the grid, in order."""
    return re.findall(r'<button class="choice" name="title" value="([^"]+)"', page)


def address(page: str, act: str) -> str:
    """Return where the form with that act leads back to."""
    found = re.search(rf'name="act" value="{act}"><input [^>]*name="next" value="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def pick(client: TestClient, page: str, title: str) -> str:
    """Pick a film as a browser without a script does, and return the page it leads to."""
    assert title in offered(page)
    data = {"act": "like", "next": address(page, "like"), "title": title}
    answer = client.post("/acts", data=data)
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["location"]).text


def test_the_first_films_are_known_liked_and_of_many_kinds(demo: Library) -> None:
    engine = demo.engine
    grid = grid_for(engine, liking(engine), nobody(engine))
    titles = engine.catalogue.titles(grid.rows.tolist())
    assert len({title.id for title in titles}) == SIZE
    assert len({genre for title in titles for genre in title.genres}) >= 14
    assert len({(title.year or 0) // 10 for title in titles}) >= 7
    assert len({title.languages[0] for title in titles if title.languages}) >= 5
    best = np.argsort(-engine.prior.values, kind="stable")[:300]
    assert set(grid.rows.tolist()) <= set(best.tolist())
    # The most famous alone are of fewer kinds: the choice is what spreads them.
    famous = engine.catalogue.titles(best[:SIZE].tolist())
    for kinds in (
        lambda found: {title.languages[0] for title in found if title.languages},
        lambda found: {(title.year or 0) // 10 for title in found},
    ):
        assert len(kinds(titles)) > len(kinds(famous))
    again = grid_for(engine, liking(engine), nobody(engine))
    assert again.rows.tolist() == grid.rows.tolist()


def test_it_moves_nearer_to_what_was_picked(demo: Library) -> None:
    engine = demo.engine
    grids = {}
    for one in (HEAT, SPIRITED):
        person = liking(engine, one)
        grid = grid_for(engine, person, nobody(engine, *person.rows.tolist()))
        assert grid.near == 12
        assert len(set(grid.rows.tolist())) == SIZE
        assert not set(person.rows.tolist()) & set(grid.rows.tolist())
        grids[one] = engine.catalogue.titles(grid.rows.tolist())

    def with_genre(one: str, genre: str) -> int:
        return sum(genre in title.genres for title in grids[one])

    assert with_genre(SPIRITED, "Animation") > with_genre(HEAT, "Animation")
    assert with_genre(HEAT, "Thriller") > with_genre(SPIRITED, "Thriller")
    # More picks, more that is near; never everything.
    many = liking(engine, HEAT, SPIRITED, MATRIX, "tmdb:680", "tmdb:11", "tmdb:550", "tmdb:278")
    grid = grid_for(engine, many, nobody(engine, *many.rows.tolist()))
    assert 12 < grid.near < SIZE


def test_without_a_model_the_stories_tell_what_is_near(demo: Library) -> None:
    engine = replace(demo.engine, taste=None)
    person = liking(engine, SPIRITED)
    grid = grid_for(engine, person, nobody(engine, *person.rows.tolist()))
    assert (grid.note, grid.near, len(grid.rows)) == (STORIES, 12, SIZE)


def test_what_is_barred_is_never_shown(demo: Library) -> None:
    engine = demo.engine
    barred = nobody(engine)
    barred[:] = True
    barred[[3, 5, 8]] = False
    for person in (liking(engine), liking(engine, HEAT)):
        assert set(grid_for(engine, person, barred).rows.tolist()) <= {3, 5, 8}
    barred[:] = True
    assert not len(grid_for(engine, liking(engine, HEAT), barred).rows)


def test_what_was_passed_over_goes_through_an_address() -> None:
    passed = Passed().with_shown([0, 255]).with_shown([255, 300])
    assert passed.out == (255,)
    assert read_passed(passed.to_text("v0001"), "v0001", 1_000) == passed
    assert read_passed(passed.to_text("v0001"), "v0002", 1_000) == Passed()
    assert read_passed("", "v0001", 1_000) == Passed()
    assert read_passed("v0001.f.5", "v0001", 11) == Passed(((5, 1),))
    assert len(Passed().with_shown(range(1_000)).times) == KEPT
    assert len(Passed().with_shown(range(90_000, 91_000), 2).to_text("v0001")) < 1_200
    for wrong in ("v0001.", "v0001.-5", "v0001.zz", "v0001.1_0", "v0001.٣", "v0001.~~1"):
        with pytest.raises(QueryError, match="cannot be read"):
            read_passed(wrong, "v0001", 1_000)


def test_picks_gather_in_a_strip_and_can_be_taken_back(client: TestClient) -> None:
    page = client.get("/start").text
    assert "0 of 5" in page
    assert 'href="/?skip=1"' in page
    chosen = offered(page)[3]
    page = pick(client, page, chosen)
    assert "1 of 5" in page
    assert chosen not in offered(page)
    assert "Nearer to " in page
    assert "Show me my films" in page
    data = {"act": "unrate", "next": address(page, "unrate"), "title": chosen}
    back = client.post("/acts", data=data)
    page = client.get(back.headers["location"]).text
    assert "0 of 5" in page


def test_nothing_is_shown_a_third_time(client: TestClient) -> None:
    page = client.get("/start").text
    times: dict[str, int] = {}
    for _ in range(4):
        shown = offered(page)
        assert len(shown) == len(set(shown)) == SIZE
        for one in shown:
            times[one] = times.get(one, 0) + 1
        page = pick(client, page, shown[0])
    assert max(times.values()) == 2
    assert "4 of 5" in page


def test_show_others_shows_others(client: TestClient) -> None:
    page = client.get("/start").text
    seen: set[str] = set()
    for _ in range(4):
        shown = set(offered(page))
        assert not shown & seen
        seen |= shown
        found = re.search(r'<a class="swap" href="([^"]+)"', page)
        assert found
        page = client.get(html.unescape(found[1])).text
    assert len(seen) == 4 * SIZE


def test_a_film_is_found_by_its_name(client: TestClient) -> None:
    page = client.get("/start", params={"q": "spirited away"}).text
    assert offered(page)[0] == SPIRITED
    page = pick(client, page, SPIRITED)
    assert "1 of 5" in page
    again = client.get("/start", params={"q": "spirited away"}).text
    # What was picked shows as such, and pressing it takes it back.
    assert f'value="{SPIRITED}" aria-pressed="true" form="taken"' in again


def test_the_part_is_a_part_of_the_page(client: TestClient) -> None:
    page = client.get("/start").text
    part = client.get("/start", headers=PART)
    assert part.text.strip() in page
    assert "<html" not in part.text
    assert "X-Matinee-Fragment" in part.headers["vary"]
    # What the strip shows is not told a second time by the next page.
    chosen = offered(page)[0]
    moved = client.post("/acts", data={"act": "like", "next": "/start", "title": chosen})
    assert "matinee_toast" in moved.headers["set-cookie"]
    assert 'matinee_toast="";' in client.get("/start", headers=PART).headers["set-cookie"]


def test_who_has_a_history_is_told_that_it_counts(client: TestClient) -> None:
    store = client.app.state.store
    key = store.accounts.ensure().key
    store.history.rate(key, [Deed(HEAT, Action.RATING, 4.5)]).result()
    page = client.get("/start").text
    assert "rated 1 film already" in page
    assert HEAT not in offered(page)
    assert "0 of 5" in page


def test_an_address_that_was_spoilt_is_refused(client: TestClient, demo: Library) -> None:
    answer = client.get("/start", params={"past": f"{demo.version}.zz"})
    assert answer.status_code == 422
    assert "cannot be read" in answer.text


def test_with_accounts_a_pick_needs_the_proof(demo: Library, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    store = open_store(url)
    ann = store.accounts.create("ann", password=PASSWORD, max_age=6).result()
    store.close()
    with _client(demo, url) as client:
        client.post("/login", data={"name": "ann", "password": PASSWORD})
        page = client.get("/start").text
        # With an age limit only what suits is offered.
        ages = [demo.title(one).certification for one in offered(page)]
        assert len(ages) > 10
        assert set(ages) <= {"G", "TV-Y", "TV-G", "U", "TV-Y7"}
        data = {"act": "like", "next": "/start", "title": offered(page)[0]}
        assert client.post("/acts", data=data).status_code == 403
        proof = re.search(rf'name="{CSRF_FIELD}" value="([0-9a-f]+)"', page)
        assert proof
        assert client.post("/acts", data={CSRF_FIELD: proof[1], **data}).status_code == 303
        page = client.get("/start").text
        assert "1 of 5" in page
        person = client.app.state.store.history.read(ann.key)
        assert [deed.action for deed in person.deeds] == [Action.LIKE]
        assert picks_of(person_of(demo.engine, person.deeds))
