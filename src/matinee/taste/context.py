"""When and on what somebody watches, as a small shift toward the genres of the moment.

Off unless asked for: on MovieLens it does not make rankings better, see
``docs/decisions/0013-content-cold-titles-and-context.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.errors import InputError, LibraryCorruptError
from matinee.interaction import NO_TIME
from matinee.taste.preference import Preference
from matinee.taste.storage import MODEL, load_arrays, load_values, save_model
from matinee.types import Contributions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from matinee.interaction import Interactions, ItemFeatures
    from matinee.types import Rows

NAME = "context"
_PARTS_OF_DAY = ("night", "morning", "afternoon", "evening")
_HOURS, _DAYS = 24, 7
_WEEKEND = 5
"""Saturday; Monday is 0."""
_THURSDAY = 3
"""The weekday on which 1970 began."""
_SHRINK = 50.0
"""Expected interactions with a genre in a context by which a shift counts half: some weeks of one
person's watching, so that a single late evening with a horror film moves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The moment somebody asks for recommendations; None where a part is not known.

    Attributes:
        hour: 0 to 23, by the same clock as the times learnt from, which is UTC.
        weekday: 0 for Monday to 6.
        device: a name as in what was learnt from, for example ``television``.
    """

    hour: int | None = None
    weekday: int | None = None
    device: str | None = None

    def __post_init__(self) -> None:
        for name, value, size in (("hour", self.hour, _HOURS), ("weekday", self.weekday, _DAYS)):
            if value is not None and not 0 <= value < size:
                raise InputError(
                    f"There is no such {name}", where=str(value), cure=f"Take 0 to {size - 1}"
                )

    @classmethod
    def at(cls, time: int, device: str | None = None) -> Context:
        """Return the context of a time in seconds since 1970, by UTC.

        >>> Context.at(951_827_696)  # 29 February 2000, 12:34:56, a Tuesday
        Context(hour=12, weekday=1, device=None)
        """
        hour, weekday = int(_hours(np.array([time]))[0]), int(_weekdays(np.array([time]))[0])
        return cls(hour=hour, weekday=weekday, device=device)

    @property
    def buckets(self) -> tuple[str, ...]:
        """The contexts this moment belongs to.

        >>> Context(hour=21, weekday=5, device="phone").buckets
        ('evening', 'weekend', 'device:phone')
        """
        found = []
        if self.hour is not None:
            found.append(_PARTS_OF_DAY[self.hour * len(_PARTS_OF_DAY) // _HOURS])
        if self.weekday is not None:
            found.append("weekend" if self.weekday >= _WEEKEND else "workday")
        if self.device is not None:
            found.append(f"device:{self.device}")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class ContextTaste:
    """How much more of a genre is watched in a context than the same people watch at other times.

    Attributes:
        shifts: log-odds of each genre, float32 [g], by the name of the context.
        genres: bool [n, g].
    """

    shifts: Mapping[str, npt.NDArray[np.float32]]
    genres: npt.NDArray[np.bool_]

    def adjust(self, context: Context, items: Rows) -> npt.NDArray[np.float32]:
        """Return what the moment adds to the scores of ``items`` [m], float32 [m], in log-odds.

        The mean over a title's genres, summed over the parts of the context; 0 where a title has
        no genre or nothing was learnt of a context. The caller brings it to the scale of its
        scores.
        """
        shift = np.zeros(self.genres.shape[1], np.float32)
        for bucket in context.buckets:
            shift += self.shifts.get(bucket, np.float32(0))
        rows = self.genres[items]
        sums = rows @ shift
        counts = rows.sum(axis=1)
        mean: npt.NDArray[np.float32] = np.divide(
            sums, counts, out=np.zeros_like(sums), where=counts > 0
        )
        return mean

    def explain(self, context: Context, items: Rows) -> Contributions:
        """Return what the moment adds as contributions: all of it whatever the person did."""
        base = self.adjust(context, items)[None, :]
        return Contributions((NAME,), base, np.zeros((1, 0, len(items)), np.float32))

    def save(self, folder: Path) -> None:
        """Write what was learnt into a folder of its own, as JSON and ``.npy``."""
        names = sorted(self.shifts)
        table = np.array([self.shifts[name] for name in names], np.float32)
        shape = (len(names), self.genres.shape[1])
        arrays = {"shifts": table.reshape(shape), "genres": self.genres}
        save_model(folder, NAME, {"contexts": names}, arrays)

    @classmethod
    def open(cls, folder: Path) -> ContextTaste:
        """Open what was learnt.

        Raises:
            LibraryCorruptError: a file is missing or damaged, or they do not fit together.
        """
        names = load_values(folder).get("contexts")
        arrays = load_arrays(folder, "shifts", "genres")
        shifts, genres = arrays["shifts"], arrays["genres"]
        if not isinstance(names, list) or shifts.shape != (len(names), genres.shape[1]):
            raise LibraryCorruptError(
                "What was learnt of contexts does not fit together",
                where=str(folder / MODEL),
                cure="Train again with: matinee train taste",
            )
        return cls(dict(zip(names, shifts, strict=True)), genres)


def fit_context(
    interactions: Interactions,
    features: ItemFeatures,
    *,
    devices: Sequence[str | None] | None = None,
    preference: Preference | None = None,
) -> ContextTaste:
    """Learn which genres a context brings, beyond who watches in it.

    For context c and genre g, ``log((seen + k) / (expected + k))``: ``seen`` counts the titles of
    the genre that people took in the context, ``expected`` how many there would be if each kept to
    the share of the genre in all that they took. So people who watch at night and like horror
    anyway tell nothing; k is 50.

    Args:
        interactions: what was done; those without a time tell of devices only.
        features: of the titles. Any column of ``genres`` is learnt, a class of running time too.
        devices: of each interaction, None where not known.
        preference: which interactions speak for a title; by default four stars and more.

    Raises:
        InputError: no time and no device is known of what speaks for a title, or ``devices`` are
            of another length.
    """
    if devices is not None and len(devices) != len(interactions):
        raise InputError(
            f"There are {len(devices)} devices",
            where=f"{len(interactions)} interactions",
            cure="Give one for each interaction, None where it is not known",
        )
    taken = (preference or Preference()).favours(interactions)
    rows = np.flatnonzero(taken)
    genres = features.genres[interactions.items[rows]].astype(np.float64)
    people = interactions.users[rows]
    total = len(interactions.user_ids)
    counts = np.maximum(np.bincount(people, minlength=total), 1)
    own = np.stack([np.bincount(people, column, total) for column in genres.T]).T / counts[:, None]
    members = _members(
        interactions.times[rows], [devices[row] for row in rows.tolist()] if devices else ()
    )
    if not members:
        raise InputError(
            "No time and no device is known of what people took",
            where=f"{len(interactions)} interactions",
            cure="Leave context out, or import a history that has times",
        )
    shifts = {
        name: np.log((genres[inside].sum(0) + _SHRINK) / (own[people[inside]].sum(0) + _SHRINK))
        for name, inside in members.items()
    }
    return ContextTaste(
        {name: shift.astype(np.float32) for name, shift in shifts.items()}, features.genres
    )


def _members(
    times: npt.NDArray[np.int64], devices: Sequence[str | None]
) -> dict[str, npt.NDArray[np.int64]]:
    """Return the rows that belong to each context of which there are any."""
    timed = np.flatnonzero(times != NO_TIME)
    parts = _hours(times[timed]) * len(_PARTS_OF_DAY) // _HOURS
    weekend = _weekdays(times[timed]) >= _WEEKEND
    found = {name: timed[parts == part] for part, name in enumerate(_PARTS_OF_DAY)}
    found |= {"weekend": timed[weekend], "workday": timed[~weekend]}
    for device in sorted({name for name in devices if name is not None}):
        found[f"device:{device}"] = np.flatnonzero([name == device for name in devices])
    return {name: rows for name, rows in found.items() if len(rows)}


def _hours(times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the hour of times in seconds since 1970, by UTC."""
    hours: npt.NDArray[np.int64] = times // 3600 % _HOURS
    return hours


def _weekdays(times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the weekday of times in seconds since 1970, by UTC; Monday is 0."""
    days: npt.NDArray[np.int64] = (times // 86_400 + _THURSDAY) % _DAYS
    return days
