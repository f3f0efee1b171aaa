"""The people with accounts, and the service itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from matinee.client.answers import (
    Health,
    Insights,
    Me,
    Person,
    Reloaded,
    Status,
    TitleMap,
    Token,
    Version,
)
from matinee.client.recommending import ME
from matinee.client.wire import Wire, decoded, operation, segment

if TYPE_CHECKING:
    from collections.abc import Iterable


class _People(Struct, frozen=True):
    people: list[Person]


class _Tokens(Struct, frozen=True):
    tokens: list[Token]


class _Versions(Struct, frozen=True):
    versions: list[Version]


class Operating(Wire):
    """The part of a client that looks after accounts and the service."""

    @operation("GET", "/v1/me")
    def me(self) -> Me:
        """Return who asks, and what they may do."""
        return self._get(Me, "/v1/me")

    @operation("GET", "/v1/people")
    def people(self) -> list[Person]:
        """Return everybody with an account; for administrators."""
        return self._get(_People, "/v1/people").people

    @operation("POST", "/v1/people")
    def create_person(
        self,
        name: str,
        *,
        role: str = "person",
        max_age: int | None = None,
        password: str | None = None,
    ) -> Person:
        """Give somebody an account; for administrators.

        Raises:
            RefusedConflictError: the name is taken.
        """
        body = {"name": name, "role": role, "max_age": max_age, "password": password}
        return decoded(self._ask("POST", "/v1/people", body=body), Person)

    @operation("PATCH", "/v1/people/{person}")
    def change_person(self, person: str = ME, **changes: Any) -> Person:
        """Change somebody.

        Args:
            person: whom.
            changes: what is to be other: ``role``, ``max_age``, ``password``; with the last also
                ``old_password``. None takes away.
        """
        path = f"/v1/people/{segment(person)}"
        return decoded(self._ask("PATCH", path, body=changes), Person)

    @operation("DELETE", "/v1/people/{person}")
    def delete_person(self, person: str) -> None:
        """Delete somebody with everything they did."""
        self._ask("DELETE", f"/v1/people/{segment(person)}", again=False)

    @operation("GET", "/v1/people/{person}/tokens")
    def tokens(self, person: str = ME) -> list[Token]:
        """Return somebody's tokens, without their secrets."""
        return self._get(_Tokens, f"/v1/people/{segment(person)}/tokens").tokens

    @operation("POST", "/v1/people/{person}/tokens")
    def create_token(
        self,
        person: str = ME,
        *,
        label: str = "",
        scopes: Iterable[str] = ("read", "write"),
        days: int | None = None,
    ) -> Token:
        """Make a token; its secret, in ``token``, is told this once."""
        body = {"label": label, "scopes": list(scopes), "days": days}
        return decoded(self._ask("POST", f"/v1/people/{segment(person)}/tokens", body=body), Token)

    @operation("DELETE", "/v1/people/{person}/tokens/{key}")
    def revoke_token(self, key: int, *, person: str = ME) -> None:
        """Revoke a token."""
        self._ask("DELETE", f"/v1/people/{segment(person)}/tokens/{key}")

    @operation("GET", "/v1/status")
    @operation("GET", "/v1/library")
    def status(self) -> Status:
        """Return what there is to know of the library."""
        return self._get(Status, "/v1/status")

    @operation("GET", "/v1/insights")
    def insights(self) -> Insights:
        """Return what the library holds as charts; to administrators also how the server does."""
        return self._get(Insights, "/v1/insights")

    @operation("GET", "/v1/map")
    def map(self) -> TitleMap:
        """Return where the best-known titles lie on the map, alike beside alike."""
        return self._get(TitleMap, "/v1/map")

    @operation("GET", "/v1/library/versions")
    def versions(self) -> list[Version]:
        """Return the versions of the library, oldest first."""
        return self._get(_Versions, "/v1/library/versions").versions

    @operation("GET", "/v1/library/versions/{name}")
    def version(self, name: str) -> Version:
        """Return one version of the library."""
        return self._get(Version, f"/v1/library/versions/{segment(name)}")

    @operation("POST", "/v1/library/reload")
    def reload(self) -> Reloaded:
        """Open the version that is current, in every process; for administrators."""
        return decoded(self._ask("POST", "/v1/library/reload"), Reloaded)

    @operation("POST", "/v1/library/versions/{name}/activate")
    def activate(self, name: str) -> Reloaded:
        """Make a version the current one, and open it in every process; for administrators."""
        path = f"/v1/library/versions/{segment(name)}/activate"
        return decoded(self._ask("POST", path), Reloaded)

    @operation("GET", "/health/live")
    def live(self) -> Health:
        """Return whether the server lives."""
        return self._get(Health, "/health/live")

    @operation("GET", "/health/ready")
    def ready(self) -> Health:
        """Return whether the server is ready to answer.

        Raises:
            LibraryUnavailableError: it is not.
        """
        return self._get(Health, "/health/ready")
