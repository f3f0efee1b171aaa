"""``matinee rate``, ``ratings``, ``recommend``, ``explain`` and ``predict``."""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.options import (
    CountOption,
    JsonOption,
    LibraryOption,
    counted,
    open_library,
    print_json,
    wanted_option,
)
from matinee.query.wanted import WANTED
from matinee.store.records import DEFAULT_PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matinee.assembly import Library
    from matinee.assembly.recommending import People
    from matinee.deeds import Deed
    from matinee.ingest.interactions.read import Loaded
    from matinee.store import Store
    from matinee.types import Reject

_WHO = "Whose taste"

ProfileOption = Annotated[
    str | None,
    typer.Option(
        help="Profile of this machine, see matinee rate.", rich_help_panel=_WHO, show_default=False
    ),
]
UserOption = Annotated[
    str | None,
    typer.Option(help="Somebody of the ratings the library was trained on.", rich_help_panel=_WHO),
]
LikeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--like", help="A title they like, an id or a name; repeatable.", rich_help_panel=_WHO
    ),
]
MethodOption = Annotated[
    str | None,
    typer.Option(help=WANTED["method"], show_default=False),
]


def rate(
    title: Annotated[str, typer.Argument(help="An id such as tmdb:603, or a name.")] = "",
    stars: Annotated[float | None, typer.Argument(help="0.5 to 5.", show_default=False)] = None,
    like: Annotated[bool, typer.Option("--like", help="You like it.")] = False,
    dislike: Annotated[bool, typer.Option("--dislike", help="You do not.")] = False,
    hide: Annotated[bool, typer.Option("--hide", help="Never recommend it.")] = False,
    watched: Annotated[bool, typer.Option("--watched", help="You have seen it.")] = False,
    abandoned: Annotated[bool, typer.Option("--abandoned", help="You stopped halfway.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take back all of the above.")] = False,
    profile: ProfileOption = None,
    at: Annotated[
        str | None, typer.Option(help="When, such as 2024-05-01T20:15. Default: now.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--import", help="Take over all of a file of ratings instead.", show_default=False
        ),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what you made of a title; the next recommendation heeds it."""
    from matinee.deeds import Deed
    from matinee.errors import QueryError
    from matinee.interaction import Action

    name = profile or DEFAULT_PERSON
    flags = {
        Action.LIKE: like,
        Action.DISLIKE: dislike,
        Action.HIDE: hide,
        Action.WATCH: watched,
        Action.ABANDON: abandoned,
    }
    said = [action for action, given in flags.items() if given]
    ways = len(said) + (stars is not None) + remove + (file is not None)
    if ways != 1 or bool(title) == (file is not None):
        raise QueryError(
            "Say one thing of one title, or name a file to import",
            cure="Give a title and stars, or one of --like, --dislike, --hide, --watched, "
            "--abandoned and --remove; or --import FILE",
        )
    opened = open_library(library)
    moment = _moment(at or "now")
    if file is not None:
        _import(file, name, opened, as_json=as_json)
        return
    film = opened.title(title)
    action = Action.RATING if stars is not None else said[0] if said else None
    # Made before the store is opened: stars outside the scale make nobody a profile.
    deed = None if action is None else Deed(film.id, action, stars, moment)
    with _store() as store:
        person = store.accounts.ensure(name).key
        if deed is None:
            store.history.forget(person, film.id).result()
        else:
            store.history.rate(person, [deed]).result()
        count = len(store.history.read(person).deeds)
    if stars is not None:
        what = f"{stars:g} stars"
    else:
        what = "nothing is known of it any more" if action is None else action.name.lower()
    if as_json:
        values = {"profile": name, "title": film.id, "entries": count}
        print_json(
            values | {"action": "remove" if action is None else action.name.lower(), "stars": stars}
        )
        return
    typer.echo(f"{film.title} ({film.year or 'year unknown'}), {film.id}: {what}")
    typer.echo(f"Profile {name} has {counted(count, 'entry', 'entries')}")


def ratings(
    profile: ProfileOption = None, library: LibraryOption = None, as_json: JsonOption = False
) -> None:
    """List what you said of titles."""
    from matinee.cli.show_taste import show_profile

    name = profile or DEFAULT_PERSON
    opened = open_library(library)
    people = _people(opened)
    named = [(deed, _title_of(opened, deed)) for deed in people.deeds(name)]
    if as_json:
        entries = [deed.to_dict() | {"name": title} for deed, title in named]
        print_json({"profile": name, "entries": entries})
        return
    show_profile(name, named, people.names())


def recommend(
    profile: ProfileOption = None,
    user: UserOption = None,
    like: LikeOption = None,
    k: CountOption = 10,
    library: LibraryOption = None,
    method: MethodOption = None,
    explain: Annotated[bool, wanted_option("explain", "--explain")] = False,
    exploration: Annotated[float, wanted_option("exploration")] = 0.0,
    diversity: Annotated[float, wanted_option("diversity")] = 0.0,
    calibration: Annotated[float, wanted_option("calibration")] = 0.0,
    filters: Annotated[list[str] | None, wanted_option("filter", "--filter")] = None,
    min_votes: Annotated[int, wanted_option("min_votes")] = 0,
    max_age: Annotated[int | None, wanted_option("max_age")] = None,
    include_seen: Annotated[bool, wanted_option("include_seen", "--include-seen")] = False,
    context: Annotated[str | None, wanted_option("context")] = None,
    seed: Annotated[int | None, wanted_option("seed")] = None,
    as_json: JsonOption = False,
) -> None:
    """Recommend titles by what you rated, or by titles named."""
    from matinee.cli.show_taste import show_recommendations
    from matinee.query.filters import parse_filter
    from matinee.query.wanted import RecommendRequest

    # Checked before the library is opened: a wrong option is reported at once.
    request = RecommendRequest(
        k=k,
        method=method,
        explain=explain,
        exploration=exploration,
        diversity=diversity,
        calibration=calibration,
        filters=tuple(map(parse_filter, filters or ())),
        min_votes=min_votes,
        max_age=max_age,
        include_seen=include_seen,
        context=_moment(context) if context else None,
        seed=seed,
    )
    opened = open_library(library)
    answer = opened.suggest(request, **_who(opened, profile, user, like))
    if as_json:
        print_json(answer.to_dict())
    else:
        show_recommendations(answer, opened)


def explain(
    title: Annotated[str, typer.Argument(help="An id such as tmdb:603, or a name.")],
    profile: ProfileOption = None,
    user: UserOption = None,
    like: LikeOption = None,
    library: LibraryOption = None,
    method: MethodOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a title suits you, or why it does not."""
    from matinee.cli.show_taste import show_explanation

    opened = open_library(library)
    found = opened.explain(title, method=method, **_who(opened, profile, user, like))
    if as_json:
        print_json(found.to_dict() | {"library": opened.version})
    else:
        show_explanation(found)


def predict(
    titles: Annotated[list[str], typer.Argument(help="Ids such as tmdb:603, or names.")],
    profile: ProfileOption = None,
    user: UserOption = None,
    like: LikeOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Predict the stars you would give to titles."""
    from matinee.cli.show_taste import show_predictions

    opened = open_library(library)
    films = [opened.title(title) for title in titles]
    stars = opened.predict([film.id for film in films], **_who(opened, profile, user, like))
    if as_json:
        found = [
            {"id": film.id, "title": film.title, **each.to_dict()}
            for film, each in zip(films, stars, strict=True)
        ]
        print_json({"predictions": found, "library": opened.version})
    else:
        show_predictions(films, stars)


def _who(
    opened: Library, profile: str | None, user: str | None, like: list[str] | None
) -> dict[str, Any]:
    """Return the person of the options, as the methods of a library take one."""
    from matinee.errors import QueryError

    if profile is not None and user is not None:
        raise QueryError("--profile and --user exclude each other", cure="Give one of them")
    if user is not None:
        return {"user": user, "history": like, "trained": True}
    people = _people(opened)
    if profile is not None and not people.exists(profile):
        raise QueryError(
            f"There is no profile {profile!r:.60}",
            cure=f"There are: {', '.join(people.names()) or 'none'}; begin one with: "
            "matinee rate TITLE STARS --profile NAME",
        )
    if profile is None and not like and people.exists(DEFAULT_PERSON):
        profile = DEFAULT_PERSON
    return {"user": profile, "history": like}


def _moment(text: str) -> int:
    from matinee.deeds import seconds

    return int(time.time()) if text == "now" else seconds(text)


@contextlib.contextmanager
def _store() -> Iterator[Store]:
    from matinee.assembly import default_store
    from matinee.settings import Settings

    with contextlib.closing(default_store(Settings.from_environment())) as store:
        yield store


def _people(opened: Library) -> People:
    if opened.people is None:
        raise TypeError("a library that was opened by name has people")
    return opened.people


def _import(file: Path, name: str, opened: Library, *, as_json: bool) -> None:
    """Add all interactions of a file to a profile."""
    from matinee.cli.profile_file import is_profile, read_profile
    from matinee.ingest.interactions import load_interactions

    rejects: Sequence[Reject] = ()
    if is_profile(file):
        said = read_profile(file)
    else:
        loaded = load_interactions(file)
        said, rejects = _deeds_of_one(loaded), loaded.rejects
    ids = {title: opened.canonical_id(title) for title in {deed.title for deed in said}}
    deeds = [replace(deed, title=known) for deed in said if (known := ids[deed.title]) is not None]
    unknown = sorted(title for title, known in ids.items() if known is None)
    with _store() as store:
        person = store.accounts.ensure(name)
        # Of what was understood, not of the file: a library that knows more titles takes more of
        # the same file.
        digest = hashlib.sha256(repr([deed.to_dict() for deed in deeds]).encode()).hexdigest()
        if deeds:
            store.history.import_batch(person.key, file.name, digest, deeds).result()
    if as_json:
        print_json(
            {
                "profile": name,
                "added": len(deeds),
                "unknown": unknown,
                "rejected": len(rejects),
            }
        )
        return
    typer.echo(f"Added {counted(len(deeds), 'entry', 'entries')} to profile {name}")
    if unknown:
        some = ", ".join(unknown[:5])
        typer.echo(f"  {len(unknown):,} titles are not in the library, such as {some}")
    if rejects:
        first = rejects[0]
        typer.echo(
            f"  {len(rejects):,} rows were set aside; the first: line {first.line}, "
            f"{first.column} {first.reason}"
        )


def _deeds_of_one(loaded: Loaded) -> list[Deed]:
    """Return the interactions of a file as deeds.

    Raises:
        InputError: they are of several people.
    """
    from matinee.deeds import Deed
    from matinee.errors import InputError
    from matinee.interaction import Action

    did = loaded.interactions
    if len(did.user_ids) > 1:
        raise InputError(
            f"The file has the ratings of {len(did.user_ids):,} people",
            where=str(loaded.path),
            cure="Give a file of one person; to learn from many, use: matinee train taste",
        )
    columns = (did.items, did.actions, did.values, did.times)
    return [
        Deed(did.item_ids[item], Action(action), stars if action == Action.RATING else None, time)
        for item, action, stars, time in zip(*(c.tolist() for c in columns), strict=True)
    ]


def _title_of(opened: Library, deed: Deed) -> str:
    known = opened.canonical_id(deed.title)
    return deed.title if known is None else opened.title(known).title
