"""Wikipedia as a fake host on the loopback interface answers for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from matinee.catalogue.title import Title
from matinee.errors import InputError, SourceError
from matinee.ingest.asking.agent import agent
from matinee.ingest.enrich import Doubtful, Found, Missing, Wikipedia

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROBOTS = """User-agent: *
Allow: /w/load.php?
Allow: /api/rest_v1/?doc
Disallow: /w/
Disallow: /api/
Disallow: /trap/
"""
SUMMARY = "/api/rest_v1/page/summary/"


def page(title: str, description: str, extract: str = "Thieves meet.", **more: Any) -> Any:
    address = "https://en.wikipedia.org/wiki/" + quote(title.replace(" ", "_"))
    return {
        "type": "standard",
        "title": title,
        "titles": {"canonical": title.replace(" ", "_"), "normalized": title, "display": title},
        "description": description,
        "extract": extract,
        "content_urls": {"desktop": {"page": address}},
        **more,
    }


@pytest.fixture
def wiki(host: Any, asking: Callable[..., Any], tmp_path: Path) -> Callable[..., Wikipedia]:
    host.robots = ROBOTS

    def make(**more: Any) -> Wikipedia:
        return Wikipedia(tmp_path / "cache", asking(**more), host=host.url)

    return make


@pytest.fixture
def pages(host: Any, as_json: Any) -> Callable[..., None]:
    def put(**found: Any) -> None:
        for name, told in found.items():
            host.scripts[SUMMARY + name] = [as_json(told)]

    return put


def film(title: str = "Heat", year: int | None = 1995, **more: Any) -> Title:
    return Title(id="local:x", ids=("local:x",), title=title, year=year, **more)


def one(source: Wikipedia, title: Title) -> Found | Doubtful | Missing:
    ((_, outcome),) = source.find([title])
    return outcome


def test_the_page_of_the_name(host: Any, wiki: Any, pages: Any) -> None:
    pages(The_Matrix=page("The Matrix", "1999 film by the Wachowskis", "A hacker learns."))
    got = one(wiki(), film("The Matrix", 1999))
    assert isinstance(got, Found)
    assert got.title.overview == "A hacker learns."
    assert got.provenance.url == "https://en.wikipedia.org/wiki/The_Matrix"
    assert got.provenance.licence == "CC BY-SA 4.0"
    assert host.paths == [SUMMARY + "The_Matrix"]
    assert "tests@films.example" in host.asked[0][2]["user-agent"]


def test_a_page_of_meanings_leads_on(host: Any, wiki: Any, pages: Any, as_json: Any) -> None:
    meanings = page("Heat (disambiguation)", "Topics referred to by the same term", "Heat may be:")
    pages(Heat={**meanings, "type": "disambiguation"})
    host.scripts[SUMMARY + "Heat_%281995_film%29"] = [
        as_json(page("Heat (1995 film)", "1995 film by Michael Mann", "A detective hunts."))
    ]
    got = one(wiki(), film())
    assert isinstance(got, Found)
    assert got.title.overview == "A detective hunts."
    assert got.provenance.url == "https://en.wikipedia.org/wiki/Heat_%281995_film%29"


def test_an_article_on_something_else_leads_on(
    host: Any, wiki: Any, pages: Any, as_json: Any
) -> None:
    pages(Heat=page("Heat", "Energy in transfer between systems"))
    host.scripts[SUMMARY + "Heat_%28film%29"] = [as_json(page("Heat (film)", "1995 film"))]
    assert isinstance(one(wiki(), film()), Found)
    assert host.paths == [
        SUMMARY + name for name in ("Heat", "Heat_%281995_film%29", "Heat_%28film%29")
    ]


def test_a_redirect_within_the_host_is_followed(
    host: Any, wiki: Any, pages: Any, reply: Any
) -> None:
    host.scripts[SUMMARY + "Amelie"] = [reply(302, b"", {"Location": "Am%C3%A9lie"})]
    pages(**{"Am%C3%A9lie": page("Amélie", "2001 film by Jean-Pierre Jeunet")})
    assert isinstance(one(wiki(), film("Amelie", 2001)), Found)


def test_a_redirect_to_another_work_is_doubtful(
    host: Any, wiki: Any, pages: Any, reply: Any
) -> None:
    host.scripts[SUMMARY + "Heat"] = [reply(302, b"", {"Location": "Heat_Wave"})]
    pages(Heat_Wave=page("Heat Wave", "1995 film"))
    got = one(wiki(), film())
    assert got == Doubtful(
        "it has another name", "https://en.wikipedia.org/wiki/Heat_Wave", "Heat Wave", 1995
    )


def test_other_years_kinds_and_directors_are_doubtful(wiki: Any, pages: Any) -> None:
    pages(
        Heat=page("Heat", "1986 American film"),
        Fargo=page("Fargo", "American television series"),
        Ronin=page("Ronin", "1998 film by John Frankenheimer"),
    )
    got = one(wiki(), film())
    assert isinstance(got, Doubtful)
    assert got.reason == "it is of 1986, not of 1995"
    assert isinstance(one(wiki(), film("Fargo", 1996)), Doubtful)
    other = one(wiki(), film("Ronin", 1998, directors=("Someone Else",)))
    assert isinstance(other, Doubtful)
    assert "by John Frankenheimer" in other.reason
    same = film("Ronin", 1998, directors=("Frankenheimer, John", "John Frankenheimer"))
    assert isinstance(one(wiki(), same), Found)


def test_series(host: Any, wiki: Any, as_json: Any) -> None:
    told = page("Dark (TV series)", "German television series (2017–2020)", "Children vanish.")
    host.scripts[SUMMARY + "Dark_%282017_TV_series%29"] = [as_json(told)]
    assert isinstance(one(wiki(), film("Dark", 2017, kind="series")), Found)


def test_the_text_is_asked_where_there_is_no_description(wiki: Any, pages: Any) -> None:
    text = "Heat is a 1995 American crime film based on a novel. It stars."
    pages(
        Heat=page("Heat", "", text),
        Thief=page("Thief", "", "Thief is a 1981 novel that became a film. It sold."),
    )
    assert isinstance(one(wiki(), film()), Found)
    assert isinstance(one(wiki(), film("Thief", 1981)), Missing)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://w.example/<b>", 'https://w.example/"x', "", 7]
)
def test_an_address_that_is_none_is_not_kept(
    host: Any, wiki: Any, pages: Any, address: Any
) -> None:
    more: Any = {"content_urls": {"desktop": {"page": address}}}
    pages(Heat=page("Heat", "1995 film\x1b[31m by \x1b[0mMichael Mann", **more))
    got = one(wiki(), film())
    assert isinstance(got, Found)
    assert got.provenance.url == host.url + SUMMARY + "Heat"
    other = one(wiki(), film(directors=("Someone Else",)))
    assert isinstance(other, Doubtful)
    assert other.reason.isprintable()


@pytest.mark.parametrize("kind", ["no-extract", "mainpage", "other"])
def test_pages_without_a_text(wiki: Any, pages: Any, kind: str) -> None:
    pages(Heat={**page("Heat", "1995 film"), "type": kind})
    assert isinstance(one(wiki(), film()), Missing)


def test_names_that_no_page_can_have(host: Any, wiki: Any) -> None:
    for title in ("[Rec]", "A|B", "x" * 300):
        assert isinstance(one(wiki(), film(title)), Missing)
    assert isinstance(one(wiki(), film("Heat", None)), Missing)
    assert not host.asked


def test_a_name_is_one_part_of_the_path(host: Any, wiki: Any) -> None:
    one(wiki(), film("../../secret?x=1/2"))
    assert host.paths[0] == SUMMARY + quote("../../secret?x=1/2", safe="")


def test_absence_is_kept_and_html_is_not(host: Any, wiki: Any, reply: Any, pages: Any) -> None:
    broken = reply(200, b"<html>Our servers are currently under maintenance</html>")
    host.scripts[SUMMARY + "Heat"] = [broken]
    got = one(wiki(), film())
    assert isinstance(got, Missing)
    assert got.failed
    for _ in range(2):
        assert one(wiki(), film("Nowhere", 2001)) == Missing(
            "there is no article of that name on such a title"
        )
    assert host.paths.count(SUMMARY + "Nowhere") == 1
    pages(Heat=page("Heat", "1995 film"))
    assert isinstance(one(wiki(), film()), Found)


def test_too_many_requests(host: Any, wiki: Any, reply: Any, as_json: Any, clock: Any) -> None:
    host.scripts[SUMMARY + "Heat"] = [
        reply(429, b"", {"Retry-After": "5"}),
        as_json(page("Heat", "1995 film")),
    ]
    assert isinstance(one(wiki(), film()), Found)
    assert clock.now >= 5


def test_robots(host: Any, wiki: Any) -> None:
    host.robots = "User-agent: matinee\nDisallow: /api/\n"
    with pytest.raises(SourceError, match="forbids"):
        one(wiki(), film())
    assert not host.asked


def test_a_refusal_stops_the_run(host: Any, wiki: Any, reply: Any) -> None:
    host.default = reply(403, b"Please respect our robot policy")
    with pytest.raises(SourceError, match="Wikipedia refuses"):
        one(wiki(), film())


def test_wikipedia_wants_to_know_who_asks(asking: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no contact"):
        Wikipedia(tmp_path, asking(agent=agent()))
