"""What people do: accounts, opinions, events and jobs, in SQLite or PostgreSQL.

SQLAlchemy is loaded when a store is opened, not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matinee.store.opening import open_store
    from matinee.store.store import Store

__all__ = ["Store", "open_store"]


def __getattr__(name: str) -> Any:
    if name == "Store":
        from matinee.store.store import Store

        return Store
    if name == "open_store":
        from matinee.store.opening import open_store

        return open_store
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
