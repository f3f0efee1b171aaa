"""What every store has to do, whatever database is below it.

Subclass :class:`StoreContract` and give it a fixture ``store``: an open, empty store.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select, update

from matinee.deeds import Deed
from matinee.errors import (
    ConflictError,
    InputError,
    QueryError,
    StoreUnavailableError,
    UnknownPersonError,
)
from matinee.interaction import NO_TIME, Action
from matinee.store.records import (
    DEFAULT_PERSON,
    Event,
    Experiment,
    JobState,
    Kind,
    Person,
    PersonHistory,
    Role,
    Scope,
    Written,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from matinee.store import Store

HEAT, MOON, ALIEN = "tmdb:949", "tmdb:17431", "tmdb:348"


def rated(title: str, stars: float, time: int = NO_TIME) -> Deed:
    """Return a rating."""
    return Deed(title, Action.RATING, stars, time)


def event(key: str, title: str = HEAT, kind: Kind = Kind.CLICK, **more: object) -> Event:
    """Return an event."""
    return Event(kind=kind, title=title, key=key, time=1_700_000_000, **more)  # type: ignore[arg-type]


class StoreContract:
    """The contract of :class:`matinee.store.Store`."""

    @pytest.fixture
    def anna(self, store: Store) -> int:
        """Key of a person who has done nothing yet."""
        return store.accounts.create("anna").result().key

    # Accounts

    def test_a_person_is_created_found_and_changed(self, store: Store) -> None:
        """What was written is read again, whichever way."""
        made = store.accounts.create("anna", role=Role.ADMIN, max_age=12).result()
        assert (made.name, made.role, made.max_age) == ("anna", Role.ADMIN, 12)
        assert (made.revision, made.has_password) == (0, False)
        assert store.accounts.get("anna") == store.accounts.by_key(made.key) == made
        assert store.accounts.get("bert") is None
        assert store.accounts.by_key(made.key + 1) is None
        changed = store.accounts.update("anna", role=Role.PERSON, max_age=None).result()
        assert (changed.role, changed.max_age, changed.key) == (Role.PERSON, None, made.key)
        store.accounts.create("abel").result()
        assert [person.name for person in store.accounts.all()] == ["abel", "anna"]

    def test_a_name_is_taken_once(self, store: Store) -> None:
        """The second of a name is refused, and nothing else with it."""
        futures = [store.accounts.create(name) for name in ("anna", "bert", "anna", "cleo")]
        assert isinstance(futures[2].exception(), ConflictError)
        assert [f.exception() for f in (futures[0], futures[1], futures[3])] == [None] * 3
        assert [person.name for person in store.accounts.all()] == ["anna", "bert", "cleo"]

    @pytest.mark.parametrize("name", ["", "me", "Anna", "a b", ".", "..", "-a", "ä", "a" * 65])
    def test_what_is_no_name_is_refused(self, store: Store, name: str) -> None:
        """Names are safe in addresses."""
        with pytest.raises(QueryError):
            store.accounts.create(name)
        assert store.accounts.get(name) is None
        assert store.accounts.check_password(name, "x") is None

    def test_what_cannot_be_of_a_person_is_refused(self, store: Store) -> None:
        """Ages and passwords have bounds."""
        for age in (-1, 121, 1.5, True):
            with pytest.raises(QueryError):
                store.accounts.create("anna", max_age=age)  # type: ignore[arg-type]
        for password in ("short", "x" * 300, "nul\0nul\0nul"):
            with pytest.raises(QueryError):
                store.accounts.create("anna", password=password)
        with pytest.raises(TypeError):
            store.accounts.update("anna", nickname="bert")
        assert store.accounts.all() == []

    def test_the_default_person_is_made_when_needed(self, store: Store) -> None:
        """Once, whoever asks first."""
        assert not store.accounts.any_accounts()
        with ThreadPoolExecutor(8) as pool:
            found = set(pool.map(lambda _: store.accounts.ensure().key, range(16)))
        assert len(found) == 1
        assert [person.name for person in store.accounts.all()] == [DEFAULT_PERSON]
        assert not store.accounts.any_accounts()

    def test_somebody_who_can_sign_in_is_an_account(self, store: Store) -> None:
        """A token, a password or a name of one's own makes one."""
        store.accounts.ensure()
        token, _ = store.tokens.create(DEFAULT_PERSON).result()
        assert store.accounts.any_accounts()
        assert store.tokens.revoke(token.key).result()
        store.accounts.delete(DEFAULT_PERSON).result()
        assert not store.accounts.any_accounts()
        store.accounts.create(DEFAULT_PERSON, password="correct horse").result()  # noqa: S106
        assert store.accounts.any_accounts()

    def test_a_password_is_checked(self, store: Store) -> None:
        """Only the right one of the right person, and the latest."""
        store.accounts.create("anna", password="correct horse").result()  # noqa: S106
        anna = store.accounts.check_password("anna", "correct horse")
        assert isinstance(anna, Person)
        assert anna.has_password
        assert store.accounts.check_password("anna", "battery staple") is None
        assert store.accounts.check_password("bert", "correct horse") is None
        session = store.sessions.create(anna.key, seconds=60).result()
        store.accounts.update("anna", password="battery staple").result()  # noqa: S106
        assert store.accounts.check_password("anna", "correct horse") is None
        assert store.accounts.check_password("anna", "battery staple") is not None
        assert store.sessions.find(session) is None
        assert not store.accounts.update("anna", password=None).result().has_password
        assert store.accounts.check_password("anna", "battery staple") is None

    def test_ratings_are_counted_by_their_stars(self, store: Store, anna: int) -> None:
        """Of everybody, what is thought now; a watch without a rating has no stars."""
        assert store.stars() == {}
        bert = store.accounts.create("bert").result().key
        store.history.rate(anna, [rated(HEAT, 4), rated(MOON, 2.5)]).result()
        store.history.rate(anna, [rated(HEAT, 4.5), Deed(ALIEN, Action.HIDE)]).result()
        store.history.rate(bert, [rated(MOON, 2.5), Deed(HEAT, Action.WATCH)]).result()
        assert store.stars() == {2.5: 2, 4.5: 1}

    def test_deleting_a_person_leaves_nothing_of_theirs(self, store: Store, anna: int) -> None:
        """All tables are as before, but for what is others'; the key does not come again."""
        store.history.rate(anna, [rated(HEAT, 4)]).result()
        before = store.counts()
        bert = store.accounts.create("bert").result().key
        store.tokens.create("bert").result()
        store.sessions.create(bert, seconds=60).result()
        deeds = [rated(HEAT, 4), Deed(MOON, Action.WATCH), Deed(ALIEN, Action.HIDE)]
        store.history.rate(bert, deeds).result()
        store.history.add_to_watchlist(bert, MOON).result()
        store.history.import_batch(bert, "file", "digest", [rated(HEAT, 3)]).result()
        store.events.record(bert, [event("k")]).result()
        assert store.counts() != before
        store.accounts.delete("bert").result()
        assert store.counts() == before
        assert isinstance(store.accounts.delete("bert").exception(), UnknownPersonError)
        assert store.accounts.create("bert").result().key > bert
        for late in (
            store.history.rate(bert, [rated(HEAT, 4)]),
            store.history.add_to_watchlist(bert, HEAT),
            store.history.import_batch(bert, "file", "digest", []),
            store.events.record(bert, [event("k")]),
            store.sessions.create(bert, seconds=60),
        ):
            assert isinstance(late.exception(), UnknownPersonError)
        for read in (store.history.revision, store.history.read):
            with pytest.raises(UnknownPersonError):
                read(bert)

    # Tokens and sessions

    def test_a_token_is_shown_once_and_found_by_its_secret(self, store: Store, anna: int) -> None:
        """Until it is revoked or its time is over; only a hash is kept."""
        token, secret = store.tokens.create("anna", label="phone", scopes={Scope.READ}).result()
        assert secret.startswith("mtn_")
        assert len(secret) == 47
        assert secret.startswith(token.start)
        found = store.tokens.find(secret)
        assert found is not None
        assert (found[0].key, found[1]) == (anna, token)
        assert (token.label, token.scopes, token.person) == (
            "phone",
            frozenset((Scope.READ,)),
            "anna",
        )
        assert store.tokens.find(secret[:-1]) is None
        assert store.tokens.find("\ud800") is None
        old, past = store.tokens.create("anna", expires=1).result()
        assert store.tokens.find(past) is None
        assert store.tokens.all() == store.tokens.all("anna") == [token, old]
        assert store.tokens.all("bert") == []
        assert store.tokens.revoke(token.key).result()
        assert not store.tokens.revoke(token.key).result()
        assert store.tokens.find(secret) is None
        assert isinstance(store.tokens.create("bert").exception(), UnknownPersonError)
        dumped = repr(list(store.export_rows()))
        assert secret not in dumped
        assert secret[len(token.start) :] not in dumped

    def test_a_session_is_found_until_it_ends(self, store: Store, anna: int) -> None:
        """Ended, over, or never begun: nobody."""
        id = store.sessions.create(anna, seconds=60).result()
        found = store.sessions.find(id)
        assert found is not None
        assert found.key == anna
        over = store.sessions.create(anna, seconds=0).result()
        assert store.sessions.find(over) is None
        assert store.sessions.purge().result() == 1
        assert id not in repr(list(store.export_rows()))
        store.sessions.end(id).result()
        assert store.sessions.find(id) is None

    # History

    def test_an_opinion_replaces_the_one_before(self, store: Store, anna: int) -> None:
        """And every one stays in the history of changes."""
        assert store.history.read(anna) == PersonHistory(0, ())
        first = store.history.rate(anna, [rated(HEAT, 4, 100)]).result()
        assert (first.changed, store.history.revision(anna)) == (1, first.revision)
        second = store.history.rate(anna, [Deed(HEAT, Action.DISLIKE, time=200)]).result()
        assert second.revision > first.revision
        assert store.history.opinion(anna, HEAT) == Deed(HEAT, Action.DISLIKE, time=200)
        assert store.history.opinion(anna, MOON) is None
        assert store.history.read(anna).deeds == (Deed(HEAT, Action.DISLIKE, time=200),)
        lines = store.history.changes(anna)
        assert [(line.action, line.stars, line.time) for line in lines] == [
            ("rating", 4.0, 100),
            ("dislike", None, 200),
        ]
        assert store.history.changes(anna, after=lines[0].sequence, limit=1) == lines[1:]
        assert store.history.changes(anna, title=MOON) == []

    def test_the_same_again_changes_nothing(self, store: Store, anna: int) -> None:
        """Nor the revision; a time that was not known before is something new."""
        deeds = [rated(HEAT, 4, 100), Deed(MOON, Action.WATCH, time=5), Deed(ALIEN, Action.HIDE)]
        first = store.history.rate(anna, deeds).result()
        assert first.changed == 3
        assert store.history.rate(anna, deeds).result() == Written(first.revision, 0)
        assert store.history.rate(anna, [rated(HEAT, 4)]).result() == Written(first.revision, 0)
        assert store.history.hide(anna, ALIEN).result() == Written(first.revision, 0)
        assert len(store.history.changes(anna)) == 1
        later = store.history.rate(anna, [rated(HEAT, 4, 101)]).result()
        assert (later.changed, later.revision > first.revision) == (1, True)

    def test_writes_that_stand_in_one_batch_see_each_other(self, store: Store, anna: int) -> None:
        """As if each were written alone, for many at once of the same person and title."""
        stars = [4.0, 4.0, 3.0, 3.0, 4.0, 5.0] * 20
        futures = [store.history.rate(anna, [rated(HEAT, each, 1)]) for each in stars]
        written = [future.result() for future in futures]
        now, revision = 0.0, 0
        for each, result in zip(stars, written, strict=True):
            assert result.changed == (each != now)
            assert (result.revision > revision) == (each != now)
            now, revision = each, result.revision
        assert store.history.revision(anna) == revision
        changes = store.history.changes(anna, limit=1000)
        assert len(changes) == sum(result.changed for result in written)
        twice = store.history.rate(anna, [rated(MOON, 1), rated(MOON, 2), rated(MOON, 2)]).result()
        assert twice.changed == 2
        assert store.history.opinion(anna, MOON) == rated(MOON, 2)

    def test_a_bad_write_harms_no_other(self, store: Store, anna: int) -> None:
        """Refused ones stand among good ones."""
        futures: list[Any] = []
        for number in range(60):
            futures.append(store.history.rate(anna, [rated(f"tmdb:{number}", 3)]))
            futures.append(store.history.rate(anna + 1000, [rated(HEAT, 3)]))
            futures.append(store.accounts.create("anna"))
        for good, nobody, taken in zip(futures[::3], futures[1::3], futures[2::3], strict=True):
            assert good.result().changed == 1
            assert isinstance(nobody.exception(), UnknownPersonError)
            assert isinstance(taken.exception(), ConflictError)
        assert len(store.history.opinions(anna)) == 60

    def test_history_is_in_order(self, store: Store, anna: int) -> None:
        """By time; what has none counts as done when it was written down."""
        store.history.rate(anna, [rated(HEAT, 4), Deed(MOON, Action.LIKE)]).result()
        store.history.rate(anna, [rated(ALIEN, 5, 1000), Deed(ALIEN, Action.WATCH, time=999)])
        far = 4_000_000_000
        store.history.rate(anna, [Deed("tmdb:1", Action.HIDE, time=far)]).result()
        order = [(deed.title, deed.action) for deed in store.history.read(anna).deeds]
        assert order == [
            (ALIEN, Action.WATCH),
            (ALIEN, Action.RATING),
            (HEAT, Action.RATING),
            (MOON, Action.LIKE),
            ("tmdb:1", Action.HIDE),
        ]

    def test_opinions_come_by_pages(self, store: Store, anna: int) -> None:
        """By title, in the order of characters; those beyond ASCII after the others."""
        titles = ["tmdb:9", "tmdb:10", "é:1", "Z:1", "\N{CLAPPER BOARD}:1", "a:1"]
        store.history.rate(anna, [rated(title, 3) for title in titles]).result()
        found: list[str] = []
        while page := store.history.opinions(anna, limit=2, after=found[-1] if found else None):
            found += [deed.title for deed, recorded in page if recorded > 1_700_000_000]
        assert found == sorted(titles)

    def test_viewings_are_kept_each(self, store: Store, anna: int) -> None:
        """The same at other times, the latest first."""
        deeds = [Deed(HEAT, Action.WATCH, time=t) for t in (10, 30, 20)]
        deeds.append(Deed(HEAT, Action.REWATCH, time=40))
        assert store.history.rate(anna, deeds).result().changed == 4
        assert [deed.time for deed in store.history.watches(anna)] == [40, 30, 20, 10]
        assert len(store.history.watches(anna, limit=2)) == 2
        assert store.history.rate(anna, deeds[:2]).result().changed == 0

    def test_what_was_said_is_taken_back(self, store: Store, anna: int) -> None:
        """All of it, or the kinds that are named."""
        deeds = [rated(HEAT, 4), Deed(HEAT, Action.WATCH), Deed(HEAT, Action.WATCH, time=3)]
        deeds += [Deed(HEAT, Action.HIDE), rated(MOON, 2)]
        store.history.rate(anna, deeds).result()
        assert store.history.forget(anna, HEAT, what=("watch",)).result().changed == 2
        assert store.history.watches(anna) == []
        assert store.history.forget(anna, HEAT).result().changed == 2
        revision = store.history.revision(anna)
        assert store.history.forget(anna, HEAT).result() == Written(revision, 0)
        assert store.history.read(anna).deeds == (rated(MOON, 2),)
        assert store.history.changes(anna, title=HEAT)[-1].action == "remove"
        with pytest.raises(ValueError, match="unknown"):
            store.history.forget(anna, HEAT, what=("nonesuch",))

    def test_watchlist_and_hidden_titles(self, store: Store, anna: int) -> None:
        """The latest first, once each."""
        for title in (HEAT, MOON, HEAT):
            store.history.add_to_watchlist(anna, title).result()
            store.history.hide(anna, title).result()
        assert [each.title for each in store.history.watchlist(anna)] == [MOON, HEAT]
        assert [each.title for each in store.history.hidden(anna)] == [MOON, HEAT]
        assert store.history.watchlist(anna)[0].added > 1_700_000_000
        revision = store.history.revision(anna)
        assert store.history.remove_from_watchlist(anna, HEAT).result().revision > revision
        assert store.history.remove_from_watchlist(anna, HEAT).result().changed == 0
        assert store.history.unhide(anna, MOON).result().changed == 1
        assert [each.title for each in store.history.watchlist(anna)] == [MOON]
        assert [each.title for each in store.history.hidden(anna)] == [HEAT]

    @pytest.mark.parametrize(
        "deed",
        [rated("a\0b", 3), rated("\ud800", 3), rated("x" * 501, 3), rated(HEAT, 3, 1 << 41)],
        ids=["nul", "surrogate", "long", "late"],
    )
    def test_what_no_database_takes_is_refused(self, store: Store, anna: int, deed: Deed) -> None:
        """Before it is queued."""
        with pytest.raises(QueryError):
            store.history.rate(anna, [deed])

    # Imports

    def test_an_import_is_taken_back_exactly(self, store: Store, anna: int) -> None:
        """What it replaced is there again, what it brought is gone, what was said since stays."""
        own = [rated(HEAT, 4, 10), Deed(MOON, Action.WATCH, time=5), rated("tmdb:1", 1, 7)]
        store.history.rate(anna, own).result()
        before = store.history.read(anna)
        brought = [
            rated(HEAT, 2, 20),
            rated(HEAT, 3, 30),
            rated(ALIEN, 5),
            rated("tmdb:1", 1, 7),
            Deed(MOON, Action.WATCH, time=5),
            Deed(MOON, Action.WATCH, time=6),
            Deed(ALIEN, Action.HIDE),
        ]
        batch, is_new = store.history.import_batch(anna, "mine.csv", "digest", brought).result()
        assert is_new
        assert (batch.person, batch.source, batch.entries) == ("anna", "mine.csv", 7)
        assert store.history.opinion(anna, HEAT) == rated(HEAT, 3, 30)
        assert store.history.changes(anna, title=HEAT)[-1].batch == batch.key
        again = store.history.import_batch(anna, "mine.csv", "digest", brought).result()
        assert again == (batch, False)
        undone = store.history.undo_batch(anna, batch.key).result()
        assert undone.changed == 4
        assert store.history.read(anna).deeds == before.deeds
        assert store.history.read(anna).revision > before.revision
        assert store.history.undo_batch(anna, batch.key).result() == Written(undone.revision, 0)
        anew, is_new = store.history.import_batch(anna, "mine.csv", "digest", brought).result()
        assert is_new
        store.history.rate(anna, [rated(HEAT, 0.5)]).result()
        store.history.undo_batch(anna, anew.key).result()
        assert store.history.opinion(anna, HEAT) == rated(HEAT, 0.5)
        assert [each.key for each in store.history.batches(anna)] == [anew.key, batch.key]
        assert all(each.undone for each in store.history.batches(anna))
        assert isinstance(store.history.undo_batch(anna, 99).exception(), QueryError)

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1)])
    def test_imports_are_taken_back_in_any_order(
        self, store: Store, anna: int, order: Sequence[int]
    ) -> None:
        """What is left at the end is what was there before the first."""
        store.history.rate(anna, [rated(HEAT, 1, 1)]).result()
        before = store.history.read(anna).deeds
        keys = []
        for number in range(3):
            deeds = [rated(HEAT, 2 + number, 10 + number), rated(MOON, 2 + number)]
            batch = store.history.import_batch(anna, "file", f"digest {number}", deeds)
            keys.append(batch.result()[0].key)
        for number in order:
            store.history.undo_batch(anna, keys[number]).result()
        assert store.history.read(anna).deeds == before

    def test_others_imports_are_not_to_be_touched(self, store: Store, anna: int) -> None:
        """Neither seen nor undone."""
        batch, _ = store.history.import_batch(anna, "f", "d", [rated(HEAT, 3)]).result()
        bert = store.accounts.create("bert").result().key
        assert isinstance(store.history.undo_batch(bert, batch.key).exception(), QueryError)
        assert store.history.batches(bert) == []
        assert store.history.import_batch(bert, "f", "d", []).result()[1]

    def test_a_large_import(self, store: Store, anna: int) -> None:
        """Thousands of deeds at once, taken back at once."""
        deeds = [rated(f"tmdb:{number}", 3, number) for number in range(3_000)]
        batch, _ = store.history.import_batch(anna, "f", "d", deeds).result()
        assert len(store.history.read(anna).deeds) == 3_000
        assert store.history.undo_batch(anna, batch.key).result().changed == 3_000
        assert store.history.read(anna).deeds == ()

    # Events

    def test_the_same_key_is_one_event(self, store: Store, anna: int) -> None:
        """Of one person; of nobody as well; but two people may use the same."""
        bert = store.accounts.create("bert").result().key
        them = [event("k", position=3, request="r", value=4.5, experiment="e", arm="a")]
        for person in (anna, bert, None):
            first = store.events.record(person, them).result()
            assert (first.new, first.repeated) == (1, 0)
            again = store.events.record(person, [*them, event("k"), event("other")]).result()
            assert (again.new, again.repeated) == (1, 2)
        found = store.events.read()
        assert [each.person for each in found] == [anna, anna, bert, bert, None, None]
        first_event = found[0]
        assert (first_event.position, first_event.request, first_event.value) == (3, "r", 4.5)
        assert (first_event.experiment, first_event.arm, first_event.title) == ("e", "a", HEAT)
        sequences = [each.sequence for each in found]
        assert sequences == sorted(set(sequences))

    def test_the_same_key_many_times_at_once(self, store: Store, anna: int) -> None:
        """Twenty threads, one row, and one of them is told that it was new."""
        barrier = threading.Barrier(20)

        def send(person: int | None) -> int:
            barrier.wait()
            return store.events.record(person, [event("same")]).result().new

        for person in (anna, None):
            with ThreadPoolExecutor(20) as pool:
                assert sum(pool.map(send, [person] * 20)) == 1
        assert len(store.events.read()) == 2

    def test_events_are_read_by_kind_experiment_and_person(self, store: Store, anna: int) -> None:
        """And by pages."""
        kinds = (Kind.IMPRESSION, Kind.CLICK, Kind.PLAY)
        store.events.record(anna, [event(f"{k}", kind=k) for k in kinds]).result()
        store.events.record(None, [event("x", experiment="e")]).result()
        assert [each.kind for each in store.events.read(kind=Kind.PLAY)] == [Kind.PLAY]
        assert [each.key for each in store.events.read(experiment="e")] == ["x"]
        assert len(store.events.read(person=anna)) == 3
        first = store.events.read(limit=2)
        assert len(first) == 2
        assert len(store.events.read(after=first[-1].sequence)) == 2

    def test_bad_events_are_refused(self, store: Store, anna: int) -> None:
        """Before they are queued."""
        for bad in (
            event(""),
            event("k" * 501),
            event("k", value=float("nan")),
            event("k", position=-1),
            event("k", title="\0"),
        ):
            with pytest.raises(QueryError):
                store.events.record(anna, [bad])

    def test_a_consumer_sees_each_event_once(self, store: Store, anna: int) -> None:
        """Whether its effect succeeds at once or after a failure; others have their own place."""
        store.events.record(anna, [event(f"k{n}") for n in range(25)]).result()
        seen: list[str] = []

        def take(_connection: Connection, them: Sequence[Event]) -> None:
            seen.extend(each.key for each in them)

        def fail(_connection: Connection, them: Sequence[Event]) -> None:
            raise KeyError(them[0].key)

        assert store.events.offset("counter") == 0
        assert store.events.consume("counter", take, limit=10) == 10
        with pytest.raises(KeyError):
            store.events.consume("counter", fail)
        assert store.events.consume("counter", take) == 15
        assert store.events.consume("counter", fail) == 0
        assert seen == [f"k{n}" for n in range(25)]
        assert store.events.offset("counter") == store.events.read()[-1].sequence
        assert store.events.consume("other", take) == 25

    def test_consumers_and_writers_at_once_miss_nothing(self, store: Store, anna: int) -> None:
        """Four consumers of one name, while four threads write; the effect is in the database."""
        table = Table("contract_count", MetaData(), Column("n", Integer, nullable=False))
        with store._database.writing() as connection:
            table.create(connection)
            connection.execute(table.insert().values(n=0))
        done = threading.Event()

        def count(connection: Connection, them: Sequence[Event]) -> None:
            before = connection.execute(select(table.c.n)).scalar_one()
            connection.execute(update(table).values(n=before + len(them)))

        def consume() -> None:
            while not done.is_set():
                store.events.consume("counter", count, limit=7)
            while store.events.consume("counter", count, limit=50):
                pass

        def write(writer: int) -> None:
            for number in range(30):
                store.events.record(anna, [event(f"{writer} {number}")]).result()

        with ThreadPoolExecutor(8) as pool:
            consumers = [pool.submit(consume) for _ in range(4)]
            for writing in [pool.submit(write, n) for n in range(4)]:
                writing.result()
            done.set()
            for consumer in consumers:
                consumer.result()
        with store._database.writing() as connection:
            assert connection.execute(select(table.c.n)).scalar_one() == 120
            table.drop(connection)

    # Experiments, jobs, secrets

    def test_an_experiment_runs_until_it_is_stopped(self, store: Store) -> None:
        """Once of a name."""
        wanted = Experiment(
            name="mmr", surface="search", design="ab", a={}, b={"diversity": 0.3, "x": [1]}
        )
        made = store.experiments.create(wanted).result()
        assert made.created > 1_700_000_000
        assert store.experiments.get("mmr") == made
        assert isinstance(store.experiments.create(wanted).exception(), ConflictError)
        assert store.experiments.running("search") == store.experiments.all() == [made]
        assert store.experiments.running("recommend") == []
        stopped = store.experiments.stop("mmr").result()
        assert stopped.stopped is not None
        assert store.experiments.stop("mmr").result() == stopped
        assert store.experiments.running("search") == []
        assert isinstance(store.experiments.stop("none").exception(), QueryError)
        assert store.experiments.get("none") is None

    def test_a_job_is_taken_once(self, store: Store) -> None:
        """The oldest first, by one of many who ask at once."""
        keys = [store.jobs.create("verify", {"n": n}).result().key for n in range(6)]
        store.jobs.create("other", {}).result()
        with ThreadPoolExecutor(6) as pool:
            claimed = list(pool.map(lambda _: store.jobs.claim(["verify"]), range(9)))
        got = [job for job in claimed if job is not None]
        assert sorted(job.key for job in got) == keys
        assert all(job.state is JobState.RUNNING and job.started and job.beat for job in got)
        assert store.jobs.claim(["verify"]) is None
        assert [job.key for job in store.jobs.all(limit=3)] == [keys[-1] + 1, keys[-1], keys[-2]]

    def test_a_job_of_a_dead_runner_is_taken_again(self, store: Store) -> None:
        """Who runs one has to say so every now and then."""
        key = store.jobs.create("train", {"model": "x"}).result().key
        first = store.jobs.claim(["train"])
        assert first is not None
        assert first.beat is not None
        assert store.jobs.claim(["train"]) is None
        store.jobs.update(key, beat=first.beat - 61, done=3, total=9, message="half\0way").result()
        again = store.jobs.claim(["train"])
        assert again is not None
        assert (again.key, again.done, again.total, again.message) == (key, 3, 9, "halfway")
        assert again.arguments == {"model": "x"}
        done = store.jobs.update(key, state=JobState.DONE, ended=5).result()
        assert (done.state, store.jobs.get(key)) == (JobState.DONE, done)
        assert store.jobs.claim(["train"]) is None
        assert isinstance(store.jobs.update(key + 9, done=1).exception(), QueryError)
        with pytest.raises(TypeError):
            store.jobs.update(key, kind="other")
        with pytest.raises(QueryError):
            store.jobs.create("train", {"x": object()})

    def test_a_secret_is_the_same_for_all(self, store: Store) -> None:
        """Whoever asks first makes it."""
        with ThreadPoolExecutor(8) as pool:
            made = set(pool.map(lambda _: store.secrets.get_or_make("cookies"), range(16)))
        assert len(made) == 1
        assert len(made.pop()) == 32
        assert store.secrets.get_or_make("other") != store.secrets.get_or_make("cookies")

    # The whole

    def test_all_rows_go_out_and_in_again(self, store: Store, anna: int) -> None:
        """Into an empty store alone; keys go on after those there were."""
        store.history.rate(anna, [rated(f"tmdb:{n}", 3) for n in range(2_500)]).result()
        store.history.import_batch(anna, "f", "d", [rated("tmdb:1", 4)]).result()
        store.events.record(anna, [event("k"), event("l")]).result()
        store.events.consume("counter", lambda _connection, _events: None)
        store.secrets.get_or_make("cookies")
        bert = store.accounts.create("bert").result().key
        store.events.record(bert, [event("k")]).result()
        store.events.consume("counter", lambda _connection, _events: None)
        store.accounts.delete("bert").result()
        rows = [(name, chunk) for name, chunk in store.export_rows() if chunk]
        assert {name: sum(len(c) for n, c in rows if n == name) for name, _ in rows} == {
            name: count for name, count in store.counts().items() if count
        }
        before, offset = store.history.read(anna), store.events.offset("counter")
        with pytest.raises(ConflictError):
            store.import_rows(rows)
        self.clear(store)
        wrong: tuple[list[tuple[str, Any]], ...] = (
            [("people", [{"key": 1}])],
            [("nonesuch", [])],
            [*rows, rows[-1]],
        )
        for tables in wrong:
            with pytest.raises(InputError):
                store.import_rows(tables)
            assert not any(store.counts().values())
        store.import_rows(rows)
        assert store.history.read(anna) == before
        assert [row for row in store.export_rows() if row[1]] == rows
        # Numbers of events that were deleted do not come again: a consumer would skip them.
        store.events.record(anna, [event("new")]).result()
        assert store.events.read()[-1].sequence > offset
        assert store.accounts.create("cleo").result().key > anna
        assert store.history.rate(anna, [rated("tmdb:2", 5)]).result().changed == 1

    def test_a_snapshot_is_of_one_moment(self, store: Store, anna: int) -> None:
        """What is written while rows go out is not among them."""
        store.history.rate(anna, [rated(f"tmdb:{n}", 3) for n in range(3_000)]).result()
        rows = store.export_rows()
        first = next(rows)
        store.history.rate(anna, [rated("tmdb:new", 3)]).result()
        chunks = [first, *rows]
        assert sum(len(chunk) for name, chunk in chunks if name == "ratings") == 3_000

    def test_it_tells_how_it_is(self, store: Store, anna: int) -> None:
        """Ready, sound, and how large."""
        store.ready()
        store.history.rate(anna, [rated(HEAT, 4)]).result()
        store.verify()
        assert store.size() > 0
        assert store.counts()["people"] == 1
        assert store.url in repr(store)

    def test_closing_finishes_what_was_asked_for(self, store: Store, anna: int) -> None:
        """And refuses the rest."""
        futures = [store.history.rate(anna, [rated(f"tmdb:{n}", 3)]) for n in range(100)]
        store.close()
        assert all(future.done() and future.result().changed for future in futures)
        late = store.history.rate(anna, [rated(HEAT, 3)])
        assert isinstance(late.exception(), StoreUnavailableError)
        store.close()

    def test_a_write_that_was_given_up_before_its_turn_is_not_made(
        self, store: Store, anna: int
    ) -> None:
        """Its caller is gone; one that has begun cannot be given up."""
        futures = [store.history.rate(anna, [rated(f"tmdb:{n}", 3)]) for n in range(300)]
        given_up = {n for n, future in enumerate(futures) if future.cancel()}
        store.history.rate(anna, []).result()
        there = {deed.title for deed, _ in store.history.opinions(anna)}
        assert there == {f"tmdb:{n}" for n in range(300) if n not in given_up}

    def clear(self, store: Store) -> None:
        """Empty all tables of a store."""
        from matinee.store.schema import METADATA

        with store._database.writing() as connection:
            for table in reversed(METADATA.sorted_tables):
                connection.execute(table.delete())
