"""The report of ``matinee evaluate`` in a real browser."""

from __future__ import annotations

import pytest

from matinee.evaluate.experiment import Experiment
from matinee.evaluate.judgments import JudgedQuery, Questions
from matinee.evaluate.kinds import JudgedSet, Material
from matinee.evaluate.report import Run, report_page

LONG = "a description that goes on and on about a ship " * 20

pytestmark = pytest.mark.extra


@pytest.fixture(scope="module")
def page_file(demo, tmp_path_factory):
    queries = tuple(
        JudgedQuery(f"a-long-name-of-a-query/{i}", text, {result.title.id: 1.0})
        for i, text in enumerate(("heist", "lonely space survival", LONG, "wedding", "war"))
        for result in demo.search(text, 3)[2:]
    )
    judged = JudgedSet(
        name="family/a-rather-long-name-of-a-set",
        about="What the third result of a search is for.",
        measures=("mrr", "success@10"),
        read=lambda _: Questions(queries, {"items that could not be used": 3}),
    )
    methods = ("hybrid", "retrieval", "lexical")
    found = Experiment(methods=methods, resamples=100).run(demo, judged, Material())
    path = tmp_path_factory.mktemp("report") / "report.html"
    run = Run(facts={"Command": "matinee evaluate " + "x" * 300}, knobs={"rrf_k": 60})
    path.write_text(report_page(run, [found]), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_fits_and_asks_for_nothing(browser, page_file, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    messages, requests = [], []
    page.on("console", lambda message: messages.append(message.text))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(page_file.as_uri())
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert messages == []
    assert requests == [page_file.as_uri()]
    # The ground follows the reader's theme, and the drawings are as wide as their frames.
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(247, 244, 238)", "dark": "rgb(14, 16, 20)"}[scheme]
    drawings = page.get_by_role("img").all()
    assert len(drawings) == 4
    for drawing in drawings:
        box = drawing.bounding_box()
        assert box["width"] > 250
        assert box["x"] + box["width"] <= width
        assert drawing.locator("title").text_content()
        assert drawing.locator("desc").text_content()
    page.close()
