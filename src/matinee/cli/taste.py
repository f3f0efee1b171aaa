"""``matinee rate``, ``ratings``, ``recommend``, ``explain`` and ``predict``."""

from __future__ import annotations

import time
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

if TYPE_CHECKING:
    from matinee.assembly import Library
    from matinee.library.deeds import Deed
    from matinee.library.profiles import Profiles

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
    from matinee.errors import QueryError
    from matinee.interaction import Action
    from matinee.library.deeds import Deed
    from matinee.library.profiles import DEFAULT

    name = profile or DEFAULT
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
    profiles, opened = _profiles(), open_library(library)
    moment = _moment(at or "now")
    if file is not None:
        _import(file, name, profiles, opened, as_json=as_json)
        return
    film = opened.title(title)
    if remove:
        torn = profiles.remove(name, film.id, time=moment)
        what = "nothing is known of it any more"
    else:
        action = Action.RATING if stars is not None else said[0]
        torn = profiles.add(name, [Deed(film.id, action, stars, moment)])
        what = f"{stars:g} stars" if stars is not None else action.name.lower()
    count = len(profiles.read(name).deeds)
    if as_json:
        values = {"profile": name, "title": film.id, "entries": count, "torn": torn}
        print_json(values | {"action": "remove" if remove else action.name.lower(), "stars": stars})
        return
    typer.echo(f"{film.title} ({film.year or 'year unknown'}), {film.id}: {what}")
    typer.echo(f"Profile {name} has {counted(count, 'entry', 'entries')}")
    _say_torn(profiles, name, torn=torn)


def ratings(
    profile: ProfileOption = None, library: LibraryOption = None, as_json: JsonOption = False
) -> None:
    """List what you said of titles."""
    from matinee.cli.show_taste import show_profile
    from matinee.library.profiles import DEFAULT

    name = profile or DEFAULT
    profiles = _profiles()
    found = profiles.read(name)
    opened = open_library(library)
    named = [(deed, _title_of(opened, deed)) for deed in found.deeds]
    if as_json:
        entries = [deed.to_dict() | {"name": title} for deed, title in named]
        print_json({"profile": name, "entries": entries, "torn": found.torn})
        return
    show_profile(name, named, profiles.names())
    _say_torn(profiles, name, torn=found.torn)


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
    answer = opened.suggest(request, **_who(profile, user, like))
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
    found = opened.explain(title, method=method, **_who(profile, user, like))
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
    stars = opened.predict([film.id for film in films], **_who(profile, user, like))
    if as_json:
        found = [
            {"id": film.id, "title": film.title, **each.to_dict()}
            for film, each in zip(films, stars, strict=True)
        ]
        print_json({"predictions": found, "library": opened.version})
    else:
        show_predictions(films, stars)


def _who(profile: str | None, user: str | None, like: list[str] | None) -> dict[str, Any]:
    """Return the person of the options, as the methods of a library take one."""
    from matinee.errors import QueryError
    from matinee.library.profiles import DEFAULT

    if profile is not None and user is not None:
        raise QueryError("--profile and --user exclude each other", cure="Give one of them")
    profiles = _profiles()
    if profile is not None and not profiles.exists(profile):
        raise QueryError(
            f"There is no profile {profile!r:.60}",
            where=str(profiles.folder),
            cure=f"There are: {', '.join(profiles.names()) or 'none'}; begin one with: "
            "matinee rate TITLE STARS --profile NAME",
        )
    if user is not None:
        return {"user": user, "history": like, "trained": True}
    if profile is None and not like and profiles.exists(DEFAULT):
        profile = DEFAULT
    if profile is not None and (note := profiles.read(profile).torn):
        _say_torn(profiles, profile, torn=note)
    return {"user": profile, "history": like}


def _moment(text: str) -> int:
    from matinee.library.deeds import seconds

    return int(time.time()) if text == "now" else seconds(text)


def _profiles() -> Profiles:
    from matinee.assembly import default_profiles
    from matinee.settings import Settings

    return default_profiles(Settings.from_environment())


def _import(file: Path, name: str, profiles: Profiles, opened: Library, *, as_json: bool) -> None:
    """Add all interactions of a file to a profile."""
    from matinee.errors import InputError
    from matinee.ingest.interactions import load_interactions
    from matinee.interaction import Action
    from matinee.library.deeds import Deed

    loaded = load_interactions(file)
    did = loaded.interactions
    if len(did.user_ids) > 1:
        raise InputError(
            f"The file has the ratings of {len(did.user_ids):,} people",
            where=str(loaded.path),
            cure="Give a file of one person; to learn from many, use: matinee train taste",
        )
    ids = [opened.canonical_id(identifier) for identifier in did.item_ids]
    deeds: list[Deed] = []
    columns = (did.items, did.actions, did.values, did.times)
    for item, action, stars, moment in zip(*(c.tolist() for c in columns), strict=True):
        if (known := ids[item]) is not None:
            rated = action == Action.RATING
            deeds.append(Deed(known, Action(action), stars if rated else None, moment))
    unknown = [did.item_ids[i] for i, known in enumerate(ids) if known is None]
    torn = profiles.add(name, deeds) if deeds else False
    if as_json:
        print_json(
            {
                "profile": name,
                "added": len(deeds),
                "unknown": unknown,
                "rejected": len(loaded.rejects),
                "torn": torn,
            }
        )
        return
    typer.echo(f"Added {counted(len(deeds), 'entry', 'entries')} to profile {name}")
    if unknown:
        some = ", ".join(unknown[:5])
        typer.echo(f"  {len(unknown):,} titles are not in the library, such as {some}")
    if loaded.rejects:
        first = loaded.rejects[0]
        typer.echo(
            f"  {len(loaded.rejects):,} rows were set aside; the first: line {first.line}, "
            f"{first.column} {first.reason}"
        )
    _say_torn(profiles, name, torn=torn)


def _title_of(opened: Library, deed: Deed) -> str:
    known = opened.canonical_id(deed.title)
    return deed.title if known is None else opened.title(known).title


def _say_torn(profiles: Profiles, name: str, *, torn: bool) -> None:
    if torn:
        typer.echo(
            f"The last line of {profiles.path(name)} was torn, as by a crash, and does not count; "
            "the next matinee rate moves it to a file of its own",
            err=True,
        )
