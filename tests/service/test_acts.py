"""What a person does with a title on the pages: every act, undoing it, and who may do it."""

from __future__ import annotations

import asyncio
import html
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from matinee.deeds import Deed
from matinee.errors import QueryError, StoreUnavailableError
from matinee.interaction import NO_TIME, Action
from matinee.service import create_app
from matinee.service.acting import (
    ACTS,
    MAX_STATE,
    State,
    after,
    move,
    read_act,
    read_state,
    state_of,
)
from matinee.service.toasts import COOKIE, Toast, read_toast
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee import Library
    from matinee.store import Store

HERE = "http://127.0.0.1:7860"
HTML = {"Accept": "text/html"}
PART = {"X-Matinee-Fragment": "acts"}
MATRIX, ALIAS = "tmdb:603", "imdb:tt0133093"
IDS = (MATRIX, ALIAS)


@pytest.fixture(scope="module")
def started(demo: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with _client(demo, tmp_path_factory.mktemp("acts")) as made:
        yield made


@pytest.fixture
def client(started: TestClient) -> Iterator[TestClient]:
    """The client of the one person of a machine, who has done nothing."""
    yield started
    started.cookies.clear()
    history, key = started.app.state.store.history, 1
    asyncio.run(move(history, key, state_of(history, key, IDS), State()))


@pytest.fixture
def store(client: TestClient) -> Store:
    return client.app.state.store


@pytest.fixture
def me(store: Store) -> int:
    key = store.accounts.ensure("default").key
    assert key == 1
    return key


@pytest.fixture(scope="module")
def shared(demo: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The client of a machine with accounts."""
    with _client(demo, tmp_path_factory.mktemp("accounts")) as made:
        yield made


@contextmanager
def _client(demo: Library, folder: Path) -> Iterator[TestClient]:
    opened = open_store(f"sqlite:///{folder / 'store.db'}")
    app = create_app(demo, settings=Settings(rate_limit=0), store=opened)
    with TestClient(app, base_url=HERE, follow_redirects=False) as made:
        yield made
    opened.close()


def do(client: TestClient, act: str, title: str = MATRIX, **more: Any) -> Any:
    headers = more.pop("headers", PART)
    return client.post("/acts", data={"title": title, "act": act, **more}, headers=headers)


def field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, f"there is no field {name}"
    return html.unescape(found[1])


def pressed(text: str) -> set[str]:
    """Return the keys of the buttons of a card that are pressed."""
    small = text.split("</form>")[0]
    return set(re.findall(r'data-key="(\w)" aria-pressed="true"', small))


def told(text: str) -> str:
    found = re.search(r"data-toast>\s*<p>(.*?)</p>", text, re.S)
    assert found, "there is no toast"
    return html.unescape(found[1])


def undo(client: TestClient, answer: Any) -> Any:
    was = field(answer.text.split("data-toast")[1], "was")
    return do(client, "restore", was=was)


@pytest.mark.parametrize(
    ("act", "more", "says", "buttons", "deeds"),
    [
        ("rate", {"stars": "4.5"}, "You gave 4½: ", "s", [("RATING", 4.5)]),
        ("rate", {"stars": "0.5"}, "You gave ½: ", "s", [("RATING", 0.5)]),
        ("rate", {"stars": "5"}, "You gave 5: ", "s", [("RATING", 5.0)]),
        ("like", {}, "Liked: ", "s", [("LIKE", None)]),
        ("less", {}, "Less like this: ", "s", [("DISLIKE", None)]),
        ("seen", {}, "Seen: ", "s", [("WATCH", None)]),
        ("hide", {}, "Hidden: ", "x", [("HIDE", None)]),
        ("want", {}, "On your watchlist: ", "w", []),
    ],
)
@pytest.mark.parametrize("name", IDS)
def test_every_act_is_kept_shown_and_undone(
    client: TestClient, store: Store, me: int, act, more, says, buttons, deeds, name
) -> None:
    answer = do(client, act, name, **more)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert told(answer.text) == says + "The Matrix"
    assert pressed(answer.text) == set(buttons)
    kept = state_of(store.history, me, IDS)
    assert [(deed.action.name, deed.stars) for deed in kept.deeds] == deeds
    assert kept.listed == ({MATRIX} if act == "want" else set())
    assert {deed.title for deed in kept.deeds} <= {MATRIX}
    back = undo(client, answer)
    assert told(back.text) == "Undone: The Matrix"
    assert 'name="was"' not in back.text
    assert pressed(back.text) == set()
    assert state_of(store.history, me, IDS) == State()


@pytest.mark.parametrize(
    ("first", "then", "left"),
    [
        ("rate", "unrate", set()),
        ("rate", "unseen", set()),
        ("seen", "unseen", set()),
        ("like", "unrate", set()),
        ("want", "unwant", set()),
        ("hide", "unhide", set()),
        ("want", "seen", {"s"}),
        ("want", "rate", {"s"}),
        ("want", "like", {"s"}),
        ("want", "hide", {"w", "x"}),
        ("rate", "want", {"s", "w"}),
    ],
)
def test_two_acts_and_undoing_the_second(client: TestClient, first, then, left) -> None:
    before = do(client, first, stars="4")
    answer = do(client, then, stars="4")
    assert pressed(answer.text) == left
    assert pressed(undo(client, answer).text) == pressed(before.text)


def test_the_widget_says_in_words_what_was_given(client: TestClient) -> None:
    text = do(client, "rate", stars="3.5").text
    assert "You gave 3½" in text
    assert len(re.findall(r'type="radio"', text)) == 10
    assert re.findall(r'value="([\d.]+)" checked', text) == ["3.5"]
    assert "You asked for less like this" in do(client, "less").text
    assert "Not rated by you" in do(client, "unrate").text


def test_what_is_kept_under_another_id_counts_and_comes_back(
    client: TestClient, store: Store, me: int
) -> None:
    """An import may know the title by another id, and the time of everything."""
    earlier = State(
        frozenset(
            (
                Deed(ALIAS, Action.RATING, 2.0, 1_000),
                Deed(ALIAS, Action.WATCH, None, 900),
                Deed(MATRIX, Action.REWATCH, None, 950),
                Deed(ALIAS, Action.HIDE, None, 800),
            )
        ),
        frozenset((ALIAS,)),
    )
    asyncio.run(move(store.history, me, State(), earlier))
    answer = do(client, "rate", stars="5")
    now = state_of(store.history, me, IDS)
    assert [deed for deed in now.deeds if deed.action is Action.RATING] == [
        Deed(MATRIX, Action.RATING, 5.0)
    ]
    assert now.listed == set()
    undo(client, answer)
    assert state_of(store.history, me, IDS) == earlier
    for act in ("unseen", "unhide", "unwant"):
        answer = do(client, act)
        assert pressed(answer.text) < {"w", "s", "x"}
        undo(client, answer)
        assert state_of(store.history, me, IDS) == earlier


# Few values, so that the same comes up again: as before, at another time, under another id.
_TIMES = st.sampled_from((NO_TIME, 1, 2))
_NAMES = st.sampled_from(IDS)
_OPINIONS = st.one_of(
    st.builds(Deed, _NAMES, st.just(Action.RATING), st.sampled_from((0.5, 4.0, 5.0)), time=_TIMES),
    st.builds(Deed, _NAMES, st.sampled_from((Action.LIKE, Action.DISLIKE)), time=_TIMES),
)
_VIEWINGS = st.builds(Deed, _NAMES, st.sampled_from((Action.WATCH, Action.REWATCH)), time=_TIMES)
_HIDES = st.builds(Deed, _NAMES, st.just(Action.HIDE), time=_TIMES)
_STATES = st.builds(
    lambda *parts: State(frozenset().union(*parts[:3]), parts[3]),
    st.lists(_OPINIONS, max_size=2, unique_by=lambda deed: deed.title),
    st.frozensets(_VIEWINGS, max_size=3),
    st.lists(_HIDES, max_size=2, unique_by=lambda deed: deed.title),
    st.frozensets(_NAMES),
)
_DONE = st.lists(
    st.tuples(st.sampled_from(ACTS), st.sampled_from((0.5, 4.0, 5.0))), min_size=1, max_size=6
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(earlier=_STATES, done=_DONE)
def test_any_acts_and_the_state_before_them_is_restored_exactly(
    store: Store, me: int, earlier: State, done: list[tuple[Any, float]]
) -> None:
    async def through() -> None:
        def now() -> State:
            return state_of(store.history, me, IDS)

        await move(store.history, me, now(), earlier)
        assert now() == earlier
        for act, stars in done:
            wanted = after(now(), act, MATRIX, stars)
            await move(store.history, me, now(), wanted)
            assert now() == wanted
        await move(store.history, me, now(), read_state(earlier.to_text(), IDS))
        assert now() == earlier

    asyncio.run(through())


@settings(max_examples=50, deadline=None)
@given(earlier=_STATES, act=st.sampled_from(ACTS), stars=st.sampled_from((0.5, 4.0)))
def test_an_act_twice_is_the_act_once_and_the_text_keeps_the_state(
    earlier: State, act: Any, stars: float
) -> None:
    once = after(earlier, act, MATRIX, stars)
    assert after(once, act, MATRIX, stars) == once
    assert read_state(once.to_text(), IDS) == once


@pytest.mark.parametrize(
    ("act", "stars", "why"),
    [
        ("rate", "", "stars"),
        ("rate", "4.25", "half"),
        ("rate", "0", "0.5 to 5"),
        ("rate", "5.5", "0.5 to 5"),
        ("rate", "nan", "stars"),
        ("rate", "inf", "stars"),
        ("rate", "many", "stars"),
        ("", "", "no such act"),
        ("delete", "", "no such act"),
    ],
)
def test_what_is_no_act_is_refused(client: TestClient, store: Store, me: int, act, stars, why):
    with pytest.raises(QueryError) as error:
        read_act(act, stars)
    assert why in f"{error.value.what} {error.value.cure}"
    for headers in (HTML, PART, {}):
        answer = do(client, act, stars=stars, headers=headers)
        assert answer.status_code == 422
        assert COOKIE not in answer.cookies
    assert state_of(store.history, me, IDS) == State()


@pytest.mark.parametrize(
    "was",
    [
        "",
        "[]",
        "{",
        '{"deeds":[]}',
        '{"deeds":[],"listed":[],"more":1}',
        '{"deeds":[["tmdb:603",0,null,-1]],"listed":[]}',
        '{"deeds":[["tmdb:603",0,9,-1]],"listed":[]}',
        '{"deeds":[["tmdb:603",77,null,-1]],"listed":[]}',
        '{"deeds":[["tmdb:603",1,null,"x"]],"listed":[]}',
        '{"deeds":[["tmdb:603",1,null,99999999999999]],"listed":[]}',
        '{"deeds":[["tmdb:550",2,null,-1]],"listed":[]}',
        '{"deeds":[],"listed":["tmdb:550"]}',
        '{"deeds":[["tmdb:603",2,null,-1],["tmdb:603",3,null,-1]],"listed":[]}',
        '{"deeds":[],"listed":[]}' + " " * MAX_STATE,
    ],
)
def test_an_earlier_state_that_is_none_changes_nothing(client, store, me, was: str) -> None:
    do(client, "rate", stars="4")
    before = state_of(store.history, me, IDS)
    answer = do(client, "restore", was=was)
    assert answer.status_code == 422
    assert "cannot be" in told(answer.text)
    assert state_of(store.history, me, IDS) == before


def test_without_a_script_it_leads_back_and_is_told_once(client: TestClient) -> None:
    answer = do(
        client,
        "hide",
        next="/search",
        headers={**HTML, "Referer": f"{HERE}/search?q=heist&page=2"},
    )
    assert answer.status_code == 303
    # The form knows the path of its page, and the browser its query.
    assert answer.headers["location"] == "/search?q=heist&page=2"
    told = read_toast(answer.cookies[COOKIE])
    assert told is not None
    assert told.text == "Hidden: The Matrix"
    assert told.title == MATRIX
    answer = do(client, "restore", was=told.was, next="/", headers=HTML)
    assert read_toast(answer.cookies[COOKIE]) == Toast("Undone: The Matrix", MATRIX)


@pytest.mark.parametrize(
    ("next", "referer", "leads"),
    [
        ("/title/tmdb:603", f"{HERE}/search?q=a", "/title/tmdb:603"),
        ("/search?q=b", f"{HERE}/search?q=a", "/search?q=b"),
        ("/search", "http://evil.example/search?q=a", "/search"),
        ("//evil.example", f"{HERE}/?q=a", "/?q=a"),
        ("https://evil.example", "", "/"),
    ],
)
def test_it_leads_to_no_other_site(client: TestClient, next, referer, leads) -> None:
    headers = {**HTML, "Referer": referer} if referer else HTML
    answer = do(client, "want", next=next, headers=headers)
    assert answer.headers["location"] == leads


def test_a_cookie_that_is_full_or_broken(client: TestClient, store: Store, me: int) -> None:
    assert read_toast("=") is None
    assert read_toast("eyJ4IjoxfQ==") is None
    many = [Deed(MATRIX, Action.WATCH, None, at) for at in range(400)]
    store.history.rate(me, many).result()
    answer = do(client, "hide", headers=HTML)
    kept = answer.cookies[COOKIE]
    assert len(kept) < 4_000
    assert read_toast(kept) == Toast("Hidden: The Matrix", MATRIX)
    # A page has room for it.
    undo(client, do(client, "unseen"))
    assert len(state_of(store.history, me, IDS).deeds) == 401


def test_unknown_titles(client: TestClient) -> None:
    for title in ("tmdb:99999999", "nothing", "", "tmdb:603\0"):
        assert do(client, "want", title).status_code == 404
        answer = do(client, "want", title, headers=HTML)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")


def test_a_title_above_the_age_limit_is_unknown(shared: TestClient) -> None:
    client, store = shared, shared.app.state.store
    kim = store.accounts.create("kim", max_age=6).result()
    _, secret = store.tokens.create("kim").result()
    bearer = {"authorization": f"Bearer {secret}"}
    for name in IDS:
        answer = do(client, "hide", name, headers=bearer)
        assert answer.status_code == 404
        assert "Matrix" not in answer.text
        answer = do(client, "restore", name, was=State().to_text(), headers=bearer | PART)
        assert answer.status_code == 404
    assert state_of(store.history, kim.key, IDS) == State()


def test_who_may_not_write_is_refused(shared: TestClient) -> None:
    client, store = shared, shared.app.state.store
    ann = store.accounts.create("reader").result()
    _, secret = store.tokens.create("reader", scopes=frozenset({Scope.READ})).result()
    bearer = {"authorization": f"Bearer {secret}"}
    assert do(client, "want", headers=bearer).status_code == 403
    answer = do(client, "want", headers=bearer | PART)
    assert answer.status_code == 403
    assert "right to write" in told(answer.text)
    assert state_of(store.history, ann.key, IDS) == State()


def test_with_accounts_a_form_must_come_from_our_own_page(shared: TestClient) -> None:
    client, store = shared, shared.app.state.store
    ann = store.accounts.create("ann", password="open sesame").result()  # noqa: S106 -- nobody's
    wanted = {"name": "ann", "password": "open sesame"}
    assert client.post("/login", data=wanted).status_code == 303
    assert do(client, "want").status_code == 403
    assert do(client, "want", csrf="0" * 64).status_code == 403
    assert state_of(store.history, ann.key, IDS) == State()
    proof = field(client.get("/about", headers=HTML).text, "csrf")
    answer = client.post(
        "/acts", data={"csrf": proof, "title": MATRIX, "act": "want"}, headers=PART
    )
    assert answer.status_code == 200
    # Every form of the answer has the proof first, the one that undoes it as well.
    forms = re.findall(r"<form[^>]*>(.{0,40})", answer.text)
    assert len(forms) == 4
    assert all(form.startswith('<input type="hidden" name="csrf"') for form in forms)
    assert state_of(store.history, ann.key, IDS).listed == {MATRIX}


def test_a_title_may_be_called_anything(demo: Library, client: TestClient, monkeypatch) -> None:
    from dataclasses import replace

    from matinee.service.whose import Whose

    strange = replace(demo.title(MATRIX), title='<b>"50% & more"</b> %(x)s')
    monkeypatch.setattr(Whose, "title", lambda self, title_id: strange)
    answer = do(client, "hide")
    assert told(answer.text) == "Hidden: " + strange.title
    assert "<b>" not in answer.text


class Broken:
    """A store whose writes of one kind fail."""

    def __init__(self, real: Any, kind: str) -> None:
        self._real, self._kind = real, kind

    def __getattr__(self, name: str) -> Any:
        if name == self._kind:
            return self._fail
        return getattr(self._real, name)

    def _fail(self, *args: Any, **more: Any) -> Any:
        from concurrent.futures import Future

        future: Future[Any] = Future()
        future.set_exception(StoreUnavailableError("It is down", where="postgresql://secret"))
        return future


@pytest.mark.parametrize("kind", ["rate", "forget", "remove_from_watchlist", "add_to_watchlist"])
def test_where_the_store_fails_half_way_nothing_is_lost(store: Store, me: int, kind: str) -> None:
    earlier = State(frozenset((Deed(ALIAS, Action.RATING, 2.0, 7),)), frozenset((ALIAS,)))
    asyncio.run(move(store.history, me, State(), earlier))
    for act in ACTS:
        now = state_of(store.history, me, IDS)
        broken: Any = Broken(store.history, kind)
        wanted = after(now, act, MATRIX, 5.0)
        try:
            asyncio.run(move(broken, me, now, wanted))
            assert state_of(store.history, me, IDS) == wanted
        except StoreUnavailableError:
            left = state_of(store.history, me, IDS)
            # Whatever is to be is there before anything that was goes.
            assert left.deeds >= now.deeds or left.deeds >= wanted.deeds
            assert left.listed >= now.listed or left.listed >= wanted.listed
        asyncio.run(move(store.history, me, state_of(store.history, me, IDS), earlier))


def test_while_the_store_is_down_nothing_is_pretended(
    client: TestClient, store: Store, me: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "history", Broken(store.history, "rate"))
    answer = do(client, "rate", stars="4")
    assert answer.status_code == 503
    assert told(answer.text) == "This cannot be kept at the moment."
    assert "data-again" in answer.text
    assert "data-part" not in answer.text
    assert "secret" not in answer.text
    answer = do(client, "rate", stars="4", headers=HTML)
    assert answer.status_code == 503
    assert COOKIE not in answer.cookies
    assert "secret" not in answer.text
    assert state_of(store.history, me, IDS) == State()
