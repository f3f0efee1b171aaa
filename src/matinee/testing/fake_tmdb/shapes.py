"""A title as TMDb's API shows it: an entry of a listing, or all details."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from matinee.ingest.genres import TMDB_GENRES
from matinee.testing.fake_tmdb import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matinee.testing.fake_tmdb.titles import Title

APPENDABLE = {
    "movie": ("credits", "keywords", "release_dates", "external_ids"),
    "tv": ("credits", "keywords", "content_ratings", "external_ids"),
}
"""What may be asked for along with the details of a film or a series."""

_PEOPLE = len(words.FIRST) * len(words.LAST)
_JOBS = (
    ("Director", "Directing"),
    ("Screenplay", "Writing"),
    ("Producer", "Production"),
    ("Editor", "Editing"),
)
_RATINGS = {"movie": ("G", "PG", "PG-13", "R", ""), "tv": ("TV-G", "TV-PG", "TV-14", "TV-MA", "")}
_PATH = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def entry(title: Title) -> dict[str, Any]:
    """Return a title as listings show it; the same title is always shown the same."""
    film = title.kind == "movie"
    rng = _rng(title, "entry")
    pick = rng.random
    name = _name(rng)
    date = title.date.isoformat() if title.date is not None else ""
    shown: dict[str, Any] = {
        "adult": title.adult,
        "backdrop_path": _path(rng) if pick() < 0.7 else None,
        "genre_ids": list(title.genres),
        "id": title.id,
        "original_language": title.language,
    }
    if film:
        shown |= {"original_title": name}
    else:
        shown |= {"origin_country": [_country(title)[0]], "original_name": name}
    shown |= {
        "overview": _plot(rng) if pick() < 0.93 else "",
        "popularity": title.popularity,
        "poster_path": _path(rng) if pick() < 0.88 else None,
    }
    if film:
        shown |= {"release_date": date, "title": name, "video": False}
    else:
        shown |= {"first_air_date": date, "name": name}
    shown |= {"vote_average": title.average, "vote_count": title.votes}
    return shown | {key: value for key, value in title.told.items() if key in shown}


def details(title: Title, append: Iterable[str] = ()) -> dict[str, Any]:
    """Return all that there is to a title, with what is to be appended.

    Args:
        title: film or series.
        append: of :data:`APPENDABLE`.
    """
    shown = entry(title)
    genres = [{"id": number, "name": TMDB_GENRES[number]} for number in shown.pop("genre_ids")]
    rng = _rng(title, "details")
    code, country = _country(title)
    spoken = next(each[2] for each in words.LANGUAGES if each[0] == title.language)
    english = {"en": "English", "fr": "French", "es": "Spanish", "ja": "Japanese"}
    shown |= {
        "genres": genres,
        "homepage": f"https://films.example/{title.id}" if rng.random() < 0.2 else "",
        "origin_country": [code],
        "production_companies": [
            {
                "id": 9_000 + number,
                "logo_path": None,
                "name": f"{words.PLACES[number]} Pictures",
                "origin_country": code,
            }
            for number in rng.sample(range(len(words.PLACES)), rng.randint(0, 2))
        ],
        "production_countries": [{"iso_3166_1": code, "name": country}],
        "spoken_languages": [
            {
                "english_name": english.get(title.language, spoken),
                "iso_639_1": title.language,
                "name": spoken,
            }
        ],
        "tagline": f"Nobody {rng.choice(words.VERBS)} twice." if rng.random() < 0.4 else "",
    }
    if title.kind == "movie":
        shown |= {
            "belongs_to_collection": None,
            "budget": rng.choice((0, 0, rng.randint(1, 2_000) * 100_000)),
            "imdb_id": _imdb(title),
            "revenue": rng.choice((0, 0, rng.randint(1, 9_000) * 100_000)),
            "runtime": rng.choice((0, rng.randint(3, 60), *rng.choices(range(75, 170), k=6))),
            "status": "Released",
        }
    else:
        shown |= _series(title, rng)
    shown |= {key: value for key, value in title.told.items() if key in shown}
    for name in append:
        shown[name] = appended(title, name)
    return shown


def appended(title: Title, name: str) -> dict[str, Any]:
    """Return one of :data:`APPENDABLE` of a title."""
    rng = _rng(title, name)
    if name == "credits":
        return _credits(title, rng)
    if name == "keywords":
        found = rng.sample(range(len(words.SUBJECTS)), rng.randint(0, 5))
        listed = [{"id": 500 + n, "name": words.SUBJECTS[n]} for n in found]
        return {"keywords" if title.kind == "movie" else "results": listed}
    if name == "external_ids":
        imdb = title.told.get("imdb_id", _imdb(title))
        return {"imdb_id": imdb, "wikidata_id": None, "facebook_id": None}
    rating = rng.choice(_RATINGS[title.kind])
    code = _country(title)[0]
    if name == "content_ratings":
        given = [{"descriptors": [], "iso_3166_1": "US", "rating": rating}] if rating else []
        return {"results": given}
    day = f"{title.date or '1900-01-01'}T00:00:00.000Z"
    release = {"iso_639_1": "", "note": "", "release_date": day, "type": 3, "descriptors": []}
    return {
        "results": [
            {"iso_3166_1": where, "release_dates": [{"certification": given, **release}]}
            for where, given in {code: "", "US": rating}.items()
        ]
    }


def _series(title: Title, rng: random.Random) -> dict[str, Any]:
    seasons = rng.randint(1, 8)
    day = title.date.isoformat() if title.date is not None else ""
    makers = rng.sample(range(_PEOPLE), rng.randint(0, 2))
    return {
        "created_by": [] if "_people" in title.told else [_person(n) for n in makers],
        "episode_run_time": rng.choice(([], [rng.randint(20, 60)])),
        "in_production": rng.random() < 0.3,
        "languages": [title.language],
        "last_air_date": day,
        "last_episode_to_air": None,
        "networks": [],
        "next_episode_to_air": None,
        "number_of_episodes": seasons * 8,
        "number_of_seasons": seasons,
        "seasons": [],
        "status": "Ended",
        "type": "Scripted",
    }


def _credits(title: Title, rng: random.Random) -> dict[str, Any]:
    named = title.told.get("_people")
    if named is None:
        people = [_person(n) for n in rng.sample(range(_PEOPLE), rng.randint(3, 12))]
    else:
        people = [{"id": 900_000 + n, "name": name} for n, name in enumerate(named)]
    if not people:
        return {"cast": [], "crew": []}
    crew = rng.sample(_JOBS, rng.randint(1, len(_JOBS))) if named is None else _JOBS
    return {
        "cast": [
            _credited(person, title) | {"character": rng.choice(words.FIRST), "order": order}
            for order, person in enumerate(people)
        ],
        "crew": [
            _credited(people[-1 - n % len(people)], title) | {"job": job, "department": department}
            for n, (job, department) in enumerate(crew)
        ],
    }


def _credited(person: dict[str, Any], title: Title) -> dict[str, Any]:
    return {
        "adult": title.adult,
        "gender": 0,
        "id": person["id"],
        "known_for_department": "Acting",
        "name": person["name"],
        "original_name": person["name"],
        "popularity": 1.0,
        "profile_path": None,
        "credit_id": f"{title.id:012x}{person['id']:012x}",
    }


def _person(number: int) -> dict[str, Any]:
    first, last = divmod(number, len(words.LAST))
    return {"id": 10_000 + number, "name": f"{words.FIRST[first]} {words.LAST[last]}"}


def _name(rng: random.Random) -> str:
    adjective, noun = rng.choice(words.ADJECTIVES), rng.choice(words.NOUNS)
    place, who = rng.choice(words.PLACES), rng.choice(words.LAST)
    # Thousands of different ones, and some that many share.
    patterns = (
        f"The {adjective} {noun}",
        f"The {adjective} {noun} of {place}",
        f"{who} and the {adjective} {noun}",
        f"{place}: {adjective} {rng.choice(words.SUBJECTS).title()}",
        f"{rng.choice(words.FIRST)} {who}",
    )
    return rng.choice(patterns)


def _plot(rng: random.Random) -> str:
    who, where = rng.choice(words.NOUNS).lower(), rng.choice(words.PLACES)
    said = f"In {where}, a {who} {rng.choice(words.VERBS)} a {rng.choice(words.NOUNS).lower()}"
    return f"{said}: {', '.join(rng.sample(words.SUBJECTS, 3))}, and no way back."


def _path(rng: random.Random) -> str:
    return "/" + "".join(rng.choices(_PATH, k=27)) + ".jpg"


def _imdb(title: Title) -> str:
    return f"tt{(7_000_000 if title.kind == 'movie' else 8_000_000) + title.id}"


def _country(title: Title) -> tuple[str, str]:
    return next(each[3:] for each in words.LANGUAGES if each[0] == title.language)


def _rng(title: Title, part: str) -> random.Random:
    # An integer seeds in a third of the time that a string takes.
    number = ((title.seed * 1_000_003 + title.id) << 8) + len(part) + 32 * (title.kind == "tv")
    return random.Random(number << 16 | title.edition)  # noqa: S311 -- no secret
