"""The fake TMDb is what it says: its shapes, its limits, its truth, and what it does wrong."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import json
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import InputError
from matinee.ingest.read import read_catalogue
from matinee.ingest.tmdb import flatten
from matinee.testing.fake_tmdb import KEY, ODD, TODAY, TOKEN, FakeTmdb, Faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = dt.timedelta(1)


def ask(url: str, path: str, *, key: str | None = KEY, **asked: object) -> tuple[int, Any, Any]:
    """Return the status, the body and the headers of an answer; ``__`` stands for a dot."""
    query = {name.replace("__", "."): value for name, value in asked.items()}
    if key is not None:
        query["api_key"] = key
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        connection.request("GET", f"/3{path}?{urlencode(query)}")
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), answer.headers
    finally:
        connection.close()


def get(tmdb: FakeTmdb, path: str, **asked: object) -> Any:
    status, body, _ = ask(tmdb.url, path, **asked)
    assert status == 200, body
    return body


def refused(tmdb: FakeTmdb, path: str, **asked: object) -> tuple[int, int]:
    """Return the status and TMDb's code of an answer that is an error."""
    status, body, _ = ask(tmdb.url, path, **asked)
    assert body["success"] is False
    assert body["status_message"]
    return status, body["status_code"]


def pages(tmdb: FakeTmdb, path: str, **asked: object) -> list[dict[str, Any]]:
    """Return the entries of all pages of a list."""
    found: list[dict[str, Any]] = []
    number = most = 1
    while number <= most:
        page = get(tmdb, path, page=number, **asked)
        found += page["results"]
        number, most = number + 1, page["total_pages"]
    return found


@pytest.fixture(scope="module")
def tmdb() -> Iterator[FakeTmdb]:
    with FakeTmdb(films=2_000, series=300, seed=3) as server:
        yield server


def test_what_is_invented_depends_on_the_seed_alone() -> None:
    with FakeTmdb(films=300, seed=1) as one, FakeTmdb(films=300, seed=1) as two:
        assert dict(one.films) == dict(two.films)
        assert [one.details(n) for n in one.films] == [two.details(n) for n in two.films]
        with FakeTmdb(films=300, seed=2) as other:
            assert dict(one.films) != dict(other.films)


def test_films_spread_over_the_years_and_crowd_on_new_year() -> None:
    with FakeTmdb() as tmdb:
        assert len(tmdb.films) == 25_000
        dates = [film.date for film in tmdb.films.values() if film.date is not None]
        assert min(dates).year < 1920
        assert max(dates) <= TODAY
        new_year = sum((date.month, date.day) == (1, 1) for date in dates)
        assert 1_400 < new_year < 2_000
        recent = sum(date.year >= 2000 for date in dates)
        assert 0.4 < recent / len(dates) < 0.7
        adult = sum(film.adult for film in tmdb.films.values())
        assert 1_100 < adult < 1_400
        names = [tmdb.entry(number)["title"] for number in list(tmdb.films)[:2_000]]
        assert len(set(names)) > 1_200


@pytest.mark.parametrize("path", ["/authentication", "/discover/movie", "/movie/101", "/none"])
def test_nothing_is_told_without_the_key(tmdb: FakeTmdb, path: str) -> None:
    for key in (None, "", "0" * 32, KEY + "0"):
        status, body, _ = ask(tmdb.url, path, key=key)
        assert status == 401
        assert body == {
            "success": False,
            "status_code": 7,
            "status_message": "Invalid API key: You must be granted a valid key.",
        }


@pytest.mark.parametrize(
    ("header", "status"),
    [(f"Bearer {TOKEN}", 200), (f"bearer {KEY}", 200), ("Bearer x", 401), (TOKEN, 401), ("", 401)],
)
def test_a_token_goes_into_a_header(tmdb: FakeTmdb, header: str, status: int) -> None:
    connection = http.client.HTTPConnection(urlsplit(tmdb.url).netloc, timeout=20)
    connection.request("GET", "/3/authentication", headers={"Authorization": header})
    assert connection.getresponse().status == status
    connection.close()


def test_the_key_is_in_no_address_that_is_counted(tmdb: FakeTmdb) -> None:
    get(tmdb, "/movie/101", append_to_response="credits")
    assert tmdb.counts.served["/3/movie/101?append_to_response=credits"] == 1
    assert not any(KEY in address for address in tmdb.counts.served)


def test_authentication_and_configuration(tmdb: FakeTmdb) -> None:
    assert get(tmdb, "/authentication") == {
        "success": True,
        "status_code": 1,
        "status_message": "Success.",
    }
    images = get(tmdb, "/configuration")["images"]
    assert images["secure_base_url"].startswith("https://")
    assert "w342" in images["poster_sizes"]


def test_a_listing_read_to_its_end_is_the_truth(tmdb: FakeTmdb) -> None:
    first, last = dt.date(1990, 1, 1), dt.date(2009, 12, 31)
    asked = {
        "primary_release_date__gte": first,
        "primary_release_date__lte": last,
        "sort_by": "original_title.asc",
    }
    found = pages(tmdb, "/discover/movie", **asked)
    assert len(found) == len({entry["id"] for entry in found})
    assert {entry["id"] for entry in found} == tmdb.between(first, last)
    names = [entry["original_title"] for entry in found]
    assert names == sorted(names)
    assert all(entry == tmdb.entry(entry["id"]) for entry in found)
    for entry in found:
        film = tmdb.films[entry["id"]]
        assert film.date is not None
        assert first <= film.date <= last
        assert not entry["adult"]
    with_adult = pages(tmdb, "/discover/movie", include_adult="true", **asked)
    assert {e["id"] for e in with_adult} == tmdb.between(first, last, adult=True)
    assert len(with_adult) > len(found)


def test_a_page_has_the_fields_that_a_page_has(tmdb: FakeTmdb) -> None:
    found = get(tmdb, "/discover/movie", page=2)
    assert set(found) == {"page", "results", "total_pages", "total_results"}
    assert found["page"] == 2
    assert len(found["results"]) == 20
    assert set(found["results"][0]) == set(
        "adult backdrop_path genre_ids id original_language original_title overview popularity "
        "poster_path release_date title video vote_average vote_count".split()
    )
    beyond = get(tmdb, "/discover/movie", page=500)
    assert beyond["results"] == []


def test_series_have_listings_and_details_of_their_own(tmdb: FakeTmdb) -> None:
    asked = {"first_air_date__gte": "2000-01-01", "sort_by": "first_air_date.asc"}
    found = pages(tmdb, "/discover/tv", **asked)
    assert {e["id"] for e in found} == tmdb.between(dt.date(2000, 1, 1), kind="tv")
    odd = set(ODD.values())
    days = [entry["first_air_date"] for entry in found if entry["id"] not in odd]
    assert days == sorted(days)
    number = found[-1]["id"]
    shown = get(tmdb, f"/tv/{number}", append_to_response="credits,keywords,content_ratings")
    assert shown["name"] == tmdb.entry(number, kind="tv")["name"]
    row = flatten(shown)
    assert row["kind"] == "series"
    assert row["cast"]
    assert isinstance(shown["keywords"]["results"], list)


@pytest.mark.parametrize("by", ["popularity", "vote_count", "vote_average", "original_title"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_listing_is_sorted_as_asked(tmdb: FakeTmdb, by: str, order: str) -> None:
    found = pages(tmdb, "/discover/movie", sort_by=f"{by}.{order}")
    values = [entry[by] for entry in found]
    assert values == sorted(values, reverse=order == "desc")
    assert len(found) == get(tmdb, "/discover/movie")["total_results"]


def test_a_listing_is_filtered_as_asked(tmdb: FakeTmdb) -> None:
    every = [film for film in tmdb.films.values() if not film.adult]
    found = pages(tmdb, "/discover/movie", with_original_language="fr|it")
    assert {e["id"] for e in found} == {f.id for f in every if f.language in ("fr", "it")}
    found = pages(tmdb, "/discover/movie", vote_count__gte=10, vote_count__lte=99)
    assert {e["id"] for e in found} == {f.id for f in every if 10 <= f.votes <= 99}
    found = pages(tmdb, "/discover/movie", with_genres="18,35")
    assert {e["id"] for e in found} == {f.id for f in every if {18, 35} <= set(f.genres)}
    assert found


@pytest.mark.parametrize("page", ["0", "501", "-1", "x", "", "1.5", "99999"])
def test_there_is_no_page_beyond_500(tmdb: FakeTmdb, page: str) -> None:
    assert refused(tmdb, "/discover/movie", page=page) == (400, 22)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"primary_release_date__gte": "2020-13-01"}, (400, 23)),
        ({"primary_release_date__gte": "yesterday"}, (400, 23)),
        ({"primary_release_dat__gte": "2020-01-01"}, (422, 5)),
        ({"first_air_date__gte": "2020-01-01"}, (422, 5)),
        ({"sort_by": "popularity"}, (422, 5)),
        ({"sort_by": "name.asc"}, (422, 5)),
        ({"include_adult": "yes"}, (422, 5)),
        ({"vote_count__gte": "many"}, (422, 5)),
    ],
)
def test_what_is_misspelt_does_not_pass(
    tmdb: FakeTmdb, asked: dict[str, str], expected: tuple[int, int]
) -> None:
    assert refused(tmdb, "/discover/movie", **asked) == expected


def test_what_is_not_there(tmdb: FakeTmdb) -> None:
    for path in ("/movie/1", "/movie/none", "/tv/99999999", "/find/tt1", "/", "/movie/1/credits"):
        assert refused(tmdb, path) == (404, 34)
    connection = http.client.HTTPConnection(urlsplit(tmdb.url).netloc, timeout=20)
    connection.request("POST", f"/3/movie/101?api_key={KEY}", body=b"x" * 100)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["status_code"]) == (405, 42)
    connection.close()


def test_a_day_may_have_more_than_can_be_paged_through() -> None:
    day = dt.date(1999, 1, 1)
    asked = {"primary_release_date__gte": day, "primary_release_date__lte": day}
    for cap in (False, True):
        with FakeTmdb(films=100, crowded={day: 11_000}, cap_total=cap) as tmdb:
            found = get(tmdb, "/discover/movie", **asked, include_adult="true")
            true = len(tmdb.between(day, day, adult=True))
            assert true > 10_500
            assert found["total_pages"] == 500
            assert found["total_results"] == (10_000 if cap else true)
            last = get(tmdb, "/discover/movie", **asked, include_adult="true", page=500)
            assert len(last["results"]) == 20


@given(days=st.lists(st.dates(dt.date(1895, 1, 1), TODAY), min_size=3, max_size=3).map(sorted))
@settings(max_examples=25, deadline=None)
def test_two_windows_have_what_the_one_of_both_has(tmdb: FakeTmdb, days: list[dt.date]) -> None:
    first, cut, last = days

    def total(start: dt.date, end: dt.date) -> int:
        asked = {"primary_release_date__gte": start, "primary_release_date__lte": end}
        return int(get(tmdb, "/discover/movie", **asked)["total_results"])

    assert total(first, cut) + total(cut + DAY, last) == total(first, last)


def test_details_come_with_what_is_appended(tmdb: FakeTmdb) -> None:
    appendable = "credits,keywords,release_dates,external_ids"
    for number in list(tmdb.films)[:60]:
        shown = get(tmdb, f"/movie/{number}", append_to_response=appendable)
        assert shown == json.loads(json.dumps(tmdb.details(number)))
        listed = tmdb.entry(number)
        assert [genre["id"] for genre in shown["genres"]] == listed.pop("genre_ids")
        assert listed.items() <= shown.items()
        assert get(tmdb, f"/movie/{number}/credits") == {"id": number, **shown["credits"]}
    bare = get(tmdb, f"/movie/{number}", append_to_response="nonesuch")
    assert not {"credits", "keywords", "nonesuch"} & set(bare)
    rows = [flatten(tmdb.details(number)) for number in list(tmdb.films)[30:200]]
    for name in ("title", "cast", "directors", "writers", "keywords", "certification", "runtime"):
        assert sum(bool(row[name]) for row in rows) > len(rows) / 3, name
    assert refused(tmdb, "/movie/101", append_to_response=",".join("x" * 21)) == (400, 27)


def test_changes_of_fourteen_days(tmdb: FakeTmdb) -> None:
    first, last = TODAY - 13 * DAY, TODAY
    found = pages(tmdb, "/movie/changes", start_date=first, end_date=last)
    assert {each["id"] for each in found} == {
        film.id for film in tmdb.films.values() if any(first <= day <= last for day in film.changed)
    }
    assert len(found) > 100, "there is more than one page"
    assert set(found[0]) == {"id", "adult"}
    assert get(tmdb, "/tv/changes")["page"] == 1
    long = {"start_date": TODAY - 15 * DAY, "end_date": TODAY}
    assert refused(tmdb, "/movie/changes", **long) == (422, 20)
    assert refused(tmdb, "/movie/changes", start_date=TODAY, end_date=TODAY - DAY) == (422, 20)
    assert refused(tmdb, "/movie/changes", start_date="1/2/2026") == (400, 23)
    assert refused(tmdb, "/movie/changes", page=501) == (400, 22)


def test_what_is_changed_or_removed_is_told_of() -> None:
    day = TODAY - 5 * DAY
    with FakeTmdb(films=50) as tmdb:
        number, other, third = list(tmdb.films)[-3:]
        before = tmdb.details(third)
        tmdb.change(number, day=day, overview="A new one.", vote_count=12)
        tmdb.change(third, day=day)
        tmdb.remove(other, day=day)
        found = get(tmdb, "/movie/changes", start_date=day, end_date=day)["results"]
        assert {number, other, third} <= {each["id"] for each in found}
        assert {each["id"]: each["adult"] for each in found}[other] is None
        shown = get(tmdb, f"/movie/{number}")
        assert (shown["overview"], shown["vote_count"]) == ("A new one.", 12)
        assert refused(tmdb, f"/movie/{other}") == (404, 34)
        assert other not in {e["id"] for e in pages(tmdb, "/discover/movie", include_adult="true")}
        assert get(tmdb, f"/movie/{third}")["overview"] != before["overview"]


def test_what_is_changed_is_filed_anew_and_what_is_added_is_found() -> None:
    first, last = TODAY - 400 * DAY, TODAY - 300 * DAY
    with FakeTmdb(films=50) as tmdb:
        number, other = list(tmdb.films)[-2:]
        tmdb.change(number, release_date=str(first), adult=False)
        tmdb.change(other, release_date=str(last + DAY))
        new = tmdb.add(last, day=TODAY - DAY, title="A new film")
        adult = tmdb.add(last, adult=True)
        found = tmdb.between(first, last)
        assert {number, new} <= found
        assert not {other, adult} & found
        assert adult in tmdb.between(first, last, adult=True)
        assert get(tmdb, f"/movie/{new}")["title"] == "A new film"
        assert get(tmdb, f"/movie/{new}")["release_date"] == str(last)
        told = get(tmdb, "/movie/changes", start_date=TODAY - DAY, end_date=TODAY - DAY)["results"]
        assert new in {each["id"] for each in told}
        tmdb.change(number, release_date="soon")
        assert number in tmdb.between(first, last), "what is no date does not move it"


def test_each_oddity_is_found_under_its_number(tmdb: FakeTmdb) -> None:
    def shown(name: str) -> Any:
        every = "credits,external_ids"
        return get(tmdb, f"/movie/{ODD[name]}", append_to_response=every)

    names = [person["name"] for person in shown("comma")["credits"]["cast"]]
    assert "Ambrose Halloway, Jr." in names
    assert "&amp;" in shown("entities")["title"]
    assert "Ã©" in shown("mojibake")["title"]
    assert shown("mojibake")["title"].encode("cp1252").decode() == "Le café de la rivière"
    assert shown("no_poster")["poster_path"] is None
    assert shown("empty_poster")["poster_path"] == ""
    assert shown("zero_date")["release_date"] == "0000-00-00"
    assert shown("empty_date")["release_date"] == ""
    assert shown("null_date")["release_date"] is None
    assert shown("no_overview")["overview"] == ""
    assert shown("null_overview")["overview"] is None
    assert shown("twin")["title"] == shown("other_twin")["title"]
    assert shown("twin")["release_date"] == shown("other_twin")["release_date"]
    assert shown("no_people")["credits"] == {"cast": [], "crew": []}
    assert shown("zero_runtime")["runtime"] == 0
    assert shown("null_runtime")["runtime"] is None
    assert shown("null_runtime")["external_ids"]["imdb_id"] is None
    assert "\x00" in shown("nul")["title"]
    assert "\ud83d" in shown("surrogate")["title"]
    assert "\u202e" in shown("right_to_left")["title"]
    assert len(shown("long")["overview"]) > 30_000
    assert "\n" in shown("lines")["overview"]
    assert set(ODD.values()) <= set(tmdb.films)
    assert set(ODD.values()) <= set(tmdb.series)
    dated = tmdb.between(dt.date(1, 1, 1), adult=True)
    assert set(ODD.values()) - dated == {ODD["null_date"]}
    assert get(tmdb, f"/tv/{ODD['zero_date']}")["first_air_date"] == "0000-00-00"
    assert get(tmdb, f"/tv/{ODD['null_runtime']}")["episode_run_time"] == []


def test_what_is_read_of_each_oddity(tmp_path: Path) -> None:
    path = tmp_path / "films.jsonl"
    with FakeTmdb(films=len(ODD)) as tmdb:
        lines = [json.dumps(tmdb.details(number)) for number in tmdb.films]
    path.write_text("\n".join(lines), encoding="utf-8")
    catalogue = read_catalogue([path])
    rows = {row["id"]: row for row in catalogue.table.to_pylist()}
    found = {name: rows[f"tmdb:{number}"] for name, number in ODD.items()}
    assert len(rows) == len(ODD), "twins are two films"
    assert found["comma"]["cast"] == [
        "Ambrose Halloway, Jr.",
        "Lindqvist, Tamsin",
        "Otto Quist, III",
    ]
    assert found["comma"]["directors"] == ["Otto Quist, III"]
    assert found["entities"]["overview"].startswith('A cartographer & her sister find a "map".')
    assert found["mojibake"]["title"] == "Le café de la rivière"
    assert "It’s the last" in found["mojibake"]["overview"]
    for name in ("no_poster", "empty_poster"):
        assert found[name]["poster_path"] is None
    for name in ("zero_date", "empty_date", "null_date"):
        assert found[name]["year"] is None
    for name in ("no_overview", "null_overview"):
        assert found[name]["overview"] is None
    for name in ("zero_runtime", "null_runtime"):
        assert found[name]["runtime"] is None
    assert found["no_people"]["cast"] == found["no_people"]["directors"] == []
    for row in rows.values():
        text = f"{row['title']}{row['overview']}"
        assert not set(text) & set("\x00\u2028\u202e\r\n\t\ud83d")
    assert catalogue.rejects == ()


def test_each_so_manyth_request_is_too_many() -> None:
    with FakeTmdb(films=50, faults=Faults(too_many_every=3, retry_after="7")) as tmdb:
        answers = [ask(tmdb.url, "/movie/101") for _ in range(9)]
        assert [status for status, _, _ in answers] == [200, 200, 429] * 3
        assert {headers["Retry-After"] for s, _, headers in answers if s == 429} == {"7"}
        assert {body["status_code"] for s, body, _ in answers if s == 429} == {25}
        assert (tmdb.asked, tmdb.refused, tmdb.counts.served.total()) == (9, 3, 6)
        assert tmdb.counts.early == 6, "nobody waited for 7 seconds"


def test_too_many_in_a_second_are_refused() -> None:
    clock = [100.0]
    faults = Faults(most_a_second=5, retry_after="1")
    with FakeTmdb(films=50, faults=faults, now=lambda: clock[0]) as tmdb:
        assert [ask(tmdb.url, "/movie/101")[0] for _ in range(7)] == [200] * 5 + [429] * 2
        assert tmdb.counts.early == 1
        clock[0] += 0.9
        assert ask(tmdb.url, "/movie/101")[0] == 429
        clock[0] += 1.0
        assert [ask(tmdb.url, "/movie/101")[0] for _ in range(6)] == [200] * 5 + [429]
        assert tmdb.counts.early == 2
        assert tmdb.counts.moments[-1] == clock[0]


def test_a_refusal_may_say_nothing_of_when_to_come_back() -> None:
    with FakeTmdb(films=50, faults=Faults(too_many_every=1, retry_after=None)) as tmdb:
        status, _, headers = ask(tmdb.url, "/movie/101")
        assert status == 429
        assert "Retry-After" not in headers


def test_a_share_of_requests_fails_whatever_their_order() -> None:
    faults = Faults(failing=0.3, seed=4, times=1)
    failed = []
    for backwards in (False, True):
        with FakeTmdb(films=200, faults=faults) as tmdb:
            numbers = sorted(tmdb.films, reverse=backwards)
            statuses = {number: ask(tmdb.url, f"/movie/{number}")[0] for number in numbers}
            failed.append({number: s for number, s in statuses.items() if s != 200})
            assert all(ask(tmdb.url, f"/movie/{number}")[0] == 200 for number in numbers)
            assert tmdb.counts.troubles["failing"] == len(failed[-1])
    assert failed[0] == failed[1]
    assert 40 < len(failed[0]) < 80
    assert set(failed[0].values()) == {500, 502, 503, 504}


def test_the_first_requests_may_be_spared() -> None:
    with FakeTmdb(films=50, faults=Faults(failing=1.0, after=2)) as tmdb:
        statuses = [ask(tmdb.url, "/movie/101")[0] for _ in range(4)]
    assert statuses[:2] == [200, 200]
    assert min(statuses[2:]) >= 500


def test_only_what_lies_under_an_address_is_struck() -> None:
    with FakeTmdb(films=50, faults=Faults(failing=1.0, under="/3/movie/")) as tmdb:
        assert ask(tmdb.url, "/movie/101")[0] >= 500
        assert ask(tmdb.url, "/discover/movie")[0] == 200
        assert tmdb.counts.troubles["failing"] == 1


def test_what_is_garbled_is_no_json_of_tmdbs() -> None:
    with FakeTmdb(films=50, faults=Faults(garbled=1.0)) as tmdb:
        for _ in range(6):
            with pytest.raises(ValueError):
                ask(tmdb.url, "/movie/101")
        assert not tmdb.counts.served


def test_what_is_cut_ends_half_way() -> None:
    with FakeTmdb(films=50, faults=Faults(cut=1.0)) as tmdb:
        with pytest.raises(http.client.IncompleteRead):
            ask(tmdb.url, "/movie/101")
        assert not tmdb.counts.served
        assert tmdb.counts.troubles["cut"] == 1


def test_what_is_slow_comes_a_byte_at_a_time_and_whole() -> None:
    with FakeTmdb(films=50, faults=Faults(slow=1.0, byte_seconds=0.0)) as tmdb:
        assert get(tmdb, "/authentication")["success"]
        assert tmdb.counts.served["/3/authentication"] == 1
    with (
        FakeTmdb(films=50, faults=Faults(slow=1.0, byte_seconds=60.0)) as tmdb,
        socket.create_connection(("127.0.0.1", urlsplit(tmdb.url).port or 0), 20) as raw,
    ):
        raw.sendall(b"GET /3/authentication?api_key=%s HTTP/1.1\r\n\r\n" % KEY.encode())
        got = b""
        while not got.endswith(b"\r\n\r\n{"):
            got += raw.recv(1)
        raw.settimeout(0.05)
        with pytest.raises(TimeoutError):
            raw.recv(1)


def test_what_is_silent_takes_the_request_and_never_answers() -> None:
    faults = Faults(silent=1.0, times=1, under="/3/authentication")
    with FakeTmdb(films=50, faults=faults) as tmdb:
        with socket.create_connection(("127.0.0.1", urlsplit(tmdb.url).port or 0), 20) as raw:
            raw.sendall(b"GET /3/authentication HTTP/1.1\r\n\r\n")
            assert get(tmdb, "/configuration"), "others are answered meanwhile"
            raw.settimeout(0.05)
            with pytest.raises(TimeoutError):
                raw.recv(1)
        assert get(tmdb, "/authentication")["success"], "the second time it is answered"
        assert tmdb.counts.troubles == {"silent": 1}


def test_it_closes_while_somebody_waits() -> None:
    with (
        FakeTmdb(films=50, faults=Faults(silent=1.0)) as tmdb,
        socket.create_connection(("127.0.0.1", urlsplit(tmdb.url).port or 0), 20) as raw,
    ):
        raw.sendall(b"GET /3/authentication HTTP/1.1\r\n\r\n")
        tmdb.close()
        with contextlib.suppress(ConnectionResetError):
            assert raw.recv(1) == b""
        with pytest.raises(OSError):
            ask(tmdb.url, "/authentication")


def test_who_pages_while_titles_come_meets_some_twice() -> None:
    asked = {"sort_by": "original_title.asc", "include_adult": "true"}
    with FakeTmdb(films=400, faults=Faults(insert_every=5)) as tmdb:
        found = [entry["id"] for entry in pages(tmdb, "/discover/movie", **asked)]
        assert len(tmdb.inserted) == 4
        assert len(found) == len(set(found)) + 4
        assert set(tmdb.films) - set(found) == set(tmdb.inserted)


def test_who_pages_while_titles_go_misses_others() -> None:
    asked = {"sort_by": "original_title.asc", "include_adult": "true"}
    with FakeTmdb(films=400, faults=Faults(drop_every=5)) as tmdb:
        found = {entry["id"] for entry in pages(tmdb, "/discover/movie", **asked)}
        assert len(tmdb.dropped) == 4
        assert not set(tmdb.dropped) & set(tmdb.films)
        assert len(set(tmdb.films) - found) == 4


def test_who_pages_by_popularity_misses_what_becomes_popular() -> None:
    asked = {"primary_release_date__gte": "1990-01-01", "include_adult": "true"}
    for by, missed in (("popularity.desc", True), ("original_title.asc", False)):
        with FakeTmdb(films=400, faults=Faults(lift_every=5)) as tmdb:
            found = {e["id"] for e in pages(tmdb, "/discover/movie", sort_by=by, **asked)}
            wanted = tmdb.between(dt.date(1990, 1, 1), adult=True)
            assert bool(wanted - found) == missed
            assert found <= wanted


def test_an_empty_listing_stays_empty_whatever_moves() -> None:
    faults = Faults(insert_every=1, drop_every=1, lift_every=1)
    with FakeTmdb(films=0, faults=faults) as tmdb:
        found = get(tmdb, "/discover/movie")
        assert (found["total_results"], found["total_pages"], found["results"]) == (0, 0, [])


@pytest.mark.parametrize(
    "wrong",
    [{"failing": 0.7, "cut": 0.4}, {"slow": -0.1}, {"too_many_every": -1}, {"byte_seconds": -1.0}],
)
def test_faults_out_of_their_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="below 0"):
        Faults(**wrong)


def test_a_number_of_titles_below_none() -> None:
    with pytest.raises(InputError, match="below 0"):
        FakeTmdb(films=-1)


def test_a_port_that_is_taken(tmdb: FakeTmdb) -> None:
    with pytest.raises(OSError, match="in use"):
        FakeTmdb(films=1, port=urlsplit(tmdb.url).port or 0)


def test_twelve_connections_at_once_are_each_answered_right() -> None:
    def read(part: int) -> int:
        connection = http.client.HTTPConnection(urlsplit(tmdb.url).netloc, timeout=60)
        for number in numbers[part::12]:
            connection.request("GET", f"/3/movie/{number}?api_key={KEY}")
            assert json.loads(connection.getresponse().read())["id"] == number
        connection.close()
        return len(numbers[part::12])

    with FakeTmdb(films=600) as tmdb:
        numbers = list(tmdb.films)
        with ThreadPoolExecutor(12) as threads:
            assert sum(threads.map(read, range(12))) == 600
        assert tmdb.counts.connections == 12
        assert 1 <= tmdb.counts.most <= 12
        assert set(tmdb.counts.served.values()) == {1}


def test_a_process_of_its_own_counts_and_ends_when_told() -> None:
    command = [sys.executable, "-m", "matinee.testing.fake_tmdb", "--films", "60", "--seed", "5"]
    command += ["--crowded", "2001-01-01=30", "--fault", "failing=1", "--fault", "times=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            assert ask(told["url"], "/discover/movie", key=told["key"])[0] >= 500
            asked = {"include_adult": "true", "primary_release_date__gte": "1000-01-01"}
            ask(told["url"], "/discover/movie", **asked)
            assert ask(told["url"], "/discover/movie", **asked)[1]["total_results"] == 89
            with urlopen(told["url"].removesuffix("/3") + "/counts", timeout=20) as answer:
                counts = json.load(answer)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert (counts["asked"], counts["served"], counts["troubles"]) == (3, 1, {"failing": 2})


@pytest.mark.parametrize("wrong", [["--fault", "nonesuch=1"], ["--crowded", "x=1"]])
def test_a_process_is_told_what_is_wrong_with_its_options(wrong: list[str]) -> None:
    command = [sys.executable, "-m", "matinee.testing.fake_tmdb", "--films", "1", *wrong]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert wrong[0] in done.stderr
