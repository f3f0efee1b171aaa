"""Insights: studied once for each version, told as JSON and as a page, the server's to few."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import threading
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

import matinee
from matinee.deeds import Deed
from matinee.errors import StoreUnavailableError
from matinee.insights import Chart, Insights
from matinee.insights import study as study_library
from matinee.interaction import Action
from matinee.library import versions
from matinee.service import create_app, insights, insights_live, openapi
from matinee.service.ages import suitable
from matinee.service.insights import Studies, search_of
from matinee.service.insights_live import SHARES, latency, quantile
from matinee.service.middleware import SECURITY
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Role, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matinee import Library
    from matinee.store import Store

HERE = "http://127.0.0.1:7860"
HTML = {"Accept": "text/html"}
_VOID = frozenset(("br", "img", "input", "link", "meta", "hr"))


class Page(HTMLParser):
    """Notes what does not nest, and where ids and links point."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.inline: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        self._note(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids[value or ""] += 1
            if tag == "a" and name == "href":
                self.links.append(value or "")
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}={value}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


@pytest.fixture
def app(demo: Library, store: Store) -> Any:
    return create_app(demo, settings=Settings(rate_limit=0), store=store)


@pytest.fixture
def client(app: Any) -> Iterator[TestClient]:
    """The one person of a machine without accounts, who may see all there is."""
    with TestClient(app, base_url=HERE) as made:
        yield made


def as_person(client: TestClient, store: Store, name: str, **facts: Any) -> dict[str, str]:
    """Return the headers of somebody with an account, who is made."""
    store.accounts.create(name, **facts).result()
    scopes = frozenset(Scope) if facts.get("role") is Role.ADMIN else frozenset({Scope.READ})
    _, secret = store.tokens.create(name, scopes=scopes).result()
    return {"authorization": f"Bearer {secret}"}


def test_the_answer_is_what_is_studied_as_documented(client: TestClient, demo: Library) -> None:
    answer = client.get("/v1/insights")
    assert answer.status_code == 200
    told = answer.json()
    wanted = study_library(demo)
    assert {name: told[name] for name in wanted.to_dict()} == json.loads(
        json.dumps(wanted.to_dict())
    )
    assert told["titles"] == len(demo)
    assert {"years", "genres", "missing"} <= {chart["key"] for chart in told["charts"]}
    made = openapi.document(client.app)
    shape = made["components"]["schemas"]["InsightsAnswer"]
    assert set(told) == set(shape["properties"])
    for chart in [*told["charts"], *told["live"]["charts"]]:
        assert set(chart) == set(made["components"]["schemas"]["ChartAnswer"]["properties"])
    assert set(told["live"]) == set(made["components"]["schemas"]["LiveAnswer"]["properties"])


def test_it_is_not_sent_again_to_whoever_has_it(client: TestClient, store: Store) -> None:
    ann = as_person(client, store, "ann")
    first = client.get("/v1/insights", headers=ann)
    again = client.get("/v1/insights", headers=ann | {"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert first.headers["cache-control"] == "private, no-cache"


def test_the_page_is_sound_and_shows_every_chart(client: TestClient, demo: Library) -> None:
    client.get("/v1/search?q=a heist")
    answer = client.get("/insights", headers=HTML)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == SECURITY["content-security-policy"]
    page = Page(answer.text)
    assert (page.faults, page.open) == ([], [])
    assert page.inline == []
    assert {name: count for name, count in page.ids.items() if count > 1} == {}
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)", answer.text)
    assert answer.text.count("<h1") == 1
    # Every place of the list at its top is there.
    inside = [link[1:] for link in page.links if link.startswith("#") and link != "#main"]
    assert set(inside) <= set(page.ids)
    charts = study_library(demo).charts
    assert {chart.key for chart in charts} <= set(inside)
    text = unescape(answer.text)
    for chart in charts:
        assert chart.title in text
        assert chart.lead in text
        assert chart.note in text
        assert all(row in text for row in chart.rows)
    assert answer.text.count("<details") >= len(charts) + 1
    # Twice each: for a screen with room and for a phone; and the latency of that one search.
    assert answer.text.count("<figure") == len(charts) + 1


def test_links_of_rows_lead_to_the_titles_they_count(client: TestClient, demo: Library) -> None:
    told = {chart["key"]: chart for chart in client.get("/v1/insights").json()["charts"]}
    links = {link for link in Page(client.get("/insights").text).links if "filter=" in link}
    assert len(links) > 20
    for key, row in (("genres", 0), ("languages", 0), ("countries", 0), ("years", -1)):
        chart = told[key]
        address = search_of(key, chart["rows"][row])
        assert address in links
        wanted = parse_qs(urlsplit(address).query)["filter"]
        found = client.get("/v1/search", params={"filter": wanted, "k": 1000}).json()["results"]
        if key == "languages":
            # The chart counts the first language, the filter any.
            assert len(found) >= chart["values"][row][0]
        else:
            assert len(found) == chart["values"][row][0]


@pytest.mark.parametrize(
    ("chart", "row"),
    [
        ("votes", "top 1% of titles"),
        ("missing", "story"),
        ("languages", "Klingonese"),
        ("years", "the nineties"),
        ("runtime", "long"),
        ("quality", "NDCG@10"),
    ],
)
def test_a_row_without_a_search_has_no_link(chart: str, row: str) -> None:
    assert search_of(chart, row) is None


@given(st.sampled_from(("genres", "languages", "countries", "years", "runtime")), st.text())
def test_whatever_a_row_is_called_its_address_is_safe(chart: str, row: str) -> None:
    address = search_of(chart, row)
    assert address is None or re.fullmatch(r"/search\?[\x21-\x7e]+", address)
    assert address is None or not set(address) & set("\"'<>")


def test_what_a_catalogue_says_is_escaped() -> None:
    evil = "</svg><script>alert(1)</script>&\"'"
    chart = Chart("genres", evil, evil, "bars", (evil, "b"), (evil,), ((2,), (1,)), evil, evil)
    made = insights.figure(chart)
    for drawn in (made.wide, made.narrow):
        assert "<script" not in drawn
        assert Page(str(drawn)).faults == []


# Kept for each version


class Library_:  # noqa: N801 -- stands for one
    version = "v0001"


def nothing(version: str = "v0001") -> Insights:
    return Insights(version, 0, (), (), ())


def test_it_is_studied_once_however_many_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    go = threading.Event()

    def studied(library: object) -> Insights:
        asked.append(library)
        assert go.wait(10)
        return nothing()

    monkeypatch.setattr(insights, "study", studied)
    studies, library = Studies(), Library_()

    async def ask() -> list[Any]:
        gone = asyncio.create_task(studies.of(library))  # type: ignore[arg-type]
        them = [asyncio.create_task(studies.of(library)) for _ in range(50)]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        # The first of them goes away, and takes it from nobody.
        gone.cancel()
        await asyncio.sleep(0)
        go.set()
        return [*await asyncio.gather(*them), await studies.of(library)]  # type: ignore[arg-type]

    found = asyncio.run(ask())
    assert asked == [library]
    assert len(set(map(id, found))) == 1
    assert not studies._begun


def test_a_study_that_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_library: object) -> Insights:
        raise StoreUnavailableError("no")

    studies, library = Studies(), Library_()
    monkeypatch.setattr(insights, "study", fails)
    with pytest.raises(StoreUnavailableError):
        asyncio.run(studies.of(library))  # type: ignore[arg-type]
    monkeypatch.setattr(insights, "study", lambda _library: nothing())
    assert asyncio.run(studies.of(library)).insights == nothing()  # type: ignore[arg-type]


@pytest.mark.extra
def test_a_swap_brings_new_insights_and_drops_the_old(tmp_path: Path) -> None:
    films, root = tmp_path / "films.jsonl", tmp_path / "library"
    for count in (3, 5):
        lines = [{"id": n, "title": f"Film {n}", "year": 1990 + n} for n in range(count)]
        films.write_text("\n".join(map(json.dumps, lines)))
        matinee.build([films], root)
    versions.point_to(root, "v0001")
    url = f"sqlite:///{tmp_path / 'store.db'}"
    app = create_app(path=root, settings=Settings(database_url=url, watch_seconds=0))
    with TestClient(app, base_url=HERE) as client:
        assert client.post("/v1/library/reload").status_code == 200
        assert client.get("/v1/insights").json()["titles"] == 3
        assert len(app.state.studies._done) == 1
        versions.point_to(root, "v0002")
        assert client.post("/v1/library/reload").json()["swapped"]
        told = client.get("/v1/insights").json()
        assert (told["library"], told["titles"]) == ("v0002", 5)
        gc.collect()
        assert [one.version for one in app.state.studies._done] == ["v0002"]
        # Without posters and ratings it says what to do.
        page = unescape(client.get("/insights").text)
        assert "matinee build FILES --posters" in page
        assert "matinee train taste" in page


def test_without_a_library_the_page_says_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    app = create_app(path=tmp_path / "none", settings=Settings(database_url=url))
    with TestClient(app, base_url=HERE) as client:
        answer = client.get("/insights", headers=HTML)
        assert answer.status_code == 503
        assert "The library cannot be used" in answer.text
        assert client.get("/v1/insights").status_code == 503


# Who sees what


def test_only_administrators_see_how_the_server_does(client: TestClient, store: Store) -> None:
    ann = as_person(client, store, "ann", role=Role.ADMIN)
    bob = as_person(client, store, "bob")
    client.get("/v1/search?q=a heist", headers=bob)
    assert client.get("/v1/insights").status_code == 401
    assert client.get("/v1/insights", headers=bob).json()["live"] is None
    theirs = client.get("/insights", headers=bob).text
    assert 'id="server"' not in theirs
    assert "latency" not in theirs
    live = client.get("/v1/insights", headers=ann).json()["live"]
    assert live["people"] == 2
    assert 'id="latency"' in client.get("/insights", headers=ann).text


def test_the_gallery_has_what_suits_the_caller(
    client: TestClient, store: Store, demo: Library
) -> None:
    whole = client.get("/v1/insights").json()["gallery"]
    kim = as_person(client, store, "kim", max_age=8)
    theirs = client.get("/v1/insights", headers=kim).json()["gallery"]
    assert theirs == [one for one in whole if suitable(demo, one, 8)]
    assert len(theirs) < len(whole)
    page = client.get("/insights", headers=kim).text
    shown = [unescape(link) for link in re.findall(r'<a href="/title/([^"]+)"', page)]
    assert shown == theirs


# How the server does


def test_nothing_asked_and_nothing_rated_say_so(client: TestClient) -> None:
    live = client.get("/v1/insights").json()["live"]
    assert live["charts"] == []
    assert live["ratings"] == 0
    assert live["notes"] == [insights_live.NOTHING_ASKED, insights_live.NOTHING_RATED]
    assert insights_live.NOTHING_RATED in unescape(client.get("/insights").text)


def test_searches_and_recommendations_are_timed(client: TestClient) -> None:
    for _ in range(3):
        client.get("/v1/search?q=a heist")
    client.get("/search?q=a heist")
    client.get("/v1/search?k=0")  # refused
    client.get("/v1/people/me/recommendations?k=3")
    [chart] = client.get("/v1/insights").json()["live"]["charts"]
    assert chart["key"] == "latency"
    assert "Searches: 4, half of them in" in chart["lead"]
    assert "Recommendations: 1, half of them in" in chart["lead"]
    assert chart["rows"] == ["Searches", "Recommendations"]
    for row in chart["values"]:
        assert 0 < row[0] <= row[1] <= row[2] <= 5_000


def test_stars_are_counted(client: TestClient, store: Store) -> None:
    for name, values in (("ann", (5.0, 4.5, 5.0)), ("bob", (0.5, 3.2))):
        person = store.accounts.create(name).result()
        deeds = [Deed(f"tmdb:{n}", Action.RATING, value) for n, value in enumerate(values)]
        store.history.rate(person.key, [*deeds, Deed("tmdb:99", Action.LIKE)]).result()
    ann = as_person(client, store, "cleo", role=Role.ADMIN)
    live = client.get("/v1/insights", headers=ann).json()["live"]
    [chart] = live["charts"]
    assert (live["people"], live["ratings"], chart["key"]) == (3, 5, "stars_here")
    counts = {row: values[0] for row, values in zip(chart["rows"], chart["values"], strict=True)}
    assert {row: count for row, count in counts.items() if count} == {
        "0.5": 1,
        "3": 1,
        "4.5": 1,
        "5": 2,
    }
    assert chart["lead"] == "5 ratings are kept of 3 people, 3.6 stars on average."


def test_a_store_that_does_not_answer_is_no_reason_to_show_nothing(
    client: TestClient, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> Any:
        raise StoreUnavailableError("no")

    client.get("/v1/search?q=a heist")
    monkeypatch.setattr(app.state.store, "stars", gone)
    live = client.get("/v1/insights").json()["live"]
    assert [chart["key"] for chart in live["charts"]] == ["latency"]
    assert (live["people"], live["ratings"]) == (None, None)
    assert live["notes"] == [insights_live.NO_STORE]


def test_what_is_not_asked_for_is_not_timed() -> None:
    line = 'matinee_request_seconds_bucket{{le="{}",method="GET",route="{}",status="{}"}} {}\n'
    kind = "# TYPE matinee_request_seconds histogram\n"
    others = [("/v1/search", "503"), ("/v1/titles/{title_id}", "200")]
    text = kind + "".join(line.format("+Inf", route, status, 5.0) for route, status in others)
    assert latency(text) is None
    mine = "".join(line.format(le, "/search", "200", n) for le, n in (("0.01", 4), ("+Inf", 4)))
    chart = latency(text + mine)
    assert chart is not None
    assert chart.rows == ("Searches",)
    assert chart.values == ((5.0, 9.5, 9.9),)


@given(
    st.lists(st.integers(0, 1_000), min_size=1, max_size=8),
    st.integers(0, 10),
    st.sampled_from([share for share, _ in SHARES]),
)
def test_a_quantile_lies_in_the_class_that_holds_it(
    counts: list[int], above: int, share: float
) -> None:
    bounds = [0.001 * 2**n for n in range(len(counts))]
    upto = [float(sum(counts[: n + 1])) for n in range(len(counts))]
    total = upto[-1] + above
    if not total:
        return
    cumulated = dict(zip(bounds, upto, strict=True)) | {float("inf"): total}
    found = quantile(cumulated, share)
    wanted = share * total
    holding = next((n for n, count in enumerate(upto) if count >= wanted), None)
    if holding is None:
        assert found == bounds[-1]
    else:
        assert (bounds[holding - 1] if holding else 0) <= found <= bounds[holding]
