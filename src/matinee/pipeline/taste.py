"""What a library learnt of taste: the models of one version, opened when they are first used."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.arrays import load_array
from matinee.errors import LibraryCorruptError, QueryError
from matinee.interaction import Action
from matinee.pipeline.ratings import People
from matinee.taste.calibrate import genre_shares
from matinee.taste.context import ContextTaste
from matinee.taste.named import open_predictor, open_recommender

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from matinee.catalogue.columns import Columns
    from matinee.interaction import Interactions
    from matinee.protocols import RatingPredictor, Recommender

FOLDER = "taste"
CARD = "taste.json"
ITEMS = "items.npy"
TOTALS = "totals.npy"
NAMES = "items.parquet"
"""The ids of each title of the item space, to find it in the next catalogue."""
RANKING = "ranking"
RATING = "rating"
CONTEXT = "context"
CONTENT = "content"
"""The model that ranks by what titles are, whether anybody has seen them or not."""
POPULAR = "popularity"
"""The model that ranks for those of whom nothing is known; it is always trained."""
_CURE = "Train again with: matinee train taste"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What there is to know of a training.

    Attributes:
        default: the model that ranks where none is asked for.
        rankings: all models that rank.
        rating: the model that predicts stars, None without one.
        people: how many the models were trained on.
        titles: titles they did something with.
        interactions: what they did.
        unmatched: interactions left out because the catalogue lacks their title.
        sources: names of the files read.
        seed: of everything random.
        seconds: by stage, what the training took.
        peak_mb: the most memory that the process held, 0 where the system does not say.
        trained: when it finished, ISO 8601 in UTC.
        metrics: what was measured of the default model on a part it did not learn from, see
            :func:`matinee.assembly.measuring.measure_default`; empty where that was not asked for.
        notes: what is less than it could be, as sentences.
    """

    default: str
    rankings: tuple[str, ...]
    rating: str | None
    people: int
    titles: int
    interactions: int
    unmatched: int = 0
    sources: tuple[str, ...] = ()
    seed: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0
    trained: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        values = asdict(self)
        return values | {name: list(values[name]) for name in ("rankings", "sources", "notes")}


def write_card(folder: Path, card: Card) -> None:
    """Write the card into the taste folder of a version."""
    text = json.dumps(card.to_dict(), indent=2, sort_keys=True, ensure_ascii=False)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")


def read_card(folder: Path) -> Card:
    """Read the card of a taste folder.

    Raises:
        LibraryCorruptError: it is missing or damaged.
    """
    try:
        values = json.loads((folder / CARD).read_text(encoding="utf-8"))
        tuples = {name: tuple(values[name]) for name in ("rankings", "sources", "notes")}
        return Card(**(values | tuples))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise LibraryCorruptError(
            f"What was trained cannot be read: {error}", where=str(folder / CARD), cure=_CURE
        ) from error


@dataclass(frozen=True, slots=True)
class Totals:
    """What all people together did with each title of the item space.

    Attributes:
        people: int64 [m], those who did anything with it.
        mean: float32 [m], of the stars it was given; NaN without any.
        ratings: int64 [m], how many gave stars.
    """

    people: npt.NDArray[np.int64]
    mean: npt.NDArray[np.float32]
    ratings: npt.NDArray[np.int64]

    @classmethod
    def of(cls, did: Interactions) -> Totals:
        """Return the totals of interactions of which no person has two with one title."""
        size = len(did.item_ids)
        rated = (did.actions == Action.RATING) & ~np.isnan(did.values)
        ratings = np.bincount(did.items[rated], minlength=size)
        sums = np.bincount(did.items[rated], did.values[rated], minlength=size)
        mean = np.full(size, np.nan)
        np.divide(sums, ratings, out=mean, where=ratings > 0)
        people = np.bincount(did.items, minlength=size)
        return cls(people, mean.astype(np.float32), ratings)


class Taste:
    """The models of taste of an open library version; may be used from many threads at once.

    Opening reads a few small files; a model is opened when it is first used.

    Args:
        folder: ``taste`` of the version.
        titles: number of titles of the catalogue.

    Attributes:
        card: what there is to know of the training.
        rows: int64 [m], the row of the catalogue of each title of the models' item space, -1 for
            one the catalogue no longer has.
        items: int64 [n], the place of each row in that item space, -1 for one that is newer than
            the training.
        totals: what all people together did with each title.

    Raises:
        LibraryCorruptError: a file is missing or damaged.
    """

    def __init__(self, folder: Path, titles: int) -> None:
        self.card = read_card(folder)
        self.rows: npt.NDArray[np.int64] = load_array(folder / ITEMS, np.int64)
        there = np.flatnonzero(self.rows >= 0)
        if len(there) and int(self.rows.max()) >= titles:
            raise LibraryCorruptError(
                f"What was trained names row {int(self.rows.max())} of {titles} titles",
                where=str(folder / ITEMS),
                cure=_CURE,
            )
        self.items = np.full(titles, -1, np.int64)
        self.items[self.rows[there]] = there
        totals = load_array(folder / TOTALS)
        self.totals = Totals(
            totals["people"].astype(np.int64), totals["mean"], totals["ratings"].astype(np.int64)
        )
        self.people = People(folder)
        self._folder = folder
        self._lock = Lock()
        self._rankers: dict[str, Recommender] = {}
        self._rater: RatingPredictor | None = None
        self._context: ContextTaste | None = None
        self._genres: npt.NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def ranker(self, name: str | None = None) -> Recommender:
        """Return a model that ranks, the library's own choice where none is named.

        Raises:
            QueryError: no model of that name was trained.
            LibraryCorruptError: its files are damaged.
        """
        name = self.card.default if name is None else name
        if name not in self.card.rankings:
            raise QueryError(
                f"No model {name!r:.40} was trained for this library",
                cure=f"Use one of: {', '.join(self.card.rankings)}; or train it with: "
                f"matinee train taste --model {name if name.isidentifier() else 'NAME'}",
            )
        with self._lock:
            if name not in self._rankers:
                model = open_recommender(self._folder / RANKING / name)
                self._check(len(model), name)
                self._rankers[name] = model
            return self._rankers[name]

    def reader(self, model: Recommender) -> Recommender | None:
        """Return the model that ranks by what titles are: one trained, or a member of ``model``."""
        if CONTENT in self.card.rankings:
            return self.ranker(CONTENT)
        members: Mapping[str, Recommender] = getattr(model, "members", {})
        return members.get(CONTENT)

    def rater(self) -> RatingPredictor | None:
        """Return the model that predicts stars, None where none was trained.

        Raises:
            LibraryCorruptError: its files are damaged.
        """
        if self.card.rating is None:
            return None
        with self._lock:
            if self._rater is None:
                self._rater = open_predictor(self._folder / RATING)
            return self._rater

    def context(self) -> ContextTaste | None:
        """Return what was learnt of the times people watch at, None without any.

        Raises:
            LibraryCorruptError: its files are damaged.
        """
        if not (self._folder / CONTEXT).is_dir():
            return None
        with self._lock:
            if self._context is None:
                self._context = ContextTaste.open(self._folder / CONTEXT)
            return self._context

    def genres(self, columns: Columns) -> npt.NDArray[np.float64]:
        """Return each row's weight spread evenly over its genres, float64 [n, g]."""
        with self._lock:
            if self._genres is None:
                coded = columns.coded("genres")
                has = np.zeros((len(columns), len(coded.names)), np.bool_)
                has[coded.rows, coded.codes] = True
                self._genres = genre_shares(has)
            return self._genres

    def _check(self, size: int, name: str) -> None:
        if size != len(self):
            raise LibraryCorruptError(
                f"The model {name} knows {size} titles instead of {len(self)}",
                where=str(self._folder / RANKING / name),
                cure=_CURE,
            )


def save_space(folder: Path, rows: npt.NDArray[np.int64], totals: Totals) -> None:
    """Write the item space: its rows, and what all people did with each title."""
    np.save(folder / ITEMS, rows.astype(np.int64), allow_pickle=False)
    packed = np.empty(len(rows), [("people", "<i4"), ("mean", "<f4"), ("ratings", "<i4")])
    packed["people"], packed["mean"], packed["ratings"] = totals.people, totals.mean, totals.ratings
    np.save(folder / TOTALS, packed, allow_pickle=False)
