from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.evaluate.comparison import Comparison, compare
from matinee.evaluate.html import Markup, element, join
from matinee.evaluate.plots import ticks
from matinee.evaluate.proxies import Proxy
from matinee.evaluate.report import Run, report_page
from matinee.evaluate.search import Answer, SearchReport

EVIL = "<script>alert('&')</script> $body ${x}"
RUN = Run(facts={"Command": EVIL, "Seed": 0}, knobs={"rrf_k": 60})


class Page(HTMLParser):
    """Notes the elements of a page, and that each is closed by its own end."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def comparison(*methods: str, queries: int = 12) -> Comparison:
    def answer(i: int, shift: int) -> Answer:
        place = (i + shift) % 7 + 1 if i % 3 else None
        value = 1 / place if place else 0.0
        return Answer(
            id=f"q{i}",
            query=f"{EVIL} {i}" + " more words" * 60,
            ranking=("tmdb:1",),
            place=place,
            metrics={"mrr": value, "success@10": float(place is not None)},
            proxies={n: Proxy(0.5, 1) for n in ("genre_jaccard", "year_gap", "language_match")},
            took_ms=2.0,
        )

    reports = {
        method: SearchReport(tuple(answer(i, shift) for i in range(queries)), ("tmdb:9",))
        for shift, method in enumerate(methods)
    }
    return compare(
        "family/part",
        reports,
        measures=["mrr", "success@10"],
        seed=1,
        resamples=100,
        about=EVIL,
        left_out={"reasons": 3, "others": 0},
    )


@pytest.mark.parametrize("methods", [("hybrid",), ("hybrid", "lexical", EVIL)])
def test_the_page_is_whole_and_stands_alone(methods: tuple[str, ...]) -> None:
    text = report_page(RUN, [comparison(*methods)])
    page = Page(text)
    assert not page.attributes("script")
    assert not re.search(r"(src|href)=\"(?!#)|url\(|@import|https?:", text)
    assert "$body" in page.text  # of the queries, not of the template
    assert EVIL in page.text
    for method in methods:
        assert method in page.text
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    links = [str(a["href"]).removeprefix("#") for a in page.attributes("a")]
    assert set(links) <= set(ids)
    drawings = [svg for svg in page.attributes("svg") if svg.get("role") == "img"]
    others = len(methods) - 1
    assert len(drawings) == 2 + others
    for drawing in drawings:
        assert drawing["aria-labelledby"] in ids
        assert drawing["aria-describedby"] in ids
    assert len(page.attributes("figure")) == len(drawings)
    # Each drawing has its table, and what is known of the run is there.
    assert len(page.attributes("details")) == len(drawings) + 1
    assert "reasons (3)" in page.text
    assert "others" not in page.text.replace("all others", "").split("How this was found")[0]
    assert "rrf_k" in page.text


def test_the_figures_are_those_of_the_comparison() -> None:
    found = comparison("hybrid", "lexical")
    page = Page(report_page(RUN, [found])).text
    contrast = found.contrast("lexical", "mrr")
    assert contrast is not None
    assert f"{found.estimates['lexical']['mrr'].mean:.3f}" in page
    assert f"{abs(contrast.difference.mean):.3f}" in page
    assert "12 queries" in page


def test_methods_that_agree_have_no_extremes() -> None:
    found = compare(
        "same",
        {"a": comparison("x").first, "b": comparison("x").first},
        measures=["mrr"],
        seed=1,
        resamples=100,
    )
    page = Page(report_page(RUN, [found]))
    assert "differs most" not in page.text
    assert "0 queries better, 0 worse, 12 the same" in page.text


@given(st.text(), st.text())
def test_text_is_escaped_wherever_it_stands(text: str, value: str) -> None:
    made = element("p", text, class_=value, title=None)
    (tag, attributes), *rest = Page(made).elements
    assert (tag, rest) == ("p", [])
    assert set(attributes) == {"class"}
    assert "<" not in join([text])
    assert join([Markup("<b>"), None]) == "<b>"


@given(st.floats(-10, 10), st.floats(0, 5))
def test_ticks_enclose_what_is_drawn(low: float, spread: float) -> None:
    found = ticks(low, low + spread)
    assert found[0] <= low + 1e-9
    assert found[-1] >= low + spread - 1e-9
    assert 2 <= len(found) <= 7
    assert found == sorted(set(found))
