"""Pictures over the service on a real library with posters, whose encoder sees colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from matinee import demo as demo_files
from matinee.assembly import open_library
from matinee.assembly.building import build_library
from matinee.service import create_app
from matinee.service.ages import Suited, suitable
from matinee.settings import Settings
from matinee.store import open_store
from matinee.testing import ColourEncoder, FixedCaptioner, drawn_poster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee import Library

AGE = 6
SEARCH, RECOGNISE = "/v1/search/picture", "/v1/pictures/recognise"
ADULT = "tmdb:603"


@pytest.fixture(scope="module")
def posters(demo: Library) -> dict[str, bytes]:
    """Posters of some titles, half of which suit a small child."""
    titles = list(demo.engine.catalogue)
    fit = [t.id for t in titles if suitable(demo, t, AGE)][:20]
    unfit = [ADULT, *(t.id for t in titles if not suitable(demo, t, AGE) and t.id != ADULT)][:20]
    return {title: drawn_poster(seed) for seed, title in enumerate(fit + unfit)}


@pytest.fixture(scope="module")
def library(posters, tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder: Path = tmp_path_factory.mktemp("posters")
    for title, data in posters.items():
        (folder / f"{title.replace(':', '-')}.jpg").write_bytes(data)
    root = tmp_path_factory.mktemp("library")
    build_library([demo_files.TITLES], root, posters=folder, picture_encoder=ColourEncoder())
    return open_library(root, picture_encoder=ColourEncoder(), captioner=FixedCaptioner())


@pytest.fixture(scope="module")
def home(library, tmp_path_factory) -> Iterator[TestClient]:
    """The client of a grown-up at home; ``child`` are the headers of one of six."""
    folder = tmp_path_factory.mktemp("store")
    store = open_store(f"sqlite:///{folder / 'store.db'}")
    secrets = {}
    for name, age in (("ann", None), ("kim", AGE)):
        store.accounts.create(name, max_age=age).result()
        _, secrets[name] = store.tokens.create(name).result()
    settings = Settings(rate_limit=0, cache=folder / "cache")
    app = create_app(library, settings=settings, store=store)
    with TestClient(app, base_url="http://films.example", follow_redirects=False) as made:
        made.headers["authorization"] = f"Bearer {secrets['ann']}"
        made.child = {"authorization": f"Bearer {secrets['kim']}"}
        yield made
    store.close()


def ask(client: TestClient, path: str, data: bytes, headers: Any = None, **fields: Any) -> Any:
    answer = client.post(path, files={"picture": data}, data=fields, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_poster_finds_its_film_and_is_recognised(home, library, posters):
    for title in (ADULT, next(iter(posters))):
        found = ask(home, SEARCH, posters[title], k="5", explain="true")
        assert found["results"][0]["id"] == title
        assert found["picture"]["recognised"]["id"] == title
        assert found["picture"]["model"] == "colours"
        told = ask(home, RECOGNISE, posters[title])
        assert [match["id"] for match in told["matches"]] == [title]
        assert told["library"] == library.version
    assert ask(home, RECOGNISE, drawn_poster(4_711))["matches"] == []


def test_routes_words_and_conditions_work_together(home, posters):
    data = posters[ADULT]
    found = ask(home, SEARCH, data, q="a comedy after 1990", route="both", k="20")
    assert found["picture"]["caption"] == "a man with a red balloon"
    assert found["picture"]["captioner"] == "fixed"
    assert all((r["year"] or 0) >= 1990 for r in found["results"])
    own = ask(home, SEARCH, data, route="caption", caption="a dog who travels", k="5")
    assert (own["picture"]["caption"], own["picture"]["captioner"]) == ("a dog who travels", None)
    joined = ask(home, SEARCH, data, q="in Paris", route="caption", join="true", k="5")
    assert joined["picture"]["joined"] is True
    answer = home.post(SEARCH, files={"picture": data}, data={"q": "in Paris", "join": "true"})
    assert answer.status_code == 422


def test_pages_go_on_where_the_last_ended(home, posters):
    data = posters[ADULT]
    whole = [r["id"] for r in ask(home, SEARCH, data, k="8", fields="title")["results"]]
    part = [r["id"] for r in ask(home, SEARCH, data, k="3", offset="5")["results"]]
    assert part == whole[5:]


def test_a_child_meets_no_film_by_its_poster(home, library, posters):
    seen = 0
    for title, data in posters.items():
        fit = suitable(library, title, AGE)
        told = ask(home, RECOGNISE, data, home.child)["matches"]
        assert [match["id"] for match in told] == ([title] if fit else [])
        for asked in ({}, {"q": "crime", "top_up": "true", "facets": "true", "k": "50"}):
            found = ask(home, SEARCH, data, home.child, **asked)
            assert all(suitable(library, r["id"], AGE) for r in found["results"])
            recognised = found["picture"]["recognised"]
            assert (recognised is not None) == fit
            seen += len(found["results"])
    assert seen > 200


def test_a_child_meets_none_at_the_page_either(home, library, posters):
    for data in (posters[ADULT],):
        for headers in (None, home.child):
            given = home.post("/search/picture", files={"picture": data}, headers=headers)
            assert given.status_code == 303
            html = home.get(given.headers["location"], headers=headers).text
            assert ("This is the poster of" in html) == (headers is None)
            assert ("The Matrix" in html) == (headers is None)


def test_without_the_model_a_child_is_told_no_more(library, posters, tmp_path):
    bare = open_library(library.root)
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'store.db'}", rate_limit=0, cache=tmp_path
    )
    store = open_store(settings.database_url)
    store.accounts.create("kim", max_age=AGE).result()
    _, secret = store.tokens.create("kim").result()
    app = create_app(bare, settings=settings, store=store)
    fit = next(title for title in posters if suitable(library, title, AGE))
    with TestClient(app, base_url="http://films.example", follow_redirects=False) as client:
        client.headers["authorization"] = f"Bearer {secret}"
        for title in (fit, ADULT):
            answer = client.post(SEARCH, files={"picture": posters[title]})
            assert answer.status_code == 503
            given = client.post("/search/picture", files={"picture": posters[title]})
            page = client.get(given.headers["location"])
            assert page.status_code == 503
            assert ("This is the poster of" in page.text) == (title == fit)
            assert "The Matrix" not in page.text
            assert ask(client, RECOGNISE, posters[title])["matches"] == [] or title == fit
    store.close()


def test_a_suited_library_recognises_as_the_whole_one(library, posters):
    from matinee.pictures import decode

    suited = Suited(library, AGE)
    for title, data in list(posters.items())[:25]:
        picture = decode(data)
        whole = library.recognise(picture).matches
        assert whole[0].title.id == title
        kept = tuple(m for m in whole if suitable(library, m.title, AGE))
        assert suited.recognise(picture).matches == kept
