"""The client against the real server: every operation, typed answers, typed errors."""

from __future__ import annotations

import inspect
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from matinee.client import OPERATIONS, ClientError, MatineeClient, Retries
from matinee.client import errors as refusals
from matinee.client.answers import Recommended, SearchResult, Title
from matinee.errors import (
    ConflictError,
    ForbiddenError,
    NotSignedInError,
    QueryError,
    UnknownPersonError,
    UnknownTitleError,
)
from matinee.store.records import Scope

if TYPE_CHECKING:
    from matinee import Library

HERS = [("tmdb:949", 5.0), ("tmdb:769", 4.5), ("tmdb:680", 4.0), ("tmdb:275", 5.0)]
LEFT_OUT = ("aliases",)
"""Tags of operations that have no method: addresses of other systems."""
OTHER_FORMATS = {
    ("POST", "/v1/people/{person}/imports"): "an upload of a form",
}
"""Operations that have no method yet, and why."""


def documented(app) -> set[tuple[str, str]]:
    return {
        (verb.upper(), path)
        for path, item in app.openapi()["paths"].items()
        for verb, operation in item.items()
        if not set(operation.get("tags", ())) & set(LEFT_OUT)
    }


def test_every_operation_has_a_method(served):
    known = documented(served.app)
    assert known - set(OPERATIONS) - set(OTHER_FORMATS) == set()
    assert set(OPERATIONS) - known == set()
    for name in OPERATIONS.values():
        method = getattr(MatineeClient, name)
        assert inspect.getdoc(method)


def test_importing_it_loads_nothing_heavy():
    code = (
        "import sys, matinee.client; "
        "print(sorted({'numpy', 'httpx2', 'fastapi', 'pyarrow', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_searching(ann: MatineeClient, demo: Library):
    found = ann.search("a heist in Paris", 5, explain=True, facets=True)
    wanted = demo.search("a heist in Paris", k=5, explain=True, facets=True)
    assert [r.id for r in found.results] == [r.title.id for r in wanted]
    assert all(isinstance(each, SearchResult) and each.why for each in found.results)
    assert found.library == demo.version
    assert found.facets
    assert found.request_id
    filtered = ann.search("drama", filter=["year:1990..1999", "-genre:Horror"], knobs={"rrf_k": 20})
    assert filtered.results
    assert all(1990 <= (r.year or 0) <= 1999 for r in filtered.results)
    long = "somebody alone on a ship " * 200
    assert ann.search(long, 3).results[0].id == demo.search(long, k=3)[0].title.id
    assert ann.parse("french comedies from the nineties").conditions
    matrix = ann.title("imdb:tt0133093")
    assert matrix == Title(**{f: getattr(matrix, f) for f in Title.__struct_fields__})
    assert (matrix.id, matrix.year) == ("tmdb:603", 1999)
    alike = ann.similar("tmdb:11", 4).results
    assert [r.id for r in alike] == [r.title.id for r in demo.similar("tmdb:11", 4)]


def test_recommending(ann: MatineeClient, demo: Library):
    assert ann.rate_many(HERS).changed == len(HERS)
    wanted = demo.recommend(history=HERS, k=6)
    found = ann.recommendations(k=6)
    assert [r.id for r in found.results] == [r.title.id for r in wanted]
    assert all(isinstance(each, Recommended) and each.predicted for each in found.results)
    small = ann.recommendations(k=2, fields=["title", "score"], offset=1)
    assert [r.id for r in small.results] == [r.id for r in found.results[1:3]]
    assert small.results[0].year is None
    guest = ann.recommendations(k=3, history=["tmdb:603", ("tmdb:11", 5)], alone=True)
    assert guest.history == 2
    both = ann.recommendations(k=3, history=["tmdb:603"])
    assert both.history == len(HERS) + 1
    why = ann.explain(found.results[0].id)
    assert why.rank == 1
    assert why.sentence
    stars = ann.predict(["tmdb:603", "tmdb:11"]).predictions
    assert [p.id for p in stars] == ["tmdb:603", "tmdb:11"]
    assert all(0.5 <= p.stars <= 5 for p in stars)
    night = ann.group(["me", ["tmdb:603"]], "least-misery", k=4)
    assert [view.member for view in night.results[0].views] == ["ann", "person 2"]
    assert ann.trained("1", 3).results[0].id == demo.recommend("1", k=1)[0].title.id


def test_rating(ann: MatineeClient):
    said = ann.rate("tmdb:603", 4.5, time=1_700_000_000)
    assert (said.id, said.rating, said.time) == ("tmdb:603", 4.5, 1_700_000_000)
    assert ann.rate("tmdb:603", 4.5, time=1_700_000_000).revision == said.revision
    assert ann.rate("tmdb:603", action="dislike").revision > said.revision
    assert ann.rating("tmdb:603").action == "dislike"
    assert [c.action for c in ann.changes("tmdb:603")] == ["rating", "dislike"]
    ann.rate("tmdb:11", 3)
    assert [c.id for c in ann.changes()] == ["tmdb:603", "tmdb:603", "tmdb:11"]
    assert [r.id for r in ann.ratings(fields="title")] == ["tmdb:11", "tmdb:603"]
    ann.unrate("tmdb:603")
    ann.unrate("tmdb:603")
    with pytest.raises(UnknownTitleError):
        ann.rating("tmdb:603")
    many = ann.rate_many([("tmdb:949", 5), "tmdb:999999999"], skip_unknown=True)
    assert (many.rated, many.unknown) == (1, ("tmdb:999999999",))
    assert list(ann.imports()) == []


def test_lists_are_read_to_their_end(ann: MatineeClient, demo: Library, monkeypatch):
    titles = sorted(title.id for title in list(demo.engine.catalogue)[:25])
    ann.rate_many([(title, 3.5) for title in titles])
    monkeypatch.setattr("matinee.client.wire.PAGE", 7)
    rated = list(ann.ratings())
    assert [each.id for each in rated] == titles
    assert {each.rating for each in rated} == {3.5}


def test_lists(ann: MatineeClient):
    ann.watch("tmdb:603", time=1_700_000_000)
    ann.watch("tmdb:603", time=1_700_100_000, again=True)
    assert [w.action for w in ann.watches()] == ["rewatch", "watch"]
    ann.unwatch("tmdb:603")
    assert list(ann.watches()) == []
    assert ann.add_to_watchlist("tmdb:949").id == "tmdb:949"
    assert [each.id for each in ann.watchlist()] == ["tmdb:949"]
    assert "Heat" in ann.watchlist_rss()
    assert ann.watchlist_radarr()[0]["tmdb_id"] == 949
    ann.remove_from_watchlist("tmdb:949")
    assert list(ann.watchlist()) == []
    first = ann.recommendations(k=1).results[0].id
    ann.hide(first)
    assert [each.id for each in ann.hidden()] == [first]
    assert first not in [r.id for r in ann.recommendations(k=1_000).results]
    ann.unhide(first)
    assert list(ann.hidden()) == []
    ann.rate("tmdb:603", 4.5)
    everything = ann.export()
    assert everything.person == "ann"
    assert [each["id"] for each in everything.ratings] == ["tmdb:603"]
    assert "The Matrix" in ann.export_csv()


def test_events(ann: MatineeClient):
    shown = ann.search("heist", 3)
    told = [
        {
            "kind": "impression",
            "id": r.id,
            "position": i,
            "request": shown.request_id,
            "key": f"{i}",
        }
        for i, r in enumerate(shown.results)
    ]
    taken = ann.record_events(told)
    assert (taken.new, taken.repeated) == (3, 0)
    taken = ann.record_events([*told, {"kind": "click", "id": shown.results[0].id}])
    assert (taken.new, taken.repeated) == (1, 3)
    clicks = list(ann.events(kind="click"))
    assert [(event.id, event.person) for event in clicks] == [(shown.results[0].id, "ann")]
    assert len(list(ann.events(person="ann"))) == 4


def test_experiments(ann: MatineeClient):
    for title, stars in HERS:
        ann.rate(title, stars)
    before = ann.recommendations(k=8)
    made = ann.create_experiment(
        "content-or-not", "recommend", "interleave", b={"method": "content"}
    )
    assert (made.surface, made.b, made.stopped) == ("recommend", {"method": "content"}, None)
    assert ann.experiment("content-or-not") == made
    assert ann.experiments() == [made]
    mixed = ann.recommendations(k=8)
    assert {each.arm for each in mixed.results} >= {"a", "b"}
    assert {each.arm for each in before.results} == {None}
    # Whoever says what they want gets that, and not an experiment.
    assert {each.arm for each in ann.recommendations(k=8, method="rdlae").results} == {None}
    # Impressions are written down without the answer waiting for it.
    deadline = time.monotonic() + 10
    report = ann.experiment_report("content-or-not", planned=100)
    while not report.impressions and time.monotonic() < deadline:
        time.sleep(0.05)
        report = ann.experiment_report("content-or-not", planned=100)
    assert report.experiment == "content-or-not"
    assert report.impressions == 8
    assert report.verdict
    assert ann.stop_experiment("content-or-not").stopped
    assert ann.recommendations(k=8).results == before.results
    with pytest.raises(ClientError):
        ann.experiment("no-such-experiment")


def test_jobs(ann: MatineeClient):
    made = ann.create_job("verify")
    assert made.kind == "verify"
    told = list(ann.follow_job(made.key))
    assert told[-1].ended
    assert told[-1].state == "done"
    assert ann.job(made.key) == told[-1]
    assert ann.jobs(limit=1) == [told[-1]]
    with pytest.raises(ConflictError):
        ann.cancel_job(made.key)
    with pytest.raises(ConflictError):
        ann.retry_job(made.key)
    with pytest.raises(QueryError):
        ann.create_job("dance")
    with pytest.raises(ClientError) as raised:
        next(ann.follow_job(made.key + 1))
    assert raised.value.status == 404


def test_accounts(ann: MatineeClient, served):
    assert ann.me().name == "ann"
    assert ann.me().role == "admin"
    made = ann.create_person("bo", max_age=12)
    assert (made.name, made.max_age) == ("bo", 12)
    with pytest.raises(ConflictError) as raised:
        ann.create_person("bo")
    assert raised.value.status == 409
    assert ann.change_person("bo", max_age=8).max_age == 8
    token = ann.create_token("bo", label="tests", scopes=["read"])
    assert token.token
    assert token.token not in repr(token)
    with MatineeClient(served.url, token=token.token) as bo:
        assert bo.me().name == "bo"
        with pytest.raises(ForbiddenError):
            bo.rate("tmdb:862", 4)
        with pytest.raises(UnknownPersonError):
            bo.recommendations("ann")
        with pytest.raises(ForbiddenError):
            bo.people()
    assert [t.label for t in ann.tokens("bo")] == ["tests"]
    ann.revoke_token(token.key, person="bo")
    assert ann.tokens("bo")[0].revoked
    assert {person.name for person in ann.people()} >= {"ann", "bo"}
    ann.delete_person("bo")
    with pytest.raises(UnknownPersonError):
        ann.recommendations("bo")


def test_the_service(ann: MatineeClient, demo: Library):
    assert ann.live().status == "live"
    assert ann.ready().library == demo.version
    status = ann.status()
    assert (status.library, status.titles) == (demo.version, len(demo))
    assert [v.name for v in ann.versions() if v.live] == [demo.version]
    assert ann.version(demo.version).titles == len(demo)
    assert ann.reload().library == demo.version
    assert ann.activate(demo.version).agreed


def test_what_is_refused_comes_as_the_error_it_is(ann: MatineeClient, served):
    with pytest.raises(UnknownTitleError) as raised:
        ann.title("tmdb:999999999")
    error = raised.value
    assert isinstance(error, ClientError)
    assert isinstance(error, refusals.TitleNotFoundError)
    assert error.status == 404
    assert error.kind == "unknown-title"
    assert error.cure
    assert error.request_id
    assert "tmdb:999999999" in error.detail
    with pytest.raises(QueryError):
        ann.search("x", 0)
    with pytest.raises(QueryError):
        ann.recommendations(diversity=5)
    with pytest.raises(QueryError):
        ann.rate("tmdb:603", 17)
    with MatineeClient(served.url) as nobody, pytest.raises(NotSignedInError):
        nobody.search("x")
    wrong = "mtn_" + "x" * 43
    with MatineeClient(served.url, token=wrong) as nobody, pytest.raises(NotSignedInError):
        nobody.me()
    with served.client("reader", Scope.READ) as only, pytest.raises(ForbiddenError):
        only.hide("tmdb:603")


def test_nobody_there():
    with (
        MatineeClient("http://127.0.0.1:9", retries=Retries(tries=1)) as client,
        pytest.raises(refusals.NoAnswerError) as raised,
    ):
        client.live()
    assert "matinee serve" in str(raised.value)
