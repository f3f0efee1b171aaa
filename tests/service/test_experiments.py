"""Experiments over HTTP: who is shown what, what is written down, and what is reported."""

from __future__ import annotations

import dataclasses
from concurrent.futures import Future
from typing import Annotated

import pytest
from fastapi import Query, Request
from starlette.testclient import TestClient

from matinee.errors import StoreUnavailableError
from matinee.evaluate.experiments import arm_of, takes_part
from matinee.pipeline.recommended import Recommendations, Recommended
from matinee.query.wanted import RecommendRequest
from matinee.service import create_app
from matinee.service import experiments as serving
from matinee.service.depends import Reader, Stored, as_json
from matinee.service.experiments import experimented
from matinee.service.params import SearchParams  # noqa: TC001 -- read when the app is made
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Event, Experiment, Kind, Role

MIX = {
    "name": "mix",
    "surface": "search",
    "design": "interleave",
    "a": {},
    "b": {"method": "lexical"},
}
SPLIT = MIX | {"name": "split", "design": "ab"}


class TwoRankers:
    """The library of the other tests, whose "lexical" answers come from last to first."""

    def __init__(self, library) -> None:
        self._library = library

    def answer(self, request):
        found = self._library.answer(dataclasses.replace(request, k=1_000))
        results = found.results[::-1] if request.method == "lexical" else found.results
        return dataclasses.replace(found, results=results[: request.k])


@pytest.fixture
def titles(library):
    return [result.title for result in library.search("x", k=1_000)]


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    opened.accounts.create("root", role=Role.ADMIN).result()
    for i in range(12):
        opened.accounts.create(f"p{i}").result()
    yield opened
    opened.close()


@pytest.fixture
def browse(library, store, monkeypatch):
    """Make clients of one app, whose route /v1/try is a search that takes part in experiments."""
    # A stop elsewhere is seen within this time, and tests do not wait.
    monkeypatch.setattr(serving, "_FRESH", 0.0)
    monkeypatch.setattr(serving, "_AGAIN", 0.0)
    app = create_app(library, settings=Settings(), store=store)
    rankers = TwoRankers(library)
    app.state.rankers = rankers

    @app.get("/v1/try")
    def attempt(
        request: Request,
        caller: Reader,
        store: Stored,
        params: Annotated[SearchParams, Query()],
        first: Annotated[int, Query(alias="min_votes")] = 0,
    ):
        wish, given = params.request(), params.model_fields_set
        wish = dataclasses.replace(wish, min_votes=0)
        shown = experimented(
            wish, "search", caller, store, rankers.answer, request=request, given=given, first=first
        )
        return as_json(shown.to_dict(), headers=shown.headers)

    made = []

    def client(name):
        scopes = {"read", "write", "admin"} if name == "root" else {"read", "write"}
        _, secret = store.tokens.create(name, scopes=frozenset(scopes)).result()
        browser = TestClient(
            app, base_url="http://localhost", headers={"authorization": f"Bearer {secret}"}
        )
        browser.__enter__()
        made.append(browser)
        return browser

    yield client
    for browser in made:
        browser.__exit__(None, None, None)


@pytest.fixture
def root(browse):
    return browse("root")


def begin(root, **changes):
    answer = root.post("/v1/experiments", json=MIX | changes)
    assert answer.status_code == 201, answer.text
    return answer


def impressions(store):
    # Writes are made one after the other: when this one is on disk, so are those before it.
    store.accounts.update("p0", max_age=None).result()
    return store.events.read(kind=Kind.IMPRESSION)


def ids(answer):
    return [result["id"] for result in answer.json()["results"]]


# Managing


def test_an_experiment_is_begun_listed_and_stopped(root, store):
    answer = begin(root, share=0.5)
    made = answer.json()
    assert answer.headers["location"] == "/v1/experiments/mix"
    assert made == MIX | {"share": 0.5, "created": made["created"], "stopped": None}
    assert root.get("/v1/experiments/mix").json() == made
    assert root.get("/v1/experiments").json() == {"experiments": [made]}
    assert len(store.experiments.get("mix").salt) == 16
    stopped = root.post("/v1/experiments/mix/stop").json()
    assert stopped["stopped"] is not None
    assert root.post("/v1/experiments/mix/stop").json() == stopped


@pytest.mark.parametrize(
    "changes",
    [
        {"b": {}},
        {"b": {"method": "best"}},
        {"b": {"k": 3}},
        {"b": {"w_dense": 1e9}},
        {"b": {"method": ["ce"]}},
        {"surface": "moon"},
        {"share": 0},
        {"share": "1"},
        {"name": "a/b"},
        {"salt": "mine"},
    ],
)
def test_one_that_cannot_run_is_refused(root, store, changes):
    assert root.post("/v1/experiments", json=MIX | changes).status_code == 422
    assert store.experiments.all() == []


def test_a_name_is_given_once_and_an_unknown_one_is_not_found(root):
    begin(root)
    assert root.post("/v1/experiments", json=MIX).status_code == 409
    for path in ("none", "none/report", "x" * 70):
        assert root.get(f"/v1/experiments/{path}").status_code == 404
    assert root.post("/v1/experiments/none/stop").status_code == 404


def test_only_administrators_may(browse, root):
    begin(root)
    person = browse("p1")
    for path in ("/v1/experiments", "/v1/experiments/mix", "/v1/experiments/mix/report"):
        assert person.get(path).status_code == 403
    assert person.post("/v1/experiments", json=MIX).status_code == 403
    assert person.post("/v1/experiments/mix/stop").status_code == 403


# Being shown


def test_without_an_experiment_the_answer_is_the_usual_one(browse, store, titles):
    answer = browse("p1").get("/v1/try?q=heist&k=5")
    assert ids(answer) == [title.id for title in titles[:5]]
    assert serving.HEADER not in answer.headers
    assert "arm" not in answer.json()["results"][0]
    assert impressions(store) == []


def test_a_mixed_answer_says_so_and_is_written_down(browse, root, store, titles):
    begin(root)
    answer = browse("p1").get("/v1/try?q=heist&k=6", headers={"x-request-id": "r1"})
    assert answer.headers[serving.HEADER] == "mix; interleaved"
    arms = [result["arm"] for result in answer.json()["results"]]
    assert sorted(arms) == ["a", "a", "a", "b", "b", "b"]
    first, last = {t.id for t in titles[:6]}, {t.id for t in titles[-6:]}
    for title, arm in zip(ids(answer), arms, strict=True):
        assert title in (first if arm == "a" else last)
    written = impressions(store)
    assert [(e.title, e.arm, e.position) for e in written] == list(
        zip(ids(answer), arms, range(6), strict=True)
    )
    assert {(e.experiment, e.request) for e in written} == {("mix", "r1")}
    assert {e.person for e in written} == {store.accounts.get("p1").key}


def test_a_request_sent_again_is_one_row_a_place_and_the_same_answer(browse, root, store):
    begin(root)
    person = browse("p1")
    answers = [person.get("/v1/try?q=x", headers={"x-request-id": "r1"}) for _ in range(3)]
    assert ids(answers[0]) == ids(answers[1]) == ids(answers[2])
    assert len(impressions(store)) == 10


def test_the_key_of_an_impression_tells_answers_places_and_titles_apart():
    one = serving._key("r1", "mix", 0, "t:1")
    others = [("r2", "mix", 0, "t:1"), ("r1", "x", 0, "t:1"), ("r1", "mix", 1, "t:1")]
    others += [("r1", "mix", 0, "t:2")]
    assert one == serving._key("r1", "mix", 0, "t:1")
    assert one not in {serving._key(*other) for other in others}


def test_each_person_sees_one_ranker_of_an_ab_experiment(browse, root, store, titles):
    begin(root, design="ab")
    experiment = store.experiments.get("mix")
    seen = set()
    for i in range(8):
        arm = arm_of(experiment, f"p{i}")
        person = browse(f"p{i}")
        for _ in range(2):
            answer = person.get("/v1/try?q=heist&k=3")
            assert answer.headers[serving.HEADER] == f"mix; {arm}"
            expected = titles[:3] if arm == "a" else titles[:-4:-1]
            assert ids(answer) == [title.id for title in expected]
            assert "arm" not in answer.json()["results"][0]
        seen.add(arm)
    assert len(impressions(store)) == 8 * 2 * 3
    assert seen == {"a", "b"}


def test_who_is_not_in_the_share_sees_the_usual_answer(browse, root, store):
    begin(root, share=0.5)
    experiment = store.experiments.get("mix")
    taking = {f"p{i}" for i in range(12) if takes_part(experiment, f"p{i}")}
    assert 0 < len(taking) < 12
    for i in range(12):
        answer = browse(f"p{i}").get("/v1/try?q=heist")
        assert (serving.HEADER in answer.headers) == (f"p{i}" in taking)
    assert {e.person for e in impressions(store)} == {store.accounts.get(p).key for p in taking}


@pytest.mark.parametrize("said", ["method=hybrid", "method=lexical", "sort=newest"])
def test_who_says_how_to_rank_gets_that_and_is_not_exposed(browse, root, store, said):
    begin(root)
    answer = browse("p1").get(f"/v1/try?q=heist&{said}")
    assert serving.HEADER not in answer.headers
    assert impressions(store) == []


def test_what_the_experiment_does_not_vary_may_be_said(browse, root):
    begin(root)
    answer = browse("p1").get("/v1/try?q=heist&w_dense=2")
    assert serving.HEADER in answer.headers


def test_a_later_page_goes_on_where_the_first_one_ended(browse, root, store):
    begin(root)
    person = browse("p1")
    whole = person.get("/v1/try?q=x&k=8")
    rest = person.get("/v1/try?q=x&k=8&min_votes=5", headers={"x-request-id": "later"})
    assert ids(rest) == ids(whole)[5:]
    later = [e for e in impressions(store) if e.request == "later"]
    assert [(e.position, e.title) for e in later] == list(enumerate(ids(whole)))[5:]


def test_a_stopped_experiment_shows_nothing_more(browse, root):
    begin(root)
    root.post("/v1/experiments/mix/stop")
    assert serving.HEADER not in browse("p1").get("/v1/try?q=heist").headers


def test_of_two_experiments_the_older_one_is_shown(browse, root, store):
    begin(root)
    begin(root, name="another", b={"method": "retrieval"})
    # They began within one second: then the name decides, the same for all workers.
    assert browse("p1").get("/v1/try?q=x").headers[serving.HEADER] == "another; interleaved"


# Failing


def test_a_ranker_that_fails_is_not_shown_and_the_answer_says_so(browse, root, store):
    begin(root, b={"method": "ce"})
    answer = browse("p1").get("/v1/try?q=heist")
    assert answer.status_code == 200
    assert serving.FAILED in answer.headers["x-matinee-degraded"]
    assert serving.HEADER not in answer.headers
    assert impressions(store) == []


def test_a_request_at_fault_fails_as_ever(browse, root):
    begin(root)
    assert browse("p1").get("/v1/try?q=").status_code == 422


def test_without_the_store_there_is_an_answer_and_it_says_so(browse, root, store, monkeypatch):
    begin(root)
    person = browse("p1")

    def away(surface):
        raise StoreUnavailableError("The store does not answer")

    person.get("/v1/try?q=x")
    monkeypatch.setattr(store.experiments, "running", away)
    answer = person.get("/v1/try?q=heist")
    assert answer.status_code == 200
    # What was known before still holds.
    assert serving.HEADER in answer.headers
    assert serving.UNKNOWN in answer.headers["x-matinee-degraded"]


def test_what_cannot_be_written_down_is_told_by_the_next_answers(browse, root, store, monkeypatch):
    begin(root)
    person = browse("p1")
    broken = Future()
    broken.set_exception(StoreUnavailableError("The store does not answer"))
    with monkeypatch.context() as patch:
        patch.setattr(store.events, "record", lambda *_: broken)
        assert person.get("/v1/try?q=a").status_code == 200
        answer = person.get("/v1/try?q=b")
        assert serving.UNRECORDED in answer.headers["x-matinee-degraded"]
    person.get("/v1/try?q=c")
    impressions(store)
    assert "x-matinee-degraded" not in person.get("/v1/try?q=d").headers


def test_the_answer_does_not_wait_for_the_record(browse, root, store, monkeypatch):
    begin(root)
    monkeypatch.setattr(store.events, "record", lambda *_: Future())
    assert browse("p1").get("/v1/try?q=heist").status_code == 200


# Reports


def test_a_report_counts_what_people_did_with_what_they_were_shown(browse, root, store):
    begin(root)
    for i in range(8):
        answer = browse(f"p{i}").get("/v1/try?q=heist", headers={"x-request-id": f"r{i}"})
        chosen = next(r for r in answer.json()["results"] if r["arm"] == "b")
        click = Event(
            kind=Kind.CLICK, title=chosen["id"], key="c", time=1_900_000_000, request=f"r{i}"
        )
        store.events.record(store.accounts.get(f"p{i}").key, [click]).result()
    made = root.get("/v1/experiments/mix/report?planned=8").json()
    assert (made["people"], made["answers"], made["impressions"]) == (8, 8, 80)
    assert (made["preferred"]["people_b"], made["preferred"]["people_a"]) == (8, 0)
    assert made["preferred"]["delta"] == {"mean": 0.5, "low": 0.5, "high": 0.5}
    assert made["verdict"] == "People prefer b (p .008)"
    assert made["warnings"] == []
    assert root.get("/v1/experiments/mix/report?planned=0").status_code == 422


def test_what_a_client_says_it_was_shown_does_not_count(browse, root, store):
    begin(root)
    client = browse("p2")
    event = {"kind": "impression", "id": "tmdb:603", "experiment": "mix", "arm": "b"}
    for key, status in (("own", 200), ("shown/own", 422)):
        event |= {"key": key, "request": "made-up", "position": 0}
        answer = client.post("/v1/events", json=event)
        assert answer.status_code == status, answer.text
    assert [event.key for event in impressions(store)] == ["own"]
    assert root.get("/v1/experiments/mix/report").json()["people"] == 0


def test_a_report_of_too_few_says_so(browse, root, store):
    begin(root, design="ab")
    browse("p1").get("/v1/try?q=heist")
    assert impressions(store)
    made = root.get("/v1/experiments/mix/report").json()
    assert made["verdict"].startswith("Not enough data")
    assert made["arms"]["a"]["people"] + made["arms"]["b"]["people"] == 1


# Recommendations


def test_recommendations_are_mixed_as_well(store, titles):
    asked = []

    def ask(wish):
        asked.append(wish.exploration)
        found = titles[5:8] if wish.exploration else titles[:3]
        results = tuple(Recommended(title, 1.0) for title in found)
        return Recommendations(results, "ease", "v1", 3, 1.0, (f"at {wish.exploration}",))

    experiment = Experiment(
        name="far", surface="recommend", design="interleave", a={}, b={"exploration": 0.4}
    )
    shown = serving._made(experiment, RecommendRequest(k=3), "anna", ask)
    assert asked == [0.0, 0.4]
    assert len(shown.answer.results) == len(shown.arms) == 3
    assert set(shown.arms) == {"a", "b"}
    assert shown.answer.notes == ("at 0.0", "at 0.4")
    assert shown.answer.method == "ease"
