from __future__ import annotations

import numpy as np
import pytest

from matinee.query.chain import Reading, Span
from matinee.query.span_features import COLUMNS, LEAST, UNNAMED, candidates

TAGS = ("B-Opinion", "B-Plot", "I-Plot", "O")
MARGINALS = np.array([[0.1, 0.6, 0.0, 0.3], [0.0, 0.2, 0.6, 0.2], [0.2, 0.0, 0.5, 0.3]])
LONG, SHORT, OTHER = Span(0, 3, "Plot", 0.5), Span(0, 2, "Plot", 0.1), Span(2, 3, "Opinion", 0.2)


def _odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def _both(*spans: Span) -> tuple[Reading, Reading]:
    return Reading(spans, MARGINALS), Reading(spans, MARGINALS)


def test_what_is_seen_of_a_span() -> None:
    found = candidates(_both(LONG, SHORT, OTHER), TAGS)
    assert found.spans == [SHORT, LONG, OTHER]
    assert found.rows.shape == (3, COLUMNS)
    row = found.rows[1]
    # The probability of either chain and of both, then of the strongest rivals.
    assert row[:3] == pytest.approx([_odds(0.5)] * 3)
    assert row[3:5] == pytest.approx([_odds(0.1), _odds(0.2)])
    # Another span from the same start ends earlier; none ends later.
    assert row[5:7] == pytest.approx([_odds(0.001), _odds(0.1)])
    assert row[11:14] == pytest.approx([0.1, 0.2, 0])
    # Words, words to the end, start, length of the query, label.
    assert row[14:19].tolist() == [3, 0, 0, 3, 1]
    assert row[19:21] == pytest.approx([(0.6 + 0.8 + 0.5) / 3, 0.5])
    # No word stands before or after it.
    assert row[21:25].tolist() == [-1] * 4


def test_what_stands_beside_a_span() -> None:
    found = candidates(_both(SHORT, OTHER), TAGS)
    short, other = found.rows
    assert short[10] == pytest.approx(_odds(0.2))
    assert other[9] == pytest.approx(_odds(0.1))
    assert short[22] == pytest.approx(0.5)
    assert other[23] == pytest.approx(0.2)


def test_a_span_of_one_chain_alone() -> None:
    readings = Reading((LONG,), MARGINALS), Reading((), MARGINALS)
    found = candidates(readings, TAGS)
    assert [span.weight for span in found.spans] == [0.25]
    assert found.rows[0, :3] == pytest.approx([0, _odds(UNNAMED), _odds(0.25)])


def test_what_is_too_unlikely_is_no_candidate() -> None:
    found = candidates(_both(Span(0, 1, "Plot", LEAST)), TAGS)
    assert found.spans == []
    assert found.rows.shape == (0, COLUMNS)
