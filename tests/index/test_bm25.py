import math
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import LibraryCorruptError
from matinee.index.analyze import terms
from matinee.index.bm25 import BM25Config, BM25Index, FieldWeight

CONFIG = BM25Config(
    k1=1.2,
    k3=2.0,
    fields={
        "title": FieldWeight(3.0, 0.5),
        "overview": FieldWeight(1.0, 0.75),
        "unused": FieldWeight(1.0, 0.0),
        "silent": FieldWeight(0.0, 0.5),
    },
)
WORDS = ["heat", "robot", "robots", "paris", "night", "love", "the", "été", "космос", "宇宙"]
text = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
document = st.fixed_dictionaries({}, optional={"title": text, "overview": text, "silent": text})
documents = st.lists(document, max_size=12)


def brute_force(
    docs: Sequence[Mapping[str, str]], query: str, config: BM25Config
) -> dict[int, float]:
    """Score every document from the formula, one term at a time."""
    counts = [{name: Counter(terms(doc.get(name, ""))) for name in config.fields} for doc in docs]
    average = {}
    for name in config.fields:
        lengths = [c[name].total() for c in counts if c[name]]
        average[name] = sum(lengths) / len(lengths) if lengths else 1.0
    scores: dict[int, float] = {}
    for term, times in Counter(terms(query)).items():
        weighed = {}
        for row, by_field in enumerate(counts):
            tf = sum(
                weight.weight
                * by_field[name][term]
                / (1 - weight.b + weight.b * by_field[name].total() / average[name])
                for name, weight in config.fields.items()
            )
            if tf:
                weighed[row] = tf
        idf = math.log(1 + (len(docs) - len(weighed) + 0.5) / (len(weighed) + 0.5))
        factor = times * (config.k3 + 1) / (config.k3 + times)
        for row, tf in weighed.items():
            gain = factor * idf * tf * (config.k1 + 1) / (config.k1 + tf)
            scores[row] = scores.get(row, 0.0) + gain
    return scores


def test_hand_worked_example() -> None:
    # Titles are 1 and 2 words long, so 1.5 on average; overviews are 2 and 4, so 3.
    docs = [
        {"title": "heat", "overview": "robot night"},
        {"title": "cold night", "overview": "heat love heat paris"},
    ]
    config = BM25Config(
        k1=1.0, fields={"title": FieldWeight(2.0, 0.5), "overview": FieldWeight(1.0, 0.5)}
    )
    # tf~ of "heat": 2 * 1 / (.5 + .5 * 1/1.5) = 2.4 and 1 * 2 / (.5 + .5 * 4/3) = 12/7;
    # both documents have it, so idf = ln(1 + .5 / 2.5) = ln 1.2.
    ranked = BM25Index.build(docs, config).search("heat", 5)
    assert ranked.rows.tolist() == [0, 1]
    expected = [math.log(1.2) * 2.4 * 2 / 3.4, math.log(1.2) * (12 / 7) * 2 / (19 / 7)]
    assert ranked.scores.tolist() == pytest.approx(expected, rel=1e-6)


def test_a_repeated_query_word_counts_less_than_twice() -> None:
    index = BM25Index.build([{"title": "heat"}, {"title": "cold"}], BM25Config(k3=1.0))
    once, twice = (index.search(query, 1).scores[0] for query in ("heat", "heat heat"))
    assert twice == pytest.approx(once * 4 / 3)


@settings(deadline=None)
@given(documents, text)
def test_scores_against_brute_force(docs: list[dict[str, str]], query: str) -> None:
    ranked = BM25Index.build(docs, CONFIG).search(query, len(docs) + 1)
    expected = brute_force(docs, query, CONFIG)
    assert set(ranked.rows.tolist()) == set(expected)
    for row, score in zip(ranked.rows.tolist(), ranked.scores.tolist(), strict=True):
        assert score == pytest.approx(expected[row], rel=1e-5)
    assert (np.diff(ranked.scores) <= 0).all()


@settings(deadline=None)
@given(documents, text, st.data())
def test_a_mask_keeps_the_order_of_what_it_lets_through(
    docs: list[dict[str, str]], query: str, data: st.DataObject
) -> None:
    mask = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(docs), max_size=len(docs))), bool
    )
    index = BM25Index.build(docs, CONFIG)
    everything = index.search(query, len(docs) + 1)
    some = index.search(query, len(docs) + 1, allowed=mask)
    kept = mask[everything.rows] if len(docs) else np.empty(0, bool)
    assert some.rows.tolist() == everything.rows[kept].tolist()
    assert some.scores.tolist() == everything.scores[kept].tolist()


@settings(deadline=None)
@given(documents, text, st.integers(1, 6))
def test_fewer_is_the_beginning_of_more(docs: list[dict[str, str]], query: str, k: int) -> None:
    index = BM25Index.build(docs, CONFIG)
    fewer, more = index.search(query, k), index.search(query, k + 3)
    assert fewer.rows.tolist() == more.rows[:k].tolist()
    assert fewer.scores.tolist() == more.scores[:k].tolist()


@settings(deadline=None)
@given(documents, st.lists(st.sampled_from(WORDS), unique=True).map(" ".join))
def test_the_strongest_word_is_the_largest_contribution(
    docs: list[dict[str, str]], query: str
) -> None:
    index = BM25Index.build(docs, CONFIG)
    rows = np.arange(len(docs))
    found = index.strongest(query, rows)
    # "robot" and "robots" are one term: said twice, it counts once.
    said = " ".join({term: term for term in terms(query)})
    given = index.contributions(said, rows)
    expected = [max(words.values(), default=0.0) for words in given]
    assert found.tolist() == pytest.approx(expected, rel=1e-5)
    assert found.tolist() == index.strongest(f"{query} {query}", rows).tolist()
    assert found[::-1].tolist() == index.strongest(query, rows[::-1]).tolist()


@settings(max_examples=30, deadline=None)
@given(documents, text)
def test_saved_and_opened_it_ranks_the_same(docs: list[dict[str, str]], query: str) -> None:
    index = BM25Index.build(docs, CONFIG)
    before = index.search(query, 20)
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder))
        opened = BM25Index.open(Path(folder), len(docs), CONFIG)
        after = opened.search(query, 20)
        assert len(opened) == len(index) == len(docs)
        assert after.rows.tolist() == before.rows.tolist()
        assert after.scores.tolist() == before.scores.tolist()
        del opened  # Windows cannot remove a file that is mapped.


def test_two_builds_give_identical_files(tmp_path: Path) -> None:
    docs = [{"title": f"{a} {b}", "overview": b} for a in WORDS for b in WORDS]
    first = BM25Index.build(docs, CONFIG).save(tmp_path / "a")
    second = BM25Index.build(docs, CONFIG).save(tmp_path / "b")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_a_field_without_a_weight_is_an_error() -> None:
    with pytest.raises(KeyError, match="plot"):
        BM25Index.build([{"plot": "heat"}])


def test_nothing_to_find() -> None:
    assert len(BM25Index.build([]).search("heat", 5)) == 0
    index = BM25Index.build([{}, {"title": "heat"}])
    assert len(index) == 2
    assert len(index.search("", 5)) == 0
    assert len(index.search("the of", 5)) == 0
    assert len(index.search("unknown", 5)) == 0


def test_a_title_counts_more_than_an_overview() -> None:
    docs = [{"title": "night", "overview": "heat"}, {"title": "heat", "overview": "night"}]
    assert BM25Index.build(docs).search("heat", 2).rows.tolist() == [1, 0]


def test_a_damaged_index_is_refused(tmp_path: Path) -> None:
    index = BM25Index.build([{"title": "heat"}])
    for path in index.save(tmp_path):
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        with pytest.raises(LibraryCorruptError):
            BM25Index.open(tmp_path, 1)
        path.write_bytes(content)
    assert len(BM25Index.open(tmp_path, 1).search("heat", 1)) == 1
