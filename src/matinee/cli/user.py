"""``matinee user``: the people who may use the service, and their tokens."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.options import JsonOption, counted, print_json
from matinee.store.records import Role, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matinee.store import Store
    from matinee.store.records import Person, Token

app = typer.Typer(
    help="Make accounts and tokens for the people who use the service. Where nobody has one, the "
    "service is for this machine alone and asks nobody who they are.",
    no_args_is_help=True,
)

LEAST_PASSWORD = 8
"""Characters; what guards against guessing is that five attempts a minute are let through."""
_DAY = 86_400

NameArgument = Annotated[
    str, typer.Argument(help="Name of the person: a-z, 0-9, dot, hyphen and underscore.")
]
AgeOption = Annotated[
    int | None,
    typer.Option(
        "--max-age",
        min=0,
        max=21,
        help="Show them nothing whose certificate asks for more years, or is unknown.",
        show_default=False,
    ),
]
PromptOption = Annotated[
    bool, typer.Option("--password", help="Ask for a password, with which they can sign in.")
]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@app.command()
def create(
    name: NameArgument,
    admin: Annotated[bool, typer.Option("--admin", help="They may do all there is.")] = False,
    max_age: AgeOption = None,
    password: PromptOption = False,
    password_stdin: StdinOption = False,
    as_json: JsonOption = False,
) -> None:
    """Give somebody an account."""
    secret = _password(ask=password, read=password_stdin)
    role = Role.ADMIN if admin else Role.PERSON
    with _store() as store:
        made = store.accounts.create(name, role=role, max_age=max_age, password=secret).result()
    if as_json:
        print_json(_person(made))
        return
    typer.echo(f"{made.name} has an account{_told(made)}.")
    if not made.has_password:
        typer.echo(f"A token for programs: matinee user token {made.name}")


@app.command("list")
def list_people(as_json: JsonOption = False) -> None:
    """List everybody with an account."""
    with _store() as store:
        people = store.accounts.all()
    if as_json:
        print_json([_person(each) for each in people])
        return
    for each in people:
        since = dt.datetime.fromtimestamp(each.created, dt.UTC).date()
        typer.echo(f"{each.name:<20} since {since}{_told(each)}")
    if not people:
        typer.echo("Nobody has an account.")


@app.command()
def token(
    name: NameArgument,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            help="What it may be used for; write includes read, admin both. Repeatable. Default: "
            "read and write.",
            show_default=False,
        ),
    ] = None,
    label: Annotated[str, typer.Option(help="What it is for, in your own words.")] = "",
    days: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=3650,
            help="Days after which it is refused. Default: never.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token for programs. It is shown this once: only its hash is kept."""
    from matinee.errors import InputError

    scopes = frozenset(scope or (Scope.READ, Scope.WRITE))
    expires = None if days is None else int(dt.datetime.now(dt.UTC).timestamp()) + days * _DAY
    with _store() as store:
        whose = _known(store, name)
        if Scope.ADMIN in scopes and whose.role is not Role.ADMIN:
            raise InputError(
                "The scope admin is for administrators",
                where=whose.name,
                cure=f"Leave it out, or first: matinee user set {whose.name} --admin",
            )
        made, secret = store.tokens.create(
            whose.name, label=label, scopes=scopes, expires=expires
        ).result()
    if as_json:
        print_json(_token(made) | {"token": secret})
        return
    typer.echo(secret)
    typer.echo(
        f"Keep it: it cannot be shown again. Programs send it as Authorization: Bearer; it is "
        f"revoked with: matinee user revoke {made.key}",
        err=True,
    )


@app.command()
def tokens(
    name: Annotated[
        str | None, typer.Argument(help="Whose; everybody's without.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the tokens, without their secrets."""
    with _store() as store:
        found = store.tokens.all(None if name is None else _known(store, name).name)
    if as_json:
        print_json([_token(each) for each in found])
        return
    for each in found:
        scopes = "+".join(scope.value for scope in Scope if scope in each.scopes)
        state = "revoked" if each.revoked is not None else ""
        if not state and each.expires is not None:
            until = dt.datetime.fromtimestamp(each.expires, dt.UTC)
            state = f"{'until' if until > dt.datetime.now(dt.UTC) else 'expired'} {until:%Y-%m-%d}"
        line = f"{each.key:>6}  {each.start + '…':<12} {each.person:<20} {scopes:<12} {state:<16}"
        typer.echo(f"{line} {each.label}".rstrip())
    if not found:
        typer.echo("There are no tokens.")


@app.command()
def revoke(
    key: Annotated[int, typer.Argument(help="Number of the token, see matinee user tokens.")],
    as_json: JsonOption = False,
) -> None:
    """Revoke a token; a running service refuses it within a second."""
    from matinee.errors import InputError

    with _store() as store:
        known = any(each.key == key for each in store.tokens.all())
        done = known and store.tokens.revoke(key).result()
    if not known:
        raise InputError(
            "There is no such token", where=str(key), cure="See them with: matinee user tokens"
        )
    if as_json:
        print_json({"key": key, "revoked": bool(done)})
        return
    typer.echo(f"Token {key} is revoked." if done else f"Token {key} was revoked before.")


@app.command("set")
def set_person(
    name: NameArgument,
    admin: Annotated[
        bool | None,
        typer.Option("--admin/--no-admin", help="Whether they may do all there is."),
    ] = None,
    max_age: AgeOption = None,
    no_max_age: Annotated[bool, typer.Option("--no-max-age", help="Show them everything.")] = False,
    password: PromptOption = False,
    password_stdin: StdinOption = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="They cannot sign in with a password any more.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Change somebody's role, age limit or password."""
    from matinee.errors import InputError

    if max_age is not None and no_max_age:
        raise InputError("--max-age and --no-max-age exclude each other", cure="Give one of them")
    if no_password and (password or password_stdin):
        raise InputError("--no-password takes no password", cure="Give one of them")
    secret = _password(ask=password, read=password_stdin)
    changes: dict[str, Any] = {}
    if admin is not None:
        changes["role"] = Role.ADMIN if admin else Role.PERSON
    if max_age is not None or no_max_age:
        changes["max_age"] = max_age
    if secret is not None or no_password:
        changes["password"] = secret
    if not changes:
        raise InputError("There is nothing to change", cure="See: matinee user set --help")
    with _store() as store:
        whose = _known(store, name)
        changed = store.accounts.update(whose.name, **changes).result()
    if as_json:
        print_json(_person(changed))
        return
    typer.echo(f"{changed.name} is changed{_told(changed)}.")


@app.command()
def delete(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Really: it cannot be undone.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete somebody with everything they did: ratings, lists, tokens, sessions."""
    from matinee.errors import InputError

    with _store() as store:
        whose = _known(store, name)
        if not yes:
            raise InputError(
                "This deletes a person with everything they did, and cannot be undone",
                where=whose.name,
                cure=f"If that is meant: matinee user delete {whose.name} --yes",
            )
        store.accounts.delete(whose.name).result()
    if as_json:
        print_json({"deleted": whose.name})
        return
    typer.echo(f"{whose.name} is deleted.")


@contextlib.contextmanager
def _store() -> Iterator[Store]:
    from matinee.settings import Settings
    from matinee.store import open_store

    store = open_store(Settings.from_environment().database_url)
    try:
        yield store
    finally:
        store.close()


def _known(store: Store, name: str) -> Person:
    from matinee.errors import UnknownPersonError

    found = store.accounts.get(name)
    if found is None:
        raise UnknownPersonError(
            "Nobody has that name",
            where=f"{name:.64}",
            cure="See who there is with: matinee user list",
        )
    return found


def _password(*, ask: bool, read: bool) -> str | None:
    """Return the password given, None where none is to be given."""
    from matinee.errors import InputError

    if ask and read:
        raise InputError("--password and --password-stdin exclude each other", cure="Give one")
    if not ask and not read:
        return None
    if read:
        found = sys.stdin.readline().rstrip("\r\n")
    else:
        found = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(found) < LEAST_PASSWORD:
        raise InputError(
            "The password is too short", cure=f"Give at least {LEAST_PASSWORD} characters"
        )
    return found


def _told(person: Person) -> str:
    """Return what sets somebody apart, as the rest of a sentence."""
    facts = ["administrator"] if person.role is Role.ADMIN else []
    if person.max_age is not None:
        facts.append(f"titles for up to {counted(person.max_age, 'year', 'years')}")
    facts.append("with a password" if person.has_password else "without a password")
    return f" ({', '.join(facts)})"


def _person(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "role": person.role.value,
        "max_age": person.max_age,
        "created": person.created,
        "has_password": person.has_password,
    }


def _token(token: Token) -> dict[str, Any]:
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
