"""A small catalogue whose names are chosen to be mistaken for other things."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from matinee.catalogue.title import Title
from matinee.query.parse import Parser
from matinee.testing.lexicon import MemoryLexicon

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _film(
    name: str,
    year: int,
    votes: int = 1000,
    *,
    by: str = "",
    cast: str = "",
    written: str = "",
    genres: str = "Drama",
    spoken: str = "en",
    made: str = "US",
    about: str = "",
    title_id: str = "",
) -> Title:
    def parts(text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())

    slug = "-".join(name.lower().split())
    return Title(
        id=title_id or f"local:{slug}-{year}",
        title=name,
        year=year,
        vote_count=votes,
        directors=parts(by),
        cast=parts(cast),
        writers=parts(written),
        genres=parts(genres),
        languages=parts(spoken),
        countries=parts(made),
        overview=about or None,
    )


TITLES = (
    _film("Drishyam", 2013, 400, genres="Crime, Drama, Thriller", spoken="ml", made="IN"),
    _film("Drishyam", 2015, 300, genres="Crime, Drama, Thriller", spoken="hi", made="IN"),
    _film("Heat", 1995, 7000, by="Michael Mann", cast="Al Pacino, Robert De Niro", genres="Crime"),
    _film("Heat", 1986, 40, cast="Burt Reynolds"),
    _film(
        "Inception",
        2010,
        30000,
        by="Christopher Nolan",
        cast="Leonardo DiCaprio",
        genres="Action, Science Fiction, Adventure",
    ),
    _film("Interstellar", 2014, 30000, by="Christopher Nolan", written="Jonathan Nolan"),
    _film("The Matrix", 1999, 20000, by="Lana Wachowski, Lilly Wachowski", cast="Keanu Reeves"),
    _film("Ronin", 1998, 2000, cast="Robert De Niro", genres="Action, Thriller"),
    _film("Alien", 1979, 12000, by="Ridley Scott", genres="Horror, Science Fiction"),
    _film("Jaws", 1975, 9000, by="Steven Spielberg", genres="Horror, Thriller"),
    _film("Jurassic Park", 1993, 14000, by="Steven Spielberg", genres="Adventure"),
    _film("The French Connection", 1971, 1500, genres="Crime, Thriller"),
    _film("1917", 2019, 10000, genres="War, History", made="GB"),
    _film("2012", 2009, 9000, genres="Action"),
    _film("Blade Runner 2049", 2017, 11000, genres="Science Fiction"),
    _film("2001: A Space Odyssey", 1968, 9000, by="Stanley Kubrick", genres="Science Fiction"),
    _film("The Shining", 1980, 14000, by="Stanley Kubrick", genres="Horror, Thriller"),
    _film("Paris, Texas", 1984, 1500, by="Wim Wenders", made="DE, FR"),
    _film("Horror Express", 1972, 200, genres="Horror", spoken="en", made="ES, GB"),
    _film("Her", 2013, 12000, genres="Romance, Science Fiction, Drama"),
    _film("Classic", 2003, 100, spoken="ko", made="KR", genres="Romance"),
    _film("Up", 2009, 17000, genres="Animation, Comedy, Family, Adventure"),
    _film("It", 2017, 16000, genres="Horror"),
    _film(
        "No Country for Old Men", 2007, 9000, by="Joel Coen, Ethan Coen", genres="Crime, Western"
    ),
    _film("Nothing to Lose", 1997, 500, genres="Comedy, Action"),
    _film("Jackie Brown", 1997, 5000, by="Quentin Tarantino", cast="Pam Grier, Jackie Brown"),
    _film("Pulp Fiction", 1994, 25000, by="Quentin Tarantino", genres="Crime, Thriller"),
    _film("Chinatown", 1974, 3000, by="Roman Polanski", genres="Mystery, Crime"),
    _film("The Holiday", 2006, 4000, cast="Jude Law, Kate Winslet", genres="Comedy, Romance"),
    _film("Boy", 2010, 300, made="NZ"),
    _film("Girl", 2018, 500, spoken="fr", made="BE"),
    _film("Like Crazy", 2011, 1000, genres="Romance"),
    _film("Pig", 2021, 2000, cast="Nicolas Cage"),
    _film("Korean", 2014, 3, spoken="ru", made="RU"),
    _film("Lost in Translation", 2003, 6000, by="Sofia Coppola", cast="Bill Murray"),
    _film("The Godfather", 1972, 18000, by="Francis Ford Coppola", cast="Al Pacino"),
    _film("Rushmore", 1998, 1700, by="Wes Anderson", cast="Bill Murray", genres="Comedy"),
    _film("Magnolia", 1999, 3000, by="Paul Thomas Anderson", cast="Tom Cruise"),
    _film("The Grand Budapest Hotel", 2014, 13000, by="Wes Anderson", genres="Comedy"),
    _film("La La Land", 2016, 15000, cast="Emma Stone", genres="Music, Romance"),
    _film("Platoon", 1986, 4000, by="Oliver Stone", genres="War"),
    _film("Pan's Labyrinth", 2006, 9000, by="Guillermo del Toro", spoken="es", made="ES, MX"),
    _film("Sleepless in Seattle", 1993, 2500, cast="Tom Hanks, Meg Ryan", written="Nora Ephron"),
    _film("Forrest Gump", 1994, 25000, cast="Tom Hanks", genres="Comedy, Drama, Romance"),
    _film("Parasite", 2019, 16000, by="Bong Joon-ho", spoken="ko", made="KR", genres="Thriller"),
    _film(
        "Spirited Away", 2001, 14000, spoken="ja", made="JP", genres="Animation, Family, Fantasy"
    ),
    _film("Amélie", 2001, 10000, spoken="fr", made="FR", genres="Comedy, Romance"),
    _film("Sholay", 1975, 300, spoken="hi", made="IN", genres="Action, Adventure"),
    _film("Vada Chennai", 2018, 80, spoken="ta", made="IN", genres="Crime"),
    _film("Eega", 2012, 90, cast="A. R. Rahman", spoken="te", made="IN", genres="Fantasy"),
    _film("The Hunt", 2012, 3000, spoken="da", made="DK"),
    _film("Das Boot", 1981, 2500, spoken="de", made="DE", genres="War, History"),
    _film("Cinema Paradiso", 1988, 3500, spoken="it", made="IT"),
    _film("Blackfish", 2013, 1000, genres="Documentary"),
    _film("Airplane!", 1980, 4000, genres="Comedy", about="A pilot afraid of stone walls."),
)
WORDS = (
    "stone heat law holiday brown music twists dreams love best young good space family heist best"
    " war old life friends car train movie night movies a the with"
).split()
TODAY = dt.date(2026, 6, 1)


@pytest.fixture(scope="session")
def titles() -> tuple[Title, ...]:
    """The small catalogue."""
    return TITLES


@pytest.fixture(scope="session")
def parser_of() -> Callable[[Sequence[Title]], Parser]:
    """Make a parser of some titles on a fixed day."""
    return lambda some: Parser(MemoryLexicon(some, words=WORDS), today=TODAY)


@pytest.fixture(scope="session")
def parser(parser_of: Callable[[Sequence[Title]], Parser]) -> Parser:
    """A parser of the small catalogue."""
    return parser_of(TITLES)
