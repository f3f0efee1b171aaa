"""Group nights."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ORDERED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make their tables."""
    op.create_table(
        "nights",
        sa.Column("key", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("person", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("created", _WHOLE, nullable=False),
        sa.Column("expires", _WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_index("nights_digest", "nights", ["digest"], unique=True)
    op.create_index("nights_person", "nights", ["person"])
    op.create_index("nights_expires", "nights", ["expires"])
    op.create_table(
        "night_members",
        sa.Column("key", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("night", _WHOLE, nullable=False),
        sa.Column("person", _WHOLE, autoincrement=False, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("joined", _WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["night"], ["nights.key"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person"], ["people.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_index("night_members_night", "night_members", ["night", "person"], unique=True)
    op.create_index("night_members_person", "night_members", ["person"])
    for name in ("night_picks", "night_vetoes"):
        op.create_table(
            name,
            sa.Column("member", _WHOLE, autoincrement=False, nullable=False),
            sa.Column("title", _ORDERED, nullable=False),
            sa.ForeignKeyConstraint(["member"], ["night_members.key"], ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("member", "title"),
            sqlite_with_rowid=False,
        )
