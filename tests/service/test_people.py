"""Recommendations over HTTP: by the real store and the demo library."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from matinee.catalogue.certification import certificate_age
from matinee.deeds import deed_of
from matinee.errors import MatineeError, StoreUnavailableError
from matinee.query.filters import parse_filter
from matinee.service import problems
from matinee.service.caller import Caller
from matinee.service.histories import AGAIN_SECONDS
from matinee.service.routes import people
from matinee.store import open_store
from matinee.store.records import Role, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee import Library
    from matinee.store import Store
    from matinee.store.records import Person

HERS = [("tmdb:949", 5.0), ("tmdb:769", 4.5), ("tmdb:680", 4.0), ("tmdb:275", 5.0)]
HIS = [("tmdb:603", 5.0), ("tmdb:11", 4.5), ("tmdb:348", 5.0)]
URL = "/v1/people/me/recommendations"


class Service:
    """The routes with somebody who asks; who that is can be changed."""

    def __init__(self, library: Library, store: Store, routers: list[Any]) -> None:
        self.store = store
        self.library = library
        self.caller = self.named("ann", role=Role.ADMIN)
        app = FastAPI()
        app.state.holder = SimpleNamespace(get=lambda: library)
        app.state.store = store
        app.state.settings = SimpleNamespace(answer_cache=64)
        for router in routers:
            app.include_router(router)

        async def problem(request, error):
            return problems.respond(problems.from_error(error, request.url.path))

        @app.middleware("http")
        async def told(request, call_next):
            request.state.caller = self.caller
            answer = await call_next(request)
            if flags := request.scope["state"].get("degraded"):
                answer.headers["x-matinee-degraded"] = ",".join(flags)
            return answer

        app.add_exception_handler(MatineeError, problem)

        self.app = app
        self.client = TestClient(app)
        self.get, self.post = self.client.get, self.client.post

    def named(self, name: str, **facts: Any) -> Caller:
        person = self.store.accounts.create(name, **facts).result()
        return self.who(person)

    @staticmethod
    def who(person: Person) -> Caller:
        scopes = frozenset({Scope.READ, Scope.WRITE})
        if person.role is Role.ADMIN:
            scopes |= {Scope.ADMIN}
        return Caller(person, scopes, "token", f"token:{person.key}")

    def rate(self, caller: Caller, *history: Any) -> None:
        self.store.history.rate(caller.person.key, list(map(deed_of, history))).result()

    def ids(self, url: str = URL, **params: Any) -> list[str]:
        answer = self.get(url, params=params)
        assert answer.status_code == 200, answer.text
        return [result["id"] for result in answer.json()["results"]]


@pytest.fixture
def service(demo: Library, tmp_path: Path) -> Iterator[Service]:
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    made = Service(demo, store, [people.router])
    with made.client:
        yield made
    store.close()


class Down:
    """A store whose histories do not answer."""

    def __init__(self, store: Store) -> None:
        self.accounts = store.accounts
        self.experiments = store.experiments

    @property
    def history(self) -> Any:
        raise StoreUnavailableError("The database does not answer")


def without_time(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "took_ms"}


def test_the_answer_is_that_of_the_library(service: Service, demo: Library):
    service.rate(service.caller, *HERS)
    wanted = demo.recommend(history=HERS, k=7)
    answer = service.get(URL, params={"k": 7}).json()
    assert without_time(answer) == without_time(wanted.to_dict())
    assert answer["history"] == len(HERS)
    assert answer["took_ms"] > 0


@pytest.mark.parametrize(
    ("params", "wish"),
    [
        ({"method": "content"}, {"method": "content"}),
        ({"exploration": 0.5}, {"exploration": 0.5}),
        ({"exploration": 0.9, "seed": 3}, {"exploration": 0.9, "seed": 3}),
        ({"diversity": 0.5}, {"diversity": 0.5}),
        ({"calibration": 0.7}, {"calibration": 0.7}),
        ({"min_votes": 20_000}, {"min_votes": 20_000}),
        ({"max_age": 12}, {"max_age": 12}),
        ({"include_seen": True}, {"include_seen": True}),
        ({"context": "2024-12-24T20:15"}, {"context": "2024-12-24T20:15"}),
        ({"explain": True, "k": 3}, {"explain": True, "k": 3}),
        (
            {"filter": ["year:1990..1999", "-genre:Horror"]},
            {"filters": tuple(map(parse_filter, ["year:1990..1999", "-genre:Horror"]))},
        ),
    ],
)
def test_every_option_does_what_it_does_in_python(
    service: Service, demo: Library, params: dict[str, Any], wish: dict[str, Any]
):
    service.rate(service.caller, *HERS)
    wanted = demo.recommend(history=HERS, **wish).to_dict()
    plain = demo.recommend(history=HERS, k=wish.get("k", 10)).to_dict()
    assert wanted["results"] != plain["results"]
    by_address = service.get(URL, params=params)
    assert without_time(by_address.json()) == without_time(wanted)
    by_body = service.post(URL, json=params)
    assert without_time(by_body.json()) == without_time(wanted)


def test_a_rating_changes_the_very_next_answer(service: Service):
    service.rate(service.caller, *HERS)
    before = service.ids()
    service.rate(service.caller, (before[0], 1.0))
    after = service.ids()
    assert before[0] not in after
    assert after != before[1:]


def test_what_was_seen_or_hidden_never_comes(service: Service):
    service.rate(service.caller, *HERS)
    first = service.ids(k=20)
    service.rate(
        service.caller,
        {"title": first[0], "action": "hide"},
        {"title": first[1], "action": "watch"},
        {"title": first[2], "action": "dislike"},
    )
    everything = service.ids(k=1_000)
    assert not set(everything) & {*first[:3], *(title for title, _ in HERS)}
    again = service.ids(k=1_000, include_seen=True)
    assert {first[1], *(title for title, _ in HERS)} <= set(again)
    assert not set(again) & {first[0], first[2]}


def test_answers_are_kept_until_something_changes(service: Service):
    service.rate(service.caller, *HERS)
    first, second = service.get(URL), service.get(URL)
    assert first.headers["x-matinee-cache"] == "miss"
    assert second.headers["x-matinee-cache"] == "hit"
    assert without_time(first.json()) == without_time(second.json())
    for params in ({"k": 9}, {"fields": "title"}, {"offset": 1}, {"max_age": 16}, {"seed": 1}):
        assert service.get(URL, params=params).headers["x-matinee-cache"] == "miss"
    # The same with its default spelt out is the same.
    assert service.get(URL, params={"k": 10}).headers["x-matinee-cache"] == "hit"
    service.rate(service.caller, ("tmdb:603", 4.0))
    assert service.get(URL).headers["x-matinee-cache"] == "miss"
    other = service.named("bo", max_age=12)
    service.rate(other, *HERS, ("tmdb:603", 4.0))
    service.caller = other
    assert service.get(URL).headers["x-matinee-cache"] == "miss"
    assert service.app.state.answers.tally.hits == 2


def test_pages_follow_each_other(service: Service):
    service.rate(service.caller, *HERS)
    whole = service.ids(k=50)
    pages = [service.ids(k=10, offset=start) for start in range(0, 50, 10)]
    assert [one for page in pages for one in page] == whole
    for params in (
        {"k": 600, "offset": 500},
        {"offset": 10, "diversity": 0.5},
        {"offset": 10, "calibration": 0.5},
        {"offset": -1},
    ):
        assert service.get(URL, params=params).status_code == 422


def test_fields_leave_the_rest_out(service: Service):
    service.rate(service.caller, *HERS)
    answer = service.get(URL, params={"fields": "title,score"}).json()
    assert {frozenset(result) for result in answer["results"]} == {
        frozenset({"id", "title", "score"})
    }
    refused = service.get(URL, params={"fields": "title,plot"})
    assert refused.status_code == 422
    assert "plot" in refused.json()["detail"]


@pytest.mark.parametrize(
    "params",
    [
        {"k": 0},
        {"k": -5},
        {"k": 1_001},
        {"exploration": 2},
        {"exploration": "nan"},
        {"diversity": -0.1},
        {"method": "magic"},
        {"filter": "colour:red"},
        {"context": "teatime"},
        {"max_age": 100},
        {"seed": -1},
        {"colour": "red"},
    ],
)
def test_what_is_out_of_bounds_is_refused(service: Service, params: dict[str, Any]):
    service.rate(service.caller, *HERS)
    assert service.get(URL, params=params).status_code == 422


def test_what_if(service: Service, demo: Library):
    service.rate(service.caller, *HERS)
    alone = service.post(URL, json={"history": HIS, "alone": True, "k": 6}).json()
    assert without_time(alone) == without_time(demo.recommend(history=HIS, k=6).to_dict())
    both = service.post(URL, json={"history": HIS, "k": 6}).json()
    assert without_time(both) == without_time(demo.recommend(history=[*HERS, *HIS], k=6).to_dict())
    assert service.post(URL, json={"alone": True}).json()["history"] == 0
    assert service.get(URL).json()["history"] == len(HERS)
    for history in ([["tmdb:603", 9]], [{"title": "tmdb:603"}, 7], [["No Such Film At All", 5]]):
        assert service.post(URL, json={"history": history}).status_code == 422
    assert service.post(URL, json={"k": "5"}).status_code == 422


def test_the_lowest_age_limit_counts(service: Service, demo: Library):
    child = service.named("child", max_age=8)
    service.rate(child, *HERS)

    def oldest(**params: Any) -> int:
        found = service.ids("/v1/people/child/recommendations", k=1_000, **params)
        assert found
        ages = [certificate_age(demo.title(one).certification) for one in found]
        assert None not in ages
        return max(ages)

    assert oldest() == 8
    assert oldest(max_age=18) == 8
    assert oldest(max_age=0) == 0
    service.caller = child
    assert oldest(max_age=18) == 8
    assert "tmdb:680" not in service.ids(include_seen=True, k=1_000)


def test_nobody_sees_what_is_not_theirs(service: Service):
    boss, bo = service.caller, service.named("bo")
    service.rate(boss, *HERS)
    service.rate(bo, *HIS)
    assert service.ids("/v1/people/bo/recommendations") != service.ids()
    service.caller = bo
    known = service.get("/v1/people/ann/recommendations")
    unknown = service.get("/v1/people/nobody/recommendations")
    assert known.status_code == unknown.status_code == 404
    assert known.json()["title"] == unknown.json()["title"]
    for url in ("/v1/people/ann/explain/tmdb:603", "/v1/people/ann/predict?title=tmdb:603"):
        assert service.get(url).status_code == 404
    assert service.get("/v1/trained/1/recommendations").status_code == 403
    asked = service.post("/v1/groups/recommendations", json={"members": ["me", "ann"]})
    assert asked.status_code == 404


def test_reasons(service: Service, demo: Library):
    service.rate(service.caller, *HERS)
    title = service.ids()[0]
    said = service.get(f"/v1/people/me/explain/{title}").json()
    wanted = demo.explain(title, history=HERS).to_dict()
    assert said == wanted | {"library": demo.version, "degraded": []}
    assert said["rank"] == 1
    by_content = service.get(f"/v1/people/me/explain/{title}", params={"method": "content"}).json()
    assert by_content["score"] != said["score"]
    assert service.get("/v1/people/me/explain/tmdb:999999999").status_code == 404
    assert service.get("/v1/people/me/explain/heat").status_code == 404


def test_predicted_stars(service: Service, demo: Library):
    service.rate(service.caller, *HERS)
    titles = ["tmdb:603", "tmdb:11"]
    said = service.get("/v1/people/me/predict", params={"title": titles}).json()
    stars = demo.predict(titles, history=HERS)
    assert said["predictions"] == [
        {"id": title, "title": demo.title(title).title} | star.to_dict()
        for title, star in zip(titles, stars, strict=True)
    ]
    assert service.get("/v1/people/me/predict").status_code == 422
    many = service.get("/v1/people/me/predict", params={"title": ["tmdb:603"] * 101})
    assert many.status_code == 422


def test_an_unsuitable_title_is_as_if_it_were_not_there(service: Service):
    service.caller = service.named("child", max_age=8)
    missing = service.get("/v1/people/me/explain/tmdb:999999999").json()
    for url in ("/v1/people/me/explain/tmdb:680", "/v1/people/me/predict?title=tmdb:680"):
        answer = service.get(url)
        assert answer.status_code == 404
        said = answer.json()
        assert said["title"] == missing["title"]
        assert said["cure"] == missing["cure"]
        assert said["detail"].replace("tmdb:680", "") == missing["detail"].replace(
            "tmdb:999999999", ""
        )


def test_a_group_gets_what_none_of_them_has_seen(service: Service, demo: Library):
    bo = service.named("bo", max_age=13)
    service.rate(service.caller, *HERS)
    first = service.ids()
    service.rate(bo, *HIS, {"title": "tmdb:13", "action": "hide"})
    guest = {"history": [["tmdb:8587", 4], [first[1], None]]}
    body = {"members": ["me", "bo", guest, {"history": [], "name": "late"}], "k": 200}
    answer = service.post("/v1/groups/recommendations", json=body).json()
    found = [result["id"] for result in answer["results"]]
    done = {title for title, _ in [*HERS, *HIS]}
    assert found
    assert not set(found) & {*done, "tmdb:13", "tmdb:8587", first[1]}
    for one in found:
        age = certificate_age(demo.title(one).certification)
        assert age is not None
        assert age <= 13
    names = [view["member"] for view in answer["results"][0]["views"]]
    assert names == ["ann", "bo", "person 3", "late"]
    strict = service.post("/v1/groups/recommendations", json=body | {"max_age": 8}).json()
    assert all(result["certification"] != "PG-13" for result in strict["results"])
    average = service.post("/v1/groups/recommendations", json=body | {"strategy": "average"}).json()
    assert [r["id"] for r in average["results"]] != found


def test_a_caller_with_an_age_limit_bounds_the_group(service: Service, demo: Library):
    service.rate(service.caller, *HERS)
    service.caller = service.named("child", max_age=8)
    body = {"members": [{"history": HIS}], "k": 100}
    for result in service.post("/v1/groups/recommendations", json=body).json()["results"]:
        assert certificate_age(result["certification"]) <= 8


@pytest.mark.parametrize(
    "change",
    [
        {"members": []},
        {"members": ["me", "ann"]},
        {"members": [{"name": "x"}]},
        {"members": ["me"], "strategy": "loudest"},
        {"members": ["me"], "k": 0},
        {"members": [{"history": [["tmdb:603", 99]]}]},
        {"members": [{"history": []}] * 51},
    ],
)
def test_groups_that_cannot_be(service: Service, change: dict[str, Any]):
    assert service.post("/v1/groups/recommendations", json=change).status_code == 422


def test_somebody_of_the_training(service: Service, demo: Library):
    name = "1"
    wanted = demo.recommend(name, k=5).to_dict()
    url = f"/v1/trained/{name}/recommendations"
    answer = service.get(url, params={"k": 5})
    assert without_time(answer.json()) == without_time(wanted)
    assert service.get(url, params={"k": 5}).headers["x-matinee-cache"] == "hit"
    assert service.get("/v1/trained/nobody/recommendations").status_code == 404


def test_while_the_store_is_down_there_is_still_an_answer_that_says_so(
    service: Service, demo: Library
):
    service.rate(service.caller, *HERS)
    before = service.get(URL)
    assert "x-matinee-degraded" not in before.headers
    service.app.state.store = Down(service.store)
    last = service.get(URL)
    assert last.status_code == 200
    assert last.headers["x-matinee-degraded"] == "history"
    assert last.headers["x-matinee-cache"] == "miss"
    assert last.json()["results"] == before.json()["results"]
    assert "a while ago" in last.json()["degraded"][-1]
    service.caller = service.who(service.store.accounts.create("new").result())
    unknown = service.get(URL)
    assert unknown.headers["x-matinee-degraded"] == "history"
    assert "most people like" in unknown.json()["degraded"][-1]
    popular = [result.title.id for result in demo.recommend(k=10)]
    assert [result["id"] for result in unknown.json()["results"]] == popular
    night = service.post("/v1/groups/recommendations", json={"members": ["me"]})
    assert night.headers["x-matinee-degraded"] == "history"
    assert night.json()["degraded"][-1].startswith("new: ")
    service.app.state.store = service.store
    time.sleep(AGAIN_SECONDS)
    assert "x-matinee-degraded" not in service.get(URL).headers
