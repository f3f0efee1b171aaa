"""The pages about oneself: lists, taste, settings, and having it all deleted."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, or_, select
from starlette.testclient import TestClient

from matinee.deeds import Deed
from matinee.errors import StoreUnavailableError
from matinee.interaction import Action
from matinee.pipeline.person import person_of
from matinee.pipeline.recommend import recommend
from matinee.query.wanted import RecommendRequest
from matinee.service import create_app, lookups
from matinee.service.routes import acts, you
from matinee.service.sessions import CSRF_FIELD
from matinee.service.taste_told import MOST, RECOMMENDED
from matinee.service.toasts import COOKIE, read_toast
from matinee.service.yours import PAGE
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Event, Kind
from matinee.store.schema import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee import Library
    from matinee.store import Store

HERS = (("tmdb:949", 5.0), ("tmdb:769", 4.5), ("tmdb:680", 4.0), ("tmdb:275", 5.0))
SPIRITED, MATRIX, FIGHT_CLUB = "tmdb:129", "tmdb:603", "tmdb:550"
PASSWORD = "correct horse"  # noqa: S105 -- of nobody


@pytest.fixture
def client(demo: Library, tmp_path: Path) -> Iterator[TestClient]:
    with _client(demo, f"sqlite:///{tmp_path / 'store.db'}") as made:
        yield made


def _client(demo: Library, url: str) -> TestClient:
    app = create_app(demo, settings=Settings(database_url=url, rate_limit=0))
    there = {getattr(route, "path", "") for route in app.routes}
    for router in (acts.router, you.router):
        if not {route.path for route in router.routes} <= there:
            app.include_router(router)
    return TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False)


@pytest.fixture
def store(client: TestClient) -> Store:
    made: Store = client.app.state.store
    return made


@pytest.fixture
def me(store: Store) -> int:
    return store.accounts.ensure().key


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is remembered of people is asked again, and nobody waits until it is.
    monkeypatch.setattr(lookups, "SECONDS", 0.0)


def rate(store: Store, key: int, *rated: tuple[str, float]) -> None:
    for title, stars in rated:
        store.history.rate(key, [Deed(title, Action.RATING, stars)]).result()


def titles(page: str) -> list[str]:
    """Return the ids of the titles that a page lists, in order."""
    main = page.partition("<main")[2]
    return list(dict.fromkeys(re.findall(r'href="/title/([a-z-]+:[^"]+)"', main)))


def test_whoever_did_nothing_is_shown_where_to_begin(client: TestClient):
    for show, link in [
        ("watchlist", "/"),
        ("ratings", "/start"),
        ("seen", "/start"),
        ("hidden", "/"),
        ("taste", "/start"),
    ]:
        page = client.get("/you", params={"show": show}).text
        assert f'<a class="button" href="{link}">' in page, show
        assert titles(page) == []


def test_each_list_shows_what_was_done_the_latest_first(client: TestClient, store: Store, me: int):
    rate(store, me, *HERS)
    for title in (MATRIX, SPIRITED):
        store.history.add_to_watchlist(me, title).result()
    store.history.hide(me, FIGHT_CLUB).result()
    store.history.rate(me, [Deed("tmdb:278", Action.WATCH)]).result()
    rated = [title for title, _ in reversed(HERS)]
    assert titles(client.get("/you").text) == [SPIRITED, MATRIX]
    assert titles(client.get("/you?show=ratings").text) == rated
    assert titles(client.get("/you?show=seen").text) == ["tmdb:278", *rated]
    assert titles(client.get("/you?show=hidden").text) == [FIGHT_CLUB]
    best = titles(client.get("/you?show=ratings&sort=best").text)
    assert best == ["tmdb:275", "tmdb:949", "tmdb:769", "tmdb:680"]
    named = titles(client.get("/you?show=ratings&sort=title").text)
    assert named == ["tmdb:275", "tmdb:769", "tmdb:949", "tmdb:680"]


def test_long_lists_have_pages(client: TestClient, store: Store, me: int, demo: Library):
    ids = [title.id for title in demo.engine.catalogue.titles(range(PAGE + 3))]
    for one in ids:
        store.history.add_to_watchlist(me, one).result()
    first, last = client.get("/you").text, client.get("/you?page=2").text
    assert titles(first) + titles(last) == ids[::-1]
    assert 'rel="next"' in first
    assert 'href="/you" rel="prev"' in last
    assert titles(client.get("/you?page=99").text) == titles(last)
    for wrong in ("page=0", "page=x", "show=all", "sort=worst"):
        assert client.get(f"/you?{wrong}").status_code == 422


def form_of(page: str, act: str) -> dict[str, str]:
    """Return the hidden fields of the form of an act."""
    form = next(one for one in page.split("<form")[1:] if f'value="{act}"' in one)
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in fields}


def test_a_rating_is_taken_back_and_what_is_hidden_shown_again(
    client: TestClient, store: Store, me: int
):
    rate(store, me, *HERS)
    store.history.hide(me, FIGHT_CLUB).result()
    for show, act, title in (("ratings", "unrate", "tmdb:949"), ("hidden", "unhide", FIGHT_CLUB)):
        page = client.get("/you", params={"show": show}).text
        fields = form_of(page, act)
        assert fields["act"] == act
        answer = client.post("/acts?from=you", data={**fields, "title": title})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/you?show={show}")
        assert title not in titles(client.get(f"/you?show={show}").text.partition("</nav>")[2])
    assert store.history.opinion(me, "tmdb:949") is None
    assert store.history.hidden(me) == []


def told_weights(page: str) -> list[tuple[str, float]]:
    """Return titles and percents of what recommendations rest on."""
    part = page.partition('class="weights"')[2].partition("</section>")[0]
    found = []
    for entry in part.split("<li>")[1:]:
        name = re.search(r'href="/title/([^"]+)"', entry)
        percent = re.search(r"<b>(-?[\d.]+)%</b>", entry)
        assert percent
        found.append((name[1] if name else "", float(percent[1])))
    return found


def test_the_weights_are_those_of_the_explanations(
    client: TestClient, store: Store, me: int, demo: Library
):
    rate(store, me, *HERS, (SPIRITED, 1.0))
    shown = told_weights(client.get("/you?show=taste").text)
    assert sum(percent for _, percent in shown) == pytest.approx(100)
    engine = demo.engine
    person = person_of(engine, store.history.read(me).deeds)
    made = recommend(engine, RecommendRequest(k=RECOMMENDED, explain=True), person)
    mean: dict[str, float] = {}
    for one in made:
        for share in one.why.shares:
            if share.title is not None:
                title = engine.catalogue.title(int(engine.taste.rows[share.title])).id
                mean[title] = mean.get(title, 0) + share.percent / RECOMMENDED
    assert set(mean) >= {title for title, _ in HERS}
    for title, percent in shown:
        if title:
            # Rounded to a tenth, up or down.
            assert percent == pytest.approx(mean[title], abs=0.11)
    order = [abs(percent) for title, percent in shown if title]
    assert order == sorted(order, reverse=True)


def test_what_is_ignored_stays_seen_and_counts_for_nothing(
    client: TestClient, store: Store, me: int, demo: Library
):
    rate(store, me, *HERS, (SPIRITED, 5.0))
    store.history.rate(me, [Deed(SPIRITED, Action.WATCH, time=1_700_000_000)]).result()
    url = "/v1/people/me/recommendations"

    def recommended() -> list[tuple[str, float]]:
        found = client.get(url, params={"k": 50}).json()["results"]
        return [(one["id"], one["score"]) for one in found]

    before = recommended()
    fields = form_of(client.get("/you?show=taste").text, SPIRITED)
    assert fields == {"next": "/you?show=taste"}
    answer = client.post("/you/ignore", data={**fields, "title": SPIRITED})
    assert (answer.status_code, answer.headers["location"]) == (303, "/you?show=taste")
    after = recommended()
    assert after != before
    # As if it had never been said; but it is not recommended either.
    assert (
        after
        == [
            (one.title.id, pytest.approx(one.score, abs=1e-5))
            for one in demo.recommend(history=HERS, k=51)
            if one.title.id != SPIRITED
        ][:50]
    )
    assert SPIRITED not in [title for title, _ in told_weights(client.get("/you?show=taste").text)]
    assert SPIRITED in titles(client.get("/you?show=seen").text)
    assert SPIRITED not in titles(client.get("/you?show=ratings").text)
    # Undone, everything is as it was.
    toast = read_toast(answer.cookies[COOKIE].strip('"'))
    assert toast is not None
    assert "Spirited Away" in toast.text
    client.post("/acts", data={"act": "restore", "title": toast.title, "was": toast.was})
    assert recommended() == before
    watched = [deed for deed in store.history.read(me).deeds if deed.title == SPIRITED]
    assert sorted(deed.action for deed in watched) == [Action.RATING, Action.WATCH]


def test_an_opinion_counts_though_it_was_ignored(store: Store, me: int, demo: Library):
    rate(store, me, *HERS)
    store.history.rate(me, [Deed(SPIRITED, Action.IGNORE)]).result()
    known = person_of(demo.engine, store.history.read(me).deeds)
    assert len(known) == len(HERS) + 1
    assert len(known.history.items) == len(HERS)
    rate(store, me, (SPIRITED, 1.0))
    known = person_of(demo.engine, store.history.read(me).deeds)
    assert len(known.history.items) == len(HERS) + 1


def test_many_titles_are_gathered(client: TestClient, store: Store, me: int, demo: Library):
    rate(store, me, *((title.id, 4.5) for title in demo.engine.catalogue.titles(range(60, 90))))
    shown = told_weights(client.get("/you?show=taste").text)
    assert len([title for title, _ in shown if title]) <= MOST
    assert shown[-1][0] == ""
    assert sum(percent for _, percent in shown) == pytest.approx(100)


def test_what_recurs_is_compared_with_the_library(
    client: TestClient, store: Store, me: int, demo: Library
):
    catalogue = demo.engine.catalogue
    anime = [t for t in catalogue if "Hayao Miyazaki" in t.directors][:4]
    rate(store, me, *((title.id, 5.0) for title in anime))
    page = client.get("/you?show=taste").text
    leans = page.partition('id="leans"')[2]
    every = list(catalogue)
    whole = round(100 * sum("Animation" in t.genres for t in every) / len(every))
    assert re.search(rf"Animation</span>.*?<b>100%</b>.*?<small>{whole}%", leans, re.DOTALL)
    whole = round(100 * sum(t.languages[:1] == ("ja",) for t in every) / len(every))
    assert re.search(rf"Japanese</span>.*?<b>100%</b>.*?<small>{whole}%", leans, re.DOTALL)
    all_his = sum("Hayao Miyazaki" in t.directors for t in every)
    assert re.search(rf"Hayao Miyazaki</a>.*?4 of {all_his}<", leans, re.DOTALL)


def test_settings_are_changed_from_there(client: TestClient):
    page = client.get("/you?show=settings").text
    for end in ("export.json", "export.csv", "watchlist.rss", "watchlist.radarr.json"):
        assert f'href="/v1/people/me/{end}"' in page
        assert client.get(f"/v1/people/me/{end}").status_code == 200
    answer = client.post("/look", data={"next": "/you?show=settings", "keys": "off"})
    assert answer.headers["location"] == "/you?show=settings"
    page = client.get("/you?show=settings").text
    assert 'name="keys" value="on"' in page
    assert 'name="seen" value="show"' in page


def test_while_the_store_is_down_it_says_so(
    client: TestClient, store: Store, me: int, monkeypatch: pytest.MonkeyPatch
):
    store.history.add_to_watchlist(me, MATRIX).result()
    assert titles(client.get("/you").text) == [MATRIX]

    def down(*_: Any) -> Any:
        raise StoreUnavailableError("The database does not answer")

    for name in ("revision", "read", "watchlist", "hidden"):
        monkeypatch.setattr(store.history, name, down)
    for show in ("watchlist", "ratings", "seen", "hidden", "taste", "settings"):
        answer = client.get("/you", params={"show": show})
        assert answer.status_code == 200
        assert "cannot be read at the moment" in answer.text
        # Nothing that is only unread is called empty.
        assert 'class="state"' not in answer.text


def fill(store: Store, key: int, name: str) -> None:
    """Have every table of the store that knows people hold something of a person."""
    history = store.history
    rate(store, key, *HERS)
    rate(store, key, ("tmdb:949", 3.0))
    history.rate(key, [Deed(MATRIX, Action.WATCH, time=1_700_000_000)]).result()
    history.hide(key, FIGHT_CLUB).result()
    history.add_to_watchlist(key, SPIRITED).result()
    history.import_batch(key, "list.csv", "0" * 64, [Deed("tmdb:278", Action.LIKE)]).result()
    seen = Event(kind=Kind.CLICK, title=MATRIX, key="k", time=1_700_000_000, person=key)
    store.events.record(key, [seen]).result()
    store.tokens.create(name).result()


def rows_of(store: Store, key: int) -> dict[str, int]:
    """Return how many rows of a person each table has, of those that name people."""
    found = {}
    with store._database.reading() as connection:
        for table in METADATA.sorted_tables:
            columns = [fk.parent for fk in table.foreign_keys if fk.target_fullname == "people.key"]
            if columns:
                query = select(func.count()).select_from(table)
                of_them = query.where(or_(*(column == key for column in columns)))
                found[table.name] = connection.execute(of_them).scalar_one()
    return found


def test_deleting_leaves_nothing_in_any_table(demo: Library, tmp_path: Path):
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'store.db'}", accounts="off")
    app = create_app(demo, settings=settings)
    app.include_router(you.router)
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        store = app.state.store
        before = store.accounts.ensure()
        fill(store, before.key, before.name)
        other = store.accounts.create("ben").result()
        rate(store, other.key, *HERS)
        held = rows_of(store, before.key)
        asked = ("ratings", "rating_changes", "watches", "hidden", "watchlist", "import_batches")
        assert all(held[name] for name in (*asked, "events", "tokens"))
        page = client.get("/you/delete").text
        for said in (
            "5 ratings or opinions",
            "1 title of your watchlist",
            "1 import",
            "1 API token",
        ):
            assert said in page
        # Nothing happens before the box is ticked.
        refused = client.post("/you/delete")
        assert refused.status_code == 422
        assert "tick the box first" in refused.text
        assert rows_of(store, before.key) == held
        done = client.post("/you/delete", data={"sure": "yes"})
        assert done.status_code == 200
        assert "Everything is deleted" in done.text
        assert not any(rows_of(store, before.key).values())
        now = store.accounts.get(before.name)
        assert now is not None
        assert now.key != before.key
        assert rows_of(store, other.key)["ratings"] == len(HERS)
        export = client.get("/v1/people/me/export.json").json()
        kept = ("ratings", "watches", "watchlist", "hidden", "changes", "imports", "events")
        assert {name: export[name] for name in kept} == {name: [] for name in kept}
        assert 'href="/start"' in client.get("/you?show=ratings").text


@pytest.fixture(scope="module")
def household(demo: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A browser where ann is signed in; she is six."""
    url = f"sqlite:///{tmp_path_factory.mktemp('you') / 'store.db'}"
    store = open_store(url)
    ann = store.accounts.create("ann", password=PASSWORD, max_age=6).result()
    rate(store, ann.key, *HERS)
    store.history.add_to_watchlist(ann.key, MATRIX).result()
    store.history.hide(ann.key, FIGHT_CLUB).result()
    store.accounts.create("ben").result()
    store.close()
    with _client(demo, url) as client:
        client.post("/login", data={"name": "ann", "password": PASSWORD})
        yield client


def test_with_an_age_limit_nothing_above_it_is_named(household: TestClient):
    for show in ("watchlist", "ratings", "seen", "hidden", "taste"):
        page = household.get("/you", params={"show": show}).text
        assert titles(page) == []
        for name in ("Heat", "Fargo", "The Matrix", "Fight Club"):
            assert name not in page
        assert "not in the library" not in page


def test_an_account_is_deleted_by_its_name_and_with_the_proof(household: TestClient):
    store = household.app.state.store
    ann = store.accounts.get("ann")
    assert ann is not None
    page = household.get("/you/delete").text
    assert "your account ann" in page
    proof = re.search(
        rf'action="/you/delete" method="post"><input [^>]*{CSRF_FIELD}" value="(\w+)', page
    )
    assert proof
    assert household.post("/you/delete", data={"name": "ann"}).status_code == 403
    fields = {CSRF_FIELD: proof[1]}
    for wrong in ({}, {"name": "ben"}, {"sure": "yes"}):
        refused = household.post("/you/delete", data=fields | wrong)
        assert refused.status_code == 422
        assert "not the name of your account" in refused.text
    assert store.accounts.get("ann") == ann
    done = household.post("/you/delete", data=fields | {"name": " Ann "})
    assert "Your account is gone" in done.text
    assert "Sign out" not in done.text
    assert store.accounts.get("ann") is None
    assert not any(rows_of(store, ann.key).values())
    assert household.get("/you").headers["location"].startswith("/login")
    assert store.accounts.get("ben") is not None
