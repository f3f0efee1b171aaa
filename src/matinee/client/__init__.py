"""A client of the API, for programs in Python: :class:`MatineeClient`.

Loads no part of the search: ``httpx2`` is imported when a client is made.
"""

from __future__ import annotations

from matinee.client.client import MatineeClient
from matinee.client.errors import ClientError
from matinee.client.wire import OPERATIONS, Retries

__all__ = ["OPERATIONS", "ClientError", "MatineeClient", "Retries"]
