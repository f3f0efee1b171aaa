"""Splits: parts are disjoint and cover, no future leaks, the same seed splits the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from matinee.errors import InputError
from matinee.evaluate.dataset import read_dataset
from matinee.evaluate.new_people_splits import STEPS
from matinee.evaluate.protocols import RANKING, RATING, ranking_split, rating_split
from matinee.evaluate.splits import Lists, lists_of, without
from matinee.interaction import NO_TIME, Action, Interactions

if TYPE_CHECKING:
    from pathlib import Path

    from matinee.evaluate.splits import Held, RankingSplit


def made(seed: int, people: int = 25, titles: int = 30, *, timed: bool = True) -> Interactions:
    """Return ratings of made-up people, each title at most once, times with ties."""
    rng = np.random.default_rng(seed)
    rated = [rng.permutation(titles)[: rng.integers(1, titles)] for _ in range(people)]
    users = np.repeat(np.arange(people), [len(some) for some in rated])
    order = rng.permutation(len(users))
    n = len(users)
    return Interactions(
        users=users[order],
        items=np.concatenate(rated)[order],
        actions=np.full(n, Action.RATING, np.int8),
        values=(rng.integers(1, 11, n) / 2).astype(np.float32),
        times=rng.integers(0, n // 2, n) if timed else np.full(n, NO_TIME),
        user_ids=[f"u{i}" for i in range(people)],
        item_ids=[f"movielens:{i}" for i in range(titles)],
    )


seeds = st.integers(0, 10_000)
some = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


def split(name: str, did: Interactions, seed: int) -> RankingSplit:
    """Split, passing over the rare draw that leaves nobody to ask."""
    try:
        return ranking_split(name, did, seed=seed)
    except InputError as error:
        assume("left to ask" not in str(error))
        raise


@pytest.mark.parametrize("name", RATING)
@given(seeds, seeds)
@some
def test_ratings_are_in_one_part_and_split_alike_again(name: str, data: int, seed: int) -> None:
    did = made(data)
    found = rating_split(name, did, seed=seed)
    parts = np.concatenate((found.train_rows, found.test_rows, found.folded_rows))
    assert len(np.unique(parts)) == len(parts)
    assert len(parts) + found.dropped == len(did)
    assert (np.diff(found.train_rows) > 0).all()
    again = rating_split(name, did, seed=seed)
    assert again.test_rows.tolist() == found.test_rows.tolist()
    assert (found.protocol, found.seed) == (name, seed)


@given(seeds, seeds)
@some
def test_random_ratings_are_drawn_as_published(data: int, seed: int) -> None:
    did = made(data)
    drawn = np.random.default_rng(seed).permutation(len(did))[: round(len(did) * 0.2)]
    tests = [rating_split(n, did, seed=seed) for n in ("random", "random-no-time", "causal")]
    assert all(found.test_rows.tolist() == drawn.tolist() for found in tests)
    assert [found.use_time for found in tests] == [True, False, True]
    assert [found.causal for found in tests] == [False, False, True]


def test_of_a_million_ratings_a_tenth_is_asked() -> None:
    n = 1_000_000
    did = Interactions(
        users=np.arange(n) % 1_000,
        items=np.arange(n) // 1_000,
        actions=np.zeros(n, np.int8),
        values=np.ones(n, np.float32),
        times=np.full(n, NO_TIME),
        user_ids=[""] * 1_000,
        item_ids=[""] * 1_000,
    )
    found = rating_split("random", did, seed=0)
    assert (len(found.test_rows), found.use_time) == (100_000, False)


@given(seeds, seeds)
@some
def test_no_rating_is_predicted_from_later_ones(data: int, seed: int) -> None:
    did = made(data)
    whole = rating_split("global-temporal", did, seed=seed)
    assert did.times[whole.train_rows].max() <= did.times[whole.test_rows].min()
    assert len(whole.test_rows) == round(len(did) * 0.2)
    each = rating_split("user-temporal", did, seed=seed)
    for user in range(len(did.user_ids)):
        past = each.train_rows[did.users[each.train_rows] == user]
        later = each.test_rows[did.users[each.test_rows] == user]
        assert len(later) == round(0.2 * (len(past) + len(later)))
        if len(later):
            assert did.times[past].max() <= did.times[later].min()
            # Of one time, the file's order decides.
            tied = past[did.times[past] == did.times[later].min()]
            first = later[did.times[later] == did.times[later].min()]
            assert not len(tied) or tied.max() < first.min()


@given(seeds, seeds)
@some
def test_cold_titles_and_people_are_not_in_train(data: int, seed: int) -> None:
    did = made(data)
    titles = rating_split("cold-items", did, seed=seed)
    assert not set(did.items[titles.train_rows]) & set(did.items[titles.test_rows])
    people = rating_split("cold-users", did, seed=seed)
    asked = set(did.users[people.test_rows])
    assert not set(did.users[people.train_rows]) & asked
    for user in asked:
        told = people.folded_rows[did.users[people.folded_rows] == user]
        later = people.test_rows[did.users[people.test_rows] == user]
        assert len(told) == 5
        assert did.times[told].max() <= did.times[later].min()


def test_what_is_no_rating_is_in_no_part() -> None:
    did = made(1)
    did.actions[::2] = Action.WATCH
    found = rating_split("random", did, seed=0)
    assert (np.concatenate((found.train_rows, found.test_rows)) % 2 == 1).all()
    did.actions[:] = Action.WATCH
    with pytest.raises(InputError, match="no ratings"):
        rating_split("random", did, seed=0)


def pairs(lists: Lists, people: np.ndarray) -> set[tuple[int, int]]:
    return set(zip(people[lists.owners].tolist(), lists.items.tolist(), strict=True))


def check(held: Held, found: RankingSplit, did: Interactions) -> None:
    """What holds of all people asked, whatever the protocol."""
    assert len(held) == len(held.folded) == len(held.targets) == len(held.masked)
    assert len(np.unique(held.people)) == len(held)
    assert (held.targets.lengths > 0).all()
    assert (held.folded.lengths > 0).all()
    targets, masked = pairs(held.targets, held.people), pairs(held.masked, held.people)
    told = set(
        zip(held.people[held.folded.owners].tolist(), held.folded.items.tolist(), strict=True)
    )
    train = set(zip(found.train.users.tolist(), found.train.items.tolist(), strict=True))
    assert told <= masked
    assert not targets & masked
    assert not targets & train
    assert found.candidates[held.targets.items].all()
    stars = {(u, i): v for u, i, v in zip(did.users, did.items, did.values, strict=True)}
    assert found.positive is None or all(stars[pair] >= found.positive for pair in targets)


@pytest.mark.parametrize("name", RANKING)
@given(seeds, seeds)
@some
def test_rankings(name: str, data: int, seed: int) -> None:
    did = made(data)
    found = split(name, did, seed)
    check(found.test, found, did)
    if found.validation is not None:
        check(found.validation, found, did)
    in_train = set(found.train.items.tolist())
    candidates = set(np.flatnonzero(found.candidates).tolist())
    if name == "cold-items":
        assert not candidates & in_train
    else:
        assert candidates == in_train
    known = name not in ("strong", "strong-all", "cold-users")
    assert found.test.folded.users.tolist() == (
        found.test.people.tolist() if known else [-1] * len(found.test)
    )
    if not known:
        assert not set(found.test.people.tolist()) & set(found.train.users.tolist())
    again = split(name, did, seed)
    assert again.test.targets.items.tolist() == found.test.targets.items.tolist()
    assert again.test.folded.items.tolist() == found.test.folded.items.tolist()
    assert again.train.items.tolist() == found.train.items.tolist()


@given(seeds, seeds)
@some
def test_strong_generalisation(data: int, seed: int) -> None:
    did = made(data, people=60)
    found = split("strong", did, seed)
    assert found.validation is not None
    assert (found.train.values >= 4).all()
    groups = [found.test.people, found.validation.people, np.unique(found.train.users)]
    assert len(np.unique(np.concatenate(groups))) == sum(map(len, groups))
    many = np.bincount(did.users[did.values >= 4], minlength=60)
    drawn = np.random.default_rng(seed).permutation(np.flatnonzero(many >= 5))
    tested = max(1, round(len(drawn) * 1000 / 6034))
    # Those left without a target are missing, the others stand in the order drawn.
    assert [p for p in drawn[:tested] if p in set(found.test.people)] == found.test.people.tolist()
    assert (many[np.unique(found.train.users)] >= 5).all()
    told, asked = found.test.folded.lengths, found.test.targets.lengths
    assert asked.tolist() == ((told + asked) // 5).tolist()


@pytest.mark.parametrize("name", ["user-temporal", "global-temporal"])
@given(seeds)
@some
def test_rankings_without_a_future(name: str, data: int) -> None:
    did = made(data)
    found = split(name, did, 0)
    when = {(u, i): t for u, i, t in zip(did.users, did.items, did.times, strict=True)}
    whole = found.train.times.max()
    for i, person in enumerate(found.test.people):
        asked = min(when[person, item] for item in found.test.targets[i])
        assert found.test.folded.one(i).times.max() <= asked
        assert name == "user-temporal" or whole <= asked


@pytest.mark.parametrize("timed", [True, False])
@given(data=seeds, seed=seeds)
@some
def test_people_are_told_more_and_asked_the_same(timed: bool, data: int, seed: int) -> None:
    did = made(data, titles=60, timed=timed)
    found = split("cold-users", did, seed)
    assert tuple(found.steps) == STEPS
    before: set[tuple[int, int]] = set()
    for step, held in found.steps.items():
        check(held, found, did)
        assert (held.folded.lengths == step).all()
        assert held.people.tolist() == found.test.people.tolist()
        assert held.targets.items.tolist() == found.test.targets.items.tolist()
        assert held.masked.items.tolist() == found.test.masked.items.tolist()
        told = set(zip(held.folded.owners.tolist(), held.folded.items.tolist(), strict=True))
        assert before <= told
        before = told


@given(seeds, seeds)
@some
def test_the_protocols_of_movielens_100k(data: int, seed: int) -> None:
    did = made(data)
    a, b = split("ml100k-a", did, seed), split("ml100k-b", did, seed)
    for user in range(len(did.user_ids)):
        rows = int((did.users == user).sum())
        assert int((a.train.users == user).sum()) == rows - round(rows * 0.25)
    drawn = np.random.default_rng(seed).permutation(len(did))
    cut, last = round(len(did) * 0.8), round(len(did) * 0.9)
    assert sorted(drawn[:cut].tolist()) == sorted(
        np.flatnonzero(
            np.isin(
                did.users * 100 + did.items,
                b.train.users * 100 + b.train.items,
            )
        ).tolist()
    )
    later = set(zip(did.users[drawn[cut:last]], did.items[drawn[cut:last]], strict=True))
    asked = set(b.test.people.tolist())
    assert {pair for pair in later if pair[0] in asked} <= pairs(b.test.masked, b.test.people)
    assert (a.positive, b.positive) == (None, None)


def test_a_title_done_twice_is_asked_once_and_not_if_it_is_known() -> None:
    did = made(3, titles=60)
    twice = did.take(np.repeat(np.arange(len(did)), 2))
    for name in RANKING:
        found = ranking_split(name, twice, seed=5)
        for i in range(len(found.test)):
            assert len(set(found.test.targets[i])) == len(found.test.targets[i])
        assert not pairs(found.test.targets, found.test.people) & pairs(
            found.test.masked, found.test.people
        )


def test_what_a_split_cannot_do() -> None:
    did = made(0, timed=False)
    for name in ("causal", "user-temporal", "global-temporal"):
        with pytest.raises(InputError, match="time of every"):
            rating_split(name, did, seed=0)
    with pytest.raises(InputError, match="time of every"):
        ranking_split("user-temporal", did, seed=0)
    with pytest.raises(InputError, match="no protocol 'loose'"):
        ranking_split("loose", did, seed=0)
    with pytest.raises(InputError, match="Only 0 people"):
        ranking_split("strong", did.take(did.values < 4), seed=0)
    with pytest.raises(InputError, match="left to ask"):
        ranking_split("random", did.take(did.values < 4), seed=0)


def test_lists() -> None:
    did = made(0, people=3, titles=4).take(np.zeros(0, np.int64))
    empty = lists_of(did, np.zeros(0, np.int64), np.array([2, 0]))
    assert (len(empty), empty.lengths.tolist()) == (2, [0, 0])
    lists = Lists(np.array([0, 2, 3]), np.array([1, 3, 1]))
    others = Lists(np.array([0, 1, 1]), np.array([1]))
    left = without(lists, others, 4)
    assert (left.offsets.tolist(), left.items.tolist()) == ([0, 1, 2], [3, 1])


@pytest.mark.extra
@pytest.mark.parametrize("seed", [98765, 1])
def test_movielens_1m_has_the_people_of_the_literature(data: Path, seed: int) -> None:
    found = ranking_split("strong", read_dataset(data / "ml-1m").interactions, seed=seed)
    assert found.validation is not None
    assert (
        len(found.test)
        + found.dropped["people with nothing told or no target"]
        + len(found.validation)
        == 1_500
    )
    assert len(np.unique(found.train.users)) == 6_034 - 1_500
    # Popularity, to tell whether the split is the one its published figures are of.
    counts = np.bincount(found.train.items, minlength=len(found.candidates)).astype(float)
    counts[~found.candidates] = -1
    hits = []
    for i in range(len(found.test)):
        scores = counts.copy()
        scores[found.test.masked[i]] = -1
        best = np.argsort(-scores, kind="stable")[:20]
        asked = found.test.targets[i]
        hits.append(np.isin(best, asked).sum() / min(20, len(asked)))
    assert 0.165 < np.mean(hits) < 0.185


def test_three_stars_are_neither_told_nor_asked_of_new_people() -> None:
    rng = np.random.default_rng(3)
    rows = [(person, title) for person in range(40) for title in rng.permutation(30)[:20].tolist()]
    users, items = (np.array(column) for column in zip(*rows, strict=True))
    stars = rng.choice([2.0, 3.0, 3.5, 4.0, 5.0], len(rows)).astype(np.float32)
    did = Interactions(
        users=users,
        items=items,
        actions=np.zeros(len(rows), np.int8),
        values=stars,
        times=np.full(len(rows), NO_TIME),
        user_ids=[str(i) for i in range(40)],
        item_ids=[str(i) for i in range(30)],
    )
    given = {(u, i): s for u, i, s in zip(users.tolist(), items.tolist(), stars, strict=True)}
    split = ranking_split("strong", did, seed=1)
    assert (split.train.values >= 4).all()
    for held in (split.test, split.validation):
        assert held is not None
        assert (held.folded.values >= 4).all()
        for person, position in enumerate(held.people.tolist()):
            assert all(given[position, item] >= 4 for item in held.targets[person].tolist())
    more = ranking_split("strong-all", did, seed=1)
    assert more.test.people.tolist() == split.test.people.tolist()
    assert more.test.folded.items.tolist() == split.test.folded.items.tolist()
    assert more.test.targets.items.tolist() == split.test.targets.items.tolist()
    assert (more.train.values < 4).any()
    assert not set(more.train.users.tolist()) & set(more.test.people.tolist())
    assert (more.candidates == split.candidates).all()
