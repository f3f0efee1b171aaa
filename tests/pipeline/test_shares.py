"""Shares of a score in whole percents, and what they rest on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matinee.pipeline.explain import Reason
from matinee.pipeline.shares import SAID, SHARE_OF, evidence, shares

PARTS = st.dictionaries(st.sampled_from(sorted(SHARE_OF)), st.floats(0, 1), max_size=12)


@given(PARTS)
def test_shares_total_one_hundred_and_follow_the_parts(parts):
    found = shares(parts)
    if not any(parts.values()):
        assert found == ()
        return
    assert sum(share.percent for share in found) == 100
    assert [share.percent for share in found] == sorted((s.percent for s in found), reverse=True)
    assert [share.start for share in found] == [
        sum(share.percent for share in found[:i]) for i in range(len(found))
    ]
    total = sum(parts.values())
    for share in found:
        assert share.name in SAID
        exact = sum(v for part, v in parts.items() if SHARE_OF[part] == share.name) / total * 100
        assert abs(share.percent - exact) <= 1


def test_evidence_joins_the_reasons_of_a_share():
    reasons = (
        Reason("like", 0.3, {"rank": 4, "score": 0.5, "titles": ["tmdb:1"]}),
        Reason("like words", 0.2, {"rank": 2, "score": 9.0, "words": {"twist": 3.0, "crime": 1.0}}),
        Reason("wishes", 0.1, {"fulfilled": {"genre:Crime": 1.0, "fame:hidden": 0.4}}),
        Reason("prior", 0.1, {}),
    )
    labels = {"genre:Crime": "Crime"}
    assert evidence(reasons, "like", labels) == {"rank": 2, "found": ("twist", "crime")}
    assert evidence(reasons, "wishes", labels) == {"found": ("Crime", "fame:hidden")}
    assert evidence(reasons, "known", labels) == {}
