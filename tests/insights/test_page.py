from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from matinee.insights import Chart, Insights, write_page

if TYPE_CHECKING:
    from pathlib import Path

CHART = Chart(
    "genres", "Genres & kinds", "Two.", "bars", ("<Drama>", "War"), ("titles",), ((3,), (1,)),
    "titles", "A note.",
)  # fmt: skip
FOUND = Insights("v0001", 1234, (CHART,), (), ("Nobody's ratings are known.",))


class Elements(HTMLParser):
    """Collects elements, their attributes, and whether each that opens is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "insights.html"
    write_page(FOUND, path)
    text = path.read_text(encoding="utf-8")
    page = Elements(text)
    assert page.open == []
    names = [name for name, _ in page.seen]
    assert names.count("svg") == 2
    assert names.count("table") == names.count("section") == 1
    assert "script" not in names
    assert "link" not in names
    # Nothing is asked of any other place; the one address is the name of SVG.
    assert not [a for _, a in page.seen for key in ("src", "href") if key in a]
    assert text.count("http") == 2 + 1
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text
    for said in ("1,234 titles.", "Genres &amp; kinds", "&lt;Drama&gt;", "A note.", "Two."):
        assert said in text
    assert "Nobody&#x27;s ratings are known." in text


def test_a_page_without_charts(tmp_path: Path) -> None:
    write_page(Insights("v0001", 0, (), (), ()), tmp_path / "x.html")
    assert Elements((tmp_path / "x.html").read_text(encoding="utf-8")).open == []
