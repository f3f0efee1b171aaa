"""Group nights: who gets in, what they see and may do, and that no wish is lost."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from matinee.catalogue.certification import certificate_age
from matinee.deeds import deed_of
from matinee.errors import StoreUnavailableError
from matinee.service import create_app, guests, nights
from matinee.service.sessions import COOKIE, cookies_of
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.nights import MAX_MEMBERS, MAX_VETOES, SECONDS, NightTable
from matinee.store.records import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from matinee import Library
    from matinee.store import Store

HERE = "http://films.example"
HEAT, MATRIX, ALIEN, TOY_STORY = "tmdb:949", "tmdb:603", "tmdb:348", "tmdb:862"
_CODE = re.compile(r"/tonight/((?:[0-9a-z]{5}-){3}[0-9a-z]{5})")
_NOT = re.compile(r'id="not-([^"]+)"')


class House:
    """A service with accounts, and the browsers of the people there."""

    def __init__(self, app: FastAPI, store: Store) -> None:
        self.app, self.store = app, store
        self._open: list[TestClient] = []

    def browser(self, name: str = "", **facts: Any) -> TestClient:
        """Return a browser, signed in as a person who is made first; as nobody without a name."""
        client = TestClient(self.app, base_url=HERE, follow_redirects=False)
        self._open.append(client)
        client.__enter__()
        if name:
            person = self.store.accounts.get(name)
            person = person or self.store.accounts.create(name, **facts).result()
            session = self.store.sessions.create(person.key, seconds=600).result()
            client.cookies.set(COOKIE, cookies_of(self.app).pack(session))
        return client

    def night(self, client: TestClient, **fields: str) -> str:
        """Make a night and return its address."""
        answer = post(client, "/tonight", **fields)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def close(self) -> None:
        for client in self._open:
            client.__exit__(None, None, None)


@pytest.fixture(scope="module")
def kept_app(demo: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One app for all tests: they make nights and people of their own."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('tonight') / 'store.db'}")
    settings = Settings(accounts="on", secret="x" * 32, rate_limit=0)
    house = House(_app(demo, settings, store), store)
    yield house
    house.close()
    store.close()


@pytest.fixture
def house(kept_app: House) -> House:
    for person in kept_app.store.accounts.all():
        kept_app.store.accounts.delete(person.name).result()
    return kept_app


@pytest.fixture
def ann(house: House) -> TestClient:
    return house.browser("ann")


def _app(library: Library, settings: Settings, store: Store) -> FastAPI:
    from matinee.service.routes import tonight

    app = create_app(library, settings=settings, store=store)
    if not any(getattr(route, "path", "") == "/tonight" for route in app.routes):
        app.include_router(tonight.router)
    return app


def proof_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    return found[1] if found else ""


def post(client: TestClient, path: str, at: str = "", **fields: Any) -> Any:
    """Post a form of a page, with the proof that stands there."""
    proof = proof_in(client.get(at or path).text)
    return client.post(path, data={"csrf": proof, **fields})


def join(client: TestClient, address: str, name: str, *picks: str) -> Any:
    return post(client, f"{address}/join", address, name=name, pick=list(picks))


def films(client: TestClient, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return _NOT.findall(answer.text)


def veto(client: TestClient, address: str, title: str, act: str = "veto", **more: Any) -> Any:
    return post(client, f"{address}/veto", address, title=title, act=act, **more)


# Codes


def test_a_code_is_a_hundred_bits_and_only_its_hash_is_kept(house: House, ann: TestClient):
    address = house.night(ann, name="Friday")
    code = address.removeprefix("/tonight/")
    assert _CODE.fullmatch(address)
    assert len(code.replace("-", "")) * 5 >= 80
    assert set(code) <= set("0123456789abcdefghjkmnpqrstvwxyz-")
    everything = repr([row for _, chunk in house.store.export_rows() for row in chunk])
    assert "Friday" in everything
    assert code not in everything
    # The host sees it again all the same, and another service with another key could not tell it.
    assert address in ann.get("/tonight").text
    assert f"{HERE}{address}" in ann.get(address).text
    night = house.store.nights.find(code)
    assert night is not None
    assert nights.doors_of(house.app).code(night.seed) == code
    other = guests.Doors(type(cookies_of(house.app))(b"another", 60, False))
    assert other.code(night.seed) != code
    assert house.night(ann) != address


def test_a_wrong_and_an_ended_code_are_the_same_page(house: House, ann: TestClient):
    address = house.night(ann)
    nobody = house.browser()
    assert nobody.get(address).status_code == 200
    assert post(ann, f"{address}/end", address).status_code == 303
    accept = {"accept": "text/html"}
    ended = nobody.get(address, headers=accept)
    other = "/tonight/00000-11111-22222-33333"
    wrong = nobody.get(other, headers=accept)
    assert ended.status_code == wrong.status_code == 404
    assert ended.text.replace(address, "") == wrong.text.replace(other, "")
    assert ann.get(address).status_code == 404
    for path in ("/join", "/veto", "/change", "/end", "/remove", "/add"):
        assert nobody.post(address + path).status_code == 404
    assert nobody.get(f"{address}/poster/{MATRIX}.svg").status_code == 404


def test_a_night_ends_by_itself(house: House, ann: TestClient, monkeypatch: pytest.MonkeyPatch):
    now = [1_000_000.0]
    store = house.store
    table = NightTable(store._database, store._writer, lambda: now[0])
    monkeypatch.setattr(store, "nights", table)
    address = house.night(ann)
    now[0] += SECONDS - 1
    assert ann.get(address).status_code == 200
    now[0] += 1
    assert ann.get(address).status_code == 404
    assert store.counts()["nights"] > 0
    nights._sweep(store)
    assert store.counts()["nights"] == store.counts()["night_members"] == 0
    assert address not in ann.get("/tonight").text


# Guests


def test_a_guest_joins_picks_and_vetoes_without_an_account(house: House, ann: TestClient):
    address = house.night(ann, name="Friday")
    guest = house.browser()
    asked = guest.get(address)
    assert asked.status_code == 200
    assert "Friday" in asked.text
    # Not before one joined: what the others see in the films.
    assert 'class="night-film"' not in asked.text
    answer = join(guest, address, "Ben", HEAT, ALIEN)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert f"Path={address};" in cookie + ";"
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = guest.get(address).text
    shown = _NOT.findall(page)
    assert len(shown) == 10
    assert not {HEAT, ALIEN} & set(shown)
    assert "because of <cite" in page.replace("\n", "")
    assert veto(guest, address, shown[0]).status_code == 303
    assert shown[0] not in films(ann, address)
    assert "1 film vetoed" in ann.get(address).text
    assert "Take back" not in ann.get(address).text
    assert veto(guest, address, shown[0], "back").status_code == 303
    assert films(ann, address) == shown


def test_a_guest_reaches_nothing_else(house: House, ann: TestClient):
    """Neither with the cookie of a guest nor without, on any route there is."""
    address = house.night(ann)
    guest = house.browser()
    join(guest, address, "Ben")
    (value,) = [cookie.value for cookie in guest.cookies.jar if cookie.name == guests.COOKIE]
    assert value
    # Whatever its path says: a program may send it anywhere.
    headers = {"cookie": f"{guests.COOKIE}={value}; {COOKIE}={value}", "accept": "text/html"}
    open_ = ("/login", "/logout", "/look", "/static", "/favicon.ico", "/health")
    asked = 0
    for context in iter_route_contexts(house.app.routes):
        path = context.path or ""
        if path.startswith(open_) or path.startswith("/tonight/{code}"):
            continue
        for method in set(context.methods or ()) - {"HEAD"}:
            address_ = re.sub(r"\{[^}]+\}", "x", path)
            answer = house.browser().request(method, address_, headers=headers)
            assert answer.status_code in (303, 401), (method, path, answer.status_code)
            if answer.status_code == 303:
                assert answer.headers["location"].startswith("/login")
            asked += 1
    assert asked > 50
    page = guest.get(address).text
    assert "/title/" not in page
    assert re.findall(r'<img src="(?!/static)([^"]+)"', page)
    for source in re.findall(r'<img src="(?!/static)([^"]+)"', page):
        assert source.startswith(f"{address}/poster/")
        answer = guest.get(source.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert "private" in answer.headers["cache-control"]


def test_a_guest_is_one_at_one_night_alone(house: House, ann: TestClient):
    first, second = house.night(ann), house.night(ann)
    guest = house.browser()
    join(guest, first, "Ben")
    (value,) = [cookie.value for cookie in guest.cookies.jar if cookie.name == guests.COOKIE]
    other = house.browser()
    answer = other.get(second, headers={"cookie": f"{guests.COOKIE}={value}"})
    assert 'name="pick"' in answer.text
    forged = other.get(first, headers={"cookie": f"{guests.COOKIE}={value[:-3]}AAA"})
    assert 'name="pick"' in forged.text


def test_forms_of_guests_need_their_proof(house: House, ann: TestClient):
    address = house.night(ann)
    guest = house.browser()
    join(guest, address, "Ben")
    film = films(guest, address)[0]
    for proof in ("", "0" * 64, proof_in(ann.get(address).text)):
        answer = guest.post(f"{address}/veto", data={"csrf": proof, "title": film})
        assert answer.status_code == 403
    foreign = guest.post(
        f"{address}/veto",
        data={"csrf": proof_in(guest.get(address).text), "title": film},
        headers={"origin": "https://evil.example"},
    )
    assert foreign.status_code == 403
    assert film in films(ann, address)


def test_names_are_shown_escaped_and_taken_once(house: House, ann: TestClient):
    address = house.night(ann, name="<script>1</script>")
    guest = house.browser()
    assert join(guest, address, "<b>Ben</b>\u202e \u0007 x").status_code == 303
    page = ann.get(address).text
    assert "&lt;b&gt;Ben&lt;/b&gt; x" in page
    assert "<b>Ben" not in page
    assert "<script>1" not in page
    for name, status in (("ANN", 409), ("", 422), ("x" * 41, 422)):
        answer = join(house.browser(), address, name)
        assert answer.status_code == status, name
        assert 'role="alert"' in answer.text
    assert join(house.browser(), address, "Cleo", HEAT, "tmdb:1").status_code == 404
    six = ["tmdb:603", "tmdb:949", "tmdb:348", "tmdb:862", "tmdb:680", "tmdb:550"]
    assert join(house.browser(), address, "Cleo", *six).status_code == 422


def test_a_search_keeps_what_was_picked(house: House, ann: TestClient):
    address = house.night(ann)
    answer = post(
        house.browser(),
        f"{address}/join",
        address,
        name="Ben",
        pick=[MATRIX],
        find="Heat",
        step="find",
    )
    assert answer.status_code == 200
    assert f'value="{MATRIX}" checked' in answer.text
    assert f'value="{HEAT}"' in answer.text
    assert 'value="Ben"' in answer.text


# Members


def test_members_see_why_and_nothing_any_of_them_has_seen(house: House, ann: TestClient):
    person = house.store.accounts.get("ann")
    assert person is not None
    rated = [deed_of((HEAT, 5)), deed_of(("tmdb:769", 4.5)), deed_of((TOY_STORY, None))]
    house.store.history.rate(person.key, rated).result()
    address = house.night(ann)
    ben = house.browser("ben")
    assert "Join as ben" in ben.get(address).text
    assert post(ben, f"{address}/join", address).status_code == 303
    assert post(ben, f"{address}/join", address).status_code == 303
    shown = films(ben, address)
    assert len(shown) == 10
    assert not {HEAT, "tmdb:769", TOY_STORY} & set(shown)
    page = ben.get(address).text
    assert "2 people are here" in page
    assert "nothing known of their taste yet" in page
    named = set(re.findall(r"because of <cite[^>]*>([^<]+)</cite>", page))
    assert named
    assert named <= {"Heat", "GoodFellas", "Goodfellas", "Toy Story"}
    assert 'href="/title/' in page


@pytest.mark.parametrize("who", ["cap", "member", "host"])
def test_the_lowest_age_limit_holds(house: House, demo: Library, who: str):
    host = house.browser("ann", max_age=12 if who == "host" else None)
    address = house.night(host, max_age="12" if who == "cap" else "")
    if who == "member":
        child = house.browser("kim", max_age=12)
        post(child, f"{address}/join", address)
    guest = house.browser()
    asked = guest.get(address).text
    offered = re.findall(r'name="pick" value="([^"]+)"', asked)
    assert len(offered) > 5
    join(guest, address, "Ben", *offered[:2])
    for title in (*films(guest, address), *offered):
        age = certificate_age(demo.title(title).certification)
        assert age is not None
        assert age <= 12
    assert guest.get(f"{address}/poster/{MATRIX}.svg").status_code == 404
    assert guest.get(f"{address}/poster/{MATRIX}").status_code == 404
    assert veto(guest, address, MATRIX).status_code == 404
    assert join(house.browser(), address, "Cleo", MATRIX).status_code == 404
    found = post(house.browser(), f"{address}/join", address, find="The Matrix", step="find")
    assert "The Matrix" not in found.text.replace('value="The Matrix"', "").replace(
        "“The Matrix”", ""
    )


def test_a_reason_names_nothing_above_the_limit(house: House):
    kim = house.browser("kim", max_age=12)
    person = house.store.accounts.get("kim")
    assert person is not None
    rated = [deed_of((title, 5)) for title in (MATRIX, HEAT, ALIEN, TOY_STORY)]
    house.store.history.rate(person.key, rated).result()
    page = kim.get(house.night(kim)).text
    assert "Toy Story" in page
    for name in ("The Matrix", "Heat", "Alien", MATRIX, HEAT, ALIEN):
        assert name not in page, name


def test_who_is_deleted_leaves_and_a_night_without_its_host_ends(house: House, ann: TestClient):
    address = house.night(ann)
    ben = house.browser("ben")
    post(ben, f"{address}/join", address)
    assert "2 people are here" in ann.get(address).text
    house.store.accounts.delete("ben").result()
    assert "1 person is here" in ann.get(address).text
    house.store.accounts.delete("ann").result()
    assert house.browser().get(address).status_code == 404
    assert house.store.counts()["nights"] == 0


# The host


def test_the_host_chooses_removes_and_adds(house: House, ann: TestClient):
    address = house.night(ann)
    guest = house.browser()
    join(guest, address, "Ben", HEAT)
    for path in ("/change", "/end", "/add"):
        assert post(guest, address + path, address).status_code == 403
    assert guest.get(f"{address}/add").status_code == 403
    changed = post(
        ann, f"{address}/change", address, strategy="average", max_age="12", minutes="105"
    )
    assert changed.status_code == 303
    page = guest.get(address).text
    assert "suitable at 12" in page
    assert "at most 1 h 45 min" in page
    for fields in ({"strategy": "loudest"}, {"max_age": "x"}, {"minutes": "0"}):
        assert post(ann, f"{address}/change", address, **fields).status_code == 422
    assert post(ann, f"{address}/add", address, name="Cleo").status_code == 303
    assert "3 people are here" in guest.get(address).text
    keys = re.findall(r'name="member" value="(\d+)"', ann.get(address).text)
    assert len(keys) == 2
    assert post(guest, f"{address}/remove", address, member=keys[1]).status_code == 403
    fragment = {"x-matinee-fragment": "night"}
    assert guest.get(address, headers=fragment).status_code == 200
    assert post(ann, f"{address}/remove", address, member=keys[0]).status_code == 303
    assert guest.get(address, headers=fragment).status_code == 404
    assert 'name="pick"' in guest.get(address).text
    night = house.store.nights.find(address.removeprefix("/tonight/"))
    assert night is not None
    host = str(night.members[0].key)
    post(ann, f"{address}/remove", address, member=host)
    assert ann.get(address).status_code == 200


def test_a_token_that_may_only_read_changes_nothing(house: House, ann: TestClient):
    address = house.night(ann)
    _, secret = house.store.tokens.create("ann", scopes={Scope.READ}).result()
    headers = {"authorization": f"Bearer {secret}"}
    client = house.browser()
    assert client.get(address, headers=headers).status_code == 200
    for path in ("/tonight", f"{address}/change", f"{address}/veto", f"{address}/end"):
        assert client.post(path, headers=headers).status_code == 403, path


# Many at once


def test_vetoes_at_once_are_all_kept(house: House, ann: TestClient):
    address = house.night(ann)
    browsers = [house.browser() for _ in range(4)]
    for number, client in enumerate(browsers):
        join(client, address, f"guest {number}")
    shown = films(ann, address)[:8]
    proofs = [proof_in(client.get(address).text) for client in browsers]

    def say(place: int) -> int:
        at = place % len(browsers)
        fields = {"csrf": proofs[at], "title": shown[place]}
        return browsers[at].post(f"{address}/veto", data=fields).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(say, range(len(shown)))) == {303}
    assert not set(shown) & set(films(ann, address))
    assert f"{len(shown)} films vetoed" in ann.get(address).text


def test_there_are_bounds(house: House, ann: TestClient, demo: Library):
    address = house.night(ann)
    code = address.removeprefix("/tonight/")
    night = house.store.nights.find(code)
    assert night is not None
    for number in range(MAX_MEMBERS - 1):
        house.store.nights.join(night.key, f"guest {number}").result()
    assert join(house.browser(), address, "one more").status_code == 409
    assert post(house.browser("ben"), f"{address}/join", address).status_code == 409
    me = night.members[0].key
    titles = [demo.engine.catalogue.title(row).id for row in range(MAX_VETOES + 1)]
    for title in titles[:-1]:
        house.store.nights.veto(night.key, me, title).result()
    assert veto(ann, address, titles[-1]).status_code == 409
    assert veto(ann, address, titles[0]).status_code == 303


def test_who_looks_again_is_told_whether_anything_changed(house: House, ann: TestClient):
    address = house.night(ann)
    headers = {"x-matinee-fragment": "night"}
    first = ann.get(address, headers=headers)
    assert "<!doctype" not in first.text
    again = {**headers, "if-none-match": first.headers["etag"]}
    assert ann.get(address, headers=again).status_code == 304
    guest = house.browser()
    join(guest, address, "Ben", HEAT)
    second = ann.get(address, headers=again)
    assert second.status_code == 200
    assert "Ben" in second.text
    film = _NOT.findall(second.text)[0]
    fields = {"csrf": proof_in(second.text), "title": film}
    said = ann.post(f"{address}/veto", data=fields, headers=headers)
    assert said.status_code == 200
    assert film not in _NOT.findall(said.text)


def test_a_list_is_made_once_while_nothing_changes(
    house: House, ann: TestClient, monkeypatch: pytest.MonkeyPatch
):
    made: list[Any] = []
    real = nights.recommend_group

    def counted(*arguments: Any) -> Any:
        made.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(nights, "recommend_group", counted)
    address = house.night(ann)
    shown = films(ann, address)
    films(ann, address)
    assert len(made) == 1
    person = house.store.accounts.get("ann")
    assert person is not None
    house.store.history.rate(person.key, [deed_of((shown[0], 4))]).result()
    assert shown[0] not in films(ann, address)
    assert len(made) == 2


# Without accounts, and with less than all


def test_one_machine_is_passed_around(demo: Library, tmp_path: Path):
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'store.db'}")
    store = open_store(settings.database_url)
    app = _app(demo, settings, store)
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        address = client.post("/tonight", data={"called": "Ann"}).headers["location"]
        assert "serves this machine alone" in client.get(address).text
        form = client.get(f"{address}/add").text
        assert "Their name" in form
        fields = {"name": "Ben", "pick": [HEAT, ALIEN]}
        assert client.post(f"{address}/add", data=fields).status_code == 303
        page = client.get(address).text
        assert "2 people are here" in page
        assert len(_NOT.findall(page)) == 10
    store.close()


def test_a_library_without_taste_says_what_is_missing(
    house: House, ann: TestClient, monkeypatch: pytest.MonkeyPatch
):
    address = house.night(ann)
    monkeypatch.setattr(nights, "learnt", lambda _library: False)
    monkeypatch.setattr("matinee.service.night_page.learnt", lambda _library: False)
    overview = ann.get("/tonight")
    assert overview.status_code == 200
    assert "matinee train taste" in overview.text
    assert "Make the night" not in overview.text
    assert "matinee train taste" in ann.get(address).text


def test_a_store_that_is_down_is_told(
    house: House, ann: TestClient, monkeypatch: pytest.MonkeyPatch
):
    address = house.night(ann)

    def down(*_: Any) -> Any:
        raise StoreUnavailableError("The database does not answer", where="x", cure="Start it")

    for name in ("of", "find"):
        monkeypatch.setattr(house.store.nights, name, down)
    overview = ann.get("/tonight")
    assert overview.status_code == 503
    assert "does not answer" in overview.text
    assert ann.get(address).status_code == 503
