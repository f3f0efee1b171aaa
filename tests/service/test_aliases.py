"""The addresses of the five systems before: every promise of theirs, and none of their faults."""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from matinee.catalogue.certification import certificate_age
from matinee.deeds import deed_of
from matinee.errors import MatineeError
from matinee.interaction import Action
from matinee.service import api, problems
from matinee.service.caller import Caller
from matinee.service.routes import aliases
from matinee.store import open_store
from matinee.store.records import Role, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee import Library
    from matinee.pipeline.results import Results
    from matinee.query.request import SearchRequest
    from matinee.store import Store

CRIME = [("tmdb:949", 5.0), ("tmdb:769", 4.5), ("tmdb:680", 4.0), ("tmdb:275", 5.0)]
EXAMPLES = (
    "smart heist thriller set in Europe",
    "lonely space survival drama",
    "neo-noir crime with witty dialogue",
    "cozy holiday romcom",
    "malayalam thriller",
    "slow-burn sci-fi about isolation in space",
    "Indian Malayalam investigative thriller after 2020",
    "like 'Drishyam', tight family crime with twists",
    "anime coming-of-age with music and friendship",
    "Tamil neo-noir crime in Chennai",
    "French heist comedy 2000s",
)
"""The queries of tmdb-hybrid's own examples."""


class Service:
    """The aliases and the search, with somebody who asks."""

    def __init__(self, library: Library, store: Store) -> None:
        self.store, self.library = store, library
        self.caller = self.named("ann", role=Role.ADMIN)
        app = FastAPI()
        app.state.holder = SimpleNamespace(get=lambda: library)
        app.state.store = store
        app.state.settings = SimpleNamespace(answer_cache=64)
        app.include_router(aliases.router)
        app.include_router(api.router)

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
        self.app, self.client = app, TestClient(app)
        self.get, self.post = self.client.get, self.client.post

    def named(self, name: str, **facts: Any) -> Caller:
        person = self.store.accounts.create(name, **facts).result()
        scopes = frozenset({Scope.READ, Scope.WRITE})
        if person.role is Role.ADMIN:
            scopes |= {Scope.ADMIN}
        return Caller(person, scopes, "token", name)

    def rate(self, *history: Any) -> None:
        self.store.history.rate(self.caller.person.key, list(map(deed_of, history))).result()


@pytest.fixture
def service(demo: Library, tmp_path) -> Iterator[Service]:
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    made = Service(demo, store)
    with made.client:
        yield made
    store.close()


def no_nan(text: str) -> Any:
    """Return JSON, which has no NaN and no infinity."""

    def refuse(name: str) -> float:
        raise AssertionError(f"{name} in JSON")

    return json.loads(text, parse_constant=refuse)


# maze


@pytest.mark.parametrize("count", [3, 5, 10, 25])
def test_maze_text_search_gives_as_many_as_asked_for(service: Service, count: int):
    answer = service.get("/v1/search", params={"q": "a lonely robot in space", "k": count})
    results = answer.json()["results"]
    assert len(results) == count
    scores = [result["score"] for result in results]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


# netflix-recsys


def test_netflix_query(service: Service, demo: Library):
    body = {"query": "a heist in Paris", "top_k": 5}
    answer = service.post("/api/recommend/query", json=body)
    assert answer.status_code == 200
    said = no_nan(answer.text)
    assert set(said) == {"recommendations"}
    assert len(said["recommendations"]) == 5
    assert {frozenset(each) for each in said["recommendations"]} == {frozenset({"title", "score"})}
    wanted = demo.search("a heist in Paris", k=5)
    assert [each["title"] for each in said["recommendations"]] == [r.title.title for r in wanted]
    assert all(isinstance(each["score"], float) for each in said["recommendations"])


@pytest.mark.parametrize("top_k", [51, 200, 1_000])
def test_netflix_top_k_is_never_capped_behind_ones_back(service: Service, top_k: int):
    body = {"query": "love", "top_k": top_k}
    found = service.post("/api/recommend/query", json=body).json()["recommendations"]
    assert len(found) == top_k


@pytest.mark.parametrize("top_k", [0, -1, 1_001, 10**9, 2.5, "five", None])
def test_netflix_top_k_out_of_bounds_is_refused(service: Service, top_k: Any):
    body = {"query": "love", "top_k": top_k}
    assert service.post("/api/recommend/query", json=body).status_code == 422


def test_netflix_other_bodies_are_refused(service: Service):
    for body in ({}, {"query": ""}, {"query": 5}, {"query": "x", "k": 5}, {"query": "x" * 10_001}):
        assert service.post("/api/recommend/query", json=body).status_code == 422


def test_netflix_says_when_part_of_the_search_is_out_of_order(
    service: Service, demo: Library, monkeypatch: pytest.MonkeyPatch
):
    body = {"query": "a heist in Paris", "top_k": 5}
    assert "x-matinee-degraded" not in service.post("/api/recommend/query", json=body).headers

    usual = type(demo).answer

    def poor(self: Library, request: SearchRequest) -> Results:
        return replace(usual(self, request), lacking=("meaning",))

    monkeypatch.setattr(type(demo), "answer", poor)
    answer = service.post("/api/recommend/query", json=body)
    assert answer.headers["x-matinee-degraded"] == "meaning"
    asked = {"input_text": "somebody robs a bank in Paris"}
    assert service.get("/title-or-prompt", params=asked).headers["x-matinee-degraded"] == "meaning"


# tmdb-hybrid


@pytest.mark.parametrize("method", ["retrieval", "blend", "mmr", "hybrid"])
def test_hybrid_methods(service: Service, method: str):
    asked = {"q": "smart heist thriller set in Europe", "method": method, "k": 10}
    answer = service.get("/v1/search", params=asked).json()
    assert answer["method"] == method
    titles = [result["title"] for result in answer["results"]]
    assert len(titles) == 10
    # Priors that were not brought to one scale made this the first.
    assert "Iron Man 3" not in titles


def test_hybrid_ce_answers_or_says_which_model_is_missing(service: Service):
    answer = service.get("/v1/search", params={"q": "heist", "method": "ce", "k": 3})
    assert answer.status_code in (200, 503)
    if answer.status_code == 200:
        assert answer.json()["method"] == "ce"
    else:
        assert answer.json()["cure"]


def test_hybrid_mmr_differs_and_is_not_slow(service: Service):
    asked = {"q": "space adventure", "k": 10, "method": "mmr", "mmr_lambda": 0.3}
    mixed = service.get("/v1/search", params=asked).json()
    plain = service.get("/v1/search", params=asked | {"method": "hybrid"}).json()
    assert [r["id"] for r in mixed["results"]] != [r["id"] for r in plain["results"]]


@pytest.mark.parametrize("query", EXAMPLES)
def test_hybrid_examples_find_something(service: Service, query: str):
    answer = service.get("/v1/search", params={"q": query, "k": 5}).json()
    assert answer["results"]


@pytest.mark.parametrize(
    ("query", "language"), [("thriller", "th"), ("holiday", "da"), ("heist thriller", "th")]
)
def test_hybrid_words_are_no_language_codes(service: Service, query: str, language: str):
    read = service.get("/v1/parse", params={"q": query}).json()
    assert not [c for c in read["conditions"] if c["field"] == "language"]
    found = service.get("/v1/search", params={"q": query, "k": 10}).json()["results"]
    assert any(language not in result["languages"] for result in found)


def test_hybrid_language_policy_off_is_off(service: Service):
    asked = {"q": "malayalam thriller", "k": 40}
    strict = service.get("/v1/search", params=asked).json()["results"]
    assert {result["languages"][0] for result in strict} == {"ml"}
    off = service.get("/v1/search", params=asked | {"lang_policy": "off"}).json()
    assert not [c for c in off["understood"]["conditions"] if c["field"] == "language"]
    assert {result["languages"][0] for result in off["results"]} != {"ml"}


def test_hybrid_topping_up_keeps_the_least_votes(service: Service):
    asked = {"q": "malayalam thriller", "k": 40, "min_votes": 300, "top_up": True}
    answer = service.get("/v1/search", params=asked).json()
    assert len(answer["results"]) > len(
        service.get("/v1/search", params=asked | {"top_up": False}).json()["results"]
    )
    assert all(result["vote_count"] >= 300 for result in answer["results"])
    assert answer["degraded"]


# cf-service


def test_cf_user_recommend(service: Service, demo: Library):
    service.rate(*CRIME)
    answer = service.get("/user_recommend/me", params={"top_k": 7})
    said = no_nan(answer.text)
    assert set(said) == {"user_id", "recommendations"}
    assert said["user_id"] == "me"
    fields = {
        "title",
        "predicted_rating",
        "vote_average",
        "vote_count",
        "popularity",
        "genres",
    }
    assert {frozenset(each) for each in said["recommendations"]} == {frozenset(fields)}
    wanted = demo.recommend(history=CRIME, k=7)
    assert [each["title"] for each in said["recommendations"]] == [r.title.title for r in wanted]
    for each in said["recommendations"]:
        assert 0.5 <= each["predicted_rating"] <= 5
        assert isinstance(each["genres"], list)
    assert "x-matinee-degraded" not in answer.headers


def test_cf_never_recommends_what_somebody_rated(service: Service, demo: Library):
    taste = demo.engine.taste
    for name in ("1", "2", "3", "5", "8"):
        did = taste.people.find(name)
        rated = {
            demo.engine.catalogue.title(int(row)).title
            for row in taste.rows[did.items[did.actions == Action.RATING]]
        }
        assert rated
        said = service.get(f"/user_recommend/{name}", params={"top_k": 100}).json()
        titles = [each["title"] for each in said["recommendations"]]
        assert len(titles) == 100
        namesakes = {"The Killing", "Solaris", "Superman", "Little Women", "Drishyam"}
        assert not (set(titles) & rated) - namesakes


@pytest.mark.parametrize("top_k", [0, -1, -5, 1_001, "many", 1.5])
def test_cf_bad_top_k_is_refused(service: Service, top_k: Any):
    assert service.get("/user_recommend/me", params={"top_k": top_k}).status_code == 422
    asked = {"input_text": "Heat", "top_k": top_k}
    assert service.get("/title-or-prompt", params=asked).status_code == 422
    assert service.get("/movies/recommendations", params={"limit": top_k}).status_code == 422


def test_cf_users_of_the_training_are_for_administrators(service: Service):
    assert service.get("/user_recommend/1").status_code == 200
    assert service.get("/user_recommend/nobody-at-all").status_code == 404
    service.caller = service.named("bo")
    assert service.get("/user_recommend/1").status_code == 404
    assert service.get("/user_recommend/ann").status_code == 404
    assert service.get("/user_recommend/bo").status_code == 200


def test_cf_without_a_rating_model_stars_are_null_and_that_is_said(
    service: Service, demo: Library, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(demo.engine.taste, "card", replace(demo.engine.taste.card, rating=None))
    answer = service.get("/user_recommend/1", params={"top_k": 5})
    assert answer.headers["x-matinee-degraded"] == "no-rating-model"
    assert [r["predicted_rating"] for r in answer.json()["recommendations"]] == [None] * 5


ALIKE = {"title", "similarity", "vote_count", "vote_average", "poster_path"}


@pytest.mark.parametrize("text", ["Star Wars", "star wars", "STAR WARS", "  star wars ", "tmdb:11"])
def test_cf_title(service: Service, demo: Library, text: str):
    answer = service.get("/title-or-prompt", params={"input_text": text})
    found = no_nan(answer.text)
    assert len(found) == 10
    assert all(set(each) >= ALIKE for each in found)
    assert [each["title"] for each in found] == [
        result.title.title for result in demo.similar("tmdb:11", 10)
    ]
    assert "Predator 2" not in [each["title"] for each in found]
    assert found[0]["title"] == "The Empire Strikes Back"
    assert [each["similarity"] for each in found] == sorted(
        (each["similarity"] for each in found), reverse=True
    )


def test_cf_a_name_of_several_films_means_the_best_known_and_says_so(service: Service):
    plain = service.get("/title-or-prompt", params={"input_text": "solaris"})
    assert plain.headers["x-matinee-degraded"] == "title-ambiguous"
    others = plain.headers["x-matinee-others"].split(",")
    assert len(others) == 1
    by_id = service.get("/title-or-prompt", params={"input_text": others[0]})
    assert by_id.status_code == 200
    assert "x-matinee-others" not in by_id.headers
    assert by_id.json() != plain.json()


def test_cf_prompt(service: Service, demo: Library):
    prompt = "a man alone on a spaceship with a computer"
    found = no_nan(service.get("/title-or-prompt", params={"input_text": prompt}).text)
    wanted = demo.search(prompt, k=10)
    assert [each["id"] for each in found] == [result.title.id for result in wanted]
    assert [each["similarity"] for each in found] == [round(r.score, 6) for r in wanted]
    for text in ("", "   "):
        assert service.get("/title-or-prompt", params={"input_text": text}).status_code == 422
    assert service.get("/title-or-prompt").status_code == 422
    assert service.get("/title-or-prompt", params={"input_text": "tmdb:999999"}).status_code == 404


def test_cf_no_title_fails_and_none_has_nan(service: Service, demo: Library):
    for title in list(demo.engine.catalogue)[:200]:
        answer = service.get("/title-or-prompt", params={"input_text": title.title, "top_k": 5})
        assert answer.status_code == 200, title.title
        found = no_nan(answer.text)
        assert found
        for each in found:
            assert 0 <= each["similarity"] <= 1
            average = each["vote_average"]
            assert average is None or not math.isnan(average)


def test_cf_the_age_limit_holds(service: Service, demo: Library):
    service.caller = service.named("child", max_age=8)
    service.rate(("tmdb:862", 5.0))
    urls = [
        ("/title-or-prompt", {"input_text": "toy story"}),
        ("/title-or-prompt", {"input_text": "a murder in the city"}),
        ("/title-or-prompt", {"input_text": "Pulp Fiction"}),
    ]
    for url, params in urls:
        for each in service.get(url, params=params).json():
            assert certificate_age(demo.title(each["id"]).certification) <= 8
    missing = service.get("/title-or-prompt", params={"input_text": "tmdb:680"})
    assert missing.status_code == 404
    named = {title.title for title in demo.engine.catalogue if _fits(title, 8)}
    body = {"query": "murder", "top_k": 20}
    for each in service.post("/api/recommend/query", json=body).json()["recommendations"]:
        assert each["title"] in named
    for url in ("/user_recommend/me", "/movies/recommendations"):
        recommended = service.get(url).json()["recommendations"]
        assert recommended
        assert all(each["title"] in named for each in recommended)


def _fits(title: Any, years: int) -> bool:
    age = certificate_age(title.certification)
    return age is not None and age <= years


# embeddings


def test_embeddings_movies(service: Service):
    service.rate(*CRIME)
    said = no_nan(service.get("/movies/recommendations", params={"limit": 6}).text)
    assert set(said) == {"user_id", "recommendations"}
    assert len(said["recommendations"]) == 6
    scores = [each["score"] for each in said["recommendations"]]
    assert scores == sorted(scores, reverse=True)
    by_name = service.get("/movies/recommendations", params={"limit": 6, "user_id": "ann"}).json()
    assert by_name["recommendations"] == said["recommendations"]
    rated = {title for title, _ in CRIME}
    for switches in ("", "&use_embeddings=false", "&use_context=true"):
        answer = service.get(f"/movies/recommendations?limit=500{switches}").json()
        assert len(answer["recommendations"]) == 500
        assert not {each["id"] for each in answer["recommendations"]} & rated


def test_embeddings_the_first_switch_acts(service: Service, demo: Library):
    service.rate(*CRIME)
    url, asked = "/movies/recommendations", {"limit": 20}
    with_them = service.get(url, params=asked | {"use_embeddings": True})
    without = service.get(url, params=asked | {"use_embeddings": False})
    assert "x-matinee-degraded" not in with_them.headers
    assert "x-matinee-degraded" not in without.headers
    chosen = [each["id"] for each in without.json()["recommendations"]]
    assert chosen == [r.title.id for r in demo.recommend(history=CRIME, method="rdlae", k=20)]
    mixed = [each["id"] for each in with_them.json()["recommendations"]]
    content = [r.title.id for r in demo.recommend(history=CRIME, method="content", k=20)]
    assert mixed not in (chosen, content)
    # What the stories are about brings in what they are near to.
    assert len(set(mixed) & set(content)) > len(set(chosen) & set(content))


def test_embeddings_nothing_shared_and_no_content_is_said(service: Service, demo: Library):
    people = demo.engine.taste.totals.people
    rows = demo.engine.taste.rows
    unseen = next(int(rows[i]) for i in range(len(rows)) if rows[i] >= 0 and not people[i])
    service.rate((demo.engine.catalogue.title(unseen).id, 5.0))
    answer = service.get("/movies/recommendations", params={"use_embeddings": False})
    assert answer.headers["x-matinee-degraded"] == "popularity-alone"
    popular = [r.title.id for r in demo.recommend(k=11)]
    assert {each["id"] for each in answer.json()["recommendations"]} <= set(popular)


def test_embeddings_the_second_switch_heeds_the_moment(
    service: Service, demo: Library, monkeypatch: pytest.MonkeyPatch
):
    service.rate(*CRIME)
    url = "/movies/recommendations?limit=100&use_embeddings=false"
    plain = service.get(url).json()["recommendations"]
    answers = []
    for moment in (1_734_000_000, 1_733_622_000):
        monkeypatch.setattr(time, "time", lambda moment=moment: moment)
        found = service.get(f"{url}&use_context=true").json()["recommendations"]
        wanted = demo.recommend(history=CRIME, k=100, method="rdlae", context=moment)
        assert [each["id"] for each in found] == [r.title.id for r in wanted]
        answers.append(found)
    assert plain not in answers
    assert answers[0] != answers[1]


def test_embeddings_without_ratings_there_is_an_answer_all_the_same(
    service: Service, demo: Library
):
    found = service.get("/movies/recommendations").json()["recommendations"]
    assert [each["id"] for each in found] == [r.title.id for r in demo.recommend(k=10)]


def test_embeddings_similar_movies_and_reasons_in_python(demo: Library):
    similar = demo.find_similar_movies("Star Wars", 5)
    assert len(similar) == 5
    assert all({"movie", "similarity"} <= set(each) for each in similar)
    assert similar[0]["movie"] == "The Empire Strikes Back"
    why = demo.explain_recommendation("1", "tmdb:11")
    assert set(why) == {"score", "explanation", "similar_to_your_favorites"}
    assert why["explanation"]
    assert why["similar_to_your_favorites"]
    assert {frozenset(each) for each in why["similar_to_your_favorites"]} == {
        frozenset({"movie", "similarity"})
    }
