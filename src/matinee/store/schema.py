"""The tables of the store.

Keys are never given out twice (``sqlite_autoincrement``): what a process remembers of a person by
key must not fall to the next one, and an event that got the number of a deleted one would lie
before the offsets of the consumers, who would never see it. Times are seconds since 1970 in UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

HEAD = "0002"
"""The newest migration; a test compares it with the folder of migrations."""

METADATA = MetaData()

_KEY = BigInteger().with_variant(Integer(), "sqlite")
_TIME = BigInteger().with_variant(Integer(), "sqlite")
# In the order of their bytes everywhere, whatever language a server was set up for.
_ORDERED = Text().with_variant(Text(collation="C"), "postgresql")


def _key(name: str = "key") -> Column[int]:
    return Column(name, _KEY, primary_key=True, autoincrement=True)


def _person(*, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    return Column(
        "person",
        _KEY,
        ForeignKey("people.key", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=nullable,
        autoincrement=False,
    )


def _title(*, primary_key: bool = False) -> Column[str]:
    return Column("title", _ORDERED, primary_key=primary_key, nullable=False)


def _time(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, _TIME, nullable=nullable)


people = Table(
    "people",
    METADATA,
    _key(),
    Column("name", _ORDERED, nullable=False),
    Column("role", Text, nullable=False),
    Column("max_age", Integer),
    _time("created"),
    Column("revision", _KEY, nullable=False),
    Column("password", Text),
    Index("people_name", "name", unique=True),
    sqlite_autoincrement=True,
)

tokens = Table(
    "tokens",
    METADATA,
    _key(),
    _person(),
    Column("label", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    _time("created"),
    _time("expires", nullable=True),
    _time("revoked", nullable=True),
    Column("start", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Index("tokens_digest", "digest", unique=True),
    Index("tokens_person", "person"),
    sqlite_autoincrement=True,
)

sessions = Table(
    "sessions",
    METADATA,
    Column("digest", Text, primary_key=True, nullable=False),
    _person(),
    _time("created"),
    _time("expires"),
    Index("sessions_person", "person"),
    Index("sessions_expires", "expires"),
)

ratings = Table(
    "ratings",
    METADATA,
    _person(primary_key=True),
    _title(primary_key=True),
    Column("action", SmallInteger, nullable=False),
    Column("stars", Double),
    _time("time"),
    _time("recorded"),
    # Of the person, when it was said: tells the order, and whether anything was said since.
    Column("revision", _KEY, nullable=False),
    Column("batch", _KEY),
    sqlite_with_rowid=False,
)

rating_changes = Table(
    "rating_changes",
    METADATA,
    _key("sequence"),
    _person(),
    _title(),
    Column("action", SmallInteger, nullable=False),
    Column("stars", Double),
    _time("time"),
    _time("recorded"),
    Column("batch", _KEY),
    Index("rating_changes_person", "person", "sequence"),
    Index("rating_changes_title", "person", "title", "sequence"),
    sqlite_autoincrement=True,
)

watches = Table(
    "watches",
    METADATA,
    _person(primary_key=True),
    _title(primary_key=True),
    Column("action", SmallInteger, primary_key=True, nullable=False, autoincrement=False),
    Column("time", _TIME, primary_key=True, nullable=False, autoincrement=False),
    _time("recorded"),
    Column("revision", _KEY, nullable=False),
    Column("batch", _KEY),
    sqlite_with_rowid=False,
)

hidden = Table(
    "hidden",
    METADATA,
    _person(primary_key=True),
    _title(primary_key=True),
    _time("time"),
    _time("recorded"),
    Column("revision", _KEY, nullable=False),
    Column("batch", _KEY),
    sqlite_with_rowid=False,
)

watchlist = Table(
    "watchlist",
    METADATA,
    _person(primary_key=True),
    _title(primary_key=True),
    _time("recorded"),
    Column("revision", _KEY, nullable=False),
    sqlite_with_rowid=False,
)

import_batches = Table(
    "import_batches",
    METADATA,
    _key(),
    _person(),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("entries", Integer, nullable=False),
    _time("created"),
    _time("undone", nullable=True),
    Index("import_batches_person", "person"),
    Index(
        "import_batches_digest",
        "person",
        "digest",
        unique=True,
        sqlite_where=text("undone IS NULL"),
        postgresql_where=text("undone IS NULL"),
    ),
    sqlite_autoincrement=True,
)

# What a batch changed and what was there before: all that is needed to take it back.
import_entries = Table(
    "import_entries",
    METADATA,
    Column(
        "batch",
        _KEY,
        ForeignKey("import_batches.key", ondelete="CASCADE"),
        primary_key=True,
        nullable=False,
        autoincrement=False,
    ),
    Column("sheet", Text, primary_key=True, nullable=False),
    _title(primary_key=True),
    # Of a watch; 0 and -1 for opinions and hidden titles, of which there is one a title.
    Column("action", SmallInteger, primary_key=True, nullable=False, autoincrement=False),
    Column("time", _TIME, primary_key=True, nullable=False, autoincrement=False),
    _person(),
    Column("revision", _KEY, nullable=False),
    Column("prior_action", SmallInteger),
    Column("prior_stars", Double),
    _time("prior_time", nullable=True),
    _time("prior_recorded", nullable=True),
    Column("prior_revision", _KEY),
    Column("prior_batch", _KEY),
    Index("import_entries_title", "person", "title"),
)

events = Table(
    "events",
    METADATA,
    _key("sequence"),
    _person(nullable=True),
    Column("kind", Text, nullable=False),
    _title(),
    Column("key", Text, nullable=False),
    _time("time"),
    Column("request", Text, nullable=False),
    Column("position", Integer),
    Column("experiment", Text, nullable=False),
    Column("arm", Text, nullable=False),
    Column("value", Double),
    Index("events_key", "key", "person", unique=True),
    Index(
        "events_nobodys_key",
        "key",
        unique=True,
        sqlite_where=text("person IS NULL"),
        postgresql_where=text("person IS NULL"),
    ),
    Index("events_kind", "kind", "sequence"),
    Index("events_experiment", "experiment", "sequence"),
    Index("events_person", "person", "sequence"),
    sqlite_autoincrement=True,
)

event_offsets = Table(
    "event_offsets",
    METADATA,
    Column("consumer", Text, primary_key=True, nullable=False),
    Column("sequence", _KEY, nullable=False),
)

experiments = Table(
    "experiments",
    METADATA,
    Column("name", Text, primary_key=True, nullable=False),
    Column("surface", Text, nullable=False),
    Column("design", Text, nullable=False),
    Column("a", Text, nullable=False),
    Column("b", Text, nullable=False),
    Column("share", Double, nullable=False),
    Column("salt", Text, nullable=False),
    _time("created"),
    _time("stopped", nullable=True),
    Index("experiments_surface", "surface"),
)

jobs = Table(
    "jobs",
    METADATA,
    _key(),
    Column("kind", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", _KEY, nullable=False),
    Column("total", _KEY, nullable=False),
    Column("message", Text, nullable=False),
    _time("created"),
    _time("started", nullable=True),
    _time("ended", nullable=True),
    _time("beat", nullable=True),
    Index("jobs_state", "state", "key"),
    sqlite_autoincrement=True,
)

secrets = Table(
    "secrets",
    METADATA,
    Column("name", Text, primary_key=True, nullable=False),
    Column("value", Text, nullable=False),
    _time("created"),
)

nights = Table(
    "nights",
    METADATA,
    _key(),
    _person(),
    # The code of the guests' link is made of this and a key of the service; here is but its hash.
    Column("seed", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("max_age", Integer),
    Column("minutes", Integer),
    _time("created"),
    _time("expires"),
    Index("nights_digest", "digest", unique=True),
    Index("nights_person", "person"),
    Index("nights_expires", "expires"),
    sqlite_autoincrement=True,
)

night_members = Table(
    "night_members",
    METADATA,
    _key(),
    Column("night", _KEY, ForeignKey("nights.key", ondelete="CASCADE"), nullable=False),
    # None for a guest without an account.
    _person(nullable=True),
    Column("name", Text, nullable=False),
    # Hash of what the browser of a guest keeps; None for who has an account or was added by hand.
    Column("digest", Text),
    _time("joined"),
    Index("night_members_night", "night", "person", unique=True),
    Index("night_members_person", "person"),
    sqlite_autoincrement=True,
)


def _member() -> Column[int]:
    return Column(
        "member",
        _KEY,
        ForeignKey("night_members.key", ondelete="CASCADE"),
        primary_key=True,
        nullable=False,
        autoincrement=False,
    )


night_picks = Table(
    "night_picks",
    METADATA,
    _member(),
    _title(primary_key=True),
    sqlite_with_rowid=False,
)

night_vetoes = Table(
    "night_vetoes",
    METADATA,
    _member(),
    _title(primary_key=True),
    sqlite_with_rowid=False,
)
