"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ORDERED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NOBODY = sa.text("person IS NULL")
_DONE = sa.text("undone IS NULL")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "event_offsets",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("sequence", _WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("consumer"),
    )
    op.create_table(
        "experiments",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("design", sa.Text(), nullable=False),
        sa.Column("a", sa.Text(), nullable=False),
        sa.Column("b", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("created", _WHOLE, nullable=False),
        sa.Column("stopped", _WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("experiments_surface", "experiments", ["surface"])
    op.create_table(
        "jobs",
        sa.Column("key", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", _WHOLE, nullable=False),
        sa.Column("total", _WHOLE, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created", _WHOLE, nullable=False),
        sa.Column("started", _WHOLE, nullable=True),
        sa.Column("ended", _WHOLE, nullable=True),
        sa.Column("beat", _WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_index("jobs_state", "jobs", ["state", "key"])
    op.create_table(
        "people",
        sa.Column("key", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("name", _ORDERED, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=True),
        sa.Column("created", _WHOLE, nullable=False),
        sa.Column("revision", _WHOLE, nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_index("people_name", "people", ["name"], unique=True)
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created", _WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "events",
        sa.Column("sequence", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("person", _WHOLE, autoincrement=False, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", _ORDERED, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("time", _WHOLE, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("experiment", sa.Text(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sequence"),
        sqlite_autoincrement=True,
    )
    op.create_index("events_experiment", "events", ["experiment", "sequence"])
    op.create_index("events_key", "events", ["key", "person"], unique=True)
    op.create_index("events_kind", "events", ["kind", "sequence"])
    op.create_index(
        "events_nobodys_key",
        "events",
        ["key"],
        unique=True,
        sqlite_where=_NOBODY,
        postgresql_where=_NOBODY,
    )
    op.create_index("events_person", "events", ["person", "sequence"])
    op.create_table(
        "hidden",
        sa.Column("person", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("title", _ORDERED, nullable=False),
        sa.Column("time", _WHOLE, nullable=False),
        sa.Column("recorded", _WHOLE, nullable=False),
        sa.Column("revision", _WHOLE, nullable=False),
        sa.Column("batch", _WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person", "title"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "import_batches",
        sa.Column("key", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("person", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("created", _WHOLE, nullable=False),
        sa.Column("undone", _WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "import_batches_digest",
        "import_batches",
        ["person", "digest"],
        unique=True,
        sqlite_where=_DONE,
        postgresql_where=_DONE,
    )
    op.create_index("import_batches_person", "import_batches", ["person"])
    op.create_table(
        "rating_changes",
        sa.Column("sequence", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("person", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("title", _ORDERED, nullable=False),
        sa.Column("action", sa.SmallInteger(), nullable=False),
        sa.Column("stars", sa.Double(), nullable=True),
        sa.Column("time", _WHOLE, nullable=False),
        sa.Column("recorded", _WHOLE, nullable=False),
        sa.Column("batch", _WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sequence"),
        sqlite_autoincrement=True,
    )
    op.create_index("rating_changes_person", "rating_changes", ["person", "sequence"])
    op.create_index("rating_changes_title", "rating_changes", ["person", "title", "sequence"])
    op.create_table(
        "ratings",
        sa.Column("person", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("title", _ORDERED, nullable=False),
        sa.Column("action", sa.SmallInteger(), nullable=False),
        sa.Column("stars", sa.Double(), nullable=True),
        sa.Column("time", _WHOLE, nullable=False),
        sa.Column("recorded", _WHOLE, nullable=False),
        sa.Column("revision", _WHOLE, nullable=False),
        sa.Column("batch", _WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person", "title"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("person", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("created", _WHOLE, nullable=False),
        sa.Column("expires", _WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("sessions_expires", "sessions", ["expires"])
    op.create_index("sessions_person", "sessions", ["person"])
    op.create_table(
        "tokens",
        sa.Column("key", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("person", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created", _WHOLE, nullable=False),
        sa.Column("expires", _WHOLE, nullable=True),
        sa.Column("revoked", _WHOLE, nullable=True),
        sa.Column("start", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_index("tokens_digest", "tokens", ["digest"], unique=True)
    op.create_index("tokens_person", "tokens", ["person"])
    op.create_table(
        "watches",
        sa.Column("person", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("title", _ORDERED, nullable=False),
        sa.Column("action", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("time", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("recorded", _WHOLE, nullable=False),
        sa.Column("revision", _WHOLE, nullable=False),
        sa.Column("batch", _WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person", "title", "action", "time"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "watchlist",
        sa.Column("person", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("title", _ORDERED, nullable=False),
        sa.Column("recorded", _WHOLE, nullable=False),
        sa.Column("revision", _WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person", "title"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "import_entries",
        sa.Column("batch", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("title", _ORDERED, nullable=False),
        sa.Column("action", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("time", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("person", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("revision", _WHOLE, nullable=False),
        sa.Column("prior_action", sa.SmallInteger(), nullable=True),
        sa.Column("prior_stars", sa.Double(), nullable=True),
        sa.Column("prior_time", _WHOLE, nullable=True),
        sa.Column("prior_recorded", _WHOLE, nullable=True),
        sa.Column("prior_revision", _WHOLE, nullable=True),
        sa.Column("prior_batch", _WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["batch"], ["import_batches.key"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person"], ["people.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch", "sheet", "title", "action", "time"),
    )
    op.create_index("import_entries_title", "import_entries", ["person", "title"])
