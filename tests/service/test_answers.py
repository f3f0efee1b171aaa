"""Answers and histories that are kept: never stale, never more than there is room for."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.deeds import deed_of
from matinee.errors import StoreCorruptError, StoreUnavailableError, UnknownPersonError
from matinee.service.answers import MAX_SHARE, AnswerCache, edition, fresh_answer, kept_answer
from matinee.service.histories import AGAIN_SECONDS, KnownPeople
from matinee.store.records import DEFAULT_PERSON, Person, PersonHistory

if TYPE_CHECKING:
    from matinee import Library


def test_what_was_used_least_lately_goes_first():
    cache = AnswerCache(2)
    cache.put("a", b"1")
    cache.put("b", b"2")
    assert cache.get("a") == b"1"
    cache.put("c", b"3")
    assert cache.get("b") is None
    assert (cache.get("a"), cache.get("c")) == (b"1", b"3")
    tally = cache.tally
    assert (tally.hits, tally.misses, tally.answers, tally.bytes) == (3, 1, 2, 2)


def test_none_are_kept_where_none_are_wanted():
    cache = AnswerCache(0)
    cache.put("a", b"1")
    assert cache.get("a") is None
    assert cache.tally.bytes == 0


@given(
    st.lists(st.tuples(st.integers(0, 6), st.binary(max_size=60), st.booleans()), max_size=60),
    st.integers(1, 5),
)
def test_there_is_never_more_than_there_is_room_for(steps, entries):
    cache, room = AnswerCache(entries, 320), 320
    said: dict[int, bytes] = {}
    for key, answer, asks in steps:
        if asks:
            found = cache.get(key)
            assert found is None or found == said[key]
        elif len(answer) <= room // MAX_SHARE:
            cache.put(key, answer)
            said[key] = answer
            assert cache.get(key) == answer
        else:
            before = cache.tally
            cache.put(key, answer)
            assert cache.tally == before
        tally = cache.tally
        assert tally.answers <= entries
        assert tally.bytes <= room
    kept = [answer for key in said if (answer := cache.get(key)) is not None]
    assert sum(map(len, kept)) == cache.tally.bytes


def test_many_threads_may_use_it_at_once():
    cache = AnswerCache(8, 800)

    def work(start: int) -> None:
        for n in range(500):
            key = (start + n) % 20
            found = cache.get(key)
            assert found is None or found == bytes([key]) * 10
            cache.put(key, bytes([key]) * 10)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally = cache.tally
    assert tally.hits + tally.misses == 3_000
    assert tally.answers == 8
    assert tally.bytes == 80


def test_an_answer_kept_says_so_and_tells_the_time_of_this_request():
    body = b'{"results":[],"took_ms":7.5}'
    fresh, kept = fresh_answer(body), kept_answer(body, 0.25)
    assert fresh.headers["x-matinee-cache"] == "miss"
    assert kept.headers["x-matinee-cache"] == "hit"
    assert fresh.body == body
    assert kept.body == b'{"results":[],"took_ms":0.25}'


class Thing:
    """Anything open."""


def test_no_two_open_libraries_are_one_edition():
    one, other = Thing(), Thing()
    assert edition(one) == edition(one) != edition(other)
    seen = {edition(one), edition(other)}
    for _ in range(50):
        # These are freed one after the other, so the next one is likely to lie where the last did.
        number = edition(Thing())
        assert number not in seen
        seen.add(number)


@dataclass
class FakeStore:
    """The history of one person, and how often it was read."""

    deeds: list = field(default_factory=list)
    number: int = 0
    reads: int = 0
    error: Exception | None = None
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def history(self):
        return self

    @property
    def accounts(self):
        if self.error is not None:
            raise self.error
        return self.people

    def revision(self, _key: int) -> int:
        if self.error is not None:
            raise self.error
        return self.number

    def read(self, _key: int) -> PersonHistory:
        if self.error is not None:
            raise self.error
        self.reads += 1
        return PersonHistory(self.number, tuple(map(deed_of, self.deeds)))

    def add(self, *deeds) -> None:
        self.deeds += deeds
        self.number += 1


def who(key: int) -> Person:
    return Person(key=key, name=f"p{key}")


class Clock:
    """Time that goes on when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_history_is_read_again_only_when_it_changed(demo: Library):
    store, people = FakeStore(), KnownPeople()
    store.add(("tmdb:603", 5))
    first = people.get(store, demo, who(1))
    assert people.get(store, demo, who(1)) is first
    assert (store.reads, len(first.person), first.degraded) == (1, 1, "")
    store.add(("tmdb:949", 4))
    second = people.get(store, demo, who(1))
    assert (store.reads, len(second.person)) == (2, 2)
    assert second.reading != first.reading
    assert people.get(store, demo, who(2)).reading != second.reading


def test_titles_the_library_lacks_are_told_and_not_in_the_way(demo: Library):
    store = FakeStore()
    store.add(("tmdb:603", 5), ("tmdb:999999999", 5))
    known = KnownPeople().get(store, demo, who(1))
    assert len(known.person) == 1
    assert "not in this library" in known.person.notes[0]


def test_a_store_that_does_not_answer_is_told_and_the_last_known_serves(demo: Library):
    clock = Clock()
    store, people = FakeStore(), KnownPeople(clock=clock)
    store.add(("tmdb:603", 5))
    known = people.get(store, demo, who(1))
    store.error = StoreUnavailableError("It does not answer")
    late = people.get(store, demo, who(1))
    assert late.person is known.person
    assert "a while ago" in late.degraded
    assert late.reading is None
    stranger = people.get(store, demo, who(2))
    assert len(stranger.person) == 0
    assert "most people like" in stranger.degraded
    assert stranger.reading is None
    store.error = None
    # It is not asked all the time, but soon again.
    assert people.get(store, demo, who(1)).degraded
    clock.now += AGAIN_SECONDS
    assert people.get(store, demo, who(1)) is known
    store.error = StoreCorruptError("It is damaged")
    with pytest.raises(StoreCorruptError):
        people.get(store, demo, who(1))


def test_nobody_waits_for_a_store_that_does_not_answer_but_one(demo: Library):
    clock = Clock()
    store, people = FakeStore(), KnownPeople(clock=clock)
    store.error = StoreUnavailableError("It does not answer")
    assert people.get(store, demo, who(1)).degraded
    asked, go_on = threading.Event(), threading.Event()

    def slow(_key: int) -> PersonHistory:
        asked.set()
        assert go_on.wait(10)
        return PersonHistory(0, ())

    store.read = slow
    clock.now += AGAIN_SECONDS
    thread = threading.Thread(target=people.get, args=(store, demo, who(1)))
    thread.start()
    assert asked.wait(10)
    assert people.get(store, demo, who(2)).degraded
    go_on.set()
    thread.join()
    store.error = None
    assert not people.get(store, demo, who(1)).degraded


def test_the_one_person_of_a_machine_is_known_without_a_key(demo: Library):
    clock = Clock()
    store, people = FakeStore(), KnownPeople(clock=clock)
    store.add(("tmdb:603", 5))
    known = people.get(store, demo, Person(key=7, name=DEFAULT_PERSON))
    unkeyed = Person(key=0, name=DEFAULT_PERSON)
    store.error = StoreUnavailableError("It does not answer")
    assert people.get(store, demo, unkeyed).person is known.person
    store.error, clock.now = None, clock.now + AGAIN_SECONDS
    store.people = {DEFAULT_PERSON: Person(key=7, name=DEFAULT_PERSON)}
    assert people.get(store, demo, unkeyed) is known
    with pytest.raises(UnknownPersonError):
        people.get(store, demo, Person(key=0, name="somebody"))


def test_people_are_kept_within_bounds(demo: Library):
    store, people = FakeStore(), KnownPeople(people=3)
    for key in range(1, 6):
        people.get(store, demo, who(key))
    assert len(people) == 3
    reads = store.reads
    people.get(store, demo, who(5))
    assert store.reads == reads
    people.get(store, demo, who(1))
    assert store.reads == reads + 1
    few = KnownPeople(deeds=33)
    for key in range(1, 6):
        few.get(store, demo, who(key))
    assert len(few) == 2
