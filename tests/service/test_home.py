"""The home page and one film for tonight: real reasons, nothing twice, nothing hidden."""

from __future__ import annotations

import copy
import csv
import json
import re
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from matinee.assembly import Library, build_library, open_library, train_taste
from matinee.deeds import Deed
from matinee.errors import StoreUnavailableError
from matinee.index.people import person_key
from matinee.interaction import Action
from matinee.pipeline.constrain import satisfying
from matinee.pipeline.person import person_of
from matinee.pipeline.train_taste import TrainOptions
from matinee.service import create_app
from matinee.service.ages import seen_by, suitable, suited_person
from matinee.service.caller import Caller
from matinee.service.histories import Known
from matinee.service.home import LEAST, LENGTH
from matinee.service.leanings import MOST_LIKED, leanings, liked_by
from matinee.service.look import Look
from matinee.service.marks import marks_of
from matinee.service.picking import MAX_SEED, MOST_DECLINED, Asked, pick
from matinee.service.rows import Row, rows_for
from matinee.service.viewer import Viewer
from matinee.settings import Settings
from matinee.store import open_store
from matinee.testing import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from matinee.store import Store

HERE = "http://127.0.0.1:7860"
HTML = {"Accept": "text/html"}
PART = {"X-Matinee-Fragment": "rows"}
LIKED = ("tmdb:603", "tmdb:78", "tmdb:348", "tmdb:578", "tmdb:27205", "tmdb:155", "tmdb:13")
NOT_LIKED = ("tmdb:550", "tmdb:120")
HIDDEN, GIVEN_UP = "tmdb:680", "tmdb:278"
SEEDS = range(5)
NOW = 1_750_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


def done(store: Store, name: str = "ann", *, max_age: int | None = None) -> Any:
    """Return somebody who likes some films, does not like others, and hid and gave up one each."""
    who = store.accounts.create(name, max_age=max_age).result()
    deeds = [Deed(one, Action.RATING, 4.5) for one in LIKED[:4]]
    deeds += [Deed(one, Action.LIKE) for one in LIKED[4:]]
    deeds += [Deed(one, Action.RATING, 2.0) for one in NOT_LIKED]
    deeds.append(Deed(GIVEN_UP, Action.ABANDON))
    store.history.rate(who.key, deeds).result()
    store.history.hide(who.key, HIDDEN).result()
    return who


def viewer_of(library: Library, store: Store, who: Any, **look: Any) -> Viewer:
    """Return them at a page."""
    deeds = store.history.read(who.key).deeds
    person = suited_person(library, person_of(library.engine, deeds), who.max_age)
    known = Known(person)
    marks = marks_of(store, library, who, known)
    caller = Caller(who, frozenset(), "session", "x")
    seen = seen_by(library, who.max_age)
    return Viewer(seen, library, store, caller, known, marks, Look(**look))


@pytest.fixture
def viewer(demo: Library, store: Store) -> Viewer:
    return viewer_of(demo, store, done(store))


def client_of(library: Library, store: Store) -> TestClient:
    app = create_app(library, settings=Settings(rate_limit=0), store=store)
    return TestClient(app, base_url=HERE, follow_redirects=False)


@pytest.fixture
def client(demo: Library, store: Store) -> Iterator[TestClient]:
    with client_of(demo, store) as made:
        yield made


def act(client: TestClient, *titles: str, stars: float = 4.5) -> None:
    for one in titles:
        answer = client.put(f"/v1/people/me/ratings/{one}", json={"rating": stars})
        assert answer.status_code == 200


def shown(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'card-title"><a href="/title/([^"]+)"', html)]


def ids(row: Row) -> list[str]:
    return [title.id for title in row.titles]


# Rows


@pytest.mark.parametrize("seed", SEEDS)
def test_no_film_twice_and_none_that_is_seen_or_hidden(viewer: Viewer, seed: int):
    rows = rows_for(viewer, seed)
    found = [one for row in rows for one in ids(row)]
    assert len(found) == len(set(found))
    assert all(LEAST <= len(row.titles) <= LENGTH for row in rows)
    assert not {*found} & {*LIKED, *NOT_LIKED, HIDDEN, GIVEN_UP}
    kinds = [row.kind for row in rows]
    assert kinds[0] == "tonight"
    assert {"like", "leaning", "unknown"} <= {*kinds}
    assert len({row.leaning.field for row in rows if row.leaning}) == kinds.count("leaning")


@pytest.mark.parametrize("seed", SEEDS)
def test_reasons_rest_on_what_they_liked(viewer: Viewer, seed: int):
    engine = viewer.whole.engine
    for row in rows_for(viewer, seed):
        anchors = {title.id for title in row.anchors}
        assert anchors <= {*LIKED}
        match row.kind:
            case "tonight":
                assert anchors
                assert anchors <= {one.title.id for one in row.because.values()}
            case "like":
                (anchor,) = row.anchors
                alike = {result.title.id for result in viewer.whole.similar(anchor.id, 40)}
                assert {*ids(row)} <= alike
                assert row.stars == viewer.marks.of(anchor).stars
            case "maker":
                assert row.maker is not None
                assert len(anchors) >= 2
                for title in (*row.anchors, *row.titles):
                    names = {person_key(name) for name in getattr(title, row.maker.part)}
                    assert person_key(row.maker.name) in names
            case "leaning":
                assert row.leaning is not None
                has = satisfying(engine, row.leaning.condition)
                assert all(has[engine.catalogue.find(t.id)] for t in (*row.anchors, *row.titles))
                assert row.leaning.mine == round(100 * len(anchors) / len(LIKED))
                assert row.leaning.mine > row.leaning.all
            case "unknown":
                taste = engine.taste
                assert row.known is not None
                assert taste is not None
                items = taste.items[[engine.catalogue.find(one) for one in ids(row)]]
                known = taste.totals.people
                assert (row.known[0], row.known[1]) == (known[items].max(), taste.card.people)
                assert (known[items] < np.median(known[known > 0])).all()
            case _:
                pytest.fail(row.kind)


def test_the_line_of_a_card_is_a_reason_that_the_explanation_gives(
    viewer: Viewer, store: Store, demo: Library
):
    row = rows_for(viewer, 3)[0]
    assert len(row.because) > LEAST
    history = store.history.read(viewer.caller.person.key).deeds
    for title in row.titles[:3]:
        told = demo.explain(title.id, history=history)
        speaking = {r.title.id for r in told.reasons if r.title is not None and r.tenths > 0}
        assert row.because[title.id].title.id in speaking
        assert row.because[title.id].percent > 0


def test_the_same_seed_is_the_same_page_and_another_has_other_reasons(viewer: Viewer):
    assert rows_for(viewer, 5) == rows_for(viewer, 5)
    anchors = {
        seed: {title.id for row in rows_for(viewer, seed) for title in row.anchors}
        for seed in range(4)
    }
    assert len({frozenset(each) for each in anchors.values()}) > 2
    tonight = {tuple(ids(rows_for(viewer, seed)[0])) for seed in range(4)}
    assert len(tonight) == 4
    # What suits best comes first on every evening.
    assert len({each[:6] for each in tonight}) == 1


def test_what_is_wanted_has_a_row_and_stands_nowhere_else(demo: Library, store: Store):
    who = done(store)
    wanted = rows_for(viewer_of(demo, store, who), 1)[0].titles[:2]
    for title in wanted:
        store.history.add_to_watchlist(who.key, title.id).result()
    rows = rows_for(viewer_of(demo, store, who), 1)
    assert [row.kind for row in rows].index("wanted") == 1
    assert {*ids(rows[1])} == {title.id for title in wanted}
    assert not {*ids(rows[0])} & {*ids(rows[1])}


def test_the_slider_moves_the_first_row(demo: Library, store: Store):
    who = done(store)
    taste = demo.engine.taste
    assert taste is not None

    def known(**look: Any) -> float:
        row = rows_for(viewer_of(demo, store, who, **look), 1)[0]
        rows = [demo.engine.catalogue.find(one) for one in ids(row)]
        return float(np.log1p(taste.totals.people[taste.items[rows]]).mean())

    assert known(exploration=1.0) < known() <= known(exploration=-1.0)


def test_what_exploring_costs_is_told_where_it_was_measured(demo: Library, store: Store):
    who = done(store)
    assert rows_for(viewer_of(demo, store, who, exploration=0.5), 1)[0].notes == ()
    taste = copy.copy(demo.engine.taste)
    assert taste is not None
    steps = [{"position": 0.0, "ndcg@10": 0.4}, {"position": 1.0, "ndcg@10": 0.32}]
    taste.card = replace(taste.card, metrics={"exploration": steps})
    measured = Library(demo.root, replace(demo.engine, taste=taste))
    (note,) = rows_for(viewer_of(measured, store, who, exploration=0.5), 1)[0].notes
    assert note.startswith("At 0.5 lists find 10% less of what people liked")
    assert rows_for(viewer_of(measured, store, who), 1)[0].notes == ()


@pytest.mark.parametrize("seed", range(3))
def test_an_age_limit_holds_for_rows_and_their_reasons(demo: Library, store: Store, seed: int):
    who = done(store, max_age=12)
    viewer = viewer_of(demo, store, who)
    assert any(suitable(demo, one, 12) for one in LIKED)
    rows = rows_for(viewer, seed)
    assert rows
    for row in rows:
        named = [*row.titles, *row.anchors, *(b.title for b in row.because.values())]
        assert all(suitable(demo, title, 12) for title in named)
    picked = pick(viewer, Asked(seed), NOW)
    assert picked.title is not None
    assert suitable(demo, picked.title, 12)


def test_leanings_are_compared_with_the_catalogue(viewer: Viewer):
    engine = viewer.whole.engine
    liked = liked_by(viewer)
    assert {title.id for title in liked} == {*LIKED}
    everything = np.ones(len(engine.catalogue), np.bool_)
    found = {(one.field, one.value): one for one in leanings(engine.columns, liked, everything)}
    fiction = found["genre", "Science Fiction"]
    whole = sum("Science Fiction" in title.genres for title in engine.catalogue)
    assert fiction.all == round(100 * whole / len(everything))
    # Most of the catalogue is in English, and so is most of what anybody likes.
    assert ("language", "en") not in found
    assert len(liked) < MOST_LIKED


# The page


def test_somebody_new_is_led_to_where_they_begin(client: TestClient):
    answer = client.get("/", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/start")
    assert answer.headers["cache-control"] == "no-store"
    for path, headers in (("/", {}), ("/?skip=1", HTML), ("/?seed=3", HTML), ("/", HTML | PART)):
        page = client.get(path, headers=headers)
        assert page.status_code == 200
        assert 'class="reason"' not in page.text
        assert len(shown(page.text)) == len({*shown(page.text)}) > 30
    page = client.get("/?skip=1", headers=HTML).text
    assert 'href="/start"' in page
    assert 'href="/pick"' in page
    assert 'id="look"' not in page
    # Whoever did anything at all is new no longer.
    client.put("/v1/people/me/watchlist/tmdb:603")
    assert client.get("/", headers=HTML).status_code == 200


@pytest.mark.parametrize("seed", range(3))
def test_the_whole_page_has_no_film_twice_and_none_that_is_hidden(client: TestClient, seed: int):
    act(client, *LIKED)
    before = shown(client.get("/?skip=1").text)
    client.put(f"/v1/people/me/hidden/{before[0]}")
    answer = client.get(f"/?seed={seed}")
    found = shown(answer.text)
    assert len(found) == len({*found}) > 60
    assert not {*found} & {*LIKED, before[0]}
    assert client.get(f"/?seed={seed}").text == answer.text
    part = client.get(f"/?seed={seed}", headers=PART)
    assert part.text.strip() in answer.text
    assert "<html" not in part.text
    assert "x-matinee-fragment" in answer.headers["vary"]


def test_every_link_of_a_reason_leads_somewhere(client: TestClient):
    act(client, *LIKED)
    html = client.get("/?seed=2").text
    reasons = " ".join(re.findall(r'class="(?:reason|because)">(.*?)</p>', html, re.S))
    links = {unescape(one) for one in re.findall(r'href="([^"]+)"', reasons)}
    assert any(one.startswith("/search?filter=") for one in links)
    assert {one.removeprefix("/title/") for one in links if one.startswith("/title/")} <= {*LIKED}
    for one in links:
        assert client.get(one).status_code == 200


def test_a_rating_counts_for_the_very_next_page(client: TestClient):
    act(client, *LIKED[:5])
    before = shown(client.get("/?seed=1").text)
    act(client, before[0], "tmdb:862", "tmdb:12", stars=5.0)
    after = shown(client.get("/?seed=1").text)
    assert before[0] not in after
    assert before[:LENGTH] != after[:LENGTH]


def test_a_form_keeps_what_is_chosen_and_a_script_gets_the_rows(client: TestClient):
    act(client, *LIKED)
    page = client.get("/?seed=4").text
    assert 'aria-checked="true"' in page
    assert '<input type="hidden" name="next" value="/?seed=4">' in page
    answer = client.post("/look", data={"seen": "show", "explore": "0.75", "next": "/?seed=4"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?seed=4")
    after = client.get("/?seed=4")
    assert 'aria-checked="false"' in after.text
    assert 'value="0.75"' in after.text
    # What was seen may come again now, and says so; what is hidden never does.
    back = {*shown(after.text)} & {*LIKED}
    assert back
    assert after.text.count("You have seen it") == len(back)
    client.put(f"/v1/people/me/hidden/{min(back)}")
    assert min(back) not in shown(client.get("/?seed=4").text)
    part = client.post("/look", data={"seen": "hide"}, headers=PART, follow_redirects=True)
    assert "<html" not in part.text
    assert not {*shown(part.text)} & {*LIKED}


def test_without_taste_there_are_moods_and_no_controls(demo: Library, store: Store):
    untaught = Library(demo.root, replace(demo.engine, taste=None))
    with client_of(untaught, store) as client:
        assert client.get("/", headers=HTML).status_code == 200
        client.put("/v1/people/me/watchlist/tmdb:603")
        html = client.get("/", headers=HTML).text
        assert len(shown(html)) > 30
        assert 'class="reason"' not in html
        assert 'id="look"' not in html
        assert 'href="/start"' not in html
        page = client.get("/pick?seed=1").text
        assert "learnt nothing of taste" in page


def test_while_the_store_is_away_there_is_what_most_people_like(client: TestClient, demo: Library):
    class Down:
        accounts = client.app.state.store.accounts  # type: ignore[attr-defined]

        @property
        def history(self) -> Any:
            raise StoreUnavailableError("The database does not answer")

    client.app.state.store = Down()  # type: ignore[attr-defined]
    answer = client.get("/", headers=HTML)
    assert answer.status_code == 200
    assert "What most people like" in answer.text
    assert answer.text.count("cannot be read at the moment") == 1
    popular = [result.title.id for result in demo.recommend(k=LENGTH)]
    assert shown(answer.text)[:LENGTH] == popular
    assert "cannot be read at the moment" in client.get("/pick?seed=1").text


def learnt(folder: Path, count: int) -> Library:
    """Return a library of films by two directors in turn, which has learnt from twenty people."""
    films = [
        {
            "tmdb_id": n,
            "title": f"Film {n}",
            "overview": f"A story {n}.",
            "directors": [("Ann Even", "Otto Odd")[n % 2]],
        }
        for n in range(1, count + 1)
    ]
    text = "\n".join(json.dumps(film) for film in films)
    (folder / "films.jsonl").write_text(text, encoding="utf-8")
    with (folder / "ratings.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["user", "tmdb_id", "rating", "timestamp"])
        for person in range(20):
            seen = [(7 * person + 3 * n) % count + 1 for n in range(min(20, count // 2))]
            writer.writerows([f"p{person}", one, 3 + one % 3, 100 + one] for one in {*seen})
    build_library([folder / "films.jsonl"], folder / "library", encoder=HashingEncoder())
    options = TrainOptions(models=("ease",), rating="bias")
    train_taste([folder / "ratings.csv"], folder / "library", options=options)
    return open_library(folder / "library", encoder=HashingEncoder())


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return learnt(tmp_path_factory.mktemp("tiny"), 6)


def test_more_by_somebody_who_recurs(tmp_path: Path, store: Store):
    library = learnt(tmp_path, 90)
    who = store.accounts.create("ann").result()
    ann = [f"tmdb:{n}" for n in (2, 4, 6)]
    store.history.rate(who.key, [Deed(one, Action.LIKE) for one in ann]).result()
    store.history.rate(who.key, [Deed("tmdb:1", Action.LIKE)]).result()
    (row,) = [r for r in rows_for(viewer_of(library, store, who), 1) if r.kind == "maker"]
    assert row.maker is not None
    assert (row.maker.name, row.maker.part) == ("Ann Even", "directors")
    assert {title.id for title in row.anchors} == {*ann}
    assert all(title.directors == ("Ann Even",) for title in row.titles)


def test_six_films_are_enough(tiny: Library, store: Store):
    with client_of(tiny, store) as client:
        assert len(shown(client.get("/?skip=1", headers=HTML).text)) == 6
        act(client, "tmdb:1")
        assert "tmdb:1" not in shown(client.get("/", headers=HTML).text)
        act(client, "tmdb:2", "tmdb:3", "tmdb:4", "tmdb:5")
        assert client.get("/", headers=HTML).status_code == 200
        act(client, "tmdb:6")
        page = client.get("/", headers=HTML)
        assert (page.status_code, shown(page.text)) == (200, [])
        assert "Nothing is left to pick" in client.get("/pick?seed=1").text


# One film


def test_another_one_is_never_one_declined_before(viewer: Viewer):
    asked, offered = Asked(7), []
    for _ in range(MOST_DECLINED):
        picked = pick(viewer, asked, NOW)
        assert picked.title is not None
        assert picked.by == "taste"
        if picked.because is not None:
            assert picked.because.title.id in LIKED
        offered.append(picked.title.id)
        asked = asked.without(picked.title)
    assert len({*offered}) == MOST_DECLINED
    assert not {*offered} & {*LIKED, *NOT_LIKED, HIDDEN, GIVEN_UP}
    picked = pick(viewer, asked, NOW)
    assert picked.title is not None
    # The bound forgets the first, never the last.
    assert len(asked.without(picked.title).declined) == MOST_DECLINED
    assert asked.without(picked.title).declined[-1] == picked.title.id


@pytest.mark.parametrize("under", [100, 120])
def test_a_film_is_as_short_as_it_must_be(viewer: Viewer, under: int):
    for seed in range(10):
        title = pick(viewer, Asked(seed, under), NOW).title
        assert title is not None
        assert title.kind == "film"
        assert title.runtime is not None
        assert title.runtime < under


def test_other_seeds_are_other_films_and_the_last_is_followed_by_the_first(viewer: Viewer):
    found = [pick(viewer, Asked(seed), NOW).title for seed in range(10)]
    assert len({title.id for title in found if title}) > 4
    assert pick(viewer, Asked(3), NOW).title == found[3]
    assert found[0] is not None
    assert Asked(MAX_SEED).without(found[0]).seed == 0


def test_the_page_of_one_film(client: TestClient):
    led = client.get("/pick?under=120")
    assert led.status_code == 303
    assert re.fullmatch(r"/pick\?seed=\d+&under=120", led.headers["location"])
    page = client.get(led.headers["location"]).text
    assert "From what most people like" in page
    act(client, *LIKED)
    page = client.get("/pick?seed=5&under=120").text
    assert page.count("<h1") == 1
    assert "From what most people like" not in page
    assert 'action="/acts"' in page
    assert 'name="stars"' not in page
    (film,) = re.findall(r'<h1><a href="/title/([^"]+)"', page)
    another = unescape(next(iter(re.findall(r'class="button" href="(/pick[^"]+)"', page))))
    assert another.endswith(f"not={film.replace(':', '%3A')}")
    assert "under=120" in another
    assert f'<h1><a href="/title/{film}"' not in client.get(another).text


def declining(ones: Sequence[str]) -> str:
    return "/pick?seed=1" + "".join(f"&not={one}" for one in ones)


def test_bad_addresses_are_refused(client: TestClient):
    assert client.get(declining(["x:1"] * MOST_DECLINED)).status_code == 200
    for path in (
        "/?seed=x",
        "/?seed=-1",
        f"/pick?seed={MAX_SEED + 1}",
        "/pick?seed=1&under=0",
        declining(["x"] * (MOST_DECLINED + 1)),
        declining(["x" * 201]),
    ):
        assert client.get(path, headers=HTML).status_code == 422
