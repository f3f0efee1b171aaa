from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from matinee.pipeline.constrain import constrain
from matinee.pipeline.retrieve import look_up_names, retrieve
from matinee.pipeline.signals import signals, weights_for
from matinee.pipeline.understanding import understand
from matinee.query.knobs import Knobs
from matinee.query.request import SearchRequest
from matinee.rank.learned import DESCRIPTION, NONE, REQUEST, SHORT, SignalWeights

if TYPE_CHECKING:
    from matinee import Library
    from matinee.pipeline.understanding import Asked

TOLD = (
    "I remember a film I saw on TV years ago, a thief who robs banks is hunted by a detective, and "
    "the two of them meet over a cup of coffee before it all goes wrong at the airport in the end"
)


def asked_of(library: Library, request: SearchRequest) -> Asked:
    engine = library._engine
    asked = understand(engine, request, look_up_names(engine, request))
    return constrain(engine, request, asked)[1]


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("a heist with a rope", SHORT),
        ("Heat", SHORT),
        ("slow-burn sci-fi about isolation in space", REQUEST),
        ("Topkxapi", NONE),
        (TOLD, DESCRIPTION),
        ("films from the 1990s", NONE),
        ("films like Heat", NONE),
    ],
)
def test_each_kind_of_query_has_its_weights(
    demo: Library, text: str, weights: SignalWeights
) -> None:
    assert weights_for(demo._engine, asked_of(demo, SearchRequest(text))) == weights


def test_a_search_says_what_each_signal_gave(demo: Library) -> None:
    for text, names in (("a heist with a rope", {"near"}), (TOLD, {"near", "telling"})):
        results = demo.search(text, 20)
        given = {name for result in results for name in result.parts}
        assert given & {"near", "telling"} == names
        assert all(result.parts["near"] >= 0 for result in results)
        assert any(result.parts["near"] for result in results)
    assert "near" not in demo.search("films like Heat", 5)[0].parts
    assert "near" not in demo.search("a heist with a rope", 5, method="retrieval")[0].parts


def test_signals_are_shares_of_the_candidates_in_their_order(demo: Library) -> None:
    engine = demo._engine
    asked = asked_of(demo, SearchRequest(TOLD))
    rows = np.arange(0, len(engine.catalogue), 3)
    scores = np.linspace(1, 0, len(rows), dtype=np.float32)
    found = signals(engine, asked, rows, scores, SignalWeights(1.0, 1.0))
    assert set(found) == {"near", "telling"}
    for values in found.values():
        assert values.shape == rows.shape
        assert ((values >= 0) & (values <= 1)).all()
    strongest = engine.lexical.strongest(asked.words, rows)
    assert found["telling"].argmax() == strongest.argmax()
    assert signals(engine, asked, rows, scores, NONE) == {}


def test_a_candidate_found_by_meaning_counts_with_its_words_too(demo: Library) -> None:
    request = SearchRequest("a heist in a casino", knobs=Knobs(dense_k=200, sparse_k=3))
    engine = demo._engine
    named = look_up_names(engine, request)
    asked = understand(engine, request, named)
    allowed, asked, _ = constrain(engine, request, asked)
    lists = retrieve(engine, request, asked, allowed, named).lists
    lexical, dense = lists["lexical"].ranked, lists["dense"].ranked
    alone = engine.lexical.search(asked.words, len(engine.catalogue), allowed=allowed)
    expected = [row for row in alone.rows.tolist() if row in set(dense.rows.tolist())]
    assert len(lexical) > 3
    assert lexical.rows.tolist()[:3] == alone.rows.tolist()[:3]
    assert lexical.rows.tolist() == expected
    assert (np.diff(lexical.scores) <= 0).all()
