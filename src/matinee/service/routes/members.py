"""The people with accounts, and their tokens."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Body, Depends, HTTPException, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from matinee.errors import ForbiddenError
from matinee.service.depends import (
    PersonName,
    Reader,
    Stored,
    Writer,
    admin,
    as_json,
    landed,
    subject,
)
from matinee.service.whole import WholeNumbers
from matinee.store.passwords import LONGEST, SHORTEST
from matinee.store.records import Role, Scope

if TYPE_CHECKING:
    from pydantic.config import JsonDict

    from matinee.service.caller import Caller
    from matinee.store import Store
    from matinee.store.records import Person, Token

router = APIRouter(tags=["accounts"])

MAX_AGE = 21
"""Years; no board asks for more."""
MAX_DAYS = 3_650
_DAY = 86_400
_LONG = 1_024
"""Characters of an old password; what is longer only costs time to hash."""
_NO_NUL: JsonDict = {"pattern": r"^[^\x00]*$"}
"""For the document of what the store keeps as text; it refuses NUL with a cure."""
_NO_STORE = {"cache-control": "no-store"}

_PERSON: JsonDict = {
    "name": "ann",
    "role": "person",
    "max_age": 12,
    "created": 1_790_000_000,
    "has_password": True,
}
_TOKEN: JsonDict = {
    "key": 3,
    "person": "ann",
    "label": "backup script",
    "scopes": ["read"],
    "created": 1_790_000_000,
    "expires": 1_797_776_000,
    "revoked": None,
    "start": "mtn_Zk3q",
}

RoleName = Literal["person", "admin"]
ScopeName = Literal["read", "write", "admin"]
Age = Annotated[int, Field(ge=0, le=MAX_AGE)]
Password = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST, json_schema_extra=_NO_NUL)]
TokenKey = Annotated[
    int,
    Path(ge=1, description="Number of the token.", openapi_examples={"the third": {"value": 3}}),
]


class _Strict(WholeNumbers):
    model_config = ConfigDict(strict=True, extra="forbid")


class NewPerson(_Strict):
    """Somebody to be given an account."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "ann", "max_age": 12}})

    name: str = Field(
        min_length=1,
        max_length=64,
        description="a-z, 0-9, dot, hyphen and underscore, a letter or digit first; not me.",
        # For the document; the store refuses others with a cure.
        json_schema_extra={"pattern": r"^[a-z0-9][a-z0-9._-]*$", "not": {"const": "me"}},
    )
    role: RoleName = Field("person", description="An admin may do all there is.")
    max_age: Age | None = Field(None, description="Age whose bounds hold for what they see.")
    password: Password | None = Field(None, description="For signing in; without it not at all.")


class PersonChanges(_Strict):
    """What is to be other; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"example": {"max_age": None}})

    # Nobody is without a role, so null is none. What it is where it is left out is never looked at.
    role: RoleName = Field(
        default_factory=lambda: "person", description="For administrators to change."
    )
    max_age: Age | None = Field(
        None, description="For administrators to change; null for no limit."
    )
    password: Password | None = Field(None, description="The new one; null to take it away.")
    old_password: str | None = Field(
        None, max_length=_LONG, description="The old one; administrators need not give it."
    )


class PersonAnswer(BaseModel):
    """Somebody with an account."""

    model_config = ConfigDict(json_schema_extra={"example": _PERSON})

    name: str
    role: RoleName
    max_age: int | None
    created: int = Field(description="Seconds since 1970.")
    has_password: bool = Field(description="Whether they can sign in at a browser.")


class People(BaseModel):
    """Everybody with an account."""

    model_config = ConfigDict(json_schema_extra={"example": {"people": [_PERSON]}})

    people: list[PersonAnswer]


class NewToken(_Strict):
    """A token to be made."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"label": "backup script", "scopes": ["read"], "days": 90}}
    )

    label: str = Field(
        "",
        max_length=200,
        description="What it is for, in your own words.",
        json_schema_extra=_NO_NUL,
    )
    scopes: list[ScopeName] = Field(
        default=["read", "write"],
        min_length=1,
        max_length=3,
        description="What it may be used for; write includes read, admin both.",
    )
    days: Annotated[int, Field(ge=1, le=MAX_DAYS)] | None = Field(
        None, description="Days after which it is refused; null for never."
    )


class TokenAnswer(BaseModel):
    """A token, without its secret."""

    model_config = ConfigDict(json_schema_extra={"example": _TOKEN})

    key: int = Field(description="The number by which it is revoked.")
    person: str
    label: str
    scopes: list[ScopeName]
    created: int = Field(description="Seconds since 1970.")
    expires: int | None = Field(description="From when on it is refused; null for never.")
    revoked: int | None = Field(description="When it was revoked; null if it was not.")
    start: str = Field(description="Its first characters, to recognise it by.")


class Tokens(BaseModel):
    """The tokens of a person."""

    model_config = ConfigDict(json_schema_extra={"example": {"tokens": [_TOKEN]}})

    tokens: list[TokenAnswer]


class MadeToken(TokenAnswer):
    """A token that was made, with its secret: it is told this once."""

    model_config = ConfigDict(
        json_schema_extra={"example": _TOKEN | {"token": "mtn_(43 letters, digits, - and _)"}}
    )

    token: str = Field(description="The secret. Only its hash is kept: it cannot be told again.")


@router.get("/v1/people", response_model=People, dependencies=[Depends(admin)])
def people(store: Stored) -> Response:
    """List everybody with an account."""
    return as_json({"people": [person_values(each) for each in store.accounts.all()]})


@router.post(
    "/v1/people", response_model=PersonAnswer, status_code=201, dependencies=[Depends(admin)]
)
async def create_person(store: Stored, new: Annotated[NewPerson, Body()]) -> Response:
    """Give somebody an account."""
    # Hashing a password takes a while on purpose, and is done before there is a future.
    made = await landed(
        await to_thread.run_sync(
            lambda: store.accounts.create(
                new.name, role=Role(new.role), max_age=new.max_age, password=new.password
            )
        )
    )
    return as_json(person_values(made), 201, {"location": f"/v1/people/{made.name}"})


@router.patch("/v1/people/{person}", response_model=PersonAnswer)
async def change_person(
    store: Stored, caller: Writer, person: PersonName, changes: Annotated[PersonChanges, Body()]
) -> Response:
    """Change somebody's role, age limit or password; only the last is theirs to change."""
    wanted = await to_thread.run_sync(lambda: _changes(store, caller, person, changes))
    whose, values = wanted
    if values:
        whose = await landed(
            await to_thread.run_sync(lambda: store.accounts.update(whose.name, **values))
        )
    return as_json(person_values(whose))


@router.delete("/v1/people/{person}", status_code=204)
async def delete_person(store: Stored, caller: Writer, person: PersonName) -> Response:
    """Delete somebody with everything they did; anybody may have that done to themselves."""
    whose = await to_thread.run_sync(lambda: subject(store, caller, person))
    await landed(store.accounts.delete(whose.name))
    return Response(status_code=204)


@router.get("/v1/people/{person}/tokens", response_model=Tokens)
def tokens(store: Stored, caller: Reader, person: PersonName) -> Response:
    """List somebody's tokens, without their secrets."""
    whose = subject(store, caller, person)
    return as_json({"tokens": [token_values(each) for each in store.tokens.all(whose.name)]})


@router.post("/v1/people/{person}/tokens", response_model=MadeToken, status_code=201)
async def create_token(
    store: Stored, caller: Writer, person: PersonName, new: Annotated[NewToken, Body()]
) -> Response:
    """Make a token. Another token can do that only with the scope admin."""
    whose = await to_thread.run_sync(lambda: subject(store, caller, person))
    scopes = frozenset(map(Scope, new.scopes))
    if caller.via == "token" and not caller.is_admin:
        # Else a token that leaks could outlive its being revoked.
        raise ForbiddenError(
            "A token cannot make tokens", cure="Sign in, or use: matinee user token NAME"
        )
    if Scope.ADMIN in scopes and whose.role is not Role.ADMIN:
        raise ForbiddenError(
            "The scope admin is for administrators", cure="Leave it out, or change the role first"
        )
    expires = None
    if new.days is not None:
        expires = int(dt.datetime.now(dt.UTC).timestamp()) + new.days * _DAY
    made, secret = await landed(
        store.tokens.create(whose.name, label=new.label, scopes=scopes, expires=expires)
    )
    return as_json(token_values(made) | {"token": secret}, 201, _NO_STORE)


@router.delete("/v1/people/{person}/tokens/{key}", status_code=204)
async def revoke_token(
    store: Stored, caller: Writer, person: PersonName, key: TokenKey
) -> Response:
    """Revoke a token; every process refuses it within a second."""

    def owned() -> bool:
        whose = subject(store, caller, person)
        return any(token.key == key for token in store.tokens.all(whose.name))

    if not await to_thread.run_sync(owned):
        raise HTTPException(404)
    await landed(store.tokens.revoke(key))
    return Response(status_code=204)


def person_values(person: Person) -> dict[str, Any]:
    """Return a person as plain values: all but the number in the database."""
    return {
        "name": person.name,
        "role": person.role.value,
        "max_age": person.max_age,
        "created": person.created,
        "has_password": person.has_password,
    }


def token_values(token: Token) -> dict[str, Any]:
    """Return a token as plain values."""
    return {
        "key": token.key,
        "person": token.person,
        "label": token.label,
        "scopes": [scope.value for scope in Scope if scope in token.scopes],
        "created": token.created,
        "expires": token.expires,
        "revoked": token.revoked,
        "start": token.start,
    }


def _changes(
    store: Store, caller: Caller, name: str, changes: PersonChanges
) -> tuple[Person, dict[str, Any]]:
    """Return whom to change and how, if the caller may. Blocks."""
    whose = subject(store, caller, name)
    given = changes.model_fields_set
    values: dict[str, Any] = {}
    if given & {"role", "max_age"} and not caller.is_admin:
        raise ForbiddenError(
            "Roles and age limits are for administrators to change", cure="Ask one of them"
        )
    if "role" in given:
        values["role"] = Role(changes.role)
    if "max_age" in given:
        values["max_age"] = changes.max_age
    if "password" in given:
        old = changes.old_password or ""
        mine = caller.is_admin or store.accounts.check_password(whose.name, old) is not None
        if not mine:
            # A token that leaks must not become an account.
            raise ForbiddenError(
                "The old password is missing or wrong", cure="Give it as old_password"
            )
        values["password"] = changes.password
    return whose, values
