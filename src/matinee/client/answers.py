"""What the server answers, as values: frozen, and unharmed by fields they do not know yet.

Where ``fields`` were asked for, all that was left out is None or empty.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Answer(Struct, frozen=True, kw_only=True):
    """What every answer says.

    Attributes:
        library: version of the library that answered; empty where none had to.
        degraded: what was missing from the answer, as sentences.
        request_id: of the answer; events that come of it name it.
    """

    library: str = ""
    degraded: tuple[str, ...] = ()
    request_id: str = ""


class Provenance(Struct, frozen=True, kw_only=True):
    """Where the value of a field came from, and under which licence."""

    source: str
    url: str = ""
    retrieved: str = ""
    licence: str = ""


class Title(Struct, frozen=True, kw_only=True):
    """A film or series; see :class:`matinee.catalogue.title.Title`.

    ``provenance`` is by field, and told of one title asked for by its id alone.
    """

    id: str
    title: str = ""
    ids: tuple[str, ...] = ()
    kind: str = "film"
    original_title: str | None = None
    year: int | None = None
    release_date: str | None = None
    overview: str | None = None
    tagline: str | None = None
    genres: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    runtime: int | None = None
    certification: str | None = None
    vote_average: float | None = None
    vote_count: int | None = None
    popularity: float | None = None
    poster_path: str | None = None
    sources: tuple[str, ...] = ()
    provenance: dict[str, Provenance] = field(default_factory=dict)


class Namesake(Struct, frozen=True, kw_only=True):
    """Another title of the series that a result stands for."""

    id: str
    title: str = ""
    year: int | None = None


class SearchResult(Title, frozen=True, kw_only=True):
    """A title and how it was found: ``score`` in [0, 1], and what it is made of.

    ``arm`` is the ranker that gave it, where an experiment mixes two.
    """

    arm: str | None = None
    score: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    why: tuple[dict[str, Any], ...] = ()
    also: tuple[Namesake, ...] = ()


class SearchResults(Answer, frozen=True, kw_only=True):
    """Titles that fit a description, the best first."""

    results: tuple[SearchResult, ...] = ()
    query: str = ""
    method: str = ""
    took_ms: float = 0.0
    understood: dict[str, Any] | None = None
    facets: dict[str, dict[str, int]] = field(default_factory=dict)


class Parsed(Struct, frozen=True, kw_only=True):
    """A query as it was understood."""

    text: str = ""
    conditions: tuple[dict[str, Any], ...] = ()
    rest: str = ""
    description: bool = False
    slots: tuple[dict[str, Any], ...] = ()


class Stars(Struct, frozen=True, kw_only=True):
    """Stars somebody is predicted to give, and the interval that holds four of five."""

    stars: float
    low: float | None = None
    high: float | None = None


class View(Struct, frozen=True, kw_only=True):
    """What one member of a group makes of a title."""

    member: str
    rank: int = 0
    percentile: float = 0.0
    because: dict[str, str] | None = None


class Recommended(Title, frozen=True, kw_only=True):
    """A title and how well it suits.

    ``arm`` is the ranker that gave it, where an experiment mixes two.
    """

    score: float = 0.0
    arm: str | None = None
    predicted: Stars | None = None
    why: dict[str, Any] | None = None
    views: tuple[View, ...] = ()


class Recommendations(Answer, frozen=True, kw_only=True):
    """Titles that suit somebody, the best first."""

    results: tuple[Recommended, ...] = ()
    method: str = ""
    history: int = 0
    took_ms: float = 0.0


class Explanation(Answer, frozen=True, kw_only=True):
    """Why a title suits somebody, or why it does not."""

    title: dict[str, str]
    score: float
    rank: int
    against: bool
    sentence: str
    reasons: tuple[dict[str, Any], ...] = ()
    shares: tuple[dict[str, Any], ...] = ()
    counterfactuals: tuple[dict[str, Any], ...] = ()
    similar_to_your_favourites: tuple[dict[str, Any], ...] = ()


class Prediction(Stars, frozen=True, kw_only=True):
    """Stars somebody is predicted to give to a title."""

    id: str
    title: str = ""


class Predictions(Answer, frozen=True, kw_only=True):
    """Predicted stars, in the order asked for."""

    predictions: tuple[Prediction, ...] = ()


class Rating(Title, frozen=True, kw_only=True):
    """A title and what somebody thinks of it; ``rating`` is None where they gave no stars."""

    action: str = ""
    rating: float | None = None
    time: int | None = None
    recorded: int | None = None
    missing: bool = False


class Rated(Answer, frozen=True, kw_only=True):
    """What was said of a title, as it counts now."""

    id: str
    action: str = ""
    rating: float | None = None
    time: int | None = None
    revision: int = 0


class RatedMany(Answer, frozen=True, kw_only=True):
    """What became of many ratings."""

    rated: int
    changed: int
    unknown: tuple[str, ...] = ()
    revision: int = 0


class Change(Title, frozen=True, kw_only=True):
    """One change of what somebody thinks of a title."""

    sequence: int = 0
    action: str = ""
    rating: float | None = None
    time: int | None = None
    recorded: int = 0
    batch: int | None = field(default=None, name="import")
    missing: bool = False


class Import(Struct, frozen=True, kw_only=True):
    """Something that was brought in from a file."""

    key: int
    source: str = ""
    entries: int = 0
    created: int = 0
    undone: int | None = None


class Watch(Title, frozen=True, kw_only=True):
    """A title and when somebody watched it."""

    action: str = ""
    time: int | None = None
    missing: bool = False


class Listed(Title, frozen=True, kw_only=True):
    """A title of a list, and since when it is there."""

    added: int = 0
    missing: bool = False


class Done(Answer, frozen=True, kw_only=True):
    """What was done to a title or an import, and the person's revision after it."""

    id: str = ""
    key: int | None = None
    revision: int = 0


class EventsTaken(Answer, frozen=True, kw_only=True):
    """What became of events: those recorded now, and those known already."""

    new: int
    repeated: int


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened to a title that was shown."""

    sequence: int
    kind: str
    id: str
    key: str
    time: int
    request: str | None = None
    position: int | None = None
    experiment: str | None = None
    arm: str | None = None
    value: float | None = None
    person: str | None = None


class Me(Struct, frozen=True, kw_only=True):
    """Who asks, and what they may do."""

    name: str
    role: str = "person"
    max_age: int | None = None
    scopes: tuple[str, ...] = ()
    via: str = ""


class Person(Struct, frozen=True, kw_only=True):
    """Somebody with an account."""

    name: str
    role: str = "person"
    max_age: int | None = None
    created: int = 0
    has_password: bool = False


class Token(Struct, frozen=True, kw_only=True):
    """A token; ``token`` holds the secret in the one answer that tells it."""

    key: int
    person: str = ""
    label: str = ""
    scopes: tuple[str, ...] = ()
    created: int = 0
    expires: int | None = None
    revoked: int | None = None
    start: str = ""
    token: str | None = None

    def __repr__(self) -> str:
        # A secret does not belong into logs.
        return f"Token(key={self.key}, person={self.person!r}, label={self.label!r})"


class Worker(Struct, frozen=True, kw_only=True):
    """One process of the server."""

    pid: int
    library: str | None = None
    degraded: tuple[str, ...] = ()


class SourceThanked(Struct, frozen=True, kw_only=True):
    """A source of the library's facts, and the sentence to show where they are shown."""

    source: str
    text: str = ""
    url: str = ""


class Status(Answer, frozen=True, kw_only=True):
    """What there is to know of the library; ``taste`` is None before any training."""

    titles: int = 0
    attributions: tuple[SourceThanked, ...] = ()
    demo: bool = False
    sources: dict[str, Any] = field(default_factory=dict)
    created: str = ""
    built_by: str = ""
    encoder: str = ""
    taste: dict[str, Any] | None = None
    workers: tuple[Worker, ...] = ()


class Chart(Struct, frozen=True, kw_only=True):
    """Figures: ``values[row][column]``, None where there is nothing to count."""

    key: str
    title: str = ""
    lead: str = ""
    kind: str = ""
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    values: tuple[tuple[float | None, ...], ...] = ()
    unit: str = ""
    note: str = ""


class Live(Struct, frozen=True, kw_only=True):
    """How the server does; what its store keeps is None where that does not answer."""

    charts: tuple[Chart, ...] = ()
    people: int | None = None
    ratings: int | None = None
    notes: tuple[str, ...] = ()


class Insights(Answer, frozen=True, kw_only=True):
    """What a library holds; ``gallery`` has ids, ``live`` is for administrators alone."""

    titles: int = 0
    charts: tuple[Chart, ...] = ()
    gallery: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    live: Live | None = None


class MapRegion(Struct, frozen=True, kw_only=True):
    """A named region of the map; its middle is from 0 to 1 each way."""

    number: int
    label: str
    level: int
    x: float
    y: float
    size: int


class TitleMap(Answer, frozen=True, kw_only=True):
    """Where titles lie: columns, entry i of each for the same title, the best known first."""

    titles: int = 0
    genres: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    year: tuple[int, ...] = ()
    genre: tuple[int, ...] = ()
    weight: tuple[int, ...] = ()
    x: tuple[int, ...] = ()
    y: tuple[int, ...] = ()
    region: tuple[int, ...] = ()
    regions: tuple[MapRegion, ...] = ()


class Version(Struct, frozen=True, kw_only=True):
    """A version of the library; ``live`` is the one that answers."""

    name: str
    live: bool = False
    created: str | None = None
    titles: int | None = None
    bytes: int | None = None
    checksum: str | None = None
    problem: str | None = None


class Reloaded(Struct, frozen=True, kw_only=True):
    """What a reload came to; ``late`` are processes that did not come to it in time."""

    library: str | None = None
    swapped: bool = False
    agreed: bool = False
    workers: tuple[Worker, ...] = ()
    late: tuple[int, ...] = ()


class Health(Struct, frozen=True, kw_only=True):
    """Whether the server lives, or is ready to answer."""

    status: str
    library: str | None = None
    titles: int | None = None


class Export(Answer, frozen=True, kw_only=True):
    """All that is kept of what somebody did."""

    person: str
    exported: int = 0
    ratings: tuple[dict[str, Any], ...] = ()
    watches: tuple[dict[str, Any], ...] = ()
    watchlist: tuple[dict[str, Any], ...] = ()
    hidden: tuple[dict[str, Any], ...] = ()
    changes: tuple[dict[str, Any], ...] = ()
    imports: tuple[Import, ...] = ()
    events: tuple[dict[str, Any], ...] = ()


class Experiment(Struct, frozen=True, kw_only=True):
    """A comparison of two rankers; ``stopped`` is None while it runs."""

    name: str
    surface: str = ""
    design: str = ""
    a: dict[str, Any] = field(default_factory=dict)
    b: dict[str, Any] = field(default_factory=dict)
    share: float = 1.0
    created: int = 0
    stopped: int | None = None


class ExperimentReport(Struct, frozen=True, kw_only=True):
    """What came of a comparison: ``preferred`` where rankers were mixed, else ``compared``."""

    experiment: str
    design: str = ""
    people: int = 0
    answers: int = 0
    impressions: int = 0
    clicks: int = 0
    preferred: dict[str, Any] | None = None
    arms: dict[str, dict[str, Any]] | None = None
    compared: dict[str, dict[str, Any]] | None = None
    uneven_p: float | None = None
    verdict: str = ""
    warnings: tuple[str, ...] = ()


class Job(Struct, frozen=True, kw_only=True):
    """Work and how far it is; ``ended`` is None until it is over."""

    key: int
    kind: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    state: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    created: int = 0
    started: int | None = None
    ended: int | None = None
    beat: int | None = None
