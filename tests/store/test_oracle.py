"""Random histories, against a plain account of what should have come of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matinee.deeds import Deed
from matinee.interaction import NO_TIME, Action
from matinee.store import open_store

OPINIONS = (Action.RATING, Action.LIKE, Action.DISLIKE, Action.ABANDON)
TITLES = ["a", "b", "\N{CLAPPER BOARD}"]


@dataclass
class Oracle:
    """What one person did, in dictionaries; an opinion carries a mark of who said it last."""

    opinions: dict[str, tuple[Deed, object]] = field(default_factory=dict)
    watches: dict[tuple[str, Action, int], object] = field(default_factory=dict)
    hidden: dict[str, object] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    batches: dict[str, dict[Any, Any]] = field(default_factory=dict)
    lines: int = 0

    def say(self, deed: Deed) -> tuple[Any, Any] | None:
        """Take a deed in; return its place and what was there, None where nothing changed."""
        mark = object()
        if deed.action in OPINIONS:
            old = self.opinions.get(deed.title)
            if old and deed in (old[0], replace(old[0], time=NO_TIME)):
                return None
            self.opinions[deed.title] = (deed, mark)
            self.lines += 1
            return ("opinion", deed.title), old
        if deed.action is Action.HIDE:
            if deed.title in self.hidden:
                return None
            self.hidden[deed.title] = mark
            return ("hidden", deed.title), None
        key = (deed.title, deed.action, deed.time)
        if key in self.watches:
            return None
        self.watches[key] = mark
        return ("watch", key), None

    def forget(self, title: str) -> int:
        """Take back all of a title."""
        gone = self.opinions.pop(title, None) is not None
        self.lines += gone
        viewings = [key for key in self.watches if key[0] == title]
        for key in viewings:
            del self.watches[key]
        return gone + len(viewings) + (self.hidden.pop(title, None) is not None)

    def take_in(self, digest: str, deeds: list[Deed]) -> bool:
        """Import; return whether that is new."""
        if digest in self.batches:
            return False
        entries: dict[Any, Any] = {}
        for deed in deeds:
            if (change := self.say(deed)) is not None:
                entries.setdefault(change[0], change[1])
        self.batches[digest] = {place: [self.at(place), old] for place, old in entries.items()}
        return True

    def at(self, place: tuple[str, Any]) -> Any:
        """Return what is at a place."""
        kind, key = place
        return self.table(kind).get(key)

    def table(self, kind: str) -> dict[Any, Any]:
        """Return what holds things of a kind."""
        tables: dict[str, Any] = {"opinion": self.opinions, "hidden": self.hidden}
        return tables.get(kind, self.watches)

    def undo(self, digest: str) -> int:
        """Take a batch back; return how many entries changed."""
        changed = 0
        for place, (mine, old) in self.batches.pop(digest).items():
            kind, key = place
            if self.at(place) is mine:
                table = self.table(kind)
                del table[key]
                if old is not None:
                    table[key] = old
                self.lines += kind == "opinion"
                changed += 1
            else:
                # Who replaced it will find there what was there before this batch.
                for other in self.batches.values():
                    if place in other and mine is not None and other[place][1] is mine:
                        other[place][1] = old
        return changed


times = st.sampled_from([NO_TIME, 1, 2])
titles = st.sampled_from(TITLES)
deeds = st.one_of(
    st.builds(
        lambda title, stars, time: Deed(title, Action.RATING, stars, time),
        titles,
        st.sampled_from([1.0, 4.5]),
        times,
    ),
    st.builds(
        lambda title, action, time: Deed(title, action, None, time),
        titles,
        st.sampled_from([action for action in Action if action is not Action.RATING]),
        times,
    ),
)
steps = st.one_of(
    st.tuples(st.just("rate"), st.lists(deeds, max_size=4)),
    st.tuples(st.just("forget"), titles),
    st.tuples(st.sampled_from(["list", "unlist", "unhide"]), titles),
    st.tuples(st.just("import"), st.sampled_from("xyz"), st.lists(deeds, max_size=6)),
    st.tuples(st.just("undo"), st.sampled_from("xyz")),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.integers(0, 2), steps), max_size=40),
    st.booleans(),
)
def test_any_history_is_as_the_oracle_says(plan: list[tuple[int, Any]], at_once: bool) -> None:
    """Whether each write waits for the one before, or all of them for the disk together."""
    with TemporaryDirectory() as folder:
        store = open_store(str(Path(folder) / "store.db"))
        people = [store.accounts.create(f"p{n}").result().key for n in range(3)]
        oracles = [Oracle() for _ in people]
        keys: dict[tuple[int, str], Any] = {}
        pending = []
        for who, step in plan:
            person, oracle, history = people[who], oracles[who], store.history
            match step:
                case ("rate", said):
                    future = history.rate(person, said)
                    wanted = sum(oracle.say(deed) is not None for deed in said)
                case ("forget", title):
                    future, wanted = history.forget(person, title), oracle.forget(title)
                case ("list", title):
                    future = history.add_to_watchlist(person, title)
                    wanted = title not in oracle.listed
                    oracle.listed.add(title)
                case ("unlist", title):
                    future = history.remove_from_watchlist(person, title)
                    wanted = title in oracle.listed
                    oracle.listed.discard(title)
                case ("unhide", title):
                    future = history.unhide(person, title)
                    wanted = oracle.hidden.pop(title, None) is not None
                case ("import", digest, said):
                    made = history.import_batch(person, "file", digest, said)
                    is_new = oracle.take_in(digest, said)
                    batch, was_new = made.result()
                    assert was_new == is_new
                    keys[who, digest] = batch.key
                    continue
                case ("undo", digest):
                    if digest not in oracle.batches:
                        continue
                    future = history.undo_batch(person, keys[who, digest])
                    wanted = oracle.undo(digest)
            pending.append((who, future, wanted))
            if not at_once:
                future.result()
        revisions = [0, 0, 0]
        for who, future, wanted in pending:
            written = future.result()
            assert written.changed == wanted
            assert written.revision - revisions[who] >= wanted
            revisions[who] = written.revision
        for person, oracle in zip(people, oracles, strict=True):
            found = store.history.read(person)
            expected = [deed for deed, _ in oracle.opinions.values()]
            expected += [Deed(*key[:2], None, key[2]) for key in oracle.watches]
            actual = [deed for deed in found.deeds if deed.action is not Action.HIDE]
            assert sorted(actual, key=repr) == sorted(expected, key=repr)
            assert {entry.title for entry in store.history.hidden(person)} == set(oracle.hidden)
            assert {entry.title for entry in store.history.watchlist(person)} == oracle.listed
            assert len(store.history.changes(person, limit=10_000)) == oracle.lines
            assert found.revision == store.history.revision(person)
        store.verify()
        store.close()
