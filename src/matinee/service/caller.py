"""Who asks, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from matinee.store.records import Role, Scope

if TYPE_CHECKING:
    from matinee.store.records import Person


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request.

    Attributes:
        person: who it is.
        scopes: what the request may do; those of its token, or all that the role allows.
        via: how that is known: "local" is the one person of a machine without accounts.
        key: what rate limits count by: one for each token, session, or address.
    """

    person: Person
    scopes: frozenset[Scope]
    via: Literal["local", "token", "session"]
    key: str

    @property
    def is_admin(self) -> bool:
        """Whether the request may do all there is."""
        return Scope.ADMIN in self.scopes and self.person.role is Role.ADMIN

    @property
    def max_age(self) -> int | None:
        """The age whose bounds hold for every answer, None for none."""
        return self.person.max_age

    def may(self, scope: Scope) -> bool:
        """Tell whether the request may do something; write includes read, admin both."""
        order = (Scope.READ, Scope.WRITE, Scope.ADMIN)
        if scope is Scope.ADMIN:
            return self.is_admin
        return any(held in self.scopes for held in order[order.index(scope) :])
