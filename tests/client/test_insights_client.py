"""Insights and the map through the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.insights import study

if TYPE_CHECKING:
    from matinee import Library
    from matinee.client import MatineeClient


def test_insights(served, ann: MatineeClient, demo: Library) -> None:
    ann.search("a heist")
    ann.rate("tmdb:603", 4.5)
    found, wanted = ann.insights(), study(demo)
    assert (found.library, found.titles) == (wanted.library, wanted.titles)
    assert (found.gallery, found.notes) == (wanted.gallery, wanted.notes)
    assert [(c.key, c.rows, c.lead) for c in found.charts] == [
        (c.key, c.rows, c.lead) for c in wanted.charts
    ]
    assert found.charts[0].values == wanted.charts[0].values
    assert found.live is not None
    assert [chart.key for chart in found.live.charts] == ["latency", "stars_here"]
    assert (found.live.people, found.live.ratings) == (1, 1)
    with served.client("bob") as bob:
        assert bob.insights().live is None


def test_the_map(ann: MatineeClient, demo: Library) -> None:
    found = ann.map()
    assert found.library == demo.version
    assert found.titles == len(demo) == len(found.id) == len(found.x) == len(found.region)
    assert found.regions[0].label
    assert demo.title(found.id[0]).title == found.title[0]
